"""Runs a program to its end and says what it took, by the system's own accounting."""

import hashlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

PATIENCE = 120.0
ROOT = Path(__file__).parents[2]
# What would change how a program writes, or where it looks.
_SCRUBBED = ("PYTHON", "NODE_", "RC_", "RINGCENTRAL_", "COVERAGE", "XDG_")


@dataclass(frozen=True)
class Spent:
    """What a process took.

    Attributes:
        cpu: Seconds of processor time, user and system.
        system: Those of them that the kernel took.
        wall: Seconds from its start to its end.
        memory: Its largest size, in bytes.
        switches: How often it gave its processor away, or lost it.
        lines: The lines that it printed; None where its output was not read.
        digest: SHA-256 of what it printed, likewise.
        size: The bytes that it printed, likewise.
    """

    cpu: float
    system: float
    wall: float
    memory: int
    switches: int
    lines: int | None = None
    digest: str = ""
    size: int = 0


def environ(home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a measured program, whose user lives in `home`."""
    kept = {n: v for n, v in os.environ.items() if not n.upper().startswith(_SCRUBBED)}
    proxies = {n for n in kept if n.lower().endswith("_proxy")}
    kept = {n: v for n, v in kept.items() if n not in proxies}
    return {**kept, "HOME": str(home), "NO_COLOR": "1", **variables}


def spawn(
    command: Sequence[str],
    env: Mapping[str, str],
    core: int | None,
    stdout: int,
    stderr: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a program on one core, with a standard input on which nothing comes."""

    def before() -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})

    return subprocess.Popen(
        command,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        preexec_fn=before,
    )


class Size:
    """Looks at the largest size of a program while it runs.

    What the system tells at the end counts the copy of ourselves as well that every program is
    before it begins.
    """

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._last = 0
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            try:
                found = re.search(r"VmHWM:\s+(\d+) kB", self._status.read_text())
            except OSError:
                return
            if found is not None:
                self._last = int(found[1]) * 1024

    def end(self) -> int:
        """Return it in bytes; 0 where the system does not say."""
        self._over.set()
        self._thread.join()
        return self._last


@contextmanager
def not_for_ever(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a program that does not come to its end."""
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def finish(process: subprocess.Popen[bytes], started: float) -> Spent:
    """Wait for the end of a program; return what it took, less what it printed.

    Raises:
        TimeoutError: It had to be killed.
    """
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stdin is not None
    process.stdin.close()
    if process.returncode == -signal.SIGKILL:
        raise TimeoutError(f"it took too long: {process.args!r}")
    cpu = usage.ru_utime + usage.ru_stime
    switches = usage.ru_nvcsw + usage.ru_nivcsw
    # Linux counts in kibibytes.
    return Spent(cpu, usage.ru_stime, wall, usage.ru_maxrss * 1024, switches)


def cpu_so_far(pid: int) -> float:
    """Return the CPU seconds that a running process has used: user and system, all threads.

    This is the kernel's own count in nanoseconds, the one that `wait4` reports at the end. Linux
    only.
    """
    # The clock id that clock_getcpuclockid(3) returns; Python has it for threads only.
    return time.clock_gettime((~pid << 3) | 2)


def run(command: Sequence[str], env: Mapping[str, str], *, core: int | None, piped: bool) -> Spent:
    """Run a program to its end; with `piped` its output is read and looked at."""
    started = time.monotonic()
    if not piped:
        with Path(os.devnull).open("wb") as nowhere:
            process = spawn(command, env, core, nowhere.fileno())
        size_seen = Size(process.pid)
        with not_for_ever(process):
            spent = finish(process, started)
        return replace(spent, memory=size_seen.end() or spent.memory)
    lines, size, hashed = 0, 0, hashlib.sha256()
    reading, writing = os.pipe()
    process = spawn(command, env, core, writing)
    size_seen = Size(process.pid)
    os.close(writing)
    with not_for_ever(process):
        while data := os.read(reading, 1 << 18):
            lines += data.count(b"\n")
            size += len(data)
            hashed.update(data)
        os.close(reading)
        spent = finish(process, started)
    memory = size_seen.end() or spent.memory
    return replace(spent, lines=lines, digest=hashed.hexdigest(), size=size, memory=memory)
