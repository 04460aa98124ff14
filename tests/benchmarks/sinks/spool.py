"""The spool of ``--resume``: committed, read back for one sink and confirmed by it.

Measured in memory, so that neither the wait for the disk nor the kernel's work for it counts; on
the disk the row beside it says what that adds.
"""

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rc_tail.gateway.batch_decoder import Burst, decode_batch
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.reports import Committed, SinkReport
from rc_tail.state.spool import Spool
from rc_tail.state.spool_files import STDOUT
from rc_tail.state.spool_writer import SpoolWriter
from tests.benchmarks.bench import Bench, median
from tests.benchmarks.load import Load, messages
from tests.benchmarks.tables import Table

SINK = "forward"
# Events at once, how many in a run, and the goal in microseconds of CPU for an event.
CASES = ((1, 1000, "<= 40"), (10, 4000, ""), (100, 20_000, "<= 10"), (1000, 20_000, "<= 10"))
HEAD = (
    "events at once",
    "us CPU/event, in memory",
    "least to most",
    "x bare SQLite",
    "us CPU/event, on disk",
    "us/event, on disk",
    "goal, in memory",
)
BARE = (
    "Bare SQLite: one thread inserts the same rows, one transaction for the events at once, and "
    "neither reads nor confirms them."
)
_PATIENCE = 60.0
_MEMORY = Path("/dev/shm")


class _Cost(NamedTuple):
    """Seconds for an event."""

    cpu: float
    wall: float


def measure(bench: Bench) -> Table:
    """Measure single events and bursts."""
    load = Load(max(count for _, count, _ in CASES))
    bursts = [part for part in decode_batch(list(messages(load))) if isinstance(part, Burst)]
    events = [event for burst in bursts for event in burst.notifications]
    memory = _MEMORY if _MEMORY.is_dir() else bench.home
    costs: dict[tuple[int, str], list[_Cost]] = {}
    for number in range(bench.rounds):
        for size, count, _ in CASES if number % 2 else reversed(CASES):
            some = events[: count // 4 if bench.quick else count]
            for name, way, folder in (
                ("bare", _bare, memory),
                ("memory", _ours, memory),
                ("disk", _ours, bench.home),
            ):
                costs.setdefault((size, name), []).append(_cost(way, some, size, folder))
    rows = [_row(size, goal, costs) for size, _, goal in CASES]
    return Table("The spool", HEAD, rows, [BARE])


def _row(size: int, goal: str, costs: dict[tuple[int, str], list[_Cost]]) -> Sequence[Any]:
    memory, bare, disk = (costs[size, name] for name in ("memory", "bare", "disk"))
    used = [cost.cpu * 1e6 for cost in memory]
    return [
        size,
        median(used),
        f"{min(used):.0f} to {max(used):.0f}",
        median([our.cpu / other.cpu for our, other in zip(memory, bare, strict=True)]),
        median([cost.cpu * 1e6 for cost in disk]),
        median([cost.wall * 1e6 for cost in disk]),
        goal,
    ]


Batches = Sequence[Sequence[Notification]]


def _cost(
    way: Callable[[Path, Batches], None], events: Sequence[Notification], size: int, folder: Path
) -> _Cost:
    batches = [events[at : at + size] for at in range(0, len(events), size)]
    with tempfile.TemporaryDirectory(dir=folder) as inside:
        cpu, wall = time.process_time(), time.perf_counter()
        way(Path(inside), batches)
        return _Cost(
            (time.process_time() - cpu) / len(events), (time.perf_counter() - wall) / len(events)
        )


def _bare(folder: Path, batches: Batches) -> None:
    database = sqlite3.connect(folder / "bare", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE events(position INTEGER PRIMARY KEY, event BLOB NOT NULL)")
    for batch in batches:
        database.execute("BEGIN IMMEDIATE")
        rows = [(event.payload,) for event in batch]
        database.executemany("INSERT INTO events(event) VALUES (?)", rows)
        database.execute("COMMIT")
    database.close()


def _ours(folder: Path, batches: Batches) -> None:
    """Put batches, each once the one before is confirmed, as a sink that is fast does."""
    spool = Spool(folder / "job.spool")
    spool.write((), 0.0, {STDOUT: 0, SINK: 0})
    committed = threading.Semaphore(0)

    def report(report: SinkReport) -> None:
        if isinstance(report, Committed):
            committed.release()

    writer = SpoolWriter(spool, report=report, warn=_fail)
    queue = writer.queue_for(SINK)
    writer.start([])
    for batch in batches:
        writer.put(batch)
        if not committed.acquire(timeout=_PATIENCE):
            raise TimeoutError("the spool does not commit")
        taken = 0
        while taken < len(batch):
            taken += len(queue.take())
        queue.confirm(taken)
        writer.confirm(STDOUT, writer.committed)
        writer.saved_until(writer.committed)
    queue.close(())
    writer.close(_PATIENCE)


def _fail(message: str) -> None:
    raise RuntimeError(message)
