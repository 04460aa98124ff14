import json
import re
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from rc_tail.errors import AuthError, UnreachableError
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.event_words import event_words
from rc_tail.sinks.parallel import Parallel
from rc_tail.sinks.reports import Confirmed, WriteFailed, WriterCrashed
from rc_tail.sinks.runner import MOST_REPORTED, REPORT_AFTER, RunnerOptions
from rc_tail.sinks.sink import RefusedError, Sink, TryAgainError
from tests.output.events import notification
from tests.sinks.sinks import PATIENCE, Line, ListSink, wait_until


class TenLines(Sink):
    """A whole sink: what the runner adds is all around it."""

    name = "ten-lines"
    most = 3

    def __init__(self, out: list[str]) -> None:
        self.out = out

    def deliver(self, batch: Sequence[Notification]) -> int:
        self.out += [event.uuid for event in batch]
        return len(batch)


def started(sink: Sink, options: RunnerOptions | None = None, file: Path | None = None) -> Line:
    line = Line(sink, options, file)
    line.runner.open()
    line.runner.start()
    return line


def test_ten_lines_are_a_sink():
    out: list[str] = []
    line = started(TenLines(out))
    line.put(*[notification(n) for n in range(7)])
    assert line.end() == []
    assert out == [str(n) for n in range(7)]
    assert line.runner.confirmed == 7
    assert (line.warnings, line.reports) == ([], [])


def test_what_is_not_taken_is_offered_again_in_order():
    sink = ListSink(most=2)
    sink.troubles = [TryAgainError("busy"), TryAgainError("busy")]
    line = started(sink)
    line.put(*[notification(n) for n in range(5)])
    assert line.end() == []
    assert sink.taken == ["0", "1", "2", "3", "4"]
    # Nobody could act on an outage that is over at once.
    assert line.warnings == []
    assert sink.closed


def test_an_outage_is_reported_once_and_when_it_is_over():
    sink = ListSink()
    sink.troubles = [TryAgainError("busy", after=REPORT_AFTER), TryAgainError("busy")]
    line = started(sink)
    line.put(notification(1))
    assert line.end() == []
    assert line.warnings[0] == "list: busy; events wait; retrying"
    assert line.warnings[1].startswith("list: accepting events again after ")
    assert len(line.warnings) == 2


def test_a_part_of_a_batch_may_be_safe():
    class Partly(ListSink):
        def deliver(self, batch: Sequence[Notification]) -> int:
            return super().deliver(batch[:2])

    sink = Partly(most=5)
    line = started(sink)
    line.put(*[notification(n) for n in range(5)])
    assert line.end() == []
    assert sink.taken == ["0", "1", "2", "3", "4"]


def test_only_answers_about_the_event_use_up_retries(tmp_path: Path):
    sink = ListSink()
    sink.troubles = [TryAgainError("no connection")] * 20
    sink.troubles += [TryAgainError("HTTP 500", is_about_event=True, status=500)] * 3
    line = started(sink, RunnerOptions(retries=2), tmp_path / "dead.jsonl")
    line.put(notification(1), notification(2))
    assert line.end() == []
    assert sink.taken == ["2"]
    (dead,) = (tmp_path / "dead.jsonl").read_text().splitlines()
    record = json.loads(dead)
    assert (record["sink"], record["reason"], record["status"]) == ("list", "HTTP 500", 500)
    assert record["event"]["uuid"] == "1"


def test_a_refused_event_without_a_dead_letter_is_reported_and_counted():
    sink = ListSink()
    sink.troubles = [RefusedError("HTTP 404", status=404)]
    line = started(sink)
    line.put(notification(1), notification(2))
    assert line.end() == []
    assert sink.taken == ["2"]
    assert line.runner.status().lost == 1
    assert line.runner.confirmed == 2
    assert "is lost: HTTP 404" in line.warnings[0]
    assert "--dead-letter" in line.warnings[0]


def test_events_in_the_dead_letter_are_reported_and_beyond_some_counted(tmp_path: Path):
    sink, count = ListSink(), 4 * MOST_REPORTED + 3
    sink.troubles = [RefusedError("no", status=400) for _ in range(count)]
    file = tmp_path / "dead.jsonl"
    line = started(sink, file=file)
    line.put(*[notification(n) for n in range(count)])
    assert line.end() == []
    assert len(file.read_text().splitlines()) == count
    assert line.warnings[0].endswith(f"is refused: no; kept in {file}")
    assert line.warnings[MOST_REPORTED:] == [
        f"list: {more} more events refused, kept in the dead letter file"
        for more in (MOST_REPORTED, 2 * MOST_REPORTED, 3)
    ]


# What is shown with -v.


def test_each_batch_and_each_retry_is_noted_for_those_who_read_it():
    notes: list[str] = []
    sink = ListSink(most=3)
    sink.troubles = [TryAgainError("busy")]
    line = Line(sink, note=notes.append)
    line.put(*[notification(n) for n in range(3)])
    line.runner.start()
    assert line.end() == []
    line = Line(ListSink(), note=notes.append)
    line.put(notification(7))
    line.runner.start()
    assert line.end() == []
    assert [re.sub(r"[0-9]+ ms", "N ms", note) for note in notes] == [
        "list: busy; trying again in N ms",
        "list: delivered 3 events (N ms)",
        f"list: delivered {event_words(notification(7))} (N ms)",
    ]
    assert line.warnings == []


def test_a_sink_that_notes_what_it_delivers_is_not_noted_twice():
    notes: list[str] = []
    sink = ListSink()
    sink.notes_deliveries = True
    line = Line(sink, note=notes.append)
    line.put(notification(1))
    line.runner.start()
    assert line.end() == []
    assert (sink.taken, notes) == (["1"], [])


def test_a_dead_letter_that_cannot_be_written_is_tried_again(tmp_path: Path):
    sink = ListSink()
    sink.troubles = [RefusedError("HTTP 404")] * 10_000
    path = tmp_path / "dead.jsonl"
    path.mkdir()
    line = started(sink, file=path)
    line.put(notification(1))
    wait_until(lambda: bool(line.warnings))
    assert line.runner.confirmed == 0
    path.rmdir()
    wait_until(lambda: line.runner.confirmed == 1)
    assert line.end() == []
    assert len(path.read_text().splitlines()) == 1
    assert "--dead-letter: " in line.warnings[0]


def test_ten_thousand_poison_events_in_a_row_hold_nothing_up(tmp_path: Path):
    class Poison(ListSink):
        def deliver(self, batch: Sequence[Notification]) -> int:
            if batch[0].uuid != "last":
                raise RefusedError("HTTP 400", status=400)
            return super().deliver(batch)

    sink = Poison()
    line = started(sink)
    line.put(*[notification(n) for n in range(10_000)], Notification("last", "/e", "", b"{}"))
    wait_until(lambda: line.runner.confirmed == 10_001)
    assert sink.taken == ["last"]
    assert line.end() == []
    assert line.runner.status().lost == 10_000


def test_a_sink_that_is_away_at_the_first_start_ends_the_run():
    sink = ListSink()
    sink.open_troubles = [UnreachableError("away")]
    with pytest.raises(UnreachableError):
        Line(sink).runner.open()


def test_a_sink_that_was_opened_before_may_be_away_at_the_start():
    sink = ListSink()
    sink.open_troubles = [UnreachableError("away")] * 4
    line = started(sink, RunnerOptions(was_opened=True))
    assert line.runner.status().is_away
    line.put(notification(1))
    wait_until(lambda: line.runner.confirmed == 1)
    assert not line.runner.status().is_away
    assert line.runner.status().last_error == "away"
    assert line.end() == []


def test_a_login_that_is_refused_ends_the_run_all_the_same():
    sink = ListSink()
    sink.open_troubles = [AuthError("wrong password")]
    with pytest.raises(AuthError):
        Line(sink, RunnerOptions(was_opened=True)).runner.open()


def test_at_the_limit_it_says_so_and_takes_no_more():
    sink = ListSink(most=4)
    line = started(sink, RunnerOptions(base=10, limit=13))
    line.put(*[notification(n) for n in range(5)])
    wait_until(lambda: bool(line.reports))
    assert line.reports == [Confirmed("list")]
    assert line.runner.confirmed == 13
    line.runner.stop(drain=False)
    assert line.runner.join(PATIENCE)
    assert [event.uuid for event in line.runner.left()] == ["3", "4"]
    assert sink.taken == ["0", "1", "2"]


def test_given_up_it_ends_the_tail():
    sink = ListSink()
    sink.troubles = [TryAgainError("away")] * 10_000
    line = started(sink, RunnerOptions(give_up=0.05))
    line.put(notification(1))
    wait_until(lambda: bool(line.reports))
    assert line.runner.join(PATIENCE)
    (report,) = line.reports
    assert isinstance(report, WriteFailed)
    assert "list has accepted nothing for" in report.error.message
    assert report.error.exit_status == 74
    assert [event.uuid for event in line.runner.left()] == ["1"]


def test_abandoned_it_ends_in_the_middle_of_a_wait():
    sink = ListSink()
    sink.troubles = [TryAgainError("busy", after=3600.0)]
    line = started(sink)
    line.put(notification(1), notification(2))
    wait_until(lambda: bool(line.warnings))
    line.runner.abandon()
    assert line.runner.join(PATIENCE)
    assert [event.uuid for event in line.runner.left()] == ["1", "2"]


def test_without_draining_it_ends_after_what_it_does():
    class Slow(ListSink):
        begun, go = threading.Event(), threading.Event()

        def deliver(self, batch: Sequence[Notification]) -> int:
            self.begun.set()
            assert self.go.wait(PATIENCE)
            return super().deliver(batch)

    sink = Slow()
    line = started(sink)
    line.put(notification(1), notification(2))
    wait_until(sink.begun.is_set)
    line.runner.stop(drain=False)
    assert not line.runner.join(0.02)
    sink.go.set()
    assert line.runner.join(PATIENCE)
    assert sink.taken == ["1"]
    assert [event.uuid for event in line.runner.left()] == ["2"]


def test_what_came_while_others_are_under_way_is_offered_and_without_draining_no_more_is():
    release = threading.Event()
    begun: list[str] = []

    def do(event: Notification) -> bool:
        begun.append(event.uuid)
        return release.wait(PATIENCE)

    class Two(Sink):
        name = "two"
        most = 2
        parallel = Parallel(2, do)

        def deliver(self, batch: Sequence[Notification]) -> int:
            return self.parallel.deliver(batch)

        def offer_more(self) -> None:
            self.parallel.offer_more()

    line = started(Two())
    line.put(notification(0))
    wait_until(lambda: begun == ["0"])
    line.put(notification(1))
    wait_until(lambda: sorted(begun) == ["0", "1"])
    line.put(notification(2))
    line.runner.stop(drain=False)
    line.runner.wake()
    threading.Timer(0.05, release.set).start()
    assert line.runner.join(PATIENCE)
    # What was begun is waited for.
    assert line.runner.confirmed >= 1
    assert sorted(begun) == ["0", "1"]


def test_a_bug_of_a_sink_is_raised_where_the_tail_runs():
    class Broken(ListSink):
        def deliver(self, batch: Sequence[Notification]) -> int:
            raise ZeroDivisionError

    line = started(Broken())
    line.put(notification(1))
    wait_until(lambda: bool(line.reports))
    assert line.runner.join(PATIENCE)
    assert isinstance(line.reports[0], WriterCrashed)
