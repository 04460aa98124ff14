"""The secrets of stored logins in the operating system's keyring, an entry for each.

It is used if the ``keyring`` extra is installed and the machine has a keyring. A keyring may prompt
its user for a password, wait for a bus that is gone, or raise anything; so every call has a time
limit and fails with one type of error.
"""

import importlib.util
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from rc_tail.errors import ConfigError
from rc_tail.system.deadline import DeadlineExceededError, run_with_deadline
from rc_tail.system.files import Warn
from rc_tail.text.escape import visible

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "rc-tail"
_TIMEOUT = 3.0
# The least priority at which the keyring package itself recommends a backend for secrets.
_RECOMMENDED = 1

T = TypeVar("T")


class NoKeyringError(Exception):
    """There is no keyring; the message says why."""


class KeyringFailedError(Exception):
    """The keyring did not do what it should; the message says what it did."""


class SecretsUnavailableError(ConfigError):
    """The secrets of a profile are in a keyring that does not return them."""


class Keyring:
    """A keyring whose calls have a time limit.

    Args:
        timeout: Seconds for each call.
    """

    def __init__(self, backend: "KeyringBackend", timeout: float = _TIMEOUT) -> None:
        self._backend = backend
        self._timeout = timeout

    def store(self, entry: str, text: str) -> None:
        """Store a text, and check that it is there.

        Raises:
            KeyringFailedError: No answer in time, an error, or the text is not there.
        """

        def store_and_read() -> str | None:
            self._backend.set_password(_SERVICE, entry, text)
            return self._backend.get_password(_SERVICE, entry)

        if _call(store_and_read, self._timeout) != text:
            raise KeyringFailedError("the keyring did not store the secret")

    def read(self, entry: str) -> str | None:
        """Return a stored text; None if there is no such entry.

        Raises:
            KeyringFailedError: No answer in time, or an error.
        """
        return _call(lambda: self._backend.get_password(_SERVICE, entry), self._timeout)

    def delete(self, entry: str) -> None:
        """Delete a stored text.

        Raises:
            KeyringFailedError: No answer in time, or an error.
        """
        _call(lambda: self._backend.delete_password(_SERVICE, entry), self._timeout)


def find_keyring(timeout: float = _TIMEOUT) -> Keyring:
    """Return the user's keyring.

    Args:
        timeout: Seconds for finding it, and then for each of its calls.

    Raises:
        NoKeyringError: The extra is not installed, or this machine has no keyring.
        KeyringFailedError: No answer in time, or an error.
    """
    if importlib.util.find_spec("keyring") is None:
        raise NoKeyringError("rc-tail is installed without the keyring extra")
    backend = _call(_find_backend, timeout)
    if backend is None:
        raise NoKeyringError("this machine has no usable keyring")
    return Keyring(backend, timeout)


def _find_backend() -> "KeyringBackend | None":
    # Imported late: it searches all installed packages for backends.
    import keyring

    backend = keyring.get_keyring()
    return backend if backend.priority >= _RECOMMENDED else None


def _call(work: Callable[[], T], timeout: float) -> T:
    def translated() -> T:
        try:
            return work()
        except BaseException as error:
            words = visible(str(error).strip() or type(error).__name__)[:200]
            raise KeyringFailedError(f"the keyring failed: {words}") from error

    try:
        return run_with_deadline(translated, timeout, name="keyring")
    except DeadlineExceededError:
        raise KeyringFailedError(f"the keyring did not answer within {timeout:g} s") from None


class KeyringEntry(msgspec.Struct, frozen=True):
    """An entry; server and app bind it to its profile, whose file anyone could have changed.

    Attributes:
        client_secret: None for a public app.
    """

    server: str
    client_id: str
    client_secret: str | None
    jwt: str

    def __repr__(self) -> str:
        return f"Secrets({self.server!r}, {self.client_id!r}, ...)"


class SecretStore:
    """The secrets of profiles in the keyring, if there is one."""

    def __init__(self, warn: Warn, find: Callable[[], Keyring] = find_keyring) -> None:
        self._warn = warn
        self._find = find

    def store(self, profile: str, content: KeyringEntry) -> str:
        """Store the secrets of a profile; return the entry's name, empty if none was made."""
        # A unique name: folders of other configurations may have a profile of this name too.
        entry = f"{profile} {secrets.token_hex(6)}"
        try:
            self._find().store(entry, msgspec.json.encode(content).decode())
        except NoKeyringError:
            return ""
        except KeyringFailedError as error:
            self._warn(f"{error}: storing the secrets in a file that only you can read")
            return ""
        return entry

    def read(self, profile: str, entry: str, server: str, client_id: str) -> KeyringEntry:
        """Return the secrets of a profile.

        Args:
            server: The server that they must be for.
            client_id: The app that they must be of.

        Raises:
            SecretsUnavailableError: The keyring does not return them, or they are for another
                server or app.
        """
        try:
            text = self._find().read(entry)
        except NoKeyringError as error:
            raise SecretsUnavailableError(
                f"the secrets of profile {profile!r} are in the keyring, but {error}",
                hint="Install rc-tail with that extra (rc-tail[keyring]), or log in again.",
            ) from error
        except KeyringFailedError as error:
            raise SecretsUnavailableError(
                f"the secrets of profile {profile!r} are in the keyring: {error}",
                hint="Unlock it, and try again. Or log in again: while the keyring does not "
                "answer, the secrets are stored in a file that only you can read.",
            ) from error
        try:
            found = msgspec.json.decode(text or "", type=KeyringEntry)
        except (msgspec.MsgspecError, RecursionError):
            found = None
        if found is None or (found.server, found.client_id) != (server, client_id):
            raise SecretsUnavailableError(
                f"the keyring does not have the secrets of profile {profile!r}",
                hint="Log in again.",
            )
        return found

    def delete(self, entry: str) -> None:
        """Delete an entry, none if the name is empty; a failure is a warning."""
        if not entry:
            return
        try:
            self._find().delete(entry)
        except (NoKeyringError, KeyringFailedError) as error:
            self._warn(
                f"unused secrets may still be in the keyring ({error}): "
                f"delete the entry {entry!r} of rc-tail manually"
            )
