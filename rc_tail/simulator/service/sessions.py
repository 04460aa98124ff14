"""OAuth sessions and their tokens.

Facts from the developer guide, "Refreshing access tokens" and "Access tokens": five sessions for
a user and app, the sixth ends the oldest; a refresh token works once, and yields the same pair
again for ten seconds after the new access token was first used, or for an hour if it never is.
"""

from dataclasses import dataclass, field
from typing import Protocol

from rc_tail.simulator.service.company import Person
from rc_tail.simulator.service.ids import Ids

USED_GRACE = 10.0
UNUSED_GRACE = 3600.0


@dataclass(slots=True, eq=False)
class TokenPair:
    """An access token, and the refresh token that was issued with it.

    Attributes:
        access_expires: Seconds since 1970, as for all times here.
        refresh: Empty where the app has no refresh tokens.
        used: When the access token was first used; None for never.
    """

    access: str
    access_expires: float
    refresh: str
    refresh_expires: float
    issued: float
    used: float | None = None


@dataclass(slots=True, eq=False)
class OAuthSession:
    """The session of a login, until it is revoked.

    Attributes:
        id: The client knows it as ``session_id``.
        client_id: The app.
        person: The user.
        endpoint: ``endpoint_id``, from the client or generated.
        scope: The permissions.
        pair: The current tokens.
        previous: The pair that the current one replaced, while its refresh token still works.
    """

    id: str
    client_id: str
    person: Person
    endpoint: str
    scope: tuple[str, ...]
    pair: TokenPair
    previous: TokenPair | None = None


class EndCallback(Protocol):
    """Is called when a session ends."""

    def __call__(self, oauth: OAuthSession, *, revoked: bool) -> None:
        """Take the session that ended, and whether its client revoked it."""


@dataclass(slots=True)
class TokenLifetimes:
    """Lifetimes in seconds; there is no refresh token if its own is zero."""

    access: float
    refresh: float = 0.0


@dataclass(slots=True)
class Sessions:
    """All OAuth sessions, oldest first.

    Attributes:
        limit: Sessions of a user and app; None for any number.
        on_end: Called with each session that ends, and with ``revoked``.
    """

    ids: Ids
    limit: int | None
    on_end: list[EndCallback] = field(default_factory=list)
    _by_id: dict[str, OAuthSession] = field(default_factory=dict)
    _by_access: dict[str, OAuthSession] = field(default_factory=dict)
    _by_refresh: dict[str, OAuthSession] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._by_id)

    def begin(
        self,
        client_id: str,
        person: Person,
        scope: tuple[str, ...],
        lifetimes: TokenLifetimes,
        now: float,
        *,
        endpoint: str = "",
    ) -> OAuthSession:
        """Create the session of a login; the oldest one ends if there are too many."""
        session = OAuthSession(
            self.ids.uuid(),
            client_id,
            person,
            endpoint or self.ids.token("ep-")[:24],
            scope,
            self._new_pair(lifetimes, now),
        )
        self._index_pair(session)
        self._by_id[session.id] = session
        mine = [s for s in self._by_id.values() if (s.client_id, s.person) == (client_id, person)]
        if self.limit is not None and len(mine) > self.limit:
            self.end(mine[0])
        return session

    def refresh(
        self, token: str, client_id: str, lifetimes: TokenLifetimes, now: float
    ) -> OAuthSession | None:
        """Exchange a refresh token: return its session with a new pair.

        Returns:
            None if the token is unknown, used, expired, or of another app.
        """
        session = self._by_refresh.get(token)
        if session is None or session.client_id != client_id:
            return None
        if token != session.pair.refresh:
            # The previous refresh token: for a while it yields the current pair.
            return session if self._is_in_grace(session, now) else None
        if now >= session.pair.refresh_expires:
            return None
        self._drop_pair(session.previous)
        session.previous = session.pair
        # The previous access token is invalid at once.
        del self._by_access[session.pair.access]
        session.pair = self._new_pair(lifetimes, now)
        self._index_pair(session)
        return session

    @staticmethod
    def _is_in_grace(session: OAuthSession, now: float) -> bool:
        pair = session.pair
        if pair.used is not None:
            return now < pair.used + USED_GRACE
        return now < pair.issued + UNUSED_GRACE

    def by_access(self, token: str, now: float) -> OAuthSession | None:
        """Return the session of a valid access token, and mark the token as used."""
        session = self._by_access.get(token)
        if session is None or now >= session.pair.access_expires:
            return None
        if session.pair.used is None:
            session.pair.used = now
        return session

    def by_access_or_refresh(self, token: str) -> OAuthSession | None:
        """Return the session of an access or refresh token, or None."""
        return self._by_access.get(token) or self._by_refresh.get(token)

    def by_id(self, session_id: str) -> OAuthSession | None:
        """Return the session with this id, or None once it has ended."""
        return self._by_id.get(session_id)

    def newest(self) -> OAuthSession | None:
        """Return the newest session, or None."""
        return next(reversed(self._by_id.values()), None)

    def end(self, session: OAuthSession, *, revoked: bool = False) -> None:
        """End a session, invalidate its tokens, and call `on_end`.

        Args:
            revoked: Whether its client asked for that, rather than the service.
        """
        del self._by_id[session.id]
        self._drop_pair(session.pair)
        self._drop_pair(session.previous)
        for callback in self.on_end:
            callback(session, revoked=revoked)

    def _new_pair(self, lifetimes: TokenLifetimes, now: float) -> TokenPair:
        refresh = self.ids.token("RT-") if lifetimes.refresh > 0 else ""
        return TokenPair(
            self.ids.token("AT-"), now + lifetimes.access, refresh, now + lifetimes.refresh, now
        )

    def _index_pair(self, session: OAuthSession) -> None:
        self._by_access[session.pair.access] = session
        if session.pair.refresh:
            self._by_refresh[session.pair.refresh] = session

    def _drop_pair(self, pair: TokenPair | None) -> None:
        if pair is not None:
            self._by_access.pop(pair.access, None)
            self._by_refresh.pop(pair.refresh, None)
