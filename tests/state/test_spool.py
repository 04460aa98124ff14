import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.errors import ConfigError
from rc_tail.gateway.messages import Notification
from rc_tail.state.spool import Reader, Spool
from rc_tail.state.spool_files import SpoolDamagedError, SpoolError
from tests.output.events import notification
from tests.state.leftovers import damage_event
from tests.state.limits import files_no_larger_than


def some(*numbers: int, size: int = 0) -> list[Notification]:
    return [notification(number, size=size) for number in numbers]


def uuids(spool: Spool, after: int | None = None) -> list[str]:
    return [event.uuid for batch in spool.events(after) for event in batch]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.spool"


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    opened = Spool(path)
    yield opened
    opened.close()


def test_it_is_private_and_empty_at_first(spool: Spool, path: Path):
    assert path.stat().st_mode & 0o777 == 0o600
    assert (spool.last, spool.first, spool.confirmed, spool.positions) == (0, 1, 0, {})
    assert uuids(spool) == []
    assert spool.oldest(0) is None


def test_what_was_written_is_there_after_the_process_is_gone(spool: Spool, path: Path):
    odd = Notification("u", "/e", "t", b'{ "a":\n1}', b'[{},{ "a":\n1}]', "s", "key")
    spool.write([odd, *some(2, 3)], 100.0, {"stdout": 0, "exec": 0})
    # Not closed: as after a kill.
    again = Spool(path)
    assert next(again.events())[0] == odd
    assert uuids(again, 1) == ["2", "3"]
    assert (again.last, again.positions) == (3, {"stdout": 0, "exec": 0})
    again.close()


def test_positions_count_on_through_all_runs(spool: Spool, path: Path):
    spool.write(some(1, 2), 100.0, {"stdout": 2}, deletes_until=2)
    assert uuids(spool) == []
    spool.close()
    again = Spool(path)
    assert again.last == 2
    again.write(some(3), 101.0)
    assert uuids(again, 2) == ["3"]
    assert again.oldest(2) == 101.0
    again.close()


def test_only_what_all_sinks_have_is_deleted(spool: Spool):
    spool.write(some(1, 2, 3, 4), 100.0, {"stdout": 0, "exec": 0})
    spool.write((), 0.0, {"stdout": 4, "exec": 1}, deletes_until=4)
    assert (uuids(spool), spool.confirmed, spool.first) == (["2", "3", "4"], 1, 2)
    spool.write((), 0.0, {"exec": 4}, deletes_until=3)
    assert uuids(spool) == ["4"]


def test_a_sink_that_is_removed_holds_nothing_up(spool: Spool):
    spool.write(some(1, 2, 3), 100.0, {"stdout": 3, "exec": 1})
    assert spool.remove_sink("exec") == 2
    assert spool.confirmed == 3


def test_a_large_backlog_comes_in_parts(spool: Spool):
    spool.write(some(*range(1, 8), size=400_000), 100.0)
    assert [len(batch) for batch in spool.events()] == [2, 2, 2, 1]


def test_a_reader_returns_what_follows_a_position(spool: Spool, path: Path):
    spool.write(some(1, 2, 3), 100.0)
    reader = Reader(path)
    assert [event.uuid for event in reader.read(1)] == ["2", "3"]
    assert reader.read(3) == []
    spool.write(some(4), 100.0)
    assert [event.uuid for event in reader.read(3)] == ["4"]
    reader.close()


def test_a_full_disk_changes_nothing(spool: Spool):
    spool.write(some(1), 100.0, {"stdout": 0})
    with files_no_larger_than(30_000), pytest.raises(SpoolError):
        spool.write(some(2, size=1_000_000), 101.0, {"stdout": 1})
    assert (spool.last, spool.positions) == (1, {"stdout": 0})
    assert uuids(spool) == ["1"]
    spool.write(some(2), 102.0)
    assert uuids(spool) == ["1", "2"]


def test_a_full_disk_leaves_no_half_of_a_new_one(path: Path):
    with files_no_larger_than(100), pytest.raises(SpoolError):
        Spool(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("content", [b"junk" * 1000, b"SQLite format 3\0" + b"\xff" * 4000])
def test_what_is_no_database_is_damaged(path: Path, content: bytes):
    path.write_bytes(content)
    with pytest.raises(SpoolDamagedError):
        Spool(path)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_not_touched(path: Path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs(a)")
    other.close()
    with pytest.raises(SpoolDamagedError, match="another program"):
        Spool(path)


def test_one_of_a_newer_version_ends_with_78(spool: Spool, path: Path):
    spool.close()
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version=2")
    newer.close()
    with pytest.raises(ConfigError, match="newer rc-tail") as caught:
        Spool(path)
    assert caught.value.exit_status == 78


def test_what_is_before_a_damaged_event_can_be_read(spool: Spool, path: Path):
    spool.write(some(1, 2, 3), 100.0)
    damage_event(path, 3)
    found: list[str] = []

    def read() -> None:
        for batch in spool.events():
            found.extend(event.uuid for event in batch)

    with pytest.raises(SpoolDamagedError):
        read()
    assert found == ["1", "2"]


def test_a_missing_event_is_noticed(spool: Spool, path: Path):
    spool.write(some(1, 2, 3), 100.0)
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM events WHERE position = 2")
    database.close()
    with pytest.raises(SpoolDamagedError, match="2 is missing"):
        uuids(spool)


def test_deleted_it_leaves_no_file(spool: Spool, path: Path):
    spool.write(some(1), 100.0)
    assert spool.size() > 0
    spool.delete()
    assert list(path.parent.iterdir()) == []
