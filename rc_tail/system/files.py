"""Files that are replaced as a whole, and files that only their owner may read.

Private files have mode 0600 and lie in folders of mode 0700. A name that leads to a pipe, a device
or a folder is refused; a symbolic link is followed only where the user may have put one there.
"""

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from rc_tail.errors import UsageError
from rc_tail.text.escape import visible

FILE_MODE = 0o600
FOLDER_MODE = 0o700
LIMIT = 1024 * 1024
# Bits that give access to other users.
_OTHERS = 0o077
_READ = os.O_RDONLY | os.O_NONBLOCK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL

# Stands for a folder of a user without a home: nothing can be made below a file.
NO_HOME = Path(os.devnull) / "no-home"

Warn = Callable[[str], None]

_PLAIN_NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}"


class NotRegularFileError(OSError):
    """The name belongs to a pipe, a device or a link."""

    def __init__(self, number: int = errno.EINVAL) -> None:
        super().__init__(number, "not a regular file")


def is_plain_name(name: str) -> bool:
    """Return whether `name` can name a file of any folder, and none elsewhere."""
    return re.fullmatch(_PLAIN_NAME, name) is not None


def check_plain_name(name: str, message: str) -> str:
    """Return `name` if it is a plain one.

    Raises:
        UsageError: It is a path, empty, too long or begins with a dot; it says `message`.
    """
    if not is_plain_name(name):
        raise UsageError(
            message,
            hint="Use up to 64 letters, digits, dots, dashes and underscores, "
            "not starting with a dot. It is a name, not a path.",
        )
    return name


# Reading.


@contextlib.contextmanager
def open_regular(path: Path, flags: int = _READ, *, follow_link: bool = False) -> Iterator[int]:
    """Open a regular file while the context lasts; yield its descriptor.

    Args:
        flags: Of ``open``. A file that they create gets mode 0600.
        follow_link: Whether `path` may be a symbolic link.

    Raises:
        NotRegularFileError: It is a pipe, a device or a link.
        IsADirectoryError: It is a folder.
        OSError: It cannot be opened.
    """
    try:
        descriptor = os.open(path, flags | (0 if follow_link else os.O_NOFOLLOW), FILE_MODE)
    except OSError as error:
        # A link, or a pipe without a reader.
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise NotRegularFileError(error.errno) from error
        raise
    try:
        _check_regular(os.fstat(descriptor).st_mode)
        yield descriptor
    finally:
        os.close(descriptor)


def _check_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise NotRegularFileError


def read_private(
    path: Path, warn: Warn | None = None, *, limit: int = LIMIT, follow_link: bool = True
) -> bytes | None:
    """Return the contents of `path`, or None if it does not exist; make it private if it is not.

    Args:
        warn: Called when other users could read it; None to repair that silently.
        limit: The most bytes that it may hold.
        follow_link: Whether it may be a symbolic link, as in a folder of dotfiles.

    Raises:
        NotRegularFileError: It is a pipe, a device or, unless followed, a link.
        IsADirectoryError: It is a folder.
        OSError: It exists but cannot be read, or is larger than `limit`.
    """
    try:
        with open_regular(path, follow_link=follow_link) as descriptor:
            data = read_all(descriptor, limit)
            _restrict(descriptor, path, _ignore if warn is None else warn)
    except FileNotFoundError:
        return None
    return data


def read_all(descriptor: int, limit: int) -> bytes:
    """Return the contents of an open file from its present position.

    Raises:
        OSError: It cannot be read, or holds more than `limit` bytes.
    """
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes")
    return data


def _restrict(descriptor: int, path: Path, warn: Warn) -> None:
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if not mode & _OTHERS:
        return
    try:
        os.fchmod(descriptor, FILE_MODE)
    except OSError:
        # On a read-only file system it is used all the same.
        warn(
            f"{path} is readable by other users (mode {mode:04o}), and its mode could not be changed"
        )
    else:
        warn(f"{path} was readable by other users (mode {mode:04o}); changed to 0600")


def _ignore(_: str) -> None:
    """Do nothing."""


# Writing.


def make_private_folder(folder: Path) -> None:
    """Create `folder` for its owner only; repair wider permissions of an existing one.

    Raises:
        OSError: It cannot be created, or is not a folder.
    """
    if folder.is_relative_to(NO_HOME):
        raise NotADirectoryError(errno.ENOTDIR, "this user has no home folder")
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) & _OTHERS:
        folder.chmod(FOLDER_MODE)


def create_private(path: Path) -> int:
    """Create a file for its owner only; return its descriptor, open for writing.

    Raises:
        OSError: It exists, or cannot be created.
    """
    descriptor = os.open(path, _CREATE, FILE_MODE)
    try:
        # Regardless of the umask.
        os.fchmod(descriptor, FILE_MODE)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def write_private(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace a private file that the user may have linked elsewhere; create its folders.

    Args:
        durable: Whether it must survive a power cut, for which a disk takes milliseconds.

    Raises:
        NotRegularFileError: It is a pipe or a device, or a link to one.
        IsADirectoryError: It is a folder.
        OSError: It cannot be written; the old contents are still there.
    """
    # A link (a folder of settings kept elsewhere) stays a link.
    target = path.resolve()
    # A user who links it to the null device wants nothing stored, and the device left alone.
    if os.path.lexists(target):
        _check_regular(target.lstat().st_mode)
    # The folder that a link leads to is not ours: its permissions are left alone.
    make_private_folder(path.parent)
    target.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    replace_file(target, data, durable=durable)


def replace_file(
    path: Path,
    data: bytes,
    *,
    private: bool = True,
    durable: bool = False,
    temporary: Path | None = None,
) -> None:
    """Replace `path` in one step: a reader sees the old contents or the new, never a part.

    A symbolic link named `path` is replaced, not followed.

    Args:
        private: Give it mode 0600; False for what the umask leaves of 0666.
        durable: Wait until it is on the disk. Without that it outlives the process, but a power
            cut may bring the old contents back, or none.
        temporary: The file to write first, beside `path`; what a killed process left there is
            replaced. Only for a caller that holds a lock. None for one of a random name.

    Raises:
        OSError: It cannot be written; the old contents are still there.
    """
    if temporary is None:
        temporary = _beside(path)
    else:
        temporary.unlink(missing_ok=True)
    try:
        with os.fdopen(_create(temporary, private=private), "wb", buffering=0) as file:
            write_all(file.fileno(), data)
            if durable:
                os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Create `folder`, and those above it, for their owner only; leave existing ones alone.

    Raises:
        OSError: It cannot be created, or is not a folder.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def publish_new(descriptor: int, temporary: Path, path: Path) -> bool:
    """Give a whole file its name, durably, unless there is a file of that name already.

    Args:
        descriptor: The open file.
        temporary: Its present name, which goes away in either case.

    Returns:
        Whether it has the name now.

    Raises:
        OSError: It cannot be done.
    """
    os.fsync(descriptor)
    is_new = True
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        is_new = False
    except OSError:
        # A file system without links.
        if is_new := not os.path.lexists(path):
            temporary.rename(path)
    temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return is_new


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`.

    Raises:
        OSError: It cannot be written, or only in part.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}")


def _create(path: Path, *, private: bool) -> int:
    return create_private(path) if private else os.open(path, _CREATE, 0o666)


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk, where the file system supports that."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Files that the user names.


def check_replaceable(option: str, path: Path) -> None:
    """Check that `replace_file` can create or replace the file that an option names.

    Raises:
        UsageError: `path` is a folder, link, pipe or device, which a replacement would destroy.
        OSError: The folder is missing or read-only, or the disk is full.
    """
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise UsageError(f"{option}: {visible(str(path))} is not a regular file")
    trial = _beside(path)
    os.close(_create(trial, private=False))
    trial.unlink()


# Damaged files.


def set_aside(path: Path) -> Path:
    """Rename `path`, whatever it is, to ``NAME.aside-N``; return the new name.

    The caller holds the lock on `path`, so that no other process takes that name meanwhile.

    Raises:
        OSError: It cannot be renamed.
    """
    number = 1
    while True:
        aside = path.with_name(f"{path.name}.aside-{number}")
        if not os.path.lexists(aside):
            return path.rename(aside)
        number += 1
