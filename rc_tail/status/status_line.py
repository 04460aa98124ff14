"""One line at the bottom of the terminal that says how the tail is, and is gone when it ends."""

import threading
from collections.abc import Callable
from typing import IO

from rc_tail.sinks.writer import ByteSink
from rc_tail.status.background_writer import BackgroundWriter
from rc_tail.status.snapshot import Condition, Snapshot
from rc_tail.text.columns import cut
from rc_tail.text.escape import visible
from rc_tail.text.wording import count_words, duration_words

EVERY = 1.0  # seconds
_PATIENCE = 0.05
_FREE = 1 + len("^C")
_CLEAR = "\r\x1b[K"
_FAINT, _RESET = "\x1b[2m", "\x1b[0m"


class StatusLine:
    """Draws the line, and takes it away while something else is written on the same terminal.

    Args:
        stream: The terminal.
        aside: Draws: a terminal that is held (Ctrl-S) must hold nobody up.
        columns: Returns its width.
        color: Whether it is drawn faintly.
        steps: Whether it shows what is done to get a connection; else somebody else tells that.
    """

    def __init__(
        self,
        stream: IO[str],
        aside: BackgroundWriter,
        columns: Callable[[], int],
        *,
        color: bool,
        steps: bool = True,
    ) -> None:
        self._stream = stream
        self._aside = aside
        self._columns = columns
        self._color = color
        self._steps = steps
        self._text = ""
        self._drawn = False
        self._at_line_start = True
        self._due = 0.0
        self._lock = threading.RLock()

    # As a watcher.

    def ready(self) -> None:
        """Let it be: the change is seen as well."""

    def deadline(self) -> float | None:
        """Return when the line is to be drawn anew."""
        return self._due

    def look(self, snapshot: Snapshot, now: float) -> None:
        """Draw how the tail is."""
        self._due = now + EVERY
        shown = self._steps or snapshot.condition is Condition.LIVE
        text = status_words(snapshot, now) if shown else ""
        self._aside.do(lambda: self._show(text))

    def end(self) -> None:
        """Take the line away for good."""
        self._aside.do(lambda: self._show(""))

    def _show(self, text: str) -> None:
        with self._lock:
            self._text = text
            self._clear()
            self._draw()

    # As a neighbour of what is written on the same terminal.

    def around(self, write: Callable[[], bool]) -> bool:
        """Write something where the line is; return whether that could be done now.

        Args:
            write: Writes, and returns whether the cursor is at the start of a line then.
        """
        if not self._lock.acquire(timeout=_PATIENCE):
            return False
        try:
            self._clear()
            self._at_line_start = write()
            self._draw()
        finally:
            self._lock.release()
        return True

    def _draw(self) -> None:
        # In the middle of another line there is no place for it.
        if self._text and self._at_line_start:
            # A full line would wrap, and leave a part behind; so would the ^C that a terminal
            # shows behind it when the person ends the program.
            shown = cut(self._text, max(self._columns() - _FREE, 1))
            self._put(f"{_FAINT}{shown}{_RESET}" if self._color else shown)
            self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self._put(_CLEAR)
            self._drawn = False

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # The terminal is gone; the hang-up that comes with it ends the tail.
            self._text = ""


class BesideStatus:
    """Standard output on the terminal that has the status line.

    Args:
        sink: Standard output.
        status: The line.
    """

    def __init__(self, sink: ByteSink, status: StatusLine) -> None:
        self._sink = sink
        self._status = status
        self._at_line_start = True

    def write(self, data: memoryview) -> int:
        """Write what there is room for; return how many bytes."""
        taken = 0

        def write() -> bool:
            nonlocal taken
            taken = self._sink.write(data)
            return self._ends_line(data[:taken])

        self._status.around(write)
        return taken

    def _ends_line(self, written: memoryview) -> bool:
        if written:
            self._at_line_start = written[-1] == ord("\n")
        return self._at_line_start

    def wait(self, wakeup: int, *, for_room: bool) -> None:
        """Return when `wakeup` can be read, or with `for_room` when there is room."""
        self._sink.wait(wakeup, for_room=for_room)

    def close(self) -> None:
        """Give back what it holds."""
        self._sink.close()


class StreamBesideStatus:
    """Standard error on the terminal that has the status line.

    Args:
        stream: Standard error.
        status: The line.
    """

    def __init__(self, stream: IO[str], status: StatusLine) -> None:
        self._stream = stream
        self._status = status

    def write(self, text: str) -> int:
        """Write `text`."""

        def write() -> bool:
            self._stream.write(text)
            self._stream.flush()
            return text.endswith("\n")

        while not self._status.around(write):
            pass
        return len(text)

    def flush(self) -> None:
        """It is flushed as it is written."""


def status_words(snapshot: Snapshot, now: float) -> str:
    """Return the line's words."""
    if snapshot.condition is not Condition.LIVE or snapshot.live_since is None:
        doing = visible(snapshot.doing or str(snapshot.condition))
        if snapshot.condition is Condition.ENDING or snapshot.next_try is None:
            return doing
        # First, since reasons are long and the line is cut. What is due is about to be done.
        left = duration_words(max(round(snapshot.next_try - now), 0))
        return f"next try in {left} · {doing}"
    parts = [f"live for {duration_words(round(now - snapshot.live_since))}"]
    parts.append(count_words(snapshot.printed, "event"))
    if snapshot.last_event is not None:
        ago = duration_words(round(now - snapshot.last_event))
        parts.append(f"last {snapshot.last_kind} {ago} ago")
    if snapshot.waiting:
        parts.append(f"{snapshot.waiting} waiting")
    if snapshot.reconnects:
        parts.append(count_words(snapshot.reconnects, "reconnect"))
    if snapshot.gaps:
        parts.append(count_words(snapshot.gaps, "gap"))
    return " · ".join(parts)
