"""A WebSocket server of a few lines over a real loopback port; a test's function is its mind.

Written by hand, so that it can also do what no server should.
"""

import base64
import hashlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
PATIENCE = 60.0


def frame(opcode: int, payload: bytes = b"", *, final: bool = True, first: int = 0) -> bytes:
    head = bytes([(0x80 if final else 0) | opcode | first])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 1 << 16:
        return head + b"\x7e" + struct.pack("!H", len(payload)) + payload
    return head + b"\x7f" + struct.pack("!Q", len(payload)) + payload


def text(words: str) -> bytes:
    return frame(TEXT, words.encode())


def close(code: int, reason: str = "") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason.encode())


@dataclass(frozen=True)
class Asked:
    line: str
    headers: dict[str, str]


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.asked = Asked("", {})
        self._buffer = b""

    def read_head(self) -> Asked:
        while b"\r\n\r\n" not in self._buffer:
            if not (data := self.sock.recv(65536)):
                raise ConnectionError("the client went away")
            self._buffer += data
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode().split("\r\n")
        self.asked = Asked(first, {n.lower(): v for n, v in (x.split(": ", 1) for x in lines)})
        return self.asked

    def switching(self, *more: str) -> bytes:
        key = self.asked.headers["sec-websocket-key"]
        digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
            *more,
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def accept(self, first: bytes = b"") -> None:
        self.read_head()
        self.sock.sendall(self.switching() + first)

    def send(self, *data: bytes) -> None:
        self.sock.sendall(b"".join(data))

    def read(self) -> tuple[int, bytes]:
        """The next frame, which must be whole and masked."""
        first, second = self._exactly(2)
        assert first & 0x80
        assert second & 0x80
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self._exactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._exactly(8))
        mask = self._exactly(4) * (length // 4 + 1)
        payload = self._exactly(length)
        return first & 0xF, bytes(a ^ b for a, b in zip(payload, mask, strict=False))

    def read_to_end(self) -> list[tuple[int, bytes]]:
        frames = []
        with suppress(OSError):
            while True:
                frames.append(self.read())
        return frames

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            if not (data := self.sock.recv(65536)):
                raise ConnectionError("the client went away")
            self._buffer += data
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data


Mind = Callable[[Peer], None]


class PeerServer:
    def __init__(self, mind: Mind, tls: ssl.SSLContext | None, family: int) -> None:
        self._mind = mind
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self.errors: list[BaseException] = []
        host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self._listener = socket.create_server((host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        self.url = f"{'wss' if tls else 'ws'}://{shown}:{self.port}/ws?access_token=SECRET-TOKEN"
        self._start(self._listen)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="peer")
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.settimeout(PATIENCE)
                self._start(partial(self._serve, sock))

    def _serve(self, sock: socket.socket) -> None:
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            self._mind(Peer(sock))
        except OSError:
            pass  # the client went away, as it may
        except BaseException as error:  # noqa: BLE001 - the test raises it
            self.errors.append(error)
        finally:
            sock.close()

    def stop(self) -> None:
        # Wakes accept, also where closing alone does not.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


@contextmanager
def serving(
    mind: Mind, *, tls: ssl.SSLContext | None = None, family: int = socket.AF_INET
) -> Iterator[PeerServer]:
    server = PeerServer(mind, tls, family)
    try:
        yield server
    finally:
        server.stop()
        # In place of what it made fail in the test, which is shown as its context.
        for error in server.errors:
            raise error
