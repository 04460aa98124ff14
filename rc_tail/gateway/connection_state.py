"""What is known of one connection."""

import msgspec

from rc_tail.gateway.delivery_lag import DeliveryLag
from rc_tail.gateway.messages import ConnectionDetails, Wsc
from rc_tail.gateway.supervision import Phase, Supervision


class TokenLife(msgspec.Struct, frozen=True):
    """The lifetime of the access token that a connection was opened with.

    Attributes:
        ends: When it expires.
        life: Its whole lifetime in seconds.
        refreshable: Whether the OAuth session can continue with another token.
    """

    ends: float
    life: float
    refreshable: bool


class ConnectionState(msgspec.Struct):
    """One connection, from the decision to open it to its end.

    Times are seconds on the session's clock; None means that nothing is pending.

    Attributes:
        number: Unique in its session.
        wsc: The token that it was opened with; empty for a new session.
        is_successor: Whether its session is the one that replaced, or is to replace, another.
        oauth_session: The OAuth session of its access token.
        token: The lifetime of that token; None when not known.
        newest_wsc: The newest token that recovers its session.
        limits: What the gateway announced for this connection.
        live_at: When its subscription was confirmed.
        replaced_at: When a successor took over.
        renew_at: When its token has to be renewed, or a successor to be opened.
        served_at: When the gateway last showed that it serves our subscription.
        request_id: The subscription request that has not been answered.
        retry_request_at: When a refused subscription is requested again.
        deletes: Subscriptions being deleted, by the id of the request.
        makes_room: Whether stale subscriptions are being deleted to make room for its own.
        made_room: Whether that has been tried.
        resubscribed: Whether it subscribed again after its subscription was replaced.
        last_error: What the gateway reported last; it often explains why it closes.
    """

    number: int
    wsc: str = ""
    is_successor: bool = False
    phase: Phase = Phase.OPENING
    oauth_session: str = ""
    token: TokenLife | None = None
    newest_wsc: Wsc | None = None
    limits: ConnectionDetails = msgspec.field(default_factory=ConnectionDetails)
    opened_at: float = 0.0
    live_at: float = 0.0
    replaced_at: float | None = None
    renew_at: float | None = None
    served_at: float = 0.0
    subscription_id: str = ""
    request_id: str = ""
    retry_request_at: float | None = None
    deletes: dict[str, str] = {}
    makes_room: bool = False
    made_room: bool = False
    resubscribed: bool = False
    last_error: str = ""
    lag: DeliveryLag = msgspec.field(default_factory=DeliveryLag)
    supervision: Supervision = msgspec.field(default_factory=Supervision)

    def enter(self, phase: Phase, now: float, *, within: float | None = None) -> None:
        """Change the phase, and start its time limit as `Supervision.enter` does."""
        self.phase = phase
        self.supervision.enter(phase, now, within=within)

    def opened(self, now: float) -> None:
        """The handshake is done: the gateway is to greet."""
        self.opened_at = now
        self.supervision.opened(now)
        self.enter(Phase.GREETING, now)

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent and received."""
        return self.phase not in (Phase.OPENING, Phase.GONE)

    @property
    def serves(self) -> bool:
        """Whether events come in on it."""
        return self.phase in (Phase.REPLAYING, Phase.LIVE)

    def deadline(self) -> float | None:
        """Return when something is due if nothing happens before; None for nothing."""
        due = self.supervision.deadline()
        for other in (self.retry_request_at, self.renew_at if self.phase is Phase.LIVE else None):
            if other is not None and (due is None or other < due):
                due = other
        return due

    def retry_request(self, at: float) -> None:
        """Request the subscription again at this time; until then no answer is due."""
        self.retry_request_at = at
        self.supervision.limit = None

    def take_answer(self, message_id: str) -> bool:
        """Return whether this answers the subscription request, which then is not pending."""
        if not message_id or message_id != self.request_id:
            return False
        self.request_id = ""
        return True

    def served_until(self, now: float, ahead: float | None) -> float:
        """Return since when events may be missing if the connection is given up now.

        Args:
            ahead: As for `DeliveryLag.since`.
        """
        until = self.supervision.alive_until(now)
        sent = self.lag.since(ahead)
        # The sign of life is as old as messages usually are when they come in.
        return until - self.lag.usual(ahead) if sent is None else min(until, sent)

    def unread_since(self, now: float, ahead: float | None) -> float | None:
        """Return since when events may be in transit on it that its successor does not bring.

        Args:
            ahead: As for `DeliveryLag.since`.

        Returns:
            None unless a successor took over.
        """
        if self.replaced_at is None:
            return None
        message_at = self.supervision.message_at
        return min(message_at, self.replaced_at, self.served_until(now, ahead))
