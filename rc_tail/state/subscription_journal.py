"""The subscriptions that rc-tail made itself, so that it can remove what a kill left behind.

A subscription outlives its connection by up to a day and counts against the limit of its user and
app meanwhile (SUB-505). Other programs of the same app have subscriptions too; so only what is
written down here may be removed, and only when the process that wrote it is gone.

Every process has a file of its own, locked while it lives: a line for whose it is, then a line for
every subscription that came or went. A line that a kill cut short says nothing.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Self

from rc_tail.state.journal_entries import (
    LIVES_FOR,
    VERSION,
    JournalContents,
    JournalEntry,
    JournalHeader,
    StaleSubscription,
    decode_journal,
    encode_entries,
    encode_header,
    is_id,
)
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

_LIMIT = 1024 * 1024
_FILE = re.compile(r"[0-9a-f]{16}\.jsonl")


class SubscriptionJournal:
    """The book as one process reads and writes it. Nothing of it ever ends the tail.

    Args:
        folder: The state folder of the user.
        server: The server's origin.
        owner: The fingerprint of the credentials.
        warn: Told once when it cannot be kept.
    """

    def __init__(self, folder: Path, server: str, owner: str, warn: Warn) -> None:
        self._folder = folder / "subscriptions"
        self._head = JournalHeader(VERSION, server, owner)
        self._warn = warn
        self._warned = False
        self._path: Path | None = None
        self._descriptor = -1
        self._living: set[str] = set()
        self._unwritten: list[JournalEntry] = []

    @contextlib.contextmanager
    def opened(self) -> Iterator[Self]:
        """Let this process write for the time of a ``with``.

        What lives at its end (a subscription that is kept for ``--resume``) stays written down.
        """
        try:
            yield self
        finally:
            self._close()

    def add(self, subscription_id: str, now: float) -> None:
        """Write down a subscription of this process.

        Args:
            subscription_id: The service's id.
            now: The time in Unix seconds.
        """
        # An id of another form could not be named in the address that deletes it.
        if not is_id(subscription_id):
            return
        self._living.add(subscription_id)
        self._unwritten.append(JournalEntry(subscription_id, now))
        with self._surviving():
            if self._path is None:
                self._create()
            self._write()

    def remove(self, subscription_id: str, now: float) -> None:
        """Write down that a subscription is gone from the service.

        Args:
            subscription_id: The service's id.
            now: The time in Unix seconds.
        """
        if not is_id(subscription_id):
            return
        self._living.discard(subscription_id)
        self._unwritten.append(JournalEntry(subscription_id, now, gone=True))
        if self._path is not None:
            with self._surviving():
                self._write()

    def stale(self, now: float, spare: Collection[str] = ()) -> list[StaleSubscription]:
        """Return the subscriptions of these credentials whose processes are gone, oldest first.

        Args:
            now: The time in Unix seconds.
            spare: The subscriptions that are needed although their processes are gone.
        """
        found: list[StaleSubscription] = []
        needed = set(spare)
        paths: list[Path] = []
        with self._surviving():
            paths = self._files()
            self._sweep(now)
        for path in paths:
            with self._surviving():
                page, is_left = _look(path, now)
                if page is None or page.head != self._head:
                    continue
                if is_left:
                    found += page.entries(path, now)
                else:
                    # A living process may have taken over what another one left.
                    needed.update(page.living)
        return sorted((s for s in found if s.id not in needed), key=lambda s: s.written_at)

    def forget(self, stale: Iterable[StaleSubscription], now: float) -> None:
        """Write down that subscriptions were removed from the service.

        Args:
            stale: They.
            now: The time in Unix seconds.
        """
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
            # Nobody looks at it, and nobody else can have its lock, before it has its name.
            try_lock(descriptor)
            write_all(descriptor, encode_header(self._head))
            self._path = hidden.rename(self._folder / name)
            self._descriptor = descriptor
        except BaseException:
            os.close(descriptor)
            hidden.unlink(missing_ok=True)
            raise

    def _write(self) -> None:
        """Write what is not written yet, which is more than a line after a disk that was full."""
        write_all(self._descriptor, encode_entries(self._unwritten))
        self._unwritten.clear()

    def _close(self) -> None:
        if self._path is None:
            return
        if not self._living:
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
                    f"the subscriptions of this program cannot be written down in {self._folder}: "
                    f"{error.strerror or error}; what a kill leaves behind counts for a day"
                )

    # The files of all.

    def _files(self) -> list[Path]:
        try:
            return sorted(p for p in self._folder.iterdir() if _FILE.fullmatch(p.name))
        except FileNotFoundError:
            return []

    def _sweep(self, now: float) -> None:
        """Delete what a kill left between the making of a file and its first line."""
        for path in self._folder.glob(".*.jsonl"):
            if _FILE.fullmatch(path.name[1:]) and now - path.lstat().st_mtime > LIVES_FOR:
                path.unlink(missing_ok=True)

    def _forget_in(self, path: Path, ids: Collection[str], now: float) -> None:
        with _held(path, os.O_RDWR | os.O_APPEND) as (descriptor, is_left):
            if descriptor is None or not is_left:
                return
            write_all(
                descriptor, encode_entries(JournalEntry(gone, now, gone=True) for gone in ids)
            )
            if _is_over(_read(descriptor), descriptor, now):
                path.unlink(missing_ok=True)


def _look(path: Path, now: float) -> tuple[JournalContents | None, bool]:
    """Return what a file says, and whether its process is gone; delete it when it is over."""
    with _held(path) as (descriptor, is_left):
        if descriptor is None:
            return None, False
        page = _read(descriptor)
        if is_left and _is_over(page, descriptor, now):
            path.unlink(missing_ok=True)
        return page, is_left


@contextlib.contextmanager
def _held(
    path: Path, flags: int = os.O_RDONLY | os.O_NONBLOCK
) -> Iterator[tuple[int | None, bool]]:
    """Open a file; give it and whether its process is gone. None where it is no file of ours."""
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(open_regular(path, flags))
        except (FileNotFoundError, IsADirectoryError, NotRegularFileError):
            yield None, False
            return
        # Shared: two processes may look at the same time, and neither takes the other for living.
        yield descriptor, try_lock(descriptor, shared=True)


def _read(descriptor: int) -> JournalContents | None:
    """Return what an open file says; None where that cannot be read."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        return decode_journal(read_all(descriptor, _LIMIT))
    except OSError:
        # Nothing that this program wrote is so large.
        return None


def _is_over(page: JournalContents | None, descriptor: int, now: float) -> bool:
    """Return whether a file can be deleted: all in it is gone, or as old as the service allows."""
    if page is not None and page.is_over(now):
        return True
    return now - os.fstat(descriptor).st_mtime > LIVES_FOR
