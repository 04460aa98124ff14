"""The requests that a session sends: subscribe, delete a subscription, heartbeat."""

from collections.abc import Sequence

from rc_tail.gateway.commands import SendPing, SendText, SessionCommand
from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.messages import delete_request, heartbeat, subscribe_request
from rc_tail.gateway.supervision import Phase


class SubscriptionRequests:
    """Writes requests with unique ids, and notes on the connection what must be answered.

    Args:
        filters: The event filters to subscribe to.
    """

    def __init__(self, filters: Sequence[str]) -> None:
        self._filters = tuple(filters)
        self._sent = 0

    def subscribe(self, connection: ConnectionState, now: float) -> SessionCommand:
        """Request the subscription."""
        connection.enter(Phase.SUBSCRIBING, now)
        connection.supervision.sent_at = now
        connection.retry_request_at = None
        connection.request_id = self._next_id()
        return SendText(connection.number, subscribe_request(connection.request_id, self._filters))

    def delete(
        self, connection: ConnectionState, subscription_id: str, now: float
    ) -> SessionCommand:
        """Request that a subscription be deleted, not necessarily the connection's own."""
        request_id = self._next_id()
        connection.deletes[request_id] = subscription_id
        connection.supervision.sent_at = now
        return SendText(connection.number, delete_request(request_id, subscription_id))

    def heartbeat(self, connection: ConnectionState, now: float) -> SessionCommand:
        """Send a heartbeat, which the gateway echoes after everything that it sent before."""
        heartbeat_id = self._next_id()
        connection.supervision.heartbeat_sent(heartbeat_id, now)
        return SendText(connection.number, heartbeat(heartbeat_id))

    def due(self, connection: ConnectionState, now: float) -> list[SessionCommand]:
        """Send what is due: the subscription again, a ping, a heartbeat."""
        commands: list[SessionCommand] = []
        supervision = connection.supervision
        if connection.retry_request_at is not None and now >= connection.retry_request_at:
            commands.append(self.subscribe(connection, now))
        if supervision.needs_ping(now):
            supervision.ping_at = now
            commands.append(SendPing(connection.number))
        if supervision.needs_heartbeat(now):
            commands.append(self.heartbeat(connection, now))
        return commands

    def _next_id(self) -> str:
        self._sent += 1
        return f"rc-tail-{self._sent}"
