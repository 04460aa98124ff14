import json
import os
from pathlib import Path

import pytest

from rc_tail.errors import UsageError
from rc_tail.status.health_file import EVERY, HealthFile
from rc_tail.status.snapshot import Condition, Snapshot
from tests.state.limits import files_no_larger_than

LIVE = Snapshot(
    Condition.LIVE,
    doing="live",
    live_since=100.0,
    last_frame=130.5,
    printed=7,
    waiting=2,
    reconnects=1,
    gaps=1,
    dropped={"where": 2},
)


def health(path: Path, told: list[str] | None = None) -> HealthFile:
    warn = told.append if told is not None else pytest.fail
    return HealthFile(path, lambda moment: 1_772_443_800.0 + moment, warn)


def test_it_says_how_the_tail_is(tmp_path: Path):
    path = tmp_path / "health.json"
    file = health(path)
    assert json.loads(path.read_text())["state"] == "connecting"
    file.ready()
    file.look(LIVE, 131.0)
    record = json.loads(path.read_text())
    assert record["state"] == "live"
    assert record["time"] == "2026-03-02T09:32:11.000Z"
    assert record["live_since"] == "2026-03-02T09:31:40.000Z"
    assert record["last_frame"] == "2026-03-02T09:32:10.500Z"
    assert record["last_event"] is None
    assert (record["printed"], record["waiting"]) == (7, 2)
    assert (record["reconnects"], record["gaps"]) == (1, 1)
    assert record["dropped"] == {"where": 2}
    assert file.deadline() == 131.0 + EVERY
    file.end()
    assert json.loads(path.read_text())["state"] == "ended"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_reported_once(tmp_path: Path):
    told: list[str] = []
    path = tmp_path / "folder" / "health.json"
    path.parent.mkdir()
    file = health(path, told)
    path.unlink()
    path.parent.rmdir()
    file.look(LIVE, 1)
    file.look(LIVE, 2)
    assert len(told) == 1
    path.parent.mkdir()
    file.look(LIVE, 3)
    assert json.loads(path.read_text())["state"] == "live"


def test_a_full_disk_leaves_the_file_as_it_was_and_nothing_else(tmp_path: Path):
    told: list[str] = []
    path = tmp_path / "health.json"
    file = health(path, told)
    before = path.read_text()
    with files_no_larger_than(1):
        file.look(LIVE, 1)
    assert len(told) == 1
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["", "missing/health.json", "fifo", "link"])
def test_where_no_file_can_be_is_reported_at_once(tmp_path: Path, name: str):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="--health-file"):
        health(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fifo", "link"]
