"""The end of a tail: sinks take what waits, what is left is saved or reported, and summed up."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from rc_tail.gateway.commands import Notice, Stop
from rc_tail.sinks.reports import Committed, EventsLost, WriterCrashed, Written
from rc_tail.system.clocks import clock
from rc_tail.tail.executor import Executor
from rc_tail.tail.loop_events import Opened, SignalReceived, WorkerCrashed
from rc_tail.tail.open_connections import OpenConnections
from rc_tail.tail.parts import Parts, TailEnding

DRAIN_WITHIN = 2.0
JOIN_EVERY = 0.2
REPORT_WAIT_AFTER = 0.5  # seconds of waiting for commands at the end


class Ending:
    """Brings a tail to its end, once its session has stopped.

    Args:
        started: When the tail began, on the session's clock.
    """

    def __init__(
        self, parts: Parts, connections: OpenConnections, executor: Executor, started: float
    ) -> None:
        self._parts = parts
        self._delivery = parts.delivery
        self._connections = connections
        self._executor = executor
        self._started = started
        self._signal: int | None = None
        # Nothing is decided any more.
        self._handlers: Mapping[type, Callable[[Any, float], None]] = {
            Opened: lambda event, _now: event.dialed.connection.abort(),
            Written: self._delivery.confirm,
            Committed: self._delivery.commit,
            SignalReceived: self._remember_signal,
            EventsLost: executor.events_lost,
            WorkerCrashed: raise_crash,
            WriterCrashed: raise_crash,
        }

    def finish(
        self, stop: Stop, *, signal: int | None, time_is_over: bool, continue_by: str
    ) -> TailEnding:
        """Close everything, and report the end.

        Args:
            stop: What ended the session.
            signal: The signal that ended it; None for none.
            time_is_over: Whether ``--for`` ended it: queued commands are then not run.
            continue_by: The command that continues this run; empty where none can.
        """
        self._signal = signal
        parts, delivery, executor = self._parts, self._delivery, self._executor
        parts.narrator.is_ending = True
        executor.execute(parts.gap_filler.end(later=parts.recorder.keeps), clock())
        unwritten = delivery.stop(DRAIN_WITHIN, run_queued=not time_is_over)
        self._connections.join()
        self._handle_remaining_events()
        self._join_sinks()
        left = delivery.close(unwritten, DRAIN_WITHIN)
        self._handle_remaining_events()
        now = clock()
        lost = parts.recorder.end(parts.session, left, now)
        gap = delivery.account_lost(left[len(left) - lost :], now)
        if executor.unsaved:
            executor.report_saved(now, all_of_them=True)
        executor.end_losses()
        if gap is not None:
            parts.narrator.gap(gap)
        self._sum_up(now, continue_by)
        return TailEnding(stop.error, self._signal)

    def report_wait(self) -> None:
        """Report what the end waits for."""
        fan_out = self._delivery.fan_out
        if fan_out is not None and (words := fan_out.waits_for()):
            self._parts.narrator.notice(Notice("sink", words, warn=True))

    def _sum_up(self, now: float, continue_by: str) -> None:
        delivery = self._delivery
        self._parts.narrator.summary(
            seconds=now - (self._executor.ready_at or self._started),
            printed=delivery.printed,
            kinds=delivery.kinds,
            drops=delivery.drops,
            sinks={} if delivery.fan_out is None else delivery.fan_out.sink_states(),
            continue_by=continue_by,
        )

    def _join_sinks(self) -> None:
        """Wait for the commands that run for events; after a signal not for long."""
        fan_out = self._delivery.fan_out
        if fan_out is None:
            return
        if self._signal is not None:
            fan_out.abandon(all_of_them=True)
        reports_at: float | None = clock() + REPORT_WAIT_AFTER
        while not fan_out.join(JOIN_EVERY):
            self._handle_remaining_events()
            if reports_at is not None and clock() >= reports_at and self._signal is None:
                reports_at = None
                self.report_wait()
            if self._signal is not None:
                fan_out.abandon(all_of_them=True)

    def _handle_remaining_events(self) -> None:
        while (event := self._parts.mailbox.get(0)) is not None:
            if handler := self._handlers.get(type(event)):
                handler(event, clock())
        self._delivery.confirm(self._parts.mailbox.written, clock())

    def _remember_signal(self, event: SignalReceived, now: float) -> None:  # noqa: ARG002 - a handler
        self._signal = event.number


def raise_crash(event: WorkerCrashed | WriterCrashed, now: float) -> NoReturn:  # noqa: ARG001 - a handler
    """Raise on the main thread what ended another thread.

    Raises:
        BaseException: That.
    """
    raise event.error
