import struct
from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest

from rc_tail.simulator.service.effects import BINARY, CONTINUATION, TEXT, Effect, SendText, frame


@pytest.mark.parametrize("effect", get_args(Effect), ids=lambda effect: effect.__name__)
def test_every_effect_says_on_which_connection(effect):
    # The server looks for the socket by it, whatever the effect is.
    assert fields(effect)[0].name == "connection"


def test_effects_are_values():
    effect = SendText(1, b"[]")
    assert effect == SendText(1, b"[]")
    with pytest.raises(FrozenInstanceError):
        effect.connection = 2  # type: ignore[misc]


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
