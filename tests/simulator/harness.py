"""The simulator without sockets: requests and messages are calls, and time is a number."""

import base64
import json
from random import Random
from typing import Any
from urllib.parse import urlencode

from rc_tail.simulator.service.effects import Effect, SendClose, SendText
from rc_tail.simulator.service.http_values import Answer, Request
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.service import Service
from rc_tail.simulator.simulation import Simulation

NOW = 1_772_443_800.0  # 2026-03-02T09:30:00Z
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SUBSCRIPTION = "/restapi/v1.0/subscription"
EXTENSION = "/restapi/v1.0/account/~/extension/~"
SMS = f"{EXTENSION}/message-store/instant?type=SMS"
HOST = "127.0.0.1:8080"


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def jwt(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


class Harness:
    """A simulation, the requests of its clients, and the time."""

    def __init__(self, **options: Any) -> None:
        self.options = Options(**options)
        self.service = Service(self.options, Ids(Random(1).getrandbits, NOW))
        self.simulation = Simulation(self.service)
        self.now = NOW
        self._done: list[Effect] = []
        self.basic = basic(self.options.client_id, self.options.client_secret)

    # HTTP.

    def http(self, method: str, target: str, *, body: bytes = b"", **headers: str) -> Answer:
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        request = Request(method, target, {"host": HOST, **named}, body)
        return self.simulation.answer(request, self.now)

    def form(self, path: str, authorization: str | None = None, **fields: Any) -> Answer:
        given = self.basic if authorization is None else authorization
        headers = {"authorization": given} if given else {}
        return self.http("POST", path, body=urlencode(fields).encode(), **headers)

    def token(self, assertion: str = "any-text", **fields: Any) -> Answer:
        return self.form(
            "/restapi/oauth/token", grant_type=JWT_GRANT, assertion=assertion, **fields
        )

    def log_in(self, assertion: str = "any-text", **fields: Any) -> str:
        answer = self.token(assertion, **fields)
        assert answer.status == 200, answer.body
        return str(answer.body["access_token"])

    def get(self, target: str, token: str, method: str = "GET") -> Answer:
        return self.http(method, target, authorization=f"Bearer {token}")

    def call(self, method: str, target: str, token: str, body: Any = None) -> Answer:
        """Send a body of JSON."""
        data = b"" if body is None else json.dumps(body).encode()
        return self.http(
            method,
            target,
            body=data,
            authorization=f"Bearer {token}",
            content_type="application/json; charset=utf-8",
        )

    def ws_token(self, token: str) -> str:
        answer = self.get("/restapi/oauth/wstoken", token, "POST")
        assert answer.status == 200, answer.body
        return str(answer.body["ws_access_token"])

    # Connections.

    def open(self, number: int, ws_token: str, wsc: str | None = None) -> None:
        recovery = f"&wsc={wsc}" if wsc is not None else ""
        request = Request("GET", f"/ws?access_token={ws_token}{recovery}", {"host": HOST})
        assert self.simulation.opened(number, request, self.now)

    def connect(self, number: int = 1, token: str = "", wsc: str | None = None) -> list[Any]:
        """Open a connection; return what was sent on it."""
        self.open(number, self.ws_token(token or self.log_in()), wsc)
        return self.sent(number)

    def say(self, number: int, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self.simulation.received(number, text, self.now)

    def ask(self, number: int, method: str, path: str, *body: Any, **meta: Any) -> list[Any]:
        """Send a request over the socket; return the answer, which must come first."""
        id_ = f"m-{method}"
        head = {"type": "ClientRequest", "messageId": id_, "method": method, "path": path}
        self.say(number, [{**head, **meta}, *body])
        answer = self.sent(number)[0]
        assert answer[0]["messageId"] == id_
        return list(answer)

    def subscribe(self, *filters: str, number: int = 1) -> list[Any]:
        body = {"eventFilters": list(filters), "deliveryMode": {"transportType": "WebSocket"}}
        return self.ask(number, "POST", SUBSCRIPTION, body)

    def subscribed(self, *filters: str, number: int = 1) -> str:
        """Connect and subscribe; return the subscription's id."""
        self.connect(number)
        meta, body = self.subscribe(*(filters or (SMS,)), number=number)
        assert meta["status"] == 200, body
        return str(body["id"])

    def send(self, event: str = "sms", count: int = 1, **more: Any) -> int:
        from rc_tail.simulator.send_request import read_send_request

        request = read_send_request({"event": event, "count": count, **more})
        return self.simulation.send(request, self.now)

    def lose(self, number: int = 1, unsent: int = 0) -> None:
        self.simulation.lost(number, unsent, self.now)

    def wait(self, seconds: float) -> float | None:
        """Let time pass; return when something is due next."""
        self.now += seconds
        return self.simulation.tick(self.now)

    # What was done.

    def effects(self, number: int = 1) -> list[Any]:
        """What was to happen on a connection since the last look."""
        self._done += self.simulation.take_effects(self.now)
        mine = [e for e in self._done if e.connection == number]
        self._done = [e for e in self._done if e.connection != number]
        return mine

    def sent(self, number: int = 1) -> list[Any]:
        return [json.loads(e.text) for e in self.effects(number) if isinstance(e, SendText)]

    def events(self, number: int = 1) -> list[Any]:
        """The payloads of the notifications since the last look."""
        return [m[1] for m in self.sent(number) if m[0]["type"] == "ServerNotification"]

    def closed(self, number: int = 1) -> int | None:
        """The code with which a connection was closed since the last look."""
        codes = [e.code for e in self.effects(number) if isinstance(e, SendClose)]
        return codes[0] if codes else None


def code_of(answer: Answer) -> str:
    return str(answer.body["errors"][0]["errorCode"])
