"""RingCentral's Python SDK: ``sdk.py SERVER ORDER COUNT``."""

import asyncio
import json
import os
import sys
from typing import Any

from ringcentral import SDK
from ringcentral.websocket.events import WebSocketEvents

server, order, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
printed = 0


def received(message: list[Any]) -> None:
    global printed
    print(json.dumps(message[1], separators=(",", ":"), ensure_ascii=False), flush=True)
    printed += 1
    if printed == wanted:
        # Its own way to end takes its time, which is not what is measured.
        os._exit(0)


async def main() -> None:
    sdk = SDK(order, "secret", server)
    sdk.platform().login(jwt="bench")
    client = sdk.create_web_socket_client()
    client.on(WebSocketEvents.receiveSubscriptionNotification, received)

    async def subscribe() -> None:
        while not client.get_connection_info():
            await asyncio.sleep(0.01)
        await client.create_subscription(["/restapi/v1.0/account/~/extension/~/presence"])

    await asyncio.gather(client.create_new_connection(), subscribe())


asyncio.run(main())
