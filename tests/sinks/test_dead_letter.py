import json
import threading
from pathlib import Path

import pytest

from rc_tail.gateway.event_key import event_key
from rc_tail.sinks.dead_letter import DeadLetters
from tests.output.events import notification


def test_each_is_a_line_with_the_reason_and_the_event_as_it_was(tmp_path: Path):
    path = tmp_path / "dead.jsonl"
    letters = DeadLetters(path, lambda: 1_800_000_000.0)
    letters.check()
    assert path.stat().st_mode & 0o777 == 0o600
    event = notification(1)
    assert letters.add("forward:http://a/", event, 'HTTP "404"', 404)
    assert letters.add("exec", event, "no", None)
    first, second = path.read_bytes().splitlines()
    assert event.payload in first
    assert json.loads(first) == {
        "sink": "forward:http://a/",
        "key": event_key(event).text,
        "reason": 'HTTP "404"',
        "status": 404,
        "time": "2027-01-15T08:00:00.000Z",
        "event": json.loads(event.payload),
    }
    assert json.loads(second)["status"] is None


def test_without_a_file_nothing_is_kept():
    letters = DeadLetters(None, lambda: 0.0)
    letters.check()
    assert not letters.add("exec", notification(1), "no", None)
    words = letters.lost_words("exec", notification(1), "no")
    assert "is lost: no" in words


def test_a_folder_is_no_file(tmp_path: Path):
    with pytest.raises(IsADirectoryError):
        DeadLetters(tmp_path, lambda: 0.0).check()


def test_lines_of_several_threads_stay_whole(tmp_path: Path):
    path = tmp_path / "dead.jsonl"
    letters = DeadLetters(path, lambda: 0.0)

    def add() -> None:
        for number in range(20):
            letters.add("exec", notification(number, size=10_000), "no", None)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = path.read_text().splitlines()
    assert len([json.loads(line) for line in lines]) == 80
