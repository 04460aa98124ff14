"""Appends whole lines to a file that other programs may rename, delete or append to at any time."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from rc_tail.system.files import open_regular, sync_folder
from rc_tail.system.locks import lock_file

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY
_WAIT = 2.0  # seconds for other processes that append to the file


def append_lines(path: Path, lines: Sequence[bytes]) -> int:
    """Append lines and wait for the disk; return how many from the front are on it, at least one.

    The file is opened for each call, so that one that was renamed is not written any more, and a
    missing one is created, with mode 0600. A symbolic link is followed, as a shell's ``>>`` does.
    If the last line in the file has no end, a line break comes first. What was written of a line
    that did not fit is removed again. Processes that append with this function take turns.

    Args:
        lines: Each with its line break; without any the file is created, and not changed.

    Raises:
        NotRegularFileError: It is a pipe or a device.
        IsADirectoryError: It is a folder.
        OSError: Not even the first line was appended.
    """
    count, was_deleted = _append_once(path, lines)
    if was_deleted:
        # It was deleted while it was written. The lines would be gone with it.
        count, _ = _append_once(path, lines)
    return count


def _append_once(path: Path, lines: Sequence[bytes]) -> tuple[int, bool]:
    """Return how many lines were appended, and whether the file was deleted meanwhile."""
    is_new = not path.exists()
    with open_regular(path, _FLAGS, follow_link=True) as descriptor:
        had_name = os.fstat(descriptor).st_nlink > 0
        if is_new:
            # A power cut must not take the name away.
            sync_folder(path.resolve().parent)
        count = _append(descriptor, lines) if lines else 0
        return count, had_name and os.fstat(descriptor).st_nlink == 0


def _append(descriptor: int, lines: Sequence[bytes]) -> int:
    lock_file(descriptor, _WAIT)
    start = os.fstat(descriptor).st_size
    line_break = b"\n" if start and os.pread(descriptor, 1, start - 1) != b"\n" else b""
    data = memoryview(line_break + b"".join(lines))
    written = 0
    try:
        while written < len(data):
            written += os.write(descriptor, data[written:])
        os.fsync(descriptor)
    except OSError:
        # Of a batch that was written whole nothing is known to be on the disk.
        fitting = written if written < len(data) else 0
        count, size = _whole(lines, fitting - len(line_break))
        kept = len(line_break) + size if count else 0
        _cut(descriptor, start + kept, start + written)
        if not count:
            raise
        os.fsync(descriptor)
        return count
    return len(lines)


def _whole(lines: Sequence[bytes], size: int) -> tuple[int, int]:
    """Return how many lines from the front fit into so many bytes, and the bytes they take."""
    count = taken = 0
    while count < len(lines) and taken + len(lines[count]) <= size:
        taken += len(lines[count])
        count += 1
    return count, taken


def _cut(descriptor: int, size: int, expected: int) -> None:
    """Cut a file to a size, unless another program has appended to it meanwhile."""
    # Where that is not allowed, the next call begins with a line break.
    with contextlib.suppress(OSError):
        if os.fstat(descriptor).st_size == expected:
            os.ftruncate(descriptor, size)
