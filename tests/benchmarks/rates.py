"""CPU per event when events arrive at a steady rate, printed into a pipe.

The kernel's CPU clock of the client's process (user and system time of all its threads) is read
several times in one run: after some warm-up events, and after every slice of the measured ones,
each time half an interval after a line. The differences contain everything that the client did in
between, and neither its start nor its exit. The median slice counts: a virtual machine whose cores
are taken away charges that time to the program that happens to run. Subtracting the total of one run from that of another, as the
other tables do, cannot show this: ten events take 5 ms, and two starts differ by more.
"""

import os
import select
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.benchmarks.bench import Bench, median
from tests.benchmarks.contenders import Contender, contenders, paced
from tests.benchmarks.load import Load
from tests.benchmarks.page import RATES, SIXTY
from tests.benchmarks.processes import cpu_so_far, finish, not_for_ever, spawn
from tests.benchmarks.tables import Table

LOOP, WSCAT = "websocket-client, skip_utf8_validation", "wscat"
NAMES = ("rc-tail --json", SIXTY, LOOP, WSCAT, "websocat (Rust)", "node ws")
HEAD = (
    "events/s",
    "client",
    "us/event, pipe",
    "least to most",
    "x websocket-client loop",
    "x wscat",
    "lines per read",
    "output",
)
METHOD = (
    "Read from the kernel's CPU clock of the client (user and system, all threads) after the "
    "warm-up and after every slice of the events; a run counts with its median slice. Medians of "
    "the rounds; a ratio is the median of the ratios inside each round. At one event a second the "
    "clients run side by side, at the other rates one at a time. More than one line per read means that events piled up, "
    "which a busy machine causes and which makes each of them cheaper."
)


@dataclass(frozen=True)
class Pace:
    """How many events one run has.

    Attributes:
        rate: Events per second.
        warmup: Events before the first reading of the clock.
        slice: Events between two readings.
        slices: How many slices are measured.
    """

    rate: int
    warmup: int
    slice: int
    slices: int

    @property
    def readings(self) -> Sequence[int]:
        """The numbers of events after which the clock is read."""
        return [self.warmup + number * self.slice for number in range(self.slices + 1)]

    @property
    def total(self) -> int:
        """All events; the client must not exit before the last reading."""
        return self.readings[-1] + max(self.rate // 10, 1)


@dataclass(frozen=True)
class Run:
    """One run of one client.

    Attributes:
        cost: Microseconds of CPU per event, in the median slice.
        lines: Lines per read of its output, 1 when every event was printed by itself.
        lost: How many of all events it did not print.
    """

    cost: float
    lines: float
    lost: int


PACES = (Pace(1, 3, 1, 8), Pace(100, 50, 25, 7), Pace(1000, 300, 150, 7))
QUICK_PACES = (Pace(1, 2, 1, 4), Pace(100, 30, 20, 5), Pace(1000, 300, 100, 5))
ROUNDS, QUICK_ROUNDS = 3, 1
# Up to this rate all clients run side by side: they would wait for most of the time, one by one.
_TOGETHER = 1


def measure(bench: Bench) -> Table:
    """Measure every installed client at every rate."""
    if sys.platform != "linux":
        return Table(RATES, HEAD, [], ["Not measured: the CPU clock of a process needs Linux."])
    chosen = [each for name in NAMES for each in contenders() if each.name == name]
    there = [each for each in chosen if each.installed]
    rows: list[Sequence[Any]] = []
    load = os.getloadavg()[0]
    with bench.server(Load(10_000)) as port:
        for pace in QUICK_PACES if bench.quick else PACES:
            rows += _rows(pace, _rounds(bench, there, port, pace))
    notes = [METHOD, f"Load average at the start: {load:.2f}; other programs distort the figures."]
    notes += [f"{each.name}: {each.version}." for each in there]
    notes += [f"{each.name}: not installed, left out." for each in chosen if not each.installed]
    return Table(RATES, HEAD, rows, notes)


def _rounds(
    bench: Bench, there: Sequence[Contender], port: int, pace: Pace
) -> dict[str, list[Run]]:
    """Run the clients, in an order that is reversed every other round."""
    runs: dict[str, list[Run]] = {each.name: [] for each in there}
    at_once = len(there) if pace.rate <= _TOGETHER else 1
    with ThreadPoolExecutor(at_once) as threads:
        for number in range(QUICK_ROUNDS if bench.quick else ROUNDS):
            order = there[:: -1 if number % 2 else 1]
            done = threads.map(lambda each: _run(bench, each, port, pace), order)
            for each, run in zip(order, done, strict=True):
                runs[each.name].append(run)
    return runs


def _rows(pace: Pace, runs: dict[str, list[Run]]) -> list[Sequence[Any]]:
    costs = {name: [run.cost for run in each] for name, each in runs.items()}
    rows: list[Sequence[Any]] = []
    for name, each in costs.items():
        lost = max(run.lost for run in runs[name])
        rows.append(
            [
                pace.rate,
                name,
                median(each),
                f"{min(each):.0f} to {max(each):.0f}",
                _ratio(each, costs.get(LOOP)),
                _ratio(each, costs.get(WSCAT)),
                median([run.lines for run in runs[name]]),
                f"LOST: {lost} of {pace.total} lines" if lost else "complete",
            ]
        )
    return rows


def _ratio(ours: Sequence[float], theirs: Sequence[float] | None) -> float | None:
    if theirs is None:
        return None
    return median([our / their for our, their in zip(ours, theirs, strict=True)])


def _run(bench: Bench, contender: Contender, port: int, pace: Pace) -> Run:
    command, order = paced(contender, port, pace.total, pace.rate)
    reading, writing = os.pipe()
    started = time.monotonic()
    process = spawn(command, bench.env(port, order), bench.mine, writing)
    os.close(writing)
    printed = _Printed(reading)
    with not_for_ever(process):
        readings = []
        for count in pace.readings:
            printed.wait_for(count, quiet=0.5 / pace.rate)
            readings.append((printed.lines, printed.reads, cpu_so_far(process.pid)))
        printed.drain()
        finish(process, started)
    costs = [
        (after[2] - before[2]) / (after[0] - before[0]) * 1e6
        for before, after in pairwise(readings)
    ]
    lines, reads = (readings[-1][n] - readings[0][n] for n in (0, 1))
    return Run(median(costs), lines / reads, max(pace.total - printed.lines, 0))


class _Printed:
    """Counts the lines that arrive in a pipe, and closes it at the end.

    Args:
        reading: The descriptor to read.
    """

    def __init__(self, reading: int) -> None:
        self.lines = 0
        self.reads = 0
        self._reading = reading

    def wait_for(self, count: int, quiet: float) -> None:
        """Wait for the first `count` lines, then for `quiet` seconds more.

        Raises:
            EOFError: The client exited before.
        """
        while self.lines < count:
            if not self._take():
                raise EOFError(f"the client exited after {self.lines} of {count} lines")
        time.sleep(quiet)
        while select.select([self._reading], [], [], 0)[0] and self._take():
            pass

    def drain(self) -> None:
        """Read to the end, and close the pipe."""
        while self._take():
            pass
        os.close(self._reading)

    def _take(self) -> bool:
        data = os.read(self._reading, 1 << 18)
        self.lines += data.count(b"\n")
        self.reads += 1
        return bool(data)
