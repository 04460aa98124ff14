"""A simulated RingCentral and a tail of it, in one process."""

import contextlib
import io
import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from rc_tail.cli.demo_run import run_demo
from rc_tail.config.tail_options import TailOptions
from rc_tail.errors import TimedOutError
from rc_tail.events.selection.select import select
from rc_tail.reporter import Reporter


def demo(
    capfd: pytest.CaptureFixture[str], *events: str, seed: int | None = None, **how
) -> list[Any]:
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        run_demo(
            TailOptions(select(list(events), []), **how), Reporter(told), rate=500.0, seed=seed
        )
    assert "rc-tail: ready: listening to " in told.getvalue()
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_it_shows_events_of_what_was_asked_for(capfd):
    events = demo(capfd, "sms", "voicemail", count=6)
    assert len(events) == 6
    for event in events:
        assert "/message-store/instant" in event["event"] or "/voicemail" in event["event"]


def test_it_shows_the_same_each_time_if_asked_to(capfd):
    first, second = (demo(capfd, "sms", count=3, seed=7) for _ in range(2))
    texts = [[event["body"]["subject"] for event in events] for events in (first, second)]
    assert texts[0] == texts[1]


def test_it_ends_as_any_tail(capfd):
    with pytest.raises(TimedOutError):
        demo(capfd, "fax", count=1_000_000, seconds=0.05)


def test_it_touches_no_login_of_the_user_and_leaves_nothing(capfd, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # Somebody else's server, which must not be asked.
    monkeypatch.setenv("RC_SERVER_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    demo(capfd, "sms", count=1)
    assert list(Path(tmp_path).iterdir()) == []
    assert "simulator" not in [thread.name for thread in threading.enumerate()]
