import errno
import io
from collections.abc import Callable

import pytest

from rc_tail.status.snapshot import Condition, SinkState, Snapshot
from rc_tail.status.status_line import (
    EVERY,
    SinkAboveStatus,
    StatusLine,
    status_words,
)

LIVE = Snapshot(Condition.LIVE, live_since=0.0, printed=3, last_event=55.0, last_kind="sms")


def at_once(work: Callable[[], object]) -> None:
    work()


class Screen:
    """What a terminal of one line shows, and the lines above it."""

    def __init__(self) -> None:
        self.raw = io.StringIO()

    def lines(self) -> list[str]:
        lines = [line.rpartition("\r\x1b[J")[2] for line in self.raw.getvalue().split("\n")]
        # Drawn without wrapping, and the cursor back at its start.
        return [line.removeprefix("\x1b[?7l").removesuffix("\x1b[?7h\r") for line in lines]


class Out:
    """Standard output on the same terminal."""

    writes_at_once = True

    def __init__(self, screen: Screen, most: int = 1000) -> None:
        self.screen = screen
        self.most = most
        self.closed = False

    def write(self, data: bytes | memoryview) -> int:
        text = bytes(data[: self.most]).decode()
        self.screen.raw.write(text)
        return len(text)

    def wait(self, bell: int, *, for_room: bool) -> None:
        self.waited = (bell, for_room)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def status(screen: Screen) -> StatusLine:
    return StatusLine(screen.raw, at_once, lambda: 40, color=False)


@pytest.mark.parametrize(
    ("snapshot", "words"),
    [
        (LIVE, "live for 1 min · 3 events · last sms 5 s ago"),
        (
            Snapshot(Condition.LIVE, live_since=59.0, waiting=9, reconnects=1, gaps=2),
            "live for 1 s · 0 events · 9 waiting · 1 reconnect · 2 gaps",
        ),
        (
            Snapshot(
                Condition.LIVE,
                live_since=0.0,
                sinks={"a": SinkState(1, progress="saving fax-1-1: 1 MB of 2 MB\x1b")},
            ),
            "live for 1 min · 0 events · saving fax-1-1: 1 MB of 2 MB\\x1b",
        ),
        (Snapshot(Condition.CONNECTING, doing="connecting"), "connecting"),
        (Snapshot(Condition.RECONNECTING), "reconnecting"),
        (Snapshot(Condition.RECONNECTING, doing="lost", next_try=102.4), "next try in 42 s · lost"),
        (Snapshot(Condition.CONNECTING, doing="lost", next_try=59.0), "next try in 0 s · lost"),
        (Snapshot(Condition.ENDING, doing="ending", next_try=99.0), "ending"),
        (Snapshot(Condition.RECONNECTING, doing="lost: \x1b[31m"), "lost: \\x1b[31m"),
    ],
)
def test_words(snapshot: Snapshot, words: str):
    assert status_words(snapshot, 60.0) == words


def test_it_stands_below_the_events_and_is_gone_at_the_end(status: StatusLine, screen: Screen):
    out = SinkAboveStatus(Out(screen), status)
    status.ready()
    status.look(LIVE, 60.0)
    assert status.deadline() == 60.0 + EVERY
    assert screen.lines() == ["live for 1 min · 3 events · last sms 5…"]
    assert out.write(memoryview(b"event 1\nevent 2\n")) == 16
    assert screen.lines()[:2] == ["event 1", "event 2"]
    assert screen.lines()[2].startswith("live for")
    status.end()
    assert screen.lines() == ["event 1", "event 2", ""]


def test_in_the_middle_of_a_line_it_waits(status: StatusLine, screen: Screen):
    out = SinkAboveStatus(Out(screen, most=5), status)
    status.look(LIVE, 60.0)
    assert out.write(memoryview(b"a long event\n")) == 5
    status.look(LIVE, 61.0)
    assert screen.lines() == ["a lon"]
    assert out.write(memoryview(b"g e\n")) == 4
    assert screen.lines()[0] == "a long e"
    assert screen.lines()[1].startswith("live for")


def test_messages_stand_above_it(status: StatusLine, screen: Screen):
    status.look(LIVE, 60.0)
    status.write_message("rc-tail: a gap\n")
    assert screen.lines()[0] == "rc-tail: a gap"
    assert screen.lines()[1].startswith("live for")


def test_it_is_drawn_faintly_where_colours_are_wanted(screen: Screen):
    status = StatusLine(screen.raw, at_once, lambda: 80, color=True)
    status.look(LIVE, 60.0)
    [line] = screen.lines()
    assert line.startswith("\x1b[2mlive")
    assert line.endswith("\x1b[0m")


def test_it_fits_and_the_cursor_stays_at_its_start(status: StatusLine, screen: Screen):
    status.look(LIVE, 60.0)
    assert len(screen.lines()[-1]) < 40
    assert screen.raw.getvalue().endswith("\r")


def test_it_is_hidden_while_the_program_is_stopped(status: StatusLine, screen: Screen):
    status.look(LIVE, 60.0)
    with status.hidden():
        assert screen.lines() == [""]
        status.look(LIVE, 61.0)
        assert screen.lines() == [""]
    assert screen.lines()[-1].startswith("live for")


def test_a_background_job_does_not_draw(screen: Screen):
    is_mine = True
    status = StatusLine(screen.raw, at_once, lambda: 40, has_terminal=lambda: is_mine, color=False)
    status.look(LIVE, 60.0)
    is_mine = False
    status.look(LIVE, 61.0)
    assert screen.lines() == [""]
    is_mine = True
    status.look(LIVE, 62.0)
    assert screen.lines()[-1].startswith("live for")


def test_steps_that_are_reported_are_not_shown_again(screen: Screen):
    status = StatusLine(screen.raw, at_once, lambda: 80, color=False, steps=False)
    status.look(Snapshot(Condition.CONNECTING, doing="logging in"), 1.0)
    assert screen.lines() == [""]
    status.look(LIVE, 60.0)
    assert screen.lines()[-1].startswith("live for")
    status.look(Snapshot(Condition.RECONNECTING, doing="lost"), 61.0)
    assert screen.lines() == [""]


def test_a_terminal_that_is_gone_is_no_matter(status: StatusLine, screen: Screen):
    drawn = []

    def gone(text: str) -> int:
        drawn.append(text)
        raise OSError(errno.EIO, "gone")

    screen.raw.write = gone  # type: ignore[method-assign]
    status.look(LIVE, 60.0)
    status.end()
    assert drawn != []


def test_what_is_written_is_passed_on(status: StatusLine, screen: Screen):
    inner = Out(screen)
    out = SinkAboveStatus(inner, status)
    out.wait(7, for_room=True)
    out.close()
    assert inner.waited == (7, True)
    assert inner.closed


def test_while_somebody_else_draws_nothing_is_written(status: StatusLine, screen: Screen):
    import threading

    out = SinkAboveStatus(Out(screen), status)
    held, go_on = threading.Event(), threading.Event()

    def hold() -> bool:
        held.set()
        go_on.wait(60)
        return True

    other = threading.Thread(target=lambda: status.around(hold))
    other.start()
    held.wait(60)
    assert out.write(memoryview(b"event\n")) == 0
    go_on.set()
    other.join()
    assert out.write(memoryview(b"event\n")) == 6
