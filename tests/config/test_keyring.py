import importlib.util
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from rc_tail.config.keyring import (
    Keyring,
    KeyringEntry,
    KeyringFailedError,
    NoKeyringError,
    SecretStore,
    SecretsUnavailableError,
    find_keyring,
)
from tests.keyring_backend import FolderKeyring

# The keyring.


@pytest.fixture
def installed() -> Iterator[object]:
    """Lets a backend be the one of this process, for the time of a test."""
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    ring = Keyring(FolderKeyring(tmp_path / "ring"))
    assert ring.read("work") is None
    ring.store("work", "secret")
    assert ring.read("work") == "secret"
    ring.delete("work")
    assert ring.read("work") is None


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("hangs", "the keyring did not answer within 0.05 s"),
        ("breaks", r"the keyring failed: the bus\x1b[31m is gone"),
    ],
)
def test_trouble_is_reported_in_time_and_harmless(tmp_path: Path, mood: str, words: str) -> None:
    ring = Keyring(FolderKeyring(tmp_path, mood), timeout=0.05 if mood == "hangs" else 30)
    for use in (lambda: ring.store("work", "x"), lambda: ring.read("work")):
        with pytest.raises(KeyringFailedError) as caught:
            use()
        assert str(caught.value) == words
    with pytest.raises(KeyringFailedError):
        ring.delete("work")


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit("gone")])
def test_a_backend_that_raises_no_exception_fails_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def end(*_: str) -> None:
        raise error

    monkeypatch.setattr(FolderKeyring, "get_password", end)
    with pytest.raises(KeyringFailedError, match="the keyring failed"):
        Keyring(FolderKeyring(tmp_path)).read("work")


def test_one_that_forgets_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(KeyringFailedError, match="did not store the secret"):
        Keyring(FolderKeyring(tmp_path, "forgets")).store("work", "x")


def test_the_keyring_of_the_process_is_found(tmp_path: Path, installed) -> None:
    installed(FolderKeyring(tmp_path))
    find_keyring().store("work", "secret")
    assert FolderKeyring(tmp_path).passwords() == {"rc-tail/work": "secret"}


def test_a_machine_without_one(installed) -> None:
    with pytest.raises(NoKeyringError, match="this machine has no usable keyring"):
        find_keyring()


class Slow(KeyringBackend):
    """Thinks about whether it is fit, and is not."""

    @property
    def priority(self) -> float:
        raise RuntimeError

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...


def test_one_that_cannot_be_looked_for(installed) -> None:
    installed(Slow())
    with pytest.raises(KeyringFailedError, match="the keyring failed: RuntimeError"):
        find_keyring()


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NoKeyringError, match="without the keyring extra"):
        find_keyring()


# Secrets in it.

SERVER, APP = "https://rc.example", "client-id"
KEPT = KeyringEntry(SERVER, APP, "client-secret", "the-jwt")


class Keeper:
    """Keeps secrets in a keyring whose mood can change, and hears what is told."""

    def __init__(self, folder: Path) -> None:
        self.ring = FolderKeyring(folder / "ring")
        self.told: list[str] = []
        self.there = True
        self.secrets = SecretStore(self.told.append, self.find)

    def find(self) -> Keyring:
        if not self.there:
            raise NoKeyringError("it is not there")
        return Keyring(self.ring, timeout=0.05 if self.ring.mood == "hangs" else 30)


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path)


def test_secrets_come_back(keeper: Keeper) -> None:
    entry = keeper.secrets.store("work", KEPT)
    assert entry.startswith("work ")
    assert keeper.secrets.read("work", entry, SERVER, APP) == KEPT
    keeper.secrets.delete(entry)
    assert keeper.ring.passwords() == {}
    assert keeper.told == []


def test_profiles_of_one_name_do_not_share_an_entry(keeper: Keeper) -> None:
    assert keeper.secrets.store("work", KEPT) != keeper.secrets.store("work", KEPT)
    assert len(keeper.ring.passwords()) == 2


def test_no_keyring_is_no_trouble(keeper: Keeper) -> None:
    keeper.there = False
    assert keeper.secrets.store("work", KEPT) == ""
    keeper.secrets.delete("")
    assert keeper.told == []


@pytest.mark.parametrize("mood", ["hangs", "breaks", "forgets"])
def test_a_keyring_in_trouble_is_reported_and_not_used(keeper: Keeper, mood: str) -> None:
    keeper.ring.mood = mood
    assert keeper.secrets.store("work", KEPT) == ""
    (words,) = keeper.told
    assert "a file that only you can read" in words
    assert "the-jwt" not in words


@pytest.mark.parametrize(
    ("mood", "there", "words", "cure"),
    [
        ("hangs", True, "did not answer within", "Unlock it"),
        ("breaks", True, "the bus", "Unlock it"),
        ("", False, "it is not there", "rc-tail\\[keyring\\]"),
    ],
)
def test_secrets_that_cannot_be_had(keeper, mood, there, words, cure) -> None:
    entry = keeper.secrets.store("work", KEPT)
    keeper.ring.mood, keeper.there = mood, there
    with pytest.raises(SecretsUnavailableError, match=words) as caught:
        keeper.secrets.read("work", entry, SERVER, APP)
    assert "'work'" in caught.value.message
    assert caught.match(words)
    assert cure.replace("\\", "") in caught.value.hint
    assert caught.value.exit_status == 78


@pytest.mark.parametrize(
    ("server", "app"), [("https://other.example", APP), (SERVER, "other-client")]
)
def test_secrets_of_another_server_or_app_are_not_given(keeper, server, app) -> None:
    entry = keeper.secrets.store("work", KEPT)
    with pytest.raises(SecretsUnavailableError, match="does not have the secrets"):
        keeper.secrets.read("work", entry, server, app)


@pytest.mark.parametrize("there", [None, "junk", "[]"])
def test_an_entry_that_is_invalid(keeper: Keeper, there: str | None) -> None:
    if there is not None:
        Keyring(keeper.ring).store("work 1", there)
    with pytest.raises(SecretsUnavailableError, match="does not have the secrets"):
        keeper.secrets.read("work", "work 1", SERVER, APP)


def test_an_entry_that_stays_is_reported(keeper: Keeper) -> None:
    entry = keeper.secrets.store("work", KEPT)
    keeper.ring.mood = "breaks"
    keeper.secrets.delete(entry)
    keeper.there = False
    keeper.secrets.delete(entry)
    assert len(keeper.told) == 2
    assert all(entry in words for words in keeper.told)


def test_secrets_are_not_shown() -> None:
    assert "the-jwt" not in repr(KEPT)
    assert "client-secret" not in repr(KEPT)
