"""The last part of an event's way: filtered, counted, recorded, and handed to the sinks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rc_tail.gateway.commands import Gap
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.reports import Committed, EventsLost, Written
from rc_tail.sinks.writer import Writer
from rc_tail.state.no_resume import NoResume
from rc_tail.system.clocks import clock, moment_of
from rc_tail.text.timestamps import unix_time

if TYPE_CHECKING:
    from rc_tail.tail.fan_out import FanOut


_MOST_URIS = 1000


class Delivery:
    """Hands events to the sinks, and counts what they confirm.

    Args:
        writer: Standard output; None where nothing is printed.
        kind_name: Returns the name of an event's kind, for the summary.
        passes: Returns whether an event is delivered, by ``--where`` and ``--exclude``; None for
            all.
        mask: Masks an event before any sink gets it; None for none.
        fan_out: The sinks beside standard output; None for none.
        count: How many events are delivered at most; None for no limit.

    Attributes:
        last_event: When the last event was printed, on the session's clock.
    """

    def __init__(
        self,
        writer: Writer | None,
        recorder: NoResume,
        drops: DropCounter,
        *,
        kind_name: Callable[[str], str],
        passes: Callable[[Notification], bool] | None = None,
        mask: Callable[[Notification], Notification] | None = None,
        fan_out: "FanOut | None" = None,
        count: int | None = None,
    ) -> None:
        self.drops = drops
        self.last_event: float | None = None
        self.fan_out = fan_out
        self._last_uri: str | None = None
        # Events by their URI, of which there are few different ones, until their kinds are counted.
        self._uris: defaultdict[str, int] = defaultdict(int)
        self._kinds: Counter[str] = Counter()
        self._written = 0
        self._writer = writer
        self._recorder = recorder
        self._kind_name = kind_name
        self._passes = passes
        self._mask = mask
        self._count = count
        self._lacking = ""

    @property
    def printed(self) -> int:
        """How many events were delivered: every sink has confirmed them."""
        return self._written if self.fan_out is None else self.fan_out.delivered()

    @property
    def kinds(self) -> Counter[str]:
        """How many events of each kind were handed to the sinks."""
        self._count_kinds()
        return self._kinds

    @property
    def last_kind(self) -> str:
        """The kind of the last event that was printed; empty before the first."""
        return "" if self._last_uri is None else self._kind_name(self._last_uri)

    @property
    def is_complete(self) -> bool:
        """Whether as many events were delivered as requested."""
        return self._count is not None and self.printed >= self._count

    @property
    def waits_for_sinks(self) -> bool:
        """Whether as many events were printed as requested, and other sinks lack some."""
        return self._count is not None and self._written >= self._count and not self.is_complete

    def deliver(self, events: Sequence[Notification], now: float) -> None:
        """Hand events to the sinks, unless ``--where`` or ``--exclude`` drops them."""
        if self._passes is not None:
            events = list(filter(self._passes, events))
            if not events:
                return
        if self._mask is not None:
            events = list(map(self._mask, events))
        uris = self._uris
        for event in events:
            uris[event.event] += 1
        if len(uris) > _MOST_URIS:
            self._count_kinds()
        if self._recorder.records_events:
            self._recorder.taken(events, now)
        unprinted = 0 if self._writer is None else self._writer.put(events)
        if self.fan_out is not None:
            self.fan_out.put(events, unprinted)

    def deliver_leftover(self, events: Sequence[Notification], unprinted: int) -> None:
        """Deliver events that an earlier run received, filtered and recorded.

        The sinks beside standard output read them from the spool.

        Args:
            unprinted: How many of them, from the end, were not printed.
        """
        self.kinds.update([self._kind_name(event.event) for event in events])
        if self._writer is not None and unprinted:
            events = events[-unprinted:]
            if (mask := self._mask) is not None:
                # The run that left them may have had none.
                events = [event if event.key else mask(event) for event in events]
            self._writer.put(events)

    def confirm(self, written: Written, now: float) -> None:
        """Count events as printed."""
        # A report may overtake an older one: only the last event of all may end the run.
        if written.total > self._written:
            self._written, self.last_event = written.total, now
            self._last_uri = written.events[-1].event
            if self.fan_out is not None:
                self.fan_out.written(written.total)
        if written.events and self._recorder.records_events and not self._has_spool:
            self._recorder.written(written.events)

    def commit(self, committed: Committed, now: float) -> None:
        """Note that events are in the spool."""
        self._recorder.written(committed.events)
        if self._writer is None:
            self.last_event, self._last_uri = now, committed.events[-1].event

    def lose(self, lost: EventsLost) -> None:
        """Note that events were lost on their way to a sink."""
        if lost.is_unsafe or not self._has_spool:
            self._recorder.dropped(lost.events)

    def waiting(self) -> int:
        """Return how many events wait to be delivered."""
        waiting = 0 if self._writer is None else self._writer.waiting()
        return waiting if self.fan_out is None else max(waiting, self.fan_out.waiting())

    # The end.

    def stop(self, timeout: float, *, run_queued: bool = True) -> list[Notification]:
        """Let the sinks take what waits within `timeout` seconds; return what was not printed.

        Args:
            run_queued: Whether the command still runs for the events that wait for it.
        """
        ends = clock() + timeout
        if self.fan_out is not None:
            self.fan_out.stop(run_queued=run_queued)
        unwritten = [] if self._writer is None else self._writer.close(timeout)
        if self.fan_out is not None:
            self.fan_out.join(max(0.0, ends - clock()), all_of_them=False)
            self.fan_out.abandon(all_of_them=False)
        return unwritten

    def close(self, unwritten: Sequence[Notification], timeout: float) -> Sequence[Notification]:
        """Close the sinks; return the events that not every sink has and the spool neither.

        Args:
            unwritten: What was not printed.
            timeout: Seconds for the spool.
        """
        left, self._lacking = unwritten, "the output"
        if self.fan_out is not None:
            lacked, by = self.fan_out.close(timeout)
            if self._has_spool or len(lacked) > len(left):
                left, self._lacking = lacked, by
        # It leaves out the kinds of which nothing was delivered.
        self._kinds = self.kinds - Counter([self._kind_name(event.event) for event in left])
        return left

    def account_lost(self, events: Sequence[Notification], now: float) -> Gap | None:
        """Count events that no run will deliver as dropped, or return them as a gap."""
        if not events:
            return None
        if self.is_complete:
            self.drops.add(DropReason.COUNT, len(events))
            return None
        return _gap_of(events, now, f"{self._lacking} did not accept them in time")

    @property
    def _has_spool(self) -> bool:
        return self.fan_out is not None and self.fan_out.has_spool

    def _count_kinds(self) -> None:
        for uri, count in self._uris.items():
            self._kinds[self._kind_name(uri)] += count
        self._uris.clear()


def _gap_of(events: Sequence[Notification], now: float, reason: str) -> Gap:
    """Return the time of unwritten events as a gap, by their own time stamps."""
    sent = [at for event in events if (at := unix_time(event.timestamp)) is not None]
    start, end = (moment_of(min(sent)), moment_of(max(sent))) if sent else (now, now)
    return Gap(min(start, now), min(end, now), reason, recovered=False, events=len(events))
