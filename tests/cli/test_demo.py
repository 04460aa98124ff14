"""``rc-tail demo`` as a command line, in this process."""

import contextlib
import io
import json

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.demo import LIVELY
from rc_tail.cli.exit import use_reporter
from rc_tail.errors import UsageError
from rc_tail.events.catalogue import by_name


@pytest.fixture(autouse=True)
def _no_reporter_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    use_reporter(None)


def run(*words: str) -> str:
    with contextlib.redirect_stderr(io.StringIO()) as told:
        dispatch(["demo", *words])
    return told.getvalue()


def test_it_shows_the_liveliest_where_nothing_is_asked_for(capfd):
    told = run("--rate", "500", "-n", "20", "--seed", "1")
    assert f"listening to {', '.join(LIVELY)} " in told
    assert len(capfd.readouterr().out.splitlines()) == 20


@pytest.mark.parametrize("words", [["fax"], ["-f", "fax"]])
def test_it_shows_what_is_asked_for(capfd, words):
    assert "listening to fax " in run(*words, "--rate", "500", "-n", "2", "--json")
    for line in capfd.readouterr().out.splitlines():
        assert "/fax" in json.loads(line)["event"]


def test_the_liveliest_are_events():
    assert all(by_name(name) is not None for name in LIVELY)


@pytest.mark.parametrize(
    "words", [["--rate", "0"], ["--rate", "fast"], ["no-such-event"], ["--json", "-o", "frame"]]
)
def test_wrong_words(words):
    with pytest.raises(UsageError):
        run(*words, "-n", "1")
