"""What some options may be; without Typer, which a usual start does not need."""

from enum import StrEnum


class Output(StrEnum):
    """How events look on standard output."""

    pretty = "pretty"
    json = "json"
    frame = "frame"


class TimeFormat(StrEnum):
    """What stands in the time column of readable lines."""

    local = "local"
    utc = "utc"
    relative = "relative"
    none = "none"


class LogFormat(StrEnum):
    """How messages on standard error look."""

    text = "text"
    json = "json"


class Color(StrEnum):
    """Whether to use colours."""

    auto = "auto"
    always = "always"
    never = "never"
