"""What more of anything costs: events, bytes, filters, expressions; and memory."""

import os
import pty
import threading
import time
from collections.abc import Sequence

from rc_tail.events.catalogue import KINDS
from tests.benchmarks.bench import Bench, median
from tests.benchmarks.contenders import EVENTS, program
from tests.benchmarks.load import Load
from tests.benchmarks.processes import Spent, finish, spawn
from tests.benchmarks.tables import Table

SIZES = ((500, 40_000), (1_300, 40_000), (10_000, 8_000), (62_000, 1_500), (1_000_000, 60))
COUNTS = (10, 1_000, 10_000, 100_000, 1_000_000)
FILTERS = (1, 10, 30, 60)
WHERE = "starts_with(event, '/restapi')"


def measure(bench: Bench) -> list[Table]:
    return [_sizes(bench), *_counts(bench)]


def _sizes(bench: Bench) -> Table:
    rows = []
    for size, count in SIZES:
        count = min(count, bench.count * 2)
        with bench.server(Load(count, payload=size)) as port:
            rows.append([size, *_cost(bench, port, count, [*EVENTS, "--json"])])
    head = ("payload, bytes", "us/event, pipe", "MiB")
    return Table("Larger payloads", head, rows)


def _counts(bench: Bench) -> list[Table]:
    most = bench.count * 10
    # More than rc-tail remembers: a repetition must not count as one.
    with bench.server(Load(100_000)) as port:
        # To where nobody is ever slow: what waits for a slow reader is another matter.
        events = [
            [n, *_cost(bench, port, n, [*EVENTS, "--json"], piped=False)]
            for n in COUNTS
            if n <= most
        ]
        count = bench.count // 2
        names = [kind.name for kind in KINDS if not kind.id_name]
        filters = [
            [n, *_cost(bench, port, count, [*names[:n], "--json"])]
            for n in FILTERS
            if n <= len(names)
        ]
        where = [
            [n, *_cost(bench, port, count, [*EVENTS, "--json", *["--where", WHERE] * n])]
            for n in (0, 1, 5)
        ]
        pretty = [["pretty, to a terminal", *_on_terminal(bench, port, count // 2)]]
    cost = ("us/event, pipe", "MiB")
    return [
        Table("More events, and memory", ("events", "us/event, /dev/null", "MiB"), events),
        Table("More filters", ("filters", *cost), filters),
        Table("More expressions", ("--where", *cost), where),
        Table("Readable lines", ("what", "us/event", "events/s"), pretty),
    ]


def _cost(
    bench: Bench, port: int, count: int, words: Sequence[str], *, piped: bool = True
) -> tuple[float, float]:
    """Return microseconds of CPU for an event, and the largest size in MiB."""

    def spent(n: int) -> Spent:
        command = [program(), *words, "--count", str(n)]
        return bench.run(command, port, str(n), piped=piped)

    start = median([spent(1).cpu for _ in range(1 if bench.quick else 3)])
    runs = [spent(count) for _ in range(1 if bench.quick or count > 200_000 else 3)]
    each = median([(run.cpu - start) / (count - 1) * 1e6 for run in runs])
    return each, median([run.memory for run in runs]) / 2**20


def _on_terminal(bench: Bench, port: int, count: int) -> tuple[float, int]:
    def spent(n: int) -> Spent:
        ours, theirs = pty.openpty()
        command = [program(), *EVENTS, "--output", "pretty", "--count", str(n)]
        started = time.monotonic()
        process = spawn(command, bench.env(port, str(n)), bench.mine, theirs)
        os.close(theirs)
        reader = threading.Thread(target=_drain, args=(ours,))
        reader.start()
        done = finish(process, started)
        reader.join()
        os.close(ours)
        return done

    pairs = [(spent(1), spent(count)) for _ in range(3)]
    cpu = median([many.cpu - one.cpu for one, many in pairs]) / (count - 1)
    wall = median([many.wall - one.wall for one, many in pairs]) / (count - 1)
    return cpu * 1e6, round(1 / wall)


def _drain(terminal: int) -> None:
    try:
        while os.read(terminal, 1 << 16):
            pass
    except OSError:
        # A terminal whose other end is closed ends with an error.
        return
