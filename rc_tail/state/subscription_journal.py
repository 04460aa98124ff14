"""The journal of subscriptions, so that a later run can remove those that a kill left behind.

A subscription outlives its connection by up to a day and counts against the limit of its user and
app meanwhile (SUB-505). Other programs of the same app have subscriptions too; so only those in
the journal are removed, and only after the process that recorded them has exited.

Every process has a file of its own, which it locks until it exits: a header line with the server
and the credentials, then a line for every subscription that was made or removed. A line that a kill
or a full disk truncated is skipped.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Self

import msgspec

from rc_tail.system.files import (
    NotRegularFileError,
    Warn,
    create_private,
    make_private_folder,
    open_regular,
    read_all,
    write_all,
)
from rc_tail.system.locks import try_lock

LIVES_FOR = 24 * 3600.0  # seconds; then the service ends a subscription by itself
VERSION = 1
_ID = r"[A-Za-z0-9][A-Za-z0-9._~-]{0,199}"
_LIMIT = 1024 * 1024
_FILE = r"[0-9a-f]{16}\.jsonl"


class StaleSubscription(msgspec.Struct, frozen=True):
    """A subscription whose process has exited.

    Attributes:
        path: The journal file that records it.
        written_at: When it was recorded, in Unix seconds.
    """

    id: str
    path: Path
    written_at: float


class JournalHeader(msgspec.Struct, frozen=True):
    """The first line: the server's origin, and the fingerprint of the credentials (`owner`)."""

    version: int
    server: str
    owner: str


class JournalEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A subscription that was made, or removed (`gone`), at a time in Unix seconds."""

    id: str
    at: float
    gone: bool = False


class JournalContents(msgspec.Struct, frozen=True):
    """The contents of a journal file.

    Attributes:
        active: When each subscription that was not removed was recorded, in Unix seconds, by id.
        whole: Whether every line could be read.
    """

    header: JournalHeader
    active: dict[str, float]
    whole: bool

    def is_over(self, now: float) -> bool:
        """Return whether the service has certainly ended every subscription in it."""
        return self.whole and all(now - at > LIVES_FOR for at in self.active.values())

    def stale(self, path: Path, now: float) -> list[StaleSubscription]:
        """Return the subscriptions that the service may still have."""
        return [
            StaleSubscription(subscription_id, path, at)
            for subscription_id, at in self.active.items()
            if now - at <= LIVES_FOR
        ]


class SubscriptionJournal:
    """The journal as one process reads and writes it. An I/O error is a warning, never raised.

    Times are Unix seconds.

    Args:
        folder: The state folder of the user.
        server: The server's origin.
        owner: The fingerprint of the credentials.
        warn: Called once, at the first I/O error.
    """

    def __init__(self, folder: Path, server: str, owner: str, warn: Warn) -> None:
        self._folder = folder / "subscriptions"
        self._header = JournalHeader(VERSION, server, owner)
        self._warn = warn
        self._warned = False
        self._path: Path | None = None
        self._descriptor = -1
        self._active: set[str] = set()
        self._unwritten: list[JournalEntry] = []

    @contextlib.contextmanager
    def opened(self) -> Iterator[Self]:
        """Close the file of this process at the end of a ``with``.

        It is deleted unless a subscription is still active, such as one kept for ``--resume``.
        """
        try:
            yield self
        finally:
            self._close()

    def add(self, subscription_id: str, now: float) -> None:
        """Record that this process has a subscription."""
        # An id of another form cannot be put into the URL that deletes it.
        if not is_id(subscription_id):
            return
        self._active.add(subscription_id)
        self._unwritten.append(JournalEntry(subscription_id, now))
        with self._surviving():
            if self._path is None:
                self._create()
                self._delete_over(now)
            self._write()

    def remove(self, subscription_id: str, now: float) -> None:
        """Record that a subscription of this process was removed."""
        if not is_id(subscription_id):
            return
        self._active.discard(subscription_id)
        self._unwritten.append(JournalEntry(subscription_id, now, gone=True))
        if self._path is not None:
            with self._surviving():
                self._write()

    def stale(self, now: float, spare: Collection[str] = ()) -> list[StaleSubscription]:
        """Return the subscriptions of these credentials whose processes have exited, oldest first.

        Args:
            spare: Ids of subscriptions that are needed although their processes have exited.
        """
        found: list[StaleSubscription] = []
        needed = set(spare)
        paths: list[Path] = []
        with self._surviving():
            paths = self._files()
            self._sweep(now)
        for path in paths:
            with self._surviving():
                contents, has_exited = _inspect(path, now)
                if contents is None or contents.header != self._header:
                    continue
                if has_exited:
                    found += contents.stale(path, now)
                else:
                    # A running process may have recovered the subscription of another one.
                    needed.update(contents.active)
        return sorted((s for s in found if s.id not in needed), key=lambda s: s.written_at)

    def forget(self, stale: Iterable[StaleSubscription], now: float) -> None:
        """Record that stale subscriptions were removed."""
        by_path: dict[Path, list[str]] = {}
        for subscription in stale:
            by_path.setdefault(subscription.path, []).append(subscription.id)
        for path, ids in by_path.items():
            with self._surviving():
                self._forget_in(path, ids, now)

    # This process's own file.

    def _create(self) -> None:
        make_private_folder(self._folder)
        name = f"{secrets.token_hex(8)}.jsonl"
        hidden = self._folder / f".{name}"
        descriptor = create_private(hidden)
        try:
            # Before it has its final name, no other process opens or locks it.
            try_lock(descriptor)
            write_all(descriptor, encode_header(self._header))
            self._path = hidden.rename(self._folder / name)
            self._descriptor = descriptor
        except BaseException:
            os.close(descriptor)
            hidden.unlink(missing_ok=True)
            raise

    def _write(self) -> None:
        """Write what is not written yet: several lines after a disk was full."""
        write_all(self._descriptor, encode_entries(self._unwritten))
        self._unwritten.clear()

    def _close(self) -> None:
        if self._path is None:
            return
        if not self._active:
            with self._surviving():
                self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._path, self._descriptor = None, -1

    @contextlib.contextmanager
    def _surviving(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self._warned:
                self._warned = True
                self._warn(
                    f"subscriptions cannot be recorded in {self._folder}: "
                    f"{error.strerror or error}; those of a killed rc-tail count against the limit for a day"
                )

    # The files of all processes.

    def _files(self, name: str = _FILE) -> list[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if re.fullmatch(name, path.name))
        except FileNotFoundError:
            return []

    def _sweep(self, now: float) -> None:
        """Delete files that a kill left between their creation and their first line."""
        for path in self._files(rf"\.{_FILE}"):
            if now - path.lstat().st_mtime > LIVES_FOR:
                path.unlink(missing_ok=True)

    def _delete_over(self, now: float) -> None:
        """Delete the files of all processes whose subscriptions the service has ended."""
        self._sweep(now)
        for path in self._files():
            _inspect(path, now)

    def _forget_in(self, path: Path, ids: Collection[str], now: float) -> None:
        with _open_journal(path, os.O_RDWR | os.O_APPEND) as (descriptor, has_exited):
            if descriptor is None or not has_exited:
                return
            write_all(
                descriptor, encode_entries(JournalEntry(gone, now, gone=True) for gone in ids)
            )
            if _is_over(_read(descriptor), descriptor, now):
                path.unlink(missing_ok=True)


def _inspect(path: Path, now: float) -> tuple[JournalContents | None, bool]:
    """Return the contents of a file, and whether its process has exited; delete it when over."""
    with _open_journal(path) as (descriptor, has_exited):
        if descriptor is None:
            return None, False
        contents = _read(descriptor)
        if has_exited and _is_over(contents, descriptor, now):
            path.unlink(missing_ok=True)
        return contents, has_exited


@contextlib.contextmanager
def _open_journal(
    path: Path, flags: int = os.O_RDONLY | os.O_NONBLOCK
) -> Iterator[tuple[int | None, bool]]:
    """Yield an open file, None where it is not one of ours, and whether its process has exited."""
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(open_regular(path, flags))
        except (FileNotFoundError, IsADirectoryError, NotRegularFileError):
            yield None, False
            return
        # Shared, so that two processes that inspect it do not take each other for its owner.
        yield descriptor, try_lock(descriptor, shared=True)


def _read(descriptor: int) -> JournalContents | None:
    """Return the contents of an open file, or None where they cannot be read."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        return decode_journal(read_all(descriptor, _LIMIT))
    except OSError:
        # Larger than anything that this program writes.
        return None


def _is_over(contents: JournalContents | None, descriptor: int, now: float) -> bool:
    """Return whether a file can be deleted: the service has ended every subscription in it."""
    if contents is not None and contents.is_over(now):
        return True
    return now - os.fstat(descriptor).st_mtime > LIVES_FOR


def is_id(text: str) -> bool:
    """Return whether a subscription id can be part of a URL."""
    return re.fullmatch(_ID, text) is not None


def encode_header(header: JournalHeader) -> bytes:
    """Return the first line."""
    return msgspec.json.encode(header) + b"\n"


def encode_entries(entries: Iterable[JournalEntry]) -> bytes:
    """Return further lines."""
    # Each begins with a line break, as a kill or a full disk may have truncated the one before.
    return b"".join(b"\n" + msgspec.json.encode(entry) for entry in entries) + b"\n"


def decode_journal(data: bytes) -> JournalContents | None:
    """Decode the contents of a file; None without a valid header."""
    first, *lines = data.split(b"\n")
    try:
        header = msgspec.json.decode(first, type=JournalHeader)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if header.version != VERSION:
        return None
    active: dict[str, float] = {}
    whole = True
    for text in filter(None, lines):
        try:
            entry = msgspec.json.decode(text, type=JournalEntry)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            whole = False
            continue
        if entry.gone:
            active.pop(entry.id, None)
        elif is_id(entry.id):
            active[entry.id] = entry.at
    return JournalContents(header, active, whole)
