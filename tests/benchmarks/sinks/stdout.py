"""Standard output alone: what the code for other sinks costs a tail that has none.

BENCH_AGAINST names another checkout, of a version before, which is run beside this one.
"""

import os
import sys

from tests.benchmarks.bench import Bench
from tests.benchmarks.load import Load
from tests.benchmarks.processes import Spent
from tests.benchmarks.sinks.compared import Tails, Way, compare
from tests.benchmarks.tables import Table


def measure(bench: Bench) -> Table:
    """Measure a burst, with and without a name, and with another checkout where one is given."""
    count = bench.count
    with bench.server(Load(count)) as port:
        tails = Tails(bench, port)

        def ours(number: int, *, resume: bool = False) -> Spent:
            return tails.run(number, "--json", resume=resume)

        def at(folder: str, number: int) -> Spent:
            found = ["env", f"PYTHONPATH={folder}", sys.executable]
            return tails.run(number, "--json", prefix=found)

        ways = [
            Way("rc-tail --json", ours),
            Way("rc-tail --json --resume", lambda n: ours(n, resume=True)),
        ]
        if against := os.environ.get("BENCH_AGAINST"):
            ways.append(Way("rc-tail --json, of the other checkout", lambda n: at(against, n)))
        return compare(bench, "Standard output alone", ways, count=count)
