"""Writes messages on a thread of its own: a stalled standard error must not hold up the tail.

``rc-tail sms 2>&1 | less`` is an everyday command: when nobody turns the page, the pipe is full,
and whoever writes a message waits for ever.
"""

import queue
import threading
from collections.abc import Callable
from typing import IO

# Messages that wait for a stalled reader; what is more is left out, and counted.
MOST = 10_000


class BackgroundWriter:
    """Does one thing after the other, on its thread."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Callable[[], object] | None] = queue.Queue(MOST)
        self._left_out = 0
        self._thread = threading.Thread(target=self._run, name="rc-tail-aside", daemon=True)
        self._thread.start()

    def do(self, work: Callable[[], object]) -> None:
        """Do `work` after all that waits; leave it out when too much waits."""
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            self._left_out += 1

    @property
    def left_out(self) -> int:
        """How much was left out."""
        return self._left_out

    def close(self, timeout: float) -> bool:
        """Do what waits, within `timeout` seconds; return whether all was done."""
        try:
            self._queue.put(None, timeout=timeout)
        except queue.Full:
            return False
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()


class BackgroundStream:
    """A stream that is written aside.

    Args:
        stream: Where to.
        aside: The thread.
    """

    def __init__(self, stream: IO[str], aside: BackgroundWriter) -> None:
        self._stream = stream
        self._aside = aside

    def write(self, text: str) -> int:
        """Write `text` soon."""
        self._aside.do(lambda: self._put(text))
        return len(text)

    def flush(self) -> None:
        """It is flushed as it is written."""

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # There is nobody left to tell; events matter more than the messages about them.
            return
