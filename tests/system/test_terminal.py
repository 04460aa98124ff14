import fcntl
import io
import os
import struct
import termios

import pytest

from rc_tail.system.terminal import output_width, terminal_columns, terminal_width


def resize(descriptor: int, columns: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def test_a_terminal_says_how_wide_it_is():
    here, there = os.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 66, 0, 0))
    with os.fdopen(there, "w") as terminal:
        columns = terminal_columns(terminal)
        assert columns is not None
        assert columns() == 66
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
        assert columns() == 80
    # It is gone now.
    assert columns() == 80
    os.close(here)
    assert terminal_columns(io.StringIO()) is None


def test_a_width_that_nobody_knows_is_eighty():
    read_end, write_end = os.pipe()
    assert terminal_width(read_end) == 80
    os.close(read_end)
    os.close(write_end)


def test_output_to_a_pipe_has_no_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    read_end, write_end = os.pipe()
    assert output_width(write_end) is None
    os.close(read_end)
    os.close(write_end)


@pytest.mark.parametrize(
    ("variable", "widths"),
    [(None, [60, 120]), ("", [60, 120]), ("0", [60, 120]), ("x", [60, 120]), ("72", [72, 72])],
)
def test_output_is_as_wide_as_the_terminal_unless_columns_overrides_it(
    monkeypatch, variable, widths
):
    monkeypatch.delenv("COLUMNS", raising=False)
    if variable is not None:
        monkeypatch.setenv("COLUMNS", variable)
    master, slave = os.openpty()
    try:
        resize(slave, 60)
        width = output_width(slave)
        assert width is not None
        found = [width()]
        resize(slave, 120)
        assert [*found, width()] == widths
    finally:
        os.close(master)
        os.close(slave)
