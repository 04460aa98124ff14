import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.sinks.backlog import Backlog
from rc_tail.sinks.event_queue import MemoryQueue
from rc_tail.sinks.reports import EventsLost, SinkReport
from rc_tail.sinks.runner import RunnerOptions
from rc_tail.sinks.sink import TryAgainError
from rc_tail.state.spool import Spool
from rc_tail.state.spool_writer import SpoolWriter
from rc_tail.tail.fan_out import FanOut
from tests.output.events import notification
from tests.sinks.sinks import PATIENCE, Line, ListSink, wait_until
from tests.state.limits import files_no_larger_than

EVENTS = [notification(n) for n in range(4)]


class Pair:
    """Standard output and two sinks, in memory."""

    def __init__(self) -> None:
        self.quick, self.slow = ListSink(), ListSink()
        self.quick.name, self.slow.name = "quick", "slow"
        self.lines = [Line(self.quick), Line(self.slow)]
        self.reports: list[SinkReport] = []
        self.fan_out = FanOut(
            [line.runner for line in self.lines],
            queues=[line.queue for line in self.lines],
            spool=None,
            bases={"stdout": 0, "quick": 0, "slow": 0},
            report=self.reports.append,
        )


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.fan_out.abandon(all_of_them=True)
    assert made.fan_out.join(PATIENCE)


def test_an_event_is_delivered_when_the_slowest_sink_has_it(pair: Pair):
    pair.slow.troubles = [TryAgainError("busy", after=3600.0)]
    pair.fan_out.start()
    pair.fan_out.put(EVENTS)
    pair.fan_out.written(4)
    wait_until(lambda: pair.lines[0].runner.confirmed == 4)
    assert pair.quick.taken == ["0", "1", "2", "3"]
    assert (pair.fan_out.delivered(), pair.fan_out.waiting()) == (0, 4)
    wait_until(lambda: pair.fan_out.sink_states()["slow"].is_away)
    quick, slow = pair.fan_out.sink_states().values()
    assert (quick.waiting, quick.oldest, quick.is_away) == (0, None, False)
    assert (slow.waiting, slow.last_error, slow.lost) == (4, "busy", 0)
    assert slow.oldest == pytest.approx(time.time(), abs=20)
    pair.fan_out.abandon(all_of_them=True)
    assert pair.fan_out.join(PATIENCE)
    left, by = pair.fan_out.close(0)
    assert ([event.uuid for event in left], by) == (["0", "1", "2", "3"], "slow")


def test_standard_output_may_be_the_slowest(pair: Pair):
    pair.fan_out.start()
    pair.fan_out.put(EVENTS)
    wait_until(lambda: all(line.runner.confirmed == 4 for line in pair.lines))
    assert pair.fan_out.delivered() == 0
    pair.fan_out.written(3)
    assert pair.fan_out.delivered() == 3


def test_at_the_end_what_waits_in_memory_is_taken(pair: Pair):
    pair.fan_out.put(EVENTS)
    pair.fan_out.start()
    pair.fan_out.stop(run_queued=True)
    assert pair.fan_out.join(PATIENCE)
    assert pair.slow.taken == ["0", "1", "2", "3"]
    assert pair.fan_out.close(0) == ([], "")


def test_commands_that_are_queued_need_not_be_run(pair: Pair):
    pair.slow.finishes = True
    pair.fan_out.put(EVENTS)
    pair.fan_out.stop(run_queued=False)
    pair.fan_out.start()
    assert pair.fan_out.join(PATIENCE)
    assert (pair.quick.taken, pair.slow.taken) == (["0", "1", "2", "3"], [])


def test_a_queue_without_room_is_told():
    sink, reports = ListSink(), list[SinkReport]()
    line = Line(sink)
    fan_out = FanOut(
        [line.runner],
        queues=[MemoryQueue(Backlog(in_memory=10, folder="/dev/null/folder"))],
        spool=None,
        bases={"list": 0},
        report=reports.append,
    )
    fan_out.put(EVENTS)
    (report,) = reports
    assert isinstance(report, EventsLost)
    assert report.events == 3
    assert "the queue of list is full" in report.reason


@contextlib.contextmanager
def spooled(
    path: Path, backlog: Backlog | None = None, **positions: int
) -> Iterator[tuple[FanOut, ListSink, SpoolWriter]]:
    """A run with a name: standard output and one sink, and what an earlier run left."""
    spool = Spool(path)
    spool.write((), 0.0, {n: p for n, p in positions.items() if n not in spool.positions})
    writer = SpoolWriter(spool, report=lambda _: None, warn=lambda _: None, backlog=backlog)
    sink = ListSink(most=2)
    sink.name = "exec"
    bases = {name: writer.position_of(name) for name in positions}
    line = Line(sink, RunnerOptions(base=bases["exec"]))
    line.runner._queue = writer.queue_for("exec")
    fan_out = FanOut([line.runner], spool=writer, bases=bases, report=lambda _: None)
    fan_out.start()
    yield fan_out, sink, writer
    fan_out.abandon(all_of_them=True)
    assert fan_out.join(PATIENCE)
    assert fan_out.close(PATIENCE) == ([], "the spool")


def test_with_a_name_a_sink_gets_what_is_on_the_disk_and_continues_there(tmp_path: Path):
    path = tmp_path / "work.spool"
    with spooled(path, stdout=0, exec=0) as (fan_out, sink, _):
        sink.troubles = [TryAgainError("busy", after=3600.0)]
        fan_out.put(EVENTS)
        fan_out.written(4)
        wait_until(lambda: not sink.troubles)
        assert fan_out.delivered() == 0
    with spooled(path, stdout=0, exec=0) as (fan_out, sink, _):
        assert fan_out.has_spool
        wait_until(lambda: fan_out.delivered() == 4)
        assert sink.taken == ["0", "1", "2", "3"]
        fan_out.put([notification(4)])
        fan_out.written(1)
        wait_until(lambda: fan_out.delivered() == 5)
    with spooled(path, stdout=0, exec=0) as (fan_out, sink, writer):
        assert fan_out.delivered() == 0
        assert fan_out.printed_limit(3) == 3
        assert writer.position_of("exec") == 5
        spool = fan_out.spool_state()
        assert spool is not None
        assert spool.bytes > 0


def test_what_may_be_printed_counts_from_the_slowest_sink(tmp_path: Path):
    with spooled(tmp_path / "work.spool", stdout=4, exec=1) as (fan_out, _, _writer):
        assert fan_out.printed_limit(None) is None
        assert fan_out.printed_limit(10) == 7
        assert fan_out.printed_limit(2) == 0


def test_what_was_printed_and_lost_on_a_full_disk_moves_no_position(tmp_path: Path):
    path = tmp_path / "work.spool"
    # After the first event that waits for the disk there is no room.
    full = Backlog(in_memory=10, folder="/dev/null/folder")
    with spooled(path, full, stdout=0, exec=0) as (fan_out, sink, writer):
        with files_no_larger_than(60_000):
            fan_out.put([notification(0, size=200_000)])
            wait_until(lambda: writer._failing_since is not None)
            fan_out.put([notification(1), notification(2), notification(3)])
            assert fan_out.waiting() == 2
            # All of them.
            fan_out.written(4)
        wait_until(lambda: sink.taken == ["0", "1"])
        fan_out.put([notification(4)])
        wait_until(lambda: sink.taken == ["0", "1", "4"])
        assert fan_out.waiting() == 0
    left = Spool(path)
    assert left.positions == {"stdout": 2, "exec": 3}
    assert [event.uuid for batch in left.events(after=2) for event in batch] == ["4"]
    left.close()


def test_no_sink_lacks_what_is_beyond_the_count():
    sink = ListSink()
    line = Line(sink, RunnerOptions(limit=2))
    fan_out = FanOut(
        [line.runner], queues=[line.queue], spool=None, bases={"list": 0}, report=print
    )
    fan_out.start()
    fan_out.put(EVENTS)
    wait_until(lambda: line.runner.confirmed == 2)
    assert fan_out.sink_states()["list"].waiting == 0
    fan_out.abandon(all_of_them=True)
    assert fan_out.join(PATIENCE)
