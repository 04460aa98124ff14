"""``rc-tail demo``: a local RingCentral and a tail of it, in one process."""

from typing import Annotated

import typer

from rc_tail.cli.context import open_reporter
from rc_tail.cli.options import (
    Color,
    ColorOption,
    CountOption,
    DebugOption,
    EventsArgument,
    ExtensionOption,
    FilterOption,
    ForOption,
    LogFormat,
    LogFormatOption,
    OutputOption,
    QuietOption,
    RetryForOption,
    TailJsonOption,
    TimeColumn,
    TimeOption,
    VerboseOption,
)
from rc_tail.cli.tail import chosen_output, wanted_of

# What most people would want to see first.
LIVELY = ("sms", "voicemail", "fax", "calls", "presence", "team-posts")


def demo(
    events: EventsArgument = None,
    *,
    filters: FilterOption = None,
    extension: ExtensionOption = None,
    rate: Annotated[
        str, typer.Option("--rate", metavar="N", help="Events a second: 2, 0.5 or 100/s.")
    ] = "2",
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="The same events each time.")
    ] = None,
    output: OutputOption = None,
    as_json: TailJsonOption = False,
    time: TimeOption = TimeColumn.local,
    count: CountOption = None,
    seconds: ForOption = None,
    retry_for: RetryForOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
    log_format: LogFormatOption = LogFormat.text,
    color: ColorOption = Color.auto,
) -> None:
    """Show events of a simulated RingCentral: no account, no network.

    It is the real tail against a local RingCentral; everything works as it would. Without an
    EVENT it shows the liveliest. Ctrl-C ends it.
    """
    reporter = open_reporter(
        quiet=quiet, verbose=verbose, debug=debug, log_format=log_format, color=color
    )
    wanted = wanted_of(
        events or ([] if filters else list(LIVELY)),
        filters or [],
        extension or [],
        output=chosen_output(output, as_json=as_json),
        time=time,
        color=color,
        count=count,
        seconds=seconds,
        retry_for=retry_for,
    )
    from rc_tail.demo import run_demo
    from rc_tail.durations import parse_rate

    run_demo(wanted, reporter, rate=parse_rate(rate, "--rate"), seed=seed)
