import subprocess
import sys
from collections.abc import Iterator

import pytest

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.context import identity_options, open_reporter, open_settings
from rc_tail.cli.exit import redactor, use_reporter
from rc_tail.config.option import LogFormat
from rc_tail.errors import NotLoggedInError, UsageError
from rc_tail.reporter import Verbosity
from rc_tail.rest.platform import Platform
from tests.cli.conftest import ROOT, Shell
from tests.rest.platform import JWT, LoopbackPlatform


@pytest.fixture(autouse=True)
def no_reporter_is_left() -> Iterator[None]:
    yield
    use_reporter(None)


@pytest.mark.parametrize(
    ("quiet", "verbose", "debug", "expected"),
    [
        (False, False, False, Verbosity.NORMAL),
        (True, False, False, Verbosity.QUIET),
        (False, True, False, Verbosity.VERBOSE),
        (False, False, True, Verbosity.DEBUG),
        (False, True, True, Verbosity.DEBUG),
    ],
)
def test_verbosity(quiet: bool, verbose: bool, debug: bool, expected: Verbosity) -> None:
    reporter = open_reporter({"quiet": quiet, "verbose": verbose, "debug": debug})
    assert reporter.verbosity is expected
    assert redactor() is reporter.redactor


@pytest.mark.parametrize(("verbose", "debug"), [(True, False), (False, True)])
def test_contradictions(verbose: bool, debug: bool) -> None:
    with pytest.raises(UsageError):
        open_reporter({"quiet": True, "verbose": verbose, "debug": debug})


def test_errors_are_reported_in_the_requested_format(capsys: pytest.CaptureFixture[str]) -> None:
    open_reporter({"log_format": LogFormat.json}).info("x", "y")
    assert capsys.readouterr().err.startswith("{")


def test_a_platform_is_opened_and_closed(
    platform: LoopbackPlatform, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**shell.environ, **shell.variables}.items():
        monkeypatch.setenv(name, value)
    reporter = open_reporter({})
    with Platform(open_settings(identity_options({}), reporter), reporter) as opened:
        assert opened.identity().name == "Ada Example"
        assert opened.redactor.mask(JWT) == "***"


def test_not_logged_in(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in shell.variables:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", shell.environ["XDG_CONFIG_HOME"])
    with pytest.raises(NotLoggedInError):
        open_settings(
            identity_options({"profile": "work"}), open_reporter({})
        ).required_credentials()


# Their help, and that of all others, is made from the tables.
HEAVY = (
    "typer",
    "requests",
    "jwt",
    "websocket",
    "rich",
    "msgspec",
    "platformdirs",
    "rc_tail.simulator",
)


@pytest.mark.parametrize("name", ["context", "fast_parser", "options", *COMMANDS])
def test_nothing_heavy_is_imported_for_a_help_page(name: str) -> None:
    code = f"import sys, rc_tail.cli.{name};print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
