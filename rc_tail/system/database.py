"""SQLite files: how they are opened, and transactions that leave nothing half done."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path


def connect(path: Path, *, wait: float = 5.0) -> sqlite3.Connection:
    """Open a database that any thread may use, one at a time; no transaction begins by itself.

    Args:
        wait: Seconds to wait for a lock.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    return sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)


def write_ahead(database: sqlite3.Connection) -> None:
    """Let readers and a writer not wait for each other, and each commit wait for the disk.

    Raises:
        sqlite3.Error: The file is not a database, is locked, or cannot be written.
    """
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")


@contextlib.contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Commit what is written in the context, or nothing of it if an error is raised.

    Raises:
        sqlite3.Error: Another program is writing, or the commit failed.
    """
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
        database.execute("COMMIT")
    except BaseException:
        # Some errors have ended it already.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
