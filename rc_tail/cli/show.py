"""``rc-tail show``: recorded events, printed as the tail would."""

from rc_tail.cli.context import open_reporter
from rc_tail.cli.options import parse_values
from rc_tail.cli.tail_request import tail_options
from rc_tail.config.option import OptionValues
from rc_tail.errors import UsageError


def show(values: OptionValues) -> None:
    """Print recorded events as the tail would.

    FILE contains what `rc-tail --json` or `--output frame` printed, as lines or formatted, for
    example by jq. Lines that are not events are reported with their line number and skipped. If
    the input is text without any event, the exit status is 65.
    """
    reporter = open_reporter(values)
    if not values["files"]:
        raise UsageError(
            "name at least one file",
            hint="Use files that rc-tail --json wrote, or - for standard input: rc-tail show -",
        )
    # A selection is required, and has no effect here: files hold any events.
    options = tail_options(values, ("sms", "voicemail", "fax"))
    from rc_tail.cli.show_files import run_show

    speed = parse_values("show", values)["speed"]
    run_show(values["files"], options, reporter, speed=speed)
