"""Replaces a connection before it ends, without missing or repeating an event.

A successor is opened and subscribed while the current connection still delivers; only then the
old subscription is deleted. While both deliver, copies are recognised by `Overlap`.
"""

from rc_tail.errors import RateLimitedError, RcTailError
from rc_tail.gateway.closing import OrderlyClose
from rc_tail.gateway.commands import Notice, RenewToken, SessionCommand, TookOver
from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.connections import Connections
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.overlap import NEW, OLD, Overlap
from rc_tail.gateway.recovery import Recovery
from rc_tail.gateway.renewal_plan import SOON, RenewalPlan, plan_renewal, seconds_to_outlive
from rc_tail.gateway.subscription_requests import SubscriptionRequests
from rc_tail.gateway.supervision import RETIRE_WITHIN, Phase

# Copies may still come after the replaced connection is closed.
_OVERLAP_LASTS = 30.0
_MOST_DELAY = 60.0


class TakeOver:
    """Plans the renewal of the current connection and carries it out.

    Attributes:
        overlap: Recognises copies while two subscriptions deliver; None while one does.
        earlier: The overlap of the take-over before, while its new connection may still bring
            copies; None once that is over.
        recovers_successor: Whether the session to be recovered is one that replaced another.
        orphans: Subscriptions of replaced connections that could not be deleted on them.
    """

    def __init__(
        self,
        connections: Connections,
        requests: SubscriptionRequests,
        recovery: Recovery,
        closing: OrderlyClose,
    ) -> None:
        self._connections = connections
        self._requests = requests
        self._recovery = recovery
        self._closing = closing
        self.overlap: Overlap | None = None
        self.earlier: Overlap | None = None
        self.recovers_successor = False
        self.orphans: set[str] = set()
        self._overlap_ends = 0.0
        self._plan: RenewalPlan | None = None
        self._failures = 0

    # When.

    def make_plan(self, connection: ConnectionState, now: float, *, successor: bool) -> None:
        """Plan how the end of a live connection is avoided.

        Args:
            successor: As for `plan_renewal`.
        """
        self._plan = plan_renewal(connection, now, successor=successor)
        # While a successor is being opened there is nothing more to plan.
        is_planned = self._plan is not None and self._connections.successor is None
        connection.renew_at = self._plan.at if self._plan is not None and is_planned else None

    def due(self, now: float) -> list[SessionCommand]:
        """Do what is planned for the current connection, if it is time."""
        current = self._connections.current
        if current is None or current.renew_at is None:
            return []
        if current.phase is not Phase.LIVE or now < current.renew_at:
            return []
        current.renew_at = None
        if self._plan is not None and self._plan.renews:
            min_life = seconds_to_outlive(current, now)
            return [RenewToken(current.number, current.oauth_session, min_life)]
        return self.open_successor(current, now)

    def renewal_failed(
        self, connection: ConnectionState, error: RcTailError, now: float
    ) -> list[SessionCommand]:
        """Handle that there is no other access token for a connection."""
        connections = self._connections
        if connection is not connections.current or connection.phase is not Phase.LIVE:
            return []
        if connections.successor is not None:
            return []
        if not error.retryable:
            # A new login is another OAuth session, which needs another connection.
            return self.open_successor(connection, now)
        self._retry_later(now)
        return [Notice("token", f"the access token could not be renewed: {error.message}")]

    # The successor.

    def open_successor(self, current: ConnectionState, now: float) -> list[SessionCommand]:
        """Open the connection that is to take over; later, while an earlier one still delivers."""
        if self.overlap is not None and not self._connections.is_current_alone:
            # Copies of its events would not be recognised any more. It is closed within seconds.
            current.renew_at = now + SOON
            return []
        current.renew_at, current.is_successor = None, False
        if self.overlap is not None:
            self.earlier, self.overlap = self.overlap, None
        min_life = seconds_to_outlive(current, now)
        return [self._connections.open_successor(now, min_life=min_life)]

    def start_overlap(self) -> None:
        """Remember events from now on: the successor may bring copies of them."""
        self.overlap = Overlap()

    def promote(
        self, connection: ConnectionState, created: str, now: float
    ) -> list[SessionCommand]:
        """Let the successor, whose subscription is confirmed, carry the events.

        Args:
            created: As for `Overlap.confirm`.
        """
        replaced = self._connections.promote()
        self._recovery.adopt(connection)
        self._failures = 0
        if self.overlap is not None:
            self.overlap.confirm(created)
        self._overlap_ends = now + _OVERLAP_LASTS
        reason = self._plan.reason if self._plan is not None else ""
        commands: list[SessionCommand] = [TookOver(reason)]
        if replaced is not None:
            replaced.replaced_at = now
            commands += self.retire(replaced, now)
        return commands

    def failed(self, error: RcTailError, now: float) -> list[SessionCommand]:
        """Keep the current connection, since its successor failed, and try again later."""
        self.overlap = None
        asked = error.retry_after if isinstance(error, RateLimitedError) else None
        delay = self._retry_later(now, at_least=asked or 0.0)
        words = f"{error.message}; keeping the current one, retrying in {delay:.0f} s"
        return [Notice("takeover", f"could not switch to a new connection: {words}")]

    def _retry_later(self, now: float, *, at_least: float = 0.0) -> float:
        self._failures = min(self._failures + 1, 16)
        delay: float = max(at_least, min(_MOST_DELAY, SOON * 2**self._failures))
        if self._connections.current is not None:
            self._connections.current.renew_at = now + delay
        return delay

    # What is left of a connection that was replaced or lost.

    def retire(self, connection: ConnectionState, now: float) -> list[SessionCommand]:
        """Close a connection that does not carry the events, and delete its subscription."""
        if not connection.is_open or not (connection.request_id or connection.subscription_id):
            return self._connections.abandon(connection)
        self._connections.release(connection)
        return self._closing.begin(connection, now, within=RETIRE_WITHIN)

    def current_lost(self, lost: ConnectionState, now: float) -> list[SessionCommand]:
        """Stop a take-over because the current connection was lost."""
        self.recovers_successor = lost.is_successor
        if self._connections.successor is None:
            return []
        # The lost session is recovered first: only that brings back what was missed, and again
        # what came on the successor.
        self._overlap_ends = now + _OVERLAP_LASTS
        return self.retire(self._connections.successor, now)

    def is_copy(self, connection: ConnectionState, notification: Notification, now: float) -> bool:
        """Return whether another connection brought this event already."""
        if self.earlier is not None and not connection.is_successor:
            if self.earlier.is_over(notification):
                self.earlier = None
            elif self.earlier.is_copy(notification, NEW, now):
                return True
        overlap, side = self.overlap, NEW if connection.is_successor else OLD
        if overlap is None:
            return False
        is_late = now >= self._overlap_ends and self._connections.is_current_alone
        if is_late and overlap.is_over(notification):
            self.overlap = None
            return False
        return overlap.is_copy(notification, side, now)

    def forget_copies(self) -> None:
        """Recognise no copies: the subscription is another one than before."""
        self.overlap = self.earlier = None

    def delete_orphans(self, now: float) -> list[SessionCommand]:
        """Delete the subscriptions of replaced connections that were lost too early."""
        current = self._connections.current
        if current is None or current.phase is not Phase.LIVE or not self.orphans:
            return []
        left = self.orphans.difference(current.deletes.values())
        return [self._requests.delete(current, subscription, now) for subscription in sorted(left)]
