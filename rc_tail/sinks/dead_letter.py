"""``--dead-letter``: what a sink refuses for good, as JSON lines with the reason."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

from rc_tail.gateway.event_key import event_key
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import json_line
from rc_tail.sinks.event_words import event_words
from rc_tail.system.append import append_lines
from rc_tail.text.escape import visible
from rc_tail.text.timestamps import format_unix_utc


class DeadLetters:
    """Appends refused events to a file; may be used by several threads.

    Args:
        path: None for no file: then every refused event is lost.
        wall: Returns the Unix time.
    """

    def __init__(self, path: Path | None, wall: Callable[[], float]) -> None:
        self._path = path
        self._wall = wall
        self._lock = threading.Lock()

    def check(self) -> None:
        """Check that the file can be written.

        Raises:
            OSError: It cannot.
        """
        if self._path is not None:
            append_lines(self._path, ())

    def add(self, sink: str, event: Notification, reason: str, status: int | None) -> bool:
        """Append an event; return False where there is no file.

        Raises:
            OSError: It cannot be written.
        """
        if self._path is None:
            return False
        head = {
            "sink": sink,
            "key": event_key(event).text,
            "reason": reason,
            "status": status,
            "time": format_unix_utc(self._wall()),
        }
        # The event as it is, byte for byte: what is sent again must be what was sent.
        shown = json.dumps(head)[:-1].encode() + b', "event": ' + json_line(event)[:-1] + b"}\n"
        with self._lock:
            append_lines(self._path, [shown])
        return True

    def kept_words(self, sink: str, event: Notification, reason: str) -> str:
        """Return that an event is in the file, in words."""
        return (
            f"{sink}: {event_words(event)} is refused: {reason}; kept in {visible(str(self._path))}"
        )

    @staticmethod
    def lost_words(sink: str, event: Notification, reason: str) -> str:
        """Return that an event is lost, in words."""
        return (
            f"{sink}: {event_words(event)} is lost: {reason} (--dead-letter FILE keeps such events)"
        )
