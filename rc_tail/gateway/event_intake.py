"""Which notifications are ours and new: the path of every event."""

from rc_tail.gateway.batch_decoder import Burst
from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.delivery_lag import closest_offset
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.recovery import Recovery
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.gateway.supervision import Phase
from rc_tail.gateway.takeover import TakeOver


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

    def is_plain(self, connection: ConnectionState, burst: Burst) -> bool:
        """Whether all of a burst is ours, and only repeated uuids can be in it."""
        if self._takeover.may_repeat:
            return False
        known = connection.subscription_id
        return not known or {n.subscription_id for n in burst.notifications} <= {known, ""}

    def accept_burst(
        self, connection: ConnectionState, burst: Burst, now: float
    ) -> list[Notification]:
        """Accept the notifications of a plain burst; return the new ones."""
        connection.served_at = now
        add = self._seen.add
        new = [n for n in burst.notifications if not n.uuid or add(n.uuid)]
        if len(new) < len(burst.notifications):
            self._drops.add(DropReason.SEEN_BEFORE, len(burst.notifications) - len(new))
        if connection.phase is Phase.REPLAYING:
            self._recovery.outage.replayed += len(new)
        else:
            self._note_lag(connection, burst.notifications[-1], now)
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
        is_replaying = connection.phase is Phase.REPLAYING
        if not is_replaying:
            self._note_lag(connection, notification, now)
        if notification.uuid and not self._seen.add(notification.uuid):
            self._drops.add(DropReason.SEEN_BEFORE)
            return False
        if self._takeover.may_repeat and self._takeover.is_copy(connection, notification, now):
            self._drops.add(DropReason.TAKEOVER_COPY)
            if is_replaying:
                self._recovery.outage.copies += 1
            return False
        if is_replaying:
            self._recovery.outage.replayed += 1
        return True

    def _note_lag(
        self, connection: ConnectionState, notification: Notification, now: float
    ) -> None:
        # Not of what is replayed: that was sent long ago, and not slowly.
        self.ahead = closest_offset(self.ahead, connection.lag.note(notification, now))
