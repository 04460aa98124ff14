"""How long events were on their way: on a slow link what is lost was sent long before.

Frames come in the order in which they were sent. So what a broken connection did not bring was
sent after the last event that it did bring, and that event says when it was sent, by the
service's clock.
"""

from rc_tail.gateway.messages import Notification
from rc_tail.gateway.overlap import sent_at

# Seconds on the way that are nothing unusual, and those that are no delay but a wrong clock.
USUAL = 1.0
MOST = 120.0


class Lag:
    """What the last event of a connection says about the way that it took.

    Attributes:
        last: The event; None while there was none.
        came: When it came, on the session's clock.
    """

    __slots__ = ("came", "last")

    def __init__(self) -> None:
        self.last: Notification | None = None
        self.came = 0.0

    def since(self, ahead: float | None) -> float | None:
        """Return when the last event was sent, if it was on its way for long; else None.

        Args:
            ahead: Seconds that the session's clock is ahead of the service's; None where it is
                not known.
        """
        sent = sent_at(self.last.timestamp) if self.last is not None else None
        if sent is None or ahead is None:
            return None
        behind = self.came - (sent + ahead)
        return self.came - behind if USUAL < behind <= MOST else None


def ahead_of(created: str, now: float) -> float | None:
    """Return how far the session's clock is ahead of the service's; None where it does not say.

    Args:
        created: When the service made what it confirms now, as it wrote it.
        now: The time.
    """
    made = sent_at(created)
    return None if made is None else now - made
