"""The table of commands: names, modules, summaries.

A command's module is imported when it is called; the overview needs this table alone.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple

from rc_tail.config.option import OptionValues

# A command: it is called with its values, and may return an exit status.
Run = Callable[[OptionValues], int | None]


class Command(NamedTuple):
    """One command.

    Attributes:
        module: Of `rc_tail.cli`; it has a function or `CommandGroup` of the command's name.
        summary: One line.
        section: A heading of the overview.
        group: Whether it has commands of its own.
    """

    module: str
    summary: str
    section: str
    group: bool = False


class CommandGroup(NamedTuple):
    """A command that consists of others.

    Attributes:
        help: What they are for, in one line.
        commands: By name; the first line of each one's docstring is its summary.
    """

    help: str
    commands: Mapping[str, Run]


_TAIL = "Tail"
_LOGIN = "Log in"
_LOCAL = "Without an account"
_ELSE = "Troubleshooting and more"

COMMANDS: Mapping[str, Command] = {
    "tail": Command("tail", "Print events as they happen (default; you can omit `tail`).", _TAIL),
    "events": Command("events", "List the kinds of events, or show one of them.", _TAIL),
    "show": Command("show", "Print recorded events as the tail would.", _TAIL),
    "login": Command("login", "Log in and store the login as a profile.", _LOGIN),
    "logout": Command("logout", "Log out: revoke the tokens and delete the profile.", _LOGIN),
    "whoami": Command("whoami", "Show who is logged in.", _LOGIN),
    "profiles": Command("profiles", "List the stored logins.", _LOGIN),
    "demo": Command("demo", "Show sample events right away, no account needed.", _LOCAL),
    "simulator": Command(
        "simulator",
        "Run a local simulated RingCentral and send it events and faults.",
        _LOCAL,
        group=True,
    ),
    "doctor": Command("doctor", "Diagnose the setup and suggest fixes.", _ELSE),
    "systemd": Command("systemd", "Print a systemd unit file.", _ELSE),
    "completion": Command(
        "completion.request", "Print the completion script for bash, zsh or fish.", _ELSE
    ),
    "help": Command("help", "Show help on a topic, an exit status or a command.", _ELSE),
}

HELP_OPTIONS = ("-h", "--help")

# Names of commands, which no event may have.
RESERVED = frozenset(COMMANDS)


def load(name: str) -> Run:
    """Import a command that is not a group, and return it."""
    run: Run = getattr(import_module(f"rc_tail.cli.{COMMANDS[name].module}"), name)
    return run


def load_group(name: str) -> CommandGroup:
    """Import a command that is a group, and return it."""
    group: CommandGroup = getattr(import_module(f"rc_tail.cli.{COMMANDS[name].module}"), name)
    return group
