"""The secrets of stored logins in the keyring, an entry for each."""

import secrets
from collections.abc import Callable

import msgspec

from rc_tail.config.keyring_backend import (
    Keyring,
    KeyringFailedError,
    NoKeyringError,
    find_keyring,
)
from rc_tail.errors import ConfigError
from rc_tail.system.files import Warn


class SecretsUnavailableError(ConfigError):
    """The secrets of a profile are in a keyring that does not give them."""


class KeyringEntry(msgspec.Struct, frozen=True):
    """An entry. It names its server: a profile's file that was changed leads nowhere else.

    Attributes:
        server: The server that they are for.
        client_id: The app that they are of.
        client_secret: The app's secret; None for a public app.
        jwt: The user's JWT.
    """

    server: str
    client_id: str
    client_secret: str | None
    jwt: str

    def __repr__(self) -> str:
        return f"Secrets({self.server!r}, {self.client_id!r}, ...)"


class SecretStore:
    """Keeps secrets in the keyring, where there is one.

    Args:
        warn: Told when the keyring fails.
        keyring: Finds it.
    """

    def __init__(self, warn: Warn, keyring: Callable[[], Keyring] = find_keyring) -> None:
        self._warn = warn
        self._keyring = keyring

    def keep(self, profile: str, kept: KeyringEntry) -> str:
        """Keep the secrets of a profile; return the name of the entry, empty where none was made.

        Args:
            profile: Its name.
            kept: The secrets.
        """
        # A name of its own: other folders of profiles may have one called so, too.
        entry = f"{profile} {secrets.token_hex(6)}"
        try:
            self._keyring().keep(entry, msgspec.json.encode(kept).decode())
        except NoKeyringError:
            return ""
        except KeyringFailedError as error:
            self._warn(f"{error}: the secrets are kept in a file that only you can read")
            return ""
        return entry

    def read(self, profile: str, entry: str, server: str, client_id: str) -> KeyringEntry:
        """Return the secrets of a profile.

        Args:
            profile: Its name.
            entry: The name of the entry.
            server: The server that they must be for.
            client_id: The app that they must be of.

        Raises:
            SecretsUnavailableError: The keyring does not give them, or they are others.
        """
        try:
            text = self._keyring().read(entry)
        except NoKeyringError as error:
            raise SecretsUnavailableError(
                f"the secrets of profile {profile!r} are in the keyring, but {error}",
                hint="Install rc-tail with that extra (rc-tail[keyring]), or log in again.",
            ) from error
        except KeyringFailedError as error:
            raise SecretsUnavailableError(
                f"the secrets of profile {profile!r} are in the keyring: {error}",
                hint="Unlock it, and try again. Or log in again: while the keyring does not "
                "answer, the secrets are kept in a file that only you can read.",
            ) from error
        try:
            kept = msgspec.json.decode(text or "", type=KeyringEntry)
        except (msgspec.MsgspecError, RecursionError):
            kept = None
        if kept is None or (kept.server, kept.client_id) != (server, client_id):
            raise SecretsUnavailableError(
                f"the keyring does not have the secrets of profile {profile!r}",
                hint="Log in again.",
            )
        return kept

    def forget(self, entry: str) -> None:
        """Delete an entry; an empty name is none. What does not work is told."""
        if not entry:
            return
        try:
            self._keyring().forget(entry)
        except (NoKeyringError, KeyringFailedError) as error:
            self._warn(
                f"secrets that are not needed any more may still be in the keyring ({error}): "
                f"delete the entry {entry!r} of rc-tail there yourself"
            )
