"""The terminal that the output and the messages of this process go to, if they go to one."""

import os
from collections.abc import Callable, Mapping
from typing import IO

_USUAL_WIDTH = 80
_MOST_WIDTH = 1000  # texts begin in a column that grows with the width; a larger one is a mistake


class Terminal:
    """Answers what depends on a terminal: widths, colours, whether a status line can be drawn.

    Standard output and standard error are considered separately, as either may be redirected.

    Args:
        output: Standard output; None if it was closed before the program started.
        messages: Standard error.
        environ: ``TERM``, ``COLUMNS``, ``NO_COLOR`` and ``FORCE_COLOR`` are considered.
    """

    def __init__(
        self, output: IO[str] | None, messages: IO[str], environ: Mapping[str, str]
    ) -> None:
        self._output = output
        self.messages = messages
        self._environ = environ

    @property
    def has_output(self) -> bool:
        """Whether standard output is a terminal."""
        return self._output is not None and self._output.isatty()

    @property
    def output_width(self) -> Callable[[], int] | None:
        """Returns the columns of standard output; None if that is not a terminal.

        The variable ``COLUMNS`` overrides the terminal's own width.
        """
        if self._output is None or not self._output.isatty():
            return None
        try:
            columns = int(self._environ.get("COLUMNS", ""))
        except ValueError:
            columns = 0
        columns = min(columns, _MOST_WIDTH)
        return (lambda: columns) if columns > 0 else _width_of(self._output)

    @property
    def message_width(self) -> Callable[[], int] | None:
        """Returns the columns of standard error; None if that is not a terminal."""
        return _width_of(self.messages) if self.messages.isatty() else None

    def output_color(self, choice: str) -> bool:
        """Return whether to colour standard output.

        Args:
            choice: ``always``, ``never`` or ``auto``.
        """
        return self._output is not None and self._use_color(choice, self._output)

    def message_color(self, choice: str) -> bool:
        """Return whether to colour standard error, as for `output_color`."""
        return self._use_color(choice, self.messages)

    @property
    def has_status_line(self) -> bool:
        """Whether both streams are on a terminal that can erase a line."""
        is_capable = self._environ.get("TERM", "dumb") != "dumb"
        return is_capable and self.has_output and self.messages.isatty()

    def is_in_foreground(self) -> bool:
        """Whether this process may draw: it is not a background job of the terminal's shell."""
        try:
            return os.tcgetpgrp(self.messages.fileno()) == os.getpgrp()
        except (OSError, ValueError):
            # No terminal with jobs.
            return True

    def _use_color(self, choice: str, stream: IO[str]) -> bool:
        if choice != "auto":
            return choice == "always"
        if self._environ.get("NO_COLOR"):
            return False
        if self._environ.get("FORCE_COLOR"):
            return True
        return stream.isatty() and self._environ.get("TERM") != "dumb"


def _width_of(stream: IO[str]) -> Callable[[], int]:
    def width() -> int:
        try:
            return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH
        except (OSError, ValueError):
            return _USUAL_WIDTH

    return width
