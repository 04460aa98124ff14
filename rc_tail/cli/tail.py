"""``rc-tail [EVENT]...``: the tail."""

from typing import Any

from rc_tail.cli.groups import END, EVENTS, IDENTITY, MESSAGES, OUTPUT, SUPERVISION
from rc_tail.cli.tail_request import run_tail_command
from rc_tail.cli.taking import with_options


@with_options(EVENTS, OUTPUT, END, SUPERVISION, IDENTITY, MESSAGES)
def tail(**given: Any) -> None:
    """Print RingCentral events as they happen.

    Events go to standard output, one a line; everything else is told on standard error.
    """
    run_tail_command(given)
