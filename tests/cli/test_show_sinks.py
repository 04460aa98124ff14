import contextlib
import io
import json
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rc_tail.cli.show_files import run_show
from rc_tail.config.tail_options import SinkRequest, TailOptions
from rc_tail.errors import SinkError, UsageError
from rc_tail.events.selection.select import select
from rc_tail.reporter import Reporter
from tests.sinks.receivers import Receiver
from tests.tail.test_sink_setup import EXEC, forward

SMS = "/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS"


def recorded(path: Path, count: int) -> Path:
    lines = [
        json.dumps({"uuid": str(n), "event": SMS, "body": {"id": n, "subject": "hi"}})
        for n in range(count)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def show(path: Path, *sinks: Any, more: Sequence[Path] = (), **values: Any) -> list[str]:
    """Show a file, and more; return the messages."""
    told = io.StringIO()
    options = TailOptions(select(["sms"], []), sinks=sinks, **values)
    run_show([path, *more], options, Reporter(told), speed=None)
    return told.getvalue().splitlines()


def test_recorded_events_go_to_sinks_and_each_is_waited_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    receiver = Receiver()
    with receiver.listening() as port:
        show(recorded(tmp_path / "events.jsonl", 5), forward(f"localhost:{port}"), EXEC)
    assert receiver.ids == ["0", "1", "2", "3", "4"]
    assert len(capfd.readouterr().out.splitlines()) == 5


def test_what_was_refused_is_a_dead_letter_that_can_be_sent_again(tmp_path: Path):
    receiver, dead = Receiver(), tmp_path / "dead.jsonl"
    receiver.answers = [200, 404, 410]
    with receiver.listening() as port:
        sink = forward(f"localhost:{port}")
        path = recorded(tmp_path / "events.jsonl", 4)
        show(path, sink, output="none", dead_letter=dead)
        letters = [json.loads(line) for line in dead.read_text().splitlines()]
        assert [letter["status"] for letter in letters] == [404, 410]
        keys = [headers["rc-key"] for headers, _ in receiver.requests]
        receiver.requests.clear()
        show(dead, sink, output="none")
    assert receiver.ids == ["1", "2"]
    assert [headers["rc-key"] for headers, _ in receiver.requests] == keys[1:3]


def test_without_a_dead_letter_what_was_refused_ends_with_74(tmp_path: Path):
    receiver = Receiver()
    receiver.answers = [404]
    with receiver.listening() as port, pytest.raises(SinkError, match="1 event of 2 refused"):
        show(recorded(tmp_path / "events.jsonl", 2), forward(f"localhost:{port}"), output="none")


def test_a_file_that_is_larger_than_the_queue_is_no_matter(tmp_path: Path):
    receiver = Receiver()
    with receiver.listening() as port:
        show(
            recorded(tmp_path / "events.jsonl", 1200),
            forward(f"localhost:{port}", forward_jobs=8),
            output="none",
        )
    assert len(receiver.ids) == 1200


def test_a_sink_that_takes_nothing_is_given_up(tmp_path: Path):
    receiver = Receiver()
    receiver.answers = [503] * 10_000
    with receiver.listening() as port, pytest.raises(SinkError, match="has accepted nothing"):
        show(
            recorded(tmp_path / "events.jsonl", 2),
            forward(f"localhost:{port}", forward_retries="forever"),
            output="none",
            sink_give_up=0.3,
        )


def same(path: Path) -> Path:
    return path


def other_path(path: Path) -> Path:
    return path.parent / ".." / path.parent.name / path.name


def symlink(path: Path) -> Path:
    (link := path.with_name("symlink")).symlink_to(path)
    return link


def hard_link(path: Path) -> Path:
    (link := path.with_name("hard")).hardlink_to(path)
    return link


@pytest.mark.parametrize("named", [same, other_path, symlink, hard_link])
@pytest.mark.parametrize("option", ["append", "sqlite", "dead_letter"])
def test_a_destination_that_is_the_input_is_refused(
    tmp_path: Path, named: Callable[[Path], Path], option: str
):
    path = recorded(tmp_path / "events.jsonl", 3)
    before, output = path.read_bytes(), str(named(path))
    sinks = [SinkRequest(option, output)] if option != "dead_letter" else [EXEC]
    dead_letter = Path(output) if option == "dead_letter" else None
    other = recorded(tmp_path / "other.jsonl", 1)
    with pytest.raises(UsageError, match=r"events.jsonl is both input and output"):
        show(other, *sinks, more=[path], output="none", dead_letter=dead_letter)
    assert path.read_bytes() == before


def test_a_missing_input_is_not_created(tmp_path: Path):
    path = tmp_path / "events.jsonl"
    with pytest.raises(UsageError, match="both input and output"):
        show(path, SinkRequest("append", str(path)))
    assert not path.exists()


@pytest.mark.parametrize("words", ["events.jsonl", "-"])
def test_standard_output_that_is_the_input_is_refused(tmp_path: Path, words: str):
    path = recorded(tmp_path / "events.jsonl", 3)
    before = path.read_bytes()
    command = [sys.executable, "-m", "rc_tail", "show", words]
    with path.open("rb") as file, path.open("ab") as out:
        done = subprocess.run(
            command, stdin=file, stdout=out, stderr=subprocess.PIPE, text=True, cwd=tmp_path
        )
    assert done.returncode == 2
    assert "is both input and output" in done.stderr
    assert path.read_bytes() == before


def test_what_a_command_appends_to_the_input_is_not_read(tmp_path: Path):
    path = recorded(tmp_path / "events.jsonl", 3)
    before = path.read_bytes()
    command = shlex.join(["sh", "-c", 'cat >> "$0"', str(path)])
    show(path, msgspec.structs.replace(EXEC, address=command), output="none")
    assert path.read_bytes() == before * 2


def test_recorded_events_are_inserted_once_however_often_they_are_shown(tmp_path: Path):
    path, table = recorded(tmp_path / "events.jsonl", 5), tmp_path / "events.db"
    for _ in range(2):
        show(path, SinkRequest("sqlite", str(table)), output="none")
    with contextlib.closing(sqlite3.connect(table)) as database:
        events = database.execute("SELECT event FROM events ORDER BY id").fetchall()
    assert [f"{event}\n" for (event,) in events] == path.read_text().splitlines(keepends=True)
