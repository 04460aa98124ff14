"""What can be recovered after a cut, and whether.

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
    """Knows the sessions by their ``wsc`` tokens.

    Attributes:
        options: How this RingCentral behaves.
        forced: The codes with which the next recoveries fail, as a fault.
    """

    options: Options
    forced_codes: deque[str] = field(default_factory=deque)
    _by_wsc: dict[str, GatewaySession] = field(default_factory=dict)

    def renew(self, session: GatewaySession, wsc: str) -> None:
        """Let a session live on under a new token; the ones before lead to it as well."""
        session.wsc = wsc
        session.sequence = 0
        session.lost_at = None
        self._by_wsc[wsc] = session

    def session_for(
        self, wsc: str | None, oauth: OAuthSession, now: float
    ) -> tuple[GatewaySession | None, str, str]:
        """Return the session of a connection that is being opened.

        Args:
            wsc: The recovery token; None where the client gave none.
            oauth: The login of the connection.
            now: Seconds since 1970.

        Returns:
            The session, a new one where there is nothing to recover, or None for a token that is
            none; ``recoveryState``; ``recoveryErrorCode``.
        """
        if wsc is None:
            return self._new(oauth), "", ""
        known = self._by_wsc.get(wsc)
        if known is None or self._takes_forced_refusal():
            return None, "", ""
        if code := self._refusal_reason(known, oauth, now):
            return self._new(oauth), FAILED, code
        known.add_missed(self.options.replay_delivered)
        return known, SUCCESSFUL, ""

    def is_reachable(self, session: GatewaySession, now: float) -> bool:
        """Whether what is told to a session can still arrive, at once or by a recovery."""
        lost = session.lost_at
        return lost is None or now - lost <= self.options.recovery_timeout

    def remove_expired(self, now: float) -> None:
        """Let go of what cannot be recovered any more; after a day, of its token too."""
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
            # Chosen: the code for "too late" was never captured.
            return NOTHING_TO_RECOVER
        return ""
