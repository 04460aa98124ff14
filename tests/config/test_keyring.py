from pathlib import Path

import pytest

from rc_tail.config.keyring import KeyringEntry, SecretStore, SecretsUnavailableError
from rc_tail.config.keyring_backend import Keyring, NoKeyringError
from tests.keyring_backend import FolderKeyring

SERVER, APP = "https://rc.example", "client-id"
KEPT = KeyringEntry(SERVER, APP, "client-secret", "the-jwt")


class Keeper:
    """Keeps secrets in a keyring whose mood can change, and hears what is told."""

    def __init__(self, folder: Path) -> None:
        self.ring = FolderKeyring(folder / "ring")
        self.told: list[str] = []
        self.there = True
        self.kept = SecretStore(self.told.append, self.find)

    def find(self) -> Keyring:
        if not self.there:
            raise NoKeyringError("it is not there")
        return Keyring(self.ring, within=0.05 if self.ring.mood == "hangs" else 30)


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path)


def test_secrets_come_back(keeper: Keeper) -> None:
    entry = keeper.kept.keep("work", KEPT)
    assert entry.startswith("work ")
    assert keeper.kept.read("work", entry, SERVER, APP) == KEPT
    keeper.kept.forget(entry)
    assert keeper.ring.passwords() == {}
    assert keeper.told == []


def test_profiles_of_one_name_do_not_share_an_entry(keeper: Keeper) -> None:
    assert keeper.kept.keep("work", KEPT) != keeper.kept.keep("work", KEPT)
    assert len(keeper.ring.passwords()) == 2


def test_no_keyring_is_no_trouble(keeper: Keeper) -> None:
    keeper.there = False
    assert keeper.kept.keep("work", KEPT) == ""
    keeper.kept.forget("")
    assert keeper.told == []


@pytest.mark.parametrize("mood", ["hangs", "breaks", "forgets"])
def test_a_keyring_in_trouble_is_told_and_not_used(keeper: Keeper, mood: str) -> None:
    keeper.ring.mood = mood
    assert keeper.kept.keep("work", KEPT) == ""
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
    entry = keeper.kept.keep("work", KEPT)
    keeper.ring.mood, keeper.there = mood, there
    with pytest.raises(SecretsUnavailableError, match=words) as caught:
        keeper.kept.read("work", entry, SERVER, APP)
    assert "'work'" in caught.value.message
    assert caught.match(words)
    assert cure.replace("\\", "") in caught.value.hint
    assert caught.value.exit_status == 78


@pytest.mark.parametrize(
    ("server", "app"), [("https://other.example", APP), (SERVER, "other-client")]
)
def test_secrets_of_another_server_or_app_are_not_given(keeper, server, app) -> None:
    entry = keeper.kept.keep("work", KEPT)
    with pytest.raises(SecretsUnavailableError, match="does not have the secrets"):
        keeper.kept.read("work", entry, server, app)


@pytest.mark.parametrize("there", [None, "junk", "[]"])
def test_an_entry_that_is_none(keeper: Keeper, there: str | None) -> None:
    if there is not None:
        Keyring(keeper.ring).keep("work 1", there)
    with pytest.raises(SecretsUnavailableError, match="does not have the secrets"):
        keeper.kept.read("work", "work 1", SERVER, APP)


def test_an_entry_that_stays_is_told(keeper: Keeper) -> None:
    entry = keeper.kept.keep("work", KEPT)
    keeper.ring.mood = "breaks"
    keeper.kept.forget(entry)
    keeper.there = False
    keeper.kept.forget(entry)
    assert len(keeper.told) == 2
    assert all(entry in words for words in keeper.told)


def test_secrets_are_not_shown() -> None:
    assert "the-jwt" not in repr(KEPT)
    assert "client-secret" not in repr(KEPT)
