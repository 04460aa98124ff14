import pytest

from tests.cli.conftest import Home
from tests.rest.platform import REVOKE, LoopbackPlatform, Reply


def test_a_logout_revokes_and_forgets(platform: LoopbackPlatform, home: Home) -> None:
    home.log_in()
    done = home.run("logout")
    assert done.status == 0
    assert "profile 'default' is forgotten" in done.stderr
    assert platform.dead == {"access-token-l1"}
    assert not home.profile.exists()
    assert list((home.folder / "cache" / "rc-tail" / "tokens").glob("*.json")) == []
    assert home.run("logout").status == 77


def test_only_the_named_profile_is_forgotten(platform: LoopbackPlatform, home: Home) -> None:
    home.log_in()
    home.log_in("--profile", "work")
    assert home.run("logout", "--profile", "work").status == 0
    assert home.profile.exists()
    assert platform.dead == {"access-token-l2"}


@pytest.mark.parametrize("reply", [Reply(503), Reply(400, {"errorCode": "OAU-164"})])
def test_a_revocation_that_fails_does_not_keep_the_profile(
    platform: LoopbackPlatform, home: Home, reply: Reply
) -> None:
    home.log_in()
    platform.answer(REVOKE, reply)
    done = home.run("logout")
    assert done.status == 0
    assert "ends by itself" in done.stderr
    assert not home.profile.exists()


def test_a_server_that_is_gone_does_not_keep_the_profile(home: Home) -> None:
    home.log_in()
    stored = home.profile.read_text()
    home.profile.write_text(stored.replace(home.url, "http://127.0.0.1:1"))
    assert home.run("logout").status == 0
    assert not home.profile.exists()


def test_credentials_of_the_environment_stay_there(platform: LoopbackPlatform, home: Home) -> None:
    home.log_in()
    done = home.run("logout", environ=home.variables)
    assert done.status == 0
    assert "environment (RC_*) still has the credentials" in done.stderr
    assert platform.count(REVOKE) == 0  # those of the environment were never logged in
    assert home.profile.exists()


def test_a_damaged_profile_is_not_forgotten(home: Home) -> None:
    home.log_in()
    home.profile.write_text("junk")
    assert home.run("logout").status == 78
    assert home.profile.read_text() == "junk"


def test_a_cache_that_cannot_be_deleted_keeps_the_profile(home: Home) -> None:
    home.log_in()
    cache = home.folder / "cache" / "rc-tail" / "tokens" / "profile-default.json"
    cache.unlink()
    cache.mkdir()
    done = home.run("logout")
    assert done.status == 78
    assert "token cache" in done.stderr
    assert home.profile.exists()


def test_nobody_is_logged_in(home: Home) -> None:
    done = home.run("logout")
    assert done.status == 77
    assert "not logged in" in done.stderr
