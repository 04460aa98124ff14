"""Events in files and databases: kills, restarts, faults and the statuses that they end with."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rc_tail.simulator import Simulator
from tests.end_to_end.processes import Tails, eventually
from tests.end_to_end.test_sinks import NAMED, SEEDS, Sender, committed, killed, numbers, unheard

KIND = NAMED[0]
MANY = 600


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as database:
        yield database


def count(path: Path) -> int:
    if not path.exists():
        return 0
    with opened(path) as database, contextlib.suppress(sqlite3.OperationalError):
        found: int = database.execute("SELECT count(*) FROM events").fetchone()[0]
        return found
    return 0


def bodies(path: Path) -> list[Any]:
    with opened(path) as database:
        rows = database.execute("SELECT event FROM events ORDER BY id").fetchall()
    return [json.loads(event) for (event,) in rows]


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_kill_leaves_each_event_in_the_table_once_and_every_one_in_the_file(
    simulator: Simulator, tail: Tails, tmp_path: Path, seed: int
):
    chance = random.Random(seed)
    table, file, sender = tmp_path / "texts.db", tmp_path / "texts.jsonl", Sender(simulator)
    words = (*NAMED, "-o", "none", "--sqlite", str(table), "--append", str(file))
    first = tail(*words, home=tmp_path).wait_ready()
    sender.send(20)
    eventually(lambda: count(table) == 20, "the first were inserted")
    with opened(table) as database:
        # The others wait, so that the kill comes while they are inserted.
        database.isolation_level = None
        database.execute("BEGIN IMMEDIATE")
        sender.send(MANY // 2 - sender.sent)
        eventually(lambda: committed(tmp_path) == sender.sent, "all that came in is on the disk")
    time.sleep(chance.uniform(0.0, 0.2))
    killed(first)
    unheard(simulator)
    sender.send(chance.randint(0, 100))
    second = tail(*words, home=tmp_path).wait_ready()
    sender.send(MANY - sender.sent)
    eventually(lambda: count(table) == MANY, "all were inserted")
    eventually(lambda: f"number {MANY - 1}".encode() in file.read_bytes(), "all were appended")
    assert second.stop() == -signal.SIGTERM
    inserted = bodies(table)
    assert numbers(inserted) == dict.fromkeys(range(MANY), 1)
    assert [int(each["body"]["text"].split()[-1]) for each in inserted] == list(range(MANY))
    with opened(table) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    appended = [json.loads(line) for line in lines(file)]
    order = list(dict.fromkeys(each["body"]["text"] for each in appended))
    assert order == [f"number {n}" for n in range(MANY)]
    # What was written and not yet confirmed came again, at once.
    twice = [number for number, times in numbers(appended).items() if times > 1]
    assert twice == list(range(min(twice, default=0), max(twice, default=-1) + 1))


def test_two_tails_share_a_table_and_no_event_is_there_twice(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    table = tmp_path / "texts.db"
    words = (KIND, "-o", "none", "--sqlite", str(table), "--log-format", "json")
    both = [tail(*words).wait_ready() for _ in range(2)]
    sender = Sender(simulator)
    sender.send(200)
    eventually(lambda: count(table) == 200, "all were inserted")
    for each in both:
        assert each.stop() == -signal.SIGTERM
        (summary,) = each.records("summary")
        # An event that the other was faster with counts as delivered too.
        assert summary["printed"] == 200
    assert numbers(bodies(table)) == dict.fromkeys(range(200), 1)


def test_files_that_are_moved_away_are_followed_by_new_ones(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    table, file, sender = tmp_path / "texts.db", tmp_path / "texts.jsonl", Sender(simulator)
    running = tail(KIND, "-o", "none", "--sqlite", str(table), "--append", str(file)).wait_ready()
    for number in range(3):
        sender.send(2)
        eventually(lambda: (count(table), len(lines(file))) == (2, 2), "both are there")
        table.rename(tmp_path / f"{number}.db")
        file.rename(tmp_path / f"{number}.jsonl")
    assert running.stop() == -signal.SIGTERM
    for number in range(3):
        texts = [f"number {2 * number}", f"number {2 * number + 1}"]
        assert [each["body"]["text"] for each in bodies(tmp_path / f"{number}.db")] == texts
        appended = [json.loads(line) for line in lines(tmp_path / f"{number}.jsonl")]
        assert [each["body"]["text"] for each in appended] == texts


def test_a_disk_that_an_earlier_run_has_used_may_be_away(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    disk, sender, health = tmp_path / "disk", Sender(simulator), tmp_path / "health.json"
    disk.mkdir()
    table, file = disk / "texts.db", disk / "texts.jsonl"
    words = (*NAMED, "-o", "none", "--sqlite", str(table), "--append", str(file))
    first = tail(*words, home=tmp_path).wait_ready()
    assert first.stop() == -signal.SIGTERM
    disk.rename(tmp_path / "elsewhere")
    second = tail(*words, "--health-file", str(health), home=tmp_path).wait_ready()
    sender.send(3)
    eventually(lambda: json.loads(health.read_text())["state"] == "degraded", "it is told")
    second.wait_told("its folder does not exist; events wait", 2)
    (tmp_path / "elsewhere").rename(disk)
    eventually(lambda: (count(table), len(lines(file))) == (3, 3), "all came when it was back")
    assert second.stop() == -signal.SIGTERM


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_told_and_all_events_come_once_there_is_room(
    simulator: Simulator, tail: Tails, small_disk: Path
):
    table, file, sender = small_disk / "texts.db", small_disk / "texts.jsonl", Sender(simulator)
    running = tail(KIND, "-o", "none", "--sqlite", str(table), "--append", str(file)).wait_ready()
    sender.send(3)
    eventually(lambda: (count(table), len(lines(file))) == (3, 3), "the first are there")
    fill(small_disk / "filler")
    sender.send(100)
    running.wait_told("texts.jsonl: No space left on device; events wait")
    running.wait_told("texts.db: database or disk is full; events wait")
    eventually(lambda: file.read_bytes().endswith(b"\n"), "no half line stays")
    (small_disk / "filler").unlink()
    eventually(lambda: (count(table), len(lines(file))) == (103, 103), "all came")
    running.wait_told("accepting events again", 2)
    assert running.stop() == -signal.SIGTERM
    assert numbers(bodies(table)) == dict.fromkeys(range(103), 1)
    assert numbers([json.loads(line) for line in lines(file)]) == dict.fromkeys(range(103), 1)


def fill(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)


@pytest.mark.parametrize("option", ["--append", "--sqlite"])
def test_a_wrong_file_ends_with_2_at_once(tail: Tails, tmp_path: Path, option: str):
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing/file", "pipe", ".", "/dev/null"):
        running = tail(KIND, option, name, home=tmp_path)
        running.ends_with(2)
        assert f"rc-tail: error: {option}" in running.told


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("CREATE TABLE notes(text)", "is another program's database"),
        ("PRAGMA application_id=1", "is another program's database"),
        ("CREATE TABLE events(a)", "has a table events with other columns"),
    ],
)
def test_a_wrong_database_ends_with_78(tail: Tails, tmp_path: Path, script: str, words: str):
    with opened(tmp_path / "notes.db") as database:
        database.executescript(script)
    before = (tmp_path / "notes.db").read_bytes()
    running = tail(KIND, "--sink", "sqlite:notes.db", home=tmp_path)
    running.ends_with(78)
    assert words in running.told
    assert (tmp_path / "notes.db").read_bytes() == before


def test_a_database_that_stays_locked_at_the_start_ends_with_69(tail: Tails, tmp_path: Path):
    with opened(tmp_path / "texts.db") as database:
        database.isolation_level = None
        database.execute("BEGIN EXCLUSIVE")
        running = tail(KIND, "--sqlite", "texts.db", "--retry-for", "1s", home=tmp_path)
        running.ends_with(69)
    assert "texts.db: database is locked" in running.told
