"""The names and the errors of a spool; apart from it, since most runs need no SQLite."""

from pathlib import Path

STDOUT = "stdout"


class SpoolError(OSError):
    """The spool cannot be written or read now: the disk is full or fails."""


class SpoolDamagedError(Exception):
    """The file is not a spool, or some of it cannot be read."""


def spool_files(path: Path) -> tuple[Path, ...]:
    """Return the files of a spool: its own, and those that SQLite puts beside it."""
    return (path, *(path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm")))
