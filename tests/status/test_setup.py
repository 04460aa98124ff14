import io
from pathlib import Path

import pytest

from rc_tail.config.tail_options import SinkRequest, TailOptions
from rc_tail.errors import UsageError
from rc_tail.events.selection.select import select
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.status.background_stream import BackgroundStream
from rc_tail.status.health_file import HealthFile
from rc_tail.status.ready import ReadyFile
from rc_tail.status.setup import open_status_outputs
from rc_tail.status.status_line import SinkAboveStatus, StatusLine
from rc_tail.status.systemd import SystemdNotifier
from rc_tail.system.terminal import Terminal


class Out:
    writes_at_once = True

    def write(self, data: bytes | memoryview) -> int:
        return len(data)

    def wait(self, bell: int, *, for_room: bool) -> None: ...

    def close(self) -> None: ...


class Stream(io.StringIO):
    def __init__(self, terminal: bool = True) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def terminal(stderr: Stream, *, output: bool = False, term: str | None = "xterm") -> Terminal:
    return Terminal(Stream(output), stderr, {} if term is None else {"TERM": term})


def wanted(**given: object) -> TailOptions:
    return TailOptions(select(["sms"]), **given)  # type: ignore[arg-type]


@pytest.fixture
def stderr() -> Stream:
    return Stream()


def test_no_watchdog_unless_requested(stderr: Stream):
    sink = Out()
    with open_status_outputs(
        wanted(), Reporter(stderr), sink, terminal(stderr), environ={}
    ) as watch:
        assert watch.watchers == ()
        assert watch.sink is sink


def test_who_was_asked_for_watches(stderr: Stream, tmp_path: Path):
    asked = wanted(ready_file=tmp_path / "ready", health_file=tmp_path / "health")
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
    with open_status_outputs(
        asked, Reporter(stderr), Out(), terminal(stderr), environ=environ
    ) as watch:
        kinds = [type(watcher) for watcher in watch.watchers]
    assert kinds == [ReadyFile, HealthFile, SystemdNotifier]


@pytest.mark.parametrize(
    ("on_terminal", "term", "verbosity", "log_format", "words", "drawn"),
    [
        (True, "xterm", Verbosity.NORMAL, "text", (), True),
        (False, "xterm", Verbosity.NORMAL, "text", (), False),
        (True, "dumb", Verbosity.NORMAL, "text", (), False),
        (True, None, Verbosity.NORMAL, "text", (), False),
        (True, "xterm", Verbosity.QUIET, "text", (), False),
        (True, "xterm", Verbosity.NORMAL, "json", (), False),
        (True, "xterm", Verbosity.NORMAL, "text", (SinkRequest("exec", "true"),), False),
    ],
)
def test_the_line_is_drawn_where_it_belongs(
    stderr: Stream, on_terminal, term, verbosity, log_format, words, drawn
):
    reporter = Reporter(stderr, verbosity=verbosity, log_format=log_format)
    asked = wanted(sinks=words)
    with open_status_outputs(
        asked, reporter, Out(), terminal(stderr, output=on_terminal, term=term), environ={}
    ) as watch:
        assert any(isinstance(watcher, StatusLine) for watcher in watch.watchers) is drawn
        assert isinstance(watch.sink, SinkAboveStatus) is drawn


def test_messages_continue_meanwhile_and_afterwards(stderr: Stream):
    reporter = Reporter(stderr)
    with open_status_outputs(wanted(), reporter, Out(), terminal(stderr, output=True), environ={}):
        reporter.info("x", "meanwhile")
    reporter.info("x", "afterwards")
    assert stderr.getvalue().splitlines() == ["rc-tail: meanwhile", "rc-tail: afterwards"]


def test_what_cannot_be_used_is_reported_at_once(stderr: Stream, tmp_path: Path):
    asked = wanted(ready_fd=1)
    with (
        pytest.raises(UsageError),
        open_status_outputs(asked, Reporter(stderr), Out(), terminal(stderr), environ={}),
    ):
        pass


def test_a_health_file_that_cannot_be_written_any_more_is_reported(stderr: Stream, tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    asked = wanted(health_file=folder / "health")
    with open_status_outputs(asked, Reporter(stderr), Out(), terminal(stderr), environ={}) as watch:
        (folder / "health").unlink()
        folder.rmdir()
        from rc_tail.status.snapshot import Condition, Snapshot

        for watcher in watch.watchers:
            watcher.look(Snapshot(Condition.LIVE), 1.0)
    assert "cannot be written" in stderr.getvalue()


def test_messages_that_were_left_out_are_counted_in_a_line(monkeypatch):
    monkeypatch.setattr(BackgroundStream, "dropped", 7)
    stderr = Stream(terminal=False)
    reporter = Reporter(stderr)
    with open_status_outputs(wanted(), reporter, Out(), terminal(stderr), environ={}):
        pass
    assert "7 messages skipped: standard error was read too slowly" in stderr.getvalue()
