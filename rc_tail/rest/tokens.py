"""Access tokens: from the cache where it has one, else by refresh, else by a new login.

RingCentral keeps five OAuth sessions of an app and user, and a sixth login ends the oldest one and
its tail with it (developer guide, "Tokens"). So tokens are shared by all processes, and a process that
needs a new one takes the lock, reads the cache again, and only then requests one.
"""

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from rc_tail.config.credentials import Identity
from rc_tail.config.settings import Settings
from rc_tail.errors import (
    AuthError,
    JwtRejectedError,
    PermissionMissingError,
    RcTailError,
    UnreachableError,
)
from rc_tail.rest.client import RestClient, TokenAnswer
from rc_tail.rest.jwt_hints import jwt_warnings
from rc_tail.rest.token_cache import AccessToken, CacheContents, TokenCache
from rc_tail.system.files import Warn

__all__ = ["AccessToken", "TokenSource"]

MIN_LIFE = 30.0


def _silent(message: str) -> None:
    """Ignore a warning."""


class TokenSource:
    """Gives the access tokens of one identity; may be used by several threads at once.

    Args:
        clock: Gives Unix seconds.
        warn: Told what the user should know.

    Raises:
        NotLoggedInError: There are no credentials.
    """

    def __init__(
        self,
        settings: Settings,
        client: RestClient,
        cache: TokenCache,
        clock: Callable[[], float] = time.time,
        *,
        warn: Warn = _silent,
    ) -> None:
        self._credentials = settings.required_credentials()
        self._server = settings.server
        self._client = client
        self._cache = cache
        self._clock = clock
        self._warn = warn
        # A login that fails is tried again and again.
        self._warned: set[str] = set()
        self._lock = threading.RLock()
        # What could not be written: this process's own, to be revoked at its end.
        self._own = CacheContents()
        self._shared = True

    @property
    def ephemeral(self) -> bool:
        """Whether this process has an OAuth session that no other can use."""
        return bool(self._own.tokens)

    def now(self) -> float:
        """Return the Unix time by which tokens are dated."""
        return self._clock()

    def get(
        self,
        *,
        oauth_session: str | None = None,
        rejected: str | None = None,
        min_life: float = MIN_LIFE,
    ) -> AccessToken:
        """Return a token that should work.

        Args:
            oauth_session: The OAuth session to stay in, if that is possible.
            rejected: The value of a token that the service just refused.
            min_life: Seconds that it should still live.

        Raises:
            JwtRejectedError: The login was refused.
            RcTailError: The request failed.
        """
        with self._lock:
            request = _TokenRequest(oauth_session, rejected, min_life)
            token = request.choose(self._peek(), self._clock())
            if token is not None and request.fits(token):
                return token
            return self._renew(request)

    def living(self) -> AccessToken | None:
        """Return a token that is there already; None where that takes a request."""
        with self._lock:
            return _TokenRequest(None, None, MIN_LIFE).choose(self._peek(), self._clock())

    def login(self) -> AccessToken:
        """Log in by JWT, whatever the cache holds: a new OAuth session.

        Raises:
            JwtRejectedError: The login was refused.
            RcTailError: The request failed.
        """
        with self._lock, self._exclusively() as shared:
            return self._keep(self._logged_in(), shared)

    def request_login(self) -> TokenAnswer:
        """Request a new OAuth session without storing its tokens.

        A refusal is preceded by warnings of what is probably wrong with the JWT.

        Raises:
            JwtRejectedError: The login was refused.
            RcTailError: The request failed.
        """
        try:
            return self._client.token_by_jwt(self._credentials)
        except JwtRejectedError:
            self.warn_about_jwt()
            raise

    def warn_about_jwt(self) -> None:
        """Warn of what is probably wrong with the JWT, of each thing once."""
        for warning in jwt_warnings(self._credentials.jwt, self._server, self._clock()):
            if warning not in self._warned:
                self._warned.add(warning)
                self._warn(warning)

    def adopt(self, answer: TokenAnswer) -> AccessToken:
        """Keep the token of a login that was just made."""
        with self._lock, self._exclusively() as shared:
            return self._keep(_as_token(answer, self._clock(), None), shared)

    def known_identity(self) -> Identity | None:
        """Return whose tokens these are, if that was requested before."""
        with self._lock:
            return self._peek().identity

    def identity(self) -> Identity:
        """Return whose tokens these are: requested once, then from the cache.

        Raises:
            RcTailError: The request failed.
        """
        with self._lock:
            known = self._peek().identity
            if known is not None:
                return known
            identity = self._ask_identity()
            self.remember(identity)
            return identity

    def remember(self, identity: Identity) -> None:
        """Keep the answer to "who am I" beside the tokens."""
        with self._lock, self._exclusively() as shared:
            if shared is not None:
                self._write(replace(shared, identity=identity))
            self._own = replace(self._own, identity=identity)

    def _ask_identity(self) -> Identity:
        token = self.get()
        try:
            return self._client.who_am_i(token.value)
        except PermissionMissingError:
            # The token itself says whose it is, if not who that is.
            if not token.owner_id:
                raise
            return Identity("", token.owner_id, server=self._server)
        except AuthError:
            return self._client.who_am_i(self.get(rejected=token.value).value)

    def revoke_if_ephemeral(self, timeout: float | None = None) -> None:
        """End the OAuth sessions that no other process can use; failures are ignored.

        Args:
            timeout: Seconds that each call may take, and that a call on another thread is waited
                for; None for the client's.
        """
        if not self._lock.acquire(timeout=-1 if timeout is None else timeout):
            # Another thread waits for an answer: what it gets ends by itself.
            return
        try:
            for token in self._own.tokens:
                with contextlib.suppress(RcTailError):
                    self._client.revoke(self._credentials, token.value, timeout=timeout)
            self._own = CacheContents()
        finally:
            self._lock.release()

    def forget(self) -> list[RcTailError]:
        """End every OAuth session of this identity and empty the cache.

        Returns:
            What went wrong at the service; the sessions concerned end by themselves.

        Raises:
            OSError: The cache cannot be deleted.
        """
        failures: list[RcTailError] = []
        self._cache.use_own_file()
        with self._lock, self._exclusively() as shared:
            cached = shared if shared is not None else self._cache.peek()
            for token in (*cached.living(self._clock()).tokens, *self._own.tokens):
                try:
                    self._client.revoke(self._credentials, token.refresh_token or token.value)
                except RcTailError as error:
                    failures.append(error)
                    if isinstance(error, UnreachableError):
                        break
            self._own = CacheContents()
            self._cache.delete()
        return failures

    # How a token is found.

    def _peek(self) -> CacheContents:
        return _joined(self._hidden(self._cache.peek()), self._own)

    def _hidden(self, cached: CacheContents) -> CacheContents:
        """Redact what another process stored, before it is used for anything."""
        for token in cached.tokens:
            self._client.hide(token.value, token.refresh_token)
        return cached

    def _renew(self, request: "_TokenRequest") -> AccessToken:
        with self._exclusively() as shared:
            now = self._clock()
            cached = _joined(shared if shared is not None else self._cache.peek(), self._own)
            token = request.choose(cached, now)
            if token is not None and request.fits(token):
                return token
            shared = self._refuse(shared, request.rejected, now)
            # Without the lock another process's refresh token is left alone: it works once.
            able = cached if shared is not None else self._own
            old = request.to_refresh(able, now, other=token is not None)
            if old is not None:
                renewed, shared = self._refreshed(old, shared)
                if renewed is not None:
                    return self._keep(renewed, shared)
            if token is not None:
                return token
            return self._keep(self._logged_in(), shared)

    def _refuse(
        self, shared: CacheContents | None, value: str | None, now: float
    ) -> CacheContents | None:
        """Let no process use a token again that the service refused."""
        self._own = self._own.refuse(value, now)
        if shared is None or (refused := shared.refuse(value, now)) is shared:
            return shared
        return refused if self._write(refused) else None

    def _refreshed(
        self, old: AccessToken, shared: CacheContents | None
    ) -> tuple[AccessToken | None, CacheContents | None]:
        """Return the next token of a session, or None and the cache without that session."""
        assert old.refresh_token is not None  # noqa: S101 - what `refreshable` means
        asked_at = self._clock()
        try:
            answer = self._client.token_by_refresh(self._credentials, old.refresh_token)
        except AuthError:
            self._own = self._own.drop(old.oauth_session)
            if shared is None:
                return None, None
            # At once: the login that follows may have to wait, and no other process shall try this token again.
            dropped = shared.drop(old.oauth_session)
            return None, dropped if self._write(dropped) else None
        return _as_token(answer, asked_at, old), shared

    def _logged_in(self) -> AccessToken:
        asked_at = self._clock()
        return _as_token(self.request_login(), asked_at, None)

    # How tokens are stored.

    @contextlib.contextmanager
    def _exclusively(self) -> Iterator[CacheContents | None]:
        """Hold the lock; give what is cached, or None where nothing can be shared."""
        with contextlib.ExitStack() as stack:
            cached: CacheContents | None = None
            if self._shared:
                try:
                    stack.enter_context(self._cache.locked())
                    cached = self._hidden(self._cache.read())
                except OSError as error:
                    self._go_alone(error)
            yield cached

    def _keep(self, token: AccessToken, shared: CacheContents | None) -> AccessToken:
        if shared is None or not self._write(shared.living(self._clock()).adopt(token)):
            self._own = self._own.adopt(token)
        return token

    def _write(self, cached: CacheContents) -> bool:
        try:
            self._cache.write(cached)
        except OSError as error:
            self._go_alone(error)
            return False
        return True

    def _go_alone(self, error: OSError) -> None:
        self._shared = False
        self._warn(
            f"access tokens cannot be cached ({error.strerror or error}): this run uses "
            "its own login and revokes it at the end"
        )


class _TokenRequest:
    """What `TokenSource.get` must return."""

    def __init__(self, oauth_session: str | None, rejected: str | None, min_life: float) -> None:
        self.oauth_session = oauth_session
        self.rejected = rejected
        self.min_life = min_life

    def choose(self, cached: CacheContents, now: float) -> AccessToken | None:
        """Return the best token of the cache: of the requested session, else the newest."""
        good = self._good(cached, now)
        same = [t for t in good if t.oauth_session == self.oauth_session]
        best = same or good
        return best[-1] if best else None

    def fits(self, token: AccessToken) -> bool:
        """Whether there can be nothing better than `token`."""
        return self.oauth_session is None or token.oauth_session == self.oauth_session

    def to_refresh(self, cached: CacheContents, now: float, *, other: bool) -> AccessToken | None:
        """Return the token whose session is to be continued, or None.

        Args:
            now: Unix seconds.
            other: Whether there is a living token of another session.
        """
        able = [t for t in cached.tokens if t.refreshable(now)]
        same = [t for t in able if t.oauth_session == self.oauth_session]
        if same or other:
            return same[-1] if same else None
        return able[-1] if able else None

    def _good(self, cached: CacheContents, now: float) -> list[AccessToken]:
        refused = next((t for t in cached.tokens if t.value == self.rejected), None)
        tokens = [t for t in cached.tokens if t is not refused and t.lives(now, self.min_life)]
        if refused is None:
            return tokens
        # What is older than a refused token is likelier dead than it: the client that ended its session
        # (a password change, an administrator) ended the older ones too.
        return [t for t in tokens if t.issued_at >= refused.issued_at]


def _joined(shared: CacheContents, own: CacheContents) -> CacheContents:
    joined = replace(shared, identity=shared.identity or own.identity)
    for token in own.tokens:
        joined = joined.adopt(token)
    return joined


def _as_token(answer: TokenAnswer, asked_at: float, old: AccessToken | None) -> AccessToken:
    """Return the token of an answer; a refresh stays in the session of the `old` one."""
    refresh_life = answer.refresh_token_expires_in
    return AccessToken(
        value=answer.access_token,
        expires_at=asked_at + answer.expires_in,
        issued_at=asked_at,
        oauth_session=old.oauth_session if old else answer.session_id or secrets.token_hex(16),
        refresh_token=answer.refresh_token,
        refresh_expires_at=None if refresh_life is None else asked_at + refresh_life,
        scope=answer.scope,
        owner_id=answer.owner_id,
    )
