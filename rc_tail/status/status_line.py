"""The status line: the last line of the terminal while a tail runs."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import IO

from rc_tail.sinks.writer import ByteSink
from rc_tail.status.snapshot import Condition, Snapshot
from rc_tail.text.columns import cut
from rc_tail.text.escape import visible
from rc_tail.text.wording import count_words, duration_words

EVERY = 1.0  # seconds
_LOCK_TIMEOUT = 0.05
_MARGIN = 1  # A full line would wrap.
# The cursor stands at the start of the line: a terminal that becomes narrow wraps it below the
# cursor, where it can be erased.
_CLEAR = "\r\x1b[J"
# While a terminal is being resized its width may be told late: then the line is cut by the terminal.
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_FAINT, _RESET = "\x1b[2m", "\x1b[0m"


class StatusLine:
    """Draws the line, and erases it while something else is written on the same terminal.

    Args:
        stream: Standard error.
        defer: Calls a function on another thread: a paused terminal (Ctrl-S) must not stall the
            tail.
        columns: Returns the width of the terminal.
        has_terminal: Whether this process has the terminal: a background job must not draw over
            what its user types.
        color: Whether it is drawn faintly.
        steps: Whether it shows the steps of connecting; False where they are messages (``-v``).
    """

    def __init__(
        self,
        stream: IO[str],
        defer: Callable[[Callable[[], object]], None],
        columns: Callable[[], int],
        *,
        has_terminal: Callable[[], bool] = lambda: True,
        color: bool,
        steps: bool = True,
    ) -> None:
        self._stream = stream
        self._defer = defer
        self._columns = columns
        self._has_terminal = has_terminal
        self._color = color
        self._steps = steps
        self._text = ""
        self._drawn = False
        self._hidden = False
        self._at_line_start = True
        self._due = 0.0
        self._lock = threading.RLock()

    # As a watcher.

    def ready(self) -> None:
        """Do nothing: `look` is called as well."""

    def deadline(self) -> float | None:
        """Return when the line is due to be redrawn."""
        return self._due

    def look(self, snapshot: Snapshot, now: float) -> None:
        """Draw the state of the tail."""
        self._due = now + EVERY
        is_shown = self._steps or snapshot.condition is Condition.LIVE
        text = status_words(snapshot, now) if is_shown else ""
        self._defer(lambda: self._show(text))

    def end(self) -> None:
        """Erase the line for good."""
        self._defer(lambda: self._show(""))

    def _show(self, text: str) -> None:
        with self._lock:
            self._text = text
            self._clear()
            self._draw()

    @contextlib.contextmanager
    def hidden(self) -> Iterator[None]:
        """Erase the line while the program is stopped, and draw it again afterwards."""
        self._hide(hidden=True)
        yield
        self._hide(hidden=False)

    def _hide(self, *, hidden: bool) -> None:
        # Where something else is being written, that erases the line or draws it again.
        self._hidden = hidden
        if self._lock.acquire(timeout=_LOCK_TIMEOUT):
            self._clear()
            self._draw()
            self._lock.release()

    # Other output on the same terminal.

    def around(self, write: Callable[[], bool]) -> bool:
        """Write something above the line; return False if a write is under way on another thread.

        Args:
            write: Writes, and returns whether the cursor is at the start of a line afterwards.
        """
        if not self._lock.acquire(timeout=_LOCK_TIMEOUT):
            return False
        try:
            self._clear()
            self._at_line_start = write()
            self._draw()
        finally:
            self._lock.release()
        return True

    def write_message(self, text: str) -> None:
        """Write a text to the stream, above the line."""

        def write() -> bool:
            self._stream.write(text)
            self._stream.flush()
            return text.endswith("\n")

        while not self.around(write):
            pass

    def _draw(self) -> None:
        # Not in the middle of a line of other output.
        if self._text and self._at_line_start and not self._hidden and self._has_terminal():
            line = cut(self._text, max(self._columns() - _MARGIN, 1))
            line = f"{_FAINT}{line}{_RESET}" if self._color else line
            self._put(f"{_NO_WRAP}{line}{_WRAP}\r")
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
            # The terminal was closed; the SIGHUP that comes with that ends the tail.
            self._text = ""


class SinkAboveStatus:
    """Standard output on the terminal that has the status line."""

    # The thread that draws the status line may hold the terminal.
    writes_at_once = False

    def __init__(self, sink: ByteSink, status: StatusLine) -> None:
        self._sink = sink
        self._status = status
        self._at_line_start = True

    def write(self, data: bytes | memoryview) -> int:
        """Write what there is room for; return the number of bytes."""
        taken = 0

        def write() -> bool:
            nonlocal taken
            taken = self._sink.write(data)
            return self._ends_line(data[:taken])

        self._status.around(write)
        return taken

    def _ends_line(self, written: bytes | memoryview) -> bool:
        if written:
            self._at_line_start = written[-1] == ord("\n")
        return self._at_line_start

    def wait(self, wakeup: int, *, for_room: bool) -> None:
        """Return when `wakeup` can be read, or with `for_room` when there is room."""
        self._sink.wait(wakeup, for_room=for_room)

    def close(self) -> None:
        """Close the sink."""
        self._sink.close()


def status_words(snapshot: Snapshot, now: float) -> str:
    """Return the text of the line."""
    if snapshot.condition is not Condition.LIVE or snapshot.live_since is None:
        doing = visible(snapshot.doing or str(snapshot.condition))
        if snapshot.condition is Condition.ENDING or snapshot.next_try is None:
            return doing
        # The time comes first, since reasons are long and the line is cut.
        remaining = duration_words(max(round(snapshot.next_try - now), 0))
        return f"next try in {remaining} · {doing}"
    parts = [f"live for {duration_words(round(now - snapshot.live_since))}"]
    parts.append(count_words(snapshot.printed, "event"))
    for name in snapshot.away:
        lacked = count_words(snapshot.sinks[name].waiting, "event")
        parts.append(f"{lacked} waiting for {visible(name)}")
    parts += [visible(sink.progress) for sink in snapshot.sinks.values() if sink.progress]
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
