"""Reports in words what happens to a tail: ready, reconnects, gaps, refused filters, the summary."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
from rc_tail.status.snapshot import SinkState
from rc_tail.text.timestamps import format_unix_utc
from rc_tail.text.wording import count_words, duration_words


class Narrator:
    """Reports what happens in a run, and keeps the figures of its connections.

    Args:
        names: The events that the user requested, for the ready line.
        wall: Turns a time of the session's clock into Unix time.
        place: As whom or where, such as ``as Ada Example, extension 101``.
        without_history: The requested kinds that have no past events.
        lacking: The events that are not among the past events of the other kinds, in words.
        sinks: The sinks beside standard output.

    Attributes:
        doing: What the program does while it is not live, in words.
        next_try: When it tries again to connect; None while it does.
        reconnects: How often the connection was lost, and nothing was missed.
        gaps: How many times were reported in which events may be missing.
        was_ready: Whether it was ready at least once.
        is_ending: Whether the run is ending: what other threads still do is not reported.
    """

    def __init__(
        self,
        reporter: Reporter,
        *,
        names: Sequence[str],
        wall: Callable[[float], float],
        place: str,
        without_history: Sequence[str] = (),
        lacking: Sequence[str] = (),
        sinks: Sequence[str] = (),
    ) -> None:
        self._reporter = reporter
        self._names = list(names)
        self._wall = wall
        self._place = place
        self._without_history = list(without_history)
        self._lacking = list(lacking)
        self._sinks = list(sinks)
        self.reconnects = 0
        self.gaps = 0
        self.doing = "connecting"
        self.next_try: float | None = None
        self.was_ready = False
        self.is_ending = False
        self._takeovers = 0
        self._is_connected = False

    def step(self, words: str) -> None:
        """Report what is being done to get a connection; may be called on any thread."""
        self.doing, self.next_try = words, None
        if not self.is_ending:
            self._reporter.verbose("connect", words)

    def waiting(self, seconds: float, reason: str, limited: bool) -> None:
        """Report that past events are read later; may be called on any thread.

        Args:
            limited: Whether a rate limit is the reason.
        """
        if self.is_ending:
            return
        if limited:
            self._reporter.wait(seconds, reason)
        else:
            words = f"{reason}; trying again in {duration_words(seconds)}"
            self._reporter.info("history", words, reason=reason, seconds=seconds)

    def ready(self, action: Ready) -> None:
        """Report that the subscription is confirmed."""
        self.was_ready = self._is_connected = True
        if not action.first:
            # Whether something is missing is known once the past events are read.
            self._reporter.verbose("connect", "the subscription is active again")
            return
        listed = ", ".join(self._names)
        if self._sinks:
            listed += f" for {', '.join(self._sinks)}"
        filters = list(action.filters) if action.filters is not None else []
        self._reporter.info(
            "ready",
            f"ready: listening to {listed} {self._place}",
            events=self._names,
            filters=filters,
            **({"sinks": self._sinks} if self._sinks else {}),
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
        self.next_try = now + action.delay
        if action.limited:
            self.doing = f"waiting: {action.reason}"
            self._reporter.wait(action.delay, action.reason)
            return
        when = f" in {duration_words(action.delay)}" if action.delay >= 0.05 else ""
        self.doing = f"{'reconnecting' if self.was_ready else 'waiting'}: {action.reason}"
        words = f"{action.reason}; retrying{when}"
        if self._is_connected:
            words = f"connection lost ({action.reason}); reconnecting{when}"
        self._is_connected = False
        self._reporter.info(
            "reconnecting",
            words,
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
        """Report a time without a connection: a reconnect if nothing is missing, otherwise a gap.

        Args:
            filled: How many events were filled from past events; None when they were not read.
            failures: Why some or all past events could not be read.
            grew: Whether it was reported before, and has more lost events now.
        """
        if self._is_nothing_missing(gap, filled, failures):
            self._reconnected(gap)
            return
        self.gaps += 0 if grew else 1
        start, end = self._wall(gap.start), self._wall(gap.end)
        not_stored = [*self._without_history, *self._lacking]
        self._reporter.warning(
            "gap",
            f"gap of {duration_words(max(0.0, gap.end - gap.start))} "
            f"from {self._reporter.time_words(start)} to {self._reporter.time_words(end)} "
            f"({gap.reason}): {_outcome(gap, filled, not_stored, failures)}",
            **_times(start, end),
            reason=gap.reason,
            recovered=gap.recovered,
            replayed=gap.replayed,
            overflow=gap.overflow,
            unsure=gap.unsure,
            events=gap.events,
            filled=filled,
            kinds_without_history=self._without_history,
            failures=list(failures),
            # Its figures include those of the report before.
            **({"grew": True} if grew else {}),
        )

    def _is_nothing_missing(self, gap: Gap, filled: int | None, failures: Sequence[str]) -> bool:
        if gap.is_complete:
            return True
        # What was in transit when the connection broke would be among the past events.
        has_all = filled == 0 and not (failures or self._without_history or self._lacking)
        return has_all and gap.recovered and not gap.overflow

    def _reconnected(self, gap: Gap) -> None:
        self.reconnects += 1
        lost_at = gap.start if gap.lost_at is None else gap.lost_at
        self._reporter.info(
            "reconnect",
            # It takes some time, even if that is rounded to zero.
            f"reconnected after {duration_words(max(0.1, gap.end - lost_at))} ({gap.reason}); "
            + (
                f"{count_words(gap.replayed, 'event')} replayed"
                if gap.replayed
                else "nothing missed"
            ),
            **_times(self._wall(lost_at), self._wall(gap.end)),
            reason=gap.reason,
            replayed=gap.replayed,
        )

    def past_events(self, report: ReportPastEvents) -> None:
        """Report past events that the user requested, or that came too late for their gap."""
        start = self._wall(report.start)
        printed = count_words(report.printed, "event")
        parts = [f"{printed} since {self._reporter.time_words(start)} from past events"]
        if report.late:
            parts = [f"{printed} of the gap arrived late, from past events"]
        elif self._without_history:
            parts.append(_not_available(self._without_history))
        if report.failures:
            parts.append(_not_read(report.failures))
        write = self._reporter.warning if report.failures else self._reporter.info
        write(
            "history",
            "; ".join(parts),
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
        sinks: Mapping[str, SinkState] | None = None,
        continue_by: str = "",
    ) -> None:
        """Report how the run went, unless it was never ready and printed nothing.

        Args:
            sinks: The sinks beside standard output, by name.
            kinds: How many events of each kind were handed to the sinks.
            continue_by: The command that continues the run; empty where none does.
        """
        if not self.was_ready and not printed:
            return
        # With several sinks fewer may be delivered: those that every one has confirmed.
        total = max(printed, kinds.total())
        count = count_words(total, "event")
        if printed < total:
            count = f"{printed} of {count}"
        parts = [f"{count} in {duration_words(seconds)}"]
        if kinds:
            listed = ", ".join(f"{name} {count}" for name, count in kinds.most_common())
            parts[0] += f" ({listed})"
        if self.reconnects:
            parts.append(count_words(self.reconnects, "reconnect"))
        if self.gaps:
            parts.append(count_words(self.gaps, "gap"))
        if drops.counts and self._reporter.verbosity >= Verbosity.VERBOSE:
            parts.append(drops.describe())
        parts += _undelivered(sinks or {})
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
            **({"sinks": {n: _sink_fields(s) for n, s in sinks.items()}} if sinks else {}),
        )


def _undelivered(sinks: Mapping[str, SinkState]) -> list[str]:
    """Return in words what sinks did not take."""
    parts: list[str] = []
    for name, sink in sinks.items():
        if sink.lost:
            parts.append(f"{name} lost {count_words(sink.lost, 'event')}")
        if sink.waiting:
            parts.append(f"{name} lacks {count_words(sink.waiting, 'event')}")
    return parts


def _sink_fields(sink: SinkState) -> dict[str, Any]:
    return {"waiting": sink.waiting, "lost": sink.lost, "last_error": sink.last_error or None}


def _times(start: float, end: float) -> dict[str, Any]:
    """Return the fields of a time between two moments in Unix seconds."""
    return {
        "from": format_unix_utc(start),
        "to": format_unix_utc(end),
        "seconds": round(max(0.0, end - start), 3),
    }


def _outcome(
    gap: Gap, filled: int | None, not_stored: Sequence[str], failures: Sequence[str]
) -> str:
    """Return in words what may be missing, and what was replayed or filled.

    Args:
        not_stored: What is not among the past events: it stays missing.
    """
    parts = [] if gap.events is None else [f"{count_words(gap.events, 'event')} lost"]
    if gap.recovered:
        parts.append(f"{count_words(gap.replayed, 'event')} replayed")
    if gap.events is None and (filled is None or not_stored or failures):
        parts.append(_doubt(gap))
    if filled is not None:
        parts.append(f"{count_words(filled, 'event')} filled from past events")
        if not_stored:
            parts.append(_not_available(not_stored))
    if failures:
        parts.append(_not_read(failures))
    return "; ".join(parts)


def _not_available(names: Sequence[str]) -> str:
    return f"no past events are available for {', '.join(names)}"


def _not_read(failures: Sequence[str]) -> str:
    return f"past events could not be read: {', '.join(failures)}"


def _doubt(gap: Gap) -> str:
    if gap.overflow:
        return "the service's buffer was full, so earlier events may be missing"
    return "events in transit may be missing" if gap.recovered else "events may be missing"
