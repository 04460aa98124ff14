"""What a message means: one table, by the phase of its connection and the type of the message."""

from collections.abc import Callable, Mapping
from typing import Any

from rc_tail.gateway.commands import Notice, SessionCommand
from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.lifecycle import Lifecycle
from rc_tail.gateway.messages import (
    ConnectionDetails,
    ErrorMessage,
    Heartbeat,
    Notification,
    Response,
    UnknownMessage,
)
from rc_tail.gateway.subscription import Subscription, as_refusal
from rc_tail.gateway.supervision import Phase

Handler = Callable[[ConnectionState, Any, float], list[SessionCommand]]
StateTable = Mapping[Phase, Mapping[type, Handler]]


class MessageHandlers:
    """Handles each type of message in each phase of a connection.

    Attributes:
        table: The handlers. A pair that is not listed is a bug.
    """

    def __init__(self, subscription: Subscription, lifecycle: Lifecycle) -> None:
        self._subscription = subscription
        self._lifecycle = lifecycle
        self.table: StateTable = self._state_table()

    def _state_table(self) -> StateTable:
        subscription = self._subscription
        usual: Mapping[type, Handler] = {
            ConnectionDetails: subscription.more_details,
            Response: subscription.other_answer,
            Notification: subscription.replaced,
            ErrorMessage: self._server_error,
            Heartbeat: self._echoed,
            UnknownMessage: self._unknown,
        }
        return {
            Phase.GREETING: {
                **usual,
                ConnectionDetails: subscription.greeted,
                ErrorMessage: subscription.not_greeted,
                Response: self._ignored,
                Heartbeat: self._ignored,
            },
            Phase.SUBSCRIBING: {
                **usual,
                Response: subscription.answered,
                ErrorMessage: self._error_while_subscribing,
                Notification: self._ignored,
            },
            Phase.REPLAYING: {**usual, Heartbeat: self._replay_ended},
            Phase.LIVE: usual,
            Phase.LEAVING: {
                **usual,
                Response: subscription.answered_while_leaving,
                ErrorMessage: self._error_while_leaving,
                Notification: self._ignored,
            },
        }

    def _error_while_subscribing(
        self, connection: ConnectionState, error: ErrorMessage, now: float
    ) -> list[SessionCommand]:
        if error.message_id and error.message_id == connection.request_id:
            return self._subscription.answered(connection, as_refusal(error), now)
        return self._server_error(connection, error, now)

    def _error_while_leaving(
        self, connection: ConnectionState, error: ErrorMessage, now: float
    ) -> list[SessionCommand]:
        if error.message_id and error.message_id in (*connection.deletes, connection.request_id):
            return self._subscription.answered_while_leaving(connection, as_refusal(error), now)
        return self._server_error(connection, error, now)

    def _server_error(
        self, connection: ConnectionState, error: ErrorMessage, _now: float
    ) -> list[SessionCommand]:
        words = f"{error.refusal.message or 'no message'} ({error.refusal.code or 'no code'})"
        # Idle (WSG-902) and absolute (WSG-903) time-outs are announced before the close.
        connection.last_error = f"the gateway reported an error: {words}"
        return [Notice("gateway_error", connection.last_error)]

    def _echoed(
        self, connection: ConnectionState, beat: Heartbeat, _now: float
    ) -> list[SessionCommand]:
        sent_at = connection.supervision.heartbeat_echoed(beat.message_id)
        if sent_at is not None:
            connection.lag.answered(sent_at)
        return []

    def _replay_ended(
        self, connection: ConnectionState, beat: Heartbeat, now: float
    ) -> list[SessionCommand]:
        if beat.message_id != connection.supervision.heartbeat_id:
            return []
        self._echoed(connection, beat, now)
        return self._lifecycle.became_live(connection, now, filters=None, recovered=True)

    def _ignored(
        self, _connection: ConnectionState, _content: Any, _now: float
    ) -> list[SessionCommand]:
        return []

    def _unknown(
        self, _connection: ConnectionState, message: UnknownMessage, _now: float
    ) -> list[SessionCommand]:
        return [Notice("unknown_message", f"ignored a message of unknown type {message.type!r}")]
