"""The state of a tail at one moment, and the watchers that report it."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

import msgspec


class Condition(StrEnum):
    """What a tail is doing."""

    CONNECTING = "connecting"  # for the first time
    LIVE = "live"
    RECONNECTING = "reconnecting"
    ENDING = "ending"


class SinkState(msgspec.Struct, frozen=True):
    """How a sink beside standard output is.

    Attributes:
        waiting: The number of events that it has not confirmed.
        oldest: When the oldest of them came in, in Unix seconds; None where none waits.
        is_away: Whether it takes nothing at present.
        last_error: Why it last took nothing, in words; empty when it never did.
        lost: The number of events that it refused for good, without a dead letter.
        progress: What takes long in it and how far it is, in words; empty for nothing.
        details: What only sinks of its kind say.
    """

    waiting: int
    oldest: float | None = None
    is_away: bool = False
    last_error: str = ""
    lost: int = 0
    progress: str = ""
    details: Mapping[str, Any] = {}


class SpoolState(msgspec.Struct, frozen=True):
    """What is on the disk for sinks that have not confirmed it.

    Attributes:
        bytes: Its size.
        oldest: When the oldest event came in, in Unix seconds; None where it is empty.
    """

    bytes: int
    oldest: float | None = None


class Snapshot(msgspec.Struct, frozen=True):
    """How a tail is. Times are seconds on the session's clock; None where there was nothing yet.

    Attributes:
        condition: What it is doing.
        doing: The same in words, such as ``reconnecting: the machine slept``.
        next_try: When it tries again to connect, while it waits for that.
        live_since: Since when the present subscription is confirmed.
        last_frame: When something came in from the service.
        last_event: When the last event was printed.
        last_kind: Its kind.
        printed: The number of printed events.
        waiting: The number of queued events.
        reconnects: How often the connection was lost and restored, and nothing was missed.
        gaps: How many times were reported in which events may be missing.
        dropped: How many events were not printed, by reason (`rc_tail.gateway.drops`).
        sinks: The sinks beside standard output, by name.
        spool: None without one.
    """

    condition: Condition
    doing: str = ""
    live_since: float | None = None
    last_frame: float | None = None
    last_event: float | None = None
    last_kind: str = ""
    printed: int = 0
    waiting: int = 0
    reconnects: int = 0
    gaps: int = 0
    next_try: float | None = None
    dropped: Mapping[str, int] = {}
    sinks: Mapping[str, SinkState] = {}
    spool: SpoolState | None = None

    @property
    def away(self) -> list[str]:
        """The names of the sinks that take nothing at present."""
        return [name for name, sink in self.sinks.items() if sink.is_away]


class Watcher(Protocol):
    """Reports the state of the tail. It must not block the tail, or end it after `ready`."""

    def ready(self) -> None:
        """Report that the subscription was confirmed for the first time.

        Raises:
            SinkError: That failed; it ends the tail.
        """
        ...

    def deadline(self) -> float | None:
        """Return when `look` is due; None for only when the condition changes."""
        ...

    def look(self, snapshot: Snapshot, now: float) -> None:
        """Report the state of the tail."""
        ...

    def end(self) -> None:
        """Report that the tail has ended."""
        ...


class Watchers:
    """The watchers of a tail.

    Args:
        take: Returns a snapshot of a moment.
    """

    def __init__(self, watchers: Sequence[Watcher], take: Callable[[float], Snapshot]) -> None:
        self._watchers = watchers
        self._take = take
        self._seen: Condition | None = None

    def ready(self) -> None:
        """Report that the subscription was confirmed for the first time.

        Raises:
            SinkError: One of them failed.
        """
        for watcher in self._watchers:
            watcher.ready()

    def deadline(self) -> float | None:
        """Return when `look` is due at the latest; None for only when the condition changes."""
        due = [d for d in (watcher.deadline() for watcher in self._watchers) if d is not None]
        return min(due) if due else None

    def look(self, now: float, condition: Condition) -> None:
        """Pass a snapshot to the watchers that are due, or to all if the condition changed."""
        changed, self._seen = condition is not self._seen, condition
        due = [watcher for watcher in self._watchers if changed or _is_due(watcher, now)]
        if due:
            snapshot = self._take(now)
            for watcher in due:
                watcher.look(snapshot, now)

    def end(self) -> None:
        """Report that the tail has ended."""
        for watcher in self._watchers:
            watcher.end()


def _is_due(watcher: Watcher, now: float) -> bool:
    deadline = watcher.deadline()
    return deadline is not None and now >= deadline
