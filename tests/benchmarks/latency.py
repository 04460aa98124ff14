"""From the server's send to the line in a pipe."""

import os
import time

from tests.benchmarks.bench import Bench, median
from tests.benchmarks.contenders import Contender, contenders, paced
from tests.benchmarks.load import SENT, SENT_MARK, Load
from tests.benchmarks.processes import finish, spawn
from tests.benchmarks.tables import Table

NAMES = ("rc-tail --json", "websocket-client, skip_utf8_validation", "websocat (Rust)")
RATES = ((100, 3), (5000, 1))
# Each is run so often, in turn: a percentile of one run is mostly somebody else's.
ROUNDS = 5


def measure(bench: Bench) -> Table:
    rows = []
    there = {each.name: each for each in contenders() if each.installed}
    with bench.server(Load(10_000)) as port:
        for rate, seconds in RATES:
            names = [name for name in NAMES if name in there]
            runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in names}
            for number in range(min(ROUNDS, bench.rounds)):
                for name in names if number % 2 else reversed(names):
                    times, cpu = _times(bench, there[name], port, rate, rate * seconds)
                    middle, late = (times[len(times) * p // 100] for p in (50, 99))
                    runs[name].append((middle, late, cpu))
            rows += [[name, rate, *map(median, zip(*runs[name], strict=True))] for name in names]
    head = ("client", "events/s", "p50, us", "p99, us", "CPU, s in all")
    return Table("From the server's send to the line in a pipe", head, rows)


def _times(
    bench: Bench, contender: Contender, port: int, rate: int, count: int
) -> tuple[list[float], float]:
    command, order = paced(contender, port, count, rate)
    reading, writing = os.pipe()
    started = time.monotonic()
    process = spawn(command, bench.env(port, order), bench.mine, writing)
    os.close(writing)
    times: list[float] = []
    rest = b""
    while data := os.read(reading, 1 << 18):
        now = time.monotonic_ns()
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            at = line.find(SENT_MARK) + len(SENT_MARK)
            times.append((now - int(line[at : at + len(SENT)])) / 1e3)
    os.close(reading)
    return sorted(times[len(times) // 20 :]), finish(process, started).cpu
