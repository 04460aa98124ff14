"""A simulated RingCentral and a tail of it, in one process."""

import tempfile
from pathlib import Path

from rc_tail.config.folders import Folders
from rc_tail.config.loading import read_settings
from rc_tail.config.settings import IdentityOptions as IdentityOptions
from rc_tail.config.tail_options import TailOptions
from rc_tail.reporter import Reporter
from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from rc_tail.tail.run import run_tail


def run_demo(wanted: TailOptions, reporter: Reporter, *, rate: float, seed: int | None) -> None:
    """Tail a simulator until what was asked for is reached.

    Args:
        wanted: What was asked for.
        reporter: Is told what happens.
        rate: Events a second.
        seed: Makes the events the same each time; None for new ones.

    Raises:
        RcTailError: Why it could not go on.
        SignalledError: It was ended by a signal.
    """
    with (
        # Tokens of a service that ends with this process are of no use to any other.
        tempfile.TemporaryDirectory(prefix="rc-tail-demo-") as name,
        Simulator(Options(rate=rate, seed=seed)) as simulator,
    ):
        folder = Path(name)
        folders = Folders(folder / "config", folder / "cache", folder / "state")
        settings = read_settings(
            IdentityOptions(), reporter, environ=simulator.variables, folders=folders
        )
        run_tail(wanted, settings, reporter, folders=folders)
