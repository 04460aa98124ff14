"""Work that must not block its caller for longer than a deadline allows."""

import math
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
    ended = _run(work, name, seconds, None)
    if ended is None:
        raise DeadlineExceededError(f"{name} did not finish within {seconds:g} s")
    return _outcome_of(ended)


def run_until(
    cancelled: threading.Event, work: Callable[[], Result], *, name: str = "work"
) -> Result | None:
    """Run `work` like `run_with_deadline`, but until an event is set.

    Returns:
        What `work` returns; None where the event was set first.
    """
    ended = _run(work, name, None, cancelled)
    return None if ended is None else _outcome_of(ended)


def _run(
    work: Callable[[], Result],
    name: str,
    seconds: float | None,
    cancelled: threading.Event | None,
) -> Ended[Result] | None:
    """Return how `work` ended; None where it did not in time."""
    outcome: SimpleQueue[Ended[Result]] = SimpleQueue()

    def run() -> None:
        try:
            outcome.put((work(), None))
        except BaseException as error:  # noqa: BLE001 - re-raised on the waiting thread
            outcome.put((None, error))

    thread = threading.Thread(target=run, name=f"rc-tail-{name}", daemon=True)
    thread.start()
    left = math.inf if seconds is None else max(seconds, 0.0)
    while True:
        # In short waits: a signal that comes just before one does not interrupt it, and its
        # handler would run only after it.
        timeout = min(left, _LOOK_EVERY)
        try:
            ended = outcome.get(timeout=timeout)
        except Empty:
            left -= timeout
            if left <= 0 or (cancelled is not None and cancelled.is_set()):
                return None
        else:
            # It ends right away: a caller that counts threads, or forks, finds none of ours.
            thread.join()
            return ended


def _outcome_of(ended: Ended[Result]) -> Result:
    result, error = ended
    if error is not None:
        raise error
    return cast(Result, result)
