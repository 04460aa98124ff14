"""A client of a running simulator: it logs in, subscribes and reads events."""

import base64
import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from rc_tail.simulator.instance import Simulator
from tests.simulator.peer import PATIENCE, WebSocket

WEBSOCKET = {"transportType": "WebSocket"}


class Caller:
    """Calls by HTTP."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.port = urlsplit(variables["RC_SERVER_URL"]).port or 0
        self.variables = variables

    def call(
        self, method: str, path: str, authorization: str = "", **form: str
    ) -> tuple[int, Any, Mapping[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if authorization:
            headers["Authorization"] = authorization
        connection.request(method, path, urlencode(form), headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, json.loads(data) if data else None, dict(answer.getheaders())

    def token(self) -> tuple[int, Any, Mapping[str, str]]:
        secret = f"{self.variables['RC_APP_CLIENT_ID']}:{self.variables['RC_APP_CLIENT_SECRET']}"
        return self.call(
            "POST",
            "/restapi/oauth/token",
            f"Basic {base64.b64encode(secret.encode()).decode()}",
            grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer",
            assertion=self.variables["RC_USER_JWT"],
        )

    def log_in(self) -> str:
        status, told, _ = self.token()
        assert status == 200, told
        return str(told["access_token"])

    def ws_token(self, token: str) -> str:
        status, told, _ = self.call("POST", "/restapi/oauth/wstoken", f"Bearer {token}")
        assert status == 200, told
        return str(told["ws_access_token"])


class Client(WebSocket):
    """A connection that speaks in messages."""

    def __init__(self, caller: Caller, token: str, wsc: str = "") -> None:
        recovery = f"&wsc={wsc}" if wsc else ""
        super().__init__(caller.port, f"/ws?access_token={caller.ws_token(token)}{recovery}")

    def message(self) -> Any:
        return json.loads(self.text())

    def event(self) -> Any:
        """The payload of the next message, which must be a notification."""
        meta, body = self.message()
        assert meta["type"] == "ServerNotification", meta
        return body

    def subscribe(self, *filters: str) -> Any:
        meta = {
            "type": "ClientRequest",
            "messageId": "m-1",
            "method": "POST",
            "path": "/restapi/v1.0/subscription",
        }
        self.send(json.dumps([meta, {"eventFilters": list(filters), "deliveryMode": WEBSOCKET}]))
        return self.message()


@contextmanager
def connected(simulator: Simulator) -> Iterator[Client]:
    caller = Caller(simulator.variables)
    with Client(caller, caller.log_in()) as client:
        assert client.message()[0]["type"] == "ConnectionDetails"
        yield client


@contextmanager
def subscribed(simulator: Simulator, *filters: str) -> Iterator[Client]:
    with connected(simulator) as client:
        meta, body = client.subscribe(*filters)
        assert meta["status"] == 200, body
        yield client
