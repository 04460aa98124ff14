"""The books of a soak: what happened, what was printed, and which gaps were told."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# The moment of an event and that of a gap are taken in two processes, and what a gap begins with
# was on its way for a moment.
TOLERANCE = 2.0
# What a kill makes be printed twice: the time between two saves, and what a loaded machine adds.
REPEATED_WITHIN = 1.5
HISTORY = "history"
WITHOUT_HISTORY = ("presence",)


@dataclass(slots=True)
class Event:
    """Something that happened.

    Attributes:
        kind: Of the catalogue.
        sent: When, in Unix seconds.
        dated: Whether the service's clock was right: else its record is of another time, and who
            asks for the time of a gap does not find it there.
    """

    kind: str
    sent: float
    dated: bool = True


@dataclass(frozen=True, slots=True)
class Printed:
    """A line of standard output.

    Attributes:
        at: When it was read, in Unix seconds.
        run: The number of the process that printed it.
        filled: Whether it came from the history.
    """

    at: float
    run: int
    filled: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap that was told, in Unix seconds.

    Attributes:
        start: When it began.
        end: When it was over.
        filled: Whether the history of all of it was read, by what was told.
    """

    start: float
    end: float
    filled: bool = False

    def holds(self, moment: float) -> bool:
        """Whether an event of this moment may be missing because of it."""
        return self.start - TOLERANCE <= moment <= self.end + TOLERANCE


@dataclass(frozen=True, slots=True)
class Account:
    """Where every event went; an event is in one of the first four, or lost.

    Attributes:
        sent: How many happened.
        live: How many were printed as they came.
        replayed: How many the service replayed, by the told reconnects and gaps.
        filled: How many came from the history.
        gaps: How many were not printed, and lie in a gap that was told.
        repeated: How many were printed once more right after a kill.
        twice: Those that were printed twice for any other reason.
        unfilled: Those in a gap that is said to be filled, and the history has them.
        lost: Those that are neither printed nor in a gap.
    """

    sent: int
    live: int
    replayed: int
    filled: int
    gaps: int
    repeated: int
    twice: Sequence[str]
    unfilled: Sequence[str]
    lost: Sequence[str]

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost in silence, nothing printed twice, and every gap filled."""
        return not self.twice and not self.lost and not self.unfilled

    def table(self) -> str:
        """Return it as a Markdown table."""
        rows = (
            ("sent", self.sent),
            ("printed live", self.live),
            ("of these replayed by a recovery", self.replayed),
            ("filled from past events", self.filled),
            ("in told gaps", self.gaps),
            ("printed again after a kill", self.repeated),
            ("printed twice", len(self.twice)),
            ("not filled, but in the history", len(self.unfilled)),
            ("lost in silence", len(self.lost)),
        )
        lines = [f"| {name:<32} | {count:>7} |" for name, count in rows]
        return "\n".join(
            [f"| {'events':<32} | {'number':>7} |", f"|{'-' * 34}|{'-' * 8}:|", *lines]
        )


@dataclass(slots=True)
class Ledger:
    """Written by the harness while a soak runs."""

    events: dict[str, Event] = field(default_factory=dict)
    printed: dict[str, list[Printed]] = field(default_factory=dict)
    kills: list[float] = field(default_factory=list)
    strangers: Counter[str] = field(default_factory=Counter)

    def note_sent(self, name: str, kind: str, at: float, *, dated: bool = True) -> None:
        """Note that an event happens."""
        self.events[name] = Event(kind, at, dated)

    def note_line(self, payload: Mapping[str, Any], at: float, run: int) -> None:
        """Note a line of standard output."""
        name = name_of(payload)
        if name not in self.events:
            self.strangers[str(payload.get("event"))] += 1
            return
        filled = payload.get("source") == HISTORY
        self.printed.setdefault(name, []).append(Printed(at, run, filled))

    def account(self, records: Iterable[Mapping[str, Any]]) -> Account:
        """Return where every event went.

        Args:
            records: What was told on standard error.
        """
        told = [r for r in records if r.get("event") in ("reconnect", "gap")]
        gaps = [_gap(r) for r in told if r["event"] == "gap" and _may_lose(r)]
        missing = [name for name in self.events if name not in self.printed]
        lost = [n for n in missing if not any(g.holds(self.events[n].sent) for g in gaps)]
        filled_gaps = [gap for gap in gaps if gap.filled]
        unfilled = [n for n in missing if self._is_unfilled(n, filled_gaps)]
        again = [name for name, lines in self.printed.items() if len(lines) > 1]
        repeated = [name for name in again if self._is_repeated(self.printed[name])]
        filled = sum(lines[0].filled for lines in self.printed.values())
        return Account(
            sent=len(self.events),
            live=len(self.printed) - filled,
            replayed=sum(int(record.get("replayed") or 0) for record in told),
            filled=filled,
            gaps=len(missing) - len(lost),
            repeated=len(repeated),
            twice=sorted(set(again) - set(repeated)),
            unfilled=unfilled,
            lost=lost,
        )

    def _is_unfilled(self, name: str, gaps: Sequence[Gap]) -> bool:
        event = self.events[name]
        if event.kind in WITHOUT_HISTORY or not event.dated:
            return False
        return any(gap.start <= event.sent <= gap.end for gap in gaps)

    def _is_repeated(self, lines: Sequence[Printed]) -> bool:
        """Whether a kill came before the first printing was saved."""
        if len(lines) != 2 or lines[0].run == lines[1].run:
            return False
        return any(0 <= kill - lines[0].at <= REPEATED_WITHIN for kill in self.kills)


def _gap(record: Mapping[str, Any]) -> Gap:
    start, end = (datetime.fromisoformat(record[name]).timestamp() for name in ("from", "to"))
    return Gap(start, end, record.get("filled") is not None and not record.get("failures"))


def _may_lose(record: Mapping[str, Any]) -> bool:
    """Whether a gap says that events of its time may be missing."""
    if record.get("events") is not None:
        # A message that nobody could read: it was none of those that are counted here.
        return "output" in record["reason"] or "queue" in record["reason"]
    return bool(not record["recovered"] or record["overflow"] or record["kinds_without_history"])


def name_of(payload: Mapping[str, Any]) -> str:
    """Return what tells an event from all others, live and in the history."""
    body = payload.get("body")
    if not isinstance(body, Mapping):
        return ""
    if call := body.get("telephonySessionId"):
        return f"calls {call}"
    if "presenceStatus" in body:
        return f"presence {body.get('sequence')}"
    return f"{body.get('type')} {body.get('id')}"
