"""What the one consumer is told."""

import os
import select
import signal
import threading
from collections.abc import Iterator, Sequence

import pytest

from rc_tail.errors import ConnectionLostError
from rc_tail.sinks.reports import Written
from rc_tail.tail.loop_events import ConnectionLost, FramesReceived, LoopEvent, SignalReceived
from rc_tail.tail.mailbox import Mailbox, SocketSource
from rc_tail.transport.stream import Stream


class Waits(Stream):
    """Says what to wait for."""

    def __init__(self) -> None:
        self.waits_for = select.POLLIN


class Pipe(SocketSource):
    """A source whose items are what is written into it, until its other end is closed."""

    def __init__(self, link: int) -> None:
        self.link = link
        self.end, self.other = os.pipe()
        os.set_blocking(self.end, False)
        self.over = False
        self.stream = Waits()
        self.looks = 0

    def fileno(self) -> int:
        return self.end

    def take(self) -> Sequence[LoopEvent]:
        self.looks += 1
        try:
            data = os.read(self.end, 100)
        except BlockingIOError:
            return []
        if data:
            return [FramesReceived(self.link, [data])]
        self.over = True
        return [ConnectionLost(self.link, ConnectionLostError("cut"))]

    def write(self, data: bytes) -> None:
        os.write(self.other, data)

    def cut(self) -> None:
        os.close(self.other)
        self.other = -1

    def close(self) -> None:
        os.close(self.end)
        if self.other >= 0:
            self.cut()


@pytest.fixture
def pipes() -> Iterator[list[Pipe]]:
    pipes = [Pipe(1), Pipe(2)]
    yield pipes
    for pipe in pipes:
        pipe.close()


def test_items_come_out_in_order():
    mailbox = Mailbox()
    items: list[LoopEvent] = [Written(1), ConnectionLost(1, ConnectionLostError("cut")), Written(2)]
    for item in items:
        mailbox.put(item)
    assert [mailbox.get(0), mailbox.get(-1), mailbox.get(5)] == items


def test_an_empty_mailbox_does_not_block_when_there_is_no_time():
    mailbox = Mailbox()
    assert mailbox.get(0) is None
    assert mailbox.get(-3) is None
    assert mailbox.get(0.001) is None


def test_what_another_thread_leaves_wakes_the_consumer():
    mailbox = Mailbox()
    thread = threading.Thread(target=lambda: mailbox.put(Written(7)))
    thread.start()
    assert mailbox.get(30) == Written(7)
    thread.join()


def test_many_threads_lose_nothing():
    mailbox = Mailbox()

    def put(start: int) -> None:
        for number in range(start, start + 500):
            mailbox.put(Written(number))

    threads = [threading.Thread(target=put, args=(start,)) for start in range(0, 2000, 500)]
    for thread in threads:
        thread.start()
    got = [mailbox.get(30) for _ in range(2000)]
    for thread in threads:
        thread.join()
    assert {item.total for item in got if isinstance(item, Written)} == set(range(2000))
    assert mailbox.get(0) is None


def test_a_signal_handler_may_put_while_the_consumer_waits():
    mailbox = Mailbox()
    before = signal.signal(signal.SIGUSR1, lambda number, _: mailbox.put(SignalReceived(number)))
    try:
        consumer = threading.get_ident()
        timer = threading.Timer(0.01, lambda: signal.pthread_kill(consumer, signal.SIGUSR1))
        timer.start()
        assert mailbox.get(30) == SignalReceived(signal.SIGUSR1)
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_what_a_source_brings_is_an_item(pipes):
    mailbox = Mailbox()
    pipe = pipes[0]
    pipe.write(b"before")
    mailbox.watch(pipe)
    assert mailbox.get(0) == FramesReceived(1, [b"before"])
    assert mailbox.get(0) is None
    timer = threading.Timer(0.01, lambda: pipe.write(b"later"))
    timer.start()
    assert mailbox.get(30) == FramesReceived(1, [b"later"])
    timer.join()


def test_a_source_may_be_over_before_it_is_watched(pipes):
    class Closed(Pipe):
        def fileno(self) -> int:
            return -1

        def take(self) -> Sequence[LoopEvent]:
            return [Written(3)]

    mailbox = Mailbox()
    closed = Closed(3)
    mailbox.watch(closed)
    assert [mailbox.get(0), mailbox.get(0)] == [Written(3), None]
    closed.close()


def test_a_source_that_is_over_is_forgotten(pipes):
    mailbox = Mailbox()
    mailbox.watch(pipes[0])
    pipes[0].cut()
    lost = mailbox.get(30)
    assert isinstance(lost, ConnectionLost)
    looks = pipes[0].looks
    assert mailbox.get(0.01) is None
    assert pipes[0].looks == looks
    mailbox.unwatch(pipes[0])


def test_of_a_source_that_is_not_watched_any_more_nothing_is_taken(pipes):
    mailbox = Mailbox()
    mailbox.watch(pipes[0])
    mailbox.watch(pipes[1])
    mailbox.unwatch(pipes[0])
    pipes[0].write(b"a")
    pipes[1].write(b"b")
    assert [mailbox.get(30), mailbox.get(0)] == [FramesReceived(2, [b"b"]), None]


def test_no_source_has_to_wait_for_a_busy_one(pipes):
    mailbox = Mailbox()
    for pipe in pipes:
        mailbox.watch(pipe)
    pipes[1].write(b"x")
    got: list[LoopEvent | None] = []
    for _ in range(4):
        pipes[0].write(b"x" * 100)
        got.append(mailbox.get(0))
    assert FramesReceived(2, [b"x"]) in got[:2]


def test_what_threads_leave_comes_between_two_batches_of_a_busy_source(pipes):
    mailbox = Mailbox()
    pipes[0].write(b"x" * 1000)
    mailbox.watch(pipes[0])
    mailbox.put(Written(1))
    items = [mailbox.get(0) for _ in range(3)]
    assert items[1] == Written(1)


def test_a_source_is_waited_for_as_it_says(pipes):
    mailbox = Mailbox()
    pipes[0].stream.waits_for = 0
    mailbox.watch(pipes[0])
    pipes[0].write(b"a")
    assert mailbox.get(0) is None
    pipes[0].stream.waits_for = select.POLLIN
    assert mailbox.get(30) == FramesReceived(1, [b"a"])


def test_when_nothing_comes_sources_may_say_that_they_waited_too_long(pipes):
    mailbox = Mailbox()
    mailbox.watch(pipes[0])
    looks = pipes[0].looks
    assert mailbox.get(0.001) is None
    assert pipes[0].looks == looks + 1
    assert mailbox.get(0) is None
    assert pipes[0].looks == looks + 1


def test_more_items_than_the_bell_can_ring_for_are_no_trouble():
    mailbox = Mailbox()
    for number in range(100_000):
        mailbox.put(Written(number))
    assert [mailbox.get(0) for _ in range(100_000)][-1] == Written(99_999)
    assert mailbox.get(0) is None
