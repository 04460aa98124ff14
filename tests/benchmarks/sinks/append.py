"""``--append``, beside a loop that writes the same lines."""

import sys
from itertools import count as numbers
from pathlib import Path

from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import CLIENTS
from tests.benchmarks.load import Load
from tests.benchmarks.processes import Spent
from tests.benchmarks.sinks.compared import Tails, Way, compare, payloads
from tests.benchmarks.tables import Table

LOOP = "file.write(event), a bare loop"


def measure(bench: Bench) -> Table:
    """Measure a burst with and without the spool."""
    count = bench.count // 2
    events = payloads(Load(count), bench.home / "events.jsonl")
    files = (bench.home / f"appended-{number}.jsonl" for number in numbers())
    with bench.server(Load(count)) as port:
        tails = Tails(bench, port)
        loop = [sys.executable, str(CLIENTS / "deliver.py"), "append", str(events)]

        def bare(number: int) -> Spent:
            path = next(files)
            return _checked(path, number, bench.run([*loop, str(path), str(number)], port, "1"))

        def ours(number: int, *, resume: bool = False) -> Spent:
            path = next(files)
            spent = tails.run(number, "-o", "none", "--append", str(path), resume=resume)
            return _checked(path, number, spent)

        ways = [
            Way(LOOP, bare),
            Way("rc-tail --append", ours),
            Way("rc-tail --append --resume", lambda n: ours(n, resume=True)),
        ]
        notes = ["The loop waits for the disk once, at the end; rc-tail after each batch."]
        return compare(bench, "Appending", ways, count=count, notes=notes)


def _checked(path: Path, count: int, spent: Spent) -> Spent:
    came = path.read_bytes().count(b"\n")
    path.unlink()
    if came != count:
        raise RuntimeError(f"{came} of {count} events came")
    return spent
