import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.attachment_files import DownloadProgress
from rc_tail.sinks.attachments import AttachmentSink, check, make
from rc_tail.sinks.exec_command import ExecSink
from rc_tail.sinks.sink import SinkContext
from rc_tail.system.partial_files import PartialFile
from tests.sinks.mailbox import LONG, PATHS, Mailbox, notification, open_mailbox
from tests.sinks.sinks import Line, opened, wait_until


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with open_mailbox(tmp_path / "mail") as opened:
        yield opened


def request(folder: Path | str, **values: Any) -> SinkRequest:
    return SinkRequest("attachments", str(folder), {"attachments": None, **values})


def context(mailbox: Mailbox, *filters: str) -> SinkContext:
    return SinkContext(
        {},
        mailbox.warnings.append,
        print,
        platform=mailbox.platform,
        filters=filters or (PATHS["voicemail"],),
    )


def sink(mailbox: Mailbox) -> AttachmentSink:
    made = make(request(mailbox.folder), context(mailbox))
    assert isinstance(made, AttachmentSink)
    return made


def text(number: int) -> Notification:
    return Notification(str(number), PATHS["sms"], "", b'{"body":{"id":1,"attachments":[]}}')


def test_a_folder_is_required():
    with pytest.raises(UsageError, match="requires a folder"):
        check(request(""), allows_plain=False)


@pytest.mark.parametrize(
    ("filters", "choices", "warned"),
    [
        ([PATHS["voicemail"]], None, False),
        ([PATHS["voicemail"]], {"fax"}, True),
        (["/restapi/v1.0/account/~/extension/~/presence", PATHS["sms"]], {"mms"}, False),
        (["/restapi/v1.0/account/~/extension/~/message-store"], None, True),
        (["/restapi/v1.0/unheard-of"], None, True),
    ],
)
def test_events_without_attachments_are_told(mailbox: Mailbox, filters, choices, warned):
    make(request(mailbox.folder, attachments=choices), context(mailbox, *filters))
    assert len(mailbox.warnings) == warned


def test_its_name_is_its_folder(mailbox: Mailbox):
    assert sink(mailbox).name == f"attachments:{mailbox.folder.absolute()}"


def test_doctor_makes_no_folder(mailbox: Mailbox):
    assert sink(mailbox).examine() == ()
    assert not mailbox.folder.exists()


def test_events_are_confirmed_once_their_files_are_there(mailbox: Mailbox):
    line = opened(sink(mailbox))
    events = [mailbox.event("voicemail"), text(1), mailbox.event("fax"), *map(text, range(2, 500))]
    line.put(*events)
    wait_until(lambda: line.runner.confirmed == len(events))
    assert len(mailbox.saved()) == 2
    assert line.end() == []


def test_what_is_refused_is_a_dead_letter_with_its_reason(mailbox: Mailbox, tmp_path: Path):
    event = mailbox.event("voicemail")
    body = json.loads(event.payload)["body"]
    body["attachments"][0]["uri"] = "https://media.example.com/content"
    dead = tmp_path / "dead.jsonl"
    line = Line(sink(mailbox), dead_letter=dead)
    line.runner.start()
    line.put(notification("voicemail", body), mailbox.event("fax"))
    wait_until(lambda: line.runner.confirmed == 2)
    (letter,) = [json.loads(each) for each in dead.read_text().splitlines()]
    assert letter["sink"].startswith("attachments:")
    assert "no access token is sent there: https://media.example.com/content" in letter["reason"]
    assert line.end() == []
    assert len(mailbox.saved()) == 1


def test_a_failure_is_tried_again(mailbox: Mailbox):
    line = Line(sink(mailbox))
    mailbox.simulator.fault("unavailable", on="content", count=2)
    line.runner.start()
    line.put(mailbox.event("voicemail"))
    wait_until(lambda: line.runner.confirmed == 1)
    assert "temporarily unavailable" in line.runner.status().last_error
    assert line.end() == []


def test_a_download_that_takes_long_holds_up_no_other(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    first, second = mailbox.event("voicemail", ("id", "1")), mailbox.event("fax", ("id", "2"))
    write = PartialFile.write
    made = sink(mailbox)

    def held(self: PartialFile, data: bytes) -> None:
        if "voicemail" in self.path.name:
            wait_until(lambda: any("fax-2-1.pdf" in name for name in mailbox.saved()))
        write(self, data)

    monkeypatch.setattr(PartialFile, "write", held)
    line = Line(made)
    line.runner.start()
    line.put(first)
    wait_until(lambda: mailbox.downloads() == [206])
    # It comes while the first is under way.
    line.put(second)
    wait_until(lambda: line.runner.confirmed == 2)
    assert line.end() == []


def test_a_run_that_ends_leaves_downloads_to_the_next(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    event = mailbox.event("voicemail", *LONG)
    made = sink(mailbox)
    write = PartialFile.write

    def ending(self: PartialFile, data: bytes) -> None:
        write(self, data)
        line.runner.abandon()

    monkeypatch.setattr(PartialFile, "write", ending)
    line = Line(made)
    line.runner.start()
    line.put(event)
    assert line.runner.join(30)
    assert [each.uuid for each in line.runner.left()] == [event.uuid]
    assert mailbox.saved()[0].endswith(".part")


def test_what_is_waited_for_is_said(mailbox: Mailbox):
    made = sink(mailbox)
    assert (made.waits_for(), made.progress()) == ("", "")
    progress = DownloadProgress()
    progress.started, progress.received = 0.0, 5_000_000
    made._files._running["a"] = progress
    assert made.waits_for() == "--save-attachments: waiting for 1 file"
    assert made.progress() == "saving a: 5.0 MB"


# With --exec.


def command(mailbox: Mailbox, made: AttachmentSink, out: Path, **values: Any) -> ExecSink:
    program = f"import os, sys; open({str(out)!r}, 'a').write(os.environ['RC_EVENT_FILES'] + '|')"
    environ: Mapping[str, str] = {"PATH": "/usr/bin:/bin"}
    settings = {"jobs": 1, "timeout": 30.0, "environ": environ, "warn": mailbox.warnings.append}
    return ExecSink(
        [sys.executable, "-c", program], **{**settings, "files_of": made.files_of, **values}
    )


def test_a_command_gets_the_files_of_its_own_event(mailbox: Mailbox, tmp_path: Path):
    out = tmp_path / "out"
    line = Line(command(mailbox, sink(mailbox), out))
    line.runner.start()
    line.put(mailbox.event("voicemail", ("id", "1")), text(2), mailbox.event("fax", ("id", "3")))
    wait_until(lambda: line.runner.confirmed == 3)
    first, second, third, rest = out.read_text().split("|")
    assert Path(first).is_absolute()
    assert [Path(first).name, second, Path(third).name, rest] == [
        "voicemail-1-1.wav",
        "",
        "fax-3-1.pdf",
        "",
    ]
    assert line.end() == []


def test_a_file_is_received_once_for_both(mailbox: Mailbox, tmp_path: Path):
    made = sink(mailbox)
    lines = [Line(made), Line(command(mailbox, made, tmp_path / "out"))]
    events = [mailbox.event("voicemail") for _ in range(4)]
    for line in lines:
        line.runner.start()
        line.put(*events)
    wait_until(lambda: [line.runner.confirmed for line in lines] == [4, 4])
    assert [line.end() for line in lines] == [[], []]
    assert mailbox.downloads() == [206] * 4


def test_a_file_that_a_command_moves_away_is_not_received_again(mailbox: Mailbox):
    event = mailbox.event("voicemail")
    made = sink(mailbox)
    assert made.files_of is not None
    (path,) = made.files_of(event)
    path.unlink()
    line = Line(made)
    line.runner.start()
    line.put(event)
    wait_until(lambda: line.runner.confirmed == 1)
    assert line.end() == []
    assert mailbox.downloads() == [206]


def test_a_command_runs_without_a_file_that_is_refused(mailbox: Mailbox, tmp_path: Path):
    out = tmp_path / "out"
    event = mailbox.event("voicemail", ("creationTime", "2026-01-01T00:00:00Z"))
    mailbox.simulator.fault("broken-content", how="missing")
    line = Line(command(mailbox, sink(mailbox), out))
    line.runner.start()
    line.put(event)
    wait_until(lambda: line.runner.confirmed == 1)
    assert out.read_text() == "|"
    assert line.end() == []


def test_a_command_waits_for_a_service_that_fails(mailbox: Mailbox, tmp_path: Path):
    out = tmp_path / "out"
    mailbox.simulator.fault("unavailable", on="content", count=2)
    line = Line(command(mailbox, sink(mailbox), out))
    line.runner.start()
    line.put(mailbox.event("voicemail"))
    wait_until(lambda: line.runner.confirmed == 1)
    assert ".wav|" in out.read_text()
    assert line.end() == []


def test_no_command_is_run_when_the_run_ends_before_its_files_are_there(
    mailbox: Mailbox, tmp_path: Path
):
    out = tmp_path / "out"
    made = sink(mailbox)
    mailbox.simulator.fault("broken-content", how="missing", count=100)
    line = Line(command(mailbox, made, out))
    line.runner.start()
    line.put(mailbox.event("voicemail"))
    wait_until(lambda: 404 in mailbox.downloads())
    made.hurry()
    line.runner.abandon()
    assert line.runner.join(30)
    assert len(line.runner.left()) == 1
    assert not out.exists()


def test_without_attachments_a_command_gets_no_files(mailbox: Mailbox, tmp_path: Path):
    out = tmp_path / "out"
    line = Line(command(mailbox, sink(mailbox), out, files_of=None))
    line.runner.start()
    line.put(text(1))
    wait_until(lambda: line.runner.confirmed == 1)
    assert out.read_text() == "|"
    assert line.end() == []
