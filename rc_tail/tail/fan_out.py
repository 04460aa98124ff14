"""The sinks beside standard output: each event goes to all of them, in one order.

Positions count the events through all runs of a resume name. An event is delivered when the
slowest sink has confirmed it: since all see one order, the delivered events are always a prefix.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from rc_tail.gateway.messages import Notification
from rc_tail.sinks.backlog import BacklogFullError
from rc_tail.sinks.event_queue import MemoryQueue
from rc_tail.sinks.reports import EventsLost, SinkReport
from rc_tail.sinks.runner import SinkRunner
from rc_tail.state.spool_files import STDOUT
from rc_tail.state.spool_writer import SpoolWriter
from rc_tail.status.snapshot import SinkState, SpoolState
from rc_tail.system.clocks import clock, wall_of
from rc_tail.tail.printed_position import PrintedPosition
from rc_tail.text.wording import count_words

_TOGETHER = 1.0  # seconds between arrivals that are remembered apart


class FanOut:
    """Hands events to the sinks, and knows what they have confirmed.

    Args:
        runners: Of the sinks beside standard output.
        queues: Of the same sinks, where there is no spool.
        spool: Commits events before the runners get them; None without ``--resume``.
        bases: The position that each sink had confirmed before this run, standard output among
            them where events are printed.
        report: Called with what was lost.
    """

    def __init__(
        self,
        runners: Sequence[SinkRunner],
        *,
        queues: Sequence[MemoryQueue] = (),
        spool: SpoolWriter | None,
        bases: Mapping[str, int],
        report: Callable[[SinkReport], None],
    ) -> None:
        self._runners = runners
        self._queues = queues
        self._spool = spool
        self._bases = bases
        self._report = report
        self._start = min(bases.values(), default=0)
        # The position of the last event that was put.
        self._last = 0 if spool is None else spool.committed
        self._printed = bases.get(STDOUT)
        self._position = PrintedPosition(bases.get(STDOUT, 0), self._last)
        # When the events that not every sink has came in: the position of the last, and Unix time.
        self._arrivals: deque[tuple[int, float]] = deque()
        if spool is not None and (oldest := spool.undelivered()[1]) is not None:
            self._arrivals.append((self._last, oldest))

    @property
    def has_spool(self) -> bool:
        """Whether what is not confirmed at the end is left to the next run."""
        return self._spool is not None

    def printed_limit(self, count: int | None) -> int | None:
        """Return how many events standard output may get for `count` delivered ones."""
        if count is None or self._printed is None:
            return count
        return max(0, self._start + count - self._printed)

    def start(self) -> None:
        """Start the threads."""
        for runner in self._runners:
            runner.start()
        if self._spool is not None:
            self._spool.start([runner.wake for runner in self._runners])

    def put(self, events: Sequence[Notification], unprinted: int = 0) -> None:
        """Hand events to the sinks; never blocks.

        Args:
            unprinted: How many of them, from the end, standard output has lost.
        """
        count = len(events)
        self._last += count
        self._note_arrival()
        if self._spool is not None:
            lost = self._spool.put(events)
            self._last -= lost
            self._position.put(count - unprinted, count - lost)
            return
        for runner, queue in zip(self._runners, self._queues, strict=True):
            try:
                queue.put(events)
            except BacklogFullError as error:
                reason = f"the queue of {runner.sink.name} is full: {error.reason}"
                self._report(EventsLost(error.lost, reason))
            runner.wake()

    def written(self, total: int) -> None:
        """Note how many events standard output has taken in this run."""
        self._printed = self._bases[STDOUT] + total
        if self._spool is not None:
            self._spool.confirm(STDOUT, self._position.after(total))

    def delivered(self) -> int:
        """Return how many events every sink has confirmed in this run."""
        positions = [runner.confirmed for runner in self._runners]
        if self._printed is not None:
            positions.append(self._printed)
        return min(positions, default=self._last) - self._start

    def waiting(self) -> int:
        """Return how many events some sink has not confirmed."""
        # Standard output may have printed what the spool has lost.
        return max(0, self._last - self._start - self.delivered())

    def sink_states(self) -> dict[str, SinkState]:
        """Return how each sink is, by its name."""
        return {runner.sink.name: self._state_of(runner) for runner in self._runners}

    def _state_of(self, runner: SinkRunner) -> SinkState:
        status = runner.status()
        # Events beyond `--count` are for no sink.
        last = self._last if runner.limit is None else min(self._last, runner.limit)
        waiting = last - status.confirmed
        oldest = next((at for until, at in self._arrivals if until > status.confirmed), None)
        return SinkState(
            waiting,
            oldest if waiting else None,
            status.is_away,
            status.last_error,
            status.lost,
            runner.sink.progress(),
            runner.sink.details(),
        )

    def spool_state(self) -> SpoolState | None:
        """Return how the spool is; None without one."""
        if self._spool is None:
            return None
        return SpoolState(self._spool.size, self._spool.undelivered()[1])

    def _note_arrival(self) -> None:
        """Remember when the newest events came in, to the second."""
        now = wall_of(clock())
        if self._arrivals and now - self._arrivals[-1][1] < _TOGETHER:
            self._arrivals[-1] = self._last, self._arrivals[-1][1]
        else:
            self._arrivals.append((self._last, now))
            delivered = self._start + self.delivered()
            while self._arrivals and self._arrivals[0][0] <= delivered:
                self._arrivals.popleft()

    # The end.

    def stop(self, *, run_queued: bool) -> None:
        """Let the sinks end: what waits in memory is taken first, what is in the spool stays.

        Args:
            run_queued: Whether that holds for commands too.
        """
        for runner in self._runners:
            drain = self._spool is None and (run_queued or not runner.sink.finishes)
            runner.stop(drain=drain)

    def abandon(self, *, all_of_them: bool) -> None:
        """Let those sinks end soon that need not finish what they do, or all."""
        for runner in self._runners:
            if all_of_them or not runner.sink.finishes:
                runner.abandon()

    def join(self, timeout: float, *, all_of_them: bool = True) -> bool:
        """Wait up to `timeout` seconds; return whether all sinks have ended.

        Args:
            all_of_them: Whether those count that finish what they do, however long that takes.
        """
        ends = clock() + timeout
        awaited = [r for r in self._runners if all_of_them or not r.sink.finishes]
        return all(runner.join(max(0.0, ends - clock())) for runner in awaited)

    def waits_for(self) -> str:
        """Return what is still running, in words."""
        words: list[str] = []
        for runner in self._runners:
            if not runner.join(0) and (running := runner.sink.waits_for()):
                words.append(running)
                if (more := self._last - runner.confirmed - runner.sink.most) > 0:
                    words.append(f"{count_words(more, 'more event')} queued for it")
        return "; ".join(words)

    def kill(self) -> None:
        """Kill what runs in the background; may be called by a signal handler."""
        for runner in self._runners:
            runner.sink.kill()

    def close(self, timeout: float) -> tuple[list[Notification], str]:
        """Close everything; return the events that no later run delivers, and who lacks them.

        Args:
            timeout: Seconds for the spool to commit what it has not yet.
        """
        # All see one order: what the slowest has not confirmed contains all the others'.
        left: list[Notification] = []
        slowest = ""
        for runner in self._runners:
            lacked = runner.left()
            if len(lacked) > len(left):
                left, slowest = lacked, runner.sink.name
        if self._spool is not None:
            return self._spool.close(timeout), "the spool"
        return left, slowest
