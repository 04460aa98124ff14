"""Up to which moment nothing is missing: what waits, and which gaps are open."""

import itertools
from collections import deque

from rc_tail.errors import LocalProtocolError

# What came in within so many seconds is counted as one: a stalled reader may take for ever.
_TOGETHER = 0.25


class Progress:
    """Keeps the books of what came in. Moments are seconds on the session's clock.

    Args:
        heard: When the last frame came in; None when there was none.
    """

    def __init__(self, heard: float | None = None) -> None:
        self.heard = heard
        self._waiting: deque[tuple[float, int]] = deque()
        self._count = 0
        self._gaps: dict[int, float | None] = {}
        self._numbers = itertools.count(1)

    def frame_came(self, now: float) -> None:
        """A frame came in."""
        if self.heard is None:
            for gap, start in self._gaps.items():
                self._gaps[gap] = now if start is None else start
        self.heard = now

    def is_whole(self) -> bool:
        """Return whether nothing that came in is missing: nothing waits, and no gap is open."""
        return not self._waiting and not self._gaps

    def until(self) -> float | None:
        """Return the moment up to which nothing is missing; None while nothing was to be had.

        It stands still while an event waits and while a gap is open.
        """
        bounds = (self.heard, self.oldest(), *self._gaps.values())
        return min((bound for bound in bounds if bound is not None), default=None)

    def oldest(self) -> float | None:
        """Return when the event that waits longest came in; None where none waits."""
        return self._waiting[0][0] if self._waiting else None

    def waiting(self) -> int:
        """Return how many events wait to be printed."""
        return self._count

    def taken(self, count: int, now: float) -> None:
        """Events came in and wait behind all others."""
        self._count += count
        if self._waiting and now - self._waiting[-1][0] < _TOGETHER:
            since, before = self._waiting.pop()
            self._waiting.append((since, before + count))
        elif count:
            self._waiting.append((now, count))

    def printed(self, count: int) -> None:
        """The events that waited longest wait no more.

        Raises:
            LocalProtocolError: More than waited.
        """
        self._remove(count, oldest=True)

    def dropped(self, count: int) -> None:
        """Of the events that came in last, some wait no more.

        Raises:
            LocalProtocolError: More than waited.
        """
        self._remove(count, oldest=False)

    def all_kept(self) -> None:
        """Nothing waits any more: all of it is somewhere safe."""
        self._waiting.clear()
        self._count = 0

    def gap_opened(self, since: float | None) -> int:
        """From `since` on, something may be missing; None for the last frame. Return its number."""
        number = next(self._numbers)
        # Before the first frame of all nothing could be missing: it begins with that.
        self._gaps[number] = self.heard if since is None else since
        return number

    def gap_closed(self, gap: int) -> None:
        """Nothing is missing because of this gap any more."""
        del self._gaps[gap]

    def gap_start(self, gap: int) -> float | None:
        """Return the moment at which an open gap begins; None before the first frame of all."""
        return self._gaps[gap]

    def is_open(self, gap: int) -> bool:
        """Return whether the gap is open."""
        return gap in self._gaps

    def gap_widened(self, gap: int, since: float) -> None:
        """An open gap begins at `since` at the latest."""
        start = self._gaps[gap]
        self._gaps[gap] = since if start is None else min(start, since)

    def _remove(self, count: int, *, oldest: bool) -> None:
        if count > self._count:
            raise LocalProtocolError(f"{count} events were printed, {self._count} waited")
        self._count -= count
        while count:
            since, there = self._waiting.popleft() if oldest else self._waiting.pop()
            gone = min(count, there)
            count -= gone
            if there > gone:
                # In the old place, and of the old time: none of them came in before it.
                put_back = self._waiting.appendleft if oldest else self._waiting.append
                put_back((since, there - gone))
