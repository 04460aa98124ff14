from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.errors import SystemRefusedError
from rc_tail.state.resume_state import LeftoverSummary, ResumeState
from rc_tail.state.resume_store import ResumeStore
from rc_tail.state.spool import Spool
from rc_tail.state.spool_opening import OpenedSpool, open_spool
from tests.output.events import notification
from tests.state.earlier_unprinted import leave_unprinted
from tests.state.leftovers import damage_event
from tests.state.limits import files_no_larger_than
from tests.state.states import NOW, state

BOTH = ("stdout", "exec")


class Bench:
    def __init__(self, folder: Path) -> None:
        self.told: list[str] = []
        self.known: list[str] = []
        self.store = ResumeStore(folder, "work", self.told.append)

    def open(self, found: ResumeState | None, *sinks: str) -> OpenedSpool:
        self.known.clear()
        return open_spool(
            self.store, found, sinks, self.told.append, lambda event: self.known.append(event.uuid)
        )

    def leave(self, *, printed: int, done: int) -> None:
        """An earlier run that received four events."""
        spool = Spool(self.store.spool_path)
        events = [notification(n) for n in range(1, 5)]
        spool.write(events, NOW, {"stdout": printed, "exec": done})
        spool.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    with made.store:
        yield made


def test_a_new_one_begins_with_the_next_event(bench: Bench):
    opened = bench.open(state(), *BOTH)
    assert opened.spool.positions == {"stdout": 0, "exec": 0}
    assert (opened.known, opened.lost) == (frozenset(), 0)


def test_what_was_left_is_there_and_known(bench: Bench):
    bench.leave(printed=4, done=1)
    opened = bench.open(state(leftover=LeftoverSummary(3, NOW)), *BOTH)
    assert opened.spool.positions == {"stdout": 4, "exec": 1}
    assert opened.known == {"stdout", "exec"}
    assert bench.known == ["1", "2", "3", "4"]
    assert (opened.lost, bench.told) == (0, [])


def test_a_sink_that_is_new_gets_nothing_of_before(bench: Bench):
    bench.leave(printed=4, done=1)
    opened = bench.open(state(), *BOTH, "forward:http://a/")
    assert opened.spool.positions["forward:http://a/"] == 4


def test_a_sink_that_is_not_named_any_more_is_told(bench: Bench):
    bench.leave(printed=4, done=1)
    opened = bench.open(state(), "stdout")
    assert opened.spool.positions == {"stdout": 4}
    (told,) = bench.told
    assert told == (
        "exec was removed from the command line: 3 events that waited for it will not be delivered"
    )
    opened.spool.close()
    bench.told.clear()
    bench.open(state(), "stdout")
    assert bench.told == []


def test_what_an_earlier_version_left_is_printed_and_nothing_else(bench: Bench):
    waiting = leave_unprinted(bench.store, [notification(7), notification(8)], NOW - 5)
    opened = bench.open(state(waiting=waiting), *BOTH)
    assert opened.spool.positions == {"stdout": 0, "exec": 2}
    assert bench.known == ["7", "8"]


def test_what_an_earlier_version_left_and_cannot_be_read_is_lost(bench: Bench):
    waiting = leave_unprinted(bench.store, [notification(7), notification(8)], NOW - 5)
    path = next(bench.store.path.parent.glob("*.waiting"))
    path.write_bytes(path.read_bytes()[:-1])
    opened = bench.open(state(waiting=waiting), "stdout")
    assert bench.known == ["7"]
    assert (opened.lost, opened.lost_since) == (1, NOW - 5)


def test_of_a_damaged_one_the_rest_is_saved(bench: Bench):
    bench.leave(printed=2, done=1)
    damage_event(bench.store.spool_path, 4)
    opened = bench.open(state(leftover=LeftoverSummary(3, NOW - 9)), *BOTH)
    assert opened.spool.positions == {"stdout": 2, "exec": 1}
    left = [event.uuid for batch in opened.spool.events(1) for event in batch]
    assert left == ["2", "3"]
    assert (opened.lost, opened.lost_since) == (1, NOW - 9)
    assert "cannot be read" in bench.told[0]
    assert "work.spool.aside-1" in bench.told[0]


def test_of_one_that_is_no_database_all_is_lost(bench: Bench):
    bench.store.spool_path.write_bytes(b"junk" * 1000)
    opened = bench.open(state(leftover=LeftoverSummary(3, NOW - 9)), *BOTH)
    assert (opened.lost, opened.lost_since) == (3, NOW - 9)
    assert opened.spool.positions == {"stdout": 0, "exec": 0}


def test_one_that_is_gone_is_noticed(bench: Bench):
    opened = bench.open(state(leftover=LeftoverSummary(3, NOW - 9)), *BOTH)
    assert (opened.lost, opened.lost_since) == (3, NOW - 9)


def test_a_full_disk_ends_with_71_and_says_what_to_do(bench: Bench):
    with files_no_larger_than(100), pytest.raises(SystemRefusedError) as caught:
        bench.open(state(), *BOTH)
    assert "Free some disk space" in caught.value.hint
    assert caught.value.exit_status == 71
