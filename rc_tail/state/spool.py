"""The spool of a resume name: the events that a sink has not confirmed yet, in a SQLite file.

Events have positions, counted through all runs of the name. Each sink has the position of the last
event that it has confirmed; what all have confirmed is deleted. A commit waits for the disk (WAL,
``synchronous=FULL``): what is in the spool outlives a kill and a power cut.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from rc_tail.errors import ConfigError
from rc_tail.gateway.messages import Notification
from rc_tail.state.spool_files import SpoolDamagedError, SpoolError, spool_files
from rc_tail.system.database import connect, transaction, write_ahead
from rc_tail.system.files import create_private

_APPLICATION = 0x7263746C  # "rctl"
_VERSION = 1
_PAGE = 500  # rows that are read at once
_BYTES = 1024 * 1024  # of events that are read at once, roughly
# KiB of pages that the writer keeps: with SQLite's 2000, deleting a thousand events reads their pages
# from the disk again.
_CACHE = 8000

_SCHEMA = """
CREATE TABLE events(position INTEGER PRIMARY KEY, received REAL NOT NULL, event BLOB NOT NULL);
CREATE TABLE sinks(name TEXT PRIMARY KEY, position INTEGER NOT NULL);
"""
_STORE_POSITION = (
    "INSERT INTO sinks VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET position = excluded.position"
)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Notification).decode


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn the errors of SQLite into those of the spool."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise SpoolError(str(error)) from error
    except (sqlite3.Error, msgspec.MsgspecError) as error:
        raise SpoolDamagedError(str(error)) from error


class Spool:
    """The file of one resume name, made when it is needed. The caller holds the lock of the name.

    Raises:
        SpoolDamagedError: The file is not a spool, or cannot be read.
        ConfigError: A newer version of the program made it.
        SpoolError: The disk is full or fails.
        OSError: It cannot be created.

    Attributes:
        positions: Of the last event that each sink has confirmed.
        last: The position of the newest event of all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        is_new = not path.exists()
        if is_new:
            os.close(create_private(path))
        try:
            self._open(path)
        except BaseException:
            if is_new:
                _delete(path)
            raise
        self.last: int = max(self._newest, *self.positions.values(), 0)
        # Up to which position nothing is left to delete, as far as that is known.
        self._deleted = 0

    def _open(self, path: Path) -> None:
        self._database = _connect(path)
        try:
            with _translated():
                self._prepare()
                self._database.execute(f"PRAGMA cache_size=-{_CACHE}")
                rows = self._database.execute("SELECT name, position FROM sinks")
                self.positions: dict[str, int] = dict(rows)
                row = self._database.execute("SELECT max(position) FROM events").fetchone()
                self._newest: int = row[0] or 0
        except BaseException:
            self._database.close()
            raise

    def _prepare(self) -> None:
        database = self._database
        application = database.execute("PRAGMA application_id").fetchone()[0]
        version = database.execute("PRAGMA user_version").fetchone()[0]
        tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if not tables:
            database.executescript(
                f"BEGIN; {_SCHEMA} PRAGMA application_id={_APPLICATION};"
                f"PRAGMA user_version={_VERSION}; COMMIT;"
            )
        elif application != _APPLICATION:
            raise SpoolDamagedError("it is another program's database")
        elif version > _VERSION:
            raise ConfigError(
                f"a newer rc-tail wrote {self.path}",
                hint="Upgrade rc-tail, or use another name with --resume.",
            )

    @property
    def first(self) -> int:
        """The position of the oldest event that is there; of the next one where there is none."""
        with _translated():
            row = self._database.execute("SELECT min(position) FROM events").fetchone()
        return self.last + 1 if row[0] is None else int(row[0])

    @property
    def confirmed(self) -> int:
        """The position up to which every sink has confirmed."""
        return min(self.positions.values(), default=self.last)

    def write(
        self,
        events: Sequence[Notification],
        received: float,
        confirmed: dict[str, int] | None = None,
        *,
        deletes_until: int = 0,
    ) -> None:
        """Append events, and store what sinks have confirmed, in one transaction.

        Args:
            received: When the events came in, in Unix seconds.
            confirmed: The position of the last event that each of some sinks has confirmed.
            deletes_until: Delete the events up to this position that all sinks have confirmed.

        Raises:
            SpoolError: It cannot be written; nothing has changed.
        """
        positions = self.positions | confirmed if confirmed else self.positions
        rows = [(at, received, _encode(event)) for at, event in enumerate(events, self.last + 1)]
        until = min(deletes_until, *positions.values()) if positions else 0
        with self._transaction() as database:
            if rows:
                database.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
            if confirmed:
                database.executemany(_STORE_POSITION, list(confirmed.items()))
            if until > self._deleted:
                database.execute("DELETE FROM events WHERE position <= ?", (until,))
        self.positions = positions
        self.last += len(rows)
        self._deleted = max(self._deleted, until)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _translated(), transaction(self._database) as database:
            yield database

    def begin_after(self, position: int) -> None:
        """Let the first event of an empty spool follow this position."""
        self.last = position

    def remove_sink(self, name: str) -> int:
        """Forget a sink; return how many events waited for it.

        Raises:
            SpoolError: It cannot be written.
        """
        with self._transaction() as database:
            database.execute("DELETE FROM sinks WHERE name = ?", (name,))
        return self.last - self.positions.pop(name)

    def remove_after(self, position: int) -> None:
        """Remove the events after a position.

        Raises:
            SpoolError: It cannot be written.
        """
        with self._transaction() as database:
            database.execute("DELETE FROM events WHERE position > ?", (position,))
        self.last = position

    def events(self, after: int | None = None) -> Iterator[list[Notification]]:
        """Yield the events after a position, or all, in batches.

        Raises:
            SpoolDamagedError: They cannot all be read.
            SpoolError: The disk fails.
        """
        at = self.first - 1 if after is None else after
        while True:
            events, at = _read(self._database, at)
            if not events:
                return
            yield events

    def oldest(self, after: int) -> float | None:
        """Return when the first event after a position came in, in Unix seconds; None without."""
        query = "SELECT received FROM events WHERE position > ? ORDER BY position LIMIT 1"
        with _translated():
            row = self._database.execute(query, (after,)).fetchone()
        return None if row is None else float(row[0])

    def size(self) -> int:
        """Return the bytes that the spool takes on the disk."""
        size = 0
        for file in spool_files(self.path):
            # SQLite removes the two beside it with the last connection.
            with contextlib.suppress(FileNotFoundError):
                size += file.stat().st_size
        return size

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def delete(self) -> None:
        """Close the file and delete it."""
        self.close()
        _delete(self.path)


class Reader:
    """Reads events for one sink, on a thread of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: sqlite3.Connection | None = None

    def read(self, after: int) -> list[Notification]:
        """Return some events after a position; empty where there is none.

        Raises:
            SpoolError: They cannot be read now.
            SpoolDamagedError: They cannot be read.
        """
        if self._database is None:
            self._database = _connect(self._path)
        return _read(self._database, after)[0]

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            self._database.close()
            self._database = None


def _delete(path: Path) -> None:
    for file in spool_files(path):
        file.unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    with _translated():
        database = connect(path)
        try:
            write_ahead(database)
        except BaseException:
            database.close()
            raise
    return database


def _check_next(position: int, expected: int) -> None:
    if position != expected:
        raise SpoolDamagedError(f"event {expected} is missing")


def _read(database: sqlite3.Connection, after: int) -> tuple[list[Notification], int]:
    """Return some events after a position, and the position of the last of them.

    What cannot be read raises an error when nothing before it is left to be returned.
    """
    events: list[Notification] = []
    size = 0
    query = "SELECT position, event FROM events WHERE position > ? ORDER BY position LIMIT ?"
    try:
        with _translated():
            for position, data in database.execute(query, (after, _PAGE)):
                _check_next(position, after + 1)
                events.append(_decode(data))
                after = position
                size += len(data)
                if size >= _BYTES:
                    break
    except SpoolDamagedError:
        if not events:
            raise
    return events, after
