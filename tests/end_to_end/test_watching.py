"""What scripts, supervisors and people at a terminal see of a running tail."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from rc_tail.simulator.instance import Simulator
from tests.end_to_end.processes import PATIENCE, PROGRAM, Tails, environ_in, eventually
from tests.end_to_end.wire import Wire

pytestmark = pytest.mark.slow


def test_a_script_waits_for_the_file_and_then_makes_the_event(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    ready = tmp_path / "ready"
    running = tail("sms", "--count", "1", "--for", "60s", "--ready-file", str(ready))
    deadline = time.monotonic() + PATIENCE
    while not ready.exists():
        assert time.monotonic() < deadline, running.told
        time.sleep(0.01)
    assert int(ready.read_text()) == running.process.pid
    simulator.send("sms", text="as expected")
    assert running.wait() == 0
    assert running.events(1)[0]["body"]["subject"] == "as expected"


def test_a_script_waits_at_the_descriptor(simulator: Simulator, tmp_path: Path):
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [*PROGRAM, "sms", "--count", "1", "--ready-fd", str(write_end)],
        pass_fds=[write_end],
        env=environ_in(tmp_path, simulator.variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    assert os.read(read_end, 100) == b"ready\n"
    assert os.read(read_end, 100) == b""
    os.close(read_end)
    simulator.send("sms")
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert out.count(b"\n") == 1


def test_health_follows_the_connection(
    simulator: Simulator, wire: Wire, tail: Tails, tmp_path: Path
):
    path = tmp_path / "health.json"
    running = tail("sms", "--health-file", str(path), environ={"RC_SERVER_URL": wire.url})
    running.wait_ready()

    def until(state: str, **fields: object) -> dict[str, object]:
        deadline = time.monotonic() + PATIENCE
        while True:
            record: dict[str, object] = json.loads(path.read_text())
            if record["state"] == state and all(record[k] == v for k, v in fields.items()):
                return record
            assert time.monotonic() < deadline, record
            time.sleep(0.02)

    until("live")
    simulator.send("sms")
    running.lines(1)
    record = until("live", printed=1)
    assert record["last_kind"] == "sms"
    assert record["pid"] == running.process.pid
    wire.cut()
    until("live", reconnects=1)
    running.stop()
    assert json.loads(path.read_text())["state"] == "ended"


def test_systemd_is_notified(simulator: Simulator, tail: Tails, tmp_path: Path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(PATIENCE)
        running = tail(
            "sms",
            environ={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"},
        )
        heard: list[bytes] = []
        while not any(b"WATCHDOG=1" in words for words in heard):
            heard.append(listener.recv(1000))
        assert b"READY=1" in heard
        running.stop()
        while b"STOPPING=1" not in heard:
            heard.append(listener.recv(1000))


def test_commands_run_for_events(simulator: Simulator, tail: Tails, tmp_path: Path):
    out = tmp_path / "out"
    command = f"sh -c 'echo $RC_EVENT_KIND $RC_EVENT_TEXT >> {out}; echo noise'"
    running = tail("sms", "voicemail", "--count", "2", "--exec", command).wait_ready()
    simulator.send("sms", text="one")
    simulator.send("voicemail")
    simulator.send("sms", text="three")
    assert running.wait() == 0
    assert out.read_text().splitlines() == ["sms one", "voicemail"]
    assert "noise" in running.told
    assert len(running.events(2)) == 2


def test_a_command_that_hangs_does_not_outlive_a_signal(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    started = tmp_path / "started"
    running = tail("sms", "--exec", f"sh -c 'touch {started}; exec sleep 600'").wait_ready()
    simulator.send("sms")
    deadline = time.monotonic() + PATIENCE
    while not started.exists():
        assert time.monotonic() < deadline, running.told
        time.sleep(0.01)
    assert running.stop() == -15
    assert "was killed when rc-tail exited" in running.told


def test_a_second_ctrl_c_ends_the_commands_too(simulator: Simulator, tail: Tails, tmp_path: Path):
    child = tmp_path / "child"
    command = f"sh -c 'sleep 600 & echo $! > {child}; wait'"
    running = tail("sms", "--exec", command).wait_ready()
    simulator.send("sms")
    eventually(lambda: child.exists() and child.read_text() != "", "the command")
    number = int(child.read_text())
    running.process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    assert running.stop(signal.SIGINT) == -2
    eventually(lambda: not is_alive(number), "the end of its process group")


# Says when the program has taken over Ctrl-C from the interpreter, whose own start no program can
# change.
STARTING = """
import _signal, os, sys
from rc_tail.__main__ import main
set_handler = _signal.signal
def set_and_say(*arguments):
    _signal.signal = set_handler
    set_handler(*arguments)
    os.write(1, b".")
_signal.signal = set_and_say
sys.argv = ["rc-tail", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize("milliseconds", [0, 3, 20, 35, 50, 80, 120, 180, 240])
@pytest.mark.parametrize("words", [["--version"], ["sms"], ["events"]])
def test_ctrl_c_ends_a_start_quietly(
    words: list[str], milliseconds: int, simulator: Simulator, tmp_path: Path
):
    with subprocess.Popen(
        [sys.executable, "-c", STARTING, *words],
        env=environ_in(tmp_path, simulator.variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as starting:
        assert starting.stdout is not None
        assert os.read(starting.stdout.fileno(), 1) == b"."
        time.sleep(milliseconds / 1000)
        starting.send_signal(signal.SIGINT)
        _, messages = starting.communicate(timeout=PATIENCE)
    assert starting.returncode in (-signal.SIGINT, 0)
    assert [line for line in messages.splitlines() if not line.startswith(b"rc-tail: ")] == []


def is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_end_of_the_time_waits_for_the_running_command_alone(simulator: Simulator, tail: Tails):
    limits = ("--for", "2s", "--exec-timeout", "3s")
    running = tail("sms", *limits, "--exec", "sleep 600").wait_ready()
    for _ in range(3):
        simulator.send("sms")
    assert running.wait() == 0
    assert "waiting for 1 running command, at most 3 s each; 2 more events queued" in running.told
    # The one that ran took too long, which is its end; the others are missing.
    assert "(exec did not accept them in time): 2 events lost" in running.told


class Terminal:
    """A terminal, and what a person would see on it."""

    def __init__(self, columns: int = 80) -> None:
        self.master, self.slave = pty.openpty()
        self.resize(columns)
        self.raw = b""

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def wait_for(self, pattern: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.raw.decode(errors="replace")):
            left = deadline - time.monotonic()
            assert left > 0, self.raw
            ready, _, _ = select.select([self.master], [], [], left)
            if ready:
                self.raw += os.read(self.master, 65536)

    def read_to_end(self) -> None:
        """Take what is left once every program has let go of the terminal."""
        os.close(self.slave)
        with contextlib.suppress(OSError):  # what Linux makes of the end
            while data := os.read(self.master, 65536):
                self.raw += data

    def shown(self) -> list[str]:
        """The lines, after everything that was drawn over."""
        text = self.raw.decode().replace("\r\n", "\n")
        lines = [line.rpartition("\r\x1b[J")[2] for line in text.split("\n")]
        return [re.sub(r"\x1b\[[?0-9;]*[hlm]", "", line) for line in lines]

    def close(self) -> None:
        os.close(self.master)


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_on_a_terminal_a_line_says_how_it_is_and_is_gone_at_the_end(
    simulator: Simulator, tmp_path: Path, term: str
):
    terminal = Terminal()
    environ = environ_in(tmp_path, simulator.variables) | {"TERM": term}
    del environ["COLUMNS"]
    process = subprocess.Popen(
        [*PROGRAM, "sms", "--count", "2", "--time", "none"],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=terminal.slave,
        stderr=terminal.slave,
    )
    terminal.wait_for("ready: ")
    if term != "dumb":
        terminal.wait_for("live for")
    simulator.send("sms", text="first")
    terminal.wait_for("first")
    if term != "dumb":
        terminal.wait_for("1 event")
    simulator.send("sms", text="second")
    terminal.wait_for("2 events in")
    assert process.wait(PATIENCE) == 0
    terminal.read_to_end()
    shown = terminal.shown()
    # A machine that stood still for a while has more to tell between these.
    events = [line for line in shown if not line.startswith("rc-tail: ")]
    assert [line.rpartition(" ")[2] for line in events] == ["first", "second", ""]
    told = [line for line in shown if line.startswith("rc-tail: ")]
    assert told[0].startswith("rc-tail: ready")
    assert told[-1].startswith("rc-tail: 2 events")
    assert shown[-1] == ""
    assert ("live for" in terminal.raw.decode()) is (term != "dumb")
    terminal.close()


def test_without_a_terminal_there_is_no_such_line(simulator: Simulator, tail: Tails):
    running = tail("sms", "--count", "1", "-o", "pretty", environ={"TERM": "xterm"}).wait_ready()
    simulator.send("sms")
    assert running.wait() == 0
    assert "\x1b" not in running.told
    assert "live for" not in running.told
