"""The events that wait for one sink, in order: in memory, or on disk in the spool."""

import threading
from collections.abc import Sequence
from typing import Protocol

from rc_tail.gateway.messages import Notification
from rc_tail.sinks.backlog import Backlog

_AT_ONCE = 4 * 1024 * 1024  # bytes that are taken at once, roughly


class EventQueue(Protocol):
    """Gives events to the runner of a sink; used on its thread."""

    def take(self) -> Sequence[Notification]:
        """Return the next events without waiting; each is returned once.

        Raises:
            TryAgainError: They cannot be read now.
        """
        ...

    def confirm(self, count: int) -> None:
        """Note that the oldest `count` events that were taken are safe."""
        ...

    def close(self, unsafe: Sequence[Notification]) -> list[Notification]:
        """Release it; return the events that are lost with the process.

        Args:
            unsafe: What was taken and is not confirmed.
        """
        ...


class MemoryQueue:
    """Events in memory up to a limit, then in an unnamed file; lost with the process."""

    def __init__(self, backlog: Backlog | None = None) -> None:
        self._backlog = Backlog() if backlog is None else backlog
        self._lock = threading.Lock()

    def put(self, events: Sequence[Notification]) -> None:
        """Add events at the end; may be called on any thread.

        Raises:
            BacklogFullError: The last of them found no room.
        """
        with self._lock:
            self._backlog.put(events)

    def take(self) -> Sequence[Notification]:
        """Return the next events without waiting; each is returned once."""
        with self._lock:
            return self._backlog.take(_AT_ONCE)

    def confirm(self, count: int) -> None:
        """Do nothing: nothing outlives the process."""

    def close(self, unsafe: Sequence[Notification]) -> list[Notification]:
        """Release it; return all that is not confirmed."""
        with self._lock:
            left = [*unsafe, *self._backlog.take_all()]
            self._backlog.close()
        return left
