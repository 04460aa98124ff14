import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.simulator import process as program
from rc_tail.simulator.control import Control
from rc_tail.simulator.instance import Instance
from rc_tail.simulator.process import detach, export_lines, serve
from rc_tail.simulator.service.options import Options

PATIENCE = 30
pytestmark = pytest.mark.usefixtures("measured")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = Instance(Options(client_id="it's mine"), tmp_path)
    yield made
    made.listener.close()


def test_lines_can_be_evaluated(instance):
    lines = export_lines(instance).splitlines()
    assert all(line.startswith("export RC_") for line in lines)
    values = dict(shlex.split(line)[1].split("=", 1) for line in lines)
    assert values == dict(instance.variables)


def test_it_serves_until_a_client_says_so(instance, tmp_path):
    control = Control(instance.url, tmp_path)
    thread = threading.Thread(target=control.stop)
    thread.start()
    assert serve(instance) is None
    thread.join(PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_or_until_a_signal(number, instance):
    timer = threading.Timer(0.05, os.kill, (os.getpid(), number))
    # Should it come before anybody listens, it must not end the tests.
    before = signal.signal(number, lambda *_: timer.function(*timer.args))
    try:
        timer.start()
        assert serve(instance) == number
    finally:
        signal.signal(number, before)
        timer.join(PATIENCE)


SCRIPT = """
import sys
from pathlib import Path
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.process import detach, export_lines
from rc_tail.simulator.instance import Instance

folder = Path(sys.argv[1])
instance = Instance(Options(), folder)
print(detach(instance, folder), instance.url, flush=True)
"""


def gone(pid: int) -> bool:
    """Whether a process stopped; where nobody collects orphans it stays as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/status")
    return (
        status.exists() and re.search(r"^State:\s+Z", status.read_text(), re.MULTILINE) is not None
    )


@pytest.fixture
def detached(tmp_path: Path) -> Iterator[tuple[int, str]]:
    # Its pipes are read to their end: they must not live on in the detached process.
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stderr == ""
    pid, url = done.stdout.split()
    yield int(pid), url
    if not gone(int(pid)):
        os.kill(int(pid), signal.SIGKILL)


def wait_until_gone(pid: int) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE * 100):
        if gone(pid):
            return
        pause.wait(0.01)
    pytest.fail("it lives")


def test_a_detached_one_lives_on_until_it_is_stopped(detached, tmp_path):
    pid, url = detached
    control = Control.find({}, tmp_path)
    assert control.url == url
    assert control.status()["pid"] == pid
    assert os.getsid(pid) == pid
    control.stop()
    wait_until_gone(pid)
    assert (tmp_path / "simulator.log").read_text() == ""


def test_or_dies_of_a_signal(detached):
    pid, _ = detached
    os.kill(pid, signal.SIGTERM)
    wait_until_gone(pid)


def test_the_old_process_keeps_no_port(tmp_path, monkeypatch):
    instance = Instance(Options(), tmp_path)
    monkeypatch.setattr(os, "fork", lambda: 4711)
    assert detach(instance, tmp_path / "state") == 4711
    assert instance.listener.fileno() == -1
    assert (tmp_path / "state" / "simulator.log").exists()


def test_the_new_process_does_nothing_else(instance, tmp_path, monkeypatch):
    class Ended(BaseException): ...

    def be_detached(given: Instance, log: int, folder: Path) -> None:
        os.close(log)
        raise Ended

    monkeypatch.setattr(os, "fork", lambda: 0)
    monkeypatch.setattr(program, "_run_detached", be_detached)
    with pytest.raises(Ended):
        detach(instance, tmp_path)


# Its own exit is made an ordinary one, so that what it did is counted as covered.
ENDING = """
import os, signal, sys
from pathlib import Path
from rc_tail.simulator import process as program
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.instance import Instance

os._exit = sys.exit
program.serve = lambda instance: {came}
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
program._run_detached(Instance(Options(), Path()), log, Path(sys.argv[1]).parent)
"""


@pytest.mark.parametrize(
    ("came", "ending", "logged"),
    [("None", 0, ""), ("signal.SIGTERM", -signal.SIGTERM, ""), ("1 / 0", 1, "ZeroDivisionError")],
)
def test_its_ending(came, ending, logged, tmp_path):
    log = tmp_path / "log"
    script = ENDING.replace("{came}", came)
    done = subprocess.run([sys.executable, "-c", script, str(log)], timeout=PATIENCE)
    assert done.returncode == ending
    assert logged in log.read_text()
