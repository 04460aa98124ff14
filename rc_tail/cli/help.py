"""``rc-tail help``: prints a topic, an exit status or a command's options."""

import difflib
import sys
from collections.abc import Sequence

from rc_tail.cli.commands import COMMANDS
from rc_tail.config.option import OptionValues
from rc_tail.errors import UsageError
from rc_tail.text.escape import visible


def help(values: OptionValues) -> None:
    """Show help on a topic, an exit status or a command."""
    topic = values["topic"]
    if not topic:
        _show_all()
        return
    from rc_tail.cli.help_pages.topics import TOPICS

    name, *rest = topic
    # A topic comes before a command of the same name, whose options `--help` shows.
    if not rest and name in TOPICS:
        sys.stdout.write(TOPICS[name]())
    elif name in COMMANDS:
        _show_command(name, rest)
    else:
        raise _unknown(" ".join(topic))


def _show_all() -> None:
    from rc_tail.cli.help_pages.pages import PAGES
    from rc_tail.cli.help_pages.topics import SUMMARIES
    from rc_tail.cli.overview import overview

    width = max(map(len, SUMMARIES)) + 2
    lines = [f"  {name:<{width}}{words}\n" for name, words in SUMMARIES.items()]
    statuses = ", ".join(str(int(status)) for status in PAGES)
    lines.append(f"  {'STATUS':<{width}}One exit status: {statuses}.\n")
    lines.append(f"  {'COMMAND':<{width}}The options of a command.\n")
    sys.stdout.write("".join([overview(), "\nTopics of rc-tail help:\n", *lines]))


def _show_command(name: str, rest: Sequence[str]) -> None:
    from rc_tail.cli.typer_app import click_command

    words = [*rest, "--help"]
    program = "rc-tail" if name == "tail" else f"rc-tail {name}"
    click_command(name)(words, prog_name=program, standalone_mode=False)


def _unknown(words: str) -> UsageError:
    from rc_tail.cli.help_pages.topics import TOPICS
    from rc_tail.events.catalogue import by_name

    close = difflib.get_close_matches(words, [*TOPICS, *COMMANDS], n=2, cutoff=0.6)
    hints = []
    if close:
        hints.append(f"Did you mean {' or '.join(close)}?")
    if (kind := by_name(words)) is not None:
        hints.append(f"`rc-tail events {kind.name}` shows everything about that event.")
    hints.append(
        "Topics: exit-codes, filters, recipes, sinks, simulator, a status such as 77, or a command."
    )
    return UsageError(f"no help topic {visible(words)[:60]!r}", hint="\n".join(hints))
