"""Work that must not block its caller for longer than a deadline allows."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

Result = TypeVar("Result")
# What work returned, or raised.
Ended = tuple[Result | None, BaseException | None]

_LOOK_EVERY = 0.1  # seconds


class DeadlineExceededError(TimeoutError):
    """The work did not finish in time; a `TimeoutError` that the work itself cannot raise."""


def run_with_deadline(
    work: Callable[[], Result], seconds: float | None, *, name: str = "work"
) -> Result:
    """Run `work` on a thread of its own; return what it returns, or raise what it raises.

    For calls that obey no time-out of their own (name resolution, keyrings), and for calls on the
    main thread that would delay signal handlers: an exception that a handler raises ends the wait.
    Work that is abandoned continues on its daemon thread, and its outcome is discarded.

    Args:
        work: Called once. Everything that it raises is re-raised here.
        seconds: How long to wait; None for as long as it takes.
        name: Name of the thread, for debuggers.

    Raises:
        DeadlineExceededError: `work` did not finish in time.
    """
    outcome, thread = _start(work, name)
    try:
        ended = outcome.get(timeout=None if seconds is None else max(seconds, 0.0))
    except Empty:
        raise DeadlineExceededError(f"{name} did not finish within {seconds:g} s") from None
    return _result(ended, thread)


def run_until(
    cancelled: threading.Event, work: Callable[[], Result], *, name: str = "work"
) -> Result | None:
    """Run `work` like `run_with_deadline`, but until an event is set.

    Returns:
        What `work` returns; None where the event was set first.
    """
    outcome, thread = _start(work, name)
    while True:
        try:
            ended = outcome.get(timeout=_LOOK_EVERY)
        except Empty:
            if cancelled.is_set():
                return None
        else:
            return _result(ended, thread)


def _start(
    work: Callable[[], Result], name: str
) -> tuple[SimpleQueue[Ended[Result]], threading.Thread]:
    outcome: SimpleQueue[Ended[Result]] = SimpleQueue()

    def run() -> None:
        try:
            outcome.put((work(), None))
        except BaseException as error:  # noqa: BLE001 - re-raised on the waiting thread
            outcome.put((None, error))

    thread = threading.Thread(target=run, name=f"rc-tail-{name}", daemon=True)
    thread.start()
    return outcome, thread


def _result(ended: Ended[Result], thread: threading.Thread) -> Result:
    # It ends right away: a caller that counts threads, or forks, finds none of ours.
    thread.join()
    result, error = ended
    if error is not None:
        raise error
    return cast(Result, result)
