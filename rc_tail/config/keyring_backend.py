"""The operating system's keyring: used where the ``keyring`` extra is installed and it answers.

A keyring may ask its user for a password, wait for a bus that is gone, or break in ways of its
own; so everything that is asked of one has a time limit and ends in one sort of error.
"""

import importlib.util
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from rc_tail.text.escape import visible

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "rc-tail"
WITHIN = 3.0
# What keyring itself takes for fit to keep secrets.
_RECOMMENDED = 1

T = TypeVar("T")


class NoKeyringError(Exception):
    """There is none; the message says why."""


class KeyringFailedError(Exception):
    """There is one, and it does not do what it should; the message says what it does."""


class Keyring:
    """A keyring, within time limits.

    Args:
        backend: Keeps the secrets.
        within: Seconds in which it must answer.

    Attributes:
        name: What it is called, for people.
    """

    def __init__(self, backend: "KeyringBackend", within: float = WITHIN) -> None:
        self._backend = backend
        self._within = within
        self.name = visible(backend.name)[:60]

    def keep(self, entry: str, text: str) -> None:
        """Store a text, and make sure that it is there.

        Raises:
            KeyringTroubleError: It does not answer, refuses, or has forgotten it already.
        """

        def work() -> str | None:
            self._backend.set_password(SERVICE, entry, text)
            return self._backend.get_password(SERVICE, entry)

        if _asked(work, self._within) != text:
            raise KeyringFailedError("the keyring does not keep what it is given")

    def read(self, entry: str) -> str | None:
        """Return a stored text, or None where there is none.

        Raises:
            KeyringTroubleError: It does not answer, or refuses.
        """
        return _asked(lambda: self._backend.get_password(SERVICE, entry), self._within)

    def forget(self, entry: str) -> None:
        """Delete a stored text.

        Raises:
            KeyringTroubleError: It does not answer, or refuses.
        """
        _asked(lambda: self._backend.delete_password(SERVICE, entry), self._within)


def find_keyring(within: float = WITHIN) -> Keyring:
    """Return the keyring of this user.

    Args:
        within: Seconds in which it must answer, each time.

    Raises:
        NoKeyringError: The extra is not installed, or this machine has no keyring.
        KeyringTroubleError: It cannot even be looked for.
    """
    if importlib.util.find_spec("keyring") is None:
        raise NoKeyringError("rc-tail was installed without its extra, keyring")
    backend = _asked(_backend, within)
    if backend is None:
        raise NoKeyringError("this machine has no keyring that could be used")
    return Keyring(backend, within)


def _backend() -> "KeyringBackend | None":
    # Only now: it looks through all installed packages for keyrings.
    import keyring

    backend = keyring.get_keyring()
    return backend if backend.priority >= _RECOMMENDED else None


def _asked(work: Callable[[], T], within: float) -> T:
    """Return what `work` returns, on a thread that can be left alone."""
    done: queue.SimpleQueue[T | BaseException] = queue.SimpleQueue()

    def carry() -> None:
        try:
            done.put(work())
        except BaseException as error:  # noqa: BLE001 - backends raise whatever they like
            done.put(error)

    threading.Thread(target=carry, name="keyring", daemon=True).start()
    try:
        result = done.get(timeout=within)
    except queue.Empty:
        raise KeyringFailedError(f"the keyring did not answer within {within:g} s") from None
    if isinstance(result, BaseException):
        words = visible(str(result).strip() or type(result).__name__)[:200]
        raise KeyringFailedError(f"the keyring failed: {words}") from result
    return result
