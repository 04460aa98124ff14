"""Which files the cache folder has: found by what they are for, and deleted when of no use."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from rc_tail.system.locks import locked


def first_file(own: Path, fits: Callable[[Path], bool]) -> Path:
    """Return `own` or another file beside it that fits; `own` where none does."""
    others: list[Path] = []
    with contextlib.suppress(OSError):
        others = sorted(p for p in own.parent.iterdir() if p.suffix == ".json" and p != own)
    return next((path for path in (own, *others) if fits(path)), own)


def remove_stale(folder: Path, prefix: str, is_stale: Callable[[Path], bool]) -> None:
    """Delete files of no use, and their locks; those that a process has locked are skipped.

    An error ends this, as a later call tries again.

    Args:
        prefix: The start of their names.
        is_stale: Judges a file, which need not exist.
    """
    with contextlib.suppress(OSError):
        names = {
            path.with_suffix("")
            for path in folder.iterdir()
            if path.name.startswith(prefix) and path.suffix in (".json", ".lock")
        }
        for name in sorted(names):
            with contextlib.suppress(TimeoutError):
                _remove_if(name.with_suffix(".json"), is_stale)


def _remove_if(file: Path, is_stale: Callable[[Path], bool]) -> None:
    lock = file.with_suffix(".lock")
    with locked(lock, 0):
        if is_stale(file):
            file.unlink(missing_ok=True)
            # A process that waits for this lock notices, and makes another (`locked`).
            lock.unlink()
