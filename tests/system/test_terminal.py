import fcntl
import io
import os
import pty
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from rc_tail.system.terminal import Terminal


def resize(stream: IO[str], columns: int) -> None:
    fcntl.ioctl(stream.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


@pytest.fixture
def tty() -> Iterator[IO[str]]:
    master, slave = os.openpty()
    with os.fdopen(slave, "w") as stream:
        resize(stream, 66)
        yield stream
    os.close(master)


class Stream(io.StringIO):
    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("color", "terminal", "environ", "expected"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_each_stream_is_coloured_for_itself(color, terminal, environ, expected):
    there, other = Stream(terminal), Stream(not terminal)
    assert Terminal(there, other, environ).output_color(color) is expected
    assert Terminal(other, there, environ).message_color(color) is expected
    assert not Terminal(None, there, environ).output_color(color)


def test_messages_are_as_wide_as_the_terminal(tty: IO[str]):
    width = Terminal(None, tty, {"COLUMNS": "60"}).message_width
    assert width is not None
    assert width() == 66
    resize(tty, 0)
    assert width() == 80
    tty.close()
    assert width() == 80


def test_without_a_terminal_there_is_no_width():
    terminal = Terminal(io.StringIO(), io.StringIO(), {"COLUMNS": "60"})
    assert (terminal.output_width, terminal.message_width) == (None, None)
    assert not terminal.has_output
    assert Terminal(None, io.StringIO(), {}).output_width is None


@pytest.mark.parametrize(
    ("variable", "widths"),
    [
        (None, [60, 120]),
        ("", [60, 120]),
        ("0", [60, 120]),
        ("x", [60, 120]),
        ("72", [72, 72]),
        # Columns are laid out by it: memory must not end before the line does.
        ("99999999999", [1000, 1000]),
    ],
)
def test_output_is_as_wide_as_the_terminal_unless_columns_overrides_it(
    tty: IO[str], variable, widths
):
    environ = {} if variable is None else {"COLUMNS": variable}
    resize(tty, 60)
    width = Terminal(tty, io.StringIO(), environ).output_width
    assert width is not None
    found = [width()]
    resize(tty, 120)
    assert [*found, width()] == widths


@pytest.mark.parametrize(
    ("output", "messages", "environ", "expected"),
    [
        (True, True, {"TERM": "xterm"}, True),
        (False, True, {"TERM": "xterm"}, False),
        (True, False, {"TERM": "xterm"}, False),
        (True, True, {"TERM": "dumb"}, False),
        (True, True, {}, False),
    ],
)
def test_a_status_line_needs_both_streams_on_a_capable_terminal(
    output, messages, environ, expected
):
    assert Terminal(Stream(output), Stream(messages), environ).has_status_line is expected


def test_a_background_job_of_a_shell_is_not_in_the_foreground(tmp_path):
    """As an interactive shell starts it: on its terminal, in a process group of its own."""
    program = (
        "import io, sys; from rc_tail.system.terminal import Terminal; "
        "print(Terminal(None, sys.stdin, {}).is_in_foreground(), flush=True)"
    )
    run = f"{sys.executable} -c '{program}' >> {tmp_path}/said"
    script = f"set -m; {run}; {run} & wait"
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(Path(__file__).parents[2])
        os.execvp("sh", ["sh", "-c", script])
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert status == 0
    assert (tmp_path / "said").read_text().split() == ["True", "False"]


def test_without_jobs_a_process_may_draw(tty: IO[str]):
    assert Terminal(None, tty, {}).is_in_foreground()
    assert Terminal(None, io.StringIO(), {}).is_in_foreground()
