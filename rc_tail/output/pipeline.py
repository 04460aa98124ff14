"""What becomes of an event between the service and its line: dropped, hidden, laid out."""

import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rc_tail.config.tail_options import TailOptions
from rc_tail.events.matching import matches
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import Format, for_terminal, frame_line, json_line

if TYPE_CHECKING:
    from rc_tail.output.pretty import Pretty

Predicate = Callable[[Notification], bool]
Warn = Callable[[str], None]
Masker = Callable[[Notification], Notification]


def make_predicate(wanted: TailOptions, warn: Warn) -> Predicate | None:
    """Return what decides whether an event is printed; None when every event is.

    Args:
        wanted: What was asked for.
        warn: Told of expressions that never hold.

    Raises:
        UsageError: An expression is none.
    """
    tests: list[Predicate] = []
    if wanted.exclude:
        tests.append(lambda event: not _is_one_of(event.event, wanted.exclude))
    if wanted.where:
        from rc_tail.output.where import Where

        tests.append(Where(wanted.where, warn))
    if not tests:
        return None
    return lambda event: all(test(event) for test in tests)


def _is_one_of(event: str, filters: Sequence[str]) -> bool:
    # A filter that asks for less than its path says nothing of events that do not repeat it.
    return any(matches(each, event) and ("?" in event or "?" not in each) for each in filters)


def make_mask(wanted: TailOptions) -> Masker | None:
    """Return what hides what is private in events; None when nothing is to be hidden."""
    if not wanted.mask:
        return None
    from rc_tail.output.mask import Mask

    return Mask(secrets.token_bytes(16))


def make_renderer(
    wanted: TailOptions, descriptor: int, warn: Warn, hide: Masker | None = None
) -> Format:
    """Return what makes a line of an event.

    Args:
        wanted: What was asked for.
        descriptor: Where the line goes: on a terminal it is made harmless, and fits.
        warn: Told of names that no event has.
        hide: Hides what is private.

    Raises:
        UsageError: The template is none.
    """
    line = _plain_line(wanted, descriptor, warn)
    return line if hide is None else lambda event: line(hide(event))


def _plain_line(wanted: TailOptions, descriptor: int, warn: Warn) -> Format:
    is_terminal = os.isatty(descriptor)
    if wanted.template is not None:
        from rc_tail.output.template import Template

        return Template(wanted.template, warn)
    if wanted.output == "pretty":
        from rc_tail.output.pretty import Pretty

        pretty = Pretty(
            color=wanted.color, width=_width() if is_terminal else None, time=wanted.time
        )
        return _resized(pretty, descriptor) if is_terminal else pretty
    line = frame_line if wanted.output == "frame" else json_line
    return for_terminal(line) if is_terminal else line


def _width() -> int:
    return shutil.get_terminal_size().columns


def _resized(pretty: "Pretty", descriptor: int) -> Format:
    """Return what fits every line to the terminal as it is by then."""
    if os.environ.get("COLUMNS", "").lstrip("0").isdecimal():
        # Then it is as wide as that says, whatever happens.
        return pretty
    from rc_tail.system.terminal import terminal_width

    def line(event: Notification) -> bytes:
        pretty.width = terminal_width(descriptor)
        return pretty(event)

    return line
