"""Locks between processes and threads: the kernel's own (flock) on files.

A lock belongs to the open file, so the kernel frees it when its process ends, however it ends.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from rc_tail.system.clocks import clock, sleep
from rc_tail.system.files import FILE_MODE, open_regular

POLL_EVERY = 0.05  # seconds; a wait in the kernel could not be given a deadline
# What file systems report for a lock that is held.
_HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES}

T = TypeVar("T")


@contextlib.contextmanager
def locked(path: Path, timeout: float) -> Iterator[int]:
    """Hold the lock on a file, and yield its descriptor; others that request it wait.

    Args:
        path: The file; it is created where it is missing.
        timeout: Seconds to wait; 0 to try once.

    Raises:
        TimeoutError: It was held all the time.
        OSError: The file cannot be created, is not a regular file, or cannot be locked.
    """
    with contextlib.ExitStack() as stack:
        descriptor = _poll(lambda: _try_path(path, stack), timeout)
        if descriptor is None:
            raise TimeoutError(errno.ETIMEDOUT, f"{path} is locked")
        yield descriptor


def _poll(attempt: Callable[[], T | None], timeout: float) -> T | None:
    """Attempt something until it gives a result; return that, or None after `timeout` seconds."""
    until = clock() + timeout
    while (result := attempt()) is None:
        remaining = until - clock()
        if remaining <= 0:
            return None
        sleep(min(POLL_EVERY, remaining))
    return result


def _try_path(path: Path, holder: contextlib.ExitStack) -> int | None:
    """Lock a file without waiting, and return its descriptor, which `holder` closes."""
    with contextlib.ExitStack() as stack:
        descriptor = stack.enter_context(open_regular(path, os.O_RDWR | os.O_CREAT))
        if not try_lock(descriptor):
            return None
        status = os.fstat(descriptor)
        # Deleted or renamed by the one who held the lock before.
        if not _is_at(path, status):
            return None
        if status.st_mode & 0o777 != FILE_MODE:
            os.fchmod(descriptor, FILE_MODE)
        holder.push(stack.pop_all())
    return descriptor


def _is_at(path: Path, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(status, path.lstat())
    except FileNotFoundError:
        return False


def lock_file(descriptor: int, timeout: float) -> None:
    """Lock an open file until it is closed, where the file system supports that.

    Args:
        timeout: Seconds to wait.

    Raises:
        TimeoutError: Another process held the lock all the time.
    """
    try:
        has_lock = _poll(lambda: try_lock(descriptor) or None, timeout)
    except OSError:
        return
    if has_lock is None:
        raise TimeoutError(errno.ETIMEDOUT, "another program has locked it")


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file without waiting; return whether that succeeded.

    Args:
        shared: Allow other shared locks on it.

    Raises:
        OSError: The file system does not support locks.
    """
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True
