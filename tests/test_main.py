"""The program as a process: ``python -m rc_tail`` and the script ``rc-tail``."""

import importlib.metadata
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

import rc_tail
from rc_tail.__main__ import main

ROOT = Path(__file__).parents[1]
PATIENCE = 60
VERSION = f"rc-tail {rc_tail.__version__}\n"

# Costs a start what the start may not need.
HEAVY = ("requests", "websocket", "jwt", "h11", "wsproto", "urllib3", "rich")

LISTING = """
import sys
from rc_tail.__main__ import main
sys.argv = ["rc-tail", *sys.argv[1:]]
try:
    main()
finally:
    sys.stderr.write("loaded: " + " ".join(sorted(sys.modules)) + "\\n")
"""


def run(
    command: list[str], stdout: int | IO[str] = subprocess.PIPE
) -> "subprocess.CompletedProcess[str]":
    # Buffered, as it is for everybody.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environ,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def program(*words: str) -> list[str]:
    return [sys.executable, "-m", "rc_tail", *words]


def loaded(*words: str) -> set[str]:
    """The modules that are loaded when a command line is done."""
    done = run([sys.executable, "-c", LISTING, *words])
    *_, last = done.stderr.splitlines()
    assert last.startswith("loaded: ")
    return set(last.split()[1:])


@pytest.mark.parametrize("words", [["--version"], ["sms", "--version"]])
def test_the_version(words):
    done = run(program(*words))
    assert (done.returncode, done.stdout, done.stderr) == (0, VERSION, "")


def test_the_version_needs_nothing_heavy():
    assert not loaded("--version") & {*HEAVY, "typer"}


@pytest.mark.parametrize("words", [["--help"], ["tail", "--help"], ["whoami", "--help"], []])
def test_help_needs_nothing_heavy(words):
    assert not loaded(*words) & set(HEAVY)


def test_no_words_are_wrong_usage():
    done = run(program())
    assert (done.returncode, done.stdout) == (2, "")
    assert "rc-tail" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_version_that_cannot_be_written():
    with Path("/dev/full").open("w") as full:
        done = run(program("--version"), stdout=full)
    assert done.returncode == 74
    assert done.stderr.splitlines() == [
        "rc-tail: error: an output could not be written: No space left on device"
    ]


def test_a_version_that_is_not_read():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(program("--version"), stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, "")


def test_a_version_without_a_standard_output():
    done = run(["/bin/sh", "-c", 'exec "$@" >&-', "sh", *program("--version")])
    assert (done.returncode, done.stderr) == (74, "rc-tail: error: standard output is closed\n")


def test_the_script_is_this_program():
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="rc-tail")
    assert script.load() is main


def end(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    monkeypatch.setattr(sys, "argv", ["rc-tail", *words])
    with pytest.raises(SystemExit) as exited:
        main()
    return exited.value.code


def test_the_version_in_this_process(monkeypatch, capsys):
    assert end(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == VERSION


class Full(io.StringIO):
    def flush(self) -> None:
        raise OSError(28, "full")


@pytest.mark.parametrize(("stream", "status"), [(None, 0), (Full(), 74)])
def test_what_cannot_be_written_is_left_to_the_edge(monkeypatch, capsys, stream, status):
    monkeypatch.setattr(sys, "stdout", stream)
    assert end(monkeypatch, "--version") == status
    if stream is None:
        sys.stdout.close()


def test_elsewhere_it_says_so(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert "WSL" in str(end(monkeypatch, "sms"))


def test_words_go_to_the_command_line(monkeypatch, capsys):
    assert end(monkeypatch, "--help") == 0
    assert "rc-tail" in capsys.readouterr().out
