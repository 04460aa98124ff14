"""The last part of an event's way: filtered, counted, recorded, and handed to the sinks."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rc_tail.gateway.commands import Gap
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.reports import Written
from rc_tail.sinks.writer import Writer
from rc_tail.state.no_resume import NoResume
from rc_tail.system.clocks import moment_of
from rc_tail.text.timestamps import unix_time

if TYPE_CHECKING:
    from rc_tail.sinks.exec_command import CommandRunner


class Delivery:
    """Hands events to the sinks, and counts what they confirm.

    Args:
        kind_name: Returns the name of an event's kind, for the summary.
        passes: Returns whether an event is printed, by ``--where`` and ``--exclude``; None for all.
        count: How many events are printed at most; None for no limit.

    Attributes:
        printed: How many events were printed.
        kinds: How many events of each kind were handed to the sinks.
        last_event: When the last event was printed, on the session's clock.
        last_kind: Its kind.
    """

    def __init__(
        self,
        writer: Writer,
        recorder: NoResume,
        drops: DropCounter,
        *,
        kind_name: Callable[[str], str],
        passes: Callable[[Notification], bool] | None = None,
        exec_command: "CommandRunner | None" = None,
        count: int | None = None,
    ) -> None:
        self.drops = drops
        self.printed = 0
        self.kinds: Counter[str] = Counter()
        self.last_event: float | None = None
        self.last_kind = ""
        self._writer = writer
        self._recorder = recorder
        self._kind_name = kind_name
        self._passes = passes
        self._exec_command = exec_command
        self._count = count

    @property
    def is_complete(self) -> bool:
        """Whether as many events were printed as requested."""
        return self._count is not None and self.printed >= self._count

    def deliver(self, events: Sequence[Notification], now: float) -> None:
        """Hand events to the sinks, unless ``--where`` or ``--exclude`` drops them."""
        if self._passes is not None:
            events = [event for event in events if self._passes(event)]
            if not events:
                return
        self._count_kinds(events)
        self._recorder.taken(events, now)
        self._writer.put(events)
        if self._exec_command is not None:
            self._exec_command.put(events)

    def deliver_spooled(self, events: Sequence[Notification]) -> None:
        """Print events that an earlier run received, filtered, recorded and ran the command for."""
        self._count_kinds(events)
        self._writer.put(events)

    def confirm(self, written: Written, now: float) -> None:
        """Count events as printed."""
        # A report may overtake an older one: only the last event of all may end the run.
        if written.total > self.printed:
            self.printed = written.total
            self.last_event = now
            if written.events:
                self.last_kind = self._kind_name(written.events[-1].event)
        self._recorder.written(written.events)

    def waiting(self) -> int:
        """Return how many events wait to be printed."""
        return self._writer.waiting()

    def close(self, timeout: float, *, run_queued: bool = True) -> list[Notification]:
        """Write what waits within `timeout` seconds; return what was not written.

        Args:
            run_queued: Whether the command still runs for the events that wait for it.
        """
        if self._exec_command is not None:
            self._exec_command.close(run_queued=run_queued)
        unwritten = self._writer.close(timeout)
        # It leaves out the kinds of which nothing was printed.
        self.kinds -= Counter([self._kind_name(event.event) for event in unwritten])
        return unwritten

    def account_unwritten(self, events: Sequence[Notification], now: float) -> Gap | None:
        """Count events that no run will print as dropped, or return them as a gap."""
        if not events:
            return None
        if self.is_complete:
            self.drops.add(DropReason.COUNT, len(events))
            return None
        return _gap_of(events, now)

    def join_command(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for running commands; return whether all have exited."""
        return self._exec_command is None or self._exec_command.join(timeout)

    def command_waits_for(self) -> str:
        """Return which commands are still to be waited for, in words."""
        return "" if self._exec_command is None else self._exec_command.waits_for()

    def kill_commands(self) -> None:
        """Kill the running commands; may be called by a signal handler."""
        if self._exec_command is not None:
            self._exec_command.kill()

    def hurry_command(self) -> None:
        """Drop the events that wait for a command, and let the running ones exit soon."""
        if self._exec_command is not None:
            self._exec_command.hurry()

    def _count_kinds(self, events: Sequence[Notification]) -> None:
        if len(events) == 1:
            # Most wake-ups bring one event.
            self.kinds[self._kind_name(events[0].event)] += 1
            return
        # There are few different ones in many.
        for event, count in Counter([each.event for each in events]).items():
            self.kinds[self._kind_name(event)] += count


def _gap_of(events: Sequence[Notification], now: float) -> Gap:
    """Return the time of unwritten events as a gap, by their own time stamps."""
    sent = [at for event in events if (at := unix_time(event.timestamp)) is not None]
    start, end = (moment_of(min(sent)), moment_of(max(sent))) if sent else (now, now)
    reason = "the output did not accept them in time"
    return Gap(min(start, now), min(end, now), reason, recovered=False, events=len(events))
