"""Reads the files in which version 0.1.0 left the events that it had not printed.

A record is its length, the CRC-32 of its contents (both four bytes, big-endian), and the event in
MessagePack. The state file says how many of its events were printed since. What is left over now
goes to the spool.
"""

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from rc_tail.gateway.messages import Notification
from rc_tail.system.files import open_regular

_HEADER = 8
_LENGTH = 4
_BATCH = 1024 * 1024

_decode = msgspec.msgpack.Decoder(Notification).decode


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
