from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.gateway.messages import Notification
from rc_tail.sinks.backlog import Backlog, BacklogFullError, size_of
from tests.output.events import notification
from tests.state.limits import files_no_larger_than


def numbers(events: list[Notification]) -> list[int]:
    return [int(event.uuid) for event in events]


def test_what_goes_in_comes_out_in_order():
    backlog = Backlog()
    backlog.put([notification(1), notification(2)])
    backlog.put([notification(3)])
    assert len(backlog) == 3
    assert numbers(backlog.take_all()) == [1, 2, 3]
    assert backlog.take(1) == []


def test_take_gives_at_least_one_and_then_what_fits():
    backlog = Backlog()
    backlog.put([notification(n) for n in range(5)])
    size = size_of(notification(0))
    assert numbers(backlog.take(1)) == [0]
    assert numbers(backlog.take(size * 2)) == [1, 2]


def test_what_memory_does_not_hold_waits_in_a_file_without_a_name(tmp_path: Path):
    backlog = Backlog(in_memory=2000, folder=str(tmp_path))
    sent = [notification(n, size=100) for n in range(100)]
    backlog.put(sent)
    assert list(tmp_path.iterdir()) == []
    assert len(backlog) == 100
    assert backlog.take_all() == sent
    backlog.put(sent[:3])
    assert backlog.take_all() == sent[:3]
    backlog.close()


def test_an_event_larger_than_a_part_of_the_file_comes_back():
    backlog = Backlog(in_memory=1)
    large = notification(2, size=3 * 1024 * 1024)
    backlog.put([notification(1), large, notification(3)])
    assert numbers(backlog.take_all()) == [1, 2, 3]
    backlog.close()


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.integers(0, 3000)), max_size=60))
def test_any_order_of_putting_and_taking_keeps_the_order(steps: list[tuple[bool, int, int]]):
    backlog = Backlog(in_memory=5000)
    put, taken = 0, []
    for puts, count, size in steps:
        if puts:
            backlog.put([notification(put + n, size=size) for n in range(count)])
            put += count
        else:
            taken += numbers(backlog.take(size + 1))
        assert len(backlog) == put - len(taken)
    taken += numbers(backlog.take_all())
    assert taken == list(range(put))
    backlog.close()


def test_a_file_that_cannot_grow_costs_only_the_events_it_could_not_take():
    backlog = Backlog(in_memory=1)
    with files_no_larger_than(4096), pytest.raises(BacklogFullError) as failed:
        backlog.put([notification(n, size=1000) for n in range(10)])
    assert failed.value.reason == "File too large"
    kept = numbers(backlog.take_all())
    assert kept == list(range(10 - failed.value.lost))
    assert 1 < len(kept) < 10
    backlog.put([notification(10)])
    assert numbers(backlog.take_all()) == [10]
    backlog.close()
