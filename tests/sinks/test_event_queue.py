import pytest

from rc_tail.sinks.backlog import Backlog, BacklogFullError
from rc_tail.sinks.event_queue import MemoryQueue
from tests.output.events import notification


def test_events_come_out_once_and_in_order():
    queue = MemoryQueue()
    events = [notification(n) for n in range(5)]
    queue.put(events[:2])
    queue.put(events[2:])
    taken = queue.take()
    assert list(taken) == events
    assert list(queue.take()) == []


def test_at_the_end_all_that_is_not_confirmed_is_lost():
    queue = MemoryQueue()
    events = [notification(n) for n in range(3)]
    queue.put(events)
    taken = queue.take()
    queue.confirm(1)
    queue.put([notification(3)])
    left = queue.close(taken[1:])
    assert [event.uuid for event in left] == ["1", "2", "3"]


def test_what_finds_no_room_is_told():
    queue = MemoryQueue(Backlog(in_memory=10, folder="/dev/null/folder"))
    queue.put([notification(1)])
    with pytest.raises(BacklogFullError):
        queue.put([notification(2)])
