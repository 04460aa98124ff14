import inspect

import pytest

from rc_tail.simulator.server.host import Host
from rc_tail.simulator.simulation import Simulation

CALLED = [name for name in vars(Host) if not name.startswith("_")]


@pytest.mark.parametrize("name", CALLED)
def test_a_simulation_is_a_host(name):
    wanted = inspect.signature(getattr(Host, name)).parameters
    assert list(inspect.signature(getattr(Simulation, name)).parameters) == list(wanted)


def test_a_host_is_asked_for_something():
    assert {"answer", "opened", "received", "take_effects", "tick"} <= set(CALLED)
