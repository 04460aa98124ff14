import contextlib
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from rc_tail.cli.show_files import run_show
from rc_tail.config.tail_options import SinkRequest, TailOptions
from rc_tail.errors import SinkError
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


def show(path: Path, *sinks: Any, **values: Any) -> list[str]:
    """Show a file; return the messages."""
    told = io.StringIO()
    options = TailOptions(select(["sms"], []), sinks=sinks, **values)
    run_show([path], options, Reporter(told), speed=None)
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


def test_what_this_run_appends_to_its_own_input_is_not_read(tmp_path: Path):
    path, receiver = recorded(tmp_path / "events.jsonl", 3000), Receiver()
    before = path.read_bytes()
    show(path, SinkRequest("append", str(path)), output="none")
    assert path.read_bytes() == before * 2
    # As when dead letters are sent again, and refused again.
    receiver.answers = [404] * 10
    dead = recorded(tmp_path / "dead.jsonl", 2)
    with receiver.listening() as port:
        show(dead, forward(f"localhost:{port}"), output="none", dead_letter=dead)
    assert receiver.ids == ["0", "1"]
    assert len(dead.read_text().splitlines()) == 4


def test_recorded_events_are_inserted_once_however_often_they_are_shown(tmp_path: Path):
    path, table = recorded(tmp_path / "events.jsonl", 5), tmp_path / "events.db"
    for _ in range(2):
        show(path, SinkRequest("sqlite", str(table)), output="none")
    with contextlib.closing(sqlite3.connect(table)) as database:
        events = database.execute("SELECT event FROM events ORDER BY id").fetchall()
    assert [f"{event}\n" for (event,) in events] == path.read_text().splitlines(keepends=True)
