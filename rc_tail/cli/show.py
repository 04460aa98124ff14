"""``rc-tail show``: recorded events, printed as the tail would."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from rc_tail.cli.groups import END, EVENTS, MESSAGES, OUTPUT, SUPERVISION
from rc_tail.cli.options import CountOption, ExcludeOption, WhereOption
from rc_tail.cli.tail_request import TailRequest
from rc_tail.cli.taking import Declared, with_options
from rc_tail.errors import UsageError

SHOW: Mapping[str, Declared] = {
    "files": (
        Annotated[
            list[Path] | None,
            typer.Argument(metavar="FILE", help="JSON lines as the tail prints them; - is stdin."),
        ],
        None,
    ),
    "where": (WhereOption, None),
    "exclude": (ExcludeOption, None),
    "speed": (
        Annotated[
            str | None,
            typer.Option(
                "--speed",
                metavar="N",
                help="Keep their rhythm: 1x as they came, 10x ten times as fast.",
                rich_help_panel="Output",
            ),
        ],
        None,
    ),
    "count": (CountOption, None),
}


@with_options(SHOW, OUTPUT, MESSAGES)
def show(**given: Any) -> None:
    """Print recorded events as the tail would.

    The files hold what `rc-tail --json` or `--output frame` has printed. Lines that hold no event
    are told by their number and left out.
    """
    # What only a live tail can do is not asked for.
    live = {name: entry[1] for group in (EVENTS, END, SUPERVISION) for name, entry in group.items()}
    orders = TailRequest({**live, **given})
    reporter = orders.reporter()
    if not given["files"]:
        raise UsageError(
            "which file?",
            hint="Name files that rc-tail --json has written, or - for standard input: "
            "rc-tail show -",
        )
    # Which kinds they are is for the files to say.
    wanted = orders.wanted(("sms",))
    from rc_tail.cli.show_files import run_show
    from rc_tail.text.durations import parse_speed

    speed = None if given["speed"] is None else parse_speed(given["speed"], "--speed")
    run_show(given["files"], wanted, reporter, speed=speed)
