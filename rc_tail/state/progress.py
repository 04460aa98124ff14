"""The moment up to which no event is missing: queued events and open gaps."""

import itertools
from collections import deque

from rc_tail.errors import LocalProtocolError

# Seconds; events that came in together share an entry, so that a stalled reader costs no memory.
_TOGETHER = 0.25


class Progress:
    """Accounts for what came in. Moments are seconds on the session's clock.

    Attributes:
        heard: When the last frame came in; None before the first.
    """

    def __init__(self, heard: float | None = None) -> None:
        self.heard = heard
        self._waiting: deque[tuple[float, int]] = deque()
        self._count = 0
        self._gaps: dict[int, float | None] = {}
        self._numbers = itertools.count(1)

    def frame_came(self, now: float) -> None:
        """Note that a frame came in."""
        if self.heard is None:
            for gap, start in self._gaps.items():
                self._gaps[gap] = now if start is None else start
        self.heard = now

    def is_whole(self) -> bool:
        """Return whether everything that came in was printed and no gap is open."""
        return not self._waiting and not self._gaps

    def until(self) -> float | None:
        """Return the moment up to which nothing is missing; None before the first frame.

        It does not advance while an event is queued or a gap is open.
        """
        bounds = (self.heard, self.oldest(), *self._gaps.values())
        return min((bound for bound in bounds if bound is not None), default=None)

    def oldest(self) -> float | None:
        """Return when the oldest queued event came in; None if none is queued."""
        return self._waiting[0][0] if self._waiting else None

    def waiting(self) -> int:
        """Return the number of queued events."""
        return self._count

    def taken(self, count: int, now: float) -> None:
        """Note events that came in and were queued."""
        self._count += count
        if self._waiting and now - self._waiting[-1][0] < _TOGETHER:
            since, queued = self._waiting.pop()
            self._waiting.append((since, queued + count))
        elif count:
            self._waiting.append((now, count))

    def printed(self, count: int) -> None:
        """Note that the oldest queued events were printed.

        Raises:
            LocalProtocolError: More than were queued.
        """
        self._remove(count, oldest=True)

    def dropped(self, count: int) -> None:
        """Note that the newest queued events were dropped.

        Raises:
            LocalProtocolError: More than were queued.
        """
        self._remove(count, oldest=False)

    def all_kept(self) -> None:
        """Note that all queued events were stored."""
        self._waiting.clear()
        self._count = 0

    def gap_opened(self, since: float | None) -> int:
        """Open a gap from `since` on, or from the last frame on; return its number."""
        number = next(self._numbers)
        # Nothing can be missing before the first frame: then it begins with that.
        self._gaps[number] = self.heard if since is None else since
        return number

    def gap_closed(self, gap: int) -> None:
        """Close a gap."""
        del self._gaps[gap]

    def gap_start(self, gap: int) -> float | None:
        """Return when an open gap begins; None before the first frame."""
        return self._gaps[gap]

    def is_open(self, gap: int) -> bool:
        """Return whether the gap is open."""
        return gap in self._gaps

    def gap_widened(self, gap: int, since: float) -> None:
        """Move the start of an open gap to `since`, if that is earlier."""
        start = self._gaps[gap]
        self._gaps[gap] = since if start is None else min(start, since)

    def _remove(self, count: int, *, oldest: bool) -> None:
        if count > self._count:
            raise LocalProtocolError(f"{count} events were printed, {self._count} waited")
        self._count -= count
        while count:
            since, queued = self._waiting.popleft() if oldest else self._waiting.pop()
            removed = min(count, queued)
            count -= removed
            if queued > removed:
                # The rest keeps its place and time.
                put_back = self._waiting.appendleft if oldest else self._waiting.append
                put_back((since, queued - removed))
