"""A page for each exit status: what it means, what it may come from, and what to do now."""

import textwrap
from collections.abc import Iterator

from rc_tail.cli.help_pages.exit_statuses import BY_SIGNAL, MEANINGS
from rc_tail.cli.help_pages.pages import PAGES
from rc_tail.errors import ExitStatus

WIDTH = 80
_INDENT = "    "


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
    if PAGES[status].hopeless:
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
