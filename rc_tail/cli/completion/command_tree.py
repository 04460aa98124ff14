"""What can stand where on a command line, taken from the commands themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.completion.shells import SHELLS
from rc_tail.cli.typer_app import click_command


class Source(StrEnum):
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
class Option:
    """An option of one command.

    Attributes:
        spellings: All ways to write it, the long one first.
        takes: `FLAG`, a `Source`, or its choices between commas.
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
class Argument:
    """A word that is no option.

    Attributes:
        takes: A `Source`, or its choices between commas.
        several: Whether more of them may follow.
    """

    takes: str
    several: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """What can follow the name of a command.

    Attributes:
        commands: Names and summaries of the commands inside it.
        options: Its options.
        arguments: Its arguments, in order.
    """

    commands: Mapping[str, str]
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]


_HELP = Option(("--help", "-h"), FLAG, "Show the help.")
_PROGRAM = (
    Option(("--version",), FLAG, "Show the version."),
    Option(("--install-completion",), ",".join(SHELLS), "Let the TAB key complete rc-tail."),
    Option(("--show-completion",), ",".join(SHELLS), "Print the completion of a shell."),
)
# What the placeholders in the help stand for. The others are free text.
_SOURCES = {
    "COMMAND": Source.PROGRAMS,
    "DIRECTORY": Source.FILES,
    "EVENT": Source.EVENTS,
    "FILE": Source.FILES,
    "PATH": Source.FILES,
    "WORD": Source.EVENT,
}
# NAME says too little: these options name something that the user has stored.
_STORED = {"--profile": Source.PROFILES, "--resume": Source.RESUMES}


@cache
def places() -> Mapping[str, Place]:
    """Return all places: by the words of a command, ``simulator run``; the program's own is empty.

    Every command's module is imported, once.
    """
    found: dict[str, Place] = {}
    for name in COMMANDS:
        found.update(_places_of(click_command(name), name))
    tail = found["tail"]
    summaries = {name: command.summary for name, command in COMMANDS.items()}
    # The word tail may be left out, so the program takes what the tail takes.
    own = Place(summaries, (*tail.options, *_PROGRAM), tail.arguments)
    return {"": own, **found}


def _places_of(command: Any, path: str) -> Iterator[tuple[str, Place]]:
    inner = {n: c for n, c in getattr(command, "commands", {}).items() if not c.hidden}
    context = command.make_context(path, [], resilient_parsing=True)
    shown = [p for p in command.params if not getattr(p, "hidden", False)]
    options = [_option(p, context) for p in shown if p.param_type_name == "option"]
    arguments = [_argument(p, context) for p in shown if p.param_type_name == "argument"]
    yield (
        path,
        Place(
            {name: _first_line(child.help) for name, child in inner.items()},
            (*options, _HELP),
            tuple(arguments),
        ),
    )
    for name, child in inner.items():
        yield from _places_of(child, f"{path} {name}")


def _option(parameter: Any, context: Any) -> Option:
    spellings = parameter.opts
    if parameter.is_flag and parameter.secondary_opts and parameter.default:
        # What is the case anyway need not be said.
        spellings = parameter.secondary_opts
    spellings = tuple(sorted(spellings, key=lambda spelling: not spelling.startswith("--")))
    takes = FLAG if parameter.is_flag else _takes(parameter, context)
    choices = "" if takes.startswith("@") else takes.replace(",", "|")
    return Option(
        spellings,
        _STORED.get(spellings[0], takes),
        _first_line(parameter.help),
        several=bool(parameter.multiple),
        placeholder="" if takes == FLAG else parameter.metavar or choices or "VALUE",
    )


def _argument(parameter: Any, context: Any) -> Argument:
    takes = _takes(parameter, context)
    several = parameter.nargs == -1
    if takes == Source.EVENTS and not several:
        # A single event is meant by its name alone.
        takes = Source.EVENT
    return Argument(takes, several)


def _takes(parameter: Any, context: Any) -> str:
    choices = [item.value for item in parameter.shell_complete(context, "")]
    if choices:
        return ",".join(choices)
    metavar = parameter.metavar or ""
    return _SOURCES.get(metavar.partition("|")[0], Source.TEXT)


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
