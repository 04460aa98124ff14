"""Connections are opened, lost, retried and closed, until the session ends."""

from collections.abc import Sequence

from rc_tail.errors import AuthError, ConnectionLostError, RateLimitedError, RcTailError
from rc_tail.gateway.closing import OrderlyClose
from rc_tail.gateway.commands import Gap, Ready, Reconnecting, SessionCommand, Stop
from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.connections import Connections
from rc_tail.gateway.event_intake import EventIntake
from rc_tail.gateway.recovery import Recovery
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.subscription_requests import SubscriptionRequests
from rc_tail.gateway.supervision import LEAVE_WITHIN, TIME_LIMITS, Phase
from rc_tail.gateway.takeover import TakeOver


class Lifecycle:
    """Decides what becomes of a session when a connection opens, works, fails or must end.

    Args:
        retry: Decides when to try again and when to give up.
    """

    def __init__(
        self,
        *,
        connections: Connections,
        requests: SubscriptionRequests,
        recovery: Recovery,
        closing: OrderlyClose,
        takeover: TakeOver,
        intake: EventIntake,
        retry: RetryPolicy,
    ) -> None:
        self._connections = connections
        self._requests = requests
        self._recovery = recovery
        self._closing = closing
        self._takeover = takeover
        self._intake = intake
        self._retry = retry
        self._retry_at: float | None = None
        self._was_ready = False
        self._token_rejections = 0
        self._stop: Stop | None = None
        self._has_ended = False
        # The connection that was to bring events up to the end, if there was one.
        self._listened_to_end: ConnectionState | None = None

    # Opening.

    def start(self, now: float) -> list[SessionCommand]:
        """Open the first connection."""
        self._retry.offline(now)
        return self._connect(now)

    def open_failed(
        self, connection: ConnectionState, error: RcTailError, now: float
    ) -> list[SessionCommand]:
        """Try again later to open a connection, or give up."""
        if connection is self._connections.successor:
            return self._connections.abandon(connection) + self._takeover.failed(error, now)
        self._connections.remove(connection)
        return self._retry_later(error, now)

    def _connect(self, now: float) -> list[SessionCommand]:
        self._retry_at = None
        connect = self._connections.open_current(
            now,
            wsc=self._recovery.usable_wsc(now),
            oauth_session=self._recovery.oauth_session,
            is_successor=self._takeover.recovers_successor,
        )
        return [connect]

    def _retry_later(self, error: RcTailError, now: float) -> list[SessionCommand]:
        delay = self._retry.after(error, now)
        if delay is None:
            return self.stop(now, error)
        self._retry_at = now + delay
        return [Reconnecting(error.message, delay, isinstance(error, RateLimitedError))]

    # Working.

    def became_live(
        self,
        connection: ConnectionState,
        now: float,
        *,
        filters: Sequence[str] | None,
        recovered: bool = False,
        successor: bool = False,
    ) -> list[SessionCommand]:
        """Report that events come in on a connection.

        Args:
            connection: The current connection.
            filters: The active filters; None where the service does not say.
            recovered: Whether it recovered the session of the one before.
            successor: Whether it took over from the one before.
        """
        connection.enter(Phase.LIVE, now)
        self._retry.ready(now)
        connection.served_at = connection.live_at = now
        self._token_rejections = 0
        self._takeover.make_plan(connection, now, successor=successor)
        commands: list[SessionCommand] = []
        if not successor:
            if not recovered:
                # Another subscription: nothing of it is a copy of what came before.
                self._takeover.forget_copies()
            is_first, self._was_ready = not self._was_ready, True
            commands.append(Ready(is_first, None if filters is None else tuple(filters)))
        # After a take-over nothing is missing, unless the subscription was lost before.
        commands += self._end_outage(now, recovered=recovered)
        return commands + self._takeover.delete_orphans(now)

    def _end_outage(self, now: float, *, recovered: bool = False) -> list[Gap]:
        buffer_size = self._recovery.limits.recovery_buffer_size
        return self._recovery.outage.end(now, recovered=recovered, buffer=buffer_size)

    # Failing.

    def lost(
        self, connection: ConnectionState, error: RcTailError, now: float
    ) -> list[SessionCommand]:
        """Give a connection up."""
        if self._stop is not None:
            gap = self._unread(connection, error, now) or self._unheard(connection, error, now)
            return gap + self._connections.abandon(connection) + self._end_if_closed()
        if connection is self._connections.successor:
            return self._connections.abandon(connection) + self._takeover.failed(error, now)
        if connection is not self._connections.current:
            self._takeover.orphans |= {connection.subscription_id} - {""}
            gap = self._unread(connection, error, now)
            commands = gap + self._connections.abandon(connection)
            return commands + self._takeover.delete_orphans(now)
        if self._was_ready:
            since = connection.served_until(now, self._intake.ahead)
            unsure = not (isinstance(error, ConnectionLostError) and error.in_order)
            outage = self._recovery.outage
            unsure = unsure and connection.serves
            outage.begin(since, error.message, unsure=unsure, lost_at=now)
        commands = self._connections.abandon(connection)
        commands += self._takeover.current_lost(connection, now)
        return commands + self._retry_later(error, now)

    def _unread(
        self, connection: ConnectionState, error: RcTailError, now: float
    ) -> list[SessionCommand]:
        """Report what a replaced connection may not have delivered."""
        start = connection.unread_since(now, self._intake.ahead)
        return [] if start is None else [Gap(start, now, error.message, recovered=False)]

    def _unheard(
        self, connection: ConnectionState, error: RcTailError, now: float
    ) -> list[SessionCommand]:
        """Report what may be missing because the link was dead when the run ended."""
        if connection is not self._listened_to_end or not connection.deletes:
            return []
        if isinstance(error, ConnectionLostError) and error.in_order:
            return []
        start = connection.served_until(now, self._intake.ahead)
        return [Gap(start, now, error.message, recovered=False)]

    def refused(
        self, connection: ConnectionState, error: RcTailError, now: float
    ) -> list[SessionCommand]:
        """Handle that the subscription is refused for good."""
        if connection is self._connections.successor:
            return self._takeover.retire(connection, now) + self._takeover.failed(error, now)
        return self.stop(now, error)

    def refused_for_now(
        self, connection: ConnectionState, error: RcTailError, now: float
    ) -> list[SessionCommand]:
        """Request the subscription again later on the same connection, or give up."""
        if connection is self._connections.successor:
            return self.refused(connection, error, now)
        delay = self._retry.after(error, now)
        if delay is None:
            return self.stop(now, error)
        connection.retry_request(now + delay)
        return [Reconnecting(error.message, delay, isinstance(error, RateLimitedError))]

    def token_refused(
        self, connection: ConnectionState, error: RcTailError, now: float
    ) -> list[SessionCommand]:
        """Connect with another access token, once."""
        self._token_rejections += 1
        if self._token_rejections > 1:
            # A new access token was refused as well: waiting does not help.
            refused = AuthError(error.message, hint=error.hint, code=error.code)
            return self.refused(connection, refused, now)
        self._connections.token_rejected = True
        return self.lost(connection, error, now)

    def woke(self, now: float) -> list[SessionCommand]:
        """Give the connections up after a sleep."""
        current, successor = self._connections.current, self._connections.successor
        if self._stop is not None or current is None:
            return self.tick(now)
        commands = self._connections.abandon(successor) if successor is not None else []
        if not current.is_open:
            return commands + self._connections.abandon(current) + self._connect(now)
        commands += self.lost(current, ConnectionLostError("the machine was suspended"), now)
        # What was read only now says nothing about the clocks.
        self._intake.ahead = None
        return commands

    # Time.

    def tick(self, now: float) -> list[SessionCommand]:
        """Do what is due."""
        connections = self._connections
        if (late := self._outlasted(now)) is not None:
            return self.stop(now, late)
        if connections.current is None and self._retry_at is not None and now >= self._retry_at:
            return self._connect(now)
        commands: list[SessionCommand] = []
        for connection in connections.ordered():
            # What is done about one may close another.
            if connection.number in connections.by_number:
                if reason := connection.supervision.overdue(now):
                    commands += self.lost(connection, ConnectionLostError(reason), now)
                else:
                    commands += self._requests.due(connection, now)
        return commands + self._takeover.due(now)

    def _outlasted(self, now: float) -> RcTailError | None:
        """Return why to give up although a step is still under way; None to wait for it."""
        current, ends_at = self._connections.current, self._retry.gives_up_at()
        if self._stop is not None or current is None or ends_at is None or now < ends_at:
            return None
        _, reason = TIME_LIMITS.get(current.phase, (0.0, "the missed events were not replayed"))
        return ConnectionLostError(reason)

    def next_deadline(self) -> float | None:
        """Return when something is due; None after the end."""
        if self._has_ended:
            return None
        due = self._retry_at if self._connections.current is None else None
        if self._stop is None and self._connections.current is not None:
            due = self._retry.gives_up_at()
        for connection in self._connections.by_number.values():
            at = connection.deadline()
            if at is not None and (due is None or at < due):
                due = at
        return due

    # Ending.

    def stop(
        self,
        now: float,
        error: RcTailError | None = None,
        *,
        keep: bool = False,
        is_complete: bool = False,
    ) -> list[SessionCommand]:
        """End the session.

        Args:
            error: Why; None on request.
            keep: Whether a later run is to continue it.
            is_complete: Whether all that was requested has come: then nothing more can be missing.
        """
        if self._stop is not None:
            return []
        self._stop, self._closing.keeps_session = Stop(error), keep
        current = self._connections.current
        if current is not None and current.phase is Phase.LIVE and not keep and not is_complete:
            self._listened_to_end = current
        commands: list[SessionCommand] = [*self._end_outage(now)] if not keep else []
        self._retry_at = None
        for connection in self._connections.ordered():
            if not connection.is_open or connection.phase is Phase.GREETING:
                commands += self._connections.dismiss(connection)
            else:
                commands += self._closing.begin(connection, now, within=LEAVE_WITHIN)
        return commands + self._end_if_closed()

    @property
    def is_stopping(self) -> bool:
        """Whether it is to end, or has ended."""
        return self._stop is not None

    def continue_closing(self, connection: ConnectionState, now: float) -> list[SessionCommand]:
        """Delete what is left to be deleted on a leaving connection, or close it."""
        return self._closing.proceed(connection, now) + self._end_if_closed()

    def dismiss(self, connection: ConnectionState) -> list[SessionCommand]:
        """Close a leaving connection that has nothing left to delete."""
        return self._connections.dismiss(connection) + self._end_if_closed()

    def _end_if_closed(self) -> list[SessionCommand]:
        """Report the end, once, when the last connection of a stopped session is closed."""
        if self._stop is None or self._has_ended or self._connections.by_number:
            return []
        self._has_ended = True
        return [self._stop]
