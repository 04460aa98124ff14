import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rc_tail.sinks.backlog import Backlog
from rc_tail.sinks.reports import Committed, EventsLost, SinkReport
from rc_tail.state import spool_writer
from rc_tail.state.spool import Spool
from rc_tail.state.spool_writer import SpoolWriter
from tests.output.events import notification
from tests.sinks.sinks import PATIENCE, wait_until
from tests.state.limits import files_no_larger_than


class Bench:
    """A writer, and what it reports."""

    def __init__(self, path: Path, backlog: Backlog | None = None) -> None:
        self.path = path
        self.reports: list[SinkReport] = []
        self.warnings: list[str] = []
        spool = Spool(path)
        names = {name: spool.last for name in ("stdout", "exec") if name not in spool.positions}
        spool.write((), 0.0, names)
        self.writer = SpoolWriter(
            spool, report=self.reports.append, warn=self.warnings.append, backlog=backlog
        )

    def start(self, *listeners: Callable[[], None]) -> None:
        self.writer.start(listeners)

    def stored(self) -> tuple[list[str], dict[str, int]]:
        spool = Spool(self.path)
        try:
            uuids = [event.uuid for batch in spool.events() for event in batch]
            return uuids, spool.positions
        finally:
            spool.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "work.spool")
    yield made
    made.writer.close(PATIENCE)


def test_events_are_on_the_disk_before_anybody_is_told(bench: Bench):
    told = threading.Event()
    bench.start(told.set)
    bench.writer.put([notification(1), notification(2)])
    assert told.wait(PATIENCE)
    assert bench.reports == [Committed(2, [notification(1), notification(2)])]
    assert bench.writer.committed == 2
    assert bench.stored() == (["1", "2"], {"stdout": 0, "exec": 0})


def test_a_queue_gives_what_is_committed_and_stores_what_is_confirmed(bench: Bench):
    bench.start()
    queue = bench.writer.queue_for("exec")
    assert queue.take() == []
    bench.writer.put([notification(1), notification(2)])
    wait_until(lambda: bench.writer.committed == 2)
    assert [event.uuid for event in queue.take()] == ["1", "2"]
    queue.confirm(1)
    assert queue.close([notification(2)]) == []
    assert bench.writer.close(PATIENCE) == []
    assert bench.stored() == (["1", "2"], {"stdout": 0, "exec": 1})


def test_what_all_have_confirmed_and_the_state_knows_is_deleted(bench: Bench):
    bench.start()
    bench.writer.put([notification(n) for n in range(3)])
    wait_until(lambda: bench.writer.committed == 3)
    assert bench.writer.undelivered()[0] == 3
    bench.writer.confirm("stdout", 3)
    bench.writer.confirm("exec", 2)
    count, since = bench.writer.undelivered()
    assert (count, since is not None) == (1, True)
    bench.writer.saved_until(3)
    bench.writer.close(PATIENCE)
    assert bench.stored() == (["2"], {"stdout": 3, "exec": 2})


def test_a_position_never_passes_what_is_committed(bench: Bench):
    # What was printed and not committed comes again after a kill: it must not be skipped then.
    bench.writer.confirm("stdout", 5)
    bench.start()
    bench.writer.put([notification(1)])
    bench.writer.close(PATIENCE)
    assert bench.stored()[1]["stdout"] == 1


def test_a_full_disk_is_told_once_and_when_it_is_over(tmp_path: Path):
    with files_no_larger_than(60_000):
        bench = Bench(tmp_path / "work.spool")
        bench.start()
        bench.writer.put([notification(1, size=200_000)])
        wait_until(lambda: bool(bench.warnings))
        bench.writer.put([notification(2)])
        assert bench.writer.committed == 0
    wait_until(lambda: bench.writer.committed == 2)
    assert bench.writer.close(PATIENCE) == []
    assert bench.stored()[0] == ["1", "2"]
    first, second = bench.warnings
    assert "cannot be written" in first
    assert "written again after" in second


def test_what_a_full_disk_does_not_take_until_the_end_is_returned(tmp_path: Path):
    with files_no_larger_than(60_000):
        bench = Bench(tmp_path / "work.spool")
        bench.start()
        bench.writer.put([notification(1, size=200_000)])
        wait_until(lambda: bool(bench.warnings))
        bench.writer.put([notification(2)])
        left = bench.writer.close(PATIENCE)
    assert [event.uuid for event in left] == ["1", "2"]
    assert bench.stored()[0] == []


def test_events_without_any_room_are_told(tmp_path: Path):
    bench = Bench(tmp_path / "work.spool", Backlog(in_memory=10, folder="/dev/null/folder"))
    bench.writer.put([notification(1), notification(2)])
    (report,) = bench.reports
    assert isinstance(report, EventsLost)
    assert (report.events, report.is_unsafe) == (1, True)
    bench.writer.close(PATIENCE)


def test_others_may_read_while_it_is_written(bench: Bench):
    bench.start()
    bench.writer.put([notification(n) for n in range(100)])
    wait_until(lambda: bench.writer.committed == 100)
    with sqlite3.connect(bench.path) as reader:
        rows = reader.execute("SELECT count(*) FROM events").fetchone()[0]
        bench.writer.put([notification(100)])
        wait_until(lambda: bench.writer.committed == 101)
    reader.close()
    assert rows == 100


def test_commits_keep_a_distance_and_lose_nothing(bench: Bench):
    bench.start()
    for number in range(200):
        bench.writer.put([notification(number)])
    wait_until(lambda: bench.writer.committed == 200)
    commits = [report for report in bench.reports if isinstance(report, Committed)]
    assert [event.uuid for each in commits for event in each.events] == list(map(str, range(200)))
    # All but the first came in while there was a pause, unless this machine stood still.
    assert len(commits) < 200


def test_what_is_confirmed_is_stored_without_further_events(bench: Bench):
    bench.start()
    bench.writer.put([notification(1), notification(2)])
    wait_until(lambda: bench.writer.committed == 2)
    bench.writer.confirm("exec", 1)
    wait_until(lambda: bench.stored()[1]["exec"] == 1)
    # The thread has nothing more to wait for, and is woken.
    bench.writer.confirm("exec", 2)
    wait_until(lambda: bench.stored()[1]["exec"] == 2)


def test_a_large_spool_is_told_once(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spool_writer, "LARGE", 2 << 20)
    monkeypatch.setattr(spool_writer, "MEASURE_EVERY", 0.0)
    bench.start()
    for count in range(1, 4):
        bench.writer.put([notification(count, size=3 << 20)])
        wait_until(lambda: bench.writer.committed == len(bench.reports) == count)  # noqa: B023
    assert bench.writer.size > 9 << 20
    (warning,) = bench.warnings
    assert "has grown to" in warning
