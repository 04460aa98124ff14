import subprocess
import sys
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from rc_tail.config.credentials import Credentials, Identity
from rc_tail.config.settings import Settings
from rc_tail.errors import (
    JwtRejectedError,
    NotLoggedInError,
    PermissionMissingError,
    RateLimitedError,
    RcTailError,
    TemporaryError,
    TokenExpiredError,
    UnreachableError,
)
from rc_tail.rest.client import RestClient
from rc_tail.rest.token_cache import CacheContents, TokenCache
from rc_tail.rest.tokens import TokenSource, _as_token
from rc_tail.text.redact import Redactor
from tests.rest.conftest import Clock, Source
from tests.rest.platform import ME, REVOKE, TOKEN, LoopbackPlatform, Reply
from tests.state.limits import files_no_larger_than

UNWELL = Reply(503, {"errorCode": "CMN-201"})


def test_what_another_process_wrote_down_is_hidden_before_it_is_used(
    platform: LoopbackPlatform, source: Source
) -> None:
    platform.refresh_tokens = True
    source().get()
    alone = Redactor()
    source.client = RestClient(platform.url, ca_bundle=None, redactor=alone)
    token = source().get()
    assert alone.mask(f"{token.value} {token.refresh_token}") == "*** ***"
    source.client.close()


def test_a_token_is_asked_for_once_and_shared(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    first = source().get()
    assert first.value == "access-token-l1"
    assert (first.issued_at, first.expires_at) == (clock.now, clock.now + 3600)
    assert first.oauth_session == "session-1"
    assert first.scope == ("ReadMessages", "ReadAccounts", "WebSocketsSubscription")
    assert first.owner_id == "400000101"
    assert source().get() == first
    assert source().get(oauth_session="session-1") == first
    assert platform.paths() == [TOKEN]


def test_a_token_is_renewed_before_it_ends(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    first = source().get()
    clock.now += 3000
    assert source().get() == first
    second = source().get(min_life=601)
    assert second.oauth_session != first.oauth_session
    assert platform.logins == 2


def test_a_living_token_is_there_or_not_and_costs_no_request(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    tokens = source()
    assert tokens.living() is None
    token = tokens.get()
    assert tokens.living() == token
    clock.now = token.expires_at
    assert tokens.living() is None
    assert platform.count(TOKEN) == 1


def test_a_short_token_is_not_renewed_all_the_time(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    platform.expires_in = 20
    first = source().get()
    clock.now += 9
    assert source().get() == first
    clock.now += 2
    assert source().get() != first


def test_a_service_that_names_no_sessions_gets_marks_of_our_own(
    platform: LoopbackPlatform, source: Source
) -> None:
    platform.session_ids = False
    platform.refresh_tokens = True
    first, second = source().login(), source().login()
    assert len({first.oauth_session, second.oauth_session, ""}) == 3
    renewed = source().get(oauth_session=first.oauth_session, rejected=first.value)
    assert renewed.oauth_session == first.oauth_session


# Refreshing.


def test_a_refresh_stays_in_the_session(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    platform.refresh_tokens = True
    first = source().get()
    clock.now += 3600
    second = source().get()
    assert (second.value, second.oauth_session) == ("access-token-r1", first.oauth_session)
    assert (platform.logins, platform.refreshes) == (1, 1)
    assert source().get() == second


def test_a_refresh_token_that_has_ended_is_not_tried(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    platform.refresh_tokens = True
    source().get()
    clock.now += 604800
    source().get()
    assert (platform.logins, platform.refreshes) == (2, 0)
    assert platform.count(TOKEN) == 2


def test_a_refused_refresh_leads_to_a_login(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    platform.refresh_tokens = True
    first = source().get()
    platform.dead.add("refresh-token-l1")
    clock.now += 3600
    second = source().get()
    assert second.oauth_session != first.oauth_session
    assert platform.logins == 2
    # The dead session is gone from the cache: nobody tries it again.
    assert [t.value for t in source.cache().peek().tokens] == [second.value]


def test_a_refused_refresh_is_not_tried_again_when_the_login_has_to_wait(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    platform.refresh_tokens = True
    source().get()
    clock.now += 3600
    refused = Reply(400, {"error": "invalid_grant", "errors": [{"errorCode": "OAU-210"}]})
    platform.answer(TOKEN, refused, Reply(429, {"errorCode": "CMN-301"}))
    with pytest.raises(RateLimitedError):
        source().get()
    source().get()
    grants = [asked.form["grant_type"] for asked in platform.asked if asked.path == TOKEN]
    assert grants.count("refresh_token") == 1


def test_a_service_that_is_unwell_costs_no_session(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    platform.refresh_tokens = True
    first = source().get()
    clock.now += 3600
    platform.answer(TOKEN, UNWELL)
    with pytest.raises(TemporaryError):
        source().get()
    assert source().get().oauth_session == first.oauth_session
    assert platform.logins == 1


# Sessions.


def test_a_replaced_session_stays_until_it_ends(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    old, new = source().get(), source().login()
    assert source().get() == new
    assert source().get(oauth_session=old.oauth_session) == old
    clock.now += 3601
    third = source().get()
    assert [t.value for t in source.cache().peek().tokens] == [third.value]


def test_a_token_of_another_session_is_better_than_a_login(
    platform: LoopbackPlatform, source: Source
) -> None:
    token = source().get()
    assert source().get(oauth_session="one that is gone") == token
    assert platform.logins == 1


def test_the_session_asked_for_is_refreshed_although_there_is_another(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    platform.refresh_tokens = True
    old = source().get()
    clock.now += 1800
    new = source().login()
    clock.now += 1800
    assert source().get(oauth_session=old.oauth_session).value == "access-token-r1"
    assert source().get(oauth_session=new.oauth_session) == new


def test_another_session_is_used_when_the_one_asked_for_cannot_be_refreshed(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    platform.refresh_tokens = True
    old = source().get()
    platform.dead.add("refresh-token-l1")
    clock.now += 1800
    new = source().login()
    clock.now += 1800
    assert source().get(oauth_session=old.oauth_session) == new
    assert platform.logins == 2


# Refused tokens.


def test_a_refused_token_is_first_looked_up(platform: LoopbackPlatform, source: Source) -> None:
    platform.refresh_tokens = True
    tail, other = source(), source()
    first = tail.get()
    second = other.get(rejected=first.value)
    assert second.value == "access-token-r1"
    # The other process refreshed: the same session has a newer token already.
    assert tail.get(oauth_session=first.oauth_session, rejected=first.value) == second
    assert platform.count(TOKEN) == 2


def test_a_refused_token_without_refresh_leads_to_one_login_for_all(
    platform: LoopbackPlatform, source: Source
) -> None:
    first = source().get()
    second = source().get(oauth_session=first.oauth_session, rejected=first.value)
    assert second.value == "access-token-l2"
    assert source().get(oauth_session=first.oauth_session, rejected=first.value) == second
    # Nor does anybody get the refused one who did not see it refused.
    assert source().get(oauth_session=first.oauth_session) == second
    assert platform.logins == 2


def test_what_is_older_than_a_refused_token_is_not_used(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    source().get()
    clock.now += 60
    second = source().login()
    third = source().get(rejected=second.value)
    assert third.value == "access-token-l3"


def test_a_refused_token_that_is_known_as_such_needs_no_write(
    platform: LoopbackPlatform, source: Source
) -> None:
    source().get(rejected="a token of long ago")
    assert platform.logins == 1


# Logging in.


def test_a_login_is_a_new_session_whatever_there_is(
    platform: LoopbackPlatform, source: Source
) -> None:
    assert source().login() != source().login()
    assert platform.logins == 2


def test_a_refused_login_leaves_the_cache_as_it_was(
    platform: LoopbackPlatform, source: Source
) -> None:
    first = source().get()
    platform.answer(TOKEN, Reply(400, {"error": "invalid_grant"}))
    with pytest.raises(JwtRejectedError):
        source().login()
    assert source().get() == first


def test_a_login_that_is_accepted_reads_no_jwt(
    platform: LoopbackPlatform, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)  # an import would fail
    source().get()
    platform.answer(TOKEN, UNWELL)
    with pytest.raises(TemporaryError):
        source().login()
    assert source.warnings == []


def test_the_jwts_hints_come_with_a_refusal_and_once(
    platform: LoopbackPlatform, source: Source
) -> None:
    tokens = source()
    refusal = Reply(400, {"error": "invalid_grant"})
    platform.answer(TOKEN, refusal, refusal)
    for _ in range(2):
        with pytest.raises(JwtRejectedError):
            tokens.request_login()
    (warning,) = source.warnings
    assert "does not look like a JWT" in warning


def test_a_login_that_was_tried_before_is_kept(
    platform: LoopbackPlatform, source: Source, client: RestClient
) -> None:
    tokens = source()
    answer = tokens.request_login()
    assert source.cache().peek() == CacheContents()
    kept = tokens.adopt(answer)
    assert source().get() == kept
    assert platform.logins == 1


def test_no_credentials(platform: LoopbackPlatform, source: Source) -> None:
    settings = Settings(platform.url, None, "", profile="default")
    with pytest.raises(NotLoggedInError):
        TokenSource(settings, source.client, source.cache())


def test_a_profile_with_new_credentials_does_not_use_old_tokens(
    platform: LoopbackPlatform, source: Source
) -> None:
    source.settings = replace(source.settings, profile="work")
    first = source().get()
    source.settings = replace(source.settings, credentials=Credentials("client-id", None, "new"))
    assert source().get() != first


# Who it is.


def test_who_it_is_is_asked_once(platform: LoopbackPlatform, source: Source) -> None:
    assert source().identity().name == "Ada Example"
    assert source().identity().name == "Ada Example"
    assert platform.count(ME) == 1


def test_an_app_that_may_not_read_accounts(platform: LoopbackPlatform, source: Source) -> None:
    platform.answer(ME, Reply(403, {"errorCode": "CMN-401"}))
    assert source().identity() == Identity("", "400000101", server=platform.url)


def test_an_app_that_may_not_read_accounts_and_an_owner_that_is_not_reported(
    platform: LoopbackPlatform, source: Source
) -> None:
    body = {"access_token": "at-1", "expires_in": 60, "scope": ""}
    platform.answer(TOKEN, Reply(200, body))
    platform.answer(ME, Reply(403, {"errorCode": "CMN-401"}))
    with pytest.raises(PermissionMissingError):
        source().identity()


def test_who_it_is_survives_a_dead_token(platform: LoopbackPlatform, source: Source) -> None:
    platform.dead.add(source().get().value)
    assert source().identity().name == "Ada Example"
    assert platform.logins == 2


# Nowhere to keep tokens.


@pytest.fixture
def nowhere(source: Source, tmp_path: Path) -> Source:
    (tmp_path / "file").write_text("")
    source.folder = tmp_path / "file"
    return source


def test_without_a_cache_a_run_logs_in_for_itself(
    platform: LoopbackPlatform, nowhere: Source
) -> None:
    tokens = nowhere()
    first = tokens.get()
    assert tokens.get() == first
    assert tokens.identity() == tokens.identity()
    assert platform.count(ME) == 1
    assert tokens.ephemeral
    assert [w for w in nowhere.warnings if "cannot be cached" in w] != []
    assert len(nowhere.warnings) == 1
    tokens.revoke_if_ephemeral()
    assert platform.asked[-1].form == {"token": first.value}
    tokens.revoke_if_ephemeral()
    assert platform.count(REVOKE) == 1
    assert not nowhere().ephemeral


def test_without_a_cache_a_run_refreshes_its_own_session(
    platform: LoopbackPlatform, nowhere: Source, clock: Clock
) -> None:
    platform.refresh_tokens = True
    tokens = nowhere()
    first = tokens.get()
    clock.now += 3600
    assert tokens.get().oauth_session == first.oauth_session
    platform.dead.add("refresh-token-r1")
    clock.now += 3600
    assert tokens.get().oauth_session != first.oauth_session


def test_a_failed_revocation_at_the_end_is_of_no_consequence(
    platform: LoopbackPlatform, nowhere: Source
) -> None:
    tokens = nowhere()
    tokens.get()
    platform.answer(REVOKE, UNWELL)
    tokens.revoke_if_ephemeral(timeout=1)
    assert not tokens.ephemeral


def test_a_shared_session_is_not_revoked(platform: LoopbackPlatform, source: Source) -> None:
    tokens = source()
    tokens.get()
    tokens.revoke_if_ephemeral()
    assert platform.count(REVOKE) == 0


def test_a_disk_that_fills_up_loses_no_token(platform: LoopbackPlatform, source: Source) -> None:
    tokens = source()
    first = tokens.get()
    with files_no_larger_than(1):
        second = tokens.get(rejected=first.value)
    assert second != first
    assert tokens.get() == second
    assert tokens.ephemeral
    assert any("cannot be cached (File too large)" in warning for warning in source.warnings)


def test_a_refresh_token_of_others_is_left_alone_without_the_lock(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    platform.refresh_tokens = True
    source().get()
    lock = source.cache().path.with_suffix(".lock")
    lock.unlink(missing_ok=True)
    lock.mkdir()
    alone = source()
    assert alone.get().value == "access-token-l1"
    clock.now += 3600
    assert alone.get().value == "access-token-l2"
    assert platform.refreshes == 0


# Damage.


def test_a_corrupt_cache_is_set_aside_and_followed_by_a_login(
    platform: LoopbackPlatform, source: Source
) -> None:
    source().get()
    path = source.cache().path
    path.write_bytes(b"junk")
    assert source().get().value == "access-token-l2"
    assert path.with_name(path.name + ".aside-1").read_bytes() == b"junk"
    assert any("damaged" in warning for warning in source.warnings)
    assert source().get().value == "access-token-l2"


def test_a_cache_that_cannot_be_read_is_left_alone(
    platform: LoopbackPlatform, source: Source
) -> None:
    source.cache().path.mkdir(parents=True)
    tokens = source()
    tokens.get()
    assert tokens.ephemeral
    assert source.cache().path.is_dir()


# Logging out.


def test_forgetting_ends_every_session(platform: LoopbackPlatform, source: Source) -> None:
    old, new = source().get(), source().login()
    assert source().forget() == []
    assert platform.dead == {old.value, new.value}
    assert not source.cache().path.exists()


def test_forgetting_ends_a_session_by_its_refresh_token(
    platform: LoopbackPlatform, source: Source, clock: Clock
) -> None:
    platform.refresh_tokens = True
    source().get()
    clock.now += 4000
    source().forget()
    assert platform.dead == {"refresh-token-l1"}


def test_forgetting_continues_after_a_refusal(platform: LoopbackPlatform, source: Source) -> None:
    source().get()
    source().login()
    platform.answer(REVOKE, UNWELL)
    (failure,) = source().forget()
    assert isinstance(failure, TemporaryError)
    assert platform.dead == {"access-token-l2"}
    assert not source.cache().path.exists()


def test_forgetting_does_not_wait_for_each_session_of_a_dead_server(
    platform: LoopbackPlatform, source: Source
) -> None:
    source().get()
    source().login()
    source.client = RestClient(
        "http://127.0.0.1:1", ca_bundle=None, redactor=source.client._redactor
    )
    (failure,) = source().forget()
    source.client.close()
    assert isinstance(failure, UnreachableError)
    assert not source.cache().path.exists()


# Many at once.


def test_threads_of_one_process_log_in_once(platform: LoopbackPlatform, source: Source) -> None:
    tokens = source()
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(tokens.get().value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["access-token-l1"] * 8
    assert platform.logins == 1


def test_the_cache_is_read_again_under_the_lock(platform: LoopbackPlatform, source: Source) -> None:
    looked = threading.Event()

    class Watched(TokenCache):
        def peek(self) -> CacheContents:
            cached = super().peek()
            looked.set()
            return cached

    settings = source.settings
    watched = Watched(source.folder, settings.cache_key, settings.identity_key, print)
    tokens = TokenSource(settings, source.client, watched, source.clock)
    got: list[str] = []
    asking = threading.Thread(target=lambda: got.append(tokens.get().value))
    other = source()
    answer = other.request_login()
    with watched.locked():
        asking.start()
        assert looked.wait(60)
        token = _as_token(answer, source.clock.now, None)
        watched.write(CacheContents((token,)))
    asking.join()
    assert got == ["access-token-l1"]
    assert platform.logins == 1


PROCESS = """
import sys
from pathlib import Path
from rc_tail.config.settings import Settings
from rc_tail.config.credentials import Credentials
from rc_tail.text.redact import Redactor
from rc_tail.rest.token_cache import TokenCache
from rc_tail.rest.client import RestClient
from rc_tail.rest.tokens import TokenSource

url, folder, rejected = sys.argv[1:]
settings = Settings(url, Credentials("client-id", "client-secret", "eyJ-any-text"), "test")
client = RestClient(url, ca_bundle=None, redactor=Redactor())
cache = TokenCache(Path(folder), settings.cache_key, settings.identity_key, print)
source = TokenSource(settings, client, cache)
sys.stdin.readline()
print("token", source.get(rejected=rejected or None).value)
client.close()
"""


def in_processes(platform: LoopbackPlatform, folder: Path, count: int, rejected: str) -> list[str]:
    """Start `count` real processes, let them ask at the same moment, return what they got."""
    command = [sys.executable, "-c", PROCESS, platform.url, str(folder), rejected]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0] * count
    return [output.split()[-1] for output in outputs]


def test_processes_log_in_once_and_refresh_once(platform: LoopbackPlatform, tmp_path: Path) -> None:
    platform.refresh_tokens = True
    first = in_processes(platform, tmp_path / "cache", 4, "")
    assert first == ["access-token-l1"] * 4
    second = in_processes(platform, tmp_path / "cache", 4, "access-token-l1")
    assert second == ["access-token-r1"] * 4
    assert (platform.logins, platform.refreshes) == (1, 1)


def test_a_dead_token_is_noticed(platform: LoopbackPlatform, source: Source) -> None:
    token = source().get()
    platform.dead.add(token.value)
    with pytest.raises(TokenExpiredError):
        source.client.wstoken(token.value)
    renewed = source().get(oauth_session=token.oauth_session, rejected=token.value)
    source.client.wstoken(renewed.value)


def test_the_end_does_not_wait_for_a_login_on_another_thread(
    platform: LoopbackPlatform, source: Source
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def late(_: object) -> Reply:
        asked.set()
        go_on.wait(30)
        return Reply(503)

    platform.answer(TOKEN, late)
    tokens = source()
    errors: list[BaseException] = []

    def log_in() -> None:
        try:
            tokens.get()
        except RcTailError as error:
            errors.append(error)

    other = threading.Thread(target=log_in)
    other.start()
    assert asked.wait(30)
    tokens.revoke_if_ephemeral(timeout=0.01)
    assert not errors
    go_on.set()
    other.join()
    assert len(errors) == 1
