"""``--sqlite``: inserts each event into the table ``events`` of an SQLite database.

The database keeps a write-ahead log (WAL), so that other programs read it while it is written. One
transaction holds a batch and is confirmed when it is on the disk. An event whose key is in the
table already is ignored: what a kill lets come twice is there once, and several tails on one machine
may share a database. The keys of kinds without a version in their content end with ``@`` and a time
stamp (`rc_tail.gateway.event_key`): of several tails each inserts its own copy of those.

A file that is renamed or deleted meanwhile is noticed before and after each transaction, and a new
one is begun. A symbolic link is followed; SQLite keeps its other files beside the real one.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import ConfigError, RcTailError, UnreachableError, UsageError
from rc_tail.events.event_uri import extension_id
from rc_tail.events.matching import decided_once, kind_name
from rc_tail.gateway.event_key import event_key
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import one_line
from rc_tail.sinks.file_address import (
    UnwritableFileError,
    check_writable,
    file_of,
    opening_error,
    real_path,
)
from rc_tail.sinks.sink import RefusedError, Sink, SinkContext, TryAgainError
from rc_tail.system.database import connect, transaction, write_ahead
from rc_tail.system.files import create_private
from rc_tail.text.escape import visible

OPTION = "--sqlite"
APPLICATION = 0x72637476  # "rctv"
VERSION = 1
TABLE = (
    "CREATE TABLE events(id INTEGER PRIMARY KEY, key TEXT UNIQUE, kind TEXT, timestamp TEXT, "
    "extension TEXT, source TEXT, event JSON)"
)
_COLUMNS = ["id", "key", "kind", "timestamp", "extension", "source", "event"]
# The event is given as bytes, since that is what it was received as: UTF-8.
_INSERT = (
    "INSERT INTO events(key, kind, timestamp, extension, source, event) "
    "VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT)) ON CONFLICT(key) DO NOTHING"
)
_SCHEME = "sqlite"
# Larger than the default (4096): an event rarely needs further pages, and the index is flatter.
_PAGE_SIZE = 8192
_CACHE = 16 * 1024  # KiB; the index of keys is written all over
_WAIT = 1.0  # seconds for a lock; two tails that share a database hold it for milliseconds

# Primary result codes (https://sqlite.org/rescode.html).
_MAY_PASS = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_UNWRITABLE = frozenset(
    {sqlite3.SQLITE_AUTH, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}
)
# After these the connection is still good.
_KEEPS_CONNECTION = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL})

_Row = tuple[str | bytes | None, ...]


def check(request: SinkRequest, *, allows_plain: bool) -> None:  # noqa: ARG001 - as every sink's
    """Check the address.

    Raises:
        UsageError: It is not that of a file.
    """
    _file_of(request)


def make(request: SinkRequest, context: SinkContext) -> "SqliteSink":  # noqa: ARG001
    """Make the sink of a command line.

    Raises:
        UsageError: The address is not that of a file.
    """
    return SqliteSink(_file_of(request))


def _file_of(request: SinkRequest) -> Path:
    if request.address.endswith(":memory:"):
        raise UsageError(f"{OPTION}: a database in memory would be lost at the end")
    return file_of(request.address, _SCHEME, OPTION)


class SqliteSink(Sink):
    """Inserts events into a database.

    Args:
        path: Absolute.
    """

    most = 10_000

    def __init__(self, path: Path) -> None:
        self.name = f"sqlite:{visible(str(path))}"
        self.file = self._path = path
        self._database: sqlite3.Connection | None = None
        # Device and number of the open file.
        self._file: tuple[int, int] | None = None

    def open(self) -> None:
        """Open the database; create it, for its owner only, if it is missing.

        Raises:
            UsageError: It is a folder, pipe or device, or cannot be written.
            UnreachableError: It is locked, or the disk is full.
            ConfigError: It is damaged, another program's, or a newer version's.
        """
        self.close()
        with _opening(self._path), contextlib.ExitStack() as stack:
            check_writable(self._path)
            _create(real_path(self._path))
            database = _connect(self._path)
            stack.callback(database.close)
            database.execute(f"PRAGMA cache_size=-{_CACHE}")
            if _is_empty(database, self._path):
                database.execute(f"PRAGMA page_size={_PAGE_SIZE}")
                write_ahead(database)
                _create_table(database)
            _check_table(database, self._path)
            write_ahead(database)
            stack.pop_all()
            self._database, self._file = database, _file_at(self._path)

    def examine(self) -> Sequence[str]:
        """Check as `open` does, without creating or changing the database."""
        with _opening(self._path):
            check_writable(self._path)
            if not self._path.exists():
                return ("it does not exist yet",)
            with contextlib.closing(_connect(self._path)) as database:
                if not _is_empty(database, self._path):
                    _check_table(database, self._path)
        return ()

    def deliver(self, batch: Sequence[Notification]) -> int:
        """Insert events in one transaction."""
        try:
            self._insert([_row(event) for event in batch])
        except sqlite3.IntegrityError as error:
            # A trigger or constraint that someone has added refuses one of them.
            if len(batch) > 1:
                return self.deliver(batch[: len(batch) // 2])
            raise RefusedError(visible(str(error))) from error
        except sqlite3.Error as error:
            if _code(error) not in _KEEPS_CONNECTION:
                self.close()
            raise TryAgainError(visible(str(error))) from error
        except RcTailError as error:
            raise TryAgainError(error.message) from error
        return len(batch)

    def close(self) -> None:
        """Close the database."""
        database, self._database = self._database, None
        if database is None:
            return
        with contextlib.closing(database), contextlib.suppress(sqlite3.Error):
            if self._is_moved():
                # SQLite leaves the log of a renamed database alone, and a new one deletes it.
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _insert(self, rows: Sequence[_Row]) -> None:
        if self._database is None or self._is_moved():
            self.open()
        self._commit(rows)
        if self._is_moved():
            # They may be in a deleted file.
            self.open()
            self._commit(rows)

    def _commit(self, rows: Sequence[_Row]) -> None:
        assert self._database is not None  # noqa: S101 - it was opened
        with transaction(self._database) as database:
            database.executemany(_INSERT, rows)

    def _is_moved(self) -> bool:
        return _file_at(self._path) != self._file


def _row(event: Notification) -> _Row:
    kind, extension = _kind_and_extension(event.event)
    return (
        event_key(event).text,
        kind,
        event.timestamp or None,
        extension,
        "history" if event.is_past else "live",
        one_line(event.payload),
    )


@decided_once
def _kind_and_extension(uri: str) -> tuple[str, str | None]:
    return kind_name(uri), extension_id(uri) or None


# The file.


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _create(path: Path) -> None:
    """Create an empty file unless there is one."""
    try:
        os.close(create_private(path))
    except FileExistsError:
        return
    # What a deleted database has left: it is not part of the new one.
    for end in ("-wal", "-shm", "-journal"):
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)


# The database.


def _connect(path: Path) -> sqlite3.Connection:
    return connect(real_path(path), wait=_WAIT)


def _is_empty(database: sqlite3.Connection, path: Path) -> bool:
    """Whether nothing is in a database yet, of those that may be changed at all.

    Raises:
        ConfigError: It is another program's, or a newer version's.
        sqlite3.Error: It cannot be read.
    """
    application = _pragma(database, "application_id")
    if application not in (0, APPLICATION):
        raise _wrong(path, "is another program's database")
    if application == APPLICATION and _pragma(database, "user_version") > VERSION:
        raise ConfigError(
            f"{OPTION}: a newer rc-tail wrote {visible(str(path))}",
            hint="Upgrade rc-tail, or name another file.",
        )
    return not _has_schema(database)


def _pragma(database: sqlite3.Connection, name: str) -> int:
    value: int = database.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def _has_schema(database: sqlite3.Connection) -> bool:
    return database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None


def _create_table(database: sqlite3.Connection) -> None:
    with transaction(database):
        # Another tail may have been faster.
        if not _has_schema(database):
            database.execute(TABLE)
            database.execute(f"PRAGMA application_id={APPLICATION}")
            database.execute(f"PRAGMA user_version={VERSION}")


def _check_table(database: sqlite3.Connection, path: Path) -> None:
    """Check that events can be inserted.

    Raises:
        ConfigError: There is no such table, or it has other columns.
        sqlite3.Error: It is damaged, or a key may be in it twice.
    """
    columns = [row[0] for row in database.execute("SELECT name FROM pragma_table_info('events')")]
    if not columns:
        raise _wrong(path, "is another program's database: it has no table events")
    if columns != _COLUMNS:
        raise _wrong(path, "has a table events with other columns")
    if database.execute("PRAGMA encoding").fetchone()[0] != "UTF-8":
        raise _wrong(path, "does not store its text as UTF-8")
    database.execute(f"EXPLAIN {_INSERT}", (None,) * (len(_COLUMNS) - 1))
    database.execute("SELECT max(id) FROM events").fetchone()
    database.execute("SELECT id FROM events WHERE key = ''").fetchone()


def _wrong(path: Path, words: str) -> ConfigError:
    return ConfigError(
        f"{OPTION}: {visible(str(path))} {words}",
        hint=f"Name another file, or create the table: {TABLE}",
    )


# Errors.


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code; -1 for an error of Python's own."""
    code: int = getattr(error, "sqlite_errorcode", -1)
    return code if code < 0 else code & 0xFF


@contextlib.contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Turn errors of opening into those that the user sees."""
    try:
        yield
    except OSError as error:
        raise opening_error(OPTION, path, error) from error
    except sqlite3.Error as error:
        words = f"{OPTION}: {visible(str(path))}: {visible(str(error))}"
        code = _code(error)
        if code in _MAY_PASS:
            raise UnreachableError(words) from error
        if code in _UNWRITABLE:
            raise UnwritableFileError(words) from error
        hint = "Move the file away; a new one is created. `sqlite3 FILE .recover` may save events."
        raise ConfigError(words, hint=hint) from error
