"""``rc-tail [EVENT]...``: the tail."""

import sys
from typing import TYPE_CHECKING

from rc_tail.cli.context import color_wanted, identity_options, open_reporter, open_settings
from rc_tail.cli.options import (
    CaBundleOption,
    Color,
    ColorOption,
    CountOption,
    DebugOption,
    EnvFileOption,
    EventsArgument,
    ExtensionOption,
    FilterOption,
    ForOption,
    LogFormat,
    LogFormatOption,
    Output,
    OutputOption,
    ProfileOption,
    QuietOption,
    RetryForOption,
    SandboxOption,
    ServerOption,
    TailJsonOption,
    TimeColumn,
    TimeOption,
    VerboseOption,
)

if TYPE_CHECKING:
    from rc_tail.wanted import Wanted


def tail(
    events: EventsArgument = None,
    *,
    filters: FilterOption = None,
    extension: ExtensionOption = None,
    output: OutputOption = None,
    as_json: TailJsonOption = False,
    time: TimeOption = TimeColumn.local,
    count: CountOption = None,
    seconds: ForOption = None,
    retry_for: RetryForOption = None,
    profile: ProfileOption = None,
    server: ServerOption = None,
    sandbox: SandboxOption = False,
    env_file: EnvFileOption = None,
    ca_bundle: CaBundleOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
    log_format: LogFormatOption = LogFormat.text,
    color: ColorOption = Color.auto,
) -> None:
    """Print RingCentral events as they happen.

    Events go to standard output, one a line; everything else is told on standard error.
    """
    reporter = open_reporter(
        quiet=quiet, verbose=verbose, debug=debug, log_format=log_format, color=color
    )
    options = identity_options(
        profile=profile, server=server, sandbox=sandbox, env_file=env_file, ca_bundle=ca_bundle
    )
    wanted = wanted_of(
        events or [],
        filters or [],
        extension or [],
        output=chosen_output(output, as_json=as_json),
        time=time,
        color=color,
        count=count,
        seconds=seconds,
        retry_for=retry_for,
    )
    from rc_tail.running import run_tail

    run_tail(wanted, open_settings(options, reporter), reporter)


def chosen_output(output: Output | None, *, as_json: bool) -> Output:
    """Return how events look: as asked, else readable on a terminal and JSON elsewhere.

    Raises:
        UsageError: Two options contradict each other.
    """
    from rc_tail.errors import UsageError

    if as_json and output not in (None, Output.json):
        raise UsageError(f"--json and --output {output} exclude each other")
    if output is not None or as_json:
        return output or Output.json
    # Readable lines are for people; programs get JSON without asking.
    return Output.pretty if sys.stdout is not None and sys.stdout.isatty() else Output.json


def wanted_of(
    events: list[str],
    filters: list[str],
    extensions: list[str],
    *,
    output: Output,
    time: TimeColumn = TimeColumn.local,
    color: Color = Color.auto,
    count: int | None = None,
    seconds: str | None = None,
    retry_for: str | None = None,
) -> "Wanted":
    """Return what a command line asks of the tail.

    Raises:
        UsageError: It names no event, or something that is none.
    """
    import os

    from rc_tail.durations import parse_duration
    from rc_tail.events.selection import select
    from rc_tail.wanted import Wanted

    return Wanted(
        select(events, filters),
        extensions=tuple(extensions),
        output=output.value,
        time=time.value,
        color=sys.stdout is not None and color_wanted(color, sys.stdout, os.environ),
        count=count,
        seconds=None if seconds is None else parse_duration(seconds, "--for"),
        retry_for=None if retry_for is None else parse_duration(retry_for, "--retry-for"),
    )
