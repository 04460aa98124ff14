"""The events of the spool that wait for one sink: at hand in memory, or read from the disk."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from rc_tail.gateway.messages import Notification
from rc_tail.output.pipeline import Masker
from rc_tail.sinks.sink import TryAgainError
from rc_tail.state.spool import Reader
from rc_tail.state.spool_files import SpoolDamagedError

# Bytes of committed events that are kept for a sink that has taken all before them: reading them
# back from the disk costs more than committing them.
AT_HAND = 4 * 1024 * 1024


class SpoolQueue:
    """The queue of one sink. `offer` is called on the writer's thread, the rest on the sink's.

    Args:
        after: The position of the last event that the sink has confirmed.
        committed: The position of the last event that is on the disk already.
        confirm: Called with the position of the last event that the sink has confirmed since.
        mask: Masks the events that an earlier run received without a mask; None for none. Those
            that were masked have a key (`rc_tail.output.pipeline.keyed`).
    """

    def __init__(
        self,
        path: Path,
        after: int,
        committed: int,
        *,
        confirm: Callable[[int], None],
        mask: Masker | None = None,
    ) -> None:
        self._reader = Reader(path)
        self._confirm = confirm
        self._confirmed = after
        self._mask = mask
        self._lock = threading.Lock()
        self._committed = committed
        # The position of the last event that was taken or is at hand; nothing is put at hand
        # behind events that have to be read first.
        self._until = after
        self._at_hand: list[Notification] = []
        self._bytes_at_hand = 0
        self._is_reading = False

    def offer(self, after: int, events: Sequence[Notification]) -> None:
        """Put events at hand that were just committed, if they follow those that are there.

        Args:
            after: The position of the event before them.
        """
        size = sum([len(event.payload) + len(event.frame) for event in events])
        with self._lock:
            self._committed = after + len(events)
            follows = after == self._until and not self._is_reading
            if follows and self._bytes_at_hand + size <= AT_HAND:
                self._at_hand += events
                self._bytes_at_hand += size
                self._until = self._committed

    def take(self) -> list[Notification]:
        """Return the next events that are on the disk, without waiting for others.

        Raises:
            TryAgainError: They cannot be read now.
        """
        with self._lock:
            events, self._at_hand, self._bytes_at_hand = self._at_hand, [], 0
            self._is_reading = not events and self._committed > self._until
        if self._is_reading:
            events = self._read()
        if self._mask is None:
            return events
        return [event if event.key else self._mask(event) for event in events]

    def _read(self) -> list[Notification]:
        events: list[Notification] = []
        try:
            events = self._reader.read(self._until)
        except (SpoolDamagedError, OSError) as error:
            raise TryAgainError(f"the spool cannot be read: {error}") from error
        finally:
            with self._lock:
                self._until += len(events)
                self._is_reading = False
        return events

    def confirm(self, count: int) -> None:
        """Note that the oldest `count` events that were taken are safe."""
        self._confirmed += count
        self._confirm(self._confirmed)

    def close(self, unsafe: Sequence[Notification]) -> list[Notification]:  # noqa: ARG002
        """Release it: nothing is lost, what is not confirmed stays in the spool."""
        self._reader.close()
        return []
