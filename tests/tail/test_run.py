"""A tail put together from its parts, in this process, against a simulated RingCentral."""

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rc_tail.config.folders import Folders
from rc_tail.config.loading import read_settings
from rc_tail.config.settings import IdentityOptions as IdentityOptions
from rc_tail.config.settings import Settings
from rc_tail.config.tail_options import SinkRequest, TailOptions
from rc_tail.errors import FiltersRefusedError, TimedOutError, UsageError
from rc_tail.events.selection.select import select
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.rest.platform import Platform
from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from rc_tail.system.clocks import clock, wall_of
from rc_tail.system.signals import SignalledError
from rc_tail.system.terminal import Terminal
from rc_tail.tail.run import run_tail
from tests.stories import meanwhile, wait_until


@pytest.fixture
def simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with Simulator(Options(**getattr(request, "param", {}))) as running:
        yield running


class Bench:
    """Runs tails on standard output, and reads what they wrote."""

    def __init__(self, simulator: Simulator, folder: Path, capfd: Any) -> None:
        self.simulator = simulator
        self.folders = Folders(folder / "config", folder / "cache", folder / "state")
        self.told = io.StringIO()
        self.verbosity = Verbosity.VERBOSE
        self._capfd = capfd

    def run(self, *events: str, **how: Any) -> list[Any]:
        """Run a tail to its end; return the lines that it printed, as JSON."""
        return [json.loads(line) for line in self.lines(*events, **how)]

    def lines(self, *events: str, **how: Any) -> list[str]:
        """Run a tail to its end; return the lines that it printed."""
        # What a tail tells goes to the standard error of its process.
        with contextlib.redirect_stderr(self.told):
            reporter = Reporter(self.told, log_format="json", verbosity=self.verbosity)
            run_tail(
                TailOptions(select(list(events), []), **how),
                self.settings(reporter),
                reporter,
                Terminal(None, self.told, {}),
                folders=self.folders,
            )
        printed = self._capfd.readouterr().out
        return list(printed.splitlines())

    def settings(self, reporter: Reporter) -> Settings:
        return read_settings(
            IdentityOptions(), reporter, environ=self.simulator.variables, folders=self.folders
        )

    def records(self, event: str) -> list[dict[str, Any]]:
        records = [json.loads(line) for line in self.told.getvalue().splitlines()]
        return [record for record in records if record["event"] == event]


@pytest.fixture
def bench(simulator: Simulator, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Bench:
    return Bench(simulator, tmp_path, capfd)


def subjects(events: list[Any]) -> list[str]:
    return [event["body"]["subject"] for event in events]


def test_it_tails_until_there_is_enough(simulator, bench):
    with meanwhile(simulator, lambda: simulator.send("sms", text="hi", count=3)):
        assert subjects(bench.run("sms", count=2)) == ["hi", "hi"]
    assert simulator.subscribers() == []
    (ready,) = bench.records("ready")
    assert ready["events"] == ["sms"]
    (summary,) = bench.records("summary")
    assert (summary["printed"], summary["kinds"]) == (2, {"sms": 2})


@pytest.mark.parametrize("output", ["json", "frame"])
def test_how_lines_look(simulator, bench, output):
    with meanwhile(simulator, lambda: simulator.send("sms")):
        (line,) = bench.run("sms", count=1, output=output)
    assert isinstance(line, list if output == "frame" else dict)


def test_readable_lines(simulator, bench):
    with meanwhile(simulator, lambda: simulator.send("sms", text="hello")):
        (line,) = bench.lines("sms", count=1, output="pretty", time="none")
    assert "hello" in line


def test_another_user_by_number(simulator, bench):
    with meanwhile(simulator, lambda: simulator.send("sms", text="x", extension="102")):
        assert subjects(bench.run("sms", count=1, extensions=("ext:102",))) == ["x"]


def test_a_user_that_there_is_not(simulator, bench):
    with pytest.raises(UsageError, match="in this account"):
        bench.run("sms", extensions=("ext:999",))
    assert simulator.subscribers() == []


def test_an_error_of_the_service_is_raised(bench):
    with pytest.raises(FiltersRefusedError):
        bench.run("/restapi/v1.0/account/~/extension/999/voicemail")


def test_the_time_is_over(bench):
    with pytest.raises(TimedOutError):
        bench.run("sms", count=1, seconds=0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_raised_when_everything_is_cleaned_up(simulator, bench, number):
    before = signal.getsignal(number)
    with (
        meanwhile(simulator, lambda: os.kill(os.getpid(), number)),
        pytest.raises(SignalledError) as raised,
    ):
        bench.run("sms")
    assert raised.value.number == number
    assert simulator.subscribers() == []
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_breaks_off_the_look_up_of_an_extension(tmp_path, number):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        variables = {"RC_APP_CLIENT_ID": "id", "RC_USER_JWT": "jwt"}
        variables["RC_SERVER_URL"] = f"http://127.0.0.1:{port}"
        with subprocess.Popen(
            [sys.executable, "-m", "rc_tail", "sms", "--extension", "ext:101"],
            env=os.environ | variables | {"HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            asked, _ = silent.accept()
            with asked:
                # It asks, and nobody will ever answer.
                assert asked.recv(1)
                process.send_signal(number)
                out, told = process.communicate(timeout=60)
    assert (process.returncode, out) == (-number, b"")
    assert b"Traceback" not in told
    assert b"error" not in told


def test_the_history_comes_first(simulator, bench):
    simulator.send("sms", text="earlier")
    since = wall_of(clock()) - 3600
    with meanwhile(simulator, lambda: simulator.send("sms", text="now")):
        assert subjects(bench.run("sms", since=since, count=2)) == ["earlier", "now"]


def test_the_history_alone(simulator, bench):
    simulator.send("sms", text="earlier")
    since = wall_of(clock()) - 3600
    assert subjects(bench.run("sms", since=since, follow=False)) == ["earlier"]
    assert bench.records("history")[0]["printed"] == 1


@pytest.mark.parametrize("simulator", [{"recovery_timeout": 0.0}], indirect=True)
@pytest.mark.parametrize(("history", "filled"), [(True, 0), (False, None)])
def test_a_gap_is_filled_unless_it_shall_not(simulator, bench, history, filled):
    def story() -> None:
        first = simulator.subscribers()[0].id
        # A client may know of its subscription a little later than the service.
        wait_until(lambda: bool(bench.records("ready")), "it is ready")
        simulator.cut()
        wait_until(
            lambda: any(s.id != first and s.is_connected for s in simulator.subscribers()),
            "another subscription",
        )
        wait_until(lambda: bool(bench.records("gap")), "the gap is told")
        simulator.send("sms", text="then")

    with meanwhile(simulator, story):
        assert subjects(bench.run("sms", count=1, history=history)) == ["then"]
    (gap,) = bench.records("gap")
    assert (gap["recovered"], gap["filled"]) == (False, filled)
    assert gap["kinds_without_history"] == ([] if history else ["sms"])


def test_kinds_without_a_history_are_named(simulator, bench):
    with meanwhile(simulator, lambda: simulator.send("sms")):
        bench.run("sms", "team-posts", count=1, since=wall_of(clock()) - 60)
    assert bench.records("history")[0]["kinds_without_history"] == ["team-posts"]


def test_a_later_run_continues_where_this_one_ends(simulator, bench):
    with meanwhile(simulator, lambda: simulator.send("sms", text="one")):
        assert subjects(bench.run("sms", count=1, resume="r", command=("rc-tail", "sms"))) == [
            "one"
        ]
    assert "continue with: rc-tail sms" in bench.records("summary")[0]["message"]
    # Its subscription lives on, without it.
    (kept,) = simulator.subscribers()
    assert not kept.is_connected
    simulator.send("sms", text="between")
    assert subjects(bench.run("sms", count=1, resume="r")) == ["between"]
    assert simulator.subscribers()[0].id == kept.id
    (reconnect,) = bench.records("reconnect")
    assert (reconnect["replayed"], bench.records("gap")) == (1, [])


def test_frames_are_shown_by_debug_without_secrets(simulator, bench):
    bench.verbosity = Verbosity.DEBUG
    with meanwhile(simulator, lambda: simulator.send("sms")):
        bench.run("sms", count=1)
    ways = {record["message"][0] for record in bench.records("frame")}
    assert ways == {"<", ">"}
    assert "WSC-" not in bench.told.getvalue()


def test_a_command_is_run_for_every_event(simulator, bench, tmp_path):
    marks = tmp_path / "marks"
    values = {"exec_jobs": None, "exec_timeout": None}
    sink = SinkRequest("exec", f"sh -c 'echo \"$RC_EVENT_KIND\" >> {marks}'", values)
    with meanwhile(simulator, lambda: simulator.send("sms", count=2)):
        assert len(bench.run("sms", count=2, sinks=(sink,))) == 2
    assert marks.read_text() == "sms\nsms\n"


def test_a_known_person_is_named(simulator, bench):
    reporter = Reporter(io.StringIO())
    with Platform(bench.settings(reporter), reporter, folders=bench.folders) as platform:
        platform.identity()
    with meanwhile(simulator, lambda: simulator.send("sms")):
        bench.run("sms", count=1)
    (ready,) = bench.records("ready")
    assert "as Ada Example" in ready["message"]
