import sys
from pathlib import Path

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.arguments import SERVICE_EVENTS
from rc_tail.cli.exit import run_and_exit, use_reporter
from rc_tail.cli.systemd import program_words


@pytest.fixture
def run(capsys, monkeypatch):
    def go(*words):
        use_reporter(None)
        with pytest.raises(SystemExit) as ended:
            run_and_exit(lambda: dispatch(words), words)
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return go


def test_events_go_into_the_unit(run):
    status, out, err = run("systemd", "calls", "dnd")
    assert (status, err) == (0, "")
    assert "Description=RingCentral events (calls, dnd)" in out
    assert " calls dnd --json --resume rc-tail --env-file " in out


def test_without_any_it_takes_the_usual_ones(run):
    assert f" {' '.join(SERVICE_EVENTS)} --json" in run("systemd")[1]


def test_an_unknown_event_is_noticed_now_and_not_by_the_service(run):
    status, out, err = run("systemd", "smss")
    assert (status, out) == (2, "")
    assert "did you mean sms" in err


def test_the_program_is_this_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    there = tmp_path / "rc-tail"
    there.write_text("#!/bin/sh\n")
    there.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(there), "systemd"])
    assert program_words() == [str(there)]
    # Found by the shell, or named from where it is.
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["rc-tail"])
    assert program_words() == [str(there)]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["./rc-tail"])
    assert program_words() == [str(there)]


@pytest.mark.parametrize("started", ["-m", "/no/such/rc-tail", "/usr/bin/python3"])
def test_a_module_is_started_as_one(monkeypatch: pytest.MonkeyPatch, started):
    monkeypatch.setattr(sys, "argv", [started])
    assert program_words() == [sys.executable, "-m", "rc_tail"]
