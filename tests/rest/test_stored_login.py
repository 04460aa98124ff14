import io
from pathlib import Path

import pytest
from msgspec.structs import replace

from rc_tail.config.credentials import Credentials, Identity
from rc_tail.config.folders import Folders
from rc_tail.config.settings import Settings
from rc_tail.errors import NotLoggedInError
from rc_tail.reporter import Reporter
from rc_tail.rest.stored_login import stored_login
from rc_tail.rest.token_cache import AccessToken, CacheContents, TokenCache

SETTINGS = Settings(
    "https://rc.example", Credentials("client-id", None, "the-jwt"), "environment (RC_*)"
)
ADA = Identity("1000", "101000", "101", "Ada Example", "ada@example.com", "https://rc.example")
TOKEN = AccessToken("at", 2e9, 1e9, "s", scope=("SMS",), owner_id="101000")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def reporter() -> Reporter:
    return Reporter(io.StringIO())


def cache(cached: CacheContents) -> None:
    key = SETTINGS.identity_key
    TokenCache(Folders.of_user().cache, SETTINGS.cache_key, key, print).write(cached)


@pytest.mark.parametrize(
    ("cached", "identity", "scope"),
    [
        (CacheContents(), None, ()),
        (CacheContents((TOKEN,)), None, ("SMS",)),
        (CacheContents((TOKEN,), ADA), ADA, ("SMS",)),
        (CacheContents((), ADA), ADA, ()),
    ],
)
def test_what_the_cache_knows(
    reporter: Reporter, cached: CacheContents, identity: Identity | None, scope: tuple[str, ...]
) -> None:
    cache(cached)
    facts = stored_login(SETTINGS, reporter)
    assert (facts.identity, facts.scope) == (identity, scope)
    assert facts.as_json()["extension_id"] == (identity.extension_id if identity else None)
    assert facts.rows()[0][0] == "user"


def test_what_the_profile_knows_wins(reporter: Reporter) -> None:
    cache(CacheContents((), Identity("2", "2")))
    settings = replace(SETTINGS, identity=ADA, scope=("Faxes",))
    facts = stored_login(settings, reporter)
    assert (facts.identity, facts.scope) == (ADA, ("Faxes",))


def test_no_login(reporter: Reporter) -> None:
    with pytest.raises(NotLoggedInError):
        stored_login(replace(SETTINGS, credentials=None), reporter)
