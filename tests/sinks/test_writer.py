import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from rc_tail.errors import ReaderGoneError, SinkError
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import json_line
from rc_tail.sinks import stdout
from rc_tail.sinks.backlog import Backlog
from rc_tail.sinks.reports import (
    Committed,
    Confirmed,
    EventsLost,
    SinkReport,
    WriteFailed,
    WriterCrashed,
    Written,
)
from rc_tail.sinks.stdout import DescriptorWriter
from rc_tail.sinks.writer import Writer
from tests.output.events import notification
from tests.state.limits import files_no_larger_than

PATIENCE = 60.0


class Told:
    def __init__(self) -> None:
        self.events: list[str] = []
        self.batches = 0
        self.losses: list[tuple[int, str]] = []
        self.error: BaseException | None = None
        self.ended = threading.Event()

    def __call__(self, report: SinkReport) -> None:
        match report:
            case Written(total, events):
                self.batches += 1
                self.events += [event.uuid for event in events]
                assert total == len(self.events)
            case EventsLost(events, reason):
                self.losses.append((events, reason))
            case WriteFailed(error) | WriterCrashed(error):
                self.error = error
                self.ended.set()
            case Committed() | Confirmed():
                pytest.fail("a writer has no spool")


class Pipe:
    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()

    def read(self, size: int = 1 << 20) -> bytes:
        return os.read(self.read_end, size)

    def read_to_end(self) -> bytes:
        parts = []
        while part := self.read():
            parts.append(part)
        return b"".join(parts)

    def close_reader(self) -> None:
        if self.read_end >= 0:
            os.close(self.read_end)
            self.read_end = -1

    def close_writer(self) -> None:
        if self.write_end >= 0:
            os.close(self.write_end)
            self.write_end = -1


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close_reader()
    pipe.close_writer()


@pytest.fixture
def told() -> Told:
    return Told()


Make = Callable[..., Writer]


@pytest.fixture(params=[False, True], ids=["thread", "direct"])
def make(request: pytest.FixtureRequest, pipe: Pipe, told: Told) -> Make:
    """Makes an outlet to the pipe."""

    def made(**options: Any) -> Writer:
        sink = DescriptorWriter(pipe.write_end)
        sink.writes_at_once = request.param
        outlet = Writer(sink, json_line, told, **options)
        # Only while its thread sleeps is there anything to be done directly.
        until(lambda: outlet._asleep)
        return outlet

    return made


@pytest.fixture
def outlet(make: Make) -> Writer:
    return make()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def lines(events: Sequence[Notification]) -> bytes:
    return b"".join(map(json_line, events))


def test_events_come_out_in_order_and_are_counted(outlet: Writer, pipe: Pipe, told: Told):
    events = [notification(n) for n in range(50)]
    outlet.put(events[:1])
    assert pipe.read() == lines(events[:1])
    outlet.put(events[1:])
    assert outlet.close(PATIENCE) == []
    pipe.close_writer()
    assert pipe.read_to_end() == lines(events[1:])
    assert told.events == [str(n) for n in range(50)]


def test_what_is_ready_at_once_is_written_at_once(make: Make, pipe: Pipe, told: Told):
    outlet = make()
    outlet.put([notification(n) for n in range(100)])
    until(lambda: len(told.events) == 100)
    assert told.batches == 1
    assert outlet.close(PATIENCE) == []


def test_only_as_many_are_written_as_requested(make: Make, pipe: Pipe, told: Told):
    outlet = make(limit=3)
    outlet.put([notification(1), notification(2)])
    outlet.put([notification(3), notification(4)])
    outlet.put([notification(5)])
    left = outlet.close(PATIENCE)
    assert [event.uuid for event in left] == ["4", "5"]
    assert told.events == ["1", "2", "3"]
    pipe.close_writer()
    assert pipe.read_to_end().count(b"\n") == 3


def test_a_stalled_reader_blocks_nothing_and_its_events_come_back(
    make: Make, pipe: Pipe, told: Told
):
    outlet = make()
    events = [notification(n, size=1000) for n in range(1000)]
    outlet.put(events[:500])
    outlet.put(events[500:])
    left = outlet.close(0.2)
    assert 0 < len(left) < 1000
    assert told.events + [event.uuid for event in left] == [str(n) for n in range(1000)]
    pipe.close_writer()
    # What the pipe holds is what was counted as written, and perhaps the start of one more.
    out = pipe.read_to_end()
    whole = out[: out.rfind(b"\n") + 1]
    assert whole == lines(events[: len(told.events)])


def test_of_entries_of_several_lines_the_whole_ones_are_counted(pipe: Pipe, told: Told):
    """As readable output wraps them on a terminal, and templates with line breaks."""

    def entry(event: Notification) -> bytes:
        return f"{event.uuid} begins\n{'x' * 1000}\n  {event.uuid} ends\n".encode()

    outlet = Writer(DescriptorWriter(pipe.write_end), entry, told)
    events = [notification(n) for n in range(1000)]
    outlet.put(events)
    left = outlet.close(0.2)
    assert 0 < len(left) < 1000
    assert told.events + [event.uuid for event in left] == [str(n) for n in range(1000)]
    pipe.close_writer()
    assert pipe.read_to_end().count(b" ends\n") == len(told.events)


def test_a_reader_that_continues_late_gets_everything(outlet: Writer, pipe: Pipe, told: Told):
    events = [notification(n, size=1000) for n in range(300)]
    outlet.put(events)
    until(lambda: outlet.waiting() < 300)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_to_end()))
    reader.start()
    assert outlet.close(PATIENCE) == []
    pipe.close_writer()
    reader.join()
    assert got[0] == lines(events)


def test_a_reader_that_goes_away_is_noticed_without_an_event(
    outlet: Writer, pipe: Pipe, told: Told
):
    pipe.close_reader()
    assert told.ended.wait(PATIENCE)
    assert isinstance(told.error, ReaderGoneError)
    outlet.put([notification(1)])
    assert [event.uuid for event in outlet.close(PATIENCE)] == ["1"]


def test_a_reader_that_goes_away_while_stalled_is_noticed(outlet: Writer, pipe: Pipe, told: Told):
    outlet.put([notification(n, size=1000) for n in range(300)])
    until(lambda: outlet.waiting() < 300)
    pipe.close_reader()
    assert told.ended.wait(PATIENCE)
    assert isinstance(told.error, ReaderGoneError)
    left = outlet.close(PATIENCE)
    assert told.events + [event.uuid for event in left] == [str(n) for n in range(300)]


def test_a_bug_in_a_format_is_reported(pipe: Pipe, told: Told):
    def broken(event: Notification) -> bytes:
        raise ZeroDivisionError

    sink = DescriptorWriter(pipe.write_end)
    sink.writes_at_once = False
    outlet = Writer(sink, broken, told)
    outlet.put([notification(1)])
    assert told.ended.wait(PATIENCE)
    assert isinstance(told.error, ZeroDivisionError)
    outlet.close(PATIENCE)


def test_a_full_queue_is_reported_with_the_number_of_events(make: Make, pipe: Pipe, told: Told):
    folder = f"/proc/{os.getpid()}/no-such-folder"
    outlet = make(backlog=Backlog(1, folder=folder))
    outlet.put([notification(n, size=100_000) for n in range(20)])
    assert told.losses == [(19, "the queue is full: No such file or directory")]
    outlet.close(0.1)


def test_what_a_reader_takes_at_once_wakes_nobody(pipe: Pipe, told: Told):
    written_by: list[str] = []

    def line(event: Notification) -> bytes:
        written_by.append(threading.current_thread().name)
        return json_line(event)

    outlet = Writer(DescriptorWriter(pipe.write_end), line, told)
    until(lambda: outlet._asleep)
    events = [notification(n, size=1000) for n in range(400)]
    outlet.put(events[:2])
    assert pipe.read() == lines(events[:2])
    assert told.events == ["0", "1"]
    # More than the pipe holds: what it does not take is the thread's, and so is all behind it.
    outlet.put(events[2:300])
    outlet.put(events[300:])
    reader = threading.Thread(target=lambda: got.append(pipe.read_to_end()))
    got: list[bytes] = []
    reader.start()
    assert outlet.close(PATIENCE) == []
    pipe.close_writer()
    reader.join()
    assert got[0] == lines(events[2:])
    assert told.events == [str(n) for n in range(400)]
    assert set(written_by[:300]) == {"MainThread"}
    assert "MainThread" not in written_by[300:]


def test_a_file_is_written_at_once_until_its_disk_is_slow(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
):
    written_by: list[str] = []

    def line(event: Notification) -> bytes:
        written_by.append(threading.current_thread().name)
        return json_line(event)

    with (tmp_path / "out").open("wb", buffering=0) as file:
        sink = DescriptorWriter(file.fileno())
        outlet = Writer(sink, line, told)
        until(lambda: outlet._asleep)
        # Read before and after each write: the second takes 30 ms.
        moments = iter([0.0, 0.0, 1.0, 1.03, 2.0, 2.0])
        monkeypatch.setattr(stdout, "clock", lambda: next(moments))
        outlet.put([notification(0)])
        outlet.put([notification(1)])
        assert told.events == ["0", "1"]
        outlet.put([notification(2)])
        assert outlet.close(PATIENCE) == []
    assert told.events == ["0", "1", "2"]
    assert (tmp_path / "out").read_bytes() == lines([notification(n) for n in range(3)])
    assert written_by == ["MainThread", "MainThread", "rc-tail-writer"]


@pytest.mark.parametrize("room", [0, 1, 150, 5000])
def test_a_full_disk_gives_back_what_was_not_written(tmp_path: Path, told: Told, room: int):
    events = [notification(n, size=1000) for n in range(9)]
    path = tmp_path / "out"
    with path.open("wb", buffering=0) as file, files_no_larger_than(room):
        outlet = Writer(DescriptorWriter(file.fileno()), json_line, told)
        until(lambda: outlet._asleep)
        outlet.put(events)
        assert told.ended.wait(PATIENCE)
        left = outlet.close(PATIENCE)
    assert isinstance(told.error, SinkError)
    assert told.events + [event.uuid for event in left] == [str(n) for n in range(9)]
    assert path.read_bytes() == lines(events[: len(told.events)])


@pytest.mark.parametrize("room", [True, False])
def test_the_limit_holds_and_what_is_over_it_stays_in_order(pipe: Pipe, told: Told, room: bool):
    sink = DescriptorWriter(pipe.write_end)
    while not room and sink.write(memoryview(b"x" * 4096)):
        pass
    outlet = Writer(sink, json_line, told, limit=3)
    until(lambda: outlet._asleep)
    outlet.put([notification(n) for n in range(5)])
    outlet.put([notification(5)])
    left = [event.uuid for event in outlet.close(0.1)]
    assert told.events + left == list("012345")
    assert told.events == (list("012") if room else [])


def test_it_works_where_a_pipe_is_made_in_two_steps(
    monkeypatch: pytest.MonkeyPatch, pipe: Pipe, told: Told
):
    # As on macOS.
    monkeypatch.delattr(os, "pipe2", raising=False)
    outlet = Writer(DescriptorWriter(pipe.write_end), json_line, told)
    until(lambda: outlet._asleep)
    outlet.put([notification(1)])
    assert pipe.read() == lines([notification(1)])
    assert outlet.close(PATIENCE) == []


def test_what_was_begun_when_the_thread_ended_comes_back(pipe: Pipe, told: Told):
    class Watched(DescriptorWriter):
        def write(self, data: bytes | memoryview) -> int:
            taken = super().write(data)
            # The reader goes away right behind it, and the thread with it.
            pipe.close_reader()
            assert told.ended.wait(PATIENCE)
            return taken

    outlet = Writer(Watched(pipe.write_end), json_line, told)
    until(lambda: outlet._asleep)
    events = [notification(n, size=1000) for n in range(300)]
    outlet.put(events)
    left = [event.uuid for event in outlet.close(PATIENCE)]
    assert isinstance(told.error, ReaderGoneError)
    assert 0 < len(told.events) < 300
    assert told.events + left == [str(n) for n in range(300)]
