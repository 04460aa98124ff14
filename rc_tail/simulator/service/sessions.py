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
    access_expires: float
    refresh: str
    refresh_expires: float
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
    previous: TokenPair | None = None


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
        """Log in: return a new session; the oldest ends where there are too many."""
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
            None when the token is unknown, used up, too old, or another app's.
        """
        session = self._by_refresh.get(token)
        if session is None or session.client_id != client_id:
            return None
        if token != session.pair.refresh:
            # Once more the one before: it yields the present pair, for a while.
            return session if self._is_in_grace(session, now) else None
        if now >= session.pair.refresh_expires:
            return None
        self._drop_pair(session.previous)
        session.previous = session.pair
        # The access token before dies at once.
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
        """Return the session of a living access token, which counts as used now."""
        session = self._by_access.get(token)
        if session is None or now >= session.pair.access_expires:
            return None
        if session.pair.used is None:
            session.pair.used = now
        return session

    def by_access_or_refresh(self, token: str) -> OAuthSession | None:
        """Return the session of an access or refresh token, for its revocation."""
        return self._by_access.get(token) or self._by_refresh.get(token)

    def alive(self, session_id: str) -> OAuthSession | None:
        """Return the session with this id while it lives."""
        return self._by_id.get(session_id)

    def newest(self) -> OAuthSession | None:
        """Return the session that began last, or None."""
        return next(reversed(self._by_id.values()), None)

    def end(self, session: OAuthSession) -> None:
        """End a session: its tokens die, and whoever asked to be told is told."""
        del self._by_id[session.id]
        self._drop_pair(session.pair)
        self._drop_pair(session.previous)
        for told in self.on_end:
            told(session)

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
