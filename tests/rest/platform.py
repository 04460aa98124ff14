"""A scripted RingCentral over a real loopback port: it answers what a test tells it to."""

import json
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "/restapi/oauth/token"
WSTOKEN = "/restapi/oauth/wstoken"
REVOKE = "/restapi/oauth/revoke"
ME = "/restapi/v1.0/account/~/extension/~"

# It has the form of a JWT; no test needs a valid signature.
JWT = "eyJhbGciOiJSUzI1NiJ9.e30.the-jwt-of-ada00"

ADA = {
    "id": 400000101,
    "uri": "https://platform.example/restapi/v1.0/account/400000001/extension/400000101",
    "extensionNumber": "101",
    "name": "Ada Example",
    "contact": {"email": "ada@example.com"},
}


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    form: dict[str, str]
    port: int


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def bytes(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


Answerer = Callable[[Asked], Reply]


class _Server(ThreadingHTTPServer):
    # Joined at the end: nothing of a test may outlive it.
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of many tests."""


class LoopbackPlatform:
    """Answers, and remembers what it was asked."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.replies: dict[str, list[Reply | Answerer]] = defaultdict(list)
        # What its answers say about the time.
        self.clock: Callable[[], float] = time.time
        self.logins = 0
        self.refreshes = 0
        self.refresh_tokens = False
        self.expires_in = 3600
        self.scope = "ReadMessages ReadAccounts WebSocketsSubscription"
        self.session_ids = True
        self.dead: set[str] = set()
        self.sessions: dict[str, int] = {}
        self._lock = threading.Lock()
        platform = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # A kept connection must not keep the server's threads.
            timeout = 5
            disable_nagle_algorithm = True

            def log_message(self, format: str, *args: Any) -> None: ...

            def date_time_string(self, timestamp: float | None = None) -> str:
                return super().date_time_string(platform.clock())

            def do(self) -> None:
                parts = urlsplit(self.path)
                size = int(self.headers.get("Content-Length") or 0)
                form = parse_qs(self.rfile.read(size).decode(), keep_blank_values=True)
                asked = Asked(
                    self.command,
                    parts.path,
                    parse_qs(parts.query),
                    {k.lower(): v for k, v in self.headers.items()},
                    {k: v[0] for k, v in form.items()},
                    self.client_address[1],
                )
                reply = platform._reply(asked)
                data = reply.bytes()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in reply.headers:
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = do_PUT = do_CONNECT = do  # noqa: N815 - http.server's names

        self._server = _Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        self.port = self._server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, *replies: Reply | Answerer) -> None:
        """The next calls of `path` are answered so; then the usual answer again."""
        self.replies[path] += replies

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def count(self, path: str) -> int:
        return self.paths().count(path)

    def _reply(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            planned = self.replies[asked.path]
            if planned:
                reply = planned.pop(0)
                return reply if isinstance(reply, Reply) else reply(asked)
            return self._usual(asked)

    def _usual(self, asked: Asked) -> Reply:
        if asked.path == TOKEN:
            return self._token(asked)
        if asked.path == REVOKE:
            self.dead.add(asked.form["token"])
            return Reply(200)
        if asked.headers.get("authorization", "").removeprefix("Bearer ") in self.dead:
            return Reply(401, {"errorCode": "OAU-213", "message": "Token not found"})
        if asked.path == WSTOKEN:
            uri = self.url.replace("http", "ws", 1) + "/ws"
            return Reply(200, {"uri": uri, "ws_access_token": "ws-token-1", "expires_in": 600})
        if asked.path == ME:
            return Reply(200, ADA)
        if asked.method == "DELETE":
            return Reply(204)
        return Reply(404, {"errorCode": "CMN-120", "message": "Invalid URI"})

    def _token(self, asked: Asked) -> Reply:
        if asked.form["grant_type"] == "refresh_token":
            old = asked.form["refresh_token"]
            if old in self.dead:
                return Reply(400, {"error": "invalid_grant", "errors": [{"errorCode": "OAU-210"}]})
            self.refreshes += 1
            session, number = self.sessions[old], f"r{self.refreshes}"
            # The access token before dies at once, the refresh token works once.
            self.dead |= {old, old.replace("refresh", "access")}
        else:
            self.logins += 1
            session = self.logins
            number = f"l{self.logins}"
        body: dict[str, Any] = {
            "access_token": f"access-token-{number}",
            "token_type": "bearer",
            "expires_in": self.expires_in,
            "scope": self.scope,
            "owner_id": "400000101",
        }
        if self.session_ids:
            body["session_id"] = f"session-{session}"
        if self.refresh_tokens:
            body["refresh_token"] = f"refresh-token-{number}"
            body["refresh_token_expires_in"] = 604800
            self.sessions[f"refresh-token-{number}"] = session
        return Reply(200, body)


@contextmanager
def serve(context: ssl.SSLContext | None = None) -> Iterator[LoopbackPlatform]:
    platform = LoopbackPlatform(context)
    try:
        yield platform
    finally:
        platform.close()
