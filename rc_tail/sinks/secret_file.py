"""Reads the secrets of sinks: from a file, or from standard input."""

import sys
from pathlib import Path

from rc_tail.errors import UsageError
from rc_tail.system.files import Warn, read_private
from rc_tail.text.escape import visible


def read_secret(path: Path, option: str, warn: Warn) -> str:
    """Return the text of a file without blanks around it; ``-`` is standard input.

    Args:
        warn: Called when other users could read the file, which is mended.

    Raises:
        UsageError: It cannot be read, is empty, or is not UTF-8.
    """
    name = "standard input" if str(path) == "-" else visible(str(path))
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else read_private(path, warn)
    except OSError as error:
        raise UsageError(f"{option}: {name} cannot be read: {error.strerror or error}") from error
    if data is None:
        raise UsageError(f"{option}: {name} does not exist")
    try:
        text = data.decode().strip()
    except UnicodeDecodeError:
        raise UsageError(f"{option}: {name} is not text") from None
    if not text:
        raise UsageError(f"{option}: {name} is empty")
    return text
