import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.doctor import FindingsPrinter, _has_marks
from rc_tail.cli.exit import run_and_exit, use_reporter
from rc_tail.doctor.findings import StepReport, failed, ok, skipped, warning
from rc_tail.doctor.run import STEPS
from rc_tail.errors import AuthError
from rc_tail.simulator.instance import Simulator
from tests.end_to_end.processes import PROGRAM, Tails, environ_in, eventually
from tests.sinks.receivers import Receiver, answer

NAMES = [name for name, _ in STEPS]


def shown(report: StepReport, **differently: object) -> list[str]:
    given: dict[str, Any] = {"color": False, "width": None, "marks": True} | differently
    page = FindingsPrinter(**given)
    return list(page.lines(report, lambda text: text.replace("secret", "***")))


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (ok("fine"), "✓ ok       token         fine"),
        (warning("odd"), "! warning  token         odd"),
        (skipped("nothing"), "· skipped  token         nothing"),
        (failed(AuthError("no")), "✗ failed   token         no"),
    ],
)
def test_outcomes_are_marked_and_said(finding, line):
    assert shown(StepReport("token", finding, 1)) == [line]
    (plain,) = shown(StepReport("token", finding, 1), marks=False)
    assert plain.isascii()
    assert plain[2:] == line[2:]
    (painted,) = shown(StepReport("token", finding, 1), color=True)
    assert re.sub(r"\x1b\[\d*m", "", painted) == line
    assert painted != line


def test_details_and_the_cure_stand_below():
    lines = shown(StepReport("token", warning("odd", "one", "two", hint="look\nthere"), 1))
    assert [line.strip() for line in lines[1:]] == ["one", "two", "look", "there"]
    assert {len(line) - len(line.lstrip()) for line in lines[1:]} == {lines[0].index("odd")}


def test_long_lines_are_broken_at_the_width_of_the_terminal():
    lines = shown(StepReport("token", ok("word " * 30, "more " * 30), 1), width=80)
    assert len(lines) > 4
    assert max(map(len, lines)) <= 80
    assert len(shown(StepReport("token", ok(""), 1), width=80)) == 1


def test_nothing_of_the_network_or_of_the_secrets_reaches_the_page():
    report = StepReport(
        "token", warning("a secret\x1b[31m", "b secret\u202e", hint="c secret\x07"), 1
    )
    text = "\n".join(shown(report))
    assert "secret" not in text
    assert text.count("***") == 3
    assert "\\x1b" in text
    assert "\\u202e" in text
    assert "\\x07" in text


@pytest.mark.parametrize(
    ("encoding", "has"), [("utf-8", True), ("ascii", False), (None, False), ("no-such", False)]
)
def test_marks_need_an_encoding(encoding, has):
    assert _has_marks(encoding) is has


# The command.


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in this process."""

    def go(*words: str) -> tuple[int, str, str]:
        for name in os.environ.keys() - {"PATH"}:
            monkeypatch.delenv(name)
        for name, value in environ_in(tmp_path, simulator.variables).items():
            monkeypatch.setenv(name, value)
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        use_reporter(None)
        with pytest.raises(SystemExit) as ended:
            run_and_exit(lambda: dispatch(words), words)
        use_reporter(None)
        monkeypatch.undo()
        return int(ended.value.code or 0), out.getvalue(), err.getvalue()

    return go


def test_a_page_for_people(run):
    status, out, err = run("doctor", "sms")
    assert (status, err) == (0, "")
    steps = [line.split()[2] for line in out.splitlines() if not line.startswith(" ")]
    assert steps == NAMES


def test_destinations_are_opened_as_the_tail_would(run, tmp_path):
    receiver = Receiver()
    with receiver.listening() as port:
        words = ("--forward-to", f"localhost:{port}/hook", "--exec", "true")
        status, out, err = run("doctor", "sms", *words)
        assert (status, err) == (0, "")
        assert len(receiver.handshakes) == 1
        assert receiver.requests == []
        assert out.split("destinations")[1].split("\n") == [
            "  all can be used",
            f"{' ' * 25}exec: ready",
            f"{' ' * 25}forward:http://localhost:{port}/hook: handshake answered",
            "",
        ]
        receiver.on_handshake = lambda handler: answer(handler, 404)
        status, out, err = run("doctor", "sms", *words, "--json")
        assert (status, err) == (78, "")
        record = json.loads(out.splitlines()[-1])
        assert (record["step"], record["status"]) == ("destinations", 78)
        assert "SUB-522" in record["words"]
        assert "status 200" in record["hint"]
    status, out, err = run("doctor", "sms", *words)
    assert status == 69
    assert "Start the receiver" in out


def test_an_object_a_line_for_programs(run):
    status, out, err = run("doctor", "sms", "--json")
    assert (status, err) == (0, "")
    records = [json.loads(line) for line in out.splitlines()]
    assert [record["step"] for record in records] == NAMES
    assert all(
        record.keys() == {"step", "outcome", "seconds", "words", "hint", "fields"}
        for record in records
    )


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_it_ends_with_the_status_of_the_step_that_fails(run, simulator, words):
    simulator.fault("forbidden", on="wstoken")
    status, out, err = run("doctor", "sms", *words)
    assert (status, err) == (77, "")
    last = out.splitlines()[-1]
    if words:
        assert (json.loads(last)["outcome"], json.loads(last)["status"]) == ("failed", 77)
    else:
        assert "x failed" in out
        assert "rc-tail login" in last


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["smss"], "did you mean sms"),
        (["--profile", "a/b"], "not a valid profile name"),
        (["--sandbox", "--server", "https://rc.example"], "cannot be combined"),
        (["-q", "-v"], "cannot be combined"),
        (["--count", "3"], "No such option"),
        (["--exec-jobs", "3"], "--exec-jobs requires --exec"),
        (["--forward-to", "http://example.com"], "is not encrypted"),
    ],
)
def test_wrong_words_are_no_findings(run, words, told):
    status, out, err = run("doctor", *words)
    assert (status, out) == (2, "")
    assert told in err


def test_a_signal_ends_it_cleanly(tmp_path, simulator):
    simulator.fault("slow-answer", on="wstoken", delay="60s")
    with Tails(tmp_path, simulator.variables) as tails:
        doctor = tails("doctor", "sms")
        asked = "/restapi/oauth/wstoken"
        eventually(lambda: "permissions" in "".join(doctor.lines()), asked)
        assert doctor.stop() == -15
        assert "Traceback" not in doctor.told
    assert simulator.subscribers() == []


def on_terminal(answer: str, home: Path, simulator: Simulator) -> tuple[int, str]:
    """Run it on a terminal of its own, and type an answer to its question."""
    near, far = pty.openpty()
    environ = environ_in(home, {**simulator.variables, "TERM": "xterm"})
    with subprocess.Popen(
        [*PROGRAM, "doctor", "sms"], stdin=far, stdout=far, stderr=far, env=environ, cwd=home
    ) as process:
        os.close(far)
        heard = b""
        while True:
            try:
                data = os.read(near, 65536)
            except OSError:
                break
            if not data:
                break
            heard += data
            if b"[y/N]" in heard and answer:
                os.write(near, answer.encode())
                answer = ""
        status = process.wait()
    os.close(near)
    return status, heard.decode()


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    ("answer", "left"), [("y\n", 0), ("n\n", 1), ("\n", 1), ("\x04", 1)], ids=repr
)
def test_on_a_terminal_it_asks_before_it_removes(tmp_path, simulator, answer, left):
    home = tmp_path / "home"
    home.mkdir()
    with Tails(tmp_path, simulator.variables) as tails:
        tail = tails("sms", home=home).wait_ready()
        tail.kill()
    status, heard = on_terminal(answer, home, simulator)
    assert status == 0, heard
    assert "Remove 1 stale subscription of rc-tail processes that have exited? [y/N]" in heard
    assert "\x1b[32m✓ ok" in heard
    assert len(simulator.subscribers()) == left


def test_without_a_terminal_it_does_not_ask(tmp_path, simulator):
    home = tmp_path / "home"
    home.mkdir()
    with Tails(tmp_path, simulator.variables) as tails:
        tails("sms", home=home).wait_ready().kill()
        doctor = tails("doctor", "sms", home=home)
        assert doctor.wait() == 0
        assert any("stale subscription" in line for line in doctor.lines())
    assert len(simulator.subscribers()) == 1
