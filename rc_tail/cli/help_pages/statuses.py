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
        "Well done: `--count` was reached, or `--for` was over with no count asked, or the history "
        "was over with `--no-follow`."
    ),
    ExitStatus.BUG: "Something unforeseen failed: a bug in rc-tail.",
    ExitStatus.USAGE: (
        "Wrong usage: an unknown event, option or value, options that contradict each other, or a "
        "file on the command line that cannot be read (an env file: 78)."
    ),
    ExitStatus.FILTERS_REFUSED: (
        "RingCentral refused every event filter; when it refuses some, rc-tail warns and goes on."
    ),
    ExitStatus.UNREACHABLE: "RingCentral could not be reached, or its certificate is not trusted.",
    ExitStatus.SYSTEM: "The operating system refused: a port is in use, or no file can be opened.",
    ExitStatus.OUTPUT: "An output could not be written, as when the disk is full.",
    ExitStatus.TEMPORARY: (
        "A temporary refusal outlasted `--retry-for`, the name of `--resume` is in use, or nobody "
        "is subscribed to what `simulator send` sends."
    ),
    ExitStatus.PROTOCOL: (
        "The server broke the protocol, or asked for less safety (`ws://` after https)."
    ),
    ExitStatus.AUTH: (
        "There are no credentials, or they were refused, or the app or the user lacks a permission."
    ),
    ExitStatus.CONFIG: (
        "Wrong configuration: the profile, the env file, plain http to another machine, or "
        "credentials of another server."
    ),
    ExitStatus.TIMED_OUT: "`--for` was over before `--count` was reached.",
}

# The statuses that a shell reports for a program that was ended by a signal.
BY_SIGNAL: Mapping[int, str] = {
    129: "It was ended by SIGHUP: its terminal went away.",
    130: "It was ended by SIGINT: Ctrl-C.",
    141: "It was ended by SIGPIPE: the reader of its standard output went away.",
    143: "It was ended by SIGTERM.",
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
        yield "Starting again does not help before something is changed."
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
