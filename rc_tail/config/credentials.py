"""Credentials, whose they are, and the profiles that keep them."""

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import msgspec

from rc_tail.config.folders import require_folder
from rc_tail.config.keyring import Keyring, KeyringEntry, SecretStore, find_keyring
from rc_tail.errors import ConfigError
from rc_tail.network.server_address import normalize_server
from rc_tail.system.files import (
    Warn,
    check_plain_name,
    is_plain_name,
    read_private,
    write_private,
)
from rc_tail.text.escape import visible
from rc_tail.text.secret_struct import SecretStruct

DEFAULT_PROFILE = "default"

_VERSION = 1


class Credentials(SecretStruct, frozen=True):
    """What an app logs a user in with.

    Attributes:
        client_secret: Its secret; None for a public app.
        jwt: The user's JWT credential (developer guide, "JWT auth flow").
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"client_secret", "jwt"})

    client_id: str
    client_secret: str | None
    jwt: str

    def fingerprint(self, server: str) -> str:
        """Return a hash of `server`, client id and JWT: the same identity, the same text."""
        joined = "\0".join((server, self.client_id, self.jwt))
        return hashlib.sha256(joined.encode("utf-8", "surrogateescape")).hexdigest()[:32]


class Identity(msgspec.Struct, frozen=True):
    """Whose events are tailed.

    Attributes:
        account_id: The account; empty where the service did not say.
        extension_number: Its short number; may be empty.
        name: The user's name; may be empty.
        email: The user's address; may be empty.
    """

    account_id: str
    extension_id: str
    extension_number: str = ""
    name: str = ""
    email: str = ""
    server: str = ""

    def described(self) -> str:
        """Return words for a person; text of the service, not escaped."""
        words = self.name or f"extension {self.extension_id}"
        if self.extension_number:
            words += f", extension {self.extension_number}"
        if self.email:
            words += f" ({self.email})"
        return words


class Profile(msgspec.Struct, frozen=True):
    """One stored login, bound to its server.

    Attributes:
        server: The server that the credentials are for.
        identity: Who it was at the login; None when the app may not read that.
        scope: The app's permissions as the login returned them.
    """

    server: str
    credentials: Credentials
    identity: Identity | None = None
    scope: tuple[str, ...] = ()


class ProfileSummary(msgspec.Struct, frozen=True):
    """What a stored login says without its secrets.

    Attributes:
        server: The server that the credentials are for.
        identity: Who it was at the login; None when the app may not read that.
        place: Where the secrets are: ``file`` or ``keyring``.
    """

    server: str
    client_id: str
    identity: Identity | None
    place: str


class _Stored(msgspec.Struct, frozen=True):
    version: int
    server: str
    client_id: str
    jwt: str = ""
    client_secret: str | None = None
    identity: Identity | None = None
    scope: tuple[str, ...] = ()
    # The entry of the keyring that has the secrets; empty where they stand here.
    keyring: str = ""


def check_profile_name(name: str) -> str:
    """Return `name` when it can name a profile.

    Raises:
        UsageError: It is a path, empty, too long or begins with a dot.
    """
    return check_plain_name(name, f"{visible(name)[:100]!r} is not a valid profile name")


class ProfileStore:
    """The profiles of one user, a file each; their secrets are in the keyring where there is one.

    Args:
        folder: Where they are; created when the first one is stored.
        warn: Told when permissions had to be repaired, and when the keyring fails.
    """

    def __init__(
        self, folder: Path, warn: Warn, keyring: Callable[[], Keyring] = find_keyring
    ) -> None:
        self._folder = folder / "profiles"
        self._warn = warn
        self._secrets = SecretStore(warn, keyring)

    def path(self, name: str) -> Path:
        """Return the file of profile `name`.

        Raises:
            UsageError: Not a profile name.
        """
        return self._folder / f"{check_profile_name(name)}.json"

    def names(self) -> list[str]:
        """Return the names of all profiles, sorted.

        Raises:
            ConfigError: The folder is there but cannot be read.
        """
        try:
            found = [path.stem for path in self._folder.iterdir() if path.suffix == ".json"]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise ConfigError(f"{self._folder} cannot be read: {error.strerror}") from error
        return sorted(name for name in found if is_plain_name(name))

    def load(self, name: str) -> Profile | None:
        """Return profile `name`, or None where there is none.

        Raises:
            UsageError: Not a profile name.
            SecretsUnavailableError: Its secrets are in a keyring that does not give them.
            ConfigError: Its file cannot be read, or is damaged. It is left as it is.
        """
        stored = self._stored(name)
        if stored is None:
            return None
        server, client_id = stored.server, stored.client_id
        secret, jwt = stored.client_secret, stored.jwt
        if stored.keyring:
            entry = self._secrets.read(name, stored.keyring, server, client_id)
            secret, jwt = entry.client_secret, entry.jwt
        credentials = Credentials(client_id, secret or None, jwt)
        return Profile(server, credentials, stored.identity, stored.scope)

    def outline(self, name: str) -> ProfileSummary | None:
        """Return what the file of profile `name` says, without asking the keyring.

        Raises:
            UsageError: Not a profile name.
            ConfigError: Its file cannot be read, or is damaged.
        """
        stored = self._stored(name)
        if stored is None:
            return None
        place = "keyring" if stored.keyring else "file"
        return ProfileSummary(stored.server, stored.client_id, stored.identity, place)

    def _stored(self, name: str) -> _Stored | None:
        path = self.path(name)
        try:
            data = read_private(path, self._warn)
        except NotADirectoryError:
            return None
        except OSError as error:
            reason = error.strerror or str(error)
            raise ConfigError(
                f"the profile file {path} cannot be read: {reason}",
                hint="Repair it, or move it away and log in again.",
            ) from error
        return None if data is None else _decoded(data, path)

    def check_folder(self) -> None:
        """Create the folder of the profiles, before credentials are asked for and tried.

        Raises:
            ConfigError: It cannot be created or written.
        """
        require_folder(self._folder, "a profile", "XDG_CONFIG_HOME")

    def save(self, name: str, profile: Profile) -> Path:
        """Store a profile, in place of the one of that name; return its file.

        Raises:
            UsageError: Not a profile name.
            ConfigError: It cannot be written.
        """
        path = self.path(name)
        before = self._entry_of(name)
        credentials = profile.credentials
        client_id, secret, jwt = credentials.client_id, credentials.client_secret, credentials.jwt
        entry = self._secrets.store(name, KeyringEntry(profile.server, client_id, secret, jwt))
        stored = _Stored(
            version=_VERSION,
            server=profile.server,
            client_id=client_id,
            client_secret=None if entry else secret,
            jwt="" if entry else jwt,
            identity=profile.identity,
            scope=profile.scope,
            keyring=entry,
        )
        try:
            write_private(path, msgspec.json.format(msgspec.json.encode(stored), indent=2) + b"\n")
        except OSError as error:
            self._secrets.delete(entry)
            raise ConfigError(
                f"the profile file {path} cannot be written: {error.strerror or error}",
                hint="Credentials can also be set in variables: RC_APP_CLIENT_ID, "
                "RC_APP_CLIENT_SECRET, RC_USER_JWT.",
            ) from error
        self._secrets.delete(before)
        return path

    def delete(self, name: str) -> None:
        """Forget profile `name`; nothing happens where there is none.

        Raises:
            UsageError: Not a profile name.
            ConfigError: It cannot be deleted.
        """
        path = self.path(name)
        entry = self._entry_of(name)
        try:
            with contextlib.suppress(NotADirectoryError):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the profile file {path} cannot be deleted: {error.strerror}"
            ) from error
        self._secrets.delete(entry)

    def _entry_of(self, name: str) -> str:
        """Return the keyring's entry of a profile; empty where it has none, or is damaged."""
        with contextlib.suppress(ConfigError):
            stored = self._stored(name)
            return stored.keyring if stored is not None else ""
        return ""


def _decoded(data: bytes, path: Path) -> _Stored:
    try:
        stored = msgspec.json.decode(data, type=_Stored)
        server = normalize_server(stored.server)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ConfigError) as error:
        # What msgspec says names types and places, and at most one byte of the contents.
        raise _damaged(path, visible(str(error))) from error
    if stored.version != _VERSION:
        raise ConfigError(
            f"the profile file {path} was written by another version of rc-tail",
            hint="Use that version, or move the file away and log in again.",
        )
    if not stored.jwt and not stored.keyring:
        raise _damaged(path, "JWT is missing")
    return msgspec.structs.replace(stored, server=server)


def _damaged(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"the profile file {path} is damaged: {why}",
        hint="Repair it, or move it away and log in again.",
    )
