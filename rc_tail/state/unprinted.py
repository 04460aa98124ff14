"""Events that came in and were not printed before the end: a file of records.

A record is its length, the CRC-32 of its contents (both four bytes, big-endian), and the event in
MessagePack. A file is written once, at the end of a run, and never changed: how many of its events
were printed since stands in the state beside it.
"""

import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from rc_tail.gateway.messages import Notification
from rc_tail.system.files import create_private, open_regular

_HEADER = 8
_LENGTH = 4
_BATCH = 1024 * 1024

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Notification).decode


def write_unprinted(path: Path, events: Iterable[Notification]) -> int:
    """Write `events` to a new file and wait until they are on the disk; return how many.

    Raises:
        OSError: They cannot all be written; there is no such file.
    """
    count = 0
    try:
        with os.fdopen(create_private(path), "wb") as file:
            for event in events:
                file.write(_record(event))
                count += 1
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return count


def read_unprinted(path: Path) -> Iterator[list[Notification]]:
    """Give the events of a file in parts of about a mebibyte, up to the first damaged record.

    Raises:
        OSError: It is not there or cannot be read.
    """
    batch: list[Notification] = []
    size = 0
    with open_regular(path) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
        while record := _next_record(file):
            event, length = record
            batch.append(event)
            size += length
            if size >= _BATCH:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


class UnprintedEvents:
    """Events that were kept, less those that were printed since, in parts.

    Args:
        path: Their file.
        skip: How many were printed already.
        count: How many there must be, with those.
    """

    def __init__(self, path: Path, *, skip: int, count: int) -> None:
        self._path = path
        self._skip = skip
        self._read = 0
        self._count = count

    @property
    def lost(self) -> int:
        """How many could not be read, once all were asked for."""
        return max(0, self._count - max(self._read, self._skip))

    def __iter__(self) -> Iterator[list[Notification]]:
        self._read = 0
        try:
            for part in read_unprinted(self._path):
                left = part[max(0, self._skip - self._read) :]
                self._read += len(part)
                if left:
                    yield left
        except OSError:
            # What was not read counts as lost, whatever the reason.
            return


def _record(event: Notification) -> bytes:
    data = _encode(event)
    return len(data).to_bytes(_LENGTH) + zlib.crc32(data).to_bytes(_LENGTH) + data


def _next_record(file: BinaryIO) -> tuple[Notification, int] | None:
    header = file.read(_HEADER)
    length = int.from_bytes(header[:_LENGTH])
    if len(header) < _HEADER or length > _left(file):
        return None
    data = file.read(length)
    if zlib.crc32(data) != int.from_bytes(header[_LENGTH:]):
        return None
    try:
        return _decode(data), length
    except msgspec.MsgspecError:
        return None


def _left(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size - file.tell()
