"""``--forward-to``, beside a loop of requests that posts the same events."""

import sys
from functools import partial

from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import CLIENTS
from tests.benchmarks.load import Load
from tests.benchmarks.processes import Spent
from tests.benchmarks.sinks.compared import Tails, Way, compare, payloads
from tests.benchmarks.sinks.receiver import Receiver, receiving
from tests.benchmarks.tables import Table

LOOP = "requests.Session().post, a bare loop"


def measure(bench: Bench) -> Table:
    """Measure one and several jobs, and the spool."""
    count = 500 if bench.quick else 2000
    events = payloads(Load(count), bench.home / "events.jsonl")
    with bench.server(Load(count)) as port, receiving(bench.others) as receiver:
        tails = Tails(bench, port)
        loop = [sys.executable, str(CLIENTS / "deliver.py"), "post", str(events), receiver.url]

        def bare(number: int) -> Spent:
            return _checked(receiver, number, bench.run([*loop, str(number)], port, "1"))

        def ours(number: int, *words: str, resume: bool = False) -> Spent:
            to = ("-o", "none", "--no-handshake", "--forward-to", receiver.url)
            return _checked(receiver, number, tails.run(number, *to, *words, resume=resume))

        ways = [
            Way(LOOP, bare),
            Way("rc-tail --forward-to", ours, 1_000),
            Way("rc-tail --forward-to --resume", partial(ours, resume=True)),
            Way("rc-tail --forward-to --forward-jobs 4", lambda n: ours(n, "--forward-jobs", "4")),
        ]
        return compare(bench, "Forwarding", ways, count=count)


def _checked(receiver: Receiver, count: int, spent: Spent) -> Spent:
    receiver.check(count)
    return spent
