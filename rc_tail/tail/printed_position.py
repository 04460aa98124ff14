"""The position in the spool that standard output has reached.

Both get the same events in the same order, and so the number of printed events is the position, as
long as neither loses any. When its queue is full, each loses the newest events of a batch.
"""

from collections import deque
from typing import NamedTuple


class _Point(NamedTuple):
    """After so many printed events the next one is the one after this position."""

    printed: int
    position: int


class PrintedPosition:
    """Turns a number of printed events into a position.

    Args:
        start: The position of the last event that was printed before this run.
        last: The position of the last event in the spool; those in between are printed first.
    """

    def __init__(self, start: int, last: int) -> None:
        # Where the two were out of step, the oldest first.
        self._points = deque([_Point(0, start)])
        self._end = _Point(last - start, last)

    def put(self, printed: int, spooled: int) -> None:
        """Note how many events of a batch, from its front, each of the two has accepted."""
        self._end = _Point(self._end.printed + printed, self._end.position + spooled)
        if printed != spooled:
            self._points.append(self._end)

    def after(self, printed: int) -> int:
        """Return the position after so many printed events of this run; never fewer than before.

        It never passes an event that is in the spool and was not printed, but those that standard
        output has lost.
        """
        points = self._points
        while len(points) > 1 and printed > points[1].printed:
            points.popleft()
        position = points[0].position + printed - points[0].printed
        # What was printed and is not in the spool has no position.
        return position if len(points) == 1 else min(position, points[1].position)
