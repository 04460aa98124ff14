"""How long events were on their way: on a slow link what is lost was sent long before.

Frames come in the order in which they were sent. So what a broken connection did not bring was
sent after the last event that it did bring, and that event says when it was sent, by the
service's clock.
"""

from rc_tail.gateway.messages import Notification
from rc_tail.text.timestamps import unix_time

# Seconds on the way that are nothing unusual, and those that are no delay but a wrong clock.
USUAL = 1.0
MOST = 120.0


class DeliveryLag:
    """What the last event of a connection says about the way that it took."""

    __slots__ = ("_came", "_sent")

    def __init__(self) -> None:
        self._came = 0.0
        self._sent: float | None = None

    def note(self, event: Notification, now: float) -> float | None:
        """Take note of the last event that came.

        Returns:
            How far the session's clock is ahead of the service's, if the event took no time: no
            further than that, at any rate. None where the event does not say when it was sent.
        """
        self._sent, self._came = unix_time(event.timestamp), now
        return None if self._sent is None else now - self._sent

    def answered(self, asked: float) -> None:
        """What was asked at this moment is answered: what was sent before has come."""
        if asked >= self._came:
            self._sent = None

    def since(self, ahead: float | None) -> float | None:
        """Return when the last event was sent, if it was on its way for long; else None.

        Args:
            ahead: Seconds that the session's clock is ahead of the service's; None where it is
                not known.
        """
        if self._sent is None or ahead is None:
            return None
        then = self._sent + ahead
        return then if USUAL < self._came - then <= MOST else None


def clock_offset(created: str, now: float) -> float | None:
    """Return how far the session's clock is ahead of the service's; None where it does not say.

    Args:
        created: When the service made what it confirms now, as it wrote it.
        now: The time.
    """
    made = unix_time(created)
    return None if made is None else now - made


def closest_offset(known: float | None, told: float | None) -> float | None:
    """Return how far the session's clock is ahead of the service's, by what is known and told.

    Args:
        known: What was known before, as `DeliveryLag.note` returned it; None for nothing.
        told: What another event tells: no further than that, but perhaps much less.
    """
    if known is None or told is None:
        return known if told is None else told
    # No event takes so long: one of the clocks was put right.
    return told if told < known or told - known > MOST else known
