"""One more row in the table of sinks: all of the command line follows from it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rc_tail.simulator import Simulator
from tests.end_to_end.processes import PATIENCE, ROOT, environ_in

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, simulator: Simulator) -> Run:
    def go(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.sinks.added_row", *words],
            cwd=ROOT,
            env=environ_in(tmp_path, simulator.variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    return go


def test_events_are_delivered_by_option_and_by_address(run: Run, tmp_path: Path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    words = ["--pigeonhole", str(first), "--mark", "text", "--sink", f"pigeonhole:{second}"]
    ran = run("demo", "sms", "--count", "3", "--rate", "50", "--json", "-v", *words)
    assert ran.returncode == 0, ran.stderr
    printed = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(printed) == 3
    for folder in (first, second):
        files = {path.name: json.loads(path.read_text()) for path in folder.iterdir()}
        assert files == {f"text-{event['uuid']}.json": event for event in printed}
        assert f"pigeonhole:{folder}: delivered sms " in ran.stderr


def test_recorded_events_are_delivered_too(run: Run, tmp_path: Path):
    recorded = tmp_path / "recorded.jsonl"
    recorded.write_text(run("demo", "sms", "--count", "1", "--rate", "50", "--json").stdout)
    ran = run("show", str(recorded), "--output", "none", "--pigeonhole", str(tmp_path))
    assert (ran.returncode, ran.stdout) == (0, "")
    assert len(list(tmp_path.glob("event-*.json"))) == 1


def test_what_can_never_work_is_refused(run: Run, tmp_path: Path):
    missing = str(tmp_path / "missing")
    for words, status, message in (
        (("sms", "--pigeonhole", ""), 2, "--pigeonhole requires a folder"),
        (("sms", "--mark", "x"), 2, "--mark requires --pigeonhole"),
        (("sms", "--sink", "pigeon:x"), 2, "pigeonhole:"),
        (("sms", "--pigeonhole", missing), 78, "Create it first."),
    ):
        ran = run(*words)
        assert (ran.returncode, ran.stdout) == (status, "")
        assert message in ran.stderr


def test_doctor_checks_it(run: Run, tmp_path: Path):
    ran = run("doctor", "sms", "--pigeonhole", str(tmp_path))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"pigeonhole:{tmp_path}: the folder is there" in ran.stdout
    ran = run("doctor", "sms", "--pigeonhole", str(tmp_path / "missing"), "--json")
    assert ran.returncode == 78
    last = json.loads(ran.stdout.splitlines()[-1])
    assert (last["status"], last["hint"]) == (78, "Create it first.")


def test_help_describes_it(run: Run):
    options = run("tail", "--help").stdout
    assert "--pigeonhole" in options
    assert "Put each event into a file" in options
    page = run("help", "sinks").stdout
    assert "--pigeonhole DIR\n\nPuts each event into a file of its own" in page
    assert "they begin with pigeonhole:." in page
    assert "  --mark WORD\n" in page


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_it_is_completed(run: Run, shell: str):
    script = run("completion", shell).stdout
    assert {"pigeonhole", "mark"} <= set(re.findall(r"[a-z]+", script))
    # bash shows no descriptions.
    assert ("Put each event into a file of its own in DIR." in script) is (shell != "bash")


def test_a_service_takes_it(run: Run):
    ran = run("systemd", "sms", "--pigeonhole", "events", "--mark", "50%")
    assert (ran.returncode, ran.stderr) == (0, "")
    (command,) = [line for line in ran.stdout.splitlines() if line.startswith("ExecStart=")]
    assert command.endswith(" --pigeonhole events --mark 50%%")
