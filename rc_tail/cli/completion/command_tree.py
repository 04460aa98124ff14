"""What can stand where on a command line, taken from the commands themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.completion.shells import SHELLS
from rc_tail.cli.typer_app import click_command


class ValueSource(StrEnum):
    """Where the values of an option or argument come from, when they are no fixed choice."""

    EVENTS = "@events"
    EVENT = "@event"
    FILES = "@files"
    PROFILES = "@profiles"
    RESUMES = "@resumes"
    PROGRAMS = "@programs"
    TEXT = "@text"


FLAG = "-"


@dataclass(frozen=True, slots=True)
class CommandOption:
    """An option of one command.

    Attributes:
        spellings: All ways to write it, the long one first.
        takes: `FLAG`, a `ValueSource`, or its choices between commas.
        help: What it is for.
        several: Whether it may be given more than once.
        placeholder: What stands for its value in a text; empty for a flag.
    """

    spellings: tuple[str, ...]
    takes: str
    help: str
    several: bool = False
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class CommandArgument:
    """A word that is no option.

    Attributes:
        takes: A `ValueSource`, or its choices between commas.
        several: Whether more of them may follow.
    """

    takes: str
    several: bool = False


@dataclass(frozen=True, slots=True)
class CommandNode:
    """What can follow the name of a command.

    Attributes:
        commands: Names and summaries of the commands inside it.
        options: Its options.
        arguments: Its arguments, in order.
    """

    commands: Mapping[str, str]
    options: tuple[CommandOption, ...]
    arguments: tuple[CommandArgument, ...]


_HELP = CommandOption(("--help", "-h"), FLAG, "Show the help.")
_PROGRAM = (
    CommandOption(("--version",), FLAG, "Show the version."),
    CommandOption(("--install-completion",), ",".join(SHELLS), "Let the TAB key complete rc-tail."),
    CommandOption(("--show-completion",), ",".join(SHELLS), "Print the completion of a shell."),
)
# What the placeholders in the help stand for. The others are free text.
_SOURCES = {
    "COMMAND": ValueSource.PROGRAMS,
    "DIRECTORY": ValueSource.FILES,
    "EVENT": ValueSource.EVENTS,
    "FILE": ValueSource.FILES,
    "PATH": ValueSource.FILES,
    "WORD": ValueSource.EVENT,
}
# NAME says too little: these options name something that the user has stored.
_STORED = {"--profile": ValueSource.PROFILES, "--resume": ValueSource.RESUMES}


@cache
def command_nodes() -> Mapping[str, CommandNode]:
    """Return all places: by the words of a command, ``simulator run``; the program's own is empty.

    Every command's module is imported, once.
    """
    found: dict[str, CommandNode] = {}
    for name in COMMANDS:
        found.update(_places_of(click_command(name), name))
    tail = found["tail"]
    summaries = {name: command.summary for name, command in COMMANDS.items()}
    # The word tail may be left out, so the program takes what the tail takes.
    own = CommandNode(summaries, (*tail.options, *_PROGRAM), tail.arguments)
    return {"": own, **found}


def _places_of(command: Any, path: str) -> Iterator[tuple[str, CommandNode]]:
    inner = {n: c for n, c in getattr(command, "commands", {}).items() if not c.hidden}
    context = command.make_context(path, [], resilient_parsing=True)
    shown = [p for p in command.params if not getattr(p, "hidden", False)]
    options = [_option(p, context) for p in shown if p.param_type_name == "option"]
    arguments = [_argument(p, context) for p in shown if p.param_type_name == "argument"]
    yield (
        path,
        CommandNode(
            {name: _first_line(child.help) for name, child in inner.items()},
            (*options, _HELP),
            tuple(arguments),
        ),
    )
    for name, child in inner.items():
        yield from _places_of(child, f"{path} {name}")


def _option(parameter: Any, context: Any) -> CommandOption:
    spellings = parameter.opts
    if parameter.is_flag and parameter.secondary_opts and parameter.default:
        # What is the case anyway need not be said.
        spellings = parameter.secondary_opts
    spellings = tuple(sorted(spellings, key=lambda spelling: not spelling.startswith("--")))
    takes = FLAG if parameter.is_flag else _takes(parameter, context)
    choices = "" if takes.startswith("@") else takes.replace(",", "|")
    return CommandOption(
        spellings,
        _STORED.get(spellings[0], takes),
        _first_line(parameter.help),
        several=bool(parameter.multiple),
        placeholder="" if takes == FLAG else parameter.metavar or choices or "VALUE",
    )


def _argument(parameter: Any, context: Any) -> CommandArgument:
    takes = _takes(parameter, context)
    several = parameter.nargs == -1
    if takes == ValueSource.EVENTS and not several:
        # A single event is meant by its name alone.
        takes = ValueSource.EVENT
    return CommandArgument(takes, several)


def _takes(parameter: Any, context: Any) -> str:
    choices = [item.value for item in parameter.shell_complete(context, "")]
    if choices:
        return ",".join(choices)
    metavar = parameter.metavar or ""
    return _SOURCES.get(metavar.partition("|")[0], ValueSource.TEXT)


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
