"""``rc-tail demo``: a local RingCentral and a tail of it, in one process."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rc_tail.cli.context import identity_options, open_reporter
from rc_tail.cli.exit import open_terminal
from rc_tail.cli.options import parse_values
from rc_tail.cli.tail_request import tail_options
from rc_tail.config.option import OptionValues
from rc_tail.reporter import Reporter
from rc_tail.system.lean_imports import import_lean

if TYPE_CHECKING:
    from rc_tail.config.tail_options import TailOptions

# The default: what most people would want to see first.
LIVELY = ("sms", "voicemail", "fax", "calls", "presence", "team-posts")


def demo(values: OptionValues) -> None:
    """Show sample events right away, no account needed.

    The real client against a built-in simulator. Without EVENT, shows a mix of common events.
    Stop it with Ctrl-C.
    """
    reporter = open_reporter(values)
    options = tail_options(values, LIVELY)
    rate = parse_values("demo", values)["rate"]
    run_demo(options, reporter, rate=rate, seed=values["seed"])


def run_demo(options: "TailOptions", reporter: Reporter, *, rate: float, seed: int | None) -> None:
    """Run a simulator and a tail of it.

    Args:
        options: What the tail does.
        reporter: Reports what happens.
        rate: Events a second.
        seed: Makes the events the same each time; None for new ones.

    Raises:
        RcTailError: Why the tail ended early.
        SignalledError: A signal ended it.
    """
    import_lean("rc_tail.tail.run")
    from rc_tail.config.folders import Folders
    from rc_tail.config.loading import read_settings
    from rc_tail.simulator import Options, Simulator
    from rc_tail.tail.run import run_tail

    with (
        # Tokens of a service that ends with this process are of no use to any other.
        tempfile.TemporaryDirectory(prefix="rc-tail-demo-") as name,
        Simulator(Options(rate=rate, seed=seed)) as simulator,
    ):
        folder = Path(name)
        folders = Folders(folder / "config", folder / "cache", folder / "state")
        settings = read_settings(
            identity_options({}), reporter, environ=simulator.variables, folders=folders
        )
        run_tail(options, settings, reporter, open_terminal(), folders=folders)
