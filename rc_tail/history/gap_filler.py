"""Fills gaps from past events, and keeps events in order meanwhile. No I/O.

When events were missed and the service did not replay them, past events of that time are read, and
printed before the live events that came in since. Live events wait for that, but not for long; past
events that arrive later are printed when they arrive.
"""

from collections.abc import Callable, Sequence

import msgspec

from rc_tail.gateway.commands import Gap
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import Notification

HOLD = 10.0  # seconds that live events wait at most


class PrintEvents(msgspec.Struct, frozen=True):
    """Hand these events to the sinks now."""

    notifications: Sequence[Notification]


class ReadPastEvents(msgspec.Struct, frozen=True):
    """Read the past events of a time, without blocking.

    Attributes:
        number: Identifies this request in the answer.
        start: On the session's clock.
        end: On the session's clock.
    """

    number: int
    start: float
    end: float


class ReportGap(msgspec.Struct, frozen=True):
    """Report a gap to the user.

    Attributes:
        filled: How many of its events came from past events alone; None when they were not read.
        failures: Why some or all past events could not be read.
        closed: Whether the gap is finished; otherwise its past events are still to be read, later
            in this run or in the run that continues it.
    """

    gap: Gap
    filled: int | None = None
    failures: tuple[str, ...] = ()
    closed: bool = True


class ReportPastEvents(msgspec.Struct, frozen=True):
    """Report past events that the user requested, or that came too late for their gap.

    Attributes:
        printed: How many events were new.
        start: Since when they were read, on the session's clock.
        failures: Why some or all of them could not be read.
        late: Whether they belong to gaps that were reported before.
        closes: The gaps that are finished now.
        closed: Whether the request is finished; otherwise the run that continues this one reads it.
    """

    printed: int
    start: float
    failures: tuple[str, ...]
    late: bool
    closes: tuple[Gap, ...] = ()
    closed: bool = True


HistoryCommand = PrintEvents | ReadPastEvents | ReportGap | ReportPastEvents


class _ReadRequest(msgspec.Struct):
    """A request to read past events, and the gaps that it is for."""

    number: int
    start: float
    end: float
    gaps: list[Gap] = msgspec.field(default_factory=list)
    by_user: bool = False
    reported: bool = False


class GapFiller:
    """Decides which events are printed when, and which past events are read.

    Args:
        is_new: Remembers an event, live or past, and returns whether its counterpart was not
            printed before; None where there are no past events, or they are not wanted.
        all_new: Does the same for several live events at once, where that needs no look at each;
            returns False, and remembers nothing, where it does.
        drops: Counts the live events that were printed from past events already.
    """

    def __init__(
        self,
        is_new: Callable[[Notification], bool] | None,
        all_new: Callable[[Sequence[Notification]], bool] = lambda _: False,
        *,
        drops: DropCounter | None = None,
    ) -> None:
        self._is_new = is_new
        self._all_new = all_new if is_new is not None else lambda _: True
        self._drops = DropCounter() if drops is None else drops
        # Live events that wait; the first ones were compared with the past events read so far.
        self._compared_events: list[Notification] = []
        self._held_events: list[Notification] = []
        self._hold_until: float | None = None
        self._holds = False
        self._request: _ReadRequest | None = None
        self._unread_gaps: list[Gap] = []
        self._last_number = 0

    def live(self, events: Sequence[Notification]) -> Sequence[Notification]:
        """Handle live events; return those to print now."""
        if self._holds:
            self._held_events += events
            return ()
        return events if self._all_new(events) else self._new_live(events)

    def since(self, start: float, now: float) -> list[HistoryCommand]:
        """Read what the user requested, since `start`; live events wait until it is read."""
        gaps: list[Gap] = []
        if self._request is not None and self._request.reported:
            gaps = self._request.gaps
        elif self._request is not None:
            # Gaps that are older are read afterwards.
            self._unread_gaps[:0] = self._request.gaps
        self._holds = True
        if self._hold_until is None:
            # For the gaps that are read afterwards.
            self._hold_until = now + HOLD
        return self._read(start, now, gaps, by_user=True)

    def gap(self, gap: Gap, now: float) -> list[HistoryCommand]:
        """Handle a gap: read its past events, or report it as it is."""
        if self._is_new is None or gap.is_complete:
            return [ReportGap(gap)]
        self._unread_gaps.append(gap)
        self._holds = True
        if self._hold_until is None:
            self._hold_until = now + HOLD
        return self._read_next()

    def past_events_read(
        self, number: int, records: Sequence[Notification], failures: Sequence[str]
    ) -> list[HistoryCommand]:
        """Handle the answer to `ReadPastEvents`, complete or with failures.

        Args:
            number: That of the request; the answer to an earlier one is ignored.
            records: Events in the order of their time.
            failures: Why some or all could not be read.
        """
        request = self._request
        if request is None or request.number != number:
            return []
        self._request = None
        fresh = self._new(records)
        commands: list[HistoryCommand] = [PrintEvents(fresh)] if fresh else []
        # What came live meanwhile as well was not missing.
        filled = len(fresh) - self._drop_printed()
        commands += _report(request, len(fresh), max(filled, 0), tuple(failures))
        more = self._read_next()
        return [*commands, *(more or self._release())]

    def tick(self, now: float) -> list[HistoryCommand]:
        """Release the live events that waited long enough."""
        deadline = self.deadline()
        if deadline is None or now < deadline:
            return []
        commands: list[HistoryCommand] = []
        request = self._request
        if request is not None and not request.reported:
            request.reported = True
            slow = ("this takes a while; they are printed when they arrive",)
            commands += [ReportGap(gap, None, slow, closed=False) for gap in request.gaps]
        return commands + self._release()

    def deadline(self) -> float | None:
        """Return when `tick` must be called; None while no live events wait for a limited time."""
        # What the user requested is waited for, however long it takes.
        return None if self._request is not None and self._request.by_user else self._hold_until

    def end(self, *, later: bool = False) -> list[HistoryCommand]:
        """Report what stays unread, and release the live events that wait.

        Args:
            later: Whether another run continues this one, and reads what was not read.
        """
        request, self._request = self._request, None
        gaps, self._unread_gaps = self._unread_gaps, []
        why = ("rc-tail exited first",)
        if later:
            why = ("rc-tail exited first; the next run with this --resume name reads them",)
        commands: list[HistoryCommand] = []
        if request is not None and (request.reported or request.by_user):
            closes = () if later else tuple(request.gaps)
            commands.append(
                ReportPastEvents(0, request.start, why, request.reported, closes, closed=not later)
            )
        elif request is not None:
            gaps = request.gaps + gaps
        commands += [ReportGap(gap, None, why, closed=not later) for gap in gaps]
        return commands + self._release()

    @property
    def busy(self) -> bool:
        """Whether past events are being read."""
        return self._request is not None

    def _new_live(self, events: Sequence[Notification]) -> Sequence[Notification]:
        fresh = self._new(events)
        if len(fresh) < len(events):
            self._drops.add(DropReason.PAST_EVENTS, len(events) - len(fresh))
        return fresh

    def _drop_printed(self) -> int:
        """Drop waiting live events that were printed from past events; return how many."""
        events, self._held_events = self._held_events, []
        fresh = events if not events or self._all_new(events) else self._new_live(events)
        self._compared_events += fresh
        return len(events) - len(fresh)

    def _new(self, events: Sequence[Notification]) -> Sequence[Notification]:
        if self._is_new is None:
            return events
        return [event for event in events if self._is_new(event)]

    def _read_next(self) -> list[HistoryCommand]:
        if self._request is not None or not self._unread_gaps:
            return []
        gaps, self._unread_gaps = self._unread_gaps, []
        return self._read(min(gap.start for gap in gaps), max(gap.end for gap in gaps), gaps)

    def _read(
        self, start: float, end: float, gaps: list[Gap], *, by_user: bool = False
    ) -> list[HistoryCommand]:
        self._last_number += 1
        self._request = _ReadRequest(self._last_number, start, end, gaps, by_user)
        return [ReadPastEvents(self._last_number, start, end)]

    def _release(self) -> list[HistoryCommand]:
        self._drop_printed()
        fresh, self._compared_events = self._compared_events, []
        self._holds, self._hold_until = False, None
        return [PrintEvents(fresh)] if fresh else []


def _report(
    request: _ReadRequest, printed: int, filled: int, failures: tuple[str, ...]
) -> Sequence[HistoryCommand]:
    if request.by_user or request.reported:
        closes = tuple(request.gaps)
        return [ReportPastEvents(printed, request.start, failures, request.reported, closes)]
    if failures and not printed:
        return [ReportGap(gap, None, failures) for gap in request.gaps]
    # What was read for several gaps at once is counted for the first.
    return [
        ReportGap(gap, filled if index == 0 else 0, failures)
        for index, gap in enumerate(request.gaps)
    ]
