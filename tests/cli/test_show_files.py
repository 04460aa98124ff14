import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rc_tail.cli.show_files import NoEventsError, ReplayPacer, run_show
from rc_tail.config.tail_options import TailOptions
from rc_tail.errors import UsageError
from rc_tail.events.selection.select import select
from rc_tail.gateway.messages import Notification
from rc_tail.reporter import Reporter
from tests.output.events import notification

SMS = "/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS"


def payload(number: int, event: str = SMS, at: str = "2026-03-02T09:36:00.000Z") -> str:
    body = {"subject": f"text {number}", "direction": "Inbound"}
    return json.dumps({"uuid": str(number), "event": event, "timestamp": at, "body": body})


def show(*files: Path, speed: float | None = None, **wanted: object) -> str:
    """Show files; return what is said."""
    told = io.StringIO()
    run_show(files, TailOptions(select(["sms"]), **wanted), Reporter(told), speed=speed)  # type: ignore[arg-type]
    return told.getvalue()


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    frame = f'[{{"type":"ServerNotification"}},{payload(2)}]'
    path.write_text(f"{payload(1)}\n\n{frame}\r\n{payload(3, event='/other')}")
    return path


def test_payloads_and_messages_are_printed_as_they_were(recorded: Path, capfd):
    assert show(recorded) == ""
    assert capfd.readouterr().out == f"{payload(1)}\n{payload(2)}\n{payload(3, event='/other')}\n"


def test_they_are_narrowed_and_laid_out_like_live_events(recorded: Path, capfd):
    show(recorded, template="{body.subject}", where=("uuid != '1'",), exclude=("/other",))
    assert capfd.readouterr().out == "text 2\n"


def test_as_many_are_printed_as_requested(recorded: Path, capfd):
    show(recorded, recorded, template="{uuid}", count=4)
    assert capfd.readouterr().out == "1\n2\n3\n1\n"


def test_text_without_any_event_ends_with_65(tmp_path: Path):
    path = tmp_path / "notes"
    path.write_text("not\nevents\n")
    with pytest.raises(NoEventsError) as raised:
        show(path)
    assert raised.value.exit_status == 65


def test_no_text_and_removed_events_end_with_0(tmp_path: Path, recorded: Path, capfd):
    empty = tmp_path / "empty"
    empty.write_text("\n\n")
    assert show(empty) == ""
    assert show(recorded, where=("uuid == 'none'",)) == ""
    assert capfd.readouterr().out == ""


def test_bad_lines_are_reported_by_number_and_left_out(tmp_path: Path, capfd):
    path = tmp_path / "mixed"
    lines = [
        payload(1).encode(),
        b"hello",
        b'{"uuid":"1"}',
        b"\xff",
        b"[1",
        b'[{"type":"Heartbeat"}]',
    ]
    lines += [b'{"event":7}', b"{", b"[" * 9999, payload(2).encode()]
    path.write_bytes(b"\n".join(lines))
    told = show(path, template="{uuid}")
    assert capfd.readouterr().out == "1\n2\n"
    numbers = [int(line.partition(", line ")[2].partition(":")[0]) for line in told.splitlines()]
    assert numbers == [2, 3, 4, 5, 6, 7, 8, 9]


def test_many_bad_lines_are_summed_up(tmp_path: Path):
    path = tmp_path / "bad"
    path.write_text("x\n" * 50 + payload(1))
    told = show(path).splitlines()
    assert len(told) == 21
    assert told[-1].endswith("30 more lines skipped: not events")


def test_a_line_without_end_is_left_out(tmp_path: Path, capfd, monkeypatch):
    monkeypatch.setattr("rc_tail.cli.recorded_events._LONGEST", 1000)
    path = tmp_path / "long"
    path.write_text("x" * 5000 + "\n" + payload(1) + "\n" + "y" * 1500)
    told = show(path, template="{uuid}")
    assert capfd.readouterr().out == "1\n"
    assert [line.partition(": ")[2] for line in told.splitlines()] == [
        f"{path}, line 1: line too long",
        f"{path}, line 3: line too long",
    ]


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path, name: str):
    with pytest.raises(UsageError, match="cannot be read"):
        show(tmp_path / name)


def test_what_precedes_a_file_that_cannot_be_read_is_printed(recorded: Path, capfd):
    with pytest.raises(UsageError):
        show(recorded, Path("/nowhere/at/all"), template="{uuid}")
    assert capfd.readouterr().out == "1\n2\n3\n"


def test_more_lines_than_a_pipe_takes_are_all_printed(tmp_path: Path, capfd):
    lines = "".join(f"{payload(number)}\n" for number in range(1500))
    path = tmp_path / "many.jsonl"
    path.write_text(lines)
    show(path)
    assert capfd.readouterr().out == lines


def test_the_rhythm_is_kept():
    waits: list[float] = []
    rhythm = ReplayPacer(10.0, waits.append)
    for at in ("09:00:00", "09:00:05", "09:00:02", "09:00:05", "nonsense", "09:01:05"):
        event = notification()
        stamp = f"2026-03-02T{at}Z"
        rhythm.wait_for(type(event)("1", "/e", stamp, b"{}"))
    assert waits == [0.5, 6.0]


def test_no_wait_is_longer_than_the_system_can_count():
    waits: list[float] = []
    rhythm = ReplayPacer(0.001, waits.append)
    for stamp in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        rhythm.wait_for(Notification("1", "/e", stamp, b"{}"))
    (longest,) = waits
    assert 0 < longest * 1e9 < 2**63


def test_numbers_without_end_are_shown(tmp_path: Path, capfd):
    path = tmp_path / "events.jsonl"
    line = payload(1)[:-1] + f', "n": {"1" * 5000}}}'
    path.write_text(line)
    assert show(path) == ""
    assert capfd.readouterr().out == f"{line}\n"
    assert show(path, template="{text}", where=("n",)) == ""
    assert capfd.readouterr().out == "text 1\n"


def test_a_file_is_shown_in_its_rhythm(recorded: Path, capfd):
    show(recorded, speed=1000.0)
    assert capfd.readouterr().out.count("\n") == 3


PROGRAM = [sys.executable, "-m", "rc_tail", "show"]


def run(
    *words: str, stdin: str = "", stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words],
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )


def test_standard_input_is_read_as_well():
    done = run("-", "-o", "pretty", "--time", "utc", stdin=payload(1))
    assert done.returncode == 0
    assert done.stdout.startswith("2026-03-02 09:36:00Z")
    assert done.stdout.endswith("text 1\n")


def test_an_event_from_a_pipe_is_printed_before_the_next_one_comes():
    process = subprocess.Popen([*PROGRAM, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(3):
        line = f"{payload(number)}\n".encode()
        process.stdin.write(line)
        process.stdin.flush()
        assert process.stdout.readline() == line
    process.stdin.close()
    assert process.wait(60) == 0
    process.stdout.close()


def test_a_reader_that_goes_away_ends_it():
    process = subprocess.Popen(
        [*PROGRAM, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.close()
    process.stdin.write(f"{payload(1)}\n".encode() * 10)
    process.stdin.close()
    assert process.wait(60) == -13
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


def test_a_full_disk_is_reported():
    full = os.open("/dev/full", os.O_WRONLY)
    done = run("-", stdin=payload(1), stdout=full)
    os.close(full)
    assert done.returncode == 74
    assert "No space left" in done.stderr


@pytest.mark.parametrize(
    ("redirection", "status", "words"),
    [
        ("<&-", 2, "standard input cannot be read: Bad file descriptor"),
        (">&-", 74, "standard output is closed"),
        (">&- < /dev/null", 0, ""),
    ],
)
def test_streams_that_cannot_be_used_are_reported(redirection: str, status: int, words: str):
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *PROGRAM, "-"],
        input=payload(1),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == status
    assert done.stderr == (f"rc-tail: error: {words}\n" if words else "")


@pytest.mark.parametrize("speed", ["0", "fast", "-1x", ""])
def test_a_speed_that_is_invalid_is_refused(speed: str):
    done = run("-", "--speed", speed)
    assert done.returncode == 2
    assert "--speed" in done.stderr


@pytest.mark.parametrize("indent", [None, 2])
def test_recorded_events_can_be_formatted_before_they_are_shown(indent):
    formatted = json.dumps([json.loads(payload(n)) for n in (1, 2)], indent=indent)
    done = run("-", "--template", "{uuid}", stdin=formatted)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n2\n", "")
    done = run("-", stdin=json.dumps({"lunch": "soup"}, indent=indent))
    assert (done.returncode, done.stdout) == (65, "")
    assert "standard input, line 1: no field 'event'" in done.stderr
