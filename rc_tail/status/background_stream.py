"""A stream that is written on a thread of its own, so that a stalled reader does not stall the tail.

In ``rc-tail sms 2>&1 | less``, while the reader does not page on, the pipe is full and a write
blocks.
"""

import queue
import threading
from collections.abc import Callable

# Messages queued for a stalled reader; further ones are dropped, and counted.
MOST = 10_000


class BackgroundStream:
    """A text stream that queues what is written.

    Args:
        write: Writes and flushes a text; called on the thread of this stream.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._queue: queue.Queue[Callable[[], object] | None] = queue.Queue(MOST)
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="rc-tail-messages", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Queue `text`."""
        self.do(lambda: self._put(text))
        return len(text)

    def flush(self) -> None:
        """Do nothing: each text is flushed when it is written."""

    def do(self, work: Callable[[], object]) -> None:
        """Call `work` on the thread after all that is queued; drop it when the queue is full."""
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            self._dropped += 1

    @property
    def dropped(self) -> int:
        """The number of texts and calls that were dropped."""
        return self._dropped

    def close(self, timeout: float) -> bool:
        """Finish what is queued within `timeout` seconds; return whether that succeeded."""
        try:
            self._queue.put(None, timeout=timeout)
        except queue.Full:
            return False
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _put(self, text: str) -> None:
        try:
            self._write(text)
        except (OSError, ValueError):
            # Standard error is gone: events matter more than the messages about them.
            return

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
