"""What can come where on a command line: the tables of commands, options and arguments, joined."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from rc_tail.cli.commands import COMMANDS, load_group
from rc_tail.cli.completion.shells import Shell
from rc_tail.cli.options import arguments_of, options_of
from rc_tail.config.option import Argument, Option

# Typer adds the help to every command; the others end the program before a command is looked for.
_HELP = Option("--help -h", "Show the help.", (), type=bool)
_PROGRAM = (
    Option("--version -V", "Show the version.", (), type=bool),
    Option("--install-completion", "Let the TAB key complete rc-tail.", (), type=Shell),
)


class CommandNode(NamedTuple):
    """What can follow the name of a command.

    Attributes:
        commands: Names and summaries of the commands inside it.
        options: Its options.
        arguments: Its arguments, in order.
    """

    commands: Mapping[str, str]
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]


@cache
def command_nodes() -> Mapping[str, CommandNode]:
    """Return all nodes by the words of their command: ``simulator run``; the program's is empty."""
    nodes = {path: _node(path, commands) for path, commands in _paths()}
    tail = nodes["tail"]
    summaries = {name: command.summary for name, command in COMMANDS.items()}
    # The word tail may be left out, so the program takes what the tail takes.
    program = CommandNode(summaries, (*tail.options, *_PROGRAM), tail.arguments)
    return {"": program, **nodes}


def _paths() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each command's words, and the summaries of the commands inside it."""
    for name, command in COMMANDS.items():
        inner = load_group(name).commands if command.group else {}
        summaries = {each: (run.__doc__ or "").partition("\n")[0] for each, run in inner.items()}
        yield name, summaries
        yield from ((f"{name} {each}", {}) for each in inner)


def _node(path: str, commands: Mapping[str, str]) -> CommandNode:
    return CommandNode(commands, (*options_of(path), _HELP), tuple(arguments_of(path)))
