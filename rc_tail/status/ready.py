"""``--ready-file`` and ``--ready-fd``: signal to a script that the subscription is active."""

import errno
import os
from pathlib import Path

from rc_tail.errors import SinkError, UsageError
from rc_tail.status.snapshot import Snapshot
from rc_tail.system.files import check_replaceable, replace_file
from rc_tail.text.escape import visible

_STANDARD = 2


class _Once:
    """A watcher of nothing but the moment at which the tail is ready."""

    def deadline(self) -> float | None:
        """Return None: later states do not matter."""
        return None

    def look(self, snapshot: Snapshot, now: float) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


class ReadyFile(_Once):
    """Creates a file that contains the id of this process; deletes that of an earlier run.

    Raises:
        UsageError: It cannot be created there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            check_replaceable("--ready-file", path)
            path.unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(
                f"--ready-file: {visible(str(path))} cannot be created: {error.strerror}"
            ) from error

    def ready(self) -> None:
        """Create it in one step.

        Raises:
            SinkError: It cannot be created.
        """
        try:
            replace_file(self._path, f"{os.getpid()}\n".encode(), private=False)
        except OSError as error:
            raise SinkError(
                f"--ready-file: {visible(str(self._path))} cannot be created: {error.strerror}"
            ) from error


class ReadyDescriptor(_Once):
    """Writes a line to an open file descriptor, which it owns, and closes it.

    Raises:
        UsageError: It is not open for writing, or is a standard stream.
    """

    def __init__(self, number: int) -> None:
        if number <= _STANDARD:
            raise UsageError("--ready-fd: 0, 1 and 2 are standard input, output and error")
        try:
            os.write(number, b"")
        except (OSError, OverflowError) as error:
            words = os.strerror(getattr(error, "errno", errno.EBADF))
            raise UsageError(
                f"--ready-fd: {number} is not open for writing: {words}",
                hint="In a shell: rc-tail sms --ready-fd 3 3>file",
            ) from error
        # The commands of --exec must not keep it open.
        os.set_inheritable(number, False)
        self._number = number

    def ready(self) -> None:
        """Write the line; a closed pipe is ignored.

        Raises:
            SinkError: It cannot be written.
        """
        try:
            os.write(self._number, b"ready\n")
        except BrokenPipeError:
            pass
        except OSError as error:
            raise SinkError(
                f"--ready-fd: {self._number} cannot be written: {error.strerror}"
            ) from error
        finally:
            os.close(self._number)
            self._number = -1

    def end(self) -> None:
        """Close it, so that a reader gets end-of-file."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1
