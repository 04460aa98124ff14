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


def terminal_width(descriptor: int) -> int:
    """Return the width of a terminal in columns."""
    try:
        return os.get_terminal_size(descriptor).columns or 80
    except OSError:
        return 80
