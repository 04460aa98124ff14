"""``rc-tail demo``: a local RingCentral and a tail of it, in one process."""

from rc_tail.cli.context import open_reporter
from rc_tail.cli.option import OptionValues
from rc_tail.cli.options import parse_values
from rc_tail.cli.tail_request import tail_options

# What most people would want to see first.
LIVELY = ("sms", "voicemail", "fax", "calls", "presence", "team-posts")


def demo(values: OptionValues) -> None:
    """Show events of a simulated RingCentral: no account, no network.

    It is the real tail against a local RingCentral; everything works as it would. Without an
    EVENT it shows the liveliest. Ctrl-C ends it.
    """
    reporter = open_reporter(values)
    options = tail_options(values, LIVELY)
    from rc_tail.cli.demo_run import run_demo

    rate = parse_values("demo", values)["rate"]
    run_demo(options, reporter, rate=rate, seed=values["seed"])
