import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.system.database import connect, transaction, write_ahead


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(connect(tmp_path / "db")) as database:
        write_ahead(database)
        database.execute("CREATE TABLE numbers(number INTEGER UNIQUE)")
        yield database


def numbers(database: sqlite3.Connection) -> list[int]:
    return [row[0] for row in database.execute("SELECT number FROM numbers ORDER BY 1")]


def test_a_commit_waits_for_the_disk_and_readers_for_nobody(
    database: sqlite3.Connection, tmp_path: Path
):
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)
    with transaction(database):
        database.execute("INSERT INTO numbers VALUES (1)")
        with contextlib.closing(connect(tmp_path / "db")) as reader:
            assert numbers(reader) == []
    assert numbers(database) == [1]


def test_an_error_leaves_nothing_of_a_transaction(database: sqlite3.Connection):
    with pytest.raises(sqlite3.IntegrityError), transaction(database):
        database.executemany("INSERT INTO numbers VALUES (?)", [(1,), (2,), (1,)])
    assert not database.in_transaction
    assert numbers(database) == []


def test_two_writers_take_turns_and_a_long_wait_is_an_error(
    database: sqlite3.Connection, tmp_path: Path
):
    with contextlib.closing(connect(tmp_path / "db", wait=0.01)) as other:
        with transaction(database), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        with transaction(other):
            other.execute("INSERT INTO numbers VALUES (3)")
    assert numbers(database) == [3]


def test_another_thread_may_use_a_connection(database: sqlite3.Connection):
    found: list[list[int]] = []
    thread = threading.Thread(target=lambda: found.append(numbers(database)))
    thread.start()
    thread.join()
    assert found == [[]]
