"""Files that nobody else may read: 0600 in a folder 0700, replaced as a whole."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
LIMIT = 1024 * 1024

Warn = Callable[[str], None]


class NoRegularFileError(OSError):
    """There is something of that name, but it is a pipe, a device, a link, or a folder."""

    def __init__(self, number: int = errno.EINVAL) -> None:
        super().__init__(number, "it is no regular file")


def make_private_folder(folder: Path) -> None:
    """Create `folder` for its owner only; repair its permissions where they are wider.

    Raises:
        OSError: It cannot be created or is no folder.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(FOLDER_MODE)


def restrict_permissions(path: Path, warn: Warn) -> None:
    """Take the permissions of others away from `path`; say so.

    A file that cannot be repaired (a read-only mount) is told of, and used.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & 0o077:
        return
    try:
        path.chmod(FILE_MODE)
    except OSError:
        warn(f"{path} can be read by others (mode {mode:04o}), and that could not be changed")
    else:
        warn(f"{path} could be read by others (mode {mode:04o}); its mode is 0600 now")


def read_private(path: Path, warn: Warn) -> bytes | None:
    """Return the contents of `path`, or None where there is no such file.

    Args:
        path: The file.
        warn: Told when its permissions had to be repaired.

    Raises:
        NoRegularFileError: It is a pipe or the like; a link to a file will do.
        IsADirectoryError: It is a folder.
        OSError: It is there but cannot be read, or is larger than `LIMIT`.
    """
    try:
        # A pipe that nobody writes to would be waited for without end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    try:
        _check(os.fstat(descriptor).st_mode)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(LIMIT + 1)
    finally:
        os.close(descriptor)
    if len(data) > LIMIT:
        raise OSError(f"{path} is larger than {LIMIT} bytes")
    restrict_permissions(path, warn)
    return data


def _check(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise NoRegularFileError


def write_private(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Replace `path` by `data` in one step: a reader sees the old contents or the new.

    Args:
        path: The file.
        data: Its new contents.
        lasting: Whether it must survive a power cut, for which a disk takes milliseconds.

    Raises:
        OSError: It cannot be written; the old contents are still there.
    """
    # A link (a folder of settings kept elsewhere) stays a link.
    target = path.resolve()
    if os.path.lexists(target):
        # Whoever links it to the null device wants nothing kept, and no other null device.
        _check(target.lstat().st_mode)
    # Where a link leads is somebody else's folder: its permissions are left alone.
    make_private_folder(path.parent)
    target.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def set_aside(path: Path) -> Path:
    """Rename a damaged file to ``NAME.corrupt``, for a person to look at; return its new name.

    Raises:
        OSError: It cannot be renamed.
    """
    aside = path.with_name(f"{path.name}.corrupt")
    return path.replace(aside)
