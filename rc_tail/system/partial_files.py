"""Files that are received in parts: named ``NAME.SIZE.part`` until they are whole.

The size of the whole is in the name, so that a later run knows whether a part belongs to the file
that it is offered. The part is locked while it is written: several threads and processes may want
the same file, and one receives it.
"""

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from rc_tail.system.files import publish_new, write_all
from rc_tail.system.locks import locked

_SUFFIX = ".part"


class PartBusyError(Exception):
    """Another thread or process is receiving the file."""


class PartialFile:
    """The part of a file that is there; made by `open_partial`.

    Attributes:
        path: Its name.
        total: The size of the whole; None where that is not known.
    """

    def __init__(self, path: Path, total: int | None, descriptor: int) -> None:
        self.path = path
        self.total = total
        self._descriptor = descriptor

    @property
    def size(self) -> int:
        """The bytes that are there."""
        return os.fstat(self._descriptor).st_size

    def begin(self, offset: int) -> None:
        """Continue at a byte; what is behind it is cut off.

        Raises:
            OSError: The rest has no room on the disk.
        """
        os.ftruncate(self._descriptor, offset)
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        if self.total is not None:
            disk = os.fstatvfs(self._descriptor)
            if self.total - offset > disk.f_bavail * disk.f_frsize:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, data: bytes) -> None:
        """Write the next bytes.

        Raises:
            OSError: They cannot be written.
        """
        write_all(self._descriptor, data)

    def publish(self, path: Path) -> bool:
        """Give the whole file its name; return False where there is a file of that name already.

        Raises:
            OSError: It cannot be done.
        """
        return publish_new(self._descriptor, self.path, path)

    def delete(self) -> None:
        """Delete it.

        Raises:
            OSError: It cannot be deleted.
        """
        self.path.unlink(missing_ok=True)


@contextlib.contextmanager
def open_partial(folder: Path, name: str, total: int | None) -> Iterator[PartialFile]:
    """Open the part of a file, made if it is missing, and hold its lock.

    Args:
        name: Of the whole, without its extension.
        total: The size of the whole; None where that is not known.

    Raises:
        PartBusyError: Another thread or process holds it.
        OSError: It cannot be opened.
    """
    path = folder / (name + ("" if total is None else f".{total}") + _SUFFIX)
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(locked(path, 0))
        except TimeoutError:
            raise PartBusyError from None
        yield PartialFile(path, total, descriptor)


def find_partial(folder: Path, name: str) -> int | None:
    """Return the size of the whole of which there is a part; None without one."""
    pattern = re.compile(re.escape(name) + r"\.(\d{1,15})" + re.escape(_SUFFIX), re.ASCII)
    with contextlib.suppress(FileNotFoundError):
        for entry in folder.iterdir():
            if found := pattern.fullmatch(entry.name):
                return int(found[1])
    return None
