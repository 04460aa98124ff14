"""Why an event was dropped: the one list of reasons, and the one counter.

A place that drops an event adds to the counter there and then, so an event that is printed costs
nothing. Events that are lost are not dropped: they are reported as a gap.
"""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

import msgspec


class DropReason(StrEnum):
    """Why an event that was received is not printed; the values stand in JSON records."""

    NOT_OURS = "not_ours"  # of another subscription, or of none that is confirmed
    SEEN_BEFORE = "seen_before"  # its uuid: a replay, or sent twice
    TAKEOVER_COPY = "takeover_copy"  # the other connection of a take-over brought it first
    PAST_EVENTS = "past_events"  # printed from past events already
    EXCLUDE = "exclude"  # --exclude
    WHERE = "where"  # --where
    COUNT = "count"  # more than --count


_DESCRIPTIONS: Mapping[DropReason, str] = {
    DropReason.NOT_OURS: "of another subscription",
    DropReason.SEEN_BEFORE: "duplicate",
    DropReason.TAKEOVER_COPY: "duplicate during a take-over",
    DropReason.PAST_EVENTS: "printed from past events",
    DropReason.EXCLUDE: "--exclude",
    DropReason.WHERE: "--where",
    DropReason.COUNT: "over --count",
}


class DropCounter(msgspec.Struct):
    """How many events were dropped in one run. Only the main thread counts."""

    counts: Counter[DropReason] = msgspec.field(default_factory=Counter)

    def add(self, reason: DropReason, events: int = 1) -> None:
        """Count dropped events; none is a no-op."""
        if events:
            self.counts[reason] += events

    def by_reason(self) -> dict[str, int]:
        """Return the numbers that are not zero, by the value of their reason."""
        return {reason.value: self.counts[reason] for reason in DropReason if self.counts[reason]}

    def describe(self) -> str:
        """Return the numbers in words, the largest first; empty where nothing was dropped."""
        if not self.counts:
            return ""
        parts = [f"{_DESCRIPTIONS[reason]} {n}" for reason, n in self.counts.most_common()]
        return f"{self.counts.total()} dropped ({', '.join(parts)})"
