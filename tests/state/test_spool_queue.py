"""What a sink gets of the spool: each event once, in order, from memory or from the disk."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.gateway.messages import Notification
from rc_tail.sinks.sink import TryAgainError
from rc_tail.state import spool_queue
from rc_tail.state.spool import Spool
from rc_tail.state.spool_queue import AT_HAND, SpoolQueue
from tests.output.events import notification
from tests.sinks.sinks import PATIENCE
from tests.state.leftovers import damage_event


class Bench:
    """A spool and the queue of one sink."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spool = Spool(path)
        self.confirmed: list[int] = []
        self.number = 0

    def queue(self, after: int = 0) -> SpoolQueue:
        return SpoolQueue(self.path, after, self.spool.last, confirm=self.confirmed.append)

    def commit(self, count: int, size: int = 1) -> list[Notification]:
        """Put events on the disk, as the writer does."""
        events = [notification(self.number + n, size=size) for n in range(count)]
        self.number += count
        self.spool.write(events, 100.0)
        return events


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "work.spool")
    yield made
    made.spool.close()


def uuids(events: list[Notification]) -> list[str]:
    return [event.uuid for event in events]


def test_what_an_earlier_run_left_comes_first(bench: Bench):
    bench.commit(3)
    queue = bench.queue(after=1)
    events = bench.commit(2)
    queue.offer(3, events)
    assert uuids(queue.take()) == ["1", "2", "3", "4"]
    queue.offer(5, bench.commit(1))
    assert uuids(queue.take()) == ["5"]
    assert queue.take() == []
    assert queue.close([]) == []


def test_what_was_just_committed_is_not_read_back(bench: Bench):
    queue = bench.queue()
    queue.offer(0, bench.commit(2))
    queue.offer(2, bench.commit(1))
    for position in (1, 2, 3):
        damage_event(bench.path, position)
    assert uuids(queue.take()) == ["0", "1", "2"]
    queue.close([])


def test_what_is_too_much_for_memory_is_read_back(bench: Bench):
    queue = bench.queue()
    queue.offer(0, bench.commit(1))
    queue.offer(1, bench.commit(1, size=AT_HAND))
    queue.offer(2, bench.commit(1))
    taken = [uuids(queue.take()) for _ in range(3)]
    assert taken == [["0"], ["1"], ["2"]] or taken == [["0"], ["1", "2"], []]
    queue.offer(3, bench.commit(1))
    damage_event(bench.path, 4)
    assert uuids(queue.take()) == ["3"]
    queue.close([])


def test_what_is_confirmed_is_counted_from_where_the_sink_was(bench: Bench):
    bench.commit(3)
    queue = bench.queue(after=1)
    queue.take()
    queue.confirm(1)
    queue.confirm(1)
    assert bench.confirmed == [2, 3]
    queue.close([])


def test_a_spool_that_is_damaged_meanwhile_is_told_to_the_sink(bench: Bench):
    bench.commit(1)
    damage_event(bench.path, 1)
    queue = bench.queue()
    with pytest.raises(TryAgainError, match="cannot be read"):
        queue.take()
    queue.close([])


@pytest.mark.parametrize("seed", range(3))
def test_each_event_comes_once_in_order_while_others_are_committed(
    bench: Bench, seed: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(spool_queue, "AT_HAND", 6000)
    chance = random.Random(seed)
    bench.commit(5)
    queue = bench.queue()
    taken: list[str] = []
    is_over = threading.Event()

    def take() -> None:
        while len(taken) < 305 and not is_over.is_set():
            taken.extend(uuids(queue.take()))

    thread = threading.Thread(target=take)
    thread.start()
    for _ in range(100):
        before = bench.spool.last
        queue.offer(before, bench.commit(3, size=chance.choice([1, 1, 3000])))
    thread.join(PATIENCE)
    is_over.set()
    assert taken == [str(number) for number in range(305)]
    queue.close([])
