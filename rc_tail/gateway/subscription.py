"""Subscribes, and decides what the answers mean."""

from collections.abc import Sequence

from rc_tail.errors import ConnectionLostError, TemporaryError
from rc_tail.gateway.commands import (
    FiltersDisabled,
    FindStale,
    Notice,
    SessionCommand,
    SubscriptionChanged,
)
from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.connections import Connections
from rc_tail.gateway.delivery_lag import clock_offset
from rc_tail.gateway.event_intake import EventIntake
from rc_tail.gateway.lifecycle import Lifecycle
from rc_tail.gateway.messages import (
    ConnectionDetails,
    DisabledFilter,
    ErrorMessage,
    Notification,
    Response,
)
from rc_tail.gateway.recovery import Recovery
from rc_tail.gateway.subscription_errors import TOO_MANY_SUBSCRIPTIONS, subscription_error
from rc_tail.gateway.subscription_requests import SubscriptionRequests
from rc_tail.gateway.supervision import Phase
from rc_tail.gateway.takeover import TakeOver

RECOVERED = "Successful"


class Subscription:
    """Gets the subscription confirmed: retries, makes room for it, or gives up."""

    def __init__(
        self,
        *,
        connections: Connections,
        requests: SubscriptionRequests,
        recovery: Recovery,
        takeover: TakeOver,
        intake: EventIntake,
        lifecycle: Lifecycle,
    ) -> None:
        self._connections = connections
        self._requests = requests
        self._recovery = recovery
        self._takeover = takeover
        self._intake = intake
        self._lifecycle = lifecycle
        self._disabled: tuple[DisabledFilter, ...] = ()

    def request(self, connection: ConnectionState, now: float) -> list[SessionCommand]:
        """Subscribe on a connection."""
        if connection is self._connections.successor:
            self._takeover.start_overlap()
        return [self._requests.subscribe(connection, now)]

    def greeted(
        self, connection: ConnectionState, details: ConnectionDetails, now: float
    ) -> list[SessionCommand]:
        """Wait for the replay of a recovered session, or subscribe."""
        self._keep_limits(connection, details)
        if connection.wsc and details.recovery_state == RECOVERED:
            connection.enter(Phase.REPLAYING, now)
            connection.subscription_id = self._recovery.subscription_id
            # Its echo follows the last replayed event.
            return [self._requests.heartbeat(connection, now)]
        commands: list[SessionCommand] = []
        obsolete = self._recovery.subscription_id
        if obsolete and connection is self._connections.current:
            commands.append(self._requests.delete(connection, obsolete, now))
        return commands + self.request(connection, now)

    def not_greeted(
        self, connection: ConnectionState, error: ErrorMessage, now: float
    ) -> list[SessionCommand]:
        """Give up a connection that the gateway refuses instead of greeting."""
        if connection is self._connections.current:
            self._recovery.wsc = None
        words = f"{error.refusal.code} {error.refusal.message}".strip() or "no reason given"
        lost = ConnectionLostError(f"the gateway refused: {words}")
        return self._lifecycle.lost(connection, lost, now)

    def more_details(
        self, connection: ConnectionState, details: ConnectionDetails, _now: float
    ) -> list[SessionCommand]:
        """Keep limits that are announced later."""
        if details.recovery_timeout is not None:
            self._keep_limits(connection, details)
        return []

    def _keep_limits(self, connection: ConnectionState, details: ConnectionDetails) -> None:
        connection.limits = details
        if connection is self._connections.current:
            self._recovery.limits = details

    def replaced(
        self, connection: ConnectionState, _foreign: Notification, now: float
    ) -> list[SessionCommand]:
        """Subscribe again, since events of another subscription come in."""
        connection.resubscribed = True
        if connection is self._connections.current:
            # It may have been replaced at any time since the last event of ours.
            since, outage = connection.served_at, self._recovery.outage
            outage.begin(since, "the subscription was replaced", unsure=False, lost_at=now)
        notice = Notice(
            "subscription_replaced",
            "received events of another subscription; subscribing again",
            warn=True,
        )
        return [notice, *self.request(connection, now)]

    def stale_found(
        self, connection: ConnectionState, subscriptions: Sequence[str], now: float
    ) -> list[SessionCommand]:
        """Delete stale subscriptions to make room for ours; without any, give up."""
        if not connection.makes_room:
            return []
        if subscriptions:
            return [self._requests.delete(connection, stale, now) for stale in subscriptions]
        connection.makes_room = False
        return self._lifecycle.refused(connection, subscription_error(_NO_ROOM), now)

    # Answers.

    def answered(
        self, connection: ConnectionState, response: Response, now: float
    ) -> list[SessionCommand]:
        """Handle a response, perhaps the one to the subscription request."""
        if not connection.take_answer(response.message_id):
            return self.other_answer(connection, response, now)
        if not response.ok:
            return self._refused(connection, response, now)
        disabled = tuple(response.disabled_filters())
        filters = response.event_filters()
        commands: list[SessionCommand] = []
        if disabled != self._disabled:
            self._disabled = disabled
            commands.append(FiltersDisabled(disabled))
        self._intake.ahead = clock_offset(response.created, now)
        commands += self._granted(connection, response.subscription_id)
        if filters == [] and disabled:
            return commands + self._lifecycle.refused(connection, subscription_error(response), now)
        successor = connection is self._connections.successor
        if successor:
            commands += self._takeover.promote(connection, response.created, now)
        return commands + self._lifecycle.became_live(
            connection, now, filters=filters, successor=successor
        )

    def _granted(self, connection: ConnectionState, subscription_id: str) -> list[SessionCommand]:
        connection.subscription_id = subscription_id
        if connection is self._connections.current:
            self._recovery.subscription_id = subscription_id
        return [SubscriptionChanged(subscription_id, active=True)]

    def other_answer(
        self, connection: ConnectionState, response: Response, now: float
    ) -> list[SessionCommand]:
        """Handle the response to a request to delete a subscription."""
        deleted = connection.deletes.pop(response.message_id, "")
        # Not tried again: what could not be deleted would not be at a second try either.
        self._takeover.orphans.discard(deleted)
        commands: list[SessionCommand] = []
        if deleted and (response.ok or response.status == 404):
            if deleted == self._recovery.subscription_id:
                self._recovery.subscription_id = ""
            if deleted == connection.subscription_id:
                connection.subscription_id = ""
            commands.append(SubscriptionChanged(deleted, active=False))
        if connection.makes_room and not connection.deletes:
            connection.makes_room = False
            commands += self.request(connection, now)
        return commands

    def answered_while_leaving(
        self, connection: ConnectionState, response: Response, now: float
    ) -> list[SessionCommand]:
        """Delete what was granted too late; close once everything is deleted."""
        if connection.take_answer(response.message_id):
            granted = response.subscription_id if response.ok else ""
            commands = self._granted(connection, granted) if granted else []
            return commands + self._lifecycle.continue_closing(connection, now)
        was_pending = response.message_id in connection.deletes
        commands = self.other_answer(connection, response, now)
        if was_pending and not connection.deletes and not connection.request_id:
            commands += self._lifecycle.dismiss(connection)
        return commands

    # Refusals.

    def _refused(
        self, connection: ConnectionState, response: Response, now: float
    ) -> list[SessionCommand]:
        error = subscription_error(response)
        if response.status == 401:
            return self._lifecycle.token_refused(connection, error, now)
        if isinstance(error, TemporaryError):
            return self._lifecycle.refused_for_now(connection, error, now)
        if error.code == TOO_MANY_SUBSCRIPTIONS and not connection.made_room:
            connection.makes_room = connection.made_room = True
            used = {c.subscription_id for c in self._connections.by_number.values()}
            used.add(self._recovery.subscription_id)
            return [FindStale(connection.number, frozenset(used - {""}))]
        return self._lifecycle.refused(connection, error, now)


_NO_ROOM = Response("", 403, {"errorCode": TOO_MANY_SUBSCRIPTIONS})


def as_refusal(error: ErrorMessage) -> Response:
    """Return the response that an error message amounts to: it grants nothing."""
    status = error.status if error.status >= 300 else 400
    return Response(error.message_id, status, error.body, error.headers)
