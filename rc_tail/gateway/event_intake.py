"""Which notifications are ours and new: the path of every event."""

from rc_tail.gateway.batch_decoder import Burst
from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.recovery import Recovery
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.gateway.supervision import Phase
from rc_tail.gateway.takeover import TakeOver

# Python 3.11 looks a member up in two steps, one of which fails with a formatted message.
_REPLAYING = Phase.REPLAYING


class EventIntake:
    """Accepts notifications of our subscription once each.

    Args:
        seen: The uuids that were accepted before.
        takeover: Recognises copies while two subscriptions deliver.
        recovery: Counts what is replayed in its outage.
        drops: Counts the notifications that are not accepted.

    Attributes:
        ahead: Seconds that the session's clock is ahead of the service's; None while not known.
    """

    def __init__(
        self, seen: SeenUuids, takeover: TakeOver, recovery: Recovery, drops: DropCounter
    ) -> None:
        self._seen = seen
        self._takeover = takeover
        self._recovery = recovery
        self._drops = drops
        self.ahead: float | None = None

    def accept_burst(
        self, connection: ConnectionState, burst: Burst, now: float
    ) -> list[Notification] | None:
        """Accept a whole burst, if all of it is ours and no take-over can repeat events.

        Returns:
            The new ones; None if each needs `is_ours` and `accept`.
        """
        takeover, notifications = self._takeover, burst.notifications
        if takeover.overlap is not None or takeover.earlier is not None:
            # Events may come that another connection has brought already.
            return None
        if known := connection.subscription_id:
            for notification in notifications:
                if notification.subscription_id != known and notification.subscription_id:
                    return None
        connection.served_at = now
        new = self._seen.new(notifications)
        if len(new) < len(notifications):
            self._drops.add(DropReason.SEEN_BEFORE, len(notifications) - len(new))
        if connection.phase is _REPLAYING:
            # Sent long ago, and not slowly.
            self._recovery.outage.replayed += len(new)
        else:
            self.ahead = connection.lag.note(notifications[-1], now, self.ahead)
        return new

    def is_ours(self, connection: ConnectionState, notification: Notification) -> bool:
        """Whether a notification belongs to our subscription; counted as dropped if not."""
        named, known = notification.subscription_id, connection.subscription_id
        # Before the answer the id is not known; and after subscribing once more there is nothing
        # better to do than to print: in doubt an event is printed.
        relaxed = connection.resubscribed and connection.phase is Phase.LIVE
        if not named or not known or named == known or relaxed:
            return True
        self._drops.add(DropReason.NOT_OURS)
        return False

    def accept(self, connection: ConnectionState, notification: Notification, now: float) -> bool:
        """Accept a notification of ours; return whether it is new."""
        connection.served_at = now
        is_replaying = connection.phase is _REPLAYING
        if not is_replaying:
            self.ahead = connection.lag.note(notification, now, self.ahead)
        if notification.uuid and not self._seen.add(notification.uuid):
            self._drops.add(DropReason.SEEN_BEFORE)
            return False
        if self._takeover.is_copy(connection, notification, now):
            self._drops.add(DropReason.TAKEOVER_COPY)
            if is_replaying:
                self._recovery.outage.copies += 1
            return False
        if is_replaying:
            self._recovery.outage.replayed += 1
        return True
