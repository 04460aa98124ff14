"""Blocks in real shells: each in an empty home, against a simulated RingCentral of its own."""

import fcntl
import os
import random
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options

ROOT = Path(__file__).parents[2]
# What a loaded machine may need; nothing is waited for longer than it takes.
PATIENCE = 120.0
GRACE = 20.0
COLUMNS = 108

# No start-up files; the first command that fails ends the block, wherever in a pipe it stands.
SHELLS: Mapping[str, tuple[str, ...]] = {
    "bash": ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c"),
    "zsh": ("zsh", "-f", "-e", "-o", "pipefail", "-c"),
}
# What a block starts in the background ends with it, also when it is ended.
_STARTS = "rc-tail simulator run"
_CLEANUP = "trap 'rc-tail simulator stop >/dev/null 2>&1 || true' EXIT\ntrap 'exit 143' TERM\n"
BROKEN_PIPE = 128 + signal.SIGPIPE

# What is used of the sqlite3 command, where that is missing.
_SQLITE = """\
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
    print(*row, sep="|")
"""

# The port of the README's webhook handlers.
_PORT = "3000"

# A lively company.
LIVELY = Options(rate=20.0)
_MISSED_CALL = (("parties.0.missedCall", True), ("parties.0.status.code", "Disconnected"))


@dataclass(frozen=True)
class Ran:
    """How a block ended.

    Attributes:
        status: The shell's exit status.
        stdout: What it printed.
        stderr: What it told.
        files: What it wrote into its folder, as bytes altogether.
    """

    status: int
    stdout: str
    stderr: str
    files: int

    def trouble(self, text: str) -> str:
        """Return what is wrong with the run of a block; empty when nothing is."""
        # A reader that has enough ends whoever writes to it.
        allowed = (0, BROKEN_PIPE) if "| head" in text else (0,)
        if self.status not in allowed:
            return f"it ended with {self.status}"
        if "error:" in self.stderr or "Traceback" in self.stderr:
            return "it told an error"
        return "" if self.stdout or self.stderr or self.files else "nothing came of it"


def need(*tools: str) -> None:
    """Skip the test where a tool is missing; there is no such excuse on the machine that judges."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def install(folder: Path) -> Path:
    """Return a folder for PATH with `rc-tail` as this checkout has it."""
    folder.mkdir()
    program = folder / "rc-tail"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m rc_tail "$@"\n')
    program.chmod(0o755)
    if shutil.which("sqlite3") is None:
        stand_in = folder / "sqlite3"
        stand_in.write_text(f"#!{sys.executable}\n{_SQLITE}")
        stand_in.chmod(0o755)
    return folder


def environ_in(home: Path, programs: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a shell whose user lives in `home`."""
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(home),
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "COLUMNS": str(COLUMNS),
        "PYTHONPATH": str(ROOT),
        **variables,
    }


def with_free_port(text: str) -> tuple[str, str]:
    """Return a block with a free port in place of the README's, since several run at once; and it.

    The system gives ports of this range to no outgoing connection.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return re.sub(rf"\b{_PORT}\b", str(port), text), str(port)


def run(shell: str, text: str, home: Path, programs: Path, *, patience: float = PATIENCE) -> Ran:
    """Run a block as it would be pasted, with a simulator whose company is busy.

    Args:
        shell: One of `SHELLS`.
        text: The block.
        home: An empty home is made there.
        programs: The folder of `rc-tail`.
        patience: How long the block may take, in seconds.
    """
    home.mkdir()
    text, _ = with_free_port(text)
    with Simulator(LIVELY) as simulator:
        # So that there is a past.
        simulator.send("sms", count=3)
        simulator.send("calls", changes=_MISSED_CALL)
        process = subprocess.Popen(
            [*SHELLS[shell], _CLEANUP * (_STARTS in text) + text],
            cwd=home,
            env=environ_in(home, programs, simulator.variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        stdout, stderr = _hear(process, patience)
    return Ran(process.returncode, stdout, stderr, _written(home))


def _hear(process: subprocess.Popen[str], patience: float) -> tuple[str, str]:
    """Return what a shell prints and tells until its end, which comes in any case."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            return process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, number)
            patience = GRACE
    return process.communicate()


def _written(home: Path) -> int:
    shown = (path for path in home.iterdir() if not path.name.startswith("."))
    return sum(path.stat().st_size for path in shown if path.is_file())


def run_on_terminal(text: str, home: Path, programs: Path) -> str:
    """Run a block in bash on a terminal, by a simulator where nothing happens by itself.

    Returns:
        What the terminal was sent, colours and cleared lines with it.
    """
    with Simulator(Options()) as simulator:
        status, shown = on_terminal(SHELLS["bash"], text, home, programs, simulator)
    assert status == 0, shown
    return shown


def on_terminal(
    shell: Sequence[str], text: str, home: Path, programs: Path, simulator: Simulator
) -> tuple[int, str]:
    """Run a block on a terminal; return its exit status, and what the terminal was sent."""
    home.mkdir()
    text, port = with_free_port(text)
    here, there = os.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    with subprocess.Popen(
        [*shell, _CLEANUP * (_STARTS in text) + text],
        cwd=home,
        env=environ_in(home, programs, simulator.variables),
        stdin=subprocess.DEVNULL,
        stdout=there,
        stderr=there,
        start_new_session=True,
    ) as process:
        os.close(there)
        watch = threading.Timer(PATIENCE, os.killpg, (process.pid, signal.SIGTERM))
        watch.start()
        shown = _read_all(here)
        watch.cancel()
        return process.wait(GRACE), shown.replace(port, _PORT)


def _read_all(descriptor: int) -> str:
    parts: list[bytes] = []
    with os.fdopen(descriptor, "rb", buffering=0) as terminal:
        while True:
            try:
                part = terminal.read(65536)
            except OSError:
                # How Linux says that nobody has the other end any more.
                break
            if not part:
                break
            parts.append(part)
    return b"".join(parts).decode(errors="surrogateescape")
