"""The socket of one client, and its queue of outgoing data."""

import contextlib
import ssl
import struct
from collections import deque
from collections.abc import Callable
from socket import SO_LINGER, SOL_SOCKET, socket  # noqa: TID251 - the sockets of server.py

from rc_tail.simulator.server.wire import Wire
from rc_tail.simulator.service.effects import (
    Drip,
    Effect,
    IgnorePings,
    Mute,
    ResetConnection,
    SendClose,
    SendPing,
    SendRaw,
    SendText,
)

CHUNK = 65536
BATCH = 1024 * 1024
BACKLOG_LIMIT = 512 * 1024 * 1024
CLOSE_TIMEOUT = 2.0
_WOULD_BLOCK = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class ClientSocket:
    """A client's socket. Nothing here blocks.

    Args:
        number: Identifies the client.
        sock: Connected and non-blocking; a TLS socket before its handshake.
    """

    def __init__(self, number: int, sock: socket) -> None:
        self.number = number
        self.sock = sock
        self.wire = Wire(secure=isinstance(sock, ssl.SSLSocket))
        self.is_handshake_done = not isinstance(sock, ssl.SSLSocket)
        self.is_closed = False
        self.is_muted = False
        self.close_by: float | None = None
        self.close_when_sent = False
        self._drip: float | None = None
        self._drip_at = 0.0
        self._backlog = 0
        self._queue: deque[tuple[bytes, bool]] = deque()
        self._outgoing = b""
        self._outgoing_messages = 0

    @property
    def unsent(self) -> int:
        """How many messages have not been sent completely."""
        return self._outgoing_messages + sum(is_message for _, is_message in self._queue)

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to send."""
        return not self._outgoing and not self._queue

    @property
    def wants_to_write(self) -> bool:
        """Whether to send when the socket is writable."""
        return not self.is_idle and self._drip is None and not self.is_muted

    def handshake(self) -> None:
        """Continue the TLS handshake.

        Raises:
            OSError: It failed.
        """
        with contextlib.suppress(*_WOULD_BLOCK):
            if isinstance(self.sock, ssl.SSLSocket):
                self.sock.do_handshake()
            self.is_handshake_done = True

    def read(self) -> bytes | None:
        """Return received data, empty at the end; None if there is none yet.

        Raises:
            OSError: The connection is broken.
        """
        try:
            data = self.sock.recv(CHUNK)
            # The selector does not report data that TLS has already decrypted.
            while isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
                data += self.sock.recv(CHUNK)
        except _WOULD_BLOCK:
            return None
        return data

    def apply(self, effect: Effect, now: float) -> None:
        """Carry out an effect."""
        match effect:
            case SendText():
                self.queue(self.wire.message(effect.text), is_message=True)
            case SendPing():
                self.queue(self.wire.ping())
            case SendClose():
                self.queue(self.wire.close(effect.code, effect.reason))
                self.close_by = now + CLOSE_TIMEOUT
            case _:
                self._apply_fault(effect)

    def _apply_fault(self, effect: SendRaw | ResetConnection | Mute | IgnorePings | Drip) -> None:
        match effect:
            case SendRaw():
                self.queue(effect.data)
            case ResetConnection():
                # Data that was queued before the reset is sent.
                self.guarded(self.flush)
                self.reset()
            case Mute():
                self.guarded(self.flush)
                self.is_muted = True
            case IgnorePings():
                self.wire.answers_pings = False
            case Drip():
                self._drip = effect.interval

    def queue(self, data: bytes, *, is_message: bool = False) -> None:
        """Queue data; a client with far too much of it is reset."""
        if data:
            self._queue.append((data, is_message))
            self._backlog += len(data)
            if self._backlog > BACKLOG_LIMIT:
                self.reset()

    def flush(self) -> None:
        """Send as much as the socket takes.

        Raises:
            OSError: The connection is broken.
        """
        while self.wants_to_write and self._send(self._next_outgoing()):
            pass

    def _next_outgoing(self) -> bytes:
        if not self._outgoing:
            parts: list[bytes] = []
            size = 0
            while self._queue and size < BATCH:
                data, is_message = self._queue.popleft()
                parts.append(data)
                size += len(data)
                self._outgoing_messages += is_message
            self._outgoing = b"".join(parts)
        return self._outgoing

    def _send(self, data: bytes) -> bool:
        """Send the start of the outgoing data; return whether the socket took all of `data`."""
        try:
            sent = self.sock.send(data)
        except _WOULD_BLOCK:
            return False
        self._outgoing = self._outgoing[sent:]
        self._backlog -= sent
        if not self._outgoing:
            self._outgoing_messages = 0
        return sent == len(data)

    def send_drip(self, now: float) -> float | None:
        """Send one byte if it is due; return when the next one is.

        Raises:
            OSError: The connection is broken.
        """
        if self._drip is None or self.is_muted or self.is_idle:
            return None
        if now >= self._drip_at:
            self._drip_at = now + self._drip
            self._send(self._next_outgoing()[:1])
        return self._drip_at

    def reset(self) -> None:
        """Close the connection with a TCP reset."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.is_closed = True

    def guarded(self, work: Callable[[], float | None]) -> float | None:
        """Call `work`; an OSError means that the client has disconnected."""
        try:
            return work()
        except OSError:
            self.is_closed = True
            return None
