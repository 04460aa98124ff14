import io
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import replace

from rc_tail.config.credentials import Credentials, Identity
from rc_tail.config.folders import Folders
from rc_tail.config.settings import Settings
from rc_tail.errors import ConfigError, NotLoggedInError, RateLimitedError, UsageError
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.rest.platform import Platform
from rc_tail.system.signals import SignalledError
from tests.rest.platform import ME, REVOKE, TOKEN, LoopbackPlatform, Reply, serve

CREDENTIALS = Credentials("client-id", "the-secret", "the-jwt")


@pytest.fixture
def server() -> Iterator[LoopbackPlatform]:
    with serve() as running:
        yield running


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config", tmp_path / "cache", tmp_path / "state")


@pytest.fixture
def reporter() -> Reporter:
    return Reporter(io.StringIO(), verbosity=Verbosity.DEBUG)


@pytest.fixture
def settings(server: LoopbackPlatform) -> Settings:
    return Settings(server.url, CREDENTIALS, "environment (RC_*)")


def told(reporter: Reporter) -> str:
    stream = reporter._stream
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_requests_are_shown_with_debug(
    server: LoopbackPlatform, settings: Settings, folders: Folders, reporter: Reporter
) -> None:
    with Platform(settings, reporter, folders=folders) as platform:
        platform.tokens.get()
    assert "> POST" in told(reporter)
    assert "the-jwt" not in told(reporter)


@pytest.mark.parametrize(
    ("stored", "asked"),
    [(None, 1), (Identity("", "400000101"), 1), (Identity("1", "400000101"), 0)],
)
def test_who_it_is_comes_from_the_login_where_that_knew(
    server: LoopbackPlatform,
    settings: Settings,
    folders: Folders,
    reporter: Reporter,
    stored: Identity | None,
    asked: int,
) -> None:
    known = replace(settings, identity=stored)
    with Platform(known, reporter, folders=folders) as platform:
        assert platform.identity().extension_id == "400000101"
        assert platform.identity() == platform.identity()
    assert server.count(ME) == asked


def test_the_budget_is_shared_by_profile_and_environment(
    server: LoopbackPlatform, settings: Settings, folders: Folders, reporter: Reporter
) -> None:
    server.answer(TOKEN, Reply(429, None, {"Retry-After": "60"}))
    profile = replace(settings, profile="work")
    for each in (settings, profile):
        with (
            Platform(each, reporter, folders=folders) as platform,
            pytest.raises(RateLimitedError),
        ):
            platform.tokens.get()
    assert server.count(TOKEN) == 1


def test_what_only_this_run_could_use_ends_with_it(
    server: LoopbackPlatform, settings: Settings, folders: Folders, reporter: Reporter
) -> None:
    folders.cache.write_text("")
    with Platform(settings, reporter, folders=folders) as platform:
        platform.tokens.get()
    assert server.count(REVOKE) == 1


def test_one_tls_context_for_all(settings: Settings, folders: Folders, reporter: Reporter) -> None:
    with Platform(settings, reporter, folders=folders) as platform:
        assert platform.ssl_context is platform.ssl_context


def test_a_bundle_that_cannot_be_used_is_reported_at_once(
    settings: Settings, folders: Folders, reporter: Reporter, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="CA bundle"):
        Platform(replace(settings, ca_bundle=tmp_path / "no"), reporter, folders=folders)


def test_not_logged_in(settings: Settings, folders: Folders, reporter: Reporter) -> None:
    with pytest.raises(NotLoggedInError):
        Platform(replace(settings, credentials=None), reporter, folders=folders)


def test_a_dead_token_is_replaced_once(
    server: LoopbackPlatform, settings: Settings, folders: Folders, reporter: Reporter
) -> None:
    with Platform(settings, reporter, folders=folders) as platform:
        server.dead.add(platform.tokens.get().value)
        assert platform.read(ME)["name"] == "Ada Example"
    assert (server.count(TOKEN), server.count(ME)) == (2, 2)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (
            {"records": [{"id": 7, "extensionNumber": "1010"}, {"id": 8, "extensionNumber": 101}]},
            "8",
        ),
        ({"records": [{"id": 7, "extensionNumber": "1010"}, "odd"]}, None),
        ({"records": "odd"}, None),
        ({}, None),
    ],
)
def test_an_extension_is_found_by_its_whole_number(
    server: LoopbackPlatform,
    settings: Settings,
    folders: Folders,
    reporter: Reporter,
    answer: dict[str, object],
    found: str | None,
) -> None:
    server.answer("/restapi/v1.0/account/~/extension", Reply(200, answer))
    with Platform(settings, reporter, folders=folders) as platform:
        assert platform.extension_id("101") == found


@pytest.mark.parametrize("name", ["", "Ada Example"])
def test_who_it_is_is_known_without_asking_where_it_was_stored(
    server: LoopbackPlatform, settings: Settings, folders: Folders, reporter: Reporter, name: str
) -> None:
    stored = Identity("1", "400000101", name=name)
    with Platform(replace(settings, identity=stored), reporter, folders=folders) as platform:
        assert platform.known_identity() == stored
    with Platform(settings, reporter, folders=folders) as platform:
        assert platform.known_identity() is None
        platform.identity()
        known = platform.known_identity()
    assert known is not None
    assert known.name == "Ada Example"
    assert server.count(ME) == 1


class Closing(Platform):
    waits: ClassVar[list[float]] = []

    def close(self, patience: float = 2.0) -> None:
        self.waits.append(patience)
        super().close(patience)


def test_who_breaks_off_waits_for_less(
    settings: Settings, folders: Folders, reporter: Reporter
) -> None:
    Closing.waits.clear()
    for error in (SignalledError(15), KeyboardInterrupt(), ConfigError("x")):
        with pytest.raises(type(error)), Closing(settings, reporter, folders=folders):
            raise error
    signalled, interrupted, failed = Closing.waits
    assert signalled == interrupted < failed


def test_what_is_read_without_a_login_makes_none(
    server: LoopbackPlatform, settings: Settings, folders: Folders, reporter: Reporter
) -> None:
    with Platform(settings, reporter, folders=folders) as platform:
        assert platform.read_without_login(ME) is None
        assert server.count(TOKEN) == server.count(ME) == 0
        platform.tokens.get()
        read = platform.read_without_login(ME)
        assert read is not None
        assert str(read["id"]) == "400000101"
    assert (server.count(TOKEN), server.count(ME)) == (1, 1)
