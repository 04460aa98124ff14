"""A file of the book: a line for whose it is, then a line for every subscription that came or went.

A line that a kill or a full disk cut short says nothing, and what is behind it is still read.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

LIVES_FOR = 24 * 3600.0  # seconds; then the service ends a subscription by itself
VERSION = 1
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,199}")


class StaleSubscription(msgspec.Struct, frozen=True):
    """A subscription whose process is gone.

    Attributes:
        id: The service's id.
        path: The file in which it is written down.
        written_at: When it was, in Unix seconds.
    """

    id: str
    path: Path
    written_at: float


class JournalHeader(msgspec.Struct, frozen=True):
    """Whose a file is: the server's origin, and the fingerprint of the credentials."""

    version: int
    server: str
    owner: str


class JournalEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A subscription that was made, or is `gone`; `at` is the time, in Unix seconds."""

    id: str
    at: float
    gone: bool = False


class JournalContents(msgspec.Struct, frozen=True):
    """The contents of a file.

    Attributes:
        head: Whose it is.
        living: When each subscription that lives was written down, in Unix seconds.
        whole: Whether every line could be read.
    """

    head: JournalHeader
    living: dict[str, float]
    whole: bool

    def is_over(self, now: float) -> bool:
        """Whether nothing in it lives any more, for certain."""
        return self.whole and all(now - at > LIVES_FOR for at in self.living.values())

    def entries(self, path: Path, now: float) -> list[StaleSubscription]:
        """Return what the service may still have."""
        return [
            StaleSubscription(subscription_id, path, at)
            for subscription_id, at in self.living.items()
            if now - at <= LIVES_FOR
        ]


def is_id(text: str) -> bool:
    """Return whether a subscription of this id can be named in an address."""
    return _ID.fullmatch(text) is not None


def encode_header(head: JournalHeader) -> bytes:
    """Return the first line."""
    return msgspec.json.encode(head) + b"\n"


def encode_entries(lines: Iterable[JournalEntry]) -> bytes:
    """Return further lines."""
    # Each behind a line break: the line before may have been cut short by a kill or a full disk.
    return b"".join(b"\n" + msgspec.json.encode(line) for line in lines) + b"\n"


def decode_journal(data: bytes) -> JournalContents | None:
    """Read the contents of a file; None when it does not even say whose it is."""
    first, *lines = data.split(b"\n")
    try:
        head = msgspec.json.decode(first, type=JournalHeader)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if head.version != VERSION:
        return None
    living: dict[str, float] = {}
    whole = True
    for text in filter(None, lines):
        try:
            line = msgspec.json.decode(text, type=JournalEntry)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            whole = False
            continue
        if line.gone:
            living.pop(line.id, None)
        elif is_id(line.id):
            living[line.id] = line.at
    return JournalContents(head, living, whole)
