import threading

import pytest

from rc_tail.gateway.messages import Notification
from rc_tail.sinks.parallel import Parallel
from rc_tail.sinks.sink import MoreToOfferError, RefusedError, TryAgainError
from tests.output.events import notification
from tests.sinks.sinks import PATIENCE


def some(count: int) -> list[Notification]:
    return [notification(n) for n in range(count)]


def test_one_job_does_one_event_on_the_same_thread():
    threads: list[threading.Thread] = []

    def do(_: Notification) -> bool:
        threads.append(threading.current_thread())
        return True

    one = Parallel(1, do)
    assert one.deliver(some(3)) == 1
    assert threads == [threading.current_thread()]


def test_one_that_is_cut_short_is_not_safe():
    assert Parallel(1, lambda _: False).deliver(some(1)) == 0
    assert Parallel(2, lambda _: False).deliver(some(2)) == 0


def test_several_are_under_way_at_once_and_only_a_prefix_is_safe():
    both = threading.Barrier(2)
    first = threading.Event()
    begun: list[str] = []

    def do(event: Notification) -> bool:
        begun.append(event.uuid)
        both.wait(PATIENCE)
        if event.uuid == "0":
            assert first.wait(PATIENCE)
        return True

    parallel = Parallel(2, do)
    threading.Timer(0.05, first.set).start()
    events = some(2)
    safe = parallel.deliver(events)
    while safe < 2:
        safe += parallel.deliver(events[safe:])
    assert sorted(begun) == ["0", "1"]


@pytest.mark.parametrize("failure", [TryAgainError("busy"), RefusedError("no")])
def test_what_failed_is_done_again_and_what_was_done_behind_it_is_not(failure: Exception):
    done: list[str] = []
    failures = [failure]

    def do(event: Notification) -> bool:
        if event.uuid == "0" and failures:
            raise failures.pop()
        done.append(event.uuid)
        return True

    parallel = Parallel(3, do)
    events = some(3)
    with pytest.raises(type(failure)):
        parallel.deliver(events)
    if isinstance(failure, RefusedError):
        # The runner has put it aside.
        events = events[1:]
    while events:
        events = events[parallel.deliver(events) :]
    assert sorted(done) == (["1", "2"] if isinstance(failure, RefusedError) else ["0", "1", "2"])


def test_what_comes_while_others_are_under_way_is_begun_at_once():
    begun, second = threading.Event(), threading.Event()

    def do(event: Notification) -> bool:
        if event.uuid == "0":
            begun.set()
            return second.wait(PATIENCE)
        second.set()
        return True

    parallel = Parallel(2, do)
    events = some(2)

    def come() -> None:
        assert begun.wait(PATIENCE)
        parallel.offer_more()

    thread = threading.Thread(target=come)
    thread.start()
    with pytest.raises(MoreToOfferError):
        parallel.deliver(events[:1])
    thread.join()
    safe = 0
    while safe < 2:
        safe += parallel.deliver(events[safe:])
    assert second.is_set()
