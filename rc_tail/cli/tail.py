"""``rc-tail [EVENT]...``: the tail."""

from rc_tail.cli.context import identity_options, open_reporter, open_settings
from rc_tail.cli.exit import open_terminal
from rc_tail.cli.tail_request import tail_options
from rc_tail.config.option import OptionValues
from rc_tail.system.lean_imports import import_lean


def tail(values: OptionValues) -> None:
    """Print RingCentral events as they happen.

    Events go to standard output, one a line; everything else goes to standard error.
    """
    reporter = open_reporter(values)
    options = tail_options(values)
    import_lean("rc_tail.tail.run")
    from rc_tail.tail.run import run_tail

    run_tail(options, open_settings(identity_options(values), reporter), reporter, open_terminal())
