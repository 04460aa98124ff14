"""Says in words what the session reports: ready, reconnects, gaps, refused filters, the summary."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from rc_tail.gateway.actions import (
    FiltersDisabled,
    Gap,
    Notice,
    Ready,
    Reconnecting,
    TookOver,
)
from rc_tail.gateway.drops import DropCounter
from rc_tail.history.gap_filler import ReportHistory
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.text.timestamps import format_unix_local, format_unix_utc
from rc_tail.text.wording import count_words, duration_words


class Narrator:
    """Keeps the figures of a run and tells what happens in it.

    Args:
        reporter: Where to tell.
        names: What the user asked for, for the ready line.
        wall: Turns a time of the session's clock into Unix time.
        place: Who listens where, such as ``as Ada Example, extension 101``.
        without: The kinds among what was asked for that have no history.
        drops: What the summary says of events that were not printed.

    Attributes:
        doing: What the program does while it is not live, in words.
        next_try: When it tries again to connect; None while it does.
        reconnects: How often the connection was lost and found again.
        gaps: How many gaps were told.
        was_ready: Whether it was ready at least once.
    """

    def __init__(
        self,
        reporter: Reporter,
        *,
        names: Sequence[str],
        wall: Callable[[float], float],
        place: str,
        without: Sequence[str] = (),
        drops: DropCounter | None = None,
    ) -> None:
        self._reporter = reporter
        self._names = list(names)
        self._wall = wall
        self._place = place
        self._kinds: Counter[str] = Counter()
        self.reconnects = 0
        self.gaps = 0
        self.doing = "connecting"
        self.next_try: float | None = None
        self.was_ready = False
        self._takeovers = 0
        self._without = list(without)
        self._drops = DropCounter() if drops is None else drops

    def delivered(self, kinds: Mapping[str, int]) -> None:
        """Count events handed over: how many of each kind."""
        self._kinds.update(kinds)

    def step(self, words: str) -> None:
        """Say what is being done to get a connection; may be called on any thread."""
        self.doing, self.next_try = words, None
        self._reporter.verbose("connect", words)

    def not_printed(self, kinds: Mapping[str, int]) -> None:
        """Count events out again that were handed over and not printed."""
        self._kinds -= Counter(kinds)

    def ready(self, action: Ready) -> None:
        """Say that from now on nothing is missed."""
        self.was_ready = True
        if not action.first:
            self.reconnects += 1
            self._reporter.info("ready", "ready: listening again", events=self._names)
            return
        listed = ", ".join(self._names)
        filters = list(action.filters) if action.filters is not None else []
        self._reporter.info(
            "ready",
            f"ready: listening to {listed} {self._place}",
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

    def reconnecting(self, action: Reconnecting, now: float) -> None:
        """Say why there is no connection, and when the next try is made."""
        when = f"in {duration_words(action.delay)}" if action.delay >= 0.05 else "now"
        self.doing = f"{'reconnecting' if self.was_ready else 'waiting'}: {action.reason}"
        self.next_try = now + action.delay
        self._reporter.info(
            "reconnect",
            f"{action.reason}; trying again {when}",
            reason=action.reason,
            delay=round(action.delay, 3),
        )

    def took_over(self, action: TookOver) -> None:
        """Say that another connection carries the events now."""
        self._takeovers += 1
        self._reporter.verbose(
            "takeover",
            f"another connection took over ({action.reason}); the one before is read to its end",
        )

    def gap(self, gap: Gap, *, filled: int | None = None, failures: Sequence[str] = ()) -> None:
        """Say for which time events may be missing, or were replayed or filled.

        Args:
            gap: The gap.
            filled: How many events came from the history; None when it was not read.
            failures: Why some or all of the history could not be read.
        """
        self.gaps += 1
        seconds = max(0.0, gap.end - gap.start)
        start, end = self._wall(gap.start), self._wall(gap.end)
        without = [] if gap.is_complete else self._without
        self._reporter.warning(
            "gap",
            f"gap of {duration_words(seconds)} from {format_unix_local(start)} to {format_unix_local(end)} "
            f"({gap.reason}): {_outcome(gap, filled, without, failures)}",
            **{"from": format_unix_utc(start), "to": format_unix_utc(end)},
            seconds=round(seconds, 3),
            reason=gap.reason,
            recovered=gap.recovered,
            replayed=gap.replayed,
            overflow=gap.overflow,
            unsure=gap.unsure,
            events=gap.events,
            filled=filled,
            kinds_without_history=without,
            failures=list(failures),
        )

    def history(self, told: ReportHistory) -> None:
        """Say what came from the history that was asked for, or came late."""
        start = self._wall(told.start)
        words = f"{count_words(told.printed, 'event')} since {format_unix_local(start)} from the history"
        if told.late:
            words = f"{count_words(told.printed, 'event')} of the gap came from the history, late"
        elif self._without:
            words += f"; there is no history of {', '.join(self._without)}"
        say = self._reporter.warning if told.failures else self._reporter.info
        say(
            "history",
            "; ".join([words, *told.failures]),
            printed=told.printed,
            **{"from": format_unix_utc(start)},
            late=told.late,
            kinds_without_history=self._without,
            failures=list(told.failures),
        )

    def notice(self, notice: Notice) -> None:
        """Pass on something odd."""
        say = self._reporter.warning if notice.warn else self._reporter.verbose
        say(notice.event, notice.message)

    def summary(self, *, seconds: float, printed: int, continue_by: str = "") -> None:
        """Say how the run went, if it came to anything.

        Args:
            seconds: How long it took.
            printed: How many events were printed.
            continue_by: The command that continues it; empty where none does.
        """
        if not self.was_ready and not printed:
            return
        parts = [f"{count_words(printed, 'event')} in {duration_words(seconds)}"]
        if self._kinds:
            listed = ", ".join(f"{name} {count}" for name, count in self._kinds.most_common())
            parts[0] += f" ({listed})"
        if self.reconnects:
            parts.append(count_words(self.reconnects, "reconnect"))
        if self.gaps:
            parts.append(count_words(self.gaps, "gap"))
        if self._drops.counts and self._reporter.verbosity >= Verbosity.VERBOSE:
            parts.append(self._drops.describe())
        words = ", ".join(parts)
        if continue_by:
            words += f"; continue with: {continue_by}"
        self._reporter.info(
            "summary",
            words,
            seconds=round(seconds, 3),
            printed=printed,
            kinds=dict(self._kinds),
            reconnects=self.reconnects,
            gaps=self.gaps,
            takeovers=self._takeovers,
            dropped=self._drops.by_reason(),
        )


def _outcome(gap: Gap, filled: int | None, without: Sequence[str], failures: Sequence[str]) -> str:
    # What the history has no word of is missing there as well.
    parts = [_fate(gap, is_read=filled is not None and not without and not failures)]
    if filled is not None:
        parts.append(f"{count_words(filled, 'event')} filled from the history")
        if without:
            parts.append(f"there is no history of {', '.join(without)}")
    if failures:
        parts.append(f"the history could not be read: {', '.join(failures)}")
    return "; ".join(parts)


def _fate(gap: Gap, *, is_read: bool) -> str:
    if gap.events is not None:
        return f"{count_words(gap.events, 'event')} lost"
    if not gap.recovered:
        return "events of this time may be missing"
    replayed = f"recovered, {count_words(gap.replayed, 'event')} replayed"
    if gap.overflow:
        return f"{replayed}, but the service's buffer was full and earlier ones may be missing"
    if gap.unsure:
        return replayed if is_read else f"{replayed}, but what was on its way then may be missing"
    return f"{replayed}, nothing is missing"
