"""CPU for each event, of rc-tail and of what its users would otherwise run."""

import hashlib
from collections.abc import Iterable

from tests.benchmarks.bench import Bench, median
from tests.benchmarks.contenders import Contender, contenders
from tests.benchmarks.load import Load, messages, payload_of
from tests.benchmarks.processes import Spent
from tests.benchmarks.tables import Table

HEAD = (
    "client",
    "per event",
    "us/event, /dev/null",
    "us/event, pipe",
    "pipe, least to most",
    "x rc-tail",
    "events/s, pipe",
    "MB",
    "output",
)
_NULL_ROUNDS = 3


def measure(bench: Bench) -> Table:
    everyone = contenders()
    there = [each for each in everyone if each.installed]
    with bench.server(Load(bench.count)) as port:
        # All goals are for a pipe.
        null = _runs(bench, there, port, 1 if bench.quick else _NULL_ROUNDS, piped=False)
        pipe = _runs(bench, there, port, bench.rounds, piped=True)
    ours = _per_event(there[0], pipe, bench)[0]
    rows = []
    for each in there:
        quiet, piped = _per_event(each, null, bench), _per_event(each, pipe, bench)
        count = _count(each, bench)
        walls = [(run.wall - one.wall) / (count - 1) for one, run in pipe[each.name]]
        rows.append(
            [
                each.name,
                each.does,
                quiet[0],
                piped[0],
                f"{piped[1]:.2f} to {piped[2]:.2f}",
                piped[0] / ours,
                round(1 / max(median(walls), 1e-9)),
                round(median([run.memory for _, run in pipe[each.name]]) / 1e6),
                _verdict(each, pipe[each.name][-1][1], count),
            ]
        )
    notes = [f"{each.name}: {each.version}." for each in there]
    notes += [f"{each.name}: not installed, left out." for each in everyone if not each.installed]
    return Table("CPU for each event", HEAD, rows, notes, bars=3)


def _count(contender: Contender, bench: Bench) -> int:
    return max(int(bench.count * contender.share), 2)


def _runs(
    bench: Bench, there: list[Contender], port: int, rounds: int, *, piped: bool
) -> dict[str, list[tuple[Spent, Spent]]]:
    """Run everyone in turn, in an order that alternates: with one event, and with many."""
    runs: dict[str, list[tuple[Spent, Spent]]] = {each.name: [] for each in there}
    for number in range(rounds):
        for each in there if number % 2 else reversed(there):
            count = _count(each, bench)
            one, many = (
                bench.run(each.command(port, n), port, str(n), piped=piped) for n in (1, count)
            )
            runs[each.name].append((one, many))
    return runs


def _per_event(
    contender: Contender, runs: dict[str, list[tuple[Spent, Spent]]], bench: Bench
) -> tuple[float, float, float]:
    """Return microseconds of CPU for an event: the median, the least, the most."""
    pairs = runs[contender.name]
    # What a start costs varies less than one run's: its median is taken off all.
    start = median([one.cpu for one, _ in pairs])
    each = [(run.cpu - start) / (_count(contender, bench) - 1) * 1e6 for _, run in pairs]
    return median(each), min(each), max(each)


def _verdict(contender: Contender, run: Spent, count: int) -> str:
    """Say whether everything was printed."""
    load = Load(count)
    if contender.prints != "frame" and run.digest == _digest(map(payload_of, messages(load))):
        return "complete, equal bytes"
    if contender.prints == "frame" and run.digest == _digest(messages(load)):
        return "complete, equal bytes"
    assert run.lines is not None
    if run.lines >= count:
        return f"{run.lines} lines"
    return f"LOST: {run.lines} of {count} lines"


def _digest(lines: Iterable[bytes]) -> str:
    hashed = hashlib.sha256()
    for line in lines:
        hashed.update(line + b"\n")
    return hashed.hexdigest()
