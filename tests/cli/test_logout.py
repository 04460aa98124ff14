import pytest

from tests.cli.conftest import Shell
from tests.keyring_backend import FolderKeyring
from tests.rest.platform import REVOKE, LoopbackPlatform, Reply


def test_a_logout_revokes_and_forgets(platform: LoopbackPlatform, shell: Shell) -> None:
    shell.log_in()
    done = shell.run("logout")
    assert done.status == 0
    assert "profile 'default' deleted" in done.stderr
    assert platform.dead == {"access-token-l1"}
    assert not shell.profile.exists()
    assert list((shell.folder / "cache" / "rc-tail" / "tokens").glob("*.json")) == []
    assert shell.run("logout").status == 77


def test_only_the_named_profile_is_forgotten(platform: LoopbackPlatform, shell: Shell) -> None:
    shell.log_in()
    shell.log_in("--profile", "work")
    assert shell.run("logout", "--profile", "work").status == 0
    assert shell.profile.exists()
    assert platform.dead == {"access-token-l2"}


@pytest.mark.parametrize("reply", [Reply(503), Reply(400, {"errorCode": "OAU-164"})])
def test_a_revocation_that_fails_does_not_keep_the_profile(
    platform: LoopbackPlatform, shell: Shell, reply: Reply
) -> None:
    shell.log_in()
    platform.answer(REVOKE, reply)
    done = shell.run("logout")
    assert done.status == 0
    assert "will expire by itself" in done.stderr
    assert not shell.profile.exists()


def test_a_server_that_is_gone_does_not_keep_the_profile(shell: Shell) -> None:
    shell.log_in()
    stored = shell.profile.read_text()
    shell.profile.write_text(stored.replace(shell.url, "http://127.0.0.1:1"))
    assert shell.run("logout").status == 0
    assert not shell.profile.exists()


def test_credentials_of_the_environment_stay_there(
    platform: LoopbackPlatform, shell: Shell
) -> None:
    shell.log_in()
    done = shell.run("logout", environ=shell.variables)
    assert done.status == 0
    assert "environment (RC_*) still has the credentials" in done.stderr
    assert platform.count(REVOKE) == 0  # those of the environment were never logged in
    assert shell.profile.exists()


def test_a_damaged_profile_is_not_forgotten(shell: Shell) -> None:
    shell.log_in()
    shell.profile.write_text("junk")
    assert shell.run("logout").status == 78
    assert shell.profile.read_text() == "junk"


def test_a_cache_that_cannot_be_deleted_keeps_the_profile(shell: Shell) -> None:
    shell.log_in()
    cache = shell.folder / "cache" / "rc-tail" / "tokens" / "profile-default.json"
    cache.unlink()
    cache.mkdir()
    done = shell.run("logout")
    assert done.status == 78
    assert "token cache" in done.stderr
    assert shell.profile.exists()


def test_not_logged_in(shell: Shell) -> None:
    done = shell.run("logout")
    assert done.status == 77
    assert "not logged in" in done.stderr


def test_a_logout_forgets_what_is_in_the_keyring(
    platform: LoopbackPlatform, shell: Shell, ring: FolderKeyring
) -> None:
    assert "client secret and JWT are in the keyring" in shell.log_in().stderr
    assert "the-jwt-of-ada" not in shell.profile.read_text()
    assert shell.run("logout").status == 0
    assert platform.dead == {"access-token-l1"}
    assert ring.passwords() == {}


def test_a_keyring_that_fails_does_not_keep_the_profile(
    platform: LoopbackPlatform, shell: Shell, ring: FolderKeyring
) -> None:
    shell.log_in()
    ring.mood = "breaks"
    assert shell.run("whoami").status == 78
    done = shell.run("logout")
    assert done.status == 0
    assert "will expire by themselves" in done.stderr
    assert "delete the entry 'default " in done.stderr
    assert platform.dead == set()
    assert not shell.profile.exists()
    assert list((shell.folder / "cache" / "rc-tail" / "tokens").glob("*.json")) == []
