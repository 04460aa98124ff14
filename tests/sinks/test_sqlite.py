import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import ConfigError, ExitStatus, RcTailError, UnreachableError, UsageError
from rc_tail.gateway.event_key import event_key
from rc_tail.gateway.messages import Notification
from rc_tail.sinks import sqlite
from rc_tail.sinks.sink import RefusedError, SinkContext, TryAgainError
from rc_tail.sinks.sqlite import APPLICATION, TABLE, VERSION, SqliteSink, check, make
from rc_tail.system.database import transaction
from tests.output.events import notification
from tests.sinks.sinks import opened, wait_until
from tests.state.limits import files_no_larger_than

CONTEXT = SinkContext(os.environ, lambda _: None, lambda _: None)
SMS = "/restapi/v1.0/account/1/extension/22/message-store/instant?type=SMS"
DND = "/restapi/v1.0/account/1/extension/22/presence?detailedTelephonyState=true"


def sink_for(address: str | Path) -> SqliteSink:
    request = SinkRequest("sqlite", str(address))
    check(request, allows_plain=False)
    return make(request, CONTEXT)


def sms(number: int, uuid: str = "u") -> Notification:
    payload = json.dumps({"uuid": uuid, "event": SMS, "body": {"id": number, "text": "häi"}})
    return Notification(f"{uuid}{number}", SMS, "2026-11-27T01:00:00.000Z", payload.encode())


def rows(path: Path, query: str = "SELECT * FROM events ORDER BY id") -> list[Any]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def make_database(path: Path, script: str) -> bytes:
    """Return the bytes of a database of another program."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(script)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "texts.db"


@pytest.fixture
def sink(path: Path) -> Iterator[SqliteSink]:
    sink = sink_for(path)
    sink.open()
    yield sink
    sink.close()


# What is in the table.


def test_an_event_is_a_row(sink: SqliteSink, path: Path):
    past = Notification("history:sms:8", SMS, "", b'{"body":\n{"id":8}}')
    unknown = notification(3)
    assert sink.deliver([sms(7), past, unknown]) == 3
    assert rows(path) == [
        (
            1,
            "1:message:7:create",
            "sms",
            "2026-11-27T01:00:00.000Z",
            "22",
            "live",
            sms(7).payload.decode(),
        ),
        (2, "1:message:8:create", "sms", None, "22", "history", '{"body":{"id":8}}'),
        (3, event_key(unknown).text, "other", None, None, "live", unknown.payload.decode()),
    ]


def test_the_file_says_what_it_is(sink: SqliteSink, path: Path):
    sink.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert rows(path, "PRAGMA application_id") == [(APPLICATION,)]
    assert rows(path, "PRAGMA user_version") == [(VERSION,)]
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert rows(path, "SELECT sql FROM sqlite_schema WHERE name = 'events'") == [(TABLE,)]
    assert names(path.parent) == ["texts.db"]


def test_an_event_that_comes_again_is_there_once(sink: SqliteSink, path: Path):
    assert sink.deliver([sms(1), sms(2)]) == 2
    # Another subscription gives it another uuid.
    assert sink.deliver([sms(2, "v"), sms(3), sms(3)]) == 3
    assert rows(path, "SELECT id, key FROM events") == [
        (1, "1:message:1:create"),
        (2, "1:message:2:create"),
        (3, "1:message:3:create"),
    ]


def test_a_kind_whose_bodies_repeat_is_marked_by_its_time(sink: SqliteSink, path: Path):
    event = "/restapi/v1.0/account/1/extension/22/favorite"
    times = ("2026-11-27T01:00:00Z", "2026-11-27T01:00:01Z")
    events = [Notification("u", event, time, b'{"body":{}}') for time in times]
    assert not event_key(events[0]).is_versioned
    assert sink.deliver([*events, *events]) == 4
    keys = [key for (key,) in rows(path, "SELECT key FROM events WHERE key LIKE '%@____-__-__T%'")]
    assert [key.partition("@")[2] for key in keys] == list(times)


def test_columns_are_compared_as_people_write_them(sink: SqliteSink, path: Path):
    sink.deliver([sms(7)])
    assert rows(path, "SELECT count(*) FROM events WHERE extension = 22") == [(1,)]
    assert rows(path, "SELECT json_extract(event, '$.body.text') FROM events") == [("häi",)]
    assert rows(path, "SELECT DISTINCT typeof(event) FROM events") == [("text",)]


def test_two_sinks_share_a_database(sink: SqliteSink, path: Path):
    other = sink_for(f"sqlite:{path}")
    other.open()
    threads = [
        threading.Thread(target=deliver_all, args=(each, range(start, start + 300)))
        for each, start in ((sink, 0), (other, 200))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(rows(path)) == 500


def deliver_all(sink: SqliteSink, numbers: range) -> None:
    for number in numbers:
        while True:
            with contextlib.suppress(TryAgainError):
                sink.deliver([sms(number)])
                break


def test_two_sinks_may_create_it_at_the_same_time(path: Path):
    both = threading.Barrier(2)
    failures: list[BaseException] = []

    def work() -> None:
        sink = sink_for(path)
        both.wait()
        try:
            while True:
                with contextlib.suppress(UnreachableError):
                    sink.open()
                    break
            deliver_all(sink, range(10))
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        sink.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(rows(path)) == 10


@pytest.mark.parametrize(
    "command", [["sqlite3", "-readonly"], [sys.executable, "-m", "sqlite_utils"]]
)
def test_other_programs_read_it_while_it_is_written(
    sink: SqliteSink, path: Path, command: list[str]
):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    sink.deliver([sms(1), sms(2)])
    query = "SELECT kind, count(*) AS count FROM events GROUP BY kind"
    with transaction(connection_of(sink)):
        found = subprocess.run([*command, path, query], capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() in ("sms|2", '[{"kind": "sms", "count": 2}]')


def connection_of(sink: SqliteSink) -> sqlite3.Connection:
    assert sink._database is not None
    return sink._database


# Wrong databases.


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("PRAGMA application_id=7", "another program's"),
        (f"{TABLE}; PRAGMA application_id=7", "another program's"),
        ("CREATE TABLE notes(text)", "another program's database: it has no table events"),
        ("CREATE TABLE events(id INTEGER PRIMARY KEY, what)", "other columns"),
        (TABLE.replace("event JSON", "event JSON, more"), "other columns"),
        (f"PRAGMA encoding='UTF-16'; {TABLE}", "does not store its text as UTF-8"),
        (TABLE.replace(" UNIQUE", ""), "ON CONFLICT clause does not match"),
        (
            f"{TABLE}; PRAGMA application_id={APPLICATION}; PRAGMA user_version={VERSION + 1}",
            "a newer rc-tail wrote",
        ),
        ("PRAGMA journal_mode=WAL; CREATE TABLE notes(text)", "has no table events"),
    ],
)
def test_a_wrong_database_ends_with_78_and_stays_as_it_is(path: Path, script: str, words: str):
    before = make_database(path, script)
    sink = sink_for(path)
    for attempt in (sink.open, sink.examine):
        with pytest.raises(ConfigError, match=words) as caught:
            attempt()
        assert caught.value.exit_status is ExitStatus.CONFIG
        assert not caught.value.retryable
        assert caught.value.hint
    assert path.read_bytes() == before
    assert names(path.parent) == ["texts.db"]


def damaged_header(data: bytes) -> bytes:
    return b"x" * 100 + data[100:]


def cut_off(data: bytes) -> bytes:
    return data[: len(data) // 2]


def damaged_schema(data: bytes) -> bytes:
    return data[:100] + b"\xff" * (len(data) - 100)


def other_file(data: bytes) -> bytes:
    return b"just a text\n" * 100


@pytest.mark.parametrize("damage", [damaged_header, cut_off, damaged_schema, other_file])
def test_a_damaged_database_ends_with_78(path: Path, damage: Callable[[bytes], bytes]):
    sink = sink_for(path)
    sink.open()
    sink.deliver([sms(number) for number in range(200)])
    sink.close()
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    with pytest.raises(
        ConfigError, match=r"texts\.db: (database disk image|file is not)"
    ) as caught:
        sink.open()
    assert caught.value.exit_status is ExitStatus.CONFIG
    assert path.read_bytes() == before


@pytest.mark.parametrize("script", ["", TABLE, f"{TABLE}; CREATE TABLE notes(text)"])
def test_an_empty_database_and_one_with_the_table_are_used(path: Path, script: str):
    make_database(path, script)
    sink = sink_for(path)
    sink.examine()
    sink.open()
    sink.deliver([sms(1)])
    sink.close()
    assert len(rows(path)) == 1


def test_indexes_views_and_generated_columns_may_be_added(sink: SqliteSink, path: Path):
    sink.close()
    make_database(
        path,
        "CREATE INDEX by_kind ON events(kind);"
        "CREATE VIEW texts AS SELECT * FROM events WHERE kind = 'sms';"
        "ALTER TABLE events ADD COLUMN text AS (json_extract(event, '$.body.text'));",
    )
    sink.open()
    assert sink.deliver([sms(1)]) == 1
    assert rows(path, "SELECT text FROM texts") == [("häi",)]


# The address.


@pytest.mark.parametrize("make_thing", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused(path: Path, make_thing: Callable[[Path], None]):
    sink = sink_for(path)
    make_thing(path)
    with pytest.raises(UsageError):
        sink_for(path)
    with pytest.raises(RcTailError) as caught:
        sink.open()
    assert caught.value.exit_status is ExitStatus.USAGE


def test_a_missing_folder_is_wrong_usage(tmp_path: Path):
    for attempt in (sink_for(tmp_path / "no" / "a").open, sink_for(tmp_path / "no" / "a").examine):
        with pytest.raises(UsageError, match=r"--sqlite: .*: its folder does not exist"):
            attempt()


def test_an_examination_creates_nothing(path: Path):
    sink_for(path).examine()
    assert names(path.parent) == []


def test_a_link_is_followed_even_to_a_file_that_is_missing(path: Path, tmp_path: Path):
    (tmp_path / "disk").mkdir()
    path.symlink_to(tmp_path / "disk" / "real.db")
    sink = sink_for(path)
    sink.open()
    sink.deliver([sms(1)])
    assert path.is_symlink()
    assert names(tmp_path / "disk") == ["real.db", "real.db-shm", "real.db-wal"]
    sink.close()
    assert len(rows(tmp_path / "disk" / "real.db")) == 1


def test_links_in_a_circle_are_wrong_usage(path: Path):
    path.symlink_to(path)
    with pytest.raises(RcTailError) as caught:
        sink_for(path).open()
    assert caught.value.exit_status is ExitStatus.USAGE


# What happens meanwhile.


def test_a_lock_is_waited_for_and_told(sink: SqliteSink, path: Path):
    line = opened(sink)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        line.put(sms(1))
        wait_until(lambda: bool(line.warnings))
        other.execute("ROLLBACK")
    assert line.end() == []
    assert line.warnings[0] == (f"sqlite:{path}: database is locked; events wait; retrying")
    assert len(rows(path)) == 1


def test_a_lock_at_the_start_may_pass(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite, "_WAIT", 0.01)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UnreachableError, match="database is locked"):
            sink_for(path).open()


def test_a_full_disk_leaves_whole_transactions(sink: SqliteSink, path: Path):
    events = [sms(number) for number in range(3000)]
    with files_no_larger_than(200_000):
        taken = deliver_until_error(sink, events)
        assert 0 < taken < 3000
        assert len(rows(path)) == taken
    assert sink.deliver(events) == 3000
    sink.close()
    assert rows(path, "SELECT count(*) FROM events") == [(3000,)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def deliver_until_error(sink: SqliteSink, events: Sequence[Notification]) -> int:
    for at in range(0, len(events), 50):
        try:
            sink.deliver(events[at : at + 50])
        except TryAgainError:
            return at
    return len(events)


def test_a_deleted_file_is_followed_by_a_new_one(sink: SqliteSink, path: Path):
    sink.deliver([sms(1)])
    path.unlink()
    sink.deliver([sms(2)])
    assert rows(path, "SELECT key FROM events") == [("1:message:2:create",)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    for each in path.parent.iterdir():
        each.unlink()
    sink.deliver([sms(3)])
    assert rows(path, "SELECT key FROM events") == [("1:message:3:create",)]


def test_a_renamed_file_keeps_all_that_was_confirmed(sink: SqliteSink, path: Path):
    sink.deliver([sms(number) for number in range(100)])
    old = path.rename(path.with_name("old.db"))
    sink.deliver([sms(100)])
    assert rows(path, "SELECT key FROM events") == [("1:message:100:create",)]
    assert len(rows(old)) == 100
    assert rows(old, "PRAGMA integrity_check") == [("ok",)]


def test_what_is_deleted_during_a_transaction_goes_into_the_next_file(
    sink: SqliteSink, path: Path, monkeypatch: pytest.MonkeyPatch
):
    commit = SqliteSink._commit

    def delete(self: SqliteSink, rows: Sequence[Any]) -> None:
        monkeypatch.undo()
        commit(self, rows)
        path.unlink()

    monkeypatch.setattr(SqliteSink, "_commit", delete)
    assert sink.deliver([sms(1)]) == 1
    assert rows(path, "SELECT key FROM events") == [("1:message:1:create",)]


def test_two_sinks_go_on_with_one_new_file(sink: SqliteSink, path: Path):
    other = sink_for(path)
    other.open()
    for each, number in ((sink, 1), (other, 2)):
        each.deliver([sms(number)])
    path.unlink()
    for each, number in ((sink, 3), (other, 4), (sink, 5), (other, 6)):
        each.deliver([sms(number)])
    other.close()
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert len(rows(path)) == 4


def test_damage_is_told_and_tried_again_until_it_is_mended(sink: SqliteSink, path: Path):
    sink.deliver([sms(number) for number in range(2000)])
    sink.close()
    good = path.read_bytes()
    sink.open()
    # In place: another file would be noticed.
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (len(good) - 4096))
    events = [sms(number) for number in range(3000, 3100)]
    with pytest.raises(TryAgainError, match="malformed"):
        sink.deliver(events)
    with pytest.raises(TryAgainError, match="malformed"):
        sink.deliver(events)
    with path.open("r+b") as file:
        file.write(good)
    assert sink.deliver(events) == 100
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert len(rows(path)) == 2100


def test_another_database_in_its_place_is_told_and_not_written(sink: SqliteSink, path: Path):
    other = path.with_name("other.db")
    before = make_database(other, "CREATE TABLE notes(text)")
    other.rename(path)
    with pytest.raises(TryAgainError, match="has no table events"):
        sink.deliver([sms(1)])
    assert path.read_bytes() == before


def test_an_event_that_a_trigger_refuses_is_refused_alone(sink: SqliteSink, path: Path):
    sink.close()
    make_database(
        path,
        "CREATE TRIGGER no_3 BEFORE INSERT ON events WHEN NEW.key LIKE '%:3:create'"
        " BEGIN SELECT RAISE(ABORT, 'not 3'); END",
    )
    sink.open()
    events = [sms(number) for number in range(8)]
    at = 0
    while at < 3:
        at += sink.deliver(events[at:])
    assert at == 3
    with pytest.raises(RefusedError, match="not 3"):
        sink.deliver(events[at:][:1])
    assert sink.deliver(events[4:]) == 4
    assert len(rows(path)) == 7
