"""What is known of one connection: its state, and the clocks that keep it honest."""

from enum import Enum, auto

import msgspec

from rc_tail.gateway.delivery_lag import DeliveryLag
from rc_tail.gateway.messages import ConnectionDetails, Wsc

SILENCE = 20.0  # seconds without a frame before we ask with a ping
PONG_WITHIN = 10.0
HEARTBEAT_AFTER = 60.0  # since our last message: pings do not hold the service's idle timer
ANSWER_WITHIN = 10.0
OPEN_WITHIN = 120.0  # token calls may wait for another process's renewal
GREETING_WITHIN = 20.0
SUBSCRIBED_WITHIN = 30.0
LEAVE_WITHIN = 2.0
RETIRE_WITHIN = 10.0  # a connection that was replaced; others do its work meanwhile


class Phase(Enum):
    """The states of a connection."""

    OPENING = auto()  # tokens are fetched, the handshake is on its way
    GREETING = auto()  # open; nothing may be sent before ConnectionDetails
    SUBSCRIBING = auto()
    REPLAYING = auto()  # recovered; the events missed meanwhile are coming in
    LIVE = auto()
    LEAVING = auto()  # the subscription is being deleted
    GONE = auto()


class TokenLife(msgspec.Struct, frozen=True):
    """How long the access token lives that a connection was opened with.

    Attributes:
        ends: When it ends.
        life: Its whole life in seconds.
        refreshable: Whether the OAuth session can go on with another one.
    """

    ends: float
    life: float
    refreshable: bool


class ConnectionState(msgspec.Struct):
    """One connection, from the decision to open it to its end.

    Times are seconds on the session's clock; None means that nothing is awaited.

    Attributes:
        number: What tells it from others.
        wsc: The token that it was opened with; empty for a new session.
        newcomer: Whether its session is the one that came to take another's place.
        oauth_session: The OAuth session that it runs under.
        token: The life of the access token behind it; None when not known.
        newest_wsc: The newest token that recovers its session.
        limits: What the gateway said about this connection.
        heard: When its last frame came in, a pong perhaps.
        spoke: When its last message came in.
        opened_at: When its handshake was done.
        live_at: When its subscription was confirmed.
        replaced_at: When another one took its place.
        renew_at: When its token has to be renewed, or another connection to take its place.
        sure_at: When the gateway last showed that it serves our subscription.
        request_id: The subscription request that waits for its answer.
        probe_id: The heartbeat that waits for its echo.
        deletes: Subscriptions being deleted, by the id of the request.
        frees: Whether room is being made for its subscription.
        freed: Whether that was done.
        lag: How long its last event was on its way.
    """

    number: int
    since: float
    wsc: str = ""
    newcomer: bool = False
    state: Phase = Phase.OPENING
    oauth_session: str = ""
    heard: float = 0.0
    spoke: float = 0.0
    sent: float = 0.0
    sure_at: float = 0.0
    ping_at: float | None = None
    probe_at: float | None = None
    probe_id: str = ""
    request_id: str = ""
    retry_request_at: float | None = None
    subscription_id: str = ""
    deletes: dict[str, str] = {}
    token: TokenLife | None = None
    newest_wsc: Wsc | None = None
    limits: ConnectionDetails = msgspec.field(default_factory=ConnectionDetails)
    opened_at: float = 0.0
    live_at: float = 0.0
    replaced_at: float | None = None
    renew_at: float | None = None
    leave_within: float = LEAVE_WITHIN
    frees: bool = False
    freed: bool = False
    resubscribed: bool = False
    lag: DeliveryLag = msgspec.field(default_factory=DeliveryLag)
    last_words: str = ""

    def opened(self, now: float) -> None:
        """The handshake is done."""
        self.state = Phase.GREETING
        self.since = self.heard = self.spoke = self.sent = self.opened_at = now

    def frame_came(self, now: float) -> None:
        """Anything at all came in: the peer is there."""
        self.heard = now
        self.ping_at = None

    def message_came(self, now: float) -> None:
        """A message came in."""
        self.frame_came(now)
        self.spoke = now

    def served_until(self, now: float, ahead: float | None) -> float:
        """Return since when events may be missing if it is given up now.

        Args:
            now: The time.
            ahead: As for `DeliveryLag.since`.
        """
        # Pongs come from nearer than messages do, and say nothing about them.
        until = self.spoke if self._heartbeat_missing(now) else self.heard
        sent = self.lag.since(ahead)
        return until if sent is None else min(until, sent)

    def unread_since(self, now: float, ahead: float | None) -> float | None:
        """Return since when events may be on their way on it and on no other.

        Args:
            now: The time.
            ahead: As for `DeliveryLag.since`.

        Returns:
            None unless another connection took its place.
        """
        if self.replaced_at is None:
            return None
        return min(self.spoke, self.replaced_at, self.served_until(now, ahead))

    def take_answer(self, message_id: str) -> bool:
        """Return whether this answers the subscription request, which then waits no more."""
        if not message_id or message_id != self.request_id:
            return False
        self.request_id = ""
        return True

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent and received."""
        return self.state not in (Phase.OPENING, Phase.GONE)

    @property
    def serves(self) -> bool:
        """Whether events come in on it."""
        return self.state in (Phase.REPLAYING, Phase.LIVE)

    def deadline(self) -> float:
        """When something must be done if nothing happens before."""
        if self.state is Phase.OPENING:
            return self.since + OPEN_WITHIN
        if self.state is Phase.GREETING:
            return self.since + GREETING_WITHIN
        if self.state is Phase.LEAVING:
            return self.since + self.leave_within
        due = [self._silence_due(), self._heartbeat_due()]
        if self.retry_request_at is not None:
            due.append(self.retry_request_at)
        elif self.state is Phase.SUBSCRIBING:
            due.append(self.since + SUBSCRIBED_WITHIN)
        if self.state is Phase.LIVE and self.renew_at is not None:
            due.append(self.renew_at)
        return min(due)

    def _silence_due(self) -> float:
        return self.heard + SILENCE if self.ping_at is None else self.ping_at + PONG_WITHIN

    def _heartbeat_due(self) -> float:
        return (
            self.sent + HEARTBEAT_AFTER if self.probe_at is None else self.probe_at + ANSWER_WITHIN
        )

    def overdue(self, now: float) -> str:
        """Why the connection must be given up now, in words; empty while it need not."""
        # Compared as `deadline` computes them: a tick at the deadline always gets on.
        if self.state is Phase.OPENING and now >= self.since + OPEN_WITHIN:
            return "connecting took too long"
        if self.state is Phase.GREETING and now >= self.since + GREETING_WITHIN:
            return "the gateway did not greet"
        if self.state is Phase.LEAVING:
            return "the gateway did not answer" if now >= self.since + self.leave_within else ""
        if self.state is Phase.SUBSCRIBING and self._answer_missing(now):
            return "the subscription was not answered"
        if self.ping_at is not None and now >= self.ping_at + PONG_WITHIN:
            return f"no sign of life for {now - self.heard:.0f} s"
        if self._heartbeat_missing(now):
            return "a heartbeat was not answered"
        return ""

    def _heartbeat_missing(self, now: float) -> bool:
        return self.probe_at is not None and now >= self.probe_at + ANSWER_WITHIN

    def _answer_missing(self, now: float) -> bool:
        return self.retry_request_at is None and now >= self.since + SUBSCRIBED_WITHIN

    def wants_ping(self, now: float) -> bool:
        """Whether it has been silent long enough to ask."""
        return self._supervised and self.ping_at is None and now >= self.heard + SILENCE

    def wants_heartbeat(self, now: float) -> bool:
        """Whether our own last message is long enough ago."""
        return self._supervised and self.probe_at is None and now >= self.sent + HEARTBEAT_AFTER

    @property
    def _supervised(self) -> bool:
        return self.state in (Phase.SUBSCRIBING, Phase.REPLAYING, Phase.LIVE)
