"""Options that several commands share, as types for Typer."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

IDENTITY = "Identity"
MESSAGES = "Messages"


class LogFormat(StrEnum):
    """How messages on standard error look."""

    text = "text"
    json = "json"


class Color(StrEnum):
    """Whether to use colours."""

    auto = "auto"
    always = "always"
    never = "never"


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
