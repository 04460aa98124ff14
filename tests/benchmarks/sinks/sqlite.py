"""``--sqlite``, beside a loop that inserts the same events in one transaction."""

import contextlib
import sqlite3
import sys
from itertools import count as numbers
from pathlib import Path

from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import CLIENTS
from tests.benchmarks.load import Load
from tests.benchmarks.processes import Spent
from tests.benchmarks.sinks.compared import Tails, Way, compare, payloads
from tests.benchmarks.tables import Table

LOOP = "sqlite3.executemany(events), a bare loop"


def measure(bench: Bench) -> Table:
    """Measure a burst with and without the spool."""
    count = bench.count // 2
    load = Load(count, distinct=True)
    events = payloads(load, bench.home / "events.jsonl")
    files = (bench.home / f"inserted-{number}.db" for number in numbers())
    with bench.server(load) as port:
        tails = Tails(bench, port)
        loop = [sys.executable, str(CLIENTS / "deliver.py"), "insert", str(events)]

        def bare(number: int) -> Spent:
            path = next(files)
            return _checked(path, number, bench.run([*loop, str(path), str(number)], port, "1"))

        def ours(number: int, *, resume: bool = False) -> Spent:
            path = next(files)
            spent = tails.run(number, "-o", "none", "--sqlite", str(path), resume=resume)
            return _checked(path, number, spent)

        ways = [
            Way(LOOP, bare),
            Way("rc-tail --sqlite", ours, 50_000),
            Way("rc-tail --sqlite --resume", lambda n: ours(n, resume=True)),
        ]
        notes = ["The loop makes no keys, and waits for the disk once, at the end."]
        return compare(bench, "Inserting", ways, count=count, notes=notes)


def _checked(path: Path, count: int, spent: Spent) -> Spent:
    with contextlib.closing(sqlite3.connect(path)) as database:
        (came,) = database.execute("SELECT count(*) FROM events").fetchone()
    path.unlink()
    if came != count:
        raise RuntimeError(f"{came} of {count} events came")
    return spent
