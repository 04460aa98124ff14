"""Fills gaps from the history, and keeps what comes meanwhile in order. No I/O.

When events were missed and the service did not replay them, what it keeps a history of is read,
and printed before what comes in now. That waits for the history, but not for long; history that
comes later is printed as it comes.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from rc_tail.gateway.actions import Gap
from rc_tail.gateway.messages import Notification

HOLD = 10.0  # seconds that live events wait at most
_KEYS = 20_000


@dataclass(frozen=True, slots=True)
class Print:
    """These are to be printed now."""

    notifications: Sequence[Notification]


@dataclass(frozen=True, slots=True)
class Read:
    """This time is to be read from the history, without blocking.

    Attributes:
        number: What tells this order from others.
        start: On the session's clock.
        end: On the session's clock.
    """

    number: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class TellGap:
    """A gap is to be told.

    Attributes:
        gap: The gap.
        filled: How many events of it came from the history; None when it was not read.
        failures: Why some or all of the history could not be read.
    """

    gap: Gap
    filled: int | None = None
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TellHistory:
    """The history was read that the user asked for, or that came too late for its gap.

    Attributes:
        printed: How many events came from it.
        start: From when, on the session's clock.
        failures: Why some or all of it could not be read.
        late: Whether it belongs to gaps that were told before.
    """

    printed: int
    start: float
    failures: tuple[str, ...]
    late: bool


Step = Print | Read | TellGap | TellHistory


class Keys:
    """Remembers what was printed, by what a live event and its history have in common."""

    def __init__(self, most: int = _KEYS) -> None:
        self._most = most
        self._known: OrderedDict[str, None] = OrderedDict()

    def add(self, keys: Iterable[str]) -> bool:
        """Remember `keys`; return whether all of them are new."""
        new = True
        for key in keys:
            if key in self._known:
                new = False
                self._known.move_to_end(key)
            else:
                self._known[key] = None
                if len(self._known) > self._most:
                    self._known.popitem(last=False)
        return new


@dataclass(slots=True)
class _Reading:
    """One order to read, and whom it is for."""

    number: int
    start: float
    end: float
    gaps: list[Gap] = field(default_factory=list)
    asked_for: bool = False
    told: bool = False


class Filling:
    """Decides what is printed when, and what is read.

    Args:
        keys_of: Gives what an event and its history have in common; None where there is no
            history, or it is not wanted.
        printed: Such keys that an earlier run printed already.
    """

    def __init__(
        self,
        keys_of: Callable[[Notification], Sequence[str]] | None,
        printed: Iterable[str] = (),
    ) -> None:
        self._keys_of = keys_of
        self._keys = Keys()
        self._keys.add(printed)
        self._held: list[Notification] = []
        self._hold_until: float | None = None
        self._holds = False
        self._reading: _Reading | None = None
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
        self._orders += 1
        self._reading = _Reading(self._orders, start, now, asked_for=True)
        self._holds = True
        return [Read(self._orders, start, now)]

    def gap(self, gap: Gap, now: float) -> list[Step]:
        """There was a gap."""
        if self._keys_of is None or (gap.recovered and not gap.overflow):
            return [TellGap(gap)]
        self._waiting.append(gap)
        if not self._holds:
            self._holds, self._hold_until = True, now + HOLD
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
        fresh = [record for record in records if self._is_new(record)]
        steps: list[Step] = [Print(fresh)] if fresh else []
        steps += _told(reading, len(fresh), tuple(failures))
        more = self._read_next()
        return [*steps, *(more or self._release())]

    def tick(self, now: float) -> list[Step]:
        """Time has passed."""
        if self._hold_until is None or now < self._hold_until:
            return []
        steps: list[Step] = []
        reading = self._reading
        if reading is not None and not reading.asked_for and not reading.told:
            reading.told = True
            slow = ("it takes long, and is printed when it is there",)
            steps += [TellGap(gap, None, slow) for gap in reading.gaps]
        return steps + self._release()

    def deadline(self) -> float | None:
        """When `tick` must be called; None while nothing is held back for a time."""
        return self._hold_until

    def end(self) -> list[Step]:
        """Nothing more comes: tell the gaps that stay as they are, give back what is held."""
        gaps, self._waiting = self._waiting, []
        if self._reading is not None and not self._reading.told:
            gaps = self._reading.gaps + gaps
        self._reading = None
        over = ("the program ended before it was read",)
        steps: list[Step] = [TellGap(gap, None, over) for gap in gaps]
        return steps + self._release()

    @property
    def busy(self) -> bool:
        """Whether history is being read."""
        return self._reading is not None

    def _printed_live(self, events: Sequence[Notification]) -> list[Step]:
        if self._keys_of is not None:
            for event in events:
                if keys := self._keys_of(event):
                    self._keys.add(keys)
        return [Print(events)]

    def _is_new(self, record: Notification) -> bool:
        return self._keys_of is None or self._keys.add(self._keys_of(record))

    def _read_next(self) -> list[Step]:
        if self._reading is not None or not self._waiting:
            return []
        gaps, self._waiting = self._waiting, []
        start, end = min(gap.start for gap in gaps), max(gap.end for gap in gaps)
        self._orders += 1
        self._reading = _Reading(self._orders, start, end, gaps)
        return [Read(self._orders, start, end)]

    def _release(self) -> list[Step]:
        held, self._held = self._held, []
        self._holds, self._hold_until = False, None
        return self._printed_live(held) if held else []


def _told(reading: _Reading, printed: int, failures: tuple[str, ...]) -> list[Step]:
    if reading.asked_for or reading.told:
        return [TellHistory(printed, reading.start, failures, late=reading.told)]
    filled = printed if printed or not failures else None
    # What was read for several gaps at once is counted for the first.
    return [
        TellGap(gap, filled if index == 0 or filled is None else 0, failures)
        for index, gap in enumerate(reading.gaps)
    ]
