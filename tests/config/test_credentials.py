import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.config.credentials import (
    Credentials,
    Identity,
    Profile,
    ProfileStore,
    ProfileSummary,
    check_profile_name,
)
from rc_tail.config.keyring import Keyring, SecretsUnavailableError
from rc_tail.errors import ConfigError, UsageError
from tests.keyring_backend import FolderKeyring

CREDENTIALS = Credentials("client-id", "client-secret", "the-jwt")
ADA = Identity("1", "101000", "101", "Ada Example", "ada@example.com", "https://rc.example")
PROFILE = Profile("https://rc.example", CREDENTIALS, ADA, ("ReadMessages", "SMS"))


class Told(list[str]):
    def __call__(self, message: str) -> None:
        self.append(message)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def store(tmp_path: Path, told: Told) -> ProfileStore:
    return ProfileStore(tmp_path / "rc-tail", told)


@pytest.mark.parametrize(
    "profile",
    [PROFILE, Profile("http://127.0.0.1:5000", Credentials("id", None, "jwt"))],
    ids=["whole", "public app"],
)
def test_a_profile_comes_back(store: ProfileStore, profile: Profile) -> None:
    path = store.save("work", profile)
    assert store.load("work") == profile
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_names_are_sorted_and_only_profiles(store: ProfileStore) -> None:
    assert store.names() == []
    for name in ("work", "default"):
        store.save(name, PROFILE)
    folder = store.path("work").parent
    for other in (".hidden.json", "note.txt", "a b.json"):
        (folder / other).write_text("{}")
    assert store.names() == ["default", "work"]


def test_a_profile_is_forgotten(store: ProfileStore) -> None:
    store.save("work", PROFILE)
    store.delete("work")
    store.delete("work")
    assert store.load("work") is None


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "../x", "/etc/passwd", "a b", "a\n", "x" * 65, "é"]
)
def test_a_path_is_no_name(store: ProfileStore, name: str) -> None:
    for use in (check_profile_name, store.path, store.load, store.delete):
        with pytest.raises(UsageError):
            use(name)
    with pytest.raises(UsageError):
        store.save(name, PROFILE)


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"junk",
        b"[]",
        b"{}",
        b"\xff",
        b'{"version": 1, "server": "https://rc.example", "client_id": 7, "jwt": "x"}',
        b'{"version": 1, "server": "http://rc.example", "client_id": "x", "jwt": "x"}',
        b'{"version": 9, "server": "https://rc.example", "client_id": "x", "jwt": "x"}',
        b'{"version": 1, "server": "https://rc.example", "client_id": "\xff", "jwt": "x"}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_profile_is_reported_and_left_as_it_is(
    store: ProfileStore, contents: bytes
) -> None:
    path = store.save("work", PROFILE)
    path.write_bytes(contents)
    with pytest.raises(ConfigError) as caught:
        store.load("work")
    assert caught.value.exit_status == 78
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert path.read_bytes() == contents


@given(st.binary())
def test_any_contents_are_a_profile_or_a_configuration_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    store = ProfileStore(tmp_path_factory.getbasetemp() / "fuzz", lambda _: None)
    path = store.save("work", PROFILE)
    path.write_bytes(data)
    with pytest.raises(ConfigError):
        store.load("work")


def test_a_profile_that_cannot_be_read_is_reported(store: ProfileStore) -> None:
    store.path("work").mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be read"):
        store.load("work")
    with pytest.raises(ConfigError, match="cannot be deleted"):
        store.delete("work")


def test_a_store_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = ProfileStore(tmp_path / "file", print)
    with pytest.raises(ConfigError, match="cannot be written"):
        store.save("work", PROFILE)
    assert store.load("work") is None
    assert store.names() == []


def test_a_folder_of_profiles_that_loops_is_reported(tmp_path: Path) -> None:
    (tmp_path / "profiles").symlink_to(tmp_path / "profiles")
    with pytest.raises(ConfigError, match="cannot be read"):
        ProfileStore(tmp_path, print).names()


def test_wrong_permissions_are_repaired(store: ProfileStore, told: Told) -> None:
    path = store.save("work", PROFILE)
    path.chmod(0o644)
    assert store.load("work") == PROFILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(told) == 1


def test_unknown_fields_are_kept_out_of_the_way(store: ProfileStore) -> None:
    path = store.save("work", PROFILE)
    path.write_text(json.dumps({**json.loads(path.read_text()), "later": 1}))
    assert store.load("work") == PROFILE


def test_secrets_are_not_in_the_representation() -> None:
    assert "client-secret" not in repr(PROFILE)
    assert "the-jwt" not in repr(PROFILE)


def test_a_fingerprint_tells_identities_apart() -> None:
    prints = {
        CREDENTIALS.fingerprint("https://a"),
        CREDENTIALS.fingerprint("https://b"),
        Credentials("other", "client-secret", "the-jwt").fingerprint("https://a"),
        Credentials("client-id", "client-secret", "other").fingerprint("https://a"),
    }
    assert len(prints) == 4
    # A new secret of the same app is the same identity.
    assert Credentials("client-id", None, "the-jwt").fingerprint("https://a") in prints


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (ADA, "Ada Example, extension 101 (ada@example.com)"),
        (Identity("", "101000"), "extension 101000"),
    ],
)
def test_an_identity_in_words(identity: Identity, words: str) -> None:
    assert identity.described() == words


# Where the secrets are.


@pytest.fixture
def ring(tmp_path: Path) -> FolderKeyring:
    return FolderKeyring(tmp_path / "ring")


@pytest.fixture
def ringed(tmp_path: Path, told: Told, ring: FolderKeyring) -> ProfileStore:
    """A store beside a keyring."""
    return ProfileStore(tmp_path / "rc-tail", told, lambda: Keyring(ring, timeout=30))


def test_secrets_are_in_the_keyring_and_nowhere_else(ringed, ring) -> None:
    path = ringed.save("work", PROFILE)
    assert ringed.load("work") == PROFILE
    assert ringed.outline("work") == ProfileSummary(PROFILE.server, "client-id", ADA, "keyring")
    text = path.read_text()
    assert "the-jwt" not in text
    assert "client-secret" not in text
    assert len(ring.passwords()) == 1


def test_without_a_keyring_they_are_in_the_file(store: ProfileStore, told: Told) -> None:
    store.save("work", PROFILE)
    assert store.outline("work") == ProfileSummary(PROFILE.server, "client-id", ADA, "file")
    assert store.outline("other") is None
    assert told == []


def test_the_outline_does_not_ask_the_keyring(ringed, ring) -> None:
    ringed.save("work", PROFILE)
    ring.mood = "breaks"
    assert ringed.outline("work").place == "keyring"
    with pytest.raises(SecretsUnavailableError):
        ringed.load("work")


def test_a_new_login_leaves_nothing_of_the_old_one(ringed, ring, told) -> None:
    ringed.save("work", PROFILE)
    ringed.save("work", PROFILE)
    assert len(ring.passwords()) == 1
    assert ringed.load("work") == PROFILE
    ring.mood = "breaks"
    ringed.save("work", PROFILE)
    assert ringed.outline("work").place == "file"
    assert "in a file" in told[0]
    assert "may still be in the keyring" in told[1]


def test_forgetting_a_profile_forgets_its_entry(ringed, ring) -> None:
    ringed.save("work", PROFILE)
    ringed.delete("work")
    assert ring.passwords() == {}


def test_a_profile_that_cannot_be_written_leaves_no_entry(ringed, ring, tmp_path) -> None:
    (tmp_path / "rc-tail").mkdir()
    (tmp_path / "rc-tail" / "profiles").write_text("")
    with pytest.raises(ConfigError):
        ringed.save("work", PROFILE)
    assert ring.passwords() == {}


def test_a_damaged_profile_can_be_deleted(ringed) -> None:
    path = ringed.save("work", PROFILE)
    path.write_text("junk")
    ringed.delete("work")
    assert not path.exists()


def test_a_file_without_any_secret_is_damaged(store: ProfileStore) -> None:
    path = store.save("work", PROFILE)
    path.write_text('{"version": 1, "server": "https://rc.example", "client_id": "x"}')
    with pytest.raises(ConfigError, match="JWT is missing"):
        store.load("work")
