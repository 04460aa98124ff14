"""From an event to its line: filters (--where, --exclude), the mask, and the form of the line."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from rc_tail.config.tail_options import TailOptions
from rc_tail.events.matching import decided_once, kind_of, matches
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import Renderer, escaped_for_terminal, frame_line, json_line

if TYPE_CHECKING:
    from rc_tail.output.names import NameBook

Predicate = Callable[[Notification], bool]
Warn = Callable[[str], None]
Masker = Callable[[Notification], Notification]


def make_predicate(
    options: TailOptions, warn: Warn, drops: DropCounter | None = None
) -> Predicate | None:
    """Return a function that decides whether an event is printed; None when every event is.

    Args:
        warn: Called with a message about an expression that never matches.
        drops: Counts the events that are not printed.

    Raises:
        UsageError: An expression is invalid.
    """
    tests: list[tuple[DropReason, Predicate]] = []
    if options.exclude:
        tests.append((DropReason.EXCLUDE, _excluding(options.exclude)))
    if options.where:
        from rc_tail.output.where import Where

        tests.append((DropReason.WHERE, Where(options.where, warn)))
    if not tests:
        return None
    counter = DropCounter() if drops is None else drops

    def keep(event: Notification) -> bool:
        for reason, test in tests:
            if not test(event):
                counter.add(reason)
                return False
        return True

    return keep


def _excluding(filters: Sequence[str]) -> Predicate:
    @decided_once
    def is_one_of(event: str) -> bool:
        # A filter narrower than its path does not match events that do not repeat its query.
        return any(matches(each, event) and ("?" in event or "?" not in each) for each in filters)

    return lambda event: not is_one_of(event.event)


def make_mask(options: TailOptions, key: bytes) -> Masker | None:
    """Return a function that hides personal data in events; None without ``--mask``.

    Args:
        key: Random bytes; the same value is masked the same way as long as the key is the same.
    """
    if not options.mask:
        return None
    from rc_tail.output.mask import Mask

    return Mask(key)


def keyed(mask: Masker) -> Masker:
    """Return a mask that first gives each event the key of what was received.

    Sinks that several tails share recognise an event by that, whatever the masks made of it.
    """
    from rc_tail.gateway.event_key import event_key

    return lambda event: mask(msgspec.structs.replace(event, key=event_key(event).text))


def make_renderer(
    options: TailOptions,
    warn: Warn,
    *,
    width: Callable[[], int] | None,
    now: Callable[[], datetime],
    mask: Masker | None = None,
    live: bool = False,
    names: "NameBook | None" = None,
) -> Renderer:
    """Return a function that makes the line of an event.

    Args:
        warn: Called with a message about a name in the template that no event has.
        width: The current width of the terminal in cells; None where the output is not a
            terminal: then lines are not cut, and JSON is passed on byte for byte.
        now: The current time with its zone, for the time column.
        mask: Applied to every event first.
        live: Whether the events come from the options' own subscription, not from a file.
        names: What people and chats are called, for readable output; None to begin with none.

    Raises:
        UsageError: The template is invalid.
    """
    render = _unmasked_renderer(options, warn, width, now, live=live, names=names)
    return render if mask is None else lambda event: render(mask(event))


def _is_of_one_extension(options: TailOptions) -> bool:
    filters = options.selection.filters
    return (
        bool(filters)
        and len(options.extensions) <= 1
        and all("/extension/~" in each or each.startswith("/team-messaging/") for each in filters)
    )


def _kind_names(options: TailOptions) -> Iterable[str]:
    """Return the names of the kinds that the options' own subscription brings."""
    events = (each.replace("~", "0") for each in options.selection.filters)
    return {kind.name for event in events if (kind := kind_of(event)) is not None}


def _unmasked_renderer(
    options: TailOptions,
    warn: Warn,
    width: Callable[[], int] | None,
    now: Callable[[], datetime],
    *,
    live: bool,
    names: "NameBook | None",
) -> Renderer:
    if options.template is not None:
        from rc_tail.output.template import Template

        return Template(options.template, warn)
    if options.output == "pretty":
        from rc_tail.output.pretty import Pretty

        return Pretty(
            color=options.color,
            width=width,
            time=options.time,
            now=now,
            wrap=options.wrap,
            one_extension=live and _is_of_one_extension(options),
            kinds=_kind_names(options) if live else (),
            names=names,
        )
    render = frame_line if options.output == "frame" else json_line
    return escaped_for_terminal(render) if width is not None else render
