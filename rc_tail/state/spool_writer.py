"""Commits events to the spool on a thread of its own: the disk may take as long as it likes."""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from rc_tail.gateway.messages import Notification
from rc_tail.gateway.retry import Backoff
from rc_tail.output.pipeline import Masker
from rc_tail.sinks.backlog import Backlog, BacklogFullError
from rc_tail.sinks.reports import Committed, EventsLost, SinkReport, WriterCrashed
from rc_tail.state.spool import Spool
from rc_tail.state.spool_files import SpoolDamagedError
from rc_tail.state.spool_queue import SpoolQueue
from rc_tail.system.clocks import clock, uniform, wall_of
from rc_tail.text.wording import duration_words

FIRST_DELAY = 0.1  # seconds
MOST_DELAY = 5.0
# Commits are this far apart: at high rates one sync of the disk is for several events.
COMMIT_EVERY = 0.005
# What sinks have confirmed is stored with the next events, though not more often than this, or
# alone after a while: a transaction for each would cost more than all the rest. After a kill, what
# was confirmed since comes twice.
CONFIRM_EVERY = 0.02
CONFIRM_WITHIN = 0.1
LARGE = 1024 * 1024 * 1024  # bytes that are worth a warning
MEASURE_EVERY = 1.0
_AT_ONCE = 4 * 1024 * 1024


class SpoolWriter:
    """Appends events to a spool in the background, and stores what sinks have confirmed.

    Args:
        report: Called on the writer's thread with what was committed or lost.
        warn: Called on the writer's thread when the disk is full, and when it is not any more.
    """

    def __init__(
        self,
        spool: Spool,
        *,
        report: Callable[[SinkReport], None],
        warn: Callable[[str], None],
        backlog: Backlog | None = None,
    ) -> None:
        self._spool = spool
        self._report = report
        self._warn = warn
        self._backoff = Backoff(uniform, first=FIRST_DELAY, most=MOST_DELAY)
        self._queue = Backlog() if backlog is None else backlog
        self._confirmed = dict(spool.positions)
        self._stored = dict(spool.positions)
        self._committed = spool.last
        self._saved = 0
        # When the events that are not confirmed by all were committed: position and Unix time.
        self._ages: deque[tuple[int, float]] = deque()
        if (oldest := spool.oldest(spool.confirmed)) is not None:
            self._ages.append((spool.last, oldest))
        self._listeners: list[Callable[[], None]] = []
        self._changed = threading.Condition()
        self._closing = False
        self._failing_since: float | None = None
        self._uncommitted: Sequence[Notification] = ()
        self._warned_large = False
        self._measured_at = clock()
        self._queues: list[SpoolQueue] = []
        # What the waiting thread has to be woken for.
        self._wakes_for_events = self._wakes_for_confirmations = False
        self._committed_at = self._confirmed_at = float("-inf")
        self._is_busy = False
        self._rests_until = 0.0
        self._thread: threading.Thread | None = None

    # On any thread.

    def start(self, listeners: Sequence[Callable[[], None]]) -> None:
        """Start the thread; it calls `listeners` after each commit of events."""
        self._listeners = list(listeners)
        self._thread = threading.Thread(target=self._run, name="rc-tail-spool", daemon=True)
        self._thread.start()

    def put(self, events: Sequence[Notification]) -> int:
        """Append events, soon; never blocks.

        Returns:
            How many from the end found no room and are lost; it is reported as well.
        """
        lost = 0
        with self._changed:
            try:
                self._queue.put(events)
            except BacklogFullError as error:
                lost = error.lost
                reason = f"the queue is full: {error.reason}"
                self._report(EventsLost(lost, reason, is_unsafe=True))
            if self._wakes_for_events:
                self._changed.notify()
        return lost

    def confirm(self, sink: str, position: int) -> None:
        """Store that a sink has confirmed the events up to a position, soon."""
        with self._changed:
            self._confirmed[sink] = position
            if self._wakes_for_confirmations:
                self._changed.notify()

    def saved_until(self, position: int) -> None:
        """Note that the state of the run knows the events up to a position: they may be deleted."""
        self._saved = position

    def queue_for(self, sink: str, mask: Masker | None = None) -> SpoolQueue:
        """Return the queue of a sink; called before `start`. For `mask` see `SpoolQueue`."""
        queue = SpoolQueue(
            self._spool.path,
            self._confirmed[sink],
            self._committed,
            confirm=lambda position: self.confirm(sink, position),
            mask=mask,
        )
        self._queues.append(queue)
        return queue

    def position_of(self, sink: str) -> int:
        """Return the position of the last event that a sink has confirmed."""
        return self._confirmed[sink]

    @property
    def committed(self) -> int:
        """The position of the last event that is on the disk."""
        return self._committed

    @property
    def size(self) -> int:
        """The bytes that the spool takes on the disk."""
        return self._spool.size()

    def undelivered(self) -> tuple[int, float | None]:
        """Return how many events some sink has not confirmed, and since when, in Unix seconds."""
        with self._changed:
            confirmed = min(min(self._confirmed.values()), self._committed)
            while self._ages and self._ages[0][0] <= confirmed:
                self._ages.popleft()
            return self._committed - confirmed, self._ages[0][1] if self._ages else None

    def close(self, timeout: float) -> list[Notification]:
        """Commit what waits within `timeout` seconds; return the events that were not committed."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout)
        with self._changed:
            left = [*self._uncommitted, *self._queue.take_all()]
            self._queue.close()
        if self._thread is None or not self._thread.is_alive():
            self._spool.close()
        return left

    # On the thread.

    def _run(self) -> None:
        try:
            while self._wait() and self._commit():
                pass
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self._report(WriterCrashed(error))

    def _wait(self) -> bool:
        """Wait for something to commit; return False at the end."""
        with self._changed:
            while not self._closing:
                now = clock()
                pause = self._committed_at + COMMIT_EVERY - now
                # At a high rate there will be events: one wake-up is enough then.
                if pause > 0 and (self._is_busy or len(self._queue)):
                    self._changed.wait(pause)
                elif len(self._queue):
                    return True
                elif (rest := self._rests_until - now) > 0:
                    self._wakes_for_events = True
                    self._changed.wait(rest)
                elif not self._is_stored():
                    return True
                else:
                    self._wakes_for_events = self._wakes_for_confirmations = True
                    self._changed.wait()
                    self._rests_until = clock() + CONFIRM_WITHIN
                self._wakes_for_events = self._wakes_for_confirmations = False
            return bool(len(self._queue)) or not self._is_stored()

    def _is_stored(self) -> bool:
        return not self._unstored(self._committed)

    def _unstored(self, committed: int) -> dict[str, int]:
        """Return what sinks have confirmed and the disk does not know."""
        # What standard output has printed before it was committed may come again after a kill: its
        # position must not pass events that are not here.
        return {
            name: at
            for name, position in self._confirmed.items()
            if (at := min(position, committed)) > self._stored[name]
        }

    def _commit(self) -> bool:
        """Commit what waits, however often it takes; return False when the end came first."""
        now = clock()
        with self._changed:
            events = self._queue.take(_AT_ONCE)
            is_due = not events or now - self._confirmed_at >= CONFIRM_EVERY
            confirmed = self._unstored(self._committed + len(events)) if is_due else {}
        received = wall_of(now)
        while not self._try_commit(events, received, confirmed):
            if self._closing:
                self._uncommitted = events
                return False
        with self._changed:
            self._stored |= confirmed
            self._confirmed_at = now if confirmed else self._confirmed_at
        if events:
            self._hand_over(events, received)
        return True

    def _hand_over(self, events: Sequence[Notification], received: float) -> None:
        """Let the sinks have events that were committed."""
        with self._changed:
            before, self._committed = self._committed, self._committed + len(events)
            self._ages.append((self._committed, received))
            now = clock()
            self._is_busy = now - self._committed_at < 2 * COMMIT_EVERY
            self._committed_at = now
            self._rests_until = self._committed_at + CONFIRM_WITHIN
        for queue in self._queues:
            queue.offer(before, events)
        self._report(Committed(self._committed, events))
        for listener in self._listeners:
            listener()

    def _try_commit(
        self, events: Sequence[Notification], received: float, confirmed: dict[str, int]
    ) -> bool:
        try:
            self._spool.write(events, received, confirmed, deletes_until=self._saved)
        except (SpoolDamagedError, OSError) as error:
            self._failed(str(error))
            return False
        if self._failing_since is not None:
            words = duration_words(clock() - self._failing_since)
            self._warn(f"the spool is written again after {words}")
            self._failing_since = None
        self._backoff.reset()
        self._measure()
        return True

    def _failed(self, reason: str) -> None:
        if self._failing_since is None:
            self._failing_since = clock()
            self._warn(
                f"the spool {self._spool.path} cannot be written: {reason}; "
                "events wait in memory; retrying"
            )
        ends = clock() + self._backoff.next_delay(at_least=0.01)
        with self._changed:
            while not self._closing and (remaining := ends - clock()) > 0:
                self._changed.wait(remaining)

    def _measure(self) -> None:
        now = clock()
        if now - self._measured_at < MEASURE_EVERY:
            return
        self._measured_at, size = now, self._spool.size()
        if size >= LARGE and not self._warned_large:
            self._warned_large = True
            self._warn(f"the spool {self._spool.path} has grown to {size >> 30} GiB")
        elif size < LARGE // 2:
            self._warned_large = False
