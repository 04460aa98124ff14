"""Ending by a signal, in processes of their own."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rc_tail.system.signals import ENDING, SignalledError, Signals, around_stops, die_of

ROOT = Path(__file__).parents[1]
PATIENCE = 60

# Tells when it is ready and what came; ends itself as the program does: clean up, then die.
PROGRAM = textwrap.dedent(
    """
    import queue, sys
    from rc_tail.system.signals import Signals, die_of
    came = queue.SimpleQueue()
    with Signals(came.put):
        print("ready", flush=True)
        number = came.get()
        print("came", number, flush=True)
        if "hang" in sys.argv:
            came.get()
            print("came again", flush=True)
    print("cleaned up", flush=True)
    die_of(number)
    """
)


@contextmanager
def running(*words: str, shell: str = "") -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", PROGRAM, *words]
    if shell:
        command = ["/bin/sh", "-c", f'{shell}; exec "$@"', "sh", *command]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def ended(process: "subprocess.Popen[str]") -> tuple[int, list[str], str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out.splitlines(), err


@pytest.mark.parametrize("number", ENDING)
def test_it_cleans_up_and_dies_of_that_very_signal(number):
    with running() as process:
        process.send_signal(number)
        assert ended(process) == (-number, [f"came {int(number)}", "cleaned up"], "")


@pytest.mark.parametrize("ignored", ["HUP", "INT", "TERM"])
def test_an_ignored_signal_stays_ignored(ignored):
    other = signal.SIGHUP if ignored == "TERM" else signal.SIGTERM
    with running(shell=f"trap '' {ignored}") as process:
        process.send_signal(getattr(signal, f"SIG{ignored}"))
        # Signals of one process may overtake each other: the second is sent behind a reply.
        status = Path(f"/proc/{process.pid}/status")
        if status.exists():
            assert not pending(status.read_text())
        process.send_signal(other)
        assert ended(process) == (-other, [f"came {int(other)}", "cleaned up"], "")


def pending(status: str) -> bool:
    return any(
        int(line.split()[1], 16)
        for line in status.splitlines()
        if line.startswith(("SigPnd", "ShdPnd"))
    )


def test_a_second_ctrl_c_ends_at_once():
    with running("hang") as process:
        assert process.stdout is not None
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == f"came {int(signal.SIGTERM)}\n"
        process.send_signal(signal.SIGINT)
        assert ended(process) == (-signal.SIGINT, [], "")


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGHUP])
def test_a_second_signal_of_another_kind_lets_it_clean_up(second):
    with running("hang") as process:
        assert process.stdout is not None
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == f"came {int(signal.SIGINT)}\n"
        process.send_signal(second)
        assert ended(process) == (-signal.SIGINT, ["came again", "cleaned up"], "")


def test_what_was_there_before_is_there_again():
    before = {number: signal.getsignal(number) for number in ENDING}
    came: list[int] = []
    with Signals(came.append):
        for number in (signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), number)
        with pytest.raises(KeyError), Signals(came.append):
            raise KeyError
        assert signal.getsignal(signal.SIGTERM) is not before[signal.SIGTERM]
    assert came == [signal.SIGTERM, signal.SIGHUP]
    assert {number: signal.getsignal(number) for number in ENDING} == before


def test_an_ignored_signal_is_left_alone():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals(lambda _: None):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_that_kills_nothing_still_ends_the_program():
    before = signal.getsignal(signal.SIGURG)
    try:
        with pytest.raises(SystemExit) as exited:
            die_of(signal.SIGURG)
    finally:
        signal.signal(signal.SIGURG, before)
    assert exited.value.code == 128 + signal.SIGURG


def test_a_blocked_signal_is_no_shelter():
    script = (
        "import signal\n"
        "from rc_tail.system.signals import die_of\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
        "die_of(signal.SIGTERM)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=PATIENCE, check=False)
    assert done.returncode == -signal.SIGTERM


def test_the_error_names_its_signal():
    error = SignalledError(signal.SIGTERM)
    assert (error.number, str(error)) == (15, "signal 15")


def test_a_signal_rings_at_once_wherever_the_main_thread_is():
    came: list[int] = []
    bell, ring = os.pipe()
    os.set_blocking(ring, False)
    try:
        with Signals(came.append, wakeup_fd=ring):
            os.kill(os.getpid(), signal.SIGHUP)
            assert os.read(bell, 1) == bytes([signal.SIGHUP])
        assert came == [signal.SIGHUP]
        # Afterwards nobody writes there any more.
        assert signal.set_wakeup_fd(-1) == -1
    finally:
        os.close(bell)
        os.close(ring)


# Says when it was stopped and continues, and ends then.
STOPPED = textwrap.dedent(
    """
    import contextlib, os, time
    from rc_tail.system.signals import around_stops
    events = []
    @contextlib.contextmanager
    def while_stopped():
        os.write(1, b"stopping\\n")
        yield
        os.write(1, b"continued\\n")
        events.append(1)
    with around_stops(while_stopped):
        os.write(1, b"ready\\n")
        while len(events) < 2:
            time.sleep(0.01)
    """
)


@pytest.mark.skipif(sys.platform != "linux", reason="how a stopped process is told")
def test_it_can_clean_up_before_it_is_stopped_and_afterwards():
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        # In the group of a job whose shell is there: otherwise the system stops nothing.
        process_group=0,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(2):
            process.send_signal(signal.SIGTSTP)
            assert process.stdout.readline() == "stopping\n"
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            process.send_signal(signal.SIGCONT)
            assert process.stdout.readline() == "continued\n"
        assert process.wait(PATIENCE) == 0


def test_what_ignores_a_stop_continues_ignoring_it():
    before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        with around_stops(pytest.fail):
            assert signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTSTP, before)
