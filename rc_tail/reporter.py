"""Messages on standard error: sentences for people, or one JSON object per line."""

import json
import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Literal, Protocol

from rc_tail.errors import RcTailError
from rc_tail.text.escape import visible, visible_json
from rc_tail.text.redact import Redactor
from rc_tail.text.timestamps import format_local, format_unix_utc, format_utc
from rc_tail.text.wording import duration_words

LogFormat = Literal["text", "json"]

# Yellow would be lost on a light background.
_COLORS = {"warning": "\x1b[35m", "error": "\x1b[31m", "debug": "\x1b[2m", "verbose": "\x1b[2m"}
_RESET = "\x1b[0m"
_NAME = "rc-tail: "
_INDENT = "  "


class Verbosity(IntEnum):
    """The amount of messages; errors, gaps, waits and rejected filters are always reported."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2
    DEBUG = 3


def _now() -> datetime:
    return datetime.now(UTC)


class TextStream(Protocol):
    """Takes text."""

    def write(self, text: str, /) -> int:
        """Take `text`."""
        ...

    def flush(self) -> None:
        """Pass on what was taken."""
        ...


class Reporter:
    """Writes messages, each on one line, secrets masked and untrusted text made harmless.

    Only on a terminal a long one takes several lines, broken between words.

    Args:
        stream: Where to write, normally standard error.
        log_format: ``text`` or ``json``.
        verbosity: How much to say.
        color: Whether text lines are coloured.
        redactor: Knows the secrets of this run.
        clock: Gives the time shown in JSON records.
        columns: Returns the terminal's width; None when it is written elsewhere.
    """

    def __init__(
        self,
        stream: TextStream,
        *,
        log_format: LogFormat = "text",
        verbosity: Verbosity = Verbosity.NORMAL,
        color: bool = False,
        redactor: Redactor | None = None,
        clock: Callable[[], datetime] = _now,
        columns: Callable[[], int] | None = None,
    ) -> None:
        self._stream = stream
        self._format = log_format
        self.verbosity = verbosity
        self.color = color
        self.redactor = redactor if redactor is not None else Redactor()
        self._clock = clock
        self._columns = columns
        self._lock = threading.Lock()

    @property
    def is_text(self) -> bool:
        """Whether messages are text for people."""
        return self._format == "text"

    def time_words(self, seconds: float) -> str:
        """Return Unix seconds as messages show a time: in JSON in UTC, otherwise in local time.

        A terminal shows the time of day, with the date if that is not today's.
        """
        if self._format == "json":
            return format_unix_utc(seconds)
        return format_local(seconds, today=None if self._columns is None else self._clock())

    def divert(self, stream: TextStream) -> TextStream:
        """Write to `stream` from now on; return the stream before."""
        with self._lock:
            before, self._stream = self._stream, stream
        return before

    def info(self, event: str, message: str, **fields: Any) -> None:
        """Report what happened; hidden by ``-q``."""
        if self.verbosity >= Verbosity.NORMAL:
            self._write("info", event, message, fields)

    def warning(self, event: str, message: str, **fields: Any) -> None:
        """Report what the user must know: gaps, rejected filters. Never hidden."""
        self._write("warning", event, message, fields)

    def wait(self, seconds: float, reason: str) -> None:
        """Report a wait for a rate limit. Never hidden, as it is the reason for silence."""
        words = f"waiting {duration_words(math.ceil(seconds))}: {reason} (Ctrl-C to stop)"
        self.warning("wait", words, seconds=round(seconds, 3), reason=reason)

    def verbose(self, event: str, message: str, **fields: Any) -> None:
        """Report a reason or a step; shown by ``-v``."""
        if self.verbosity >= Verbosity.VERBOSE:
            self._write("verbose", event, message, fields)

    def debug(self, event: str, message: str, **fields: Any) -> None:
        """Report a frame or request; shown by ``--debug``."""
        if self.verbosity >= Verbosity.DEBUG:
            self._write("debug", event, message, fields)

    def error(self, error: RcTailError) -> None:
        """Report what went wrong and what to do. Never hidden."""
        fields: dict[str, Any] = {"status": int(error.exit_status)}
        if error.code:
            fields["code"] = error.code
        if error.hint:
            fields["hint"] = error.hint
        self._write("error", "error", error.message, fields)

    def _write(self, level: str, event: str, message: str, fields: dict[str, Any]) -> None:
        if self._format == "json":
            line = self._as_json(level, event, message, fields)
        else:
            line = self._as_text(level, message, fields)
        with self._lock:
            try:
                self._stream.write(line)
                self._stream.flush()
            except (OSError, ValueError):
                # Standard error is gone; the events on standard output matter more than the
                # messages about them.
                return

    def _as_json(self, level: str, event: str, message: str, fields: dict[str, Any]) -> str:
        stamp = format_utc(self._clock())
        record = {"time": stamp, "level": level, "event": event, "message": message, **fields}
        # Masked before it is encoded: JSON's escapes would hide parts of a secret.
        line = json.dumps(self._masked(record), ensure_ascii=False)
        return visible_json(line) + "\n"

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.redactor.mask(value)
        if isinstance(value, dict):
            return {name: self._masked(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._masked(inner) for inner in value]
        return value

    def _as_text(self, level: str, message: str, fields: dict[str, Any]) -> str:
        error = "error: " if level == "error" else ""
        lines = self._wrapped(f"{_NAME}{error}{self._escaped(message)}", len(_NAME), level)
        if error and (hint := fields.get("hint")):
            for part in hint.splitlines():
                lines += self._wrapped(f"{_INDENT}{self._escaped(part)}", len(_INDENT), level)
        if self.color and level in _COLORS:
            lines = [f"{_COLORS[level]}{line}{_RESET}" for line in lines]
        return "\n".join(lines) + "\n"

    def _escaped(self, text: str) -> str:
        return visible(self.redactor.mask(text))

    def _wrapped(self, line: str, indent: int, level: str) -> list[str]:
        """Wrap a line to the width of the terminal."""
        # A frame or request is not wrapped: its exact text matters.
        if self._columns is None or level == "debug" or len(line) * 2 <= (width := self._columns()):
            return [line]
        from rc_tail.text.columns import wrap

        return wrap(line, width, indent)
