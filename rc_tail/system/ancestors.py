"""The processes that this one was started by: its parent, the parent of that, and so on."""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

# More than any terminal, multiplexer and wrapper take; it also ends a circle of reused ids.
_MOST = 64
# Read on Linux; elsewhere, as on macOS, ps(1) is run.
_PROC = Path("/proc")
# The parent's id of a process and its words, as its ``argv`` has them.
Process = tuple[int, Sequence[str]]


def ancestors(proc: Path = _PROC) -> Iterator[Sequence[str]]:
    """Yield the words of each ancestor's command line, the parent's first.

    It ends early where the system does not say; a process that hides its words has none.

    Args:
        proc: The folder of processes; where it does not exist, ps(1) is run.
    """
    look: Callable[[int], Process | None] = (
        (lambda number: _by_proc(proc, number)) if (proc / "self" / "stat").exists() else _by_ps
    )
    number = os.getppid()
    for _ in range(_MOST):
        found = look(number) if number > 0 else None
        if found is None:
            return
        number, words = found
        yield words


def _by_proc(proc: Path, number: int) -> Process | None:
    folder = proc / str(number)
    try:
        # "123 (name) S 122 ...": the name may contain blanks and parentheses (proc(5)).
        parent = int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1])
        words = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except (OSError, ValueError, IndexError):
        return None
    return parent, [os.fsdecode(word) for word in words]


def _by_ps(number: int) -> Process | None:
    command = ["ps", "-o", "ppid=", "-o", "args=", "-p", str(number)]
    try:
        said = subprocess.check_output(command, stderr=subprocess.DEVNULL, timeout=5)  # noqa: S603 - no shell
        parent, *words = os.fsdecode(said).split()
        return int(parent), words
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
