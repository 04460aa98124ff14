"""Runs one sink on a thread of its own: opens it, offers events, waits, tries again, confirms.

What every sink needs is here once: the queue, the backoff, the dead letter, the confirmation.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from rc_tail.errors import RcTailError, SinkError
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.retry import Backoff
from rc_tail.sinks.dead_letter import DeadLetters
from rc_tail.sinks.event_queue import EventQueue
from rc_tail.sinks.event_words import event_words
from rc_tail.sinks.reports import Confirmed, SinkReport, WriteFailed, WriterCrashed
from rc_tail.sinks.sink import MoreToOfferError, RefusedError, Sink, TryAgainError
from rc_tail.system.clocks import clock
from rc_tail.text.wording import count_words, duration_words

FIRST_DELAY = 0.1  # seconds
MOST_DELAY = 30.0
# Seconds: a shorter outage is not reported. A receiver that is restarted, or a server that closes
# idle connections, is back sooner, and nothing was lost or late for anybody to act on.
REPORT_AFTER = 0.5
# Events in the dead letter that are reported one by one. Further ones are counted: the count is
# reported each time it has doubled, and at the end.
MOST_REPORTED = 20


class RunnerOptions(msgspec.Struct, frozen=True):
    """How a runner treats its sink.

    Attributes:
        retries: How often an event that was answered with "try again" is offered again; None for
            without end.
        give_up: Seconds without any success after which the tail ends; None for never.
        was_opened: Whether an earlier run of the same name has opened the sink: then it may be
            away at the start.
        base: The position of the last event that the sink has confirmed before this run.
        limit: The position of the last event that it is to get; None for no limit.
    """

    retries: int | None = None
    give_up: float | None = None
    was_opened: bool = False
    base: int = 0
    limit: int | None = None


class SinkStatus(msgspec.Struct, frozen=True):
    """How a sink is.

    Attributes:
        confirmed: The position of the last event that it has confirmed.
        is_away: Whether it takes nothing at present.
        last_error: Why it last took nothing, in words; empty when it never did.
        lost: How many events it refused for good.
    """

    confirmed: int
    is_away: bool = False
    last_error: str = ""
    lost: int = 0


class SinkRunner:
    """Offers events to a sink until they are safe.

    Positions count the events of a run in order, after those of earlier runs of its name.

    Args:
        report: Called on the runner's thread with what the main thread must know.
        warn: Called on the runner's thread with a message.
        note: Called on the runner's thread with what ``-v`` shows; None where nobody reads it.
    """

    def __init__(
        self,
        sink: Sink,
        queue: EventQueue,
        options: RunnerOptions,
        *,
        dead_letters: DeadLetters,
        backoff: Backoff,
        report: Callable[[SinkReport], None],
        warn: Callable[[str], None],
        note: Callable[[str], None] | None = None,
    ) -> None:
        self.sink = sink
        self._queue = queue
        self._options = options
        self._dead_letters = dead_letters
        self._backoff = backoff
        self._report = report
        self._warn = warn
        self._note = note
        self._note_delivered = None if sink.notes_deliveries else note
        # When the delivery began that is noted next.
        self._began = 0.0
        self._front: deque[Notification] = deque()
        # What the sink has begun with, where it asked for more beside that.
        self._under_way: Sequence[Notification] = ()
        self._confirmed = options.base
        self._lost = 0
        self._set_aside = 0
        self._set_aside_reported = 0
        self._refusals = 0
        self._last_error = ""
        self._away_since: float | None = None
        self._is_reported = False
        self._is_open = False
        self._changed = threading.Condition()
        self._woken = False
        self._stopping = False
        self._drains = True
        self._abandoned = False
        self._thread: threading.Thread | None = None

    # On the main thread.

    def open(self) -> None:
        """Open the sink before the first event.

        Raises:
            RcTailError: It cannot be opened. One that an earlier run has opened may be away.
        """
        try:
            self.sink.open()
        except RcTailError as error:
            if not (self._options.was_opened and error.retryable):
                raise
            self._note_failure(error.message)
            self._report_outage()
        else:
            self._is_open = True

    def start(self) -> None:
        """Start the thread."""
        name = f"rc-tail-{self.sink.name.partition(':')[0]}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at the queue again."""
        with self._changed:
            self._woken = True
            self._changed.notify()
        self.sink.offer_more()

    @property
    def confirmed(self) -> int:
        """The position of the last event that is safe."""
        return self._confirmed

    @property
    def limit(self) -> int | None:
        """The position of the last event that it is to get; None for no limit."""
        return self._options.limit

    def status(self) -> SinkStatus:
        """Return how the sink is."""
        away = self._away_since is not None
        return SinkStatus(self._confirmed, away, self._last_error, self._lost)

    def stop(self, *, drain: bool) -> None:
        """Let the thread end: once nothing waits, or without `drain` after what it does now."""
        with self._changed:
            self._stopping = True
            self._drains = self._drains and drain
            self._changed.notify()

    def abandon(self) -> None:
        """Let the thread end soon, whatever it does."""
        with self._changed:
            self._stopping = self._abandoned = True
            self._drains = False
            self._changed.notify()
        self.sink.hurry()

    def join(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the thread; return whether it has ended."""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def left(self) -> list[Notification]:
        """Return the events that are lost when the process ends; after `join`."""
        return self._queue.close(list(self._front))

    # On the thread.

    def _run(self) -> None:
        try:
            while self._has_work():
                if self._open_sink():
                    self._offer()
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self._report(WriterCrashed(error))
        finally:
            self._report_set_aside()
            self.sink.close()

    def _has_work(self) -> bool:
        """Wait for events; return False at the end."""
        while True:
            with self._changed:
                if self._stopping and not self._drains:
                    return bool(self._under_way)
                # A wake-up from now on means that there is something new.
                self._woken = False
            if len(self._front) < self.sink.most and not self._is_at_limit():
                self._take()
            if self._front and not self._is_done():
                return True
            with self._changed:
                if self._stopping:
                    return False
                while not self._woken and not self._stopping:
                    self._changed.wait()

    def _is_at_limit(self) -> bool:
        limit = self._options.limit
        return limit is not None and self._confirmed + len(self._front) >= limit

    def _is_done(self) -> bool:
        limit = self._options.limit
        return limit is not None and self._confirmed >= limit

    def _take(self) -> None:
        try:
            self._front.extend(self._queue.take())
        except TryAgainError as error:
            self._failed(error.reason, None)

    def _open_sink(self) -> bool:
        if self._is_open:
            return True
        try:
            self.sink.open()
        except RcTailError as error:
            self._failed(error.message, None)
            return False
        self._is_open = True
        return True

    def _offer(self) -> None:
        if self._note_delivered is not None and not self._under_way:
            self._began = clock()
        batch, self._under_way = self._next_batch(), ()
        try:
            safe = self.sink.deliver(batch)
        except MoreToOfferError:
            self._under_way = batch
        except TryAgainError as error:
            self._try_again(batch[0], error)
        except RefusedError as error:
            self._refuse(batch[0], error.reason, error.status)
        else:
            if safe:
                if self._note_delivered is not None:
                    self._note_delivered(self._delivered_words(batch[:safe]))
                self._confirm(safe)
            else:
                # Cut short: the end of the run is near.
                self._pause(FIRST_DELAY)

    def _next_batch(self) -> Sequence[Notification]:
        if self._stopping and self._under_way:
            # What has begun is waited for at the end, and no more is offered.
            return self._under_way
        batch = [self._front[index] for index in range(min(self.sink.most, len(self._front)))]
        limit = self._options.limit
        return batch if limit is None else batch[: limit - self._confirmed]

    def _delivered_words(self, events: Sequence[Notification]) -> str:
        what = f"{len(events)} events" if len(events) > 1 else event_words(events[0])
        took = (clock() - self._began) * 1000
        return f"{self.sink.name}: delivered {what} ({took:.0f} ms)"

    def _try_again(self, event: Notification, error: TryAgainError) -> None:
        if error.is_about_event:
            self._refusals += 1
            retries = self._options.retries
            if retries is not None and self._refusals > retries:
                self._refuse(event, error.reason, error.status)
                return
        self._failed(error.reason, error.after)

    def _refuse(self, event: Notification, reason: str, status: int | None) -> None:
        """Put an event aside for good; it counts as confirmed."""
        try:
            kept = self._dead_letters.add(self.sink.name, event, reason, status)
        except OSError as error:
            self._failed(f"--dead-letter: {error.strerror or error}", None)
            return
        if kept:
            self._set_aside += 1
            if self._set_aside <= MOST_REPORTED:
                self._set_aside_reported = self._set_aside
                self._warn(self._dead_letters.kept_words(self.sink.name, event, reason))
            elif self._set_aside >= 2 * self._set_aside_reported:
                self._report_set_aside()
        else:
            self._lost += 1
            self._warn(self._dead_letters.lost_words(self.sink.name, event, reason))
        self._confirm(1)

    def _report_set_aside(self) -> None:
        if more := self._set_aside - self._set_aside_reported:
            self._set_aside_reported = self._set_aside
            words = f"{count_words(more, 'more event')} refused, kept in the dead letter file"
            self._warn(f"{self.sink.name}: {words}")

    def _confirm(self, count: int) -> None:
        for _ in range(count):
            self._front.popleft()
        self._refusals = 0
        self._queue.confirm(count)
        self._confirmed += count
        self._succeeded()
        if self._options.limit is not None and self._confirmed >= self._options.limit:
            self._report(Confirmed(self.sink.name))

    # Outages.

    def _failed(self, reason: str, after: float | None) -> None:
        self._note_failure(reason)
        since = self._away_since
        give_up = self._options.give_up
        if give_up is not None and since is not None and clock() - since >= give_up:
            words = f"{self.sink.name} has accepted nothing for {duration_words(give_up)}: {reason}"
            hint = "Fix it, or let rc-tail wait longer with --sink-give-up."
            self._report(WriteFailed(SinkError(words, hint=hint)))
            self.stop(drain=False)
            return
        delay = self._backoff.next_delay(at_least=after or 0.0)
        if since is not None and clock() + delay - since >= REPORT_AFTER:
            self._report_outage()
        if self._note is not None:
            self._note(f"{self.sink.name}: {reason}; trying again in {delay * 1000:.0f} ms")
        self._pause(delay)

    def _note_failure(self, reason: str) -> None:
        self._last_error = reason
        if self._away_since is None:
            self._away_since = clock()

    def _report_outage(self) -> None:
        if not self._is_reported:
            self._is_reported = True
            self._warn(f"{self.sink.name}: {self._last_error}; events wait; retrying")

    def _succeeded(self) -> None:
        self._backoff.reset()
        since, self._away_since = self._away_since, None
        if self._is_reported and since is not None:
            self._is_reported = False
            self._warn(
                f"{self.sink.name}: accepting events again after {duration_words(clock() - since)}"
            )

    def _pause(self, seconds: float) -> None:
        ends = clock() + seconds
        with self._changed:
            while not self._abandoned and not (self._stopping and not self._drains):
                remaining = ends - clock()
                if remaining <= 0:
                    return
                self._changed.wait(remaining)
