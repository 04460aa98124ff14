import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rc_tail.config.credentials import Credentials, ProfileStore
from rc_tail.config.folders import Folders
from rc_tail.config.settings import FAMILIES, Environment, IdentityOptions, Settings
from rc_tail.errors import (
    ConfigError,
    JwtRejectedError,
    NotLoggedInError,
    PermissionMissingError,
    RcTailError,
    TemporaryError,
    UsageError,
)
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.rest.login import collect_credentials, log_in, read_jwt_file
from rc_tail.rest.platform import Platform
from rc_tail.system.terminal_prompt import TerminalPrompt
from tests.rest.platform import ME, REVOKE, TOKEN, LoopbackPlatform, Reply, serve

ID, SECRET, JWT = FAMILIES[0].client_id, FAMILIES[0].client_secret, FAMILIES[0].jwt
J = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"


class Person(TerminalPrompt):
    """Answers in order, and remembers what was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, bool]] = []

    def ask(self, question: str, *, hidden: bool, lines: bool = False) -> str:
        self.asked.append((question.split()[0], hidden))
        return self.answers.pop(0)

    @contextmanager
    def without_echo(self) -> Iterator[None]:
        yield


def given(**variables: str) -> Environment:
    return Environment.read(IdentityOptions(), variables)


@pytest.mark.parametrize("name", [ID, SECRET, JWT])
def test_variables_that_are_no_text_are_refused(name: str):
    variables = {ID: "i", SECRET: "s", JWT: J, name: os.fsdecode(b"\xff")}
    with pytest.raises(RcTailError, match=f"{name} contains bytes that are not UTF-8"):
        collect_credentials(given(**variables), None, Person(), Reporter(io.StringIO()))


@pytest.mark.parametrize(
    ("variables", "answers", "asked", "expected"),
    [
        ({ID: "i", SECRET: "s", JWT: J}, [], [], Credentials("i", "s", J)),
        ({ID: "i", JWT: J}, [], [], Credentials("i", None, J)),
        (
            {},
            [" i ", " s ", f" {J} "],
            [("Client", False), ("Client", True), ("JWT", True)],
            Credentials("i", "s", J),
        ),
        ({ID: "i"}, ["", J], [("Client", True), ("JWT", True)], Credentials("i", None, J)),
        ({ID: "i", SECRET: "s"}, [J], [("JWT", True)], Credentials("i", "s", J)),
        ({JWT: J}, ["i", "s"], [("Client", False), ("Client", True)], Credentials("i", "s", J)),
    ],
)
def test_what_is_missing_is_asked_for(
    variables: dict[str, str],
    answers: list[str],
    asked: list[tuple[str, bool]],
    expected: Credentials,
) -> None:
    person, told = Person(*answers), io.StringIO()
    assert collect_credentials(given(**variables), None, person, Reporter(told)) == expected
    assert person.asked == asked
    # Only before a prompt, and before the first.
    assert ("Find them at" in told.getvalue()) is bool(asked)
    assert "is required." not in told.getvalue()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, f"{ID} and {JWT} missing"),
        ({ID: "i", SECRET: "s"}, f"^{JWT} missing"),
        ({JWT: J}, f"^{ID} missing"),
    ],
)
def test_no_terminal_to_ask_on(variables: dict[str, str], words: str) -> None:
    with pytest.raises(NotLoggedInError, match=words):
        collect_credentials(given(**variables), None, None, Reporter(io.StringIO()))


@pytest.mark.parametrize("verbosity", [Verbosity.QUIET, Verbosity.NORMAL])
def test_an_empty_answer_is_asked_for_again(messages: io.StringIO, verbosity: Verbosity) -> None:
    person = Person("", " ", "i", "s", "", f"\n {J}\n")
    found = collect_credentials(given(), None, person, Reporter(messages, verbosity=verbosity))
    assert found == Credentials("i", "s", J)
    told = messages.getvalue()
    assert told.count("a client ID is required. Find it at https://developers.") == 2
    assert told.count("a JWT is required. Copy the whole JWT") == 1


def test_what_is_not_a_jwt_is_asked_for_again_and_not_repeated(messages: io.StringIO) -> None:
    person = Person("i", "s", "a-secret", J[:-5], J)
    assert collect_credentials(given(), None, person, Reporter(messages)).jwt == J
    assert "this does not look like a JWT: it has 1 part instead of 3" in messages.getvalue()
    assert "a-secret" not in messages.getvalue()


def test_before_the_first_prompt_it_says_where_the_values_are_found(
    messages: io.StringIO,
) -> None:
    collect_credentials(given(), None, Person("i", "s", J), Reporter(messages))
    for words in ("https://developers.ringcentral.com/", '"REST API App"', '"JWT auth flow"'):
        assert words in messages.getvalue()


def test_a_jwt_of_the_variables_that_is_not_one() -> None:
    with pytest.raises(JwtRejectedError, match=f"{JWT} does not look like a JWT: it has 2 parts"):
        collect_credentials(given(**{ID: "i", JWT: "a.b"}), None, None, Reporter(io.StringIO()))


def test_a_jwt_file_wins_over_a_variable(tmp_path: Path) -> None:
    path = tmp_path / "jwt"
    path.write_bytes(f"\ufeff\n {J[:9]}\r\n{J[9:]} \r\n".encode())
    credentials = collect_credentials(
        given(**{ID: "i", JWT: "not a JWT"}), path, None, Reporter(io.StringIO())
    )
    assert credentials.jwt == J


class Input(io.TextIOWrapper):
    """Standard input that is a pipe."""


def test_a_jwt_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Input(io.BytesIO(f"'{J}'\n".encode())))
    assert read_jwt_file(Path("-"), None, Reporter(io.StringIO())) == J
    monkeypatch.setattr("sys.stdin", Input(io.BytesIO(b"")))
    with pytest.raises(UsageError, match="standard input does not contain a JWT: it is empty"):
        read_jwt_file(Path("-"), None, Reporter(io.StringIO()))


def test_a_jwt_on_a_terminal_is_asked_for_in_hiding() -> None:
    person = Person(J)
    assert read_jwt_file(Path("-"), person, Reporter(io.StringIO())) == J
    assert person.asked == [("JWT", True)]


@pytest.fixture
def server() -> Iterator[LoopbackPlatform]:
    with serve() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "config", lambda _: None)


@pytest.fixture
def messages() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def platform(server: LoopbackPlatform, tmp_path: Path, messages: io.StringIO) -> Iterator[Platform]:
    settings = Settings(
        server.url, Credentials("client-id", "the-secret", "the-jwt"), "profile work", "work"
    )
    folders = Folders(tmp_path / "config", tmp_path / "cache", tmp_path / "state")
    with Platform(settings, Reporter(messages), folders=folders) as opened:
        yield opened


def test_what_is_wrong_with_the_jwt_is_said_even_if_it_works(
    platform: Platform, store: ProfileStore, messages: io.StringIO
) -> None:
    log_in(platform, "work", store)
    assert "does not look like a JWT" in messages.getvalue()


def test_what_works_is_stored(
    server: LoopbackPlatform, platform: Platform, store: ProfileStore
) -> None:
    done = log_in(platform, "work", store)
    profile = store.load("work")
    assert profile is not None
    assert profile.credentials == platform.settings.credentials
    assert profile.identity == done.identity
    assert profile.scope == done.scope
    assert done.named
    assert done.path == store.path("work")
    # Neither the token nor who it is is asked for again.
    platform.tokens.get()
    platform.tokens.identity()
    assert server.paths() == [TOKEN, ME]


def test_an_app_that_may_not_read_names(
    server: LoopbackPlatform, platform: Platform, store: ProfileStore
) -> None:
    server.answer(ME, Reply(403))
    done = log_in(platform, "work", store)
    assert (done.named, done.identity.extension_id) == (False, "400000101")


def test_an_unknown_identity(
    server: LoopbackPlatform, platform: Platform, store: ProfileStore
) -> None:
    server.answer(TOKEN, Reply(200, {"access_token": "at-1", "expires_in": 60}))
    server.answer(ME, Reply(403))
    with pytest.raises(PermissionMissingError):
        log_in(platform, "work", store)
    assert server.dead == {"at-1"}


@pytest.mark.parametrize("revocation", [Reply(200), Reply(503)])
def test_what_does_not_work_is_not_stored(
    server: LoopbackPlatform, platform: Platform, store: ProfileStore, revocation: Reply
) -> None:
    server.answer(ME, Reply(503))
    server.answer(REVOKE, revocation)
    with pytest.raises(TemporaryError):
        log_in(platform, "work", store)
    assert store.load("work") is None
    assert server.count(REVOKE) == 1


def test_what_cannot_be_stored_is_ended(
    server: LoopbackPlatform, platform: Platform, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError):
        log_in(platform, "work", ProfileStore(tmp_path / "file", lambda _: None))
    assert server.dead == {"access-token-l1"}
