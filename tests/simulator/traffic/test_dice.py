import inspect
from random import Random

import pytest

from rc_tail.simulator.traffic.dice import Dice


@pytest.mark.parametrize("name", [name for name in vars(Dice) if not name.startswith("_")])
def test_the_standard_library_has_such_dice(name):
    wanted = list(inspect.signature(getattr(Dice, name)).parameters)[1:]
    assert len(inspect.signature(getattr(Random(1), name)).parameters) == len(wanted)


def test_bounds_are_possible():
    dice: Dice = Random(1)
    assert {dice.randint(1, 3) for _ in range(100)} == {1, 2, 3}
    assert all(0 <= dice.random() < 1 and 2 <= dice.uniform(2, 3) <= 3 for _ in range(100))
    assert {dice.choice("ab") for _ in range(100)} == {"a", "b"}
