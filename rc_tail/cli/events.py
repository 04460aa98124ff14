"""``rc-tail events``: prints the catalogue."""

import json
import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rc_tail.cli.context import open_reporter
from rc_tail.cli.exit import open_terminal
from rc_tail.config.option import OptionValues
from rc_tail.reporter import Reporter
from rc_tail.text.escape import visible

if TYPE_CHECKING:
    from rc_tail.events.kinds import EventKind

_BOLD, _FAINT, _GREEN, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[0m"
_NARROWEST = 24  # cells for summaries, whatever the terminal's width
_LABEL = 12
# These are wrapped; the other facts are for copying and are not broken into lines.
_PROSE = frozenset({"what", "parameters", "related"})


def events(values: OptionValues) -> None:
    """List the kinds of events, those that contain all WORDs, or show one by name.

    On a terminal the output goes through a pager.
    """
    from rc_tail.events import listing

    reporter = open_reporter(values)
    words, sample = values["words"], values["sample"]
    named = listing.kinds_named(words)
    kinds = named or listing.search(words)
    terminal = open_terminal()
    # Output to a file or a program is not wrapped.
    width = terminal.output_width
    color = terminal.output_color(values["color"])
    page = _EventPrinter(color=color, width=width and width())
    if values["as_json"]:
        text = "\n".join(json.dumps(listing.kind_as_json(k), ensure_ascii=False) for k in kinds)
    elif named or sample:
        text = "\n\n".join("\n".join(page.described(kind, sample=sample)) for kind in kinds)
    else:
        text = "\n".join(page.listed(kinds))
    if not (values["pager"] and terminal.has_output and not values["as_json"]):
        sys.stdout.write(f"{text}\n")
    else:
        _show(f"{text}\n", reporter)


def _show(text: str, reporter: Reporter) -> None:
    """Show a text on the terminal, in a pager if there is one."""
    from rc_tail.system.pager import pager_command, show_in_pager

    try:
        if command := pager_command(os.environ):
            show_in_pager(text, command, os.environ)
            return
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "a quote is not closed"
        reporter.warning("pager", f"PAGER={visible(os.environ.get('PAGER', ''))}: {why}")
    sys.stdout.write(text)


class _EventPrinter:
    """Lays out events for people.

    Args:
        color: Whether to use colours.
        width: The terminal's width in cells; None when there is no terminal.
    """

    def __init__(self, *, color: bool, width: int | None) -> None:
        self._color = color
        self._width = width

    def listed(self, kinds: Sequence["EventKind"]) -> Iterator[str]:
        """Yield the lines of a list, with a heading for each family."""
        from rc_tail.events.catalogue import FAMILIES
        from rc_tail.events.listing import typed_form

        names = max(len(typed_form(kind)) for kind in kinds)
        permissions = max(len(kind.permission) for kind in kinds)
        family = ""
        for kind in kinds:
            if kind.family != family:
                yield from [""] if family else []
                family = kind.family
                yield self._painted(FAMILIES[family], _BOLD)
            name = self._painted(typed_form(kind).ljust(names), _GREEN)
            permission = self._painted(kind.permission.ljust(permissions), _FAINT)
            yield from self._hanging(f"  {name}  {permission}  ", names + permissions + 6, kind)

    def _hanging(self, head: str, indent: int, kind: "EventKind") -> Iterator[str]:
        first, *rest = self._wrapped(kind.summary, indent)
        yield head + first
        yield from (" " * indent + line for line in rest)

    def _wrapped(self, text: str, indent: int) -> list[str]:
        if self._width is None:
            return [text]
        return textwrap.wrap(
            text,
            max(self._width - indent, _NARROWEST),
            break_long_words=False,
            break_on_hyphens=False,
        )

    def described(self, kind: "EventKind", *, sample: bool) -> Iterator[str]:
        """Yield the lines of everything about one kind; its sample only on request."""
        yield self._painted(kind.name, _BOLD)
        for label, values in _facts(kind):
            margin = label
            for value in values:
                first, *rest = self._wrapped(value, _LABEL + 2) if label in _PROSE else [value]
                yield "  " + self._painted(margin.ljust(_LABEL), _FAINT) + first
                yield from (" " * (_LABEL + 2) + line for line in rest)
                margin = ""
        if sample:
            yield "  " + self._painted("sample", _FAINT)
            yield textwrap.indent(json.dumps(kind.sample, ensure_ascii=False, indent=2), "    ")

    def _painted(self, text: str, paint: str) -> str:
        return f"{paint}{text}{_RESET}" if self._color and text.strip() else text


def _facts(kind: "EventKind") -> Iterator[tuple[str, list[str]]]:
    from rc_tail.events import listing

    yield "what", [kind.summary]
    yield "also", [kind.also] if kind.also else []
    yield "filter", [kind.filter]
    yield "level", [kind.level.value]
    yield "permission", [kind.permission or "not documented"]
    yield "of the user", [kind.user_permission] if kind.user_permission else []
    yield "id", [f"ID is the {kind.id_name}"] if kind.id_name else []
    yield (
        "parameters",
        [f"{p.name}={listing.allowed_values(p)}: {p.summary}" for p in kind.parameters] or ["none"],
    )
    yield "related", [name] if (name := ", ".join(listing.related_kinds(kind))) else []
    yield "examples", [f"rc-tail {words}" for words in listing.example_commands(kind)]
