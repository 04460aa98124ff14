"""What happens in a simulated RingCentral while the main thread of a test runs a tail."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

from rc_tail.simulator.instance import Simulator

PATIENCE = 60.0


@contextlib.contextmanager
def meanwhile(simulator: Simulator, story: Callable[[], object]) -> Iterator[None]:
    """Let `story` happen on a thread, as soon as somebody has subscribed.

    Where it fails, the tail that waits for it is ended.

    Raises:
        BaseException: What went wrong in it.
    """
    failures: list[BaseException] = []

    def happen() -> None:
        try:
            wait_until(lambda: bool(simulator.subscribers()), "a subscription")
            story()
        except BaseException as error:  # noqa: BLE001 - the test raises it
            failures.append(error)
            if callable(signal.getsignal(signal.SIGTERM)):
                os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=happen)
    thread.start()
    try:
        yield
    finally:
        thread.join(PATIENCE)
        for failure in failures:
            # In place of what it made fail in the test, which is shown as its context.
            raise failure


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Wait for what nobody tells."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"it did not happen: {what}"
        time.sleep(0.005)
