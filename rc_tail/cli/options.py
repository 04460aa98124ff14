"""Options that several commands share, as types for Typer."""

from pathlib import Path
from typing import Annotated

import typer

from rc_tail.cli.choices import Color, LogFormat, Output, TimeFormat

EVENTS = "Events"
OUTPUT = "Output"
END = "When to end"
IDENTITY = "Identity"
MESSAGES = "Messages"

ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Which stored login (RC_PROFILE).",
        rich_help_panel=IDENTITY,
    ),
]
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        help="Which RingCentral server; https://platform.ringcentral.com when not said.",
        rich_help_panel=IDENTITY,
    ),
]
SandboxOption = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        help="The sandbox, https://platform.devtest.ringcentral.com.",
        rich_help_panel=IDENTITY,
    ),
]
EnvFileOption = Annotated[
    Path | None,
    typer.Option(
        "--env-file",
        metavar="FILE",
        help="Take variables such as RC_USER_JWT from a file.",
        rich_help_panel=IDENTITY,
    ),
]
CaBundleOption = Annotated[
    Path | None,
    typer.Option(
        "--ca-bundle",
        metavar="FILE",
        help="The only certificate authorities to trust, in PEM form.",
        rich_help_panel=IDENTITY,
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Say less; never hides errors, gaps and refused filters.",
        rich_help_panel=MESSAGES,
    ),
]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say why.", rich_help_panel=MESSAGES)
]
DebugOption = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="Show every frame and request, secrets masked.",
        rich_help_panel=MESSAGES,
    ),
]
LogFormatOption = Annotated[
    LogFormat,
    typer.Option("--log-format", help="How messages look.", rich_help_panel=MESSAGES),
]
ColorOption = Annotated[
    Color,
    typer.Option(
        "--color", help="Colours; NO_COLOR and FORCE_COLOR count.", rich_help_panel=MESSAGES
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
EventsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="EVENT",
        help="Kinds of events, such as sms, voicemail, calls:direction=Inbound, or paths of event "
        "filters; `rc-tail events` lists them.",
        show_default=False,
    ),
]
FilterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        "-f",
        metavar="EVENT",
        help="One more event; may be repeated.",
        rich_help_panel=EVENTS,
    ),
]
ExtensionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--extension",
        metavar="ID",
        help="Whose events: an extension id, or ext:101 for a number; may be repeated.",
        rich_help_panel=EVENTS,
    ),
]
OutputOption = Annotated[
    Output | None,
    typer.Option(
        "--output",
        "-o",
        help="Readable lines, JSON payloads, or whole messages; pretty on a terminal, json "
        "elsewhere.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
TailJsonOption = Annotated[
    bool, typer.Option("--json", help="The same as --output json.", rich_help_panel=OUTPUT)
]
TemplateOption = Annotated[
    str | None,
    typer.Option(
        "--template",
        metavar="TEXT",
        help="One line of an event, as in '{time|local} {from}: {text|oneline}'.",
        rich_help_panel=OUTPUT,
    ),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="EXPR",
        help="Only events of which a JMESPath expression is true, as in "
        "\"body.direction == 'Inbound'\"; may be repeated.",
        rich_help_panel=EVENTS,
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="EVENT",
        help="Drop a kind that a wider filter brings; may be repeated.",
        rich_help_panel=EVENTS,
    ),
]
MaskOption = Annotated[
    bool,
    typer.Option(
        "--mask", help="Hide numbers, names and texts; keep their shape.", rich_help_panel=OUTPUT
    ),
]
TimeOption = Annotated[
    TimeFormat,
    typer.Option("--time", help="The time column of readable lines.", rich_help_panel=OUTPUT),
]
CountOption = Annotated[
    int | None,
    typer.Option(
        "--count",
        "-n",
        metavar="N",
        min=1,
        help="End after N printed events.",
        rich_help_panel=END,
    ),
]
ForOption = Annotated[
    str | None,
    typer.Option(
        "--for",
        metavar="DURATION",
        help="End after 30s, 5m, 2h or 1h30m, counted from the ready line; status 124 when --count "
        "was not reached.",
        rich_help_panel=END,
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="First the history since then, such as 1h, 18:00 or 2026-11-23T18:00; then live.",
        rich_help_panel=EVENTS,
    ),
]
FollowOption = Annotated[
    bool,
    typer.Option(
        "--follow/--no-follow",
        show_default=False,
        help="End after the history of --since.",
        rich_help_panel=END,
    ),
]
HistoryOption = Annotated[
    bool,
    typer.Option(
        "--history/--no-history",
        show_default=False,
        help="Do not fill gaps from the history.",
        rich_help_panel=EVENTS,
    ),
]
ResumeOption = Annotated[
    str | None,
    typer.Option(
        "--resume",
        metavar="NAME",
        help="Keep the state under a name, so that a restart goes on without loss.",
        rich_help_panel=EVENTS,
    ),
]
READY = "Scripts and supervisors"
ExecOption = Annotated[
    str | None,
    typer.Option(
        "--exec",
        metavar="COMMAND",
        help="Run a command for every event, without a shell: the event on its standard input, "
        "fields as RC_EVENT_KIND, RC_EVENT_FROM, RC_EVENT_TEXT and others.",
        rich_help_panel=READY,
    ),
]
ExecJobsOption = Annotated[
    int | None,
    typer.Option(
        "--exec-jobs",
        metavar="N",
        min=1,
        max=64,
        help="Run up to N commands at once; with 1, the default, in the order of the events.",
        rich_help_panel=READY,
    ),
]
ExecTimeoutOption = Annotated[
    str | None,
    typer.Option(
        "--exec-timeout",
        metavar="DURATION",
        help="End a command that takes longer; 30s when not said.",
        rich_help_panel=READY,
    ),
]
ReadyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--ready-file",
        metavar="PATH",
        help="Make this file when the subscription is confirmed.",
        rich_help_panel=READY,
    ),
]
ReadyFdOption = Annotated[
    int | None,
    typer.Option(
        "--ready-fd",
        metavar="N",
        help="Write a line to this file descriptor then.",
        rich_help_panel=READY,
    ),
]
HealthFileOption = Annotated[
    Path | None,
    typer.Option(
        "--health-file",
        metavar="PATH",
        help="Keep saying in this file how the tail is, as JSON.",
        rich_help_panel=READY,
    ),
]
RetryForOption = Annotated[
    str | None,
    typer.Option(
        "--retry-for",
        metavar="DURATION",
        help="How long to go on without a connection; for ever once it was ready.",
        rich_help_panel=END,
    ),
]
