"""A RingCentral that only sends: as fast as the system takes it, or at a steady rate.

It answers the four calls of a client (token, WebSocket token, handshake, subscription) and then
sends frames that were made before, straight from a file, so that it takes next to no time of its
own. What a client asks for stands in its client id, or in the path of its WebSocket:

- ``20000``: so many events at once;
- ``20000w``: the same, 0.3 s after the subscription (an SDK drops what comes sooner);
- ``500@100``: 500 events, 100 a second, each with the moment of its sending in it.

``/raw/...`` sends events right after the handshake and closes; ``/ws/...`` greets, waits for a
subscription, and leaves the end to the client.
"""

import base64
import contextlib
import hashlib
import json
import multiprocessing
import os
import re
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from tests.benchmarks.load import SENT, SENT_MARK, SUBSCRIPTION, Load, frame, write_frames

_CLOSE = b"\x88\x02\x03\xe8"
_LATER = 0.3


@dataclass(frozen=True)
class Order:
    """What a client wants: how many, how many a second (0: all at once), and whether later."""

    count: int
    rate: int = 0
    later: bool = False

    @classmethod
    def of(cls, text: str) -> "Order":
        found = re.fullmatch(r"(\d+)(w?)(?:@(\d+))?", text)
        assert found is not None, text
        return cls(int(found[1]), int(found[3] or 0), later=bool(found[2]))


class Client:
    """One connection of a client."""

    def __init__(self, sock: socket.socket, file: int, ends: Sequence[int]) -> None:
        self.sock = sock
        self._file = file
        self._ends = ends
        self._came = b""

    def run(self) -> None:
        while head := self._head():
            line, headers = head
            method, path, _ = line.split(" ", 2)
            if "sec-websocket-key" in headers:
                self._accept(headers["sec-websocket-key"], headers.get("sec-websocket-protocol"))
                self._serve(path)
                return
            body = self._exactly(int(headers.get("content-length", "0")))
            status, answer = self._answer(method, path, headers, body)
            self._reply(status, answer)

    def _head(self) -> tuple[str, dict[str, str]] | None:
        while b"\r\n\r\n" not in self._came:
            if not (data := self.sock.recv(65536)):
                return None
            self._came += data
        head, self._came = self._came.split(b"\r\n\r\n", 1)
        line, *fields = head.decode().split("\r\n")
        return line, {n.lower(): v.strip() for n, v in (f.split(":", 1) for f in fields)}

    def _exactly(self, size: int) -> bytes:
        while len(self._came) < size:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("the client went away")
            self._came += data
        data, self._came = self._came[:size], self._came[size:]
        return data

    def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, Any]]:
        granted = headers.get("authorization", "").partition(" ")[2]
        if path.startswith("/restapi/oauth/token"):
            # The client's id is its order.
            order = base64.b64decode(granted).decode().partition(":")[0]
            return 200, {
                "access_token": order,
                "token_type": "bearer",
                "expires_in": 3600,
                "refresh_token": order,
                "refresh_token_expires_in": 604800,
                "scope": "SubscriptionWebhook",
                "owner_id": "400000101",
                "endpoint_id": "bench",
            }
        if path.startswith("/restapi/oauth/wstoken"):
            port = self.sock.getsockname()[1]
            uri = f"ws://127.0.0.1:{port}/ws/{granted}"
            return 200, {"uri": uri, "ws_access_token": "bench", "expires_in": 600}
        if path.startswith("/restapi/oauth/revoke"):
            return 200, {}
        return 404, {"errorCode": "CMN-102", "message": "not found"}

    def _reply(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
        self.sock.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _accept(self, key: str, protocol: str | None) -> None:
        digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
            *([f"Sec-WebSocket-Protocol: {protocol.split(',')[0]}"] if protocol else []),
        ]
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode())

    def _serve(self, path: str) -> None:
        _, kind, order = path.partition("?")[0].rsplit("/", 2)
        if kind == "raw":
            self._send_events(Order.of(order))
            self.sock.sendall(_CLOSE)
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_WR)
                while self.sock.recv(65536):
                    pass
            return
        details = {
            "creationTime": "2026-03-02T09:30:00.000Z",
            "maxConnectionsPerSession": 5,
            "recoveryBufferSize": 100,
            "recoveryTimeout": 180,
            "idleTimeout": 600,
            "absoluteTimeout": 86400,
        }
        wsc = {"token": "c4f1a6de-52b7-4b6e-9f1e-0d2f6a7b8c9d", "sequence": 1}
        self._say({"type": "ConnectionDetails", "messageId": "hello", "wsc": wsc}, details)
        with contextlib.suppress(ConnectionError):
            self._converse(Order.of(order))

    def _converse(self, order: Order) -> None:
        """Answer requests until the client closes; send the events after the subscription."""
        while text := self._text():
            meta = json.loads(text)[0]
            told = {"type": meta["type"], "messageId": meta["messageId"], "status": 200}
            if meta["type"] == "Heartbeat":
                self._say({"type": "Heartbeat", "messageId": meta["messageId"]})
            elif meta.get("method") == "POST":
                filters = json.loads(text)[1]["eventFilters"]
                body = {
                    "id": SUBSCRIPTION,
                    "uri": f"https://127.0.0.1/restapi/v1.0/subscription/{SUBSCRIPTION}",
                    "creationTime": "2026-03-02T09:30:00.000Z",
                    "expirationTime": "2026-03-02T10:30:00.000Z",
                    "expiresIn": 3600,
                    "status": "Active",
                    "eventFilters": [f.replace("~", "400000001", 1) for f in filters],
                    "deliveryMode": {"transportType": "WebSocket"},
                }
                self._say({**told, "headers": {"RCRequestId": "r"}}, body)
                if order.later:
                    time.sleep(_LATER)
                self._send_events(order)
            else:
                self._say({**told, "status": 204})

    def _say(self, *parts: Any) -> None:
        self.sock.sendall(frame(json.dumps(parts, separators=(",", ":")).encode()))

    def _text(self) -> str:
        """Return the client's next text; empty at the end. Pings are answered."""
        while True:
            first, second = self._exactly(2)
            size = second & 0x7F
            if size == 126:
                size = int.from_bytes(self._exactly(2))
            elif size == 127:
                size = int.from_bytes(self._exactly(8))
            mask, data = self._exactly(4), self._exactly(size)
            payload = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
            opcode = first & 0xF
            if opcode == 1:
                return payload.decode()
            if opcode == 8:
                self.sock.sendall(bytes((0x88, len(payload))) + payload)
                return ""
            if opcode == 9:
                self.sock.sendall(bytes((0x8A, len(payload))) + payload)

    # The events.

    def _send_events(self, order: Order) -> None:
        with contextlib.suppress(ConnectionError):
            if order.rate:
                self._send_paced(order)
            else:
                self._send_all(order.count)

    def _send_all(self, count: int) -> None:
        while count:
            now = min(count, len(self._ends))
            at, end = 0, self._ends[now - 1]
            while at < end:
                at += os.sendfile(self.sock.fileno(), self._file, at, end - at)
            count -= now

    def _send_paced(self, order: Order) -> None:
        start = time.monotonic()
        for number in range(order.count):
            due = start + number / order.rate
            if (wait := due - time.monotonic()) > 0:
                time.sleep(wait)
            which = number % len(self._ends)
            at = self._ends[which - 1] if which else 0
            data = bytearray(os.pread(self._file, self._ends[which] - at, at))
            where = data.index(SENT_MARK) + len(SENT_MARK)
            data[where : where + len(SENT)] = b"%019d" % time.monotonic_ns()
            self.sock.sendall(data)


def serve(pipe: Pipe, load: Load, core: int | None) -> None:
    """Send to each client that comes, until killed."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    # In memory where there is such a place: a disk would be the bottleneck.
    memory = Path("/dev/shm")
    # Without a name nothing is left of it when this process is killed.
    with tempfile.TemporaryFile(dir=memory if memory.is_dir() else None) as file:
        ends = write_frames(load, file)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            pipe.send(listener.getsockname()[1])
            while True:
                sock, _ = listener.accept()
                # As the service does: an answer never waits for the one before to be acknowledged.
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_run, args=(sock, file.fileno(), ends), daemon=True).start()


def _run(sock: socket.socket, file: int, ends: Sequence[int]) -> None:
    with sock, contextlib.suppress(ConnectionError):
        Client(sock, file, ends).run()


@contextlib.contextmanager
def running(load: Load, core: int | None) -> Iterator[int]:
    """Run a server as a process of its own; give its port."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there, load, core), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(120):
            raise RuntimeError("the load server does not start")
        yield here.recv()
    finally:
        process.kill()
        process.join()
