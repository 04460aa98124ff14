"""Writes events without ever waiting for whoever reads them.

What the reader takes at once is written at once, where the sink can say so without blocking. All
else is written by a thread of its own, so that a stalled reader stalls nothing else.
"""

import os
import threading
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from rc_tail.errors import RcTailError
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import Renderer, lines
from rc_tail.sinks.backlog import Backlog, BacklogFullError

# What is rendered and written at once: a few times what a pipe holds.
_AT_ONCE = 256 * 1024
_MOST_DIRECTLY = 512 * 1024
_GIVE_UP_WITHIN = 1.0


class ByteSink(Protocol):
    """Takes bytes, without blocking for good."""

    def write(self, data: memoryview) -> int:
        """Take what there is room for; return how many bytes."""
        ...

    def wait(self, bell: int, *, for_room: bool) -> None:
        """Return when `bell` can be read, or with `for_room` when there is room."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class WriteListener(Protocol):
    """Is told what becomes of the events, on the thread that writes."""

    def written(self, events: Sequence[Notification]) -> None:
        """These were written."""
        ...

    def lost(self, events: int, reason: str) -> None:
        """So many could not be kept until the reader would take them."""
        ...

    def failed(self, error: RcTailError) -> None:
        """Nothing can be written any more."""
        ...

    def crashed(self, error: BaseException) -> None:
        """There is a bug."""
        ...


class _Work(NamedTuple):
    """Events that are being written: they, their lines, and how many bytes of those were."""

    batch: Sequence[Notification]
    data: bytes
    taken: int


class Writer:
    """Takes events without blocking, and writes them in order.

    Args:
        sink: Where lines go.
        line: Makes a line of an event, with one line break, at its end.
        listener: Is told what was written and what went wrong.
        limit: Write so many events and no more; None for all.
        backlog: Holds what waits.
        direct: Whether a write never blocks, so that whoever puts events may write them: nobody
            need be woken for them.
    """

    def __init__(
        self,
        sink: ByteSink,
        line: Renderer,
        listener: WriteListener,
        *,
        limit: int | None = None,
        backlog: Backlog | None = None,
        direct: bool = False,
    ) -> None:
        self._sink = sink
        self._line = line
        self._listener = listener
        self._limit = limit
        self._backlog = Backlog() if backlog is None else backlog
        self._lock = threading.Lock()
        self._written = 0
        self._left: list[Notification] = []
        self._direct = direct
        # While the thread sleeps there is no backlog, and what is its own is anybody's who holds
        # the lock.
        self._asleep = False
        self._begun: _Work | None = None
        self._closing = threading.Event()
        self._giving_up = threading.Event()
        self._bell, self._ring = (
            os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else _pipe()
        )
        self._thread = threading.Thread(target=self._run, name="rc-tail-outlet", daemon=True)
        self._thread.start()

    def put(self, batch: Sequence[Notification]) -> None:
        """Take events to be written in this order. Does not wait."""
        with self._lock:
            if self._asleep and self._direct and not self._is_full():
                batch = self._put_directly(batch)
            try:
                self._backlog.put(batch)
            except BacklogFullError as error:
                self._listener.lost(error.lost, f"the queue is full: {error.reason}")
            if self._asleep and (self._begun or len(self._backlog)):
                self._asleep = False
                os.write(self._ring, b"!")

    def _put_directly(self, batch: Sequence[Notification]) -> Sequence[Notification]:
        """Write what is taken now; leave what was begun to the thread; return the others."""
        mine = batch if self._limit is None else batch[: self._limit - self._written]
        data = lines(self._line, mine)
        if len(data) > _MOST_DIRECTLY:
            # What the reader leaves of so much belongs to the backlog, which has bounds.
            return batch
        try:
            taken = self._sink.write(memoryview(data))
        except RcTailError:
            # The thread will meet it as well, and end.
            return batch
        if not taken:
            return batch
        self._left += batch[len(mine) :]
        if taken < len(data):
            self._begun = _Work(mine, data, taken)
        else:
            self._account(mine, data, taken)
        return ()

    def waiting(self) -> int:
        """Return how many events wait."""
        with self._lock:
            return len(self._backlog)

    def close(self, timeout: float) -> list[Notification]:
        """Write what is left within `timeout` seconds; return what was not written.

        Nothing may be put afterwards.
        """
        self._closing.set()
        os.write(self._ring, b"!")
        self._thread.join(timeout)
        if self._thread.is_alive():
            self._giving_up.set()
            os.write(self._ring, b"!")
            self._thread.join(_GIVE_UP_WITHIN)
        with self._lock:
            if self._begun is not None:
                # The thread has ended, by an error, before it came to it.
                self._account(*self._begun)
            left = [*self._left, *self._backlog.take_all()]
            self._backlog.close()
        if not self._thread.is_alive():
            os.close(self._bell)
            os.close(self._ring)
            self._sink.close()
        return left

    # On the thread.

    def _run(self) -> None:
        try:
            while work := self._next_work():
                self._write(*work)
        except RcTailError as error:
            self._listener.failed(error)
        except BaseException as error:  # noqa: BLE001 - told to the main thread, which raises it
            self._listener.crashed(error)

    def _next_work(self) -> "_Work | None":
        """Wait for events; return None at the end."""
        while not self._giving_up.is_set():
            with self._lock:
                begun, self._begun = self._begun, None
                if begun is not None:
                    return begun
                batch = [] if self._is_full() else self._backlog.take(_AT_ONCE)
                self._asleep = not batch
            if batch:
                mine = self._within_limit(batch)
                return _Work(mine, lines(self._line, mine), 0)
            if self._closing.is_set():
                break
            self._sink.wait(self._bell, for_room=False)
            self._silence()
        return None

    def _is_full(self) -> bool:
        return self._limit is not None and self._written >= self._limit

    def _within_limit(self, batch: Sequence[Notification]) -> Sequence[Notification]:
        if self._limit is None:
            return batch
        room = self._limit - self._written
        self._left += batch[room:]
        return batch[:room]

    def _silence(self) -> None:
        try:
            os.read(self._bell, 4096)
        except BlockingIOError:
            return

    def _write(self, batch: Sequence[Notification], data: bytes, taken: int) -> None:
        view = memoryview(data)
        try:
            while taken < len(data) and not self._giving_up.is_set():
                taken += self._sink.write(view[taken:])
                if taken < len(data):
                    self._sink.wait(self._bell, for_room=True)
                    self._silence()
        finally:
            self._account(batch, data, taken)

    def _account(self, batch: Sequence[Notification], data: bytes, taken: int) -> None:
        # What was taken in part counts as not written.
        whole = len(batch) if taken == len(data) else data.count(b"\n", 0, taken)
        self._left[:0] = batch[whole:]
        self._written += whole
        if whole:
            self._listener.written(batch[:whole] if whole < len(batch) else batch)


def _pipe() -> tuple[int, int]:
    """Return the two ends of a pipe that never block, where the system cannot make it at once."""
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends
