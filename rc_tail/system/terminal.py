"""The terminal: how wide it is."""

import os
from collections.abc import Callable
from typing import IO


def terminal_columns(stream: IO[str]) -> Callable[[], int] | None:
    """Return what tells how wide the terminal is that a stream leads to; None for no terminal."""
    if not stream.isatty():
        return None

    def columns() -> int:
        try:
            return os.get_terminal_size(stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    return columns


def output_width(descriptor: int) -> Callable[[], int] | None:
    """Return a function for the width of output lines; None where it does not go to a terminal.

    The variable ``COLUMNS`` overrides the terminal's own width.
    """
    if not os.isatty(descriptor):
        return None
    try:
        columns = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        columns = 0
    if columns > 0:
        return lambda: columns
    return lambda: terminal_width(descriptor)


def terminal_width(descriptor: int) -> int:
    """Return the width of a terminal in columns."""
    try:
        return os.get_terminal_size(descriptor).columns or 80
    except OSError:
        return 80
