"""A file of the events that came in and were not printed before the end of a run.

A record is its length, the CRC-32 of its contents (both four bytes, big-endian), and the event in
MessagePack. A file is written once, at the end of a run, and never changed: the state file says how
many of its events were printed since.
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
    """Write `events` to a new file and wait until they are on the disk; return their number.

    Raises:
        OSError: They cannot all be written; the file does not exist then.
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
    """Yield the events of a file in batches of about a mebibyte, up to the first damaged record.

    Raises:
        OSError: It cannot be read.
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
    """The events of a file that were not printed since, in batches.

    Args:
        skip: The number of events at the start that were printed already.
        count: The number of events that were written.
    """

    def __init__(self, path: Path, *, skip: int, count: int) -> None:
        self._path = path
        self._skip = skip
        self._read = 0
        self._count = count

    @property
    def lost(self) -> int:
        """The number of events that could not be read, after the iteration."""
        return max(0, self._count - max(self._read, self._skip))

    def __iter__(self) -> Iterator[list[Notification]]:
        self._read = 0
        try:
            for batch in read_unprinted(self._path):
                unprinted = batch[max(0, self._skip - self._read) :]
                self._read += len(batch)
                if unprinted:
                    yield unprinted
        except OSError:
            # Events that were not read count as lost, whatever the reason.
            return


def _record(event: Notification) -> bytes:
    data = _encode(event)
    return len(data).to_bytes(_LENGTH) + zlib.crc32(data).to_bytes(_LENGTH) + data


def _next_record(file: BinaryIO) -> tuple[Notification, int] | None:
    header = file.read(_HEADER)
    length = int.from_bytes(header[:_LENGTH])
    if len(header) < _HEADER or length > _remaining_bytes(file):
        return None
    data = file.read(length)
    if zlib.crc32(data) != int.from_bytes(header[_LENGTH:]):
        return None
    try:
        return _decode(data), length
    except msgspec.MsgspecError:
        return None


def _remaining_bytes(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size - file.tell()
