"""Standard output as a sink: written without blocking for good, watched for its reader.

A blocking write does not return how much was written so far. So pipes and terminals are opened
again, which gives this process a non-blocking descriptor of its own; setting the flag on the
inherited one would set it for every program that shares it. Where that is not possible, only as
much is written as the system has room for.
"""

import contextlib
import errno
import fcntl
import os
import select
import stat
from pathlib import Path

from rc_tail.errors import RcTailError, ReaderGoneError, SinkError
from rc_tail.system.clocks import clock

# poll reports room for at least this many bytes (POSIX, "write": PIPE_BUF).
_SURE = select.PIPE_BUF
# What a pipe is made to hold: with the usual 64 KiB a burst costs half as much again, and with
# 1 MiB as well, since that fits into no cache. `rc_tail.transport.connection` reads no larger batch.
_PIPE = 256 * 1024
# A disk that once took longer for a write than this (seconds) may stall whoever writes to it.
_SLOW = 0.02
_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL


class DescriptorWriter:
    """Writes bytes to an open file descriptor.

    Args:
        descriptor: Where to; it is left open at the end.
        on_new_line: Whether to begin a line of its own behind a file that ends in half a line, as
            after a full disk: otherwise neither of the two lines could be parsed.

    Attributes:
        writes_at_once: Whether `write` returns at once: for a pipe or terminal that was opened
            again, for ``/dev/null``, and for a file until its disk was slow.

    Raises:
        SinkError: It is closed.
    """

    def __init__(self, descriptor: int, *, on_new_line: bool = False) -> None:
        self._descriptor = descriptor
        self._nonblocking = -1
        try:
            mode = os.fstat(descriptor).st_mode
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        except OSError as error:
            raise write_failure(error) from error
        if flags & os.O_ACCMODE == os.O_RDONLY:
            raise SinkError("standard output is closed")
        # Elsewhere no other program's output precedes it.
        self._looks_behind = on_new_line and stat.S_ISREG(mode) and bool(flags & os.O_APPEND)
        self._half = 0
        self._is_file = stat.S_ISREG(mode)
        self._waits = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)
        if stat.S_ISFIFO(mode) or os.isatty(descriptor):
            self._nonblocking = _reopen(descriptor)
            if self._nonblocking >= 0:
                _widen(self._nonblocking)
        self.writes_at_once = self._nonblocking >= 0 or self._is_file or _is_null(descriptor)

    def write(self, data: bytes | memoryview) -> int:
        """Write what the system accepts now; return how many bytes, 0 when there is no room.

        Raises:
            ReaderGoneError: The reader has closed it.
            SinkError: It cannot be written.
        """
        try:
            if self._nonblocking >= 0:
                return os.write(self._nonblocking, data)
            if self._waits:
                return os.write(self._descriptor, data[:_SURE]) if self._has_room() else 0
            return self._write_to_file(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._take_back()
            raise write_failure(error) from error

    def _write_to_file(self, data: bytes | memoryview) -> int:
        """Write to a file or device: it takes everything unless its disk is full."""
        if self._looks_behind:
            self._end_line()
        before = clock()
        taken = os.write(self._descriptor, data)
        if self._is_file and clock() - before > _SLOW:
            self.writes_at_once = False
        if taken < len(data):
            self._note_half(bytes(data[:taken]))
        return taken

    def wait(self, wakeup: int, *, for_room: bool) -> None:
        """Return when the pipe `wakeup` can be read, or with `for_room` when there is room.

        Raises:
            ReaderGoneError: The reader has closed it.
        """
        poll = select.poll()
        poll.register(wakeup, select.POLLIN)
        if self._waits or for_room:
            poll.register(self._descriptor, select.POLLOUT if for_room else 0)
        for ready, events in poll.poll():
            if ready == self._descriptor and events & _GONE and not events & select.POLLOUT:
                raise ReaderGoneError("the reader of standard output exited")

    def close(self) -> None:
        """Close what was opened."""
        if self._nonblocking >= 0:
            os.close(self._nonblocking)
            self._nonblocking = -1

    def _note_half(self, taken: bytes) -> None:
        """Remember how much of a line was written to a file before its disk was full."""
        whole = taken.rfind(b"\n") + 1
        self._half = len(taken) - whole if whole else self._half + len(taken)

    def _take_back(self) -> None:
        """Remove half a line from a file: its event counts as not written."""
        half, self._half = self._half, 0
        if not half:
            return
        with contextlib.suppress(OSError):
            size = os.fstat(self._descriptor).st_size
            # Only where no other program has written after it.
            if os.lseek(self._descriptor, 0, os.SEEK_CUR) == size:
                os.ftruncate(self._descriptor, size - half)
                os.lseek(self._descriptor, size - half, os.SEEK_SET)

    def _end_line(self) -> None:
        if _ends_in_half_a_line(self._descriptor):
            os.write(self._descriptor, b"\n")
        self._looks_behind = False

    def _has_room(self) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        return any(events & select.POLLOUT for _, events in poll.poll(0))


def _reopen(descriptor: int) -> int:
    """Return a non-blocking descriptor of the same pipe or terminal, or -1."""
    # Only Linux gives a new description here; elsewhere the flag would be shared after all.
    path = f"/proc/self/fd/{descriptor}"
    with contextlib.suppress(OSError):
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    return -1


def _is_null(descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), Path(os.devnull).stat())
    return False


def _ends_in_half_a_line(descriptor: int) -> bool:
    """Return whether a file ends without a line break; False where that cannot be seen."""
    # What is open for writing only is opened once more, which only Linux lets one do.
    with contextlib.suppress(OSError), Path(f"/proc/self/fd/{descriptor}").open("rb") as file:
        return (
            file.seek(0, os.SEEK_END) > 0 and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n"
        )
    return False


def _widen(pipe: int) -> None:
    """Let a pipe hold more, where the system lets us: its reader is woken less often."""
    with contextlib.suppress(AttributeError, OSError):  # only Linux knows it, and only of pipes
        if fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) < _PIPE:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def write_failure(error: OSError) -> RcTailError:
    """Return in words why standard output could not be written."""
    if error.errno == errno.EPIPE:
        return ReaderGoneError("the reader of standard output exited")
    if error.errno == errno.EBADF:
        return SinkError("standard output is closed")
    words = error.strerror or str(error)
    hint = "Free some disk space, or write elsewhere." if error.errno == errno.ENOSPC else ""
    return SinkError(f"standard output could not be written: {words}", hint=hint)
