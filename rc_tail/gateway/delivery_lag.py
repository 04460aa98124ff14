"""How long events were in transit: on a slow network what is lost was sent long before.

Frames come in the order in which they were sent. So what a broken connection did not deliver was
sent after the last event that it delivered, whose time stamp says when that was sent, by the
service's clock.
"""

from rc_tail.gateway.messages import Notification
from rc_tail.text.timestamps import unix_time

# Seconds in transit that are usual, and those above which a clock must be wrong.
USUAL = 1.0
MOST = 120.0
# Time stamps are cut to milliseconds, so a clock offset is up to one too large.
PRECISION = 0.001


class DeliveryLag:
    """How long the last event of a connection was in transit."""

    __slots__ = ("_came", "_sent")

    def __init__(self) -> None:
        self._came = 0.0
        self._sent: float | None = None

    def note(self, event: Notification, now: float, ahead: float | None) -> float | None:
        """Note the last event that came.

        Args:
            ahead: Seconds that the session's clock is ahead of the service's, as far as known.

        Returns:
            The same, or a better estimate by this event: at most so many, exactly if it took no
            time.
        """
        self._sent = sent = unix_time(event.timestamp)
        self._came = now
        if sent is None:
            return ahead
        measured = now - sent
        # No event takes longer than `MOST`: one of the clocks was set.
        if ahead is None or measured < ahead or measured - ahead > MOST:
            return measured
        return ahead

    def answered(self, requested_at: float) -> None:
        """Note that a request sent at this time was answered: everything sent before has come."""
        if requested_at >= self._came:
            self._sent = None

    def since(self, ahead: float | None) -> float | None:
        """Return when the last event was sent, if it was in transit for long; else None.

        Args:
            ahead: Seconds that the session's clock is ahead of the service's; None if not
                known.
        """
        transit = self._transit(ahead)
        return self._came - transit - PRECISION if USUAL < transit <= MOST else None

    def usual(self, ahead: float | None) -> float:
        """Return the seconds that the last event was in transit, if that is usual; else 0."""
        transit = self._transit(ahead)
        return transit + PRECISION if 0 < transit <= USUAL else 0.0

    def _transit(self, ahead: float | None) -> float:
        """Return how many seconds the last event was in transit; 0 if not known."""
        if self._sent is None or ahead is None:
            return 0.0
        return self._came - (self._sent + ahead)


def clock_offset(created: str, now: float) -> float | None:
    """Return how many seconds the session's clock is ahead of the service's.

    Args:
        created: The service's time stamp of what it confirms now.

    Returns:
        None if there is no valid time stamp.
    """
    made = unix_time(created)
    return None if made is None else now - made
