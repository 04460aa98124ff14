"""The cache of access tokens: one file an identity, shared by every process of a user."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from rc_tail.config.credentials import Identity
from rc_tail.errors import TemporaryError
from rc_tail.network.server_address import is_loopback
from rc_tail.rest.cache_files import first_file, remove_stale
from rc_tail.system.clocks import clock, wall_of
from rc_tail.system.files import (
    NotRegularFileError,
    Warn,
    make_private_folder,
    read_private,
    set_aside,
    write_private,
)
from rc_tail.system.locks import locked
from rc_tail.text.secret_struct import SecretStruct

_VERSION = 1
# A holder makes one call of at most 15 s, rarely two.
LOCK_TIMEOUT = 45.0
# Seconds for which a file without a living token is kept: it knows whose credentials they are.
KEPT = 30 * 86400.0


class AccessToken(SecretStruct, frozen=True):
    """An access token and what belongs to it.

    Attributes:
        expires_at: When it ends, in Unix seconds.
        issued_at: When it was requested, in Unix seconds.
        oauth_session: The mark of its OAuth session: the service's id of it, or one of our own.
        refresh_token: Gets the next one of the same session; None where the app issues none.
        refresh_expires_at: When that ends, in Unix seconds; None if the service does not say.
        owner_id: The extension that it acts for; may be empty.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"value", "refresh_token"})

    value: str
    expires_at: float
    issued_at: float
    oauth_session: str
    refresh_token: str | None = None
    refresh_expires_at: float | None = None
    scope: tuple[str, ...] = ()
    owner_id: str = ""

    def lives(self, now: float, min_life: float) -> bool:
        """Whether it is good for `min_life` more seconds; half of a short life is enough."""
        needed = min(min_life, (self.expires_at - self.issued_at) / 2)
        return now + needed < self.expires_at

    def refreshable(self, now: float) -> bool:
        """Whether a refresh token of it may still work at `now`."""
        if self.refresh_token is None:
            return False
        return self.refresh_expires_at is None or now < self.refresh_expires_at


class CacheContents(msgspec.Struct, frozen=True):
    """What the cache holds for one identity.

    Attributes:
        tokens: The newest token of each OAuth session, the newest session last.
        identity: Who it is, once requested.
    """

    tokens: tuple[AccessToken, ...] = ()
    identity: Identity | None = None

    def of(self, oauth_session: str) -> AccessToken | None:
        """Return the token of an OAuth session, or None."""
        return next((t for t in self.tokens if t.oauth_session == oauth_session), None)

    def adopt(self, token: AccessToken) -> "CacheContents":
        """Return it with `token` in place of the older one of the same session."""
        others = tuple(t for t in self.tokens if t.oauth_session != token.oauth_session)
        return replace(self, tokens=(*others, token))

    def drop(self, oauth_session: str) -> "CacheContents":
        """Return it without an OAuth session that has ended."""
        remaining = tuple(t for t in self.tokens if t.oauth_session != oauth_session)
        return replace(self, tokens=remaining)

    def refuse(self, value: str | None, now: float) -> "CacheContents":
        """Return it with the token `value` marked as ended: the service refused it."""
        if all(t.value != value or t.expires_at <= now for t in self.tokens):
            return self
        ended = tuple(replace(t, expires_at=now) if t.value == value else t for t in self.tokens)
        return replace(self, tokens=ended)

    def living(self, now: float) -> "CacheContents":
        """Return it without what has ended by itself."""
        remaining = tuple(t for t in self.tokens if t.lives(now, 0) or t.refreshable(now))
        return replace(self, tokens=remaining)


class _CacheFile(msgspec.Struct):
    version: int
    fingerprint: str
    tokens: tuple[AccessToken, ...] = ()
    identity: Identity | None = None


class DamagedCacheError(Exception):
    """The file is there, but is no token cache of ours."""


def decode_cache(data: bytes, fingerprint: str) -> CacheContents:
    """Read the contents of a cache file.

    Args:
        fingerprint: The requested identity; tokens of another one are not returned.

    Raises:
        DamagedCacheError: Not a cache.
    """
    try:
        file = msgspec.json.decode(data, type=_CacheFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedCacheError(str(error)) from error
    if file.version != _VERSION:
        raise DamagedCacheError(f"version {file.version} is not known")
    if file.fingerprint != fingerprint:
        return CacheContents()
    return CacheContents(file.tokens, file.identity)


def encode_cache(cached: CacheContents, fingerprint: str) -> bytes:
    """Return the contents of a cache file; the reverse of `decode_cache`."""
    file = _CacheFile(_VERSION, fingerprint, cached.tokens, cached.identity)
    return msgspec.json.encode(file)


class TokenCache:
    """The cache file of one identity.

    Credentials of the environment use the tokens of a profile that has the same credentials, so
    that a login is not followed by another one.

    Args:
        folder: The folder of caches.
        key: Names the file: the profile, or a hash of credentials.
        fingerprint: A hash of server, client id and JWT; a profile that was logged in again with
            others does not use the tokens of the old.
        warn: Told what the user should know: repaired permissions, a damaged file.
    """

    def __init__(self, folder: Path, key: str, fingerprint: str, warn: Warn) -> None:
        self._own = self._path = folder / "tokens" / f"{key}.json"
        if key.startswith("env-"):
            self._path = first_file(self._own, lambda path: _fingerprint_of(path) == fingerprint)
        self._fingerprint = fingerprint
        self._warn = warn

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def use_own_file(self) -> None:
        """Leave the tokens of a profile to that profile."""
        self._path = self._own

    def peek(self) -> CacheContents:
        """Return what is cached, without the lock; nothing where that cannot be read."""
        try:
            return self._read()
        except (OSError, DamagedCacheError):
            return CacheContents()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process from changing the cache.

        Raises:
            TemporaryError: Another process holds it for longer than any call takes.
            OSError: There is nowhere to keep a lock.
        """
        make_private_folder(self._path.parent)
        lock = locked(self._path.with_suffix(".lock"), LOCK_TIMEOUT)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(lock)
            except TimeoutError as error:
                raise TemporaryError(
                    "timed out waiting for another rc-tail to refresh the token",
                    hint=f"It has locked {self._path.with_suffix('.lock')}.",
                ) from error
            yield

    def read(self) -> CacheContents:
        """Return what is cached, under the lock; set a damaged file aside.

        Raises:
            OSError: It is there but cannot be read.
        """
        try:
            return self._read()
        except DamagedCacheError as error:
            aside = set_aside(self._path)
            self._warn(f"the token cache was damaged ({error}); moved to {aside}, safe to delete")
            return CacheContents()

    def write(self, cached: CacheContents) -> None:
        """Replace what is cached, under the lock; a new file replaces stale ones too.

        Raises:
            OSError: It cannot be written.
        """
        if not self._path.exists():
            remove_stale(self._path.parent, "", lambda path: _is_stale(path, wall_of(clock())))
        # A power cut that takes it costs a login; a disk that must not forget it, each start.
        write_private(self._path, encode_cache(cached, self._fingerprint), durable=False)

    def delete(self) -> None:
        """Forget everything, under the lock.

        Raises:
            OSError: It cannot be deleted.
        """
        with contextlib.suppress(NotADirectoryError):
            self._path.unlink(missing_ok=True)

    def _read(self) -> CacheContents:
        try:
            data = read_private(self._path, self._warn)
        except NotRegularFileError as error:
            raise DamagedCacheError(error.strerror) from error
        return CacheContents() if data is None else decode_cache(data, self._fingerprint)


def _fingerprint_of(path: Path) -> str:
    """Return the fingerprint in a cache file; empty where there is none."""
    with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(read_private(path) or b"", type=_CacheFile).fingerprint
    return ""


def _is_stale(path: Path, now: float) -> bool:
    """Whether a cache file is of no use: its tokens have expired.

    One of a real server remembers whose credentials they are for a while; a simulator has gone.
    """
    try:
        age = now - path.stat().st_mtime
        file = msgspec.json.decode(read_private(path) or b"", type=_CacheFile)
    except FileNotFoundError:
        # A lock without a file.
        return True
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    if CacheContents(file.tokens).living(now).tokens:
        return False
    if file.identity is None:
        return True
    return age > KEPT or is_loopback(urlsplit(file.identity.server).hostname or "")
