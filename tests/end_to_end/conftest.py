"""A simulated RingCentral in this process, and `rc-tail` as a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from tests.end_to_end.processes import Tails
from tests.end_to_end.wire import Wire


@pytest.fixture
def simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A running simulator; indirect parameters are `Options`, or what differs from the usual."""
    wanted = getattr(request, "param", {})
    options = wanted if isinstance(wanted, Options) else Options(**wanted)
    with Simulator(options) as running:
        yield running


@pytest.fixture
def wire(simulator: Simulator) -> Iterator[Wire]:
    """The wire to the simulator, which can be cut."""
    with Wire(simulator.port) as running:
        yield running


@pytest.fixture
def tail(simulator: Simulator, tmp_path: Path) -> Iterator[Tails]:
    """Starts `rc-tail` against the simulator: each call gives a process in an empty home."""
    with Tails(tmp_path, simulator.variables) as running:
        yield running
