import fcntl
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from rc_tail.state.subscription_journal import (
    LIVES_FOR,
    JournalEntry,
    JournalHeader,
    SubscriptionJournal,
    encode_entries,
    encode_header,
)
from rc_tail.system.files import open_regular
from rc_tail.system.locks import try_lock
from tests.state.limits import files_no_larger_than
from tests.state.processes import running

# Beside what is written in the files, their own age counts.
NOW = float(int(time.time()))
SERVER = "https://platform.example"


class Shelf:
    """The folder of one user, and what was told about it."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.folder = state / "subscriptions"
        self.told: list[str] = []

    def journal(self, server: str = SERVER, owner: str = "print") -> SubscriptionJournal:
        return SubscriptionJournal(self.state, server, owner, self.told.append)

    def left(self, *ids: str, at: float = NOW, **whose: str) -> None:
        """Leave a file behind, as a process does that is killed."""
        journal = self.journal(**whose)
        with journal.opened():
            for subscription_id in ids:
                journal.add(subscription_id, at)

    def stale(self, now: float = NOW, spare: Iterable[str] = ()) -> list[str]:
        return [s.id for s in self.journal().stale(now, spare=set(spare))]

    def age(self, seconds: float) -> None:
        for path in self.folder.iterdir():
            os.utime(path, (NOW - seconds, NOW - seconds))

    def names(self) -> list[str]:
        return [path.name for path in self.folder.iterdir()]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_nothing_is_written_before_there_is_a_subscription(shelf: Shelf):
    journal = shelf.journal()
    with journal.opened():
        journal.remove("s-1", NOW)
        assert journal.stale(NOW) == []
    assert not shelf.folder.exists()
    assert shelf.told == []


def test_what_a_living_process_has_is_not_stale(shelf: Shelf):
    journal = shelf.journal()
    with journal.opened() as same:
        assert same is journal
        journal.add("s-1", NOW)
        journal.add("s-2", NOW)
        assert journal.stale(NOW) == []
        assert shelf.stale() == []
        journal.remove("s-1", NOW)
    assert shelf.stale() == ["s-2"]


def test_files_are_for_their_owner_only(shelf: Shelf):
    shelf.left("s-1")
    [path] = shelf.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(shelf.folder.stat().st_mode) == 0o700


def test_what_ends_in_order_leaves_nothing(shelf: Shelf):
    journal = shelf.journal()
    with journal.opened():
        journal.add("s-1", NOW)
        journal.remove("s-1", NOW)
    assert shelf.names() == []
    with journal.opened():
        journal.add("s-2", NOW)
    assert shelf.stale() == ["s-2"]


HOLDER = """
import pathlib, sys
from rc_tail.state.subscription_journal import SubscriptionJournal
journal = SubscriptionJournal(pathlib.Path(sys.argv[1]), sys.argv[2], "print", print)
with journal.opened():
    journal.add(sys.argv[3], float(sys.argv[4]))
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_a_kill_makes_it_stale_and_only_its_own(shelf: Shelf):
    with (
        running(HOLDER, str(shelf.state), SERVER, "s-1", str(NOW)) as killed,
        running(HOLDER, str(shelf.state), SERVER, "s-2", str(NOW)),
    ):
        assert shelf.stale() == []
        killed.kill()
        killed.wait(timeout=60)
        assert shelf.stale() == ["s-1"]
    assert shelf.stale() == ["s-1", "s-2"] or shelf.stale() == ["s-2", "s-1"]


def test_only_those_of_the_same_server_and_credentials_are_reported_oldest_first(shelf: Shelf):
    shelf.left("s-1", at=NOW)
    shelf.left("s-2", at=NOW - 10)
    shelf.left("s-3", server="https://other.example")
    shelf.left("s-4", owner="other")
    found = shelf.journal().stale(NOW)
    assert [(s.id, s.written_at) for s in found] == [("s-2", NOW - 10), ("s-1", NOW)]
    assert {s.path.parent for s in found} == {shelf.folder}


def test_what_is_needed_is_spared(shelf: Shelf):
    shelf.left("s-1", "s-2", "s-3")
    assert shelf.stale(spare=["s-2"]) == ["s-1", "s-3"]
    successor = shelf.journal()
    with successor.opened():
        successor.add("s-1", NOW)
        assert shelf.stale(spare=["s-2"]) == ["s-3"]


def test_what_was_removed_is_forgotten_and_an_empty_file_with_it(shelf: Shelf):
    shelf.left("s-1", "s-2")
    shelf.left("s-3")
    journal = shelf.journal()
    stale = journal.stale(NOW)
    journal.forget([s for s in stale if s.id != "s-2"], NOW)
    assert shelf.stale() == ["s-2"]
    assert len(shelf.names()) == 1
    journal.forget(stale, NOW)
    journal.forget(stale, NOW)
    assert shelf.names() == []
    assert shelf.told == []


def test_what_is_looked_at_by_another_process_is_still_stale(shelf: Shelf):
    shelf.left("s-1")
    [path] = shelf.folder.iterdir()
    journal = shelf.journal()
    stale = journal.stale(NOW)
    with open_regular(path) as looking:
        assert try_lock(looking, shared=True)
        assert shelf.stale() == ["s-1"]
        journal.forget(stale, NOW)
    assert shelf.names() == []


def test_a_file_of_a_living_process_is_not_forgotten(shelf: Shelf):
    shelf.left("s-1")
    [path] = shelf.folder.iterdir()
    journal = shelf.journal()
    stale = journal.stale(NOW)
    with open_regular(path) as living:
        assert try_lock(living)
        journal.forget(stale, NOW)
    assert shelf.stale() == ["s-1"]


def test_what_the_service_has_ended_by_itself_is_dropped(shelf: Shelf):
    shelf.left("s-1", at=NOW - LIVES_FOR - 1)
    shelf.left("s-2", at=NOW - LIVES_FOR + 1)
    assert shelf.stale() == ["s-2"]
    assert len(shelf.names()) == 1
    assert shelf.stale(NOW + 2) == []
    assert shelf.names() == []


def test_a_damaged_line_is_skipped_and_its_file_stays_for_a_day(shelf: Shelf):
    shelf.left("s-1", "s-2", "s-3")
    [path] = shelf.folder.iterdir()
    path.write_bytes(path.read_bytes().replace(b'{"id":"s-2"', b'{"id"\xff'))
    shelf.age(LIVES_FOR)
    assert shelf.stale() == ["s-1", "s-3"]
    journal = shelf.journal()
    journal.forget(journal.stale(NOW), NOW)
    shelf.age(LIVES_FOR)
    assert shelf.stale() == []
    assert shelf.names() == [path.name]
    shelf.age(LIVES_FOR + 1)
    assert shelf.stale() == []
    assert shelf.names() == []


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"junk",
        encode_header(JournalHeader(9, SERVER, "print"))
        + encode_entries([JournalEntry("s-9", NOW)]),
    ],
    ids=["empty", "junk", "another version"],
)
def test_a_file_that_does_not_say_whose_it_is_stays_for_a_day(shelf: Shelf, contents: bytes):
    name = f"{'0' * 16}.jsonl"
    shelf.folder.mkdir()
    (shelf.folder / name).write_bytes(contents)
    shelf.age(LIVES_FOR)
    assert shelf.stale() == []
    assert shelf.names() == [name]
    shelf.age(LIVES_FOR + 1)
    assert shelf.stale() == []
    assert shelf.names() == []


def test_a_file_too_large_to_be_one_of_ours_says_nothing(shelf: Shelf):
    shelf.left("s-1")
    [path] = shelf.folder.iterdir()
    with path.open("ab") as file:
        file.truncate(2 * 1024 * 1024)
    assert shelf.stale() == []
    assert path.exists()


def test_what_is_no_file_of_ours_is_left_alone(shelf: Shelf):
    shelf.left("s-1")
    other = shelf.state / "other"
    other.write_bytes(
        encode_header(JournalHeader(1, SERVER, "print"))
        + encode_entries([JournalEntry("s-2", NOW)])
    )
    (shelf.folder / f"{'1' * 16}.jsonl").symlink_to(other)
    (shelf.folder / f"{'2' * 16}.jsonl").mkdir()
    (shelf.folder / "notes.jsonl").write_bytes(other.read_bytes())
    assert shelf.stale(NOW) == ["s-1"]
    assert len(shelf.names()) == 4
    assert shelf.told == []


@pytest.mark.parametrize(("age", "stays"), [(LIVES_FOR, True), (LIVES_FOR + 1, False)])
def test_what_a_kill_left_half_made_is_swept_away_after_a_day(
    shelf: Shelf, age: float, stays: bool
):
    shelf.left("s-1")
    half, foreign = shelf.folder / f".{'0' * 16}.jsonl", shelf.folder / ".mine.jsonl"
    half.touch()
    foreign.touch()
    shelf.age(age)
    shelf.stale()
    assert half.exists() is stays
    assert foreign.exists()


@pytest.mark.parametrize("text", ["", "a/b", "\ud800"])
def test_an_id_that_cannot_be_named_in_an_address_is_not_written(shelf: Shelf, text: str):
    journal = shelf.journal()
    with journal.opened():
        journal.add(text, NOW)
        journal.remove(text, NOW)
    assert not shelf.folder.exists()


def test_a_full_disk_is_reported_once_and_what_it_did_not_take_is_written_later(shelf: Shelf):
    journal = shelf.journal()
    with journal.opened():
        with files_no_larger_than(10):
            journal.add("s-1", NOW)
            journal.add("s-2", NOW)
        assert shelf.names() == []
        with files_no_larger_than(120):
            journal.add("s-3", NOW)
        journal.add("s-4", NOW)
    assert sorted(shelf.stale()) == ["s-1", "s-2", "s-3", "s-4"]
    assert len(shelf.told) == 1
    assert "cannot be recorded" in shelf.told[0]
    assert "File too large" in shelf.told[0]


def test_a_folder_that_is_invalid_is_reported_once(shelf: Shelf):
    shelf.folder.write_bytes(b"")
    journal = shelf.journal()
    with journal.opened():
        journal.add("s-1", NOW)
        journal.remove("s-1", NOW)
        assert journal.stale(NOW) == []
    assert len(shelf.told) == 1
    assert str(shelf.folder) in shelf.told[0]


def test_a_file_system_without_locks_is_reported_and_leaves_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    def unsupported(descriptor: int, operation: int) -> None:
        raise OSError(38, "Function not implemented")

    # There is no such file system at hand.
    monkeypatch.setattr(fcntl, "flock", unsupported)
    journal = shelf.journal()
    with journal.opened():
        journal.add("s-1", NOW)
    assert shelf.names() == []
    assert len(shelf.told) == 1


def test_a_new_file_replaces_those_of_days_before(shelf: Shelf):
    shelf.left("old", at=NOW - LIVES_FOR - 1)
    shelf.left("yesterday", at=NOW - LIVES_FOR + 60)
    journal = shelf.journal(server="https://other.example")
    with journal.opened():
        journal.add("new", NOW)
        assert len(shelf.names()) == 2
        assert shelf.stale() == ["yesterday"]
    assert shelf.told == []
