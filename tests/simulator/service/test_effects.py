from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest

from rc_tail.simulator.service.effects import Effect, SendText


@pytest.mark.parametrize("effect", get_args(Effect), ids=lambda effect: effect.__name__)
def test_every_effect_says_on_which_connection(effect):
    # The server looks for the socket by it, whatever the effect is.
    assert fields(effect)[0].name == "connection"


def test_effects_are_values():
    effect = SendText(1, b"[]")
    assert effect == SendText(1, b"[]")
    with pytest.raises(FrozenInstanceError):
        effect.connection = 2  # type: ignore[misc]
