"""A receiver of webhooks on a loopback port, which answers as a test says."""

import contextlib
import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any


class Receiver:
    """A receiver.

    Attributes:
        answers: The statuses of the next answers to events, then 200; a function is called with
            the handler instead.
        requests: The headers, in lower case, and the body of every request but handshakes.
        handshakes: The headers of every handshake.
        on_handshake: Answers a handshake in another way than as demanded.
    """

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.handshakes: list[dict[str, str]] = []
        self.on_handshake: Callable[[http.server.BaseHTTPRequestHandler], None] | None = None
        self.headers: dict[str, str] = {}

    @property
    def ids(self) -> list[str]:
        """The uuids of the events that came, in order."""
        return [json.loads(body)["uuid"] for _, body in self.requests]

    @contextlib.contextmanager
    def listening(self, port: int = 0) -> Iterator[int]:
        """Listen while the context lasts; yield the port. Its connections end with it."""
        owner = self
        open_sockets: set[socket.socket] = set()
        is_over = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                open_sockets.add(self.connection)
                if is_over.is_set():
                    end(self.connection)

            def finish(self) -> None:
                open_sockets.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                if len(body) < size:
                    # The client was killed while it sent the request: nobody takes half of one.
                    self.close_connection = True
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                if "validation-token" in headers:
                    owner.handshakes.append(headers)
                    if owner.on_handshake is not None:
                        owner.on_handshake(self)
                        return
                    answer(self, 200, {"Validation-Token": headers["validation-token"]})
                    return
                owner.requests.append((headers, body))
                status = owner.answers.pop(0) if owner.answers else 200
                if callable(status):
                    status(self)
                else:
                    answer(self, status, owner.headers)

            def log_message(self, *_: object) -> None: ...

        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
            # Otherwise a client that keeps its connection would still be served.
            is_over.set()
            for each in list(open_sockets):
                end(each)


def end(connection: socket.socket) -> None:
    """End a connection that another thread may be reading."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def answer(
    handler: http.server.BaseHTTPRequestHandler,
    status: int,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> None:
    """Answer a request."""
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
