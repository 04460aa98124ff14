"""Events that wait to be written: in memory up to a limit, then in an unnamed file, in order."""

import tempfile
from collections import deque
from collections.abc import Sequence
from typing import IO

import msgspec

from rc_tail.gateway.messages import Notification

IN_MEMORY = 64 * 1024 * 1024
_FROM_FILE = 1024 * 1024
_HEADER = 4

# What an event costs beside its bytes: the object, its short strings, its place in the queue.
_OVERHEAD = 512

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Notification).decode


class BacklogFullError(Exception):
    """Neither memory nor the disk has room for another event.

    Args:
        lost: How many events were not added.
        reason: The message of the system.
    """

    def __init__(self, lost: int, reason: str) -> None:
        super().__init__(reason)
        self.lost = lost
        self.reason = reason


def size_of(notification: Notification) -> int:
    """Return the bytes of memory that a waiting event takes, roughly."""
    return len(notification.payload) + len(notification.frame) + _OVERHEAD


def _size_of_all(batch: Sequence[Notification]) -> int:
    # As `size_of`, without a call for each.
    parts = [len(n.payload) + len(n.frame) for n in batch]
    return sum(parts) + _OVERHEAD * len(batch)


class Backlog:
    """A queue of events. Not thread-safe: its owner holds a lock.

    Args:
        in_memory: Bytes that may wait in memory; the rest goes to an unnamed file that ends with
            the process.
        folder: Of that file; None for the system's temporary folder.
    """

    def __init__(self, in_memory: int = IN_MEMORY, folder: str | None = None) -> None:
        self._limit = in_memory
        self._folder = folder
        # Batches as they were put, each with its size: a batch that is not split costs no more for
        # many events.
        self._memory: deque[tuple[Sequence[Notification], int]] = deque()
        self._count = 0
        self._size = 0
        self._file: IO[bytes] | None = None
        self._read_at = 0
        self._write_at = 0
        self._in_file = 0

    def __len__(self) -> int:
        return self._count + self._in_file

    def put(self, batch: Sequence[Notification]) -> None:
        """Add events at the end.

        Raises:
            BacklogFullError: The file could not take some; the others were added.
        """
        size = _size_of_all(batch)
        if self._in_file == 0 and self._size + size <= self._limit:
            self._keep(batch, size)
            return
        for index, notification in enumerate(batch):
            if self._in_file == 0 and self._size < self._limit:
                self._keep((notification,), size_of(notification))
                continue
            try:
                self._spill(notification)
            except OSError as error:
                reason = error.strerror or str(error)
                raise BacklogFullError(len(batch) - index, reason) from error

    def take(self, most: int) -> list[Notification]:
        """Remove and return events from the front: up to `most` bytes, but at least one if any."""
        taken: list[Notification] = []
        while most > 0 and (self._memory or self._refill()):
            batch, size = self._memory.popleft()
            if size > most:
                batch, size = self._split(batch, size, most)
            self._size -= size
            self._count -= len(batch)
            most -= size
            taken += batch
        return taken

    def _keep(self, batch: Sequence[Notification], size: int) -> None:
        if batch:
            self._memory.append((batch, size))
            self._size += size
            self._count += len(batch)

    def _split(
        self, batch: Sequence[Notification], size: int, most: int
    ) -> tuple[Sequence[Notification], int]:
        """Return the events in front that fit, and their size; put the others back."""
        fits, taken = 0, 0
        while taken < most and fits < len(batch):
            taken += size_of(batch[fits])
            fits += 1
        if fits < len(batch):
            self._memory.appendleft((batch[fits:], size - taken))
        return batch[:fits], taken

    def take_all(self) -> list[Notification]:
        """Remove and return everything."""
        taken: list[Notification] = []
        while part := self.take(self._limit):
            taken += part
        return taken

    def close(self) -> None:
        """Delete the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._in_file = 0

    def _spill(self, notification: Notification) -> None:
        if self._file is None:
            # Unbuffered: a full disk raises at the event that it concerns.
            self._file = tempfile.TemporaryFile(  # noqa: SIM115 - it lives as long as the queue
                prefix="rc-tail-", dir=self._folder, buffering=0
            )
        data = _encode(notification)
        record = len(data).to_bytes(_HEADER) + data
        self._file.seek(self._write_at)
        at = 0
        while at < len(record):
            at += self._file.write(record[at:])
        # A record that was written in part is overwritten by the next.
        self._write_at += len(record)
        self._in_file += 1

    def _refill(self) -> bool:
        """Read a part of the file into memory; return whether there was one."""
        if not self._in_file or self._file is None:
            return False
        self._file.seek(self._read_at)
        data = self._file.read(min(_FROM_FILE, self._write_at - self._read_at))
        at = self._take_records(data)
        if at == 0:
            size = _HEADER + int.from_bytes(data[:_HEADER])
            self._file.seek(self._read_at)
            at = self._take_records(self._read(self._file, size))
        self._read_at += at
        if not self._in_file:
            # Begin at the start again, and free the space on the disk.
            self._read_at = self._write_at = 0
            self._file.truncate(0)
        return True

    @staticmethod
    def _read(file: IO[bytes], size: int) -> bytes:
        parts = b""
        while len(parts) < size and (part := file.read(size - len(parts))):
            parts += part
        return parts

    def _take_records(self, data: bytes) -> int:
        at = 0
        while at + _HEADER <= len(data):
            end = at + _HEADER + int.from_bytes(data[at : at + _HEADER])
            if end > len(data):
                break
            notification = _decode(data[at + _HEADER : end])
            self._keep((notification,), size_of(notification))
            self._in_file -= 1
            at = end
        return at
