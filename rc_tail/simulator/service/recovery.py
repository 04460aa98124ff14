"""Whether a session can be recovered after its connection was lost.

Facts from the developer guide, "Session recovery", and from a published test of it: the same
login, a subscription, and no more than three minutes.
"""

from collections import deque
from dataclasses import dataclass, field

from rc_tail.simulator.service.gateway_session import GatewaySession
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.sessions import OAuthSession

DAY = 86400.0
SUCCESSFUL, FAILED = "Successful", "Failed"
OTHER_LOGIN, NOTHING_TO_RECOVER, BAD_RECOVERY = "WSG-1003", "WSG-1005", "WSG-400"


@dataclass(slots=True)
class Recovery:
    """Finds sessions by their ``wsc`` tokens.

    Attributes:
        forced_codes: The codes with which the next recoveries fail, as a fault.
    """

    options: Options
    forced_codes: deque[str] = field(default_factory=deque)
    _by_wsc: dict[str, GatewaySession] = field(default_factory=dict)

    def renew(self, session: GatewaySession, wsc: str) -> None:
        """Give a session a new token and restart its sequence; older tokens stay valid."""
        session.wsc = wsc
        session.sequence = 0
        session.lost_at = None
        self._by_wsc[wsc] = session

    def session_for(
        self, wsc: str | None, oauth: OAuthSession, now: float
    ) -> tuple[GatewaySession | None, str, str]:
        """Return the session for a new connection.

        Args:
            wsc: The recovery token; None where the client sent none.
            oauth: The login of the connection.

        Returns:
            The recovered session, a new one where recovery is impossible, or None for an invalid token;
            ``recoveryState``; ``recoveryErrorCode``.
        """
        if wsc is None:
            return self._new(oauth), "", ""
        session = self._by_wsc.get(wsc)
        if session is None or self._takes_forced_refusal():
            return None, "", ""
        if code := self._refusal_reason(session, oauth, now):
            return self._new(oauth), FAILED, code
        session.add_missed(self.options.replay_delivered)
        return session, SUCCESSFUL, ""

    def is_reachable(self, session: GatewaySession, now: float) -> bool:
        """Whether a notification can still reach a session, now or by a recovery."""
        lost = session.lost_at
        return lost is None or now - lost <= self.options.recovery_timeout

    def remove_expired(self, now: float) -> None:
        """Drop buffers that cannot be recovered any more, and tokens after a day."""
        for wsc, session in list(self._by_wsc.items()):
            if not self.is_reachable(session, now):
                session.recent.clear()
                session.missed_count = 0
            if session.lost_at is not None and now - session.lost_at > DAY:
                del self._by_wsc[wsc]

    def _new(self, oauth: OAuthSession) -> GatewaySession:
        return GatewaySession(oauth, deque(maxlen=self.options.recovery_buffer))

    def _takes_forced_refusal(self) -> bool:
        if not self.forced_codes or self.forced_codes[0] != BAD_RECOVERY:
            return False
        self.forced_codes.popleft()
        return True

    def _refusal_reason(self, session: GatewaySession, oauth: OAuthSession, now: float) -> str:
        if self.forced_codes:
            return self.forced_codes.popleft()
        if session.oauth is not oauth:
            return OTHER_LOGIN
        if session.subscription is None:
            return NOTHING_TO_RECOVER
        if not self.is_reachable(session, now):
            # Chosen: no capture shows the code for "too late".
            return NOTHING_TO_RECOVER
        return ""
