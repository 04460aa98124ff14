"""What a start takes: of the interpreter, of the help, and up to the ready line."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.bench import Bench, median
from tests.benchmarks.contenders import CLIENTS, program, variables
from tests.benchmarks.load import Load
from tests.benchmarks.processes import finish, spawn
from tests.benchmarks.tables import Table

ROUNDS, QUICK_ROUNDS = 15, 5
FIRST = "rc-tail sms, to its ready line"
AGAIN = "the same, with the token of the run before"
SERVICE = "the same, with the options of a service"


def measure(bench: Bench) -> Table:
    python = sys.executable
    with bench.server(Load(2)) as port:
        bare = [python, str(CLIENTS / "bare.py"), f"http://127.0.0.1:{port}"]
        cases: dict[str, tuple[Sequence[str], bytes]] = {
            "python -c pass": ([python, "-c", "pass"], b""),
            "rc-tail --version": ([program(), "--version"], b""),
            "python -c 'import typer'": ([python, "-c", "import typer"], b""),
            "rc-tail --help": ([program(), "--help"], b""),
            "rc-tail tail --help": ([program(), "tail", "--help"], b""),
            "bare script, to its ready line": (bare, b"ready"),
            FIRST: ([program(), "sms"], b"ready: "),
            AGAIN: ([program(), "sms"], b"ready: "),
            SERVICE: ([program(), "sms", *_service(bench, port)], b"ready: "),
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for number in range(QUICK_ROUNDS if bench.quick else ROUNDS):
            order = list(cases.items())
            for name, (command, word) in order if number % 2 else reversed(order):
                if name not in (AGAIN, SERVICE):
                    # Of the logins before nothing is left.
                    shutil.rmtree(bench.home / "CACHE", ignore_errors=True)
                else:
                    _seconds(bench, command, port, word)
                taken[name].append(_seconds(bench, command, port, word))
    walls = {name: median([wall for wall, _ in each]) * 1e3 for name, each in taken.items()}
    against = {
        "rc-tail --version": "python -c pass",
        "rc-tail --help": "python -c 'import typer'",
        "rc-tail tail --help": "python -c 'import typer'",
        FIRST: "bare script, to its ready line",
        AGAIN: "bare script, to its ready line",
        SERVICE: "bare script, to its ready line",
    }
    rows = [
        [
            name,
            walls[name],
            median([cpu for _, cpu in each]) * 1e3,
            f"{walls[name] / walls[other]:.2f} x {other}" if (other := against.get(name)) else "",
        ]
        for name, each in taken.items()
    ]
    return Table("Starting", ("what", "ms, wall", "ms, CPU", "ratio"), rows)


def _service(bench: Bench, port: int) -> Sequence[str]:
    file = bench.home / "service.env"
    # An env file must be complete.
    file.write_text("".join(f"{name}={value}\n" for name, value in variables(port, "1").items()))
    health = str(bench.home / "health.json")
    return ("--resume", "service", "--health-file", health, "--env-file", str(file))


def _seconds(bench: Bench, command: Sequence[str], port: int, word: bytes) -> tuple[float, float]:
    """Return the seconds until a word on standard error, or the end; and those of CPU to the end.

    A program that wrote the word is terminated.
    """
    started = time.monotonic()
    with Path(os.devnull).open("wb") as nowhere:
        process = spawn(
            command, bench.env(port, "1"), bench.mine, nowhere.fileno(), subprocess.PIPE
        )
    assert process.stderr is not None
    wall = None
    for line in process.stderr:
        if word and word in line and wall is None:
            wall = time.monotonic() - started
            process.terminate()
    process.stderr.close()
    spent = finish(process, started)
    # A program that fails early would look fast.
    assert (wall is None) == (not word), f"{command} never wrote {word!r}"
    return spent.wall if wall is None else wall, spent.cpu
