"""A WebSocket client of a few lines, by hand, so that it can also do what no client should."""

import os
import socket
import struct
from collections.abc import Callable
from types import TracebackType
from typing import Self

PATIENCE = 60.0


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


class WebSocket:
    """A connection; it reads when it is told to, and not before."""

    def __init__(
        self,
        port: int,
        target: str = "/ws",
        *,
        early: str | None = None,
        wrap: Callable[[socket.socket], socket.socket] = lambda sock: sock,
    ) -> None:
        self.sock = wrap(connect(port))
        self._buffer = b""
        behind = self.masked(1, early.encode()) if early is not None else b""
        self.sock.sendall(self.handshake(target) + behind)
        while b"\r\n\r\n" not in self._buffer:
            self._read()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()

    @staticmethod
    def handshake(target: str) -> bytes:
        return (
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:1\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n"
        ).encode()

    @staticmethod
    def masked(opcode: int, payload: bytes) -> bytes:
        mask = os.urandom(4)
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        pattern = mask * (size // 4 + 1)
        return head + mask + bytes(a ^ b for a, b in zip(payload, pattern, strict=False))

    def send(self, text: str) -> None:
        self.sock.sendall(self.masked(1, text.encode()))

    def pong(self, payload: bytes) -> None:
        self.sock.sendall(self.masked(10, payload))

    def close(self, code: int = 1000) -> None:
        self.sock.sendall(self.masked(8, struct.pack("!H", code)))

    def frame(self) -> tuple[int, bool, bytes]:
        """The next frame: opcode, whether it ends its message, and payload."""
        first, second = self._exactly(2)
        assert not second & 0x80, "a server does not mask"
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._exactly(8))
        return first & 0x0F, bool(first & 0x80), self._exactly(size)

    def _of(self, active_filters: int) -> bytes:
        opcode, _, payload = self.frame()
        while opcode != active_filters and opcode in (9, 10):
            opcode, _, payload = self.frame()
        assert opcode == active_filters, (opcode, payload)
        return payload

    def text(self) -> str:
        """The next message; pings are passed over."""
        return self._of(1).decode()

    def ping(self) -> bytes:
        return self._of(9)

    def closed(self) -> int:
        """The code of the close frame, which must be next."""
        payload = self._of(8)
        (code,) = struct.unpack("!H", payload[:2])
        return int(code)

    def rest(self) -> bytes:
        """Everything until the end."""
        try:
            while True:
                self._read()
        except ConnectionError:
            return self._buffer

    def leave(self) -> None:
        self.sock.close()

    def _read(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._buffer += data

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._read()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data
