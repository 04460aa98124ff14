"""``--exec``, beside a loop of `subprocess.run` that starts the same command."""

import sys

from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import CLIENTS
from tests.benchmarks.load import Load
from tests.benchmarks.processes import Spent
from tests.benchmarks.sinks.compared import Tails, Way, compare, payloads
from tests.benchmarks.tables import Table

COMMAND = "cat"
LOOP = f"subprocess.run(['{COMMAND}'], input=event), a bare loop"


def measure(bench: Bench) -> Table:
    """Measure one and two jobs, and the spool."""
    count = 100 if bench.quick else 300
    events = payloads(Load(count), bench.home / "events.jsonl")
    with bench.server(Load(count)) as port:
        tails = Tails(bench, port)
        loop = [sys.executable, str(CLIENTS / "deliver.py"), "exec", str(events), COMMAND]

        def bare(number: int) -> Spent:
            return bench.run([*loop, str(number)], port, "1")

        def ours(number: int, *words: str, resume: bool = False) -> Spent:
            return tails.run(number, "-o", "none", "--exec", COMMAND, *words, resume=resume)

        ways = [
            Way(LOOP, bare),
            Way("rc-tail --exec", ours),
            Way("rc-tail --exec --resume", lambda n: ours(n, resume=True)),
            Way("rc-tail --exec --exec-jobs 2", lambda n: ours(n, "--exec-jobs", "2")),
        ]
        notes = ["The CPU includes that of the commands. All processes of a run have one core."]
        return compare(bench, "Running commands", ways, count=count, notes=notes)
