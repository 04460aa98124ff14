"""Closes connections in order: what must not outlive them is deleted first."""

from rc_tail.gateway.commands import Close, SessionCommand
from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.connections import Connections
from rc_tail.gateway.recovery import Recovery
from rc_tail.gateway.subscription_requests import SubscriptionRequests
from rc_tail.gateway.supervision import Phase


class OrderlyClose:
    """Deletes the subscription of a connection, then closes it.

    Attributes:
        keeps_session: Whether a later run is to continue the current session: its subscription
            is not deleted.
    """

    def __init__(
        self, connections: Connections, requests: SubscriptionRequests, recovery: Recovery
    ) -> None:
        self._connections = connections
        self._requests = requests
        self._recovery = recovery
        self.keeps_session = False

    def begin(
        self, connection: ConnectionState, now: float, *, within: float
    ) -> list[SessionCommand]:
        """Start to close a connection.

        Args:
            within: Seconds until it is given up.
        """
        connection.enter(Phase.LEAVING, now, within=within)
        connection.makes_room, connection.retry_request_at = False, None
        return self.proceed(connection, now)

    def proceed(self, connection: ConnectionState, now: float) -> list[SessionCommand]:
        """Delete what is left, or close when no answer is pending."""
        if connection.request_id:
            # The subscription may still be granted: then it has to be deleted too.
            return []
        left = self._subscription_to_delete(connection)
        if left and left not in connection.deletes.values():
            return [self._requests.delete(connection, left, now)]
        if connection.deletes:
            return []
        if self._keeps(connection):
            # Events that come until the gateway has closed as well count as received.
            return [Close(connection.number)]
        return self._connections.dismiss(connection)

    def _subscription_to_delete(self, connection: ConnectionState) -> str:
        if self._keeps(connection):
            return ""
        is_current = connection is self._connections.current
        return connection.subscription_id or (self._recovery.subscription_id if is_current else "")

    def _keeps(self, connection: ConnectionState) -> bool:
        return self.keeps_session and connection is self._connections.current
