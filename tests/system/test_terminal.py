import fcntl
import io
import os
import struct
import termios

from rc_tail.system.terminal import terminal_columns, terminal_width


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
