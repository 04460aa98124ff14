"""Files of the state folder: locked, read without following links, replaced as a whole.

All of them lie in folders of mode 0700 and have mode 0600.
"""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from rc_tail.system.files import FILE_MODE, NoRegularFileError

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
# A lock that somebody else holds; file systems differ in the word for it.
_HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES}


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


@contextlib.contextmanager
def opened(path: Path, flags: int = _READ) -> Iterator[int]:
    """Open a regular file for the time of a ``with``; give its descriptor.

    Raises:
        NoRegularFileError: It is something else, such as a link.
        OSError: It cannot be opened.
    """
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW, FILE_MODE)
    except OSError as error:
        # ELOOP is a link; EISDIR a folder opened for writing; ENXIO a pipe that nobody reads.
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise NoRegularFileError(error.errno) from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NoRegularFileError
        yield descriptor
    finally:
        os.close(descriptor)


def read_all(descriptor: int, limit: int) -> bytes:
    """Return the contents of an open file.

    Raises:
        OSError: It cannot be read, or holds more than `limit` bytes.
    """
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes")
    return data


def read_regular(path: Path, limit: int) -> bytes:
    """Return the contents of a regular file, and take the permissions of others away.

    Raises:
        NoRegularFileError: It is something else, such as a link.
        OSError: It is not there, cannot be read, or holds more than `limit` bytes.
    """
    with opened(path) as descriptor:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != FILE_MODE:
            # On a read-only file system it stays as it is: reading it does no harm.
            with contextlib.suppress(OSError):
                os.fchmod(descriptor, FILE_MODE)
        return read_all(descriptor, limit)


def create_private(path: Path) -> int:
    """Create a file that is not there yet, for its owner only; return its descriptor.

    Raises:
        OSError: It is there, or cannot be created.
    """
    descriptor = os.open(path, _CREATE, FILE_MODE)
    try:
        # Whatever the umask takes away.
        os.fchmod(descriptor, FILE_MODE)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def replace_regular(path: Path, data: bytes, *, durable: bool) -> None:
    """Replace `path` by `data` in one step: whoever reads it sees the old contents or the new.

    Only one process may do so at a time: the file that is written first has always the same name,
    so that a process which is killed here does not leave one more behind at each kill.

    Args:
        path: The file; a link of that name is replaced, not followed.
        data: The new contents.
        durable: Wait until they are on the disk. Without it they outlive the process, but a power
            cut may bring the old contents back, or none.

    Raises:
        OSError: It cannot be written; the old contents are still there.
    """
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    try:
        with os.fdopen(create_private(temporary), "wb", buffering=0) as file:
            write_whole(file.fileno(), data)
            if durable:
                os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of `data`.

    Raises:
        OSError: It cannot be written, or only in part.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk, where the file system can say so."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def set_aside_anew(path: Path) -> Path:
    """Rename `path`, whatever it is, to a name that is free; return that.

    Raises:
        OSError: It cannot be renamed.
    """
    number = 1
    while True:
        aside = path.with_name(f"{path.name}.aside-{number}")
        # Whoever renames holds the lock, so nobody takes the name in between.
        if not os.path.lexists(aside):
            return path.rename(aside)
        number += 1
