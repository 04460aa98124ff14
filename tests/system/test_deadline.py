"""Work with a deadline, on a thread of its own."""

import os
import signal
import threading
import time

import pytest

from rc_tail.system.deadline import DeadlineExceededError, run_until, run_with_deadline
from rc_tail.system.signals import SignalledError, Signals

PATIENCE = 60


@pytest.mark.parametrize("seconds", [None, PATIENCE])
def test_the_result_is_returned(seconds):
    assert run_with_deadline(lambda: "result", seconds) == "result"
    assert run_with_deadline(lambda: None, seconds) is None


@pytest.mark.parametrize("error", [KeyError("missing"), TimeoutError("its own"), SystemExit(3)])
def test_an_exception_of_the_work_is_raised(error):
    def work() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        run_with_deadline(work, PATIENCE)
    assert raised.value is error


def test_the_work_runs_on_a_named_daemon_thread_which_is_gone_afterwards():
    def work() -> threading.Thread:
        return threading.current_thread()

    thread = run_with_deadline(work, None, name="lookup")
    assert (thread.name, thread.daemon, thread.is_alive()) == ("rc-tail-lookup", True, False)


def test_work_that_takes_longer_is_abandoned():
    free = threading.Event()
    started = time.monotonic()
    try:
        with pytest.raises(DeadlineExceededError, match=r"^lookup did not finish within 0\.05 s$"):
            run_with_deadline(lambda: free.wait(PATIENCE), 0.05, name="lookup")
    finally:
        free.set()
    assert time.monotonic() - started < PATIENCE / 2


def test_a_deadline_that_is_over_already_is_one_that_is_missed():
    free = threading.Event()
    try:
        with pytest.raises(DeadlineExceededError):
            run_with_deadline(lambda: free.wait(PATIENCE), -1.0)
    finally:
        free.set()


def test_a_signal_handler_that_raises_ends_the_wait():
    begun, free = threading.Event(), threading.Event()

    def send_signal() -> None:
        begun.wait(PATIENCE)
        os.kill(os.getpid(), signal.SIGTERM)

    def interrupt(number: int) -> None:
        raise SignalledError(number)

    def work() -> None:
        begun.set()
        free.wait(PATIENCE)

    sender = threading.Thread(target=send_signal)
    sender.start()
    try:
        with Signals(interrupt), pytest.raises(SignalledError) as raised:
            run_with_deadline(work, None)
        assert raised.value.number == signal.SIGTERM
        assert not free.is_set()
    finally:
        free.set()
        sender.join(PATIENCE)


def test_work_is_left_alone_when_it_is_no_longer_wanted():
    cancelled, release = threading.Event(), threading.Event()
    cancelled.set()
    assert run_until(cancelled, lambda: release.wait(60)) is None
    release.set()
    assert run_until(threading.Event(), lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        run_until(threading.Event(), lambda: 1 / 0)
