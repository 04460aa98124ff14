"""RingCentral's Python SDK, as its README drives it: prints the id of each event."""

import asyncio
import os
from typing import Any

from ringcentral import SDK
from ringcentral.websocket.events import WebSocketEvents

SMS = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"


def received(message: list[Any]) -> None:
    print(message[1]["body"]["id"], flush=True)


async def main() -> None:
    environ = os.environ
    sdk = SDK(
        environ["RC_APP_CLIENT_ID"], environ["RC_APP_CLIENT_SECRET"], environ["RC_SERVER_URL"]
    )
    sdk.platform().login(jwt=environ["RC_USER_JWT"])
    client = sdk.create_web_socket_client()
    client.on(WebSocketEvents.receiveSubscriptionNotification, received)
    await asyncio.gather(client.create_new_connection(), client.create_subscription([SMS]))


asyncio.run(main())
