"""``rc-tail demo``: a local RingCentral and a tail of it, in one process."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from rc_tail.cli.groups import END, EVENTS, MESSAGES, OUTPUT, SUPERVISION
from rc_tail.cli.tail_request import TailRequest
from rc_tail.cli.taking import Declared, with_options

# What most people would want to see first.
LIVELY = ("sms", "voicemail", "fax", "calls", "presence", "team-posts")

_TRAFFIC = "Traffic"
TRAFFIC: Mapping[str, Declared] = {
    "rate": (
        Annotated[
            str,
            typer.Option(
                "--rate",
                metavar="N",
                help="Events a second: 2, 0.5, 100/s or 30/m.",
                rich_help_panel=_TRAFFIC,
            ),
        ],
        "2",
    ),
    "seed": (
        Annotated[
            int | None,
            typer.Option(
                "--seed", metavar="N", help="The same events each time.", rich_help_panel=_TRAFFIC
            ),
        ],
        None,
    ),
}


@with_options(EVENTS, TRAFFIC, OUTPUT, END, SUPERVISION, MESSAGES)
def demo(**given: Any) -> None:
    """Show events of a simulated RingCentral: no account, no network.

    It is the real tail against a local RingCentral; everything works as it would. Without an
    EVENT it shows the liveliest. Ctrl-C ends it.
    """
    orders = TailRequest(given)
    reporter = orders.reporter()
    wanted = orders.wanted(LIVELY)
    from rc_tail.cli.demo_run import run_demo
    from rc_tail.text.durations import parse_rate

    rate = parse_rate(given["rate"], "--rate")
    run_demo(wanted, reporter, rate=rate, seed=given["seed"])
