"""The exit statuses: what each one means, and its page of ``rc-tail help``."""

import textwrap
from collections.abc import Iterator, Mapping

from rc_tail.cli.help_pages.pages import PAGES
from rc_tail.errors import ExitStatus

WIDTH = 80
_INDENT = "    "

# In one sentence: for the help and for the README.
MEANINGS: Mapping[ExitStatus, str] = {
    ExitStatus.OK: (
        "Success: `--count` was reached, `--for` ended with no `--count`, or all past events were "
        "printed with `--no-follow`."
    ),
    ExitStatus.BUG: "Unexpected error: a bug in rc-tail.",
    ExitStatus.USAGE: (
        "Wrong usage: unknown event, option or value, options that cannot be combined, or an "
        "unreadable file on the command line (an env file: 78)."
    ),
    ExitStatus.FILTERS_REFUSED: (
        "RingCentral refused every event filter (if it refuses some, rc-tail warns and continues), or "
        "the input of `show` is text without any event."
    ),
    ExitStatus.UNREACHABLE: (
        "RingCentral, or at the start another destination of events, cannot be reached, or its "
        "certificate is not trusted."
    ),
    ExitStatus.SYSTEM: "The operating system refused: port in use, or too many open files.",
    ExitStatus.OUTPUT: (
        "An output could not be written, for example because the disk is full, or a destination "
        "accepted nothing for `--sink-give-up`."
    ),
    ExitStatus.TEMPORARY: (
        "A temporary failure outlasted `--retry-for`, the `--resume` name is in use, or no client is "
        "subscribed to what `simulator send` sends."
    ),
    ExitStatus.PROTOCOL: (
        "The server broke the protocol, or tried to downgrade to `ws://` after https."
    ),
    ExitStatus.AUTH: (
        "No credentials, or they were refused, or the app or the user lacks a permission, or a "
        "destination of events refused its login."
    ),
    ExitStatus.CONFIG: (
        "Wrong configuration: profile, env file, proxy, plain http to another machine, credentials "
        "of another server, or a destination that fails its check."
    ),
    ExitStatus.TIMED_OUT: "`--for` ended before `--count` was reached.",
}

# The statuses that a shell reports for a program that was ended by a signal.
BY_SIGNAL: Mapping[int, str] = {
    129: "Ended by SIGHUP: its terminal was closed.",
    130: "Ended by SIGINT: Ctrl-C.",
    141: "Ended by SIGPIPE: the reader of its standard output exited.",
    143: "Ended by SIGTERM.",
}


def meaning(status: int) -> str:
    """Return what a status means, in one sentence."""
    return BY_SIGNAL[status] if status in BY_SIGNAL else MEANINGS[ExitStatus(status)]


def status_page(status: int) -> str:
    """Return the page of a status, one of `PAGES`."""
    return "\n".join(_lines(status)) + "\n"


def _lines(status: int) -> Iterator[str]:
    yield f"Exit status {status}"
    yield ""
    yield from textwrap.wrap(meaning(status), WIDTH)
    if PAGES[status].needs_change:
        yield "Retrying will not help until this is fixed."
    for case in PAGES[status].cases:
        yield ""
        yield from textwrap.wrap(case.cause, WIDTH)
        yield from textwrap.wrap(
            case.cure,
            WIDTH,
            initial_indent=_INDENT,
            subsequent_indent=_INDENT,
            break_on_hyphens=False,
        )


def statuses_page() -> str:
    """Return the list of all statuses."""
    lines = ["Exit statuses", ""]
    for status in PAGES:
        head = f"{status:>5}  "
        lines += textwrap.wrap(
            meaning(status),
            WIDTH,
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_on_hyphens=False,
        )
    lines += ["", "More about one of them: rc-tail help 77"]
    return "\n".join(lines) + "\n"
