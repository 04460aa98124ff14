"""RingCentral's own Python SDK, unmodified, judges the simulator."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from ringcentral import SDK
from ringcentral.http.api_exception import ApiException
from ringcentral.websocket.events import WebSocketEvents

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from tests.end_to_end.processes import Tails

SMS = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"
VOICEMAIL = "/restapi/v1.0/account/~/extension/~/voicemail"
PATIENCE = 60.0

pytestmark = pytest.mark.official


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


def platform_of(simulator: Simulator) -> Any:
    variables = simulator.variables
    sdk = SDK(variables["RC_APP_CLIENT_ID"], variables["RC_APP_CLIENT_SECRET"], simulator.url)
    sdk.platform().login(jwt=variables["RC_USER_JWT"])
    return sdk


class Client:
    """The SDK's WebSocket client, and what it was told."""

    def __init__(self, simulator: Simulator) -> None:
        self.sdk = platform_of(simulator)
        self.socket = self.sdk.create_web_socket_client()
        self.notifications: list[Any] = []
        self.subscriptions: list[Any] = []
        self.messages: list[Any] = []
        on = self.socket.on
        on(WebSocketEvents.receiveSubscriptionNotification, self.notifications.append)
        on(WebSocketEvents.subscriptionCreated, self.subscriptions.append)
        on(WebSocketEvents.receiveMessage, lambda text: self.messages.append(json.loads(text)))

    def answer(self, id_: str) -> Any:
        return next((m for m in self.messages if m[0]["messageId"] == id_), None)


async def until(condition: Callable[[], Any]) -> Any:
    async with asyncio.timeout(PATIENCE):
        while not (found := condition()):
            await asyncio.sleep(0.01)
        return found


def connected(simulator: Simulator, work: Callable[[Client], Awaitable[None]]) -> None:
    """Do something on a connection of the SDK; then close it as the SDK does."""

    async def run() -> None:
        client = Client(simulator)
        connection = asyncio.create_task(client.socket.create_new_connection())
        await until(lambda: client.socket.get_connection_info())
        try:
            await work(client)
        finally:
            await client.socket.close_connection()
            # The SDK's way to say that its connection was closed.
            await asyncio.gather(connection, return_exceptions=True)
        client.sdk.platform().logout()

    asyncio.run(run())


@pytest.mark.parametrize("everywhere", [False, True])
def test_logs_in_subscribes_and_receives_events(everywhere: bool) -> None:
    async def work(client: Client) -> None:
        await client.socket.create_subscription([SMS])
        await until(simulator.subscribers)
        for text in ("one", "two 😀", "three"):
            assert simulator.send("sms", text=text) == 1
        await until(lambda: len(client.notifications) == 3)
        assert [body["body"]["subject"] for _, body in client.notifications] == [
            "one",
            "two 😀",
            "three",
        ]
        assert client.notifications[0][0]["type"] == "ServerNotification"

    with Simulator(Options(wsc_everywhere=everywhere)) as simulator:
        connected(simulator, work)
        assert simulator.requests[-1].path == "/restapi/oauth/revoke"
        assert simulator.subscribers() == []


def test_subscription_is_changed_and_removed() -> None:
    async def work(client: Client) -> None:
        await client.socket.create_subscription([SMS])
        (subscription,) = await until(lambda: client.subscriptions)
        await client.socket.update_subscription(subscription, [VOICEMAIL])
        await until(lambda: "voicemail" in simulator.subscribers()[0].filters[0])
        assert simulator.send("sms") == 0
        assert simulator.send("voicemail") == 1
        await until(lambda: client.notifications)
        await client.socket.remove_subscription(subscription)
        await until(lambda: not simulator.subscribers())

    # The live service omits the header that this SDK waits for.
    with Simulator(Options(subscription_header=True)) as simulator:
        connected(simulator, work)


def test_rest_over_the_socket() -> None:
    async def work(client: Client) -> None:
        meta = {
            "type": "ClientRequest",
            "messageId": "me",
            "method": "GET",
            "path": "/restapi/v1.0/account/~/extension/~",
        }
        await client.socket.send_message([meta])
        answer = await until(lambda: client.answer("me"))
        assert answer[1]["contact"]["email"] == "ada@example.com"

    with Simulator() as simulator:
        connected(simulator, work)


def test_rest_over_http() -> None:
    with Simulator() as simulator:
        platform = platform_of(simulator).platform()
        answer = platform.get("/restapi/v1.0/account/~/extension/~")
        assert answer.json_dict()["name"] == "Ada Example"
        simulator.send("sms", text="kept")
        messages = platform.get("/restapi/v1.0/account/~/extension/~/message-store").json_dict()
        assert [record["subject"] for record in messages["records"]] == ["kept"]
        platform.logout()


def test_refreshes_its_token() -> None:
    with Simulator(Options(refresh_tokens=True)) as simulator:
        platform = platform_of(simulator).platform()
        before = platform.auth().access_token()
        platform.refresh()
        assert platform.auth().access_token() != before
        assert platform.get("/restapi/v1.0/account/~/extension/~").ok()


def test_missing_permission_is_reported() -> None:
    with Simulator(Options(scope=("ReadMessages",))) as simulator:
        socket = platform_of(simulator).create_web_socket_client()
        failures: list[Any] = []
        socket.on(WebSocketEvents.getTokenError, failures.append)
        with pytest.raises(ApiException, match="WebSocketsSubscription"):
            asyncio.run(socket.create_new_connection())
        assert len(failures) == 1


EXTENSION = "/restapi/v1.0/account/~/extension/~"


def test_calls_cause_events_that_a_tail_prints(simulator: Simulator, tail: Tails) -> None:
    tailing = tail("messages", "sms", "presence", "--json").wait_ready()
    platform = platform_of(simulator).platform()

    def changes(first: int, last: int) -> list[Any]:
        return [event["body"]["changes"][0] for event in tailing.events(last)[first:last]]

    me = {"extensionId": platform.auth().data()["owner_id"]}
    pager = platform.post(
        f"{EXTENSION}/company-pager", {"from": me, "to": [me], "text": "Hello world"}
    ).json_dict()
    received, sent = changes(0, 2)
    assert (received["type"], sent["newMessageIds"]) == ("Pager", [pager["id"]])
    number = {"phoneNumber": "+16505550101"}
    text = platform.post(
        f"{EXTENSION}/sms", {"from": number, "to": [number], "text": "to myself"}
    ).json_dict()
    assert tailing.events(5)[2]["body"]["subject"] == "to myself"
    platform.put(f"{EXTENSION}/presence", {"userStatus": "Busy"})
    assert tailing.events(6)[5]["body"]["presenceStatus"] == "Busy"
    assert platform.get(f"{EXTENSION}/presence").json_dict()["userStatus"] == "Busy"
    path = f"{EXTENSION}/message-store/{text['id']}"
    platform.put(path, {"readStatus": "Unread"})
    platform.delete(path)
    updated = {"type": "SMS", "newCount": 0, "updatedCount": 1}
    assert changes(6, 8) == [updated, updated]
    token = platform.get(f"{EXTENSION}/message-sync", {"syncType": "FSync"}).json_dict()
    query = {"syncType": "ISync", "syncToken": token["syncInfo"]["syncToken"]}
    assert platform.get(f"{EXTENSION}/message-sync", query).json_dict()["records"] == []
    calls = platform.get(f"{EXTENSION}/call-log-sync", {"syncType": "FSync"}).json_dict()
    assert calls["records"] == []


def test_refusals_are_told_in_the_services_form(simulator: Simulator) -> None:
    platform = platform_of(simulator).platform()
    with pytest.raises(ApiException, match=r"Parameter \[from\] value is invalid") as caught:
        platform.post(f"{EXTENSION}/sms", {"text": "Hello world"})
    answer = caught.value.api_response()
    assert answer.response().status_code == 400
    assert answer.json_dict()["errors"][0]["parameterName"] == "from"
