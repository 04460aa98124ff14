"""OAuth sessions and their tokens.

Facts from the developer guide, "Refreshing access tokens" and "Access tokens": five sessions for
a user and app, the sixth ends the oldest; a refresh token works once, and yields the same pair
again for ten seconds after the new access token was first used, or for an hour if it never is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from rc_tail.simulator.service.company import Person
from rc_tail.simulator.service.ids import Ids

USED_GRACE = 10.0
UNUSED_GRACE = 3600.0


@dataclass(slots=True, eq=False)
class TokenPair:
    """An access token, and the refresh token that came with it.

    Attributes:
        access: The access token.
        access_ends: When it dies.
        refresh: The refresh token; empty where the app issues none.
        refresh_ends: When it dies.
        issued: When both were issued.
        used: When the access token was first used; None when it never was.
    """

    access: str
    access_ends: float
    refresh: str
    refresh_ends: float
    issued: float
    used: float | None = None


@dataclass(slots=True, eq=False)
class OAuthSession:
    """What a login begins and a revocation ends.

    Attributes:
        id: Told to the client as ``session_id``.
        client_id: The app.
        person: The user.
        endpoint: ``endpoint_id``, the client's or a generated one.
        scope: The permissions.
        pair: The tokens of now.
        before: The pair that the present one replaced, while its refresh token still works.
    """

    id: str
    client_id: str
    person: Person
    endpoint: str
    scope: tuple[str, ...]
    pair: TokenPair
    before: TokenPair | None = None


@dataclass(slots=True)
class TokenLifetimes:
    """How long tokens live, in seconds; no refresh token when that is zero."""

    access: float
    refresh: float = 0.0


@dataclass(slots=True)
class Sessions:
    """All OAuth sessions, oldest first.

    Attributes:
        ids: Makes tokens.
        limit: Sessions of a user and app; None for any number.
        on_end: Told of each session that ends.
    """

    ids: Ids
    limit: int | None
    on_end: list[Callable[[OAuthSession], None]] = field(default_factory=list)
    _alive: dict[str, OAuthSession] = field(default_factory=dict)
    _access: dict[str, OAuthSession] = field(default_factory=dict)
    _refresh: dict[str, OAuthSession] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._alive)

    def begin(
        self,
        client_id: str,
        person: Person,
        scope: tuple[str, ...],
        terms: TokenLifetimes,
        now: float,
        *,
        endpoint: str = "",
    ) -> OAuthSession:
        """Log in: return a new session; the oldest ends where there are too many."""
        session = OAuthSession(
            self.ids.uuid(),
            client_id,
            person,
            endpoint or self.ids.token("ep-")[:24],
            scope,
            self._issue(terms, now),
        )
        self._remember(session)
        self._alive[session.id] = session
        mine = [s for s in self._alive.values() if (s.client_id, s.person) == (client_id, person)]
        if self.limit is not None and len(mine) > self.limit:
            self.end(mine[0])
        return session

    def refresh(
        self, token: str, client_id: str, terms: TokenLifetimes, now: float
    ) -> OAuthSession | None:
        """Exchange a refresh token: return its session with a new pair.

        Returns:
            None when the token is unknown, used up, too old, or another app's.
        """
        session = self._refresh.get(token)
        if session is None or session.client_id != client_id:
            return None
        if token != session.pair.refresh:
            # Once more the one before: it yields the present pair, for a while.
            return session if self._still_yields(session, now) else None
        if now >= session.pair.refresh_ends:
            return None
        self._forget(session.before)
        session.before = session.pair
        # The access token before dies at once.
        del self._access[session.pair.access]
        session.pair = self._issue(terms, now)
        self._remember(session)
        return session

    @staticmethod
    def _still_yields(session: OAuthSession, now: float) -> bool:
        pair = session.pair
        if pair.used is not None:
            return now < pair.used + USED_GRACE
        return now < pair.issued + UNUSED_GRACE

    def by_access(self, token: str, now: float) -> OAuthSession | None:
        """Return the session of a living access token, which counts as used now."""
        session = self._access.get(token)
        if session is None or now >= session.pair.access_ends:
            return None
        if session.pair.used is None:
            session.pair.used = now
        return session

    def by_any(self, token: str) -> OAuthSession | None:
        """Return the session of an access or refresh token, for its revocation."""
        return self._access.get(token) or self._refresh.get(token)

    def alive(self, session_id: str) -> OAuthSession | None:
        """Return the session with this id while it lives."""
        return self._alive.get(session_id)

    def newest(self) -> OAuthSession | None:
        """Return the session that began last, or None."""
        return next(reversed(self._alive.values()), None)

    def end(self, session: OAuthSession) -> None:
        """End a session: its tokens die, and whoever asked to be told is told."""
        del self._alive[session.id]
        self._forget(session.pair)
        self._forget(session.before)
        for told in self.on_end:
            told(session)

    def _issue(self, terms: TokenLifetimes, now: float) -> TokenPair:
        refresh = self.ids.token("RT-") if terms.refresh > 0 else ""
        return TokenPair(
            self.ids.token("AT-"), now + terms.access, refresh, now + terms.refresh, now
        )

    def _remember(self, session: OAuthSession) -> None:
        self._access[session.pair.access] = session
        if session.pair.refresh:
            self._refresh[session.pair.refresh] = session

    def _forget(self, pair: TokenPair | None) -> None:
        if pair is not None:
            self._access.pop(pair.access, None)
            self._refresh.pop(pair.refresh, None)
