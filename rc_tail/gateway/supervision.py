"""How long one connection may take and stay silent: time limits, pings and heartbeats."""

from collections.abc import Mapping
from enum import Enum, auto

import msgspec

SILENCE = 20.0  # seconds without a frame before a ping is sent
PONG_WITHIN = 10.0
HEARTBEAT_AFTER = 60.0  # since our last message: pings do not reset the service's idle timer
ANSWER_WITHIN = 10.0
OPEN_WITHIN = 120.0  # token requests may wait for another process's renewal
GREETING_WITHIN = 20.0
SUBSCRIBED_WITHIN = 30.0
LEAVE_WITHIN = 2.0
RETIRE_WITHIN = 10.0  # for a replaced connection: its successor does the work meanwhile


class Phase(Enum):
    """The states of a connection."""

    OPENING = auto()  # tokens and handshake
    GREETING = auto()  # open; nothing may be sent before ConnectionDetails
    SUBSCRIBING = auto()
    REPLAYING = auto()  # recovered; the service replays the missed events
    LIVE = auto()
    LEAVING = auto()  # the subscription is being deleted
    GONE = auto()


TIME_LIMITS: Mapping[Phase, tuple[float, str]] = {
    Phase.OPENING: (OPEN_WITHIN, "connecting timed out"),
    Phase.GREETING: (GREETING_WITHIN, "the gateway sent no connection details in time"),
    Phase.SUBSCRIBING: (SUBSCRIBED_WITHIN, "the subscription request timed out"),
    Phase.LEAVING: (LEAVE_WITHIN, "the gateway did not answer"),
}
# Where silence is probed with pings and heartbeats.
PROBED = frozenset({Phase.SUBSCRIBING, Phase.REPLAYING, Phase.LIVE})


class Supervision(msgspec.Struct):
    """The clocks of one connection.

    Attributes:
        limit: When the present phase must be over; None for no limit.
        probes: Whether silence is probed in the present phase.
        heard: When the last frame came in, a pong perhaps.
        message_at: When the last message came in.
        sent_at: When our last message was sent.
        ping_at: When the unanswered ping was sent; None when none is pending.
        heartbeat_at: When the unanswered heartbeat was sent; None when none is pending.
        heartbeat_id: The id that its echo will carry.
    """

    limit: float | None = None
    limit_reason: str = ""
    probes: bool = False
    heard: float = 0.0
    message_at: float = 0.0
    sent_at: float = 0.0
    ping_at: float | None = None
    heartbeat_at: float | None = None
    heartbeat_id: str = ""

    def enter(self, phase: Phase, now: float, *, within: float | None = None) -> None:
        """Start the time limit of a phase: `within` seconds, or those in `TIME_LIMITS`."""
        self.probes = phase in PROBED
        if phase not in TIME_LIMITS:
            self.limit = None
            return
        seconds, self.limit_reason = TIME_LIMITS[phase]
        self.limit = now + (seconds if within is None else within)

    def opened(self, now: float) -> None:
        """Count silence from now on."""
        self.heard = self.message_at = self.sent_at = now

    def frame_came(self, now: float) -> None:
        """Note a sign of life: any frame."""
        self.heard = now
        self.ping_at = None

    def message_came(self, now: float) -> None:
        """Note a message."""
        self.heard = self.message_at = now
        self.ping_at = None

    def heartbeat_sent(self, heartbeat_id: str, now: float) -> None:
        """Wait for the echo of a heartbeat."""
        self.heartbeat_id, self.heartbeat_at, self.sent_at = heartbeat_id, now, now

    def heartbeat_echoed(self, heartbeat_id: str) -> float | None:
        """Return when the heartbeat with this id was sent; None if it is not the pending one."""
        if heartbeat_id != self.heartbeat_id or self.heartbeat_at is None:
            return None
        sent_at, self.heartbeat_at, self.heartbeat_id = self.heartbeat_at, None, ""
        return sent_at

    def deadline(self) -> float | None:
        """Return when something is due if nothing happens before; None for nothing."""
        if not self.probes:
            return self.limit
        silence = self.heard + SILENCE if self.ping_at is None else self.ping_at + PONG_WITHIN
        heartbeat = (
            self.sent_at + HEARTBEAT_AFTER
            if self.heartbeat_at is None
            else self.heartbeat_at + ANSWER_WITHIN
        )
        due = min(silence, heartbeat)
        return due if self.limit is None else min(due, self.limit)

    def overdue(self, now: float) -> str:
        """Return why the connection must be given up now; empty while it need not."""
        # Compared as `deadline` computes them: a tick at the deadline always makes progress.
        if self.limit is not None and now >= self.limit:
            return self.limit_reason
        if not self.probes:
            return ""
        if self.ping_at is not None and now >= self.ping_at + PONG_WITHIN:
            return f"nothing received for {now - self.heard:.0f} s"
        return "a heartbeat was not answered" if self.is_heartbeat_missing(now) else ""

    def is_heartbeat_missing(self, now: float) -> bool:
        """Whether the pending heartbeat should have been echoed by now."""
        return self.heartbeat_at is not None and now >= self.heartbeat_at + ANSWER_WITHIN

    def needs_ping(self, now: float) -> bool:
        """Whether the silence is long enough for a ping."""
        return self.probes and self.ping_at is None and now >= self.heard + SILENCE

    def needs_heartbeat(self, now: float) -> bool:
        """Whether our own last message is long enough ago for a heartbeat."""
        return self.probes and self.heartbeat_at is None and now >= self.sent_at + HEARTBEAT_AFTER

    def alive_until(self, now: float) -> float:
        """Return up to when the peer showed that messages get through."""
        # Pongs come from a nearer hop than messages, and say nothing about those.
        return self.message_at if self.is_heartbeat_missing(now) else self.heard
