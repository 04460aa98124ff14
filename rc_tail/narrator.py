"""Says in words what the session reports: ready, reconnects, gaps, refused filters, the summary."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rc_tail.gateway.actions import FiltersDisabled, Gap, Notice, Ready, Reconnecting
from rc_tail.report import Reporter


def stamp(moment: float) -> str:
    """Return Unix time as UTC text with milliseconds, such as ``2026-03-02T09:30:00.000Z``."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def duration_words(seconds: float) -> str:
    """Return a duration as a person says it: ``4.2 s``, ``3 min 5 s``, ``2 h 10 min``."""
    if seconds < 60:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def count_words(count: int, noun: str) -> str:
    """Return ``1 event`` or ``2 events``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class Narrator:
    """Keeps the figures of a run and tells what happens in it.

    Args:
        reporter: Where to tell.
        names: What the user asked for, for the ready line.
        wall: Turns a time of the session's clock into Unix time.
        place: Who listens where, such as ``Ada Example, extension 101``.
    """

    def __init__(
        self,
        reporter: Reporter,
        *,
        names: Sequence[str],
        wall: Callable[[float], float],
        place: str,
    ) -> None:
        self._reporter = reporter
        self._names = list(names)
        self._wall = wall
        self._place = place
        self._kinds: Counter[str] = Counter()
        self._reconnects = 0
        self._gaps = 0

    def delivered(self, kinds: Sequence[str]) -> None:
        """Count events handed over, by kind."""
        self._kinds.update(kinds)

    def ready(self, action: Ready) -> None:
        """Say that from now on nothing is missed."""
        if not action.first:
            self._reconnects += 1
            self._reporter.info("reconnected", "listening again")
            return
        listed = ", ".join(self._names)
        filters = list(action.filters) if action.filters is not None else []
        self._reporter.info(
            "ready",
            f"ready: listening to {listed} for {self._place}",
            events=self._names,
            filters=filters,
        )

    def filters_disabled(self, action: FiltersDisabled) -> None:
        """Say which filters were refused, one line each with the reason."""
        for refused in action.filters:
            words = refused.message or "no reason given"
            code = f" ({refused.reason})" if refused.reason else ""
            self._reporter.warning(
                "filter_refused",
                f"RingCentral refused the filter {refused.event_filter}: {words}{code}",
                filter=refused.event_filter,
                reason=refused.reason,
                words=refused.message,
            )

    def reconnecting(self, action: Reconnecting) -> None:
        """Say why there is no connection, and when the next try is made."""
        when = f"in {duration_words(action.delay)}" if action.delay >= 0.05 else "now"
        self._reporter.info(
            "reconnect",
            f"{action.reason}; trying again {when}",
            reason=action.reason,
            delay=round(action.delay, 3),
        )

    def gap(self, gap: Gap) -> None:
        """Say for which time events may be missing, or were replayed."""
        self._gaps += 1
        seconds = max(0.0, gap.end - gap.start)
        start, end = stamp(self._wall(gap.start)), stamp(self._wall(gap.end))
        self._reporter.warning(
            "gap",
            f"gap of {duration_words(seconds)} from {start} to {end} ({gap.reason}): {_outcome(gap)}",
            **{"from": start, "to": end},
            seconds=round(seconds, 3),
            reason=gap.reason,
            recovered=gap.recovered,
            replayed=gap.replayed,
            overflow=gap.overflow,
            events=gap.events,
        )

    def notice(self, notice: Notice) -> None:
        """Pass on something odd."""
        say = self._reporter.warning if notice.warn else self._reporter.verbose
        say(notice.event, notice.message)

    def summary(self, *, seconds: float, printed: int) -> None:
        """Say how the run went."""
        parts = [f"{count_words(printed, 'event')} in {duration_words(seconds)}"]
        if self._kinds:
            listed = ", ".join(f"{name} {count}" for name, count in self._kinds.most_common())
            parts[0] += f" ({listed})"
        if self._reconnects:
            parts.append(count_words(self._reconnects, "reconnect"))
        if self._gaps:
            parts.append(count_words(self._gaps, "gap"))
        self._reporter.info(
            "summary",
            ", ".join(parts),
            seconds=round(seconds, 3),
            printed=printed,
            kinds=dict(self._kinds),
            reconnects=self._reconnects,
            gaps=self._gaps,
        )


def _outcome(gap: Gap) -> str:
    if gap.events is not None:
        return f"{count_words(gap.events, 'event')} lost"
    if not gap.recovered:
        return "events of this time may be missing"
    replayed = f"recovered, {count_words(gap.replayed, 'event')} replayed"
    if gap.overflow:
        return f"{replayed}; the service's buffer was full, earlier ones may be missing"
    return replayed
