"""One WebSocket after its handshake: read in batches by one thread, written by any."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence

from rc_tail.errors import NO_CLOSE_FRAME, ConnectionLostError
from rc_tail.gateway.incoming import Incoming
from rc_tail.text.escape import visible
from rc_tail.transport.frames import NO_STATUS, FrameReader, Opcode, StreamEnding
from rc_tail.transport.stream import Stream, StreamError

Trace = Callable[[str, str], None]

# A peer may be answered its latest pings only (RFC 6455, section 5.5.3).
_MOST_PONGS = 16
# Bytes after which no more is read for a batch. Together with the last read (64 KiB) its lines fit
# into a pipe, as `rc_tail.sinks.stdout` widens it: otherwise a batch of a burst is written in parts,
# and wakes the writer's thread for the rest (3.4 times as many switches of threads).
_ENOUGH = 192 * 1024
_MORE_BEHIND = 16 * 1024  # after a read of less there are no more
_LOOK_AGAIN = 0.05
# What may still come in between our close frame and the peer's.
_MOST_AFTER_CLOSE = 16 * 1024 * 1024

_MEANINGS = {
    1001: "going away",
    1011: "internal error",
    1012: "restarting",
    1013: "overloaded",
    4400: "token not accepted",
}


class Connection:
    """One WebSocket, from its handshake to its end.

    One thread reads at a time; all other calls may be made from any thread at any time.

    Args:
        masked: Makes a masked frame of an opcode and a payload.
        trace: Called with each text, after ``in`` or ``out``, on the thread that reads or sends it.
        first: What came with the handshake's answer.

    Attributes:
        is_lost: Whether it is over; what came before may still be read.
        stream: Where it is read from; it knows what must happen before the next `read_batch`.
    """

    def __init__(
        self,
        stream: Stream,
        frames: FrameReader,
        *,
        masked: Callable[[int, bytes], bytes],
        trace: Trace | None = None,
        first: bytes = b"",
    ) -> None:
        self.stream = stream
        self._frames = frames
        self._masked = masked
        self._trace = trace
        self.is_lost = False
        self._loss: tuple[str, int, str] | None = None
        self._close_sent = False
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._ended = threading.Event()
        self._ready = frames.feed(first)
        self._attend(self._ready)

    def send_text(self, text: str) -> None:
        """Send a message. Does not wait: what the peer does not take now is sent later.

        Raises:
            ConnectionLostError: It is closed, or the peer has taken nothing for too long.
        """
        self._send(Opcode.TEXT, text.encode())
        if self._trace is not None:
            self._trace("out", text)

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping; a `Pong` with the same payload (125 bytes at most) comes back.

        Raises:
            ConnectionLostError: As for `send_text`.
        """
        self._send(Opcode.PING, payload)

    def read_batch(self, timeout: float) -> list[Incoming]:
        """Return everything that has come, as soon as there is something. Pings are answered.

        Args:
            timeout: Seconds to wait for it; 0 for not at all.

        Returns:
            What came, in order; nothing when nothing came in time.

        Raises:
            ConnectionLostError: It is over, and everything before was returned.
        """
        deadline = time.monotonic() + timeout if timeout else 0.0
        # Most calls do not wait; a time-out would be converted for each.
        reading = self._reading
        if not (reading.acquire(timeout=timeout) if timeout else reading.acquire(False)):
            return []
        try:
            while not self._ready and self._loss is None:
                size = came = self._advance(deadline)
                # A burst is taken as a whole: handling a batch costs little more than one message.
                while came >= _MORE_BEHIND and size < _ENOUGH and self._loss is None:
                    came = self._advance(0.0)
                    size += came
                if self._ready or time.monotonic() >= deadline:
                    break
            batch, self._ready = self._ready, []
        finally:
            self._reading.release()
        if not batch:
            self._raise_if_lost()
        return batch

    def fileno(self) -> int:
        """Return the socket's descriptor, for who waits for it among others; -1 when closed."""
        return self.stream.fileno()

    def close(self, code: int = 1000, timeout: float = 2.0) -> None:
        """Say goodbye, wait for the peer's, and end the connection.

        Messages that arrive meanwhile are queued for `read_batch`.

        Args:
            code: The code that is sent (RFC 6455, section 7.4).
            timeout: Seconds to wait at most.
        """
        deadline = time.monotonic() + timeout
        self._send_close(code)
        more = _MOST_AFTER_CLOSE
        while more > 0 and not self._ended.is_set() and time.monotonic() < deadline:
            # The reading thread sees the peer's close frame; without one, it is read here.
            if self._reading.acquire(blocking=False):
                try:
                    more -= self._advance(deadline)
                finally:
                    self._reading.release()
            else:
                self._ended.wait(min(_LOOK_AGAIN, max(deadline - time.monotonic(), 0.0)))
        self.abort()

    def abort(self) -> None:
        """End the connection at once, without a word. A thread that reads wakes up."""
        self._lose("the connection was closed here")

    def _send(self, opcode: int, payload: bytes) -> None:
        with self._lock:
            self._raise_if_lost()
            if self._close_sent:
                raise ConnectionLostError("the connection was closed here", close_code=1000)
            try:
                self.stream.write(self._masked(opcode, payload))
            except StreamError as error:
                raise ConnectionLostError(_in_a_sentence(error)) from error
            self._close_sent = opcode == Opcode.CLOSE

    def _send_close(self, code: int) -> None:
        payload = b"" if code == NO_STATUS else code.to_bytes(2)
        with contextlib.suppress(ConnectionLostError):  # the connection is already gone
            self._send(Opcode.CLOSE, payload)

    def _advance(self, deadline: float) -> int:
        """Read once; return how many bytes came."""
        try:
            data = self.stream.read(deadline)
        except StreamError as error:
            self._lose(_in_a_sentence(error))
            return 0
        if not data:
            if data is not None:
                self._lose("the gateway dropped the connection without a close frame")
            return 0
        frames = self._frames
        batch = frames.feed(data)
        self._ready = self._ready + batch if self._ready else batch
        if self._trace is not None or frames.pings or frames.ending is not None:
            self._attend(batch)
        return len(data)

    def _attend(self, batch: Sequence[Incoming]) -> None:
        """Do what is to be done about what came, beside handing it on."""
        if self._trace is not None:
            for part in batch:
                if isinstance(part, bytes):
                    self._trace("in", part.decode())
        if self._frames.pings:
            self._answer_pings()
        if self._frames.ending is not None:
            self._end(self._frames.ending)

    def _answer_pings(self) -> None:
        pings, self._frames.pings = self._frames.pings, []
        with contextlib.suppress(
            ConnectionLostError
        ):  # reading continues to the end, and reports why
            for payload in pings[-_MOST_PONGS:]:
                self._send(Opcode.PONG, payload)

    def _end(self, ending: StreamEnding) -> None:
        self._send_close(ending.code)
        if ending.broken:
            self._lose(f"the gateway broke the WebSocket protocol: {ending.reason}", ending.code)
            return
        meaning = _MEANINGS.get(ending.code, "")
        said = [word for word in (f"{ending.code}", meaning, visible(ending.reason)) if word]
        self._lose(
            f"the gateway closed the connection: {', '.join(said)}",
            ending.code,
            ending.reason,
        )

    def _lose(self, message: str, code: int = NO_CLOSE_FRAME, reason: str = "") -> None:
        with self._lock:
            if self._loss is None:
                self._loss = message, code, reason
                self.is_lost = True
        self.stream.close()
        self._ended.set()

    def _raise_if_lost(self) -> None:
        if self._loss is not None:
            message, code, reason = self._loss
            raise ConnectionLostError(message, close_code=code, reason=reason)


def _in_a_sentence(error: StreamError) -> str:
    """Return the system's words, such as ``Connection reset by peer``, without the capital."""
    words = str(error)
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]
