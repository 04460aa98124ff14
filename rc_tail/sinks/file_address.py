"""The file that ``--append`` or ``--sqlite`` names, and the errors of opening it."""

import errno
import os
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rc_tail.errors import RcTailError, UnreachableError, UsageError
from rc_tail.system.files import NotRegularFileError
from rc_tail.text.escape import visible

# What waiting does not change; any other error, such as a full disk, may pass.
_WRONG = frozenset(
    {
        errno.EACCES,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)


class UnwritableFileError(UsageError):
    """The folder is missing, or the file cannot be written: the address is probably wrong.

    Where an earlier run of a name has opened it, it is right, and its disk may come back.
    """

    retryable = True


def file_of(address: str, scheme: str, option: str) -> Path:
    """Return the absolute path in ``PATH``, ``SCHEME:PATH`` or ``SCHEME:///PATH``.

    Only the last form is percent-decoded (RFC 8089); a file whose name begins with the scheme is
    written as ``./SCHEME:...``.

    Raises:
        UsageError: It is empty, names another machine, or is a folder, pipe or device.
    """
    rest = address.removeprefix(f"{scheme}:")
    if rest != address and rest.startswith("//"):
        try:
            parts = urlsplit(rest)
        except ValueError as error:
            raise UsageError(f"{option}: invalid address: {error}") from error
        if parts.netloc not in ("", "localhost"):
            raise UsageError(f"{option}: {visible(address)!r} names another machine")
        rest = unquote(parts.path)
    if not rest or "\0" in rest:
        raise UsageError(f"{option} requires a file name")
    # Not resolved: what a link leads to may change, and the address is the link's.
    path = Path(os.path.abspath(rest))  # noqa: PTH100
    if rest.endswith("/") or _is_other_thing(path):
        raise UsageError(f"{option}: {visible(str(path))} is not a regular file")
    return path


def _is_other_thing(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        # It is missing, or opening it says what is wrong.
        return False


def opening_error(option: str, path: Path, error: OSError) -> RcTailError:
    """Return what an error of opening a file is to the user."""
    name = visible(str(path))
    if isinstance(error, NotRegularFileError | IsADirectoryError):
        return UsageError(f"{option}: {name} is not a regular file")
    words = f"{option}: {name} cannot be written: {error.strerror or error}"
    if isinstance(error, FileNotFoundError):
        words = f"{option}: {name} cannot be created: its folder does not exist"
    return UnwritableFileError(words) if error.errno in _WRONG else UnreachableError(words)


def real_path(path: Path) -> Path:
    """Return where links lead; of links in a circle one of them."""
    return Path(os.path.realpath(path))


def check_writable(path: Path) -> None:
    """Check that a file could be created or written, and change nothing.

    Raises:
        NotRegularFileError: It is a folder, pipe or device.
        OSError: It could not.
    """
    if path.exists():
        if _is_other_thing(path):
            raise NotRegularFileError
        _check_access(path, os.R_OK | os.W_OK)
        return
    # Of a link that leads nowhere, the folder that it leads to counts.
    folder = real_path(path).parent
    folder.stat()
    _check_access(folder, os.W_OK | os.X_OK)


def _check_access(path: Path, mode: int) -> None:
    if not os.access(path, mode):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
