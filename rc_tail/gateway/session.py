"""The session: decides what to do about everything that can happen, without doing any of it.

Two rules hold everywhere:

1. What happens to a message is looked up in one table (`state_table`), by the phase of its
   connection and the type of the message. A pair that is not listed is a bug.
2. Nothing here reads a clock, a socket or a random number: the time is an argument, and what is to
   be done is returned as actions.

The protocol is that of RingCentral's developer guide ("Notifications over WebSockets", "Session
recovery", "Heart beats"); where the guide and the official SDKs disagree, what the SDKs do with
the live service wins.
"""

from collections.abc import Iterable, Sequence

from rc_tail.errors import NO_CLOSE_FRAME, ConnectionLostError, RcTailError
from rc_tail.gateway.batch_decoder import Burst
from rc_tail.gateway.closing import OrderlyClose
from rc_tail.gateway.commands import Close, Deliver, Gap, SessionCommand
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.connections import Connections
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.event_intake import EventIntake
from rc_tail.gateway.lifecycle import Lifecycle
from rc_tail.gateway.messages import (
    ConnectionDetails,
    Message,
    Notification,
)
from rc_tail.gateway.recovery import PreviousSession, Recovery
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.gateway.state_table import MessageHandlers
from rc_tail.gateway.subscription import Subscription
from rc_tail.gateway.subscription_requests import SubscriptionRequests
from rc_tail.gateway.supervision import Phase
from rc_tail.gateway.takeover import TakeOver


class Session:
    """One subscription, kept alive over as many connections as it takes.

    Args:
        filters: The event filters to subscribe to.
        retry: Decides when to try again and when to give up.
        seen: The uuids that were handed over.
        past: What an earlier run left behind, to be continued.
        drops: Counts the events that are not handed over.

    Attributes:
        table: The handler of each type of message in each phase of a connection.
    """

    def __init__(
        self,
        filters: Sequence[str],
        *,
        retry: RetryPolicy,
        seen: SeenUuids,
        past: PreviousSession | None = None,
        drops: DropCounter | None = None,
    ) -> None:
        self._connections = connections = Connections()
        self._recovery = recovery = Recovery(past)
        requests = SubscriptionRequests(filters)
        closing = OrderlyClose(connections, requests, recovery)
        self._takeover = takeover = TakeOver(connections, requests, recovery, closing)
        self._intake = intake = EventIntake(
            seen, takeover, recovery, DropCounter() if drops is None else drops
        )
        self._lifecycle = Lifecycle(
            connections=connections,
            requests=requests,
            recovery=recovery,
            closing=closing,
            takeover=takeover,
            intake=intake,
            retry=retry,
        )
        self._subscription = Subscription(
            connections=connections,
            requests=requests,
            recovery=recovery,
            takeover=takeover,
            intake=intake,
            lifecycle=self._lifecycle,
        )
        self.table = MessageHandlers(self._subscription, self._lifecycle).table

    # Connections.

    def start(self, now: float) -> list[SessionCommand]:
        """Begin."""
        return self._lifecycle.start(now)

    def opened(
        self,
        number: int,
        *,
        oauth_session: str,
        used_wsc: bool,
        now: float,
        token: TokenLife | None = None,
    ) -> list[SessionCommand]:
        """The handshake is done.

        Args:
            oauth_session: The OAuth session whose access token opened it.
            used_wsc: Whether it was opened with the token that recovers the session.
            token: The lifetime of that access token; None when not known.
        """
        connection = self._connections.by_number.get(number)
        if connection is None:
            return [Close(number)]
        connection.opened(now)
        self._connections.token_rejected = False
        connection.oauth_session = oauth_session
        connection.token = token
        if not used_wsc:
            connection.wsc = ""
        return []

    def open_failed(self, number: int, error: RcTailError, now: float) -> list[SessionCommand]:
        """The connection could not be opened."""
        connection = self._connections.by_number.get(number)
        return [] if connection is None else self._lifecycle.open_failed(connection, error, now)

    def connection_lost(self, number: int, error: RcTailError, now: float) -> list[SessionCommand]:
        """The connection was closed or broke."""
        connection = self._connections.by_number.get(number)
        if connection is None:
            return []
        reason = connection.last_error or error.message
        code = error.close_code if isinstance(error, ConnectionLostError) else NO_CLOSE_FRAME
        lost = ConnectionLostError(reason, close_code=code)
        return self._lifecycle.lost(connection, lost, now)

    def token_renewed(self, number: int, token: TokenLife, now: float) -> list[SessionCommand]:
        """The OAuth session continues with another access token."""
        connection = self._connections.by_number.get(number)
        if connection is not None:
            connection.token = token
            if connection is self._connections.current:
                self._takeover.make_plan(connection, now, successor=True)
        return []

    def renewal_failed(self, number: int, error: RcTailError, now: float) -> list[SessionCommand]:
        """There is no other access token of the OAuth session."""
        connection = self._connections.by_number.get(number)
        return [] if connection is None else self._takeover.renewal_failed(connection, error, now)

    def stale_found(
        self, number: int, subscriptions: Sequence[str], now: float
    ) -> list[SessionCommand]:
        """These subscriptions of ours belong to processes that have exited."""
        connection = self._connections.by_number.get(number)
        if connection is None:
            return []
        return self._subscription.stale_found(connection, subscriptions, now)

    # Time.

    def tick(self, now: float) -> list[SessionCommand]:
        """Time has passed."""
        return self._lifecycle.tick(now)

    def next_deadline(self) -> float | None:
        """When `tick` must be called at the latest; None after the end."""
        return self._lifecycle.next_deadline()

    def woke(self, now: float) -> list[SessionCommand]:
        """The machine, or this program, slept: no connection can be trusted."""
        return self._lifecycle.woke(now)

    def stop(
        self,
        now: float,
        error: RcTailError | None = None,
        *,
        keep: bool = False,
        is_complete: bool = False,
    ) -> list[SessionCommand]:
        """End: delete the subscription, which would count for a day, and close.

        Args:
            error: Why; None on request.
            keep: Whether the subscription is to be continued by a later run.
            is_complete: Whether all that was requested has come: then nothing more can be missing.
        """
        return self._lifecycle.stop(now, error, keep=keep, is_complete=is_complete)

    # Messages.

    def frame_came(self, number: int, now: float) -> None:
        """A frame came in that is not a message, such as a pong."""
        connection = self._connections.by_number.get(number)
        if connection is not None:
            connection.supervision.frame_came(now)

    def message_dropped(self, number: int, why: str, now: float) -> list[SessionCommand]:
        """An unreadable message came in: one event may be lost with it."""
        connection = self._connections.by_number.get(number)
        if connection is None:
            return []
        start = connection.supervision.heard
        connection.supervision.frame_came(now)
        return [Gap(start, now, why, recovered=False, events=1)]

    def receive(
        self, number: int, messages: Iterable[Message | Burst], now: float
    ) -> list[SessionCommand]:
        """Messages came in, in this order."""
        commands: list[SessionCommand] = []
        fresh: list[Notification] = []
        for message in messages:
            connection = self._connections.by_number.get(number)
            if connection is None:
                break
            new = None
            if isinstance(message, Burst):
                new = self._intake.accept_burst(connection, message, now)
            if new is not None:
                connection.supervision.message_came(now)
                connection.last_error = ""
                if message.wsc is not None:
                    is_current = connection is self._connections.current
                    self._recovery.keep_newest(connection, message.wsc, is_current=is_current)
                fresh += new
            else:
                fresh = self._receive_singly(number, message, now, fresh=fresh, commands=commands)
        if fresh:
            commands.append(Deliver(fresh))
        return commands

    def _receive_singly(
        self,
        number: int,
        received: Message | Burst,
        now: float,
        *,
        fresh: list[Notification],
        commands: list[SessionCommand],
    ) -> list[Notification]:
        """Receive messages one by one; return `fresh` with those that are to be delivered next."""
        for message in [received] if isinstance(received, Message) else received.messages():
            connection = self._connections.by_number.get(number)
            if connection is None:
                break
            connection.supervision.message_came(now)
            connection.last_error = ""
            content = message.content
            if message.wsc is not None:
                is_current = connection is self._connections.current
                # After a recovery the new connection counts from the start: its first one wins.
                restarts = isinstance(content, ConnectionDetails)
                self._recovery.keep_newest(
                    connection, message.wsc, is_current=is_current, restarts=restarts
                )
            if isinstance(content, Notification) and self._intake.is_ours(connection, content):
                if self._intake.accept(connection, content, now):
                    fresh.append(content)
                continue
            if fresh:
                commands.append(Deliver(fresh))
                fresh = []
            commands += self.table[connection.phase][type(content)](connection, content, now)
        return fresh

    # Status.

    @property
    def is_stopping(self) -> bool:
        """Whether it is to end, or has ended."""
        return self._lifecycle.is_stopping

    @property
    def live_since(self) -> float | None:
        """When the present subscription was confirmed; None while there is none."""
        current = self._connections.current
        return current.live_at if current is not None and current.phase is Phase.LIVE else None

    @property
    def heard(self) -> float | None:
        """When the last frame came in on the current connection; None while it is not open."""
        current = self._connections.current
        return current.supervision.heard if current is not None and current.is_open else None

    @property
    def lost_at(self) -> float | None:
        """Since when events may be missing; None while none are."""
        return self._recovery.outage.since

    @property
    def subscription_id(self) -> str:
        """The subscription that exists on the service; empty when there is none."""
        return self._recovery.subscription_id

    def behind_since(self, now: float) -> float | None:
        """Return since when events may be in transit, which would be lost if the program ended.

        On a slow network, or on a replaced connection that has not been read to its end.

        Returns:
            None where they come at once.
        """
        connections, ahead = self._connections, self._intake.ahead
        current = connections.current
        slow = current.lag.since(ahead) if current is not None else None
        if connections.is_current_alone:
            return slow
        replaced = [c.unread_since(now, ahead) for c in connections.replaced()]
        return min((since for since in (slow, *replaced) if since is not None), default=None)

    def past(self, now: float) -> PreviousSession:
        """Return what a later run needs to continue this session."""
        heard = self.heard
        return self._recovery.past(now if heard is None else heard)
