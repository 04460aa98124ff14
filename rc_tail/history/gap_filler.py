"""Fills gaps from the history, and keeps what comes meanwhile in order. No I/O.

When events were missed and the service did not replay them, what it keeps a history of is read,
and printed before what comes in now. That waits for the history, but not for long; history that
comes later is printed as it comes.
"""

from collections.abc import Callable, Sequence

import msgspec

from rc_tail.gateway.actions import Gap
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import Notification

HOLD = 10.0  # seconds that live events wait at most


class PrintEvents(msgspec.Struct, frozen=True):
    """These are to be printed now."""

    notifications: Sequence[Notification]


class ReadPastEvents(msgspec.Struct, frozen=True):
    """This time is to be read from the history, without blocking.

    Attributes:
        number: What tells this order from others.
        start: On the session's clock.
        end: On the session's clock.
    """

    number: int
    start: float
    end: float


class ReportGap(msgspec.Struct, frozen=True):
    """A gap is to be told.

    Attributes:
        gap: The gap.
        filled: How many events of it came from the history; None when it was not read.
        failures: Why some or all of the history could not be read.
        over: Whether nothing more comes of it; else its history is still to be read, later in
            this run or in the one that continues it.
    """

    gap: Gap
    filled: int | None = None
    failures: tuple[str, ...] = ()
    over: bool = True


class ReportHistory(msgspec.Struct, frozen=True):
    """The history was read that the user asked for, or that came too late for its gap.

    Attributes:
        printed: How many events came from it.
        start: From when, on the session's clock.
        failures: Why some or all of it could not be read.
        late: Whether it belongs to gaps that were told before.
        closes: Those gaps, where nothing more comes of them.
        over: Whether nothing more comes of it; else the run that continues this one reads it.
    """

    printed: int
    start: float
    failures: tuple[str, ...]
    late: bool
    closes: tuple[Gap, ...] = ()
    over: bool = True


Step = PrintEvents | ReadPastEvents | ReportGap | ReportHistory


class _ReadOrder(msgspec.Struct):
    """One order to read, and whom it is for."""

    number: int
    start: float
    end: float
    gaps: list[Gap] = msgspec.field(default_factory=list)
    asked_for: bool = False
    told: bool = False


class GapFiller:
    """Decides what is printed when, and what is read.

    Args:
        is_new: Remembers an event, live or of the history, and tells whether the other of the
            two did not tell it before; None where there is no history, or it is not wanted.
        all_new: The same for live events at once, where it can be told without a look at each;
            returns False, and remembers nothing, where it cannot.
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
        self._all_new = all_new
        self._drops = DropCounter() if drops is None else drops
        self._held: list[Notification] = []
        self._hold_until: float | None = None
        self._holds = False
        self._reading: _ReadOrder | None = None
        self._waiting: list[Gap] = []
        self._orders = 0

    def live(self, events: Sequence[Notification]) -> list[Step]:
        """Events came in now."""
        if self._holds:
            self._held += events
            return []
        return self._printed_live(events)

    def since(self, start: float, now: float) -> list[Step]:
        """The user asked for the history since `start`: live events wait until it is there."""
        told: list[Gap] = []
        if self._reading is not None and self._reading.told:
            told = self._reading.gaps
        elif self._reading is not None:
            # Gaps that are older are read behind it.
            self._waiting[:0] = self._reading.gaps
        self._orders += 1
        self._reading = _ReadOrder(self._orders, start, now, told, asked_for=True)
        self._holds = True
        return [ReadPastEvents(self._orders, start, now)]

    def gap(self, gap: Gap, now: float) -> list[Step]:
        """There was a gap."""
        if self._is_new is None or gap.is_complete:
            return [ReportGap(gap)]
        self._waiting.append(gap)
        self._holds = True
        if self._hold_until is None:
            self._hold_until = now + HOLD
        return self._read_next()

    def filled(
        self, number: int, records: Sequence[Notification], failures: Sequence[str]
    ) -> list[Step]:
        """The history came: all of it, or what could be read.

        Args:
            number: The order's.
            records: Events in the order of their time.
            failures: Why some or all could not be read.
        """
        reading = self._reading
        if reading is None or reading.number != number:
            return []
        self._reading = None
        fresh = self._new(records)
        steps: list[Step] = [PrintEvents(fresh)] if fresh else []
        steps += _told(reading, len(fresh), tuple(failures))
        more = self._read_next()
        return [*steps, *(more or self._release())]

    def tick(self, now: float) -> list[Step]:
        """Time has passed."""
        deadline = self.deadline()
        if deadline is None or now < deadline:
            return []
        steps: list[Step] = []
        reading = self._reading
        if reading is not None and not reading.told:
            reading.told = True
            slow = ("it takes long, and is printed when it is there",)
            steps += [ReportGap(gap, None, slow, over=False) for gap in reading.gaps]
        return steps + self._release()

    def deadline(self) -> float | None:
        """When `tick` must be called; None while nothing is held back for a time."""
        # What the user asked for is waited for, however long it takes.
        return None if self._reading is not None and self._reading.asked_for else self._hold_until

    def end(self, *, later: bool = False) -> list[Step]:
        """Nothing more comes: tell what stays as it is, give back what is held.

        Args:
            later: Whether another run continues this one, and reads what was not read.
        """
        reading, self._reading = self._reading, None
        gaps, self._waiting = self._waiting, []
        why = ("the program ended before it was read",)
        if later:
            why = (
                "the program ended before it was read; the run that continues this one reads it",
            )
        steps: list[Step] = []
        if reading is not None and (reading.told or reading.asked_for):
            told, closes = reading.told, () if later else tuple(reading.gaps)
            steps.append(ReportHistory(0, reading.start, why, told, closes, over=not later))
        elif reading is not None:
            gaps = reading.gaps + gaps
        steps += [ReportGap(gap, None, why, over=not later) for gap in gaps]
        return steps + self._release()

    @property
    def busy(self) -> bool:
        """Whether history is being read."""
        return self._reading is not None

    def _printed_live(self, events: Sequence[Notification]) -> list[Step]:
        if self._is_new is not None and self._all_new(events):
            return [PrintEvents(events)]
        fresh = self._new(events)
        if len(fresh) < len(events):
            self._drops.add(DropReason.PAST_EVENTS, len(events) - len(fresh))
        return [PrintEvents(fresh)] if fresh else []

    def _new(self, events: Sequence[Notification]) -> Sequence[Notification]:
        if self._is_new is None:
            return events
        return [event for event in events if self._is_new(event)]

    def _read_next(self) -> list[Step]:
        if self._reading is not None or not self._waiting:
            return []
        gaps, self._waiting = self._waiting, []
        start, end = min(gap.start for gap in gaps), max(gap.end for gap in gaps)
        self._orders += 1
        self._reading = _ReadOrder(self._orders, start, end, gaps)
        return [ReadPastEvents(self._orders, start, end)]

    def _release(self) -> list[Step]:
        held, self._held = self._held, []
        self._holds, self._hold_until = False, None
        return self._printed_live(held) if held else []


def _told(reading: _ReadOrder, printed: int, failures: tuple[str, ...]) -> list[Step]:
    if reading.asked_for or reading.told:
        closes = tuple(reading.gaps)
        return [ReportHistory(printed, reading.start, failures, late=reading.told, closes=closes)]
    filled = printed if printed or not failures else None
    # What was read for several gaps at once is counted for the first.
    return [
        ReportGap(gap, filled if index == 0 or filled is None else 0, failures)
        for index, gap in enumerate(reading.gaps)
    ]
