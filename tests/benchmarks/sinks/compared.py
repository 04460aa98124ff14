"""Ways to deliver the same events, side by side: run in turn, compared inside each round."""

import os
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.bench import Bench, median
from tests.benchmarks.contenders import rc_tail
from tests.benchmarks.load import Load, messages, payload_of
from tests.benchmarks.processes import Spent
from tests.benchmarks.tables import Table, missed

HEAD = (
    "what",
    "events/s",
    "least to most",
    "us CPU/event",
    "rate, x the first",
    "CPU, x the first",
    "goal",
)
METHOD = (
    "Each way is run with one event and with many, in an order that is reversed every other round; "
    "the median start is taken off. Medians of the rounds; a ratio is the median of the ratios "
    "inside each round. Every event is checked to have come."
)


# Seconds: on a busy machine even the median start may take longer than a run.
_LEAST = 1e-3
# The goals are rates, not ratios of two ways.
_ROUNDS = 3


class Way(NamedTuple):
    """One way to deliver events.

    Attributes:
        name: In the table.
        run: Delivers so many events; raises an error where some did not come.
        goal: The events a second that are aimed at; 0 for none.
    """

    name: str
    run: Callable[[int], Spent]
    goal: int = 0


class _Cost(NamedTuple):
    """Seconds for an event."""

    wall: float
    cpu: float


def compare(
    bench: Bench, title: str, ways: Sequence[Way], *, count: int, notes: Sequence[str] = ()
) -> Table:
    """Return a table of ways; the first is what the others are compared with.

    Args:
        count: Events of a run.
    """
    runs: dict[str, list[tuple[Spent, Spent]]] = {way.name: [] for way in ways}
    for number in range(min(bench.rounds, _ROUNDS)):
        for way in reversed(ways) if number % 2 else ways:
            runs[way.name].append((way.run(1), way.run(count)))
    costs = {name: _costs(each, count) for name, each in runs.items()}
    first = costs[ways[0].name]
    rows = [_row(way, costs[way.name], first) for way in ways]
    notes = [*notes, *_missed(ways, rows)]
    load = f"Load average at the end: {os.getloadavg()[0]:.2f}; other programs distort the figures."
    return Table(title, HEAD, rows, [METHOD, *notes, load])


def _costs(runs: Sequence[tuple[Spent, Spent]], count: int) -> list[_Cost]:
    # What a start takes varies less than one run's: its median is taken off all.
    wall, cpu = median([one.wall for one, _ in runs]), median([one.cpu for one, _ in runs])
    return [
        _Cost(
            max(many.wall - wall, _LEAST) / (count - 1), max(many.cpu - cpu, _LEAST) / (count - 1)
        )
        for _, many in runs
    ]


def _row(way: Way, costs: Sequence[_Cost], first: Sequence[_Cost]) -> Sequence[Any]:
    rates = [1 / cost.wall for cost in costs]
    pairs = list(zip(costs, first, strict=True))
    return [
        way.name,
        round(median(rates)),
        f"{min(rates):.0f} to {max(rates):.0f}",
        median([cost.cpu for cost in costs]) * 1e6,
        median([other.wall / cost.wall for cost, other in pairs]),
        median([cost.cpu / other.cpu for cost, other in pairs]),
        f"{way.goal:,}/s" if way.goal else "",
    ]


def _missed(ways: Sequence[Way], rows: Sequence[Sequence[Any]]) -> list[str]:
    return [
        missed(way.name, f"{row[1]:,}/s", f"{way.goal:,}/s")
        for way, row in zip(ways, rows, strict=True)
        if row[1] < way.goal
    ]


class Tails:
    """Runs of rc-tail against a load server.

    Args:
        port: Of the server.
    """

    def __init__(self, bench: Bench, port: int) -> None:
        self._bench = bench
        self._port = port
        self._named = 0

    def run(
        self, count: int, *words: str, resume: bool = False, prefix: Sequence[str] = ()
    ) -> Spent:
        """Tail so many events.

        Args:
            words: Options.
            resume: Whether the run has a name, a new one each time.
            prefix: Precedes the command line.
        """
        if resume:
            self._named += 1
            words = (*words, "--resume", f"bench-{self._named}")
        command = [*prefix, *rc_tail(*words)(self._port, count)]
        return self._bench.run(command, self._port, str(count))


def payloads(load: Load, path: Path) -> Path:
    """Write the events of a load as JSON lines, for ways that have no RingCentral."""
    lines = (payload_of(message) for message in messages(load))
    path.write_bytes(b"".join(chain.from_iterable((line, b"\n") for line in lines)))
    return path
