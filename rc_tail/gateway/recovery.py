"""What the service needs to recover a session after its connection was lost."""

import msgspec

from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.messages import ConnectionDetails, Wsc
from rc_tail.gateway.outage import Outage


class PreviousSession(msgspec.Struct, frozen=True):
    """A session that an earlier run of the program left behind.

    Attributes:
        wsc: The token that recovers it; None when there is none.
        oauth_session: The OAuth session that `wsc` belongs to.
        subscription_id: The subscription that may still exist.
        limits: What the gateway announced for the connection.
        lost_at: Since when events may be missing, on the session's clock.
        reason: Why it ended, for the gap.
        unsure: Whether events may have come to it that were not printed.
        heard_at: When its last frame came in; None for `lost_at`.
    """

    wsc: Wsc | None
    oauth_session: str
    subscription_id: str
    limits: ConnectionDetails
    lost_at: float
    reason: str
    unsure: bool = False
    heard_at: float | None = None


class Recovery:
    """The session that events come from, as the service knows it, and its outage.

    Args:
        past: What an earlier run left behind, to be continued; None for nothing.

    Attributes:
        wsc: The newest token that recovers the session; None when there is none.
        oauth_session: The OAuth session that `wsc` belongs to.
        limits: What the gateway announced for its connection.
        subscription_id: Its subscription; empty when there is none.
        outage: The time in which events may be missing.
    """

    def __init__(self, past: PreviousSession | None = None) -> None:
        self.wsc: Wsc | None = None
        self.oauth_session = ""
        self.limits = ConnectionDetails()
        self.subscription_id = ""
        self.outage = Outage()
        if past is not None:
            self.wsc, self.oauth_session = past.wsc, past.oauth_session
            self.limits, self.subscription_id = past.limits, past.subscription_id
            self.outage = Outage(
                past.lost_at, past.reason, unsure=past.unsure, heard_at=past.heard_at
            )

    def usable_wsc(self, now: float) -> str:
        """Return the token that recovers the session; empty where the service has dropped it."""
        if self.wsc is None or not self.subscription_id:
            return ""
        if self.outage.lasts_longer(now, self.limits.recovery_timeout):
            return ""
        return self.wsc.token

    def keep_newest(
        self, connection: ConnectionState, wsc: Wsc, *, is_current: bool, restarts: bool = False
    ) -> None:
        """Keep a token that came on a connection, unless a newer one is known.

        Args:
            is_current: Whether it carries the events.
            restarts: Whether the connection counts its tokens from the start again.
        """
        newest = self.wsc if is_current else connection.newest_wsc
        if newest is not None and not restarts and wsc.sequence < newest.sequence:
            return
        connection.newest_wsc = wsc
        if is_current:
            self.wsc, self.oauth_session = wsc, connection.oauth_session

    def adopt(self, connection: ConnectionState) -> None:
        """Recover the session of this connection from now on."""
        self.wsc, self.oauth_session = connection.newest_wsc, connection.oauth_session
        self.limits, self.subscription_id = connection.limits, connection.subscription_id

    def past(self, heard: float) -> PreviousSession:
        """Return what a later run needs to continue the session.

        Args:
            heard: When the last frame came in.
        """
        lost_at = self.outage.since
        return PreviousSession(
            wsc=self.wsc,
            oauth_session=self.oauth_session,
            subscription_id=self.subscription_id,
            limits=self.limits,
            lost_at=heard if lost_at is None else lost_at,
            reason=self.outage.because,
        )
