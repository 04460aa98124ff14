"""The spool of ``--resume``: committed, read back for one sink and confirmed by it.

Measured in memory, so that neither the wait for the disk nor the kernel's work for it counts; on
the disk the row beside it says what that adds.
"""

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rc_tail.gateway.batch_decoder import Burst, decode_batch
from rc_tail.gateway.messages import Notification
from rc_tail.state.spool import Spool
from rc_tail.state.spool_files import STDOUT
from rc_tail.state.spool_queue import SpoolQueue
from rc_tail.state.spool_writer import SpoolWriter
from tests.benchmarks.bench import Bench, median
from tests.benchmarks.load import Load, messages
from tests.benchmarks.tables import Table, missed

SINK = "forward"


class Case(NamedTuple):
    """How events come.

    Attributes:
        size: How many at once.
        events: How many in a run.
        rate: Events a second; 0 where each batch comes once the one before is confirmed.
        goal: The most microseconds of CPU for an event, in memory; 0 for none.
    """

    size: int
    events: int
    rate: int = 0
    goal: int = 0

    @property
    def name(self) -> str:
        """How the table calls it."""
        return f"{self.size}, {self.rate:,} a second" if self.rate else f"{self.size}"


CASES = (
    Case(1, 800, 1000, 40),
    Case(1, 100, 100, 40),
    Case(10, 2000),
    Case(100, 10_000, goal=10),
    Case(1000, 10_000, goal=10),
)
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
    "neither reads nor confirms them. The CPU of waiting for the next event is taken off."
)
_ROUNDS = 3
_PATIENCE = 60.0
_MEMORY = Path("/dev/shm")


class _Cost(NamedTuple):
    """Seconds for an event."""

    cpu: float
    wall: float


def measure(bench: Bench) -> Table:
    """Measure single events and bursts."""
    load = Load(max(case.events for case in CASES))
    bursts = [part for part in decode_batch(list(messages(load))) if isinstance(part, Burst)]
    events = [event for burst in bursts for event in burst.notifications]
    memory = _MEMORY if _MEMORY.is_dir() else bench.home
    costs: dict[tuple[Case, str], list[_Cost]] = {}
    for number in range(min(bench.rounds, _ROUNDS)):
        for case in CASES if number % 2 else reversed(CASES):
            some = events[: case.events // 2 if bench.quick else case.events]
            for name, way, folder in (
                ("bare", _bare, memory),
                ("memory", _ours, memory),
                ("disk", _ours, bench.home),
            ):
                costs.setdefault((case, name), []).append(_cost(way, some, case, folder))
    rows = [_row(case, costs) for case in CASES]
    return Table("The spool", HEAD, rows, [BARE, *_missed(rows)])


def _row(case: Case, costs: dict[tuple[Case, str], list[_Cost]]) -> Sequence[Any]:
    memory, bare, disk = (costs[case, name] for name in ("memory", "bare", "disk"))
    used = [cost.cpu * 1e6 for cost in memory]
    return [
        case.name,
        median(used),
        f"{min(used):.0f} to {max(used):.0f}",
        median([our.cpu / other.cpu for our, other in zip(memory, bare, strict=True)]),
        median([cost.cpu * 1e6 for cost in disk]),
        median([cost.wall * 1e6 for cost in disk]),
        f"<= {case.goal}" if case.goal else "",
    ]


def _missed(rows: Sequence[Sequence[Any]]) -> list[str]:
    return [
        missed(
            f"{row[0]} at once" if not case.rate else row[0], f"{row[1]:.1f} us", f"{case.goal} us"
        )
        for case, row in zip(CASES, rows, strict=True)
        if case.goal and row[1] > case.goal
    ]


Batches = Sequence[Sequence[Notification]]


def _cost(
    way: Callable[[Path, Batches, int], None],
    events: Sequence[Notification],
    case: Case,
    folder: Path,
) -> _Cost:
    batches = [events[at : at + case.size] for at in range(0, len(events), case.size)]
    with tempfile.TemporaryDirectory(dir=folder) as inside:
        cpu, wall = time.process_time(), time.perf_counter()
        way(Path(inside), batches, case.rate)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if case.rate:
        cpu -= _pacing(batches, case.rate)
    return _Cost(cpu / len(events), wall / len(events))


def _pacing(batches: Batches, rate: int) -> float:
    """Return the seconds of CPU that waiting for the next batch takes: they are taken off."""
    cpu = time.process_time()
    for _ in _paced(batches, rate):
        pass
    return time.process_time() - cpu


def _bare(folder: Path, batches: Batches, rate: int) -> None:
    database = sqlite3.connect(folder / "bare", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE events(position INTEGER PRIMARY KEY, event BLOB NOT NULL)")
    for batch in _paced(batches, rate):
        database.execute("BEGIN IMMEDIATE")
        rows = [(event.payload,) for event in batch]
        database.executemany("INSERT INTO events(event) VALUES (?)", rows)
        database.execute("COMMIT")
    database.close()


def _paced(batches: Batches, rate: int) -> Iterator[Sequence[Notification]]:
    """Give batches at a rate; at once where it is 0."""
    start = time.monotonic()
    for number, batch in enumerate(batches):
        if rate and (wait := start + number * len(batch) / rate - time.monotonic()) > 0:
            time.sleep(wait)
        yield batch


def _ours(folder: Path, batches: Batches, rate: int) -> None:
    """Put batches; a sink takes and confirms them on a thread, as fast as it can."""
    spool = Spool(folder / "job.spool")
    spool.write((), 0.0, {STDOUT: 0, SINK: 0})
    committed, confirmed = threading.Semaphore(0), threading.Semaphore(0)
    writer = SpoolWriter(spool, report=lambda _: None, warn=_fail)
    queue = writer.queue_for(SINK)
    writer.start([committed.release])
    total = sum(map(len, batches))
    sink = threading.Thread(target=_take, args=(queue, committed, confirmed, total))
    sink.start()
    put = 0
    for batch in _paced(batches, rate):
        writer.put(batch)
        put += len(batch)
        while not rate and writer.position_of(SINK) < put:
            if not confirmed.acquire(timeout=_PATIENCE):
                raise TimeoutError("the spool does not commit")
        # Printed and saved in the state, as far as it is committed.
        writer.confirm(STDOUT, put)
        writer.saved_until(writer.committed)
    sink.join()
    writer.close(_PATIENCE)


def _take(
    queue: SpoolQueue, committed: threading.Semaphore, confirmed: threading.Semaphore, total: int
) -> None:
    taken = 0
    while taken < total and committed.acquire(timeout=_PATIENCE):
        while events := queue.take():
            taken += len(events)
            queue.confirm(len(events))
            confirmed.release()
    queue.close(())


def _fail(message: str) -> None:
    raise RuntimeError(message)
