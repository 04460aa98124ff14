"""Writes events to a byte sink without ever blocking the main thread.

What the sink accepts without blocking is written on the calling thread. Everything else is written
by a thread of its own, so that a slow reader stalls nothing else.
"""

import os
import threading
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from rc_tail.errors import RcTailError
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import Renderer, render_batch
from rc_tail.sinks.backlog import Backlog, BacklogFullError
from rc_tail.sinks.reports import EventsLost, SinkReport, WriteFailed, WriterCrashed, Written

# Bytes that are rendered and written at once: a few times what a pipe holds.
_AT_ONCE = 256 * 1024
_MOST_DIRECTLY = 512 * 1024
_GIVE_UP_WITHIN = 1.0


class ByteSink(Protocol):
    """Accepts bytes without blocking for good.

    Attributes:
        writes_at_once: Whether `write` returns at once, so that any thread may call it.
    """

    writes_at_once: bool

    def write(self, data: bytes | memoryview) -> int:
        """Write what there is room for; return how many bytes."""
        ...

    def wait(self, wakeup: int, *, for_room: bool) -> None:
        """Return when the pipe `wakeup` can be read, or with `for_room` when there is room."""
        ...

    def close(self) -> None:
        """Release its descriptors."""
        ...


class _Work(NamedTuple):
    """Events that are being written, and their entries.

    Attributes:
        ends: Where each entry ends; None where each is one line.
        taken: How many bytes are written.
    """

    batch: Sequence[Notification]
    data: bytes
    ends: Sequence[int] | None
    taken: int


class Writer:
    """Accepts events without blocking, and writes them in order.

    Args:
        line: Renders an event as an entry, with the line break at its end.
        report: Called with what was written and what went wrong, on the thread that writes.
        limit: Write at most this many events; None for all.
    """

    def __init__(
        self,
        sink: ByteSink,
        line: Renderer,
        report: Callable[[SinkReport], None],
        *,
        limit: int | None = None,
        backlog: Backlog | None = None,
    ) -> None:
        self._sink = sink
        self._line = line
        self._report = report
        self._limit = limit
        self._backlog = Backlog() if backlog is None else backlog
        self._lock = threading.Lock()
        self._written = 0
        self._unwritten: list[Notification] = []
        # While the thread sleeps there is no backlog, and its fields may be used under the lock.
        self._asleep = False
        self._begun: _Work | None = None
        self._closing = threading.Event()
        self._giving_up = threading.Event()
        self._wakeup_read, self._wakeup_write = (
            os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else _pipe()
        )
        self._thread = threading.Thread(target=self._run, name="rc-tail-writer", daemon=True)
        self._thread.start()

    def put(self, batch: Sequence[Notification]) -> int:
        """Accept events, to be written in this order; never blocks.

        Returns:
            How many from the end of the batch found no room and are lost; it is reported as well.
        """
        lost = 0
        with self._lock:
            if self._asleep and self._sink.writes_at_once and self._put_directly(batch):
                return 0
            try:
                self._backlog.put(batch)
            except BacklogFullError as error:
                lost = error.lost
                self._report(EventsLost(lost, f"the queue is full: {error.reason}"))
            if self._asleep and len(self._backlog):
                self._wake()
        return lost

    def _wake(self) -> None:
        self._asleep = False
        os.write(self._wakeup_write, b"!")

    def _put_directly(self, batch: Sequence[Notification]) -> bool:
        """Write what the sink accepts now; return whether it accepted some of it.

        A write that was accepted in part is continued by the thread.
        """
        written = self._written + len(batch)
        if self._limit is not None and written > self._limit:
            # The thread writes those that are still requested.
            return False
        data, ends = render_batch(self._line, batch)
        size = len(data)
        if size > _MOST_DIRECTLY:
            # What the reader does not take of that much belongs in the backlog, which is bounded.
            return False
        try:
            taken = self._sink.write(data)
        except RcTailError:
            # The thread will meet the same error, report it and end.
            return False
        if taken == size:
            self._written = written
            self._report(Written(written, batch))
        elif taken:
            self._begun = _Work(batch, data, ends, taken)
            self._wake()
        return taken > 0

    def waiting(self) -> int:
        """Return how many events wait to be written."""
        with self._lock:
            return len(self._backlog)

    def close(self, timeout: float) -> list[Notification]:
        """Write what waits within `timeout` seconds; return what was not written.

        `put` must not be called afterwards.
        """
        self._closing.set()
        os.write(self._wakeup_write, b"!")
        self._thread.join(timeout)
        if self._thread.is_alive():
            self._giving_up.set()
            os.write(self._wakeup_write, b"!")
            self._thread.join(_GIVE_UP_WITHIN)
        with self._lock:
            if self._begun is not None:
                # The thread ended with an error before it could continue this.
                self._account(*self._begun)
            unwritten = [*self._unwritten, *self._backlog.take_all()]
            self._backlog.close()
        if not self._thread.is_alive():
            os.close(self._wakeup_read)
            os.close(self._wakeup_write)
            self._sink.close()
        return unwritten

    # On the thread.

    def _run(self) -> None:
        try:
            while work := self._next_work():
                self._write(*work)
        except RcTailError as error:
            self._report(WriteFailed(error))
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self._report(WriterCrashed(error))

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
                return _Work(mine, *render_batch(self._line, mine), 0)
            if self._closing.is_set():
                break
            self._sink.wait(self._wakeup_read, for_room=False)
            self._drain_wakeups()
        return None

    def _is_full(self) -> bool:
        return self._limit is not None and self._written >= self._limit

    def _within_limit(self, batch: Sequence[Notification]) -> Sequence[Notification]:
        if self._limit is None:
            return batch
        room = self._limit - self._written
        self._unwritten += batch[room:]
        return batch[:room]

    def _drain_wakeups(self) -> None:
        try:
            os.read(self._wakeup_read, 4096)
        except BlockingIOError:
            return

    def _write(
        self, batch: Sequence[Notification], data: bytes, ends: Sequence[int] | None, taken: int
    ) -> None:
        view = memoryview(data)
        try:
            while taken < len(data) and not self._giving_up.is_set():
                taken += self._sink.write(view[taken:])
                if taken < len(data):
                    self._sink.wait(self._wakeup_read, for_room=True)
                    self._drain_wakeups()
        finally:
            self._account(batch, data, ends, taken)

    def _account(
        self, batch: Sequence[Notification], data: bytes, ends: Sequence[int] | None, taken: int
    ) -> None:
        # An event that was written in part counts as not written.
        if taken == len(data):
            whole = len(batch)
        else:
            whole = data.count(b"\n", 0, taken) if ends is None else bisect_right(ends, taken)
        self._unwritten[:0] = batch[whole:]
        self._written += whole
        if whole:
            written = batch[:whole] if whole < len(batch) else batch
            self._report(Written(self._written, written))


def _pipe() -> tuple[int, int]:
    """Return a pipe with two non-blocking ends, for systems without `pipe2`."""
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends
