import os
import stat
import threading
import time
from pathlib import Path

import msgspec
import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.config.credentials import Identity
from rc_tail.errors import TemporaryError
from rc_tail.rest import token_cache as cache_module
from rc_tail.rest.token_cache import (
    AccessToken,
    CacheContents,
    DamagedCacheError,
    TokenCache,
    decode_cache,
    encode_cache,
)

NOW = 1_800_000_000.0


def token(value: str, session: str = "s", **fields: object) -> AccessToken:
    return AccessToken(value, NOW + 3600, NOW, session, **fields)  # type: ignore[arg-type]


@pytest.fixture
def cache(tmp_path: Path) -> TokenCache:
    return TokenCache(tmp_path / "cache", "profile-work", "print", lambda _: None)


def test_what_is_written_comes_back_for_the_same_identity_only(tmp_path: Path) -> None:
    whole = token("a", refresh_token="r", refresh_expires_at=NOW, scope=("X",), owner_id="1")
    cached = CacheContents((whole, token("b", "t")), Identity("1", "2", name="Ada"))
    one, other = (TokenCache(tmp_path, "k", p, lambda _: None) for p in ("one", "other"))
    with one.locked():
        assert one.read() == CacheContents()
        one.write(cached)
        assert one.read() == cached
    assert one.peek() == cached
    assert other.peek() == CacheContents()
    assert stat.S_IMODE(one.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(one.path.parent.stat().st_mode) == 0o700
    with one.locked():
        one.delete()
        one.delete()
    assert one.peek() == CacheContents()


TOKENS = st.builds(
    AccessToken,
    value=st.text(),
    expires_at=st.floats(allow_nan=False, allow_infinity=False),
    issued_at=st.floats(allow_nan=False, allow_infinity=False),
    oauth_session=st.text(),
    refresh_token=st.none() | st.text(),
    refresh_expires_at=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    scope=st.lists(st.text()).map(tuple),
    owner_id=st.text(),
)


@given(st.builds(CacheContents, tokens=st.lists(TOKENS).map(tuple), identity=st.none()))
def test_any_tokens_come_back(cached: CacheContents) -> None:
    assert decode_cache(encode_cache(cached, "p"), "p") == cached


@given(
    st.binary()
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(msgspec.json.encode)
)
def test_any_other_bytes_are_a_damaged_cache(data: bytes) -> None:
    with pytest.raises(DamagedCacheError):
        decode_cache(data, "p")


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"junk",
        b'{"version":7,"fingerprint":"p"}',
        b'{"version":1,"fingerprint":"\xff"}',
        b"[" * 10**5,
    ],
)
def test_a_damaged_file_is_set_aside_with_a_warning(tmp_path: Path, contents: bytes) -> None:
    told: list[str] = []
    cache = TokenCache(tmp_path, "k", "p", told.append)
    cache.path.parent.mkdir(mode=0o700)
    cache.path.write_bytes(contents)
    cache.path.chmod(0o600)
    assert cache.peek() == CacheContents()
    assert told == []
    with cache.locked():
        assert cache.read() == CacheContents()
    aside = cache.path.with_name("k.json.aside-1")
    assert aside.read_bytes() == contents
    assert not cache.path.exists()
    assert len(told) == 1
    assert str(aside) in told[0]


def test_a_pipe_is_set_aside_like_a_damaged_file(tmp_path: Path) -> None:
    told: list[str] = []
    cache = TokenCache(tmp_path, "k", "p", told.append)
    cache.path.parent.mkdir(mode=0o700)
    os.mkfifo(cache.path)
    assert cache.peek() == CacheContents()
    with cache.locked():
        assert cache.read() == CacheContents()
        cache.write(CacheContents())
        assert cache.read() == CacheContents()
    (words,) = told
    assert "not a regular file" in words
    assert stat.S_ISFIFO(cache.path.with_name("k.json.aside-1").stat().st_mode)


def test_the_lock_is_for_one(cache: TokenCache) -> None:
    order: list[str] = []

    def other() -> None:
        with cache.locked():
            order.append("other")

    with cache.locked():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]


def test_a_lock_that_is_never_free(cache: TokenCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "LOCK_TIMEOUT", 0.1)
    cache.path.parent.mkdir(parents=True)
    with (
        FileLock(cache.path.with_suffix(".lock")),
        pytest.raises(TemporaryError, match="another rc-tail") as caught,
        cache.locked(),
    ):
        pass
    assert caught.value.exit_status == 75


def test_a_session_has_one_token_and_the_newest_session_is_last() -> None:
    cached = CacheContents().adopt(token("a1", "a")).adopt(token("b1", "b")).adopt(token("a2", "a"))
    assert [t.value for t in cached.tokens] == ["b1", "a2"]
    assert cached.of("b") == token("b1", "b")
    assert cached.of("c") is None
    assert cached.drop("b").tokens == (token("a2", "a"),)


def test_what_has_ended_is_dropped_unless_it_can_be_refreshed() -> None:
    later = NOW + 4000
    cached = CacheContents(
        (
            token("ended", "a"),
            token("refreshable", "b", refresh_token="r"),
            token("refreshable too", "c", refresh_token="r", refresh_expires_at=later + 1),
            token("refresh ended", "d", refresh_token="r", refresh_expires_at=later),
        )
    )
    assert [t.value for t in cached.living(later).tokens] == ["refreshable", "refreshable too"]
    assert cached.living(NOW) == cached


def test_a_refused_token_has_ended() -> None:
    cached = CacheContents((token("a", "a"), token("b", "b")))
    refused = cached.refuse("a", NOW)
    assert [t.lives(NOW, 0) for t in refused.tokens] == [False, True]
    assert refused.refuse("a", NOW) is refused
    assert cached.refuse("other", NOW) is cached
    assert cached.refuse(None, NOW) is cached


@pytest.mark.parametrize(
    ("life", "passed", "min_life", "expected"),
    [
        (3600, 0, 30, True),
        (3600, 3569, 30, True),
        (3600, 3570, 30, False),
        (20, 0, 30, True),
        (20, 9, 30, True),
        (20, 10, 30, False),
    ],
)
def test_how_long_a_token_is_good(
    life: float, passed: float, min_life: float, expected: bool
) -> None:
    assert AccessToken("a", NOW + life, NOW, "s").lives(NOW + passed, min_life) is expected


def test_secrets_are_not_in_the_representation() -> None:
    text = repr(token("the-value", refresh_token="the-refresh"))
    assert "the-value" not in text
    assert "the-refresh" not in text


# Stale files, and one login in two places.


def test_a_profile_and_the_environment_share_the_tokens_of_the_same_credentials(
    tmp_path: Path,
) -> None:
    def cache_of(key: str, fingerprint: str = "p") -> TokenCache:
        return TokenCache(tmp_path, key, fingerprint, lambda _: None)

    profile, other = cache_of("profile-work"), cache_of("profile-other", "q")
    profile.write(CacheContents((token("a"),)))
    other.write(CacheContents((token("b"),)))
    assert cache_of("env-p").path == profile.path
    assert cache_of("env-p").peek().tokens == (token("a"),)
    assert cache_of("env-q", "q").path == other.path
    assert cache_of("env-r", "r").path.name == "env-r.json"


def written(folder: Path, key: str, *tokens: AccessToken, server: str = "") -> Path:
    identity = Identity("1", "2", server=server) if server else None
    cache = TokenCache(folder, key, f"print-{key}", lambda _: None)
    with cache.locked():
        cache.write(CacheContents(tokens, identity))
    return cache.path


def test_a_new_file_replaces_those_whose_tokens_expired(tmp_path: Path) -> None:
    now = time.time()
    dead = AccessToken("d", now - 1, now - 3600, "s")
    alive = AccessToken("a", now + 3600, now, "s")
    refreshed = AccessToken("r", now - 1, now - 3600, "s", "rt", now + 3600)
    simulator = "http://127.0.0.1:1"
    left = [
        written(tmp_path, "alive", alive, server=simulator),
        written(tmp_path, "refreshed", refreshed, server=simulator),
        # Of a real server, which knows for longer whose tokens they were.
        written(tmp_path, "real", dead, server="https://rc.example"),
    ]
    gone = [
        written(tmp_path, "unnamed", dead),
        written(tmp_path, "ended", dead, server=simulator),
        written(tmp_path, "old", dead, server="https://rc.example"),
    ]
    os.utime(gone[2], (now - 31 * 86400,) * 2)
    junk = tmp_path / "tokens" / "junk.json"
    junk.write_text("junk")
    new = written(tmp_path, "new", alive, server=simulator)
    # Each simulator that was started: one that writes first sweeps, and sweeps once.
    names = {path.name for path in new.parent.iterdir()}
    assert {path.name for path in [*left, new, junk]} <= names
    assert not names & {p.name for path in gone for p in (path, path.with_suffix(".lock"))}
