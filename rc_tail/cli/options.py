"""The table of options: everything that a command line can say, one entry an option.

From an entry follow the fast parser, Typer's parameters and help, completion, the README's table
and the table-driven tests. A value reaches its command under the entry's name; an entry of the
tail whose name is a field of `TailOptions` reaches the engine without further code.
"""

from pathlib import Path
from typing import Any

from rc_tail.cli.arguments import ARGUMENTS
from rc_tail.cli.simulator_options import SIMULATOR_OPTIONS
from rc_tail.config.option import (
    Argument,
    Color,
    LogFormat,
    Option,
    OptionValues,
    Output,
    TimeFormat,
    ValueSource,
)
from rc_tail.sinks.table import sink_options
from rc_tail.text.durations import parse_duration, parse_rate, parse_speed

# Headings of the help.
EVENTS = "Events"
TRAFFIC = "Traffic"
OUTPUT = "Output"
END = "When to exit"
SUPERVISION = "Scripts and supervisors"
IDENTITY = "Identity"
MESSAGES = "Messages"

# The commands that share options.
_LIVE = ("tail", "demo")
_PRINTING = (*_LIVE, "show")
_CONNECTING = ("tail", "login", "logout", "doctor")
_LOGGED_IN = (*_CONNECTING, "whoami")
_EXPLAINING = (*_PRINTING, *_CONNECTING[1:], "whoami", "events")
_REPORTING = (
    *_EXPLAINING,
    "profiles",
    "simulator run",
    "simulator send",
    "simulator fault",
    "simulator stop",
)

# In the order of the help. A command has those that name it.
OPTIONS: tuple[Option, ...] = (
    Option(
        "--json",
        "Print JSON, one object per line.",
        ("events", "whoami", "profiles", "doctor", "simulator status"),
        key="as_json",
        type=bool,
    ),
    Option(
        "--template",
        "Print a template unit, rc-tail@.service: a service for each profile.",
        ("systemd",),
        type=bool,
    ),
    Option("--sample", "Also print a sample of each event, as JSON.", ("events",), type=bool),
    Option(
        "--no-pager",
        "Do not use a pager on a terminal (env: PAGER; default: less, or more).",
        ("events",),
        key="pager",
        type=bool,
        default=True,
        opposite="--pager",
    ),
    *SIMULATOR_OPTIONS,
    # Which events.
    Option(
        "--filter -f EVENT",
        "Add an event (repeatable).",
        _LIVE,
        EVENTS,
        key="filters",
        repeatable=True,
        completion=ValueSource.EVENTS,
    ),
    Option(
        "--extension ID",
        "Extension to watch: an id, or ext:101 for an extension number (repeatable).",
        _LIVE,
        EVENTS,
        key="extensions",
        repeatable=True,
    ),
    Option(
        "--where EXPR",
        "Only events for which this JMESPath expression is true, e.g. "
        "\"body.direction == 'Inbound'\" (repeatable; all must hold).",
        _PRINTING,
        EVENTS,
        repeatable=True,
    ),
    Option(
        "--exclude EVENT",
        "Exclude a kind that a broader filter matches (repeatable).",
        _PRINTING,
        EVENTS,
        repeatable=True,
        completion=ValueSource.EVENTS,
    ),
    Option(
        "--since TIME",
        "Print past events since TIME (1h, 18:00, yesterday, 2026-11-23T18:00) first, then follow.",
        _LIVE,
        EVENTS,
    ),
    Option(
        "--no-history",
        "Do not backfill gaps from the message store and call log.",
        _LIVE,
        EVENTS,
        key="history",
        type=bool,
        default=True,
        opposite="--history",
    ),
    Option(
        "--resume NAME",
        "Save the position under NAME so the next run continues where this one stopped.",
        _LIVE,
        EVENTS,
        completion=ValueSource.RESUMES,
    ),
    # A simulator's traffic.
    Option(
        "--rate N",
        "Events per second: 2, 0.5, 100/s or 30/m (default: 2).",
        ("demo",),
        TRAFFIC,
        default="2",
        parse=parse_rate,
    ),
    Option("--seed N", "Random seed, for repeatable events.", ("demo",), TRAFFIC, type=int),
    # How events are printed.
    Option(
        "--speed N",
        "Replay with the original timing: 1x, 10x faster, ...",
        ("show",),
        OUTPUT,
        parse=parse_speed,
    ),
    Option(
        "--output -o",
        "pretty: readable entries; json: the event; frame: the raw WebSocket message; none: nothing, for other destinations (default: pretty on a terminal, json elsewhere).",
        _PRINTING,
        OUTPUT,
        type=Output,
    ),
    Option("--json", "Short for --output json.", _PRINTING, OUTPUT, key="as_json", type=bool),
    Option(
        "--template TEXT",
        "Format each event with a template, e.g. '{time|local} {from}: {text|oneline}'.",
        _PRINTING,
        OUTPUT,
    ),
    Option(
        "--mask",
        "Anonymise numbers, names and text, keeping their shape.",
        _PRINTING,
        OUTPUT,
        type=bool,
    ),
    Option(
        "--time",
        "Time column of readable lines (default: local).",
        _PRINTING,
        OUTPUT,
        type=TimeFormat,
        default=TimeFormat.local,
    ),
    Option(
        "--no-wrap",
        "Cut readable lines to the width of the terminal instead of wrapping them.",
        _PRINTING,
        OUTPUT,
        key="wrap",
        type=bool,
        default=True,
        opposite="--wrap",
    ),
    # When to end.
    Option("--count -n N", "Exit after N events.", _PRINTING, END, type=int, minimum=1),
    Option(
        "--for DURATION",
        'Exit after this long (30s, 5m, 1h30m), counted from "ready"; exits 124 if --count was '
        "not reached.",
        _LIVE,
        END,
        key="seconds",
        parse=parse_duration,
    ),
    Option(
        "--no-follow",
        "Exit after printing the events of --since.",
        _LIVE,
        END,
        key="follow",
        type=bool,
        default=True,
        opposite="--follow",
    ),
    Option(
        "--retry-for DURATION",
        "Give up after this long without a connection (default: never, once connected).",
        _LIVE,
        END,
        parse=parse_duration,
    ),
    *sink_options(),
    # Other programs.
    Option(
        "--ready-file PATH",
        "Create this file once the subscription is active.",
        _LIVE,
        SUPERVISION,
        type=Path,
    ),
    Option(
        "--ready-fd N",
        "Write a line to this file descriptor once the subscription is active.",
        _LIVE,
        SUPERVISION,
        type=int,
    ),
    Option(
        "--health-file PATH",
        "Keep this JSON file updated with the current state.",
        _LIVE,
        SUPERVISION,
        type=Path,
    ),
    # Which login.
    Option(
        "--jwt-file FILE|-",
        "Read the JWT from FILE, or from standard input (-).",
        ("login",),
        IDENTITY,
        type=Path,
    ),
    Option(
        "--profile NAME",
        "Profile to use (env: RC_PROFILE).",
        _LOGGED_IN,
        IDENTITY,
        completion=ValueSource.PROFILES,
    ),
    Option(
        "--server URL",
        "RingCentral server (default: https://platform.ringcentral.com).",
        _LOGGED_IN,
        IDENTITY,
    ),
    Option(
        "--sandbox",
        "Use the sandbox, https://platform.devtest.ringcentral.com.",
        _LOGGED_IN,
        IDENTITY,
        type=bool,
    ),
    Option(
        "--env-file FILE",
        "Read variables such as RC_USER_JWT from FILE.",
        _LOGGED_IN,
        IDENTITY,
        type=Path,
    ),
    Option(
        "--ca-bundle FILE",
        "Trust only the CAs in this PEM file.",
        _CONNECTING,
        IDENTITY,
        type=Path,
    ),
    # Messages on standard error.
    Option(
        "--quiet -q",
        "Print less (errors, gaps and rejected filters are always shown).",
        _REPORTING,
        MESSAGES,
        type=bool,
    ),
    Option("--verbose -v", "Explain what it is doing.", _EXPLAINING, MESSAGES, type=bool),
    Option(
        "--debug",
        "Show every frame and request, with secrets masked.",
        _EXPLAINING,
        MESSAGES,
        type=bool,
    ),
    Option(
        "--log-format",
        "Format of messages on stderr (default: text).",
        _REPORTING,
        MESSAGES,
        type=LogFormat,
        default=LogFormat.text,
    ),
    Option(
        "--color",
        "When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).",
        _REPORTING,
        MESSAGES,
        type=Color,
        default=Color.auto,
    ),
)


def options_of(command: str) -> list[Option]:
    """Return the options that a command takes, in the order of its help."""
    return [option for option in OPTIONS if command in option.commands]


def arguments_of(command: str) -> list[Argument]:
    """Return the arguments that a command takes, in order."""
    return [argument for argument in ARGUMENTS if command in argument.commands]


def default_values(command: str) -> dict[str, Any]:
    """Return what a command is called with when the command line says nothing."""
    entries: list[Argument | Option] = [*arguments_of(command), *options_of(command)]
    return {entry.name: entry.value_if_absent for entry in entries}


def parse_values(command: str, values: OptionValues) -> dict[str, Any]:
    """Return the values of a command line, those whose option has a parser converted.

    Raises:
        UsageError: A value is invalid.
    """
    parsed = dict(values)
    for option in options_of(command):
        text = values.get(option.name)
        if option.parse is not None and text is not None:
            parsed[option.name] = option.parse(text, option.spellings[0])
    return parsed
