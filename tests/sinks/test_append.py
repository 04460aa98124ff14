import os
from pathlib import Path

import pytest

from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import UnreachableError, UsageError
from rc_tail.sinks.append import AppendSink, check, make
from rc_tail.sinks.sink import SinkContext, TryAgainError
from tests.output.events import notification
from tests.sinks.sinks import opened, wait_until
from tests.state.limits import files_no_larger_than

CONTEXT = SinkContext(os.environ, lambda _: None, lambda _: None)


def sink_for(address: str | Path) -> AppendSink:
    request = SinkRequest("append", str(address))
    check(request, allows_plain=False)
    return make(request, CONTEXT)


def test_each_event_is_a_line_as_json_prints_it(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    sink = sink_for(path)
    sink.open()
    assert path.read_bytes() == b""
    first, second = notification(1), notification(2, b'{"uuid":"2",\r\n "body":{}}')
    assert sink.deliver([first, second]) == 2
    assert path.read_bytes() == first.payload + b'\n{"uuid":"2","body":{}}\n'


def test_its_name_is_the_same_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    names = {sink_for(each).name for each in ("a.jsonl", "file:a.jsonl", tmp_path / "a.jsonl")}
    assert names == {f"append:{tmp_path}/a.jsonl"}


def test_a_name_that_is_no_text_can_be_told(tmp_path: Path):
    sink = sink_for(tmp_path / os.fsdecode(b"a\xff\n"))
    assert sink.name == f"append:{tmp_path}/a\\udcff\\n"
    sink.open()
    assert [os.fsencode(each.name) for each in tmp_path.iterdir()] == [b"a\xff\n"]


def test_what_is_wrong_ends_the_start(tmp_path: Path):
    with pytest.raises(UsageError, match=r"--append: .*: its folder does not exist"):
        sink_for(tmp_path / "no" / "a").open()
    with pytest.raises(UsageError, match="is not a regular file"):
        sink_for(tmp_path)
    sink = sink_for(tmp_path / "a")
    (tmp_path / "a").mkdir()
    with pytest.raises(UsageError, match="is not a regular file"):
        sink.open()


def test_an_examination_creates_nothing(tmp_path: Path):
    sink_for(tmp_path / "a").examine()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="its folder does not exist"):
        sink_for(tmp_path / "no" / "a").examine()


def is_full(path: Path, confirmed: int) -> bool:
    fitting = path.read_bytes()
    return (
        fitting.endswith(b"\n")
        and 4800 < len(fitting) <= 5000
        and fitting.count(b"\n") == confirmed
    )


def test_a_full_disk_is_tried_again_and_told_and_leaves_whole_lines(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    line = opened(sink_for(path))
    events = [notification(number, size=100) for number in range(100)]
    with files_no_larger_than(5000):
        line.put(*events)
        wait_until(lambda: bool(line.warnings))
        # While it is tried again, there may be a part of a line for a moment.
        wait_until(lambda: is_full(path, line.runner.confirmed))
    assert line.end() == []
    assert path.read_bytes() == b"".join(event.payload + b"\n" for event in events)
    assert line.warnings[0].startswith(f"append:{path}: File too large; events wait")
    assert "accepting events again" in line.warnings[1]


def test_a_disk_that_is_full_at_the_start_may_have_room_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rc_tail.sinks.append.append_lines", fail)
    with pytest.raises(UnreachableError, match="No space left on device"):
        sink_for(tmp_path / "a").open()


def test_a_folder_that_disappears_is_waited_for(tmp_path: Path):
    (tmp_path / "disk").mkdir()
    sink = sink_for(tmp_path / "disk" / "a")
    sink.open()
    (tmp_path / "disk").rename(tmp_path / "away")
    with pytest.raises(TryAgainError, match="No such file or directory"):
        sink.deliver([notification(1)])
    (tmp_path / "away").rename(tmp_path / "disk")
    assert sink.deliver([notification(1)]) == 1


def test_a_renamed_file_is_followed_by_a_new_one(tmp_path: Path):
    path = tmp_path / "a"
    sink = sink_for(path)
    sink.open()
    sink.deliver([notification(1)])
    path.rename(tmp_path / "a.1")
    sink.deliver([notification(2)])
    assert (tmp_path / "a.1").read_bytes() == notification(1).payload + b"\n"
    assert path.read_bytes() == notification(2).payload + b"\n"
    assert path.stat().st_mode & 0o777 == 0o600
