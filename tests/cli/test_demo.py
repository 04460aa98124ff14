"""``rc-tail demo`` as a command line, in this process."""

import contextlib
import io
import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.demo import LIVELY, run_demo
from rc_tail.cli.exit import use_reporter
from rc_tail.config.tail_options import TailOptions
from rc_tail.errors import TimedOutError, UsageError
from rc_tail.events.catalogue import by_name
from rc_tail.events.selection.select import select
from rc_tail.reporter import Reporter


@pytest.fixture(autouse=True)
def _no_reporter_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    use_reporter(None)


def run(*words: str) -> str:
    with contextlib.redirect_stderr(io.StringIO()) as told:
        dispatch(["demo", *words])
    return told.getvalue()


def test_it_shows_the_liveliest_by_default(capfd):
    told = run("--rate", "500", "-n", "20", "--seed", "1")
    assert f"listening to {', '.join(LIVELY)} " in told
    assert len(capfd.readouterr().out.splitlines()) == 20


@pytest.mark.parametrize("words", [["fax"], ["-f", "fax"]])
def test_it_shows_what_is_requested(capfd, words):
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


# The simulator and its tail.


def tailed(
    capfd: pytest.CaptureFixture[str], *events: str, seed: int | None = None, **how
) -> list[Any]:
    messages = io.StringIO()
    with contextlib.redirect_stderr(messages):
        run_demo(
            TailOptions(select(list(events), []), **how), Reporter(messages), rate=500.0, seed=seed
        )
    assert "rc-tail: ready: listening to " in messages.getvalue()
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_it_shows_events_of_what_was_requested(capfd):
    events = tailed(capfd, "sms", "voicemail", count=6)
    assert len(events) == 6
    for event in events:
        assert "/message-store/instant" in event["event"] or "/voicemail" in event["event"]


def test_it_shows_the_same_each_time_if_asked_to(capfd):
    first, second = (tailed(capfd, "sms", count=3, seed=7) for _ in range(2))
    texts = [[event["body"]["subject"] for event in events] for events in (first, second)]
    assert texts[0] == texts[1]


def test_it_ends_as_any_tail(capfd):
    with pytest.raises(TimedOutError):
        tailed(capfd, "fax", count=1_000_000, seconds=0.05)


def test_it_touches_no_login_of_the_user_and_leaves_nothing(capfd, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # Somebody else's server, which must not be asked.
    monkeypatch.setenv("RC_SERVER_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    tailed(capfd, "sms", count=1)
    assert list(Path(tmp_path).iterdir()) == []
    assert "simulator" not in [thread.name for thread in threading.enumerate()]
