"""What the one consumer is told."""

import signal
import threading

from rc_tail.errors import ConnectionLostError
from rc_tail.mailbox import Item, Lost, Mailbox, SignalCame, Written


def test_items_come_out_in_order():
    mailbox = Mailbox()
    items: list[Item] = [Written(1), Lost(1, ConnectionLostError("cut")), Written(2)]
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
    before = signal.signal(signal.SIGUSR1, lambda number, _: mailbox.put(SignalCame(number)))
    try:
        consumer = threading.get_ident()
        timer = threading.Timer(0.01, lambda: signal.pthread_kill(consumer, signal.SIGUSR1))
        timer.start()
        assert mailbox.get(30) == SignalCame(signal.SIGUSR1)
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_of_many_of_a_sort_only_the_latest_is_left():
    mailbox = Mailbox()
    mailbox.put(SignalCame(2))
    mailbox.put_latest(Written(1))
    mailbox.put_latest(Written(3))
    assert [mailbox.get(0), mailbox.get(0), mailbox.get(0)] == [Written(3), SignalCame(2), None]
    mailbox.put_latest(Written(4))
    assert mailbox.get(30) == Written(4)


def test_the_last_of_many_is_never_forgotten():
    mailbox = Mailbox()
    most = 20_000

    def write() -> None:
        for number in range(1, most + 1):
            mailbox.put_latest(Written(number))

    thread = threading.Thread(target=write)
    thread.start()
    totals = [0]
    while thread.is_alive() or totals[-1] < most:
        item = mailbox.get(0)
        if isinstance(item, Written):
            totals.append(item.total)
    thread.join()
    assert totals == sorted(set(totals))
    assert mailbox.get(0) is None
