"""A connected socket, plain or TLS: read by one thread at a time, written by any, never blocking.

A write takes what the system takes now; the rest is sent by the reading thread, as soon as the peer
makes room. TLS is one state machine for both directions, so every call into it is made under one
lock, and none of them waits.
"""

import select
import socket
import ssl
import threading
import time

from rc_tail.errors import SystemRefusedError
from rc_tail.network.network_errors import system_reason

_CHUNK = 64 * 1024
# One TLS record: larger writes report no progress before they are through as a whole.
_PIECE = 16 * 1024
_LONGEST_WAIT = 3600.0
# The peer reads nothing any more when so much has piled up: what is sent are short requests.
MAX_UNSENT = 1024 * 1024


class StreamError(Exception):
    """The stream cannot be used any more; the text, fit to be shown, says why."""


class Stream:
    """Owns a socket from its handshake to its end.

    Args:
        sock: Connected; it is closed with the stream.
        stuck_after: Seconds in which a peer must take something of what waits to be sent.

    Attributes:
        waits_for: What must happen before the next `read`, as `select.poll` has it.

    Raises:
        SystemRefusedError: There is no file descriptor left.
    """

    def __init__(self, sock: socket.socket, *, stuck_after: float) -> None:
        self._sock = sock
        self._stuck_after = stuck_after
        # Guards everything below, and every call into the socket.
        self._lock = threading.Lock()
        self._unsent = bytearray()
        self._unsent_since = 0.0
        self._write_failed = ""
        self._waits_to_read, self._waits_to_write = select.POLLIN, 0
        # Not computed when asked: it is looked at before every wait for several connections.
        self.waits_for = select.POLLIN
        self._waiting = False
        self._rung = False
        self._closed = False
        try:
            self._bell, self._ring = socket.socketpair()
        except OSError as error:
            raise SystemRefusedError(f"the system refused: {system_reason(error)}") from error
        for end in (sock, self._bell, self._ring):
            end.setblocking(False)
        # Only the thread that reads touches it.
        self._poll = select.poll()
        self._poll.register(self._bell, select.POLLIN)
        self._poll.register(sock, select.POLLIN)

    def write(self, data: bytes) -> None:
        """Send `data` after what waits already, without waiting.

        Raises:
            StreamError: The peer takes nothing any more, or the stream is closed.
        """
        with self._lock:
            if self._closed or self._write_failed:
                raise StreamError(self._write_failed or "the connection is closed")
            waited = bool(self._unsent)
            self._raise_if_stuck(time.monotonic())
            if len(self._unsent) + len(data) > MAX_UNSENT:
                raise StreamError(f"{len(self._unsent)} bytes are waiting to be sent")
            if not waited:
                self._unsent_since = time.monotonic()
            self._unsent += data
            self._flush()
            if self._unsent and not waited:
                self._wake()

    def fileno(self) -> int:
        """Return the socket's descriptor, for who waits for it among others; -1 when closed."""
        return self._sock.fileno()

    @property
    def unsent(self) -> int:
        """How many bytes are waiting to be sent."""
        return len(self._unsent)

    def read(self, deadline: float) -> bytes | None:
        """Return what has come, at once if there is something.

        Args:
            deadline: When to give up, in seconds of `time.monotonic`.

        Returns:
            Some bytes, none at the end of the stream, or None when nothing came in time.

        Raises:
            StreamError: It broke, or the peer takes nothing any more.
        """
        while True:
            with self._lock:
                if self._closed:
                    raise StreamError("the connection was closed")
                data: bytes | None = None
                try:
                    data = self._sock.recv(_CHUNK)
                except OSError as error:
                    self._without_data(error)
                if self._unsent:
                    self._flush()
                if data is not None:
                    if self._waits_to_read != select.POLLIN:
                        self._note_waits(select.POLLIN, self._waits_to_write)
                    return data
                seconds = self._begin_wait(deadline)
            if seconds is None:
                return None
            # In whole milliseconds, upwards: a wait that ends early would be waited in a circle.
            self._poll.poll(int(min(seconds, _LONGEST_WAIT) * 1000) + 1)
            self._woke()

    def close(self) -> None:
        """End both directions at once; a thread that reads wakes up."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._waiting:
                # A descriptor must not be closed under a thread that waits for it: its number may
                # be another file's by then. That thread closes it.
                self._wake()
            else:
                self._release()

    # All that follows is called with the lock held.

    def _without_data(self, error: OSError) -> None:
        """Note what a read waits for that brought nothing, unless it failed."""
        if isinstance(error, ssl.SSLWantWriteError):
            self._note_waits(select.POLLOUT, self._waits_to_write)
        elif isinstance(error, (BlockingIOError, ssl.SSLWantReadError)):
            self._note_waits(select.POLLIN, self._waits_to_write)
        else:
            raise StreamError(system_reason(error)) from error

    def _note_waits(self, to_read: int, to_write: int) -> None:
        self._waits_to_read, self._waits_to_write = to_read, to_write
        self.waits_for = to_read | to_write

    def _begin_wait(self, deadline: float) -> float | None:
        """Return the seconds to wait, from now on; None when the deadline has passed."""
        now = time.monotonic()
        self._raise_if_stuck(now)
        if now >= deadline:
            return None
        until = deadline
        if self._unsent:
            until = min(until, self._unsent_since + self._stuck_after)
        self._waiting = True
        self._poll.modify(self._sock, self.waits_for)
        return until - now

    def _flush(self) -> None:
        waits = 0
        try:
            while self._unsent:
                sent = self._sock.send(self._unsent[:_PIECE])
                del self._unsent[:sent]
                self._unsent_since = time.monotonic()
        except (BlockingIOError, ssl.SSLWantWriteError):
            waits = select.POLLOUT
        except ssl.SSLWantReadError:
            waits = select.POLLIN
        except OSError as error:
            # Not raised here: what came before the break, a close frame perhaps, is still to be
            # read, and says more.
            self._write_failed = system_reason(error)
            self._unsent.clear()
        self._note_waits(self._waits_to_read, waits)

    def _raise_if_stuck(self, now: float) -> None:
        if self._unsent and now >= self._unsent_since + self._stuck_after:
            raise StreamError(f"the peer accepted no data for {self._stuck_after:g} s")

    def _wake(self) -> None:
        if self._waiting and not self._rung:
            self._ring.send(b"\0")
            self._rung = True

    def _woke(self) -> None:
        with self._lock:
            self._waiting = False
            if self._rung:
                self._bell.recv(1)
                self._rung = False
            if self._closed:
                self._release()

    def _release(self) -> None:
        for end in (self._sock, self._bell, self._ring):
            end.close()
