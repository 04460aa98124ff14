import importlib.util
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from rc_tail.config.keyring_backend import (
    Keyring,
    KeyringFailedError,
    NoKeyringError,
    find_keyring,
)
from tests.keyring_backend import FolderKeyring


@pytest.fixture
def installed() -> Iterator[object]:
    """Lets a backend be the one of this process, for the time of a test."""
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    ring = Keyring(FolderKeyring(tmp_path / "ring"))
    assert ring.read("work") is None
    ring.keep("work", "secret")
    assert ring.read("work") == "secret"
    ring.forget("work")
    assert ring.read("work") is None


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("hangs", "the keyring did not answer within 0.05 s"),
        ("breaks", r"the keyring failed: the bus\x1b[31m is gone"),
    ],
)
def test_trouble_is_told_in_time_and_harmless(tmp_path: Path, mood: str, words: str) -> None:
    ring = Keyring(FolderKeyring(tmp_path, mood), within=0.05 if mood == "hangs" else 30)
    for use in (lambda: ring.keep("work", "x"), lambda: ring.read("work")):
        with pytest.raises(KeyringFailedError) as caught:
            use()
        assert str(caught.value) == words
    with pytest.raises(KeyringFailedError):
        ring.forget("work")


def test_one_that_forgets_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(KeyringFailedError, match="does not keep what it is given"):
        Keyring(FolderKeyring(tmp_path, "forgets")).keep("work", "x")


def test_the_keyring_of_the_process_is_found(tmp_path: Path, installed) -> None:
    installed(FolderKeyring(tmp_path))
    assert find_keyring().name == FolderKeyring(tmp_path).name


def test_a_machine_without_one(installed) -> None:
    with pytest.raises(NoKeyringError, match="this machine has no keyring"):
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
    with pytest.raises(NoKeyringError, match="without its extra"):
        find_keyring()
