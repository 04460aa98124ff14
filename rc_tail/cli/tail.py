"""``rc-tail [EVENT]...``: the tail."""

from typing import Any

from rc_tail.cli.context import open_settings
from rc_tail.cli.orders import END, EVENTS, IDENTITY, MESSAGES, OUTPUT, SUPERVISION, Orders
from rc_tail.cli.taking import taking


@taking(EVENTS, OUTPUT, END, SUPERVISION, IDENTITY, MESSAGES)
def tail(**given: Any) -> None:
    """Print RingCentral events as they happen.

    Events go to standard output, one a line; everything else is told on standard error.
    """
    orders = Orders(given)
    reporter = orders.reporter()
    wanted = orders.wanted()
    from rc_tail.running import run_tail

    run_tail(wanted, open_settings(orders.identity(), reporter), reporter)
