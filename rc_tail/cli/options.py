"""The table of options: everything that a command line can say, one entry an option.

From an entry follow the fast parser, Typer's parameters and help, completion, the README's table
and the table-driven tests. A value reaches its command under the entry's name; an entry of the
tail whose name is a field of `TailOptions` reaches the engine without further code.
"""

from pathlib import Path
from typing import Any

from rc_tail.cli.arguments import ARGUMENTS
from rc_tail.cli.option import (
    Argument,
    Color,
    LogFormat,
    Option,
    OptionValues,
    Output,
    TimeFormat,
    ValueSource,
)
from rc_tail.cli.simulator_options import SIMULATOR_OPTIONS
from rc_tail.text.durations import parse_duration, parse_rate, parse_speed

# Headings of the help.
EVENTS = "Events"
TRAFFIC = "Traffic"
OUTPUT = "Output"
END = "When to end"
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
        "One JSON object a line.",
        ("events", "whoami", "profiles", "doctor", "simulator status"),
        key="as_json",
        type=bool,
    ),
    *SIMULATOR_OPTIONS,
    # Which events.
    Option(
        "--filter -f EVENT",
        "One more event; may be repeated.",
        _LIVE,
        EVENTS,
        key="filters",
        repeatable=True,
        completion=ValueSource.EVENTS,
    ),
    Option(
        "--extension ID",
        "Whose events: an extension id, or ext:101 for a number; may be repeated.",
        _LIVE,
        EVENTS,
        key="extensions",
        repeatable=True,
    ),
    Option(
        "--where EXPR",
        "Only events of which a JMESPath expression is true, as in "
        "\"body.direction == 'Inbound'\"; may be repeated.",
        _PRINTING,
        EVENTS,
        repeatable=True,
    ),
    Option(
        "--exclude EVENT",
        "Drop a kind that a wider filter brings; may be repeated.",
        _PRINTING,
        EVENTS,
        repeatable=True,
        completion=ValueSource.EVENTS,
    ),
    Option(
        "--since TIME",
        "First the history since then, such as 1h, 18:00 or 2026-11-23T18:00; then live.",
        _LIVE,
        EVENTS,
    ),
    Option(
        "--no-history",
        "Do not fill gaps from the history.",
        _LIVE,
        EVENTS,
        key="history",
        type=bool,
        default=True,
        opposite="--history",
    ),
    Option(
        "--resume NAME",
        "Keep the state under a name, so that a restart goes on without loss.",
        _LIVE,
        EVENTS,
        completion=ValueSource.RESUMES,
    ),
    # A simulator's traffic.
    Option(
        "--rate N",
        "Events a second: 2, 0.5, 100/s or 30/m.",
        ("demo",),
        TRAFFIC,
        default="2",
        parse=parse_rate,
    ),
    Option("--seed N", "The same events each time.", ("demo",), TRAFFIC, type=int),
    # How events are printed.
    Option(
        "--speed N",
        "Keep their rhythm: 1x as they came, 10x ten times as fast.",
        ("show",),
        OUTPUT,
        parse=parse_speed,
    ),
    Option(
        "--output -o",
        "Readable lines, JSON payloads, or whole messages; pretty on a terminal, json elsewhere.",
        _PRINTING,
        OUTPUT,
        type=Output,
    ),
    Option("--json", "The same as --output json.", _PRINTING, OUTPUT, key="as_json", type=bool),
    Option(
        "--template TEXT",
        "One line of an event, as in '{time|local} {from}: {text|oneline}'.",
        _PRINTING,
        OUTPUT,
    ),
    Option(
        "--mask", "Hide numbers, names and texts; keep their shape.", _PRINTING, OUTPUT, type=bool
    ),
    Option(
        "--time",
        "The time column of readable lines.",
        _PRINTING,
        OUTPUT,
        type=TimeFormat,
        default=TimeFormat.local,
    ),
    # When to end.
    Option("--count -n N", "End after N printed events.", _PRINTING, END, type=int, minimum=1),
    Option(
        "--for DURATION",
        "End after 30s, 5m, 2h or 1h30m, counted from the ready line; status 124 when --count "
        "was not reached.",
        _LIVE,
        END,
        key="seconds",
        parse=parse_duration,
    ),
    Option(
        "--no-follow",
        "End after the history of --since.",
        _LIVE,
        END,
        key="follow",
        type=bool,
        default=True,
        opposite="--follow",
    ),
    Option(
        "--retry-for DURATION",
        "How long to go on without a connection; for ever once it was ready.",
        _LIVE,
        END,
        parse=parse_duration,
    ),
    # Other programs.
    Option(
        "--exec COMMAND",
        "Run a command for every event, without a shell: the event on its standard input, "
        "fields as RC_EVENT_KIND, RC_EVENT_FROM, RC_EVENT_TEXT and others.",
        _LIVE,
        SUPERVISION,
        key="exec_command",
        completion=ValueSource.PROGRAMS,
    ),
    Option(
        "--exec-jobs N",
        "Run up to N commands at once; with 1, the default, in the order of the events.",
        _LIVE,
        SUPERVISION,
        type=int,
        minimum=1,
        maximum=64,
    ),
    Option(
        "--exec-timeout DURATION",
        "End a command that takes longer; 30s when not said.",
        _LIVE,
        SUPERVISION,
        parse=parse_duration,
    ),
    Option(
        "--ready-file PATH",
        "Make this file when the subscription is confirmed.",
        _LIVE,
        SUPERVISION,
        type=Path,
    ),
    Option(
        "--ready-fd N", "Write a line to this file descriptor then.", _LIVE, SUPERVISION, type=int
    ),
    Option(
        "--health-file PATH",
        "Keep saying in this file how the tail is, as JSON.",
        _LIVE,
        SUPERVISION,
        type=Path,
    ),
    # Which login.
    Option(
        "--jwt-file FILE|-",
        "Read the JWT from a file, or from standard input.",
        ("login",),
        IDENTITY,
        type=Path,
    ),
    Option(
        "--profile NAME",
        "Which stored login (RC_PROFILE).",
        _LOGGED_IN,
        IDENTITY,
        completion=ValueSource.PROFILES,
    ),
    Option(
        "--server URL",
        "Which RingCentral server; https://platform.ringcentral.com when not said.",
        _LOGGED_IN,
        IDENTITY,
    ),
    Option(
        "--sandbox",
        "The sandbox, https://platform.devtest.ringcentral.com.",
        _LOGGED_IN,
        IDENTITY,
        type=bool,
    ),
    Option(
        "--env-file FILE",
        "Take variables such as RC_USER_JWT from a file.",
        _LOGGED_IN,
        IDENTITY,
        type=Path,
    ),
    Option(
        "--ca-bundle FILE",
        "The only certificate authorities to trust, in PEM form.",
        _CONNECTING,
        IDENTITY,
        type=Path,
    ),
    # Messages on standard error.
    Option(
        "--quiet -q",
        "Say less; never hides errors, gaps and refused filters.",
        _REPORTING,
        MESSAGES,
        type=bool,
    ),
    Option("--verbose -v", "Say why.", _EXPLAINING, MESSAGES, type=bool),
    Option(
        "--debug", "Show every frame and request, secrets masked.", _EXPLAINING, MESSAGES, type=bool
    ),
    Option(
        "--log-format",
        "How messages look.",
        _REPORTING,
        MESSAGES,
        type=LogFormat,
        default=LogFormat.text,
    ),
    Option(
        "--color",
        "Colours; NO_COLOR and FORCE_COLOR count.",
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
