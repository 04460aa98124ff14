"""Locks between processes: a free one is taken at once, one that is held is waited for.

A lock is the system's own (flock) on a file that stays, which is what filelock takes as well. Only
to wait for one, or where the system has none, is filelock imported: a twentieth of a start.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from rc_tail.system.files import FILE_MODE

# A lock that somebody else holds; file systems differ in the word for it.
_HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES}


@contextlib.contextmanager
def locked(path: Path, timeout: float) -> Iterator[None]:
    """Hold the lock on a file; every other process, and thread, that wants it waits.

    Args:
        path: The file; it is made where it is missing.
        timeout: Seconds to wait.

    Raises:
        TimeoutError: Somebody else held it all the time.
        OSError: There is nowhere to keep a lock.
    """
    descriptor = _taken_at_once(path)
    if descriptor is None:
        with _waited_for(path, timeout):
            yield
        return
    try:
        yield
    finally:
        os.close(descriptor)


def _taken_at_once(path: Path) -> int | None:
    """Return an open file that holds the lock; None where that cannot be had at once."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # Held, or not to be had in this way: that is filelock's to find out.
        os.close(descriptor)
        return None
    return descriptor


@contextlib.contextmanager
def _waited_for(path: Path, timeout: float) -> Iterator[None]:
    from filelock import FileLock

    lock = FileLock(path, timeout=timeout, mode=FILE_MODE)
    try:
        lock.acquire()
    except NotImplementedError as error:
        raise OSError(f"no locks in {path.parent}") from error
    try:
        yield
    finally:
        lock.release()


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file without waiting; return whether nobody else holds it.

    The lock belongs to the open file: the kernel frees it when the process ends, however it ends.

    Args:
        descriptor: The open file.
        shared: Let others have it as well, as long as nobody wants it alone.

    Raises:
        OSError: The file system knows no locks.
    """
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True
