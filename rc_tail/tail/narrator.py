"""Reports in words what happens to a tail: ready, reconnects, gaps, refused filters, the summary."""

from collections import Counter
from collections.abc import Callable, Sequence

from rc_tail.gateway.commands import (
    FiltersDisabled,
    Gap,
    Notice,
    Ready,
    Reconnecting,
    TookOver,
)
from rc_tail.gateway.drops import DropCounter
from rc_tail.history.gap_filler import ReportPastEvents
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.text.timestamps import format_unix_local, format_unix_utc
from rc_tail.text.wording import count_words, duration_words


class Narrator:
    """Reports what happens in a run, and keeps the figures of its connections.

    Args:
        names: The events that the user requested, for the ready line.
        wall: Turns a time of the session's clock into Unix time.
        place: As whom or where, such as ``as Ada Example, extension 101``.
        without_history: The requested kinds that have no past events.

    Attributes:
        doing: What the program does while it is not live, in words.
        next_try: When it tries again to connect; None while it does.
        reconnects: How often the connection was lost and found again.
        gaps: How many gaps were reported.
        was_ready: Whether it was ready at least once.
    """

    def __init__(
        self,
        reporter: Reporter,
        *,
        names: Sequence[str],
        wall: Callable[[float], float],
        place: str,
        without_history: Sequence[str] = (),
    ) -> None:
        self._reporter = reporter
        self._names = list(names)
        self._wall = wall
        self._place = place
        self._without_history = list(without_history)
        self.reconnects = 0
        self.gaps = 0
        self.doing = "connecting"
        self.next_try: float | None = None
        self.was_ready = False
        self._takeovers = 0

    def step(self, words: str) -> None:
        """Report what is being done to get a connection; may be called on any thread."""
        self.doing, self.next_try = words, None
        self._reporter.verbose("connect", words)

    def ready(self, action: Ready) -> None:
        """Report that the subscription is confirmed."""
        self.was_ready = True
        if not action.first:
            self.reconnects += 1
            self._reporter.info("ready", "reconnected", events=self._names)
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
        """Report the refused filters, one line each with the reason."""
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
        """Report why there is no connection, and when the next try is made."""
        when = f"in {duration_words(action.delay)}" if action.delay >= 0.05 else "now"
        self.doing = f"{'reconnecting' if self.was_ready else 'waiting'}: {action.reason}"
        self.next_try = now + action.delay
        self._reporter.info(
            "reconnect",
            f"{action.reason}; reconnecting {when}",
            reason=action.reason,
            delay=round(action.delay, 3),
        )

    def took_over(self, action: TookOver) -> None:
        """Report that another connection carries the events now."""
        self._takeovers += 1
        self._reporter.verbose(
            "takeover",
            f"switched to a new connection ({action.reason}); draining the old one",
        )

    def gap(
        self,
        gap: Gap,
        *,
        filled: int | None = None,
        failures: Sequence[str] = (),
        grew: bool = False,
    ) -> None:
        """Report a time for which events may be missing, or were replayed or filled.

        Args:
            filled: How many events were filled from past events; None when they were not read.
            failures: Why some or all past events could not be read.
            grew: Whether it was reported before, and has more lost events now.
        """
        self.gaps += 0 if grew else 1
        seconds = max(0.0, gap.end - gap.start)
        start, end = self._wall(gap.start), self._wall(gap.end)
        without_history = [] if gap.is_complete else self._without_history
        self._reporter.warning(
            "gap",
            f"gap of {duration_words(seconds)} from {format_unix_local(start)} to {format_unix_local(end)} "
            f"({gap.reason}): {_outcome(gap, filled, without_history, failures)}",
            **{"from": format_unix_utc(start), "to": format_unix_utc(end)},
            seconds=round(seconds, 3),
            reason=gap.reason,
            recovered=gap.recovered,
            replayed=gap.replayed,
            overflow=gap.overflow,
            unsure=gap.unsure,
            events=gap.events,
            filled=filled,
            kinds_without_history=without_history,
            failures=list(failures),
            # Its figures include those of the report before.
            **({"grew": True} if grew else {}),
        )

    def past_events(self, report: ReportPastEvents) -> None:
        """Report past events that the user requested, or that came too late for their gap."""
        start = self._wall(report.start)
        words = f"{count_words(report.printed, 'event')} since {format_unix_local(start)} from past events"
        if report.late:
            words = f"{count_words(report.printed, 'event')} of the gap came late, from past events"
        elif self._without_history:
            words += f"; no past events are available for {', '.join(self._without_history)}"
        write = self._reporter.warning if report.failures else self._reporter.info
        write(
            "history",
            "; ".join([words, *report.failures]),
            printed=report.printed,
            **{"from": format_unix_utc(start)},
            late=report.late,
            kinds_without_history=self._without_history,
            failures=list(report.failures),
        )

    def notice(self, notice: Notice) -> None:
        """Report something odd."""
        write = self._reporter.warning if notice.warn else self._reporter.verbose
        write(notice.event, notice.message)

    def summary(
        self,
        *,
        seconds: float,
        printed: int,
        kinds: Counter[str],
        drops: DropCounter,
        continue_by: str = "",
    ) -> None:
        """Report how the run went, unless it was never ready and printed nothing.

        Args:
            kinds: How many events of each kind were printed.
            continue_by: The command that continues the run; empty where none does.
        """
        if not self.was_ready and not printed:
            return
        parts = [f"{count_words(printed, 'event')} in {duration_words(seconds)}"]
        if kinds:
            listed = ", ".join(f"{name} {count}" for name, count in kinds.most_common())
            parts[0] += f" ({listed})"
        if self.reconnects:
            parts.append(count_words(self.reconnects, "reconnect"))
        if self.gaps:
            parts.append(count_words(self.gaps, "gap"))
        if drops.counts and self._reporter.verbosity >= Verbosity.VERBOSE:
            parts.append(drops.describe())
        words = ", ".join(parts)
        if continue_by:
            words += f"; continue with: {continue_by}"
        self._reporter.info(
            "summary",
            words,
            seconds=round(seconds, 3),
            printed=printed,
            kinds=dict(kinds),
            reconnects=self.reconnects,
            gaps=self.gaps,
            takeovers=self._takeovers,
            dropped=drops.by_reason(),
        )


def _outcome(
    gap: Gap, filled: int | None, without_history: Sequence[str], failures: Sequence[str]
) -> str:
    # Kinds that have no past events are missing there as well.
    parts = [
        _replay_outcome(gap, was_filled=filled is not None and not without_history and not failures)
    ]
    if filled is not None:
        parts.append(f"{count_words(filled, 'event')} filled from past events")
        if without_history:
            parts.append(f"no past events are available for {', '.join(without_history)}")
    if failures:
        parts.append(f"past events could not be read: {', '.join(failures)}")
    return "; ".join(parts)


def _replay_outcome(gap: Gap, *, was_filled: bool) -> str:
    if gap.events is not None:
        return f"{count_words(gap.events, 'event')} lost"
    if not gap.recovered:
        return "events of this time may be missing"
    replayed = f"recovered, {count_words(gap.replayed, 'event')} replayed"
    if gap.overflow:
        return f"{replayed}, but the service's buffer was full and earlier ones may be missing"
    if gap.unsure:
        return (
            replayed if was_filled else f"{replayed}, but what was on its way then may be missing"
        )
    return f"{replayed}, nothing is missing"
