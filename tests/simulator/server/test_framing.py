import struct

import pytest

from rc_tail.simulator.server.framing import BINARY, CONTINUATION, TEXT, frame


@pytest.mark.parametrize(
    ("payload", "head"),
    [
        (b"x", b"\x81\x01"),
        (b"x" * 126, b"\x81\x7e" + struct.pack("!H", 126)),
        (b"x" * 65536, b"\x81\x7f" + struct.pack("!Q", 65536)),
    ],
)
def test_frames_of_every_length(payload, head):
    assert frame(TEXT, payload) == head + payload


def test_frames_that_do_not_end_a_message():
    assert frame(BINARY, b"", final=False) == b"\x02\x00"
    assert frame(CONTINUATION, b"x") == b"\x80\x01x"
