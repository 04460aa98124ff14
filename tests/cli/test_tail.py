"""``rc-tail [EVENT]...`` as a command line, in this process."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.exit import use_reporter
from rc_tail.errors import NotLoggedInError, UsageError
from rc_tail.simulator.instance import Simulator
from tests.stories import meanwhile

Line = Callable[..., str]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """Runs a command line in an empty home; returns what it told."""
    for name in ("config", "cache", "state"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    monkeypatch.setenv("HOME", str(tmp_path))
    use_reporter(None)

    def run(*words: str) -> str:
        with contextlib.redirect_stderr(io.StringIO()) as told:
            dispatch(words)
        return told.getvalue()

    return run


@pytest.fixture
def _logged_in(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in simulator.variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("words", [["sms"], ["tail", "sms"], ["--filter", "sms"]])
@pytest.mark.usefixtures("_logged_in")
def test_it_tails(simulator, line, capfd, words):
    with meanwhile(simulator, lambda: simulator.send("sms", text="hi")):
        told = line(*words, "--count", "1")
    assert json.loads(capfd.readouterr().out)["body"]["subject"] == "hi"
    assert "rc-tail: ready: listening to sms" in told


@pytest.mark.usefixtures("_logged_in")
def test_quiet_tells_nothing(simulator, line, capfd):
    with meanwhile(simulator, lambda: simulator.send("sms", text="hi")):
        assert line("sms", "-n", "1", "-q") == ""
    assert capfd.readouterr().out.count("\n") == 1


@pytest.mark.usefixtures("_logged_in")
def test_options_say_where(simulator, line):
    with meanwhile(simulator, lambda: simulator.send("sms")):
        told = line("sms", "-n", "1", "--server", simulator.url, "-v")
    assert simulator.url in told


def test_without_credentials_it_says_how_to_log_in(simulator, line, monkeypatch):
    for name in simulator.variables:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NotLoggedInError) as raised:
        line("sms", "--server", simulator.url)
    assert "rc-tail login" in raised.value.hint


@pytest.mark.parametrize(
    "words",
    [
        ["--count", "3"],
        ["no-such-event"],
        ["sms", "--json", "--output", "pretty"],
        ["sms", "--no-follow"],
        ["sms", "-q", "-v"],
    ],
)
@pytest.mark.usefixtures("_logged_in")
def test_wrong_words_end_before_anything_is_asked(simulator, line, words):
    with pytest.raises(UsageError):
        line(*words)
    assert simulator.requests == []
