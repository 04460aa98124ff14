import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.exit import run_and_exit, use_reporter
from rc_tail.config.folders import Folders
from rc_tail.simulator import Options
from rc_tail.simulator.control import Control
from rc_tail.simulator.faults.catalogue import FAULTS
from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.server.server import listen
from tests.cli.conftest import Ran
from tests.simulator.client import Caller, Client, subscribed

SMS = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"
PROGRAM = [sys.executable, "-m", "rc_tail", "simulator"]
PATIENCE = 60

Run = Callable[..., Ran]


@pytest.fixture
def environ(tmp_path, monkeypatch):
    """A home of its own, without any variable that names a server."""
    kept = ("PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "PYTHONPATH")
    clean = {name: os.environ[name] for name in kept if name in os.environ}
    clean |= {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "COLUMNS": "100"}
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in clean.items():
        monkeypatch.setenv(name, value)
    return clean


@pytest.fixture
def run(capsys, monkeypatch, environ) -> Run:
    """Run `rc-tail simulator` with these words in this process."""

    def run(*words: str, **variables: str) -> Ran:
        arguments = ["simulator", *words]
        use_reporter(None)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            run_and_exit(lambda: dispatch(arguments), arguments)
        out, err = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
def simulator(environ, monkeypatch) -> Iterator[Simulator]:
    with Simulator() as running:
        monkeypatch.setenv("RC_SERVER_URL", running.url)
        yield running


# send


def test_send_says_whom_it_reached(run, simulator):
    with subscribed(simulator, SMS) as client:
        ran = run("send", "sms", "--text", "hi", "--from", "+1415", "--to", "Ada", "--count", "2")
        assert (ran.status, ran.stdout) == (0, "")
        assert "sent sms to 1 subscription" in ran.stderr
        bodies = [client.event()["body"] for _ in range(2)]
        assert [body["subject"] for body in bodies] == ["hi", "hi"]
        assert bodies[0]["from"] == {"phoneNumber": "+1415"}


def test_send_sets_fields(run, simulator):
    with subscribed(simulator, SMS) as client:
        run("send", "sms", "--set", "priority=High", "--set", "a.b=[1]", "--set", "c=1=2", "-q")
        body = client.event()["body"]
        assert (body["priority"], body["a"], body["c"]) == ("High", {"b": [1]}, "1=2")


def test_send_tells_as_json(run, simulator):
    with subscribed(simulator, SMS):
        told = json.loads(run("send", "sms", "--log-format", "json").stderr)
        assert (told["event"], told["subscriptions"], told["count"]) == ("sent", 1, 1)


def test_send_without_a_subscriber(run, simulator):
    ran = run("send", "voicemail")
    assert ran.status == 75
    assert "no client is subscribed to voicemail" in ran.stderr
    assert "message store" in ran.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("smss",), "Did you mean sms"),
        (("sms:42",), "takes no id"),
        (("fax", "--text", "x"), "fax has no text"),
        (("sms", "--extension", "999"), "unknown extension '999'"),
        (("sms", "--set", "nothing"), "not PATH=VALUE"),
        (("sms", "--set", "=1"), "not PATH=VALUE"),
        (("sms", "--set", "subject.a.b=1"), "--set subject.a.b"),
        (("sms", "--count", "0"), "--count"),
        ((), "EVENT"),
    ],
)
def test_send_with_wrong_words(words, said, run, simulator):
    ran = run("send", *words)
    assert ran.status == 2
    assert said in ran.stderr


@pytest.mark.parametrize(
    ("url", "status", "said"),
    [
        ("", 2, "RC_SERVER_URL is not set"),
        ("https://platform.ringcentral.com", 2, "not on this machine"),
        ("http://127.0.0.1:1", 69, "no simulator answers"),
    ],
)
@pytest.mark.parametrize("command", [("send", "sms"), ("fault", "reset"), ("status",), ("stop",)])
def test_where_there_is_no_simulator(command, url, status, said, run):
    ran = run(*command, RC_SERVER_URL=url)
    assert ran.status == status
    assert said in ran.stderr
    assert "rc-tail simulator run --background" in ran.stderr


# fault


def test_fault_strikes(run, simulator):
    with subscribed(simulator, SMS) as client:
        ran = run("fault", "close", "code=4001", "reason=x=y")
        assert (ran.status, ran.stdout) == (0, "")
        assert "close triggered" in ran.stderr
        assert client.closed() == 4001


def test_fault_waits(run, simulator):
    assert "reset scheduled" in run("fault", "reset", "--after", "50events", "--count", "3").stderr
    assert "reset" in run("status", "--json").stdout


def test_faults_are_listed_without_a_simulator(run):
    ran = run("fault", "--list")
    assert ran.status == 0
    for kind in FAULTS:
        assert f"\n{kind.name}\n" in f"\n{ran.stdout}"
        assert kind.expectation in ran.stdout
    assert "code=1000-4999" in ran.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--list"),
        (("resett",), "Did you mean reset"),
        (("close", "code=1"), "1000-4999"),
        (("close", "4001"), "not NAME=VALUE"),
        (("reset", "--after", "soon"), "after: 'soon'"),
        (("reset", "--after", "3"), "5events"),
        (("reset", "--count", "0"), "--count"),
    ],
)
def test_fault_with_wrong_words(words, said, run, simulator):
    ran = run("fault", *words)
    assert ran.status == 2
    assert said in ran.stderr


# status


def test_status_for_people(run, simulator):
    with subscribed(simulator, SMS):
        ran = run("status")
        assert f"process {os.getpid()}: 1 session, 1 connection, 0 notifications" in ran.stdout
        assert "of extension 400000101, connected" in ran.stdout
        assert "message-store/instant?type=SMS" in ran.stdout
    assert ran.stderr == ""


def test_status_as_json(run, simulator):
    ran = run("status", "--json")
    assert json.loads(ran.stdout)["subscriptions"] == []
    assert ran.stdout.count("\n") == 1


# run and stop


def test_it_ends_on_request(run, monkeypatch):
    ended = threading.Event()

    def stop(url: str) -> None:
        try:
            # It is the only one that runs.
            control = Control.find({}, Folders.of_user().state)
            assert control.url == url
            control.stop()
            ended.set()
        finally:
            if not ended.is_set():
                os.kill(os.getpid(), signal.SIGTERM)

    from rc_tail.simulator import process as program

    real = program.serve

    def serve(instance):
        thread = threading.Thread(target=stop, args=(instance.url,))
        thread.start()
        came = real(instance)
        thread.join(PATIENCE)
        return came

    monkeypatch.setattr(program, "serve", serve)
    ran = run("run", "--seed", "1", "--rate", "5/s", "--enforce-limits", "--tls")
    assert ended.is_set()
    assert ran.status == 0
    assert "export RC_SERVER_URL=https://127.0.0.1:" in ran.stdout
    assert "Stop with Ctrl-C" in ran.stderr
    assert "--ca-bundle" in ran.stderr


def test_options_shape_the_sessions(run, monkeypatch):
    from rc_tail.simulator import process as program

    served = []

    def serve(instance):
        served.append(instance.options)
        instance.listener.close()

    monkeypatch.setattr(program, "serve", serve)
    words = "--refresh-tokens --wstoken-ttl 30s --wstoken-single-use --idle-timeout 1m"
    more = "--recovery-timeout 90s --recovery-buffer 7 --wsc-everywhere"
    assert run("run", *words.split(), *more.split()).status == 0
    assert run("run").status == 0
    assert served == [
        Options(
            refresh_tokens=True,
            wstoken_ttl=30,
            wstoken_single_use=True,
            idle_timeout=60,
            recovery_timeout=90,
            recovery_buffer=7,
            wsc_everywhere=True,
        ),
        Options(),
    ]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--rate", "fast"), 2, "invalid rate 'fast'"),
        (("--idle-timeout", "60"), 2, "invalid duration '60'"),
        (("--recovery-buffer", "-1"), 2, "--recovery-buffer"),
        (("--port", "99999"), 2, "--port"),
        (("--events", "missing.jsonl"), 2, "missing.jsonl"),
        (("--events", "/"), 2, "cannot be read"),
        (("--scenario", "missing.txt"), 2, "missing.txt"),
    ],
)
def test_run_with_wrong_words(words, status, said, run):
    ran = run("run", *words)
    assert ran.status == status
    assert said in ran.stderr
    assert ran.stdout == ""


def test_a_port_in_use(run):
    with listen(0) as taken:
        ran = run("run", "--port", str(taken.getsockname()[1]))
    assert ran.status == 71
    assert "cannot be used" in ran.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_dies_of_its_signal_after_a_clean_end(number, environ):
    process = subprocess.Popen(
        [*PROGRAM, "run"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    )
    with process:
        assert process.stdout is not None
        variables = dict(shlex.split(process.stdout.readline())[1].split("=", 1) for _ in range(4))
        caller = Caller(variables)
        with Client(caller, caller.log_in()) as client:
            assert client.message()[0]["type"] == "ConnectionDetails"
            process.send_signal(number)
            assert client.closed() == 1001
        assert process.wait(PATIENCE) == -number
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


SCRIPT = """
set -e
eval "$({program} run --background --rate 100)"
{program} status
unset RC_SERVER_URL
{program} stop
if {program} status; then exit 9; else exit "$?"; fi
"""


def test_a_shell_has_it_in_the_background(environ):
    script = SCRIPT.format(program=shlex.join(PROGRAM))
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, timeout=PATIENCE, env=environ
    )
    assert done.returncode == 2, done.stderr
    assert "0 connections" in done.stdout
    assert "stop it with: rc-tail simulator stop" in done.stderr
    assert " stopped" in done.stderr
    assert "no running simulator found" in done.stderr


def test_help_names_the_commands(run):
    ran = run("--help")
    assert ran.status == 0
    for name in ("run", "send", "fault", "status", "stop"):
        assert name in ran.stdout
