"""What an entry of the table of options says: `Option`, `Argument`, and the values of choices.

Typer is not imported here: most command lines are parsed without it.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

# What a command is called with: the values of its options and arguments, by name.
OptionValues = Mapping[str, Any]


class Output(StrEnum):
    """How events look on standard output."""

    pretty = "pretty"
    json = "json"
    frame = "frame"
    none = "none"


class TimeFormat(StrEnum):
    """What stands in the time column of readable lines."""

    local = "local"
    utc = "utc"
    relative = "relative"
    none = "none"


class LogFormat(StrEnum):
    """Format of messages on standard error."""

    text = "text"
    json = "json"


class Color(StrEnum):
    """When to use colours."""

    auto = "auto"
    always = "always"
    never = "never"


class ValueSource(StrEnum):
    """Where completion finds values that are not a fixed choice."""

    EVENTS = "@events"
    EVENT = "@event"
    FILES = "@files"
    PROFILES = "@profiles"
    RESUMES = "@resumes"
    PROGRAMS = "@programs"
    TEXT = "@text"


# What completion writes in place of a source for an option without a value.
FLAG = "-"


class Option(NamedTuple):
    """An option, with the commands that take it under the same meaning.

    Attributes:
        usage: The spellings, the long one first, and what stands for the value in the help:
            ``--count -n N``. For a switch that is on by default: what turns it off.
        help: One line.
        commands: Those that take it, ``simulator run`` for one of a group.
        group: The heading in the help. Options without one stand last, under ``Options``.
        key: The name under which a command finds the value; empty for the long spelling's.
        type: ``bool`` for a flag, a ``StrEnum`` for a choice, or ``str``, ``int``, ``Path``.
        default: The value when the option is not given; not used if `repeatable`.
        repeatable: Whether it can be given more than once; its value is a tuple.
        minimum: Of a number; None for any.
        maximum: Of a number; None for any.
        parse: Converts the text once errors can be reported in the requested format. It is called
            with the text and the spelling, and raises `UsageError`. None to keep the text.
        completion: Where completion finds values; None for files if `type` is a path, else nowhere.
        opposite: The spelling that states the default of a switch; empty for all others.
    """

    usage: str
    help: str
    commands: tuple[str, ...]
    group: str = ""
    key: str = ""
    type: type = str
    default: Any = None
    repeatable: bool = False
    minimum: int | None = None
    maximum: int | None = None
    parse: Callable[[str, str], Any] | None = None
    completion: ValueSource | None = None
    opposite: str = ""

    @property
    def spellings(self) -> tuple[str, ...]:
        """All ways to write it but its opposite, the long one first."""
        return tuple(word for word in self.usage.split() if word.startswith("-"))

    @property
    def metavar(self) -> str:
        """What stands for the value in the help; empty for flags and choices."""
        last = self.usage.split()[-1]
        return "" if last.startswith("-") else last

    @property
    def name(self) -> str:
        """The name under which a command finds the value."""
        return self.key or self.spellings[0].removeprefix("--").replace("-", "_")

    @property
    def value_if_absent(self) -> Any:
        """The value when it is not given."""
        if self.repeatable:
            return ()
        return False if self.is_flag and self.default is None else self.default

    @property
    def is_flag(self) -> bool:
        """Whether it takes no value."""
        return self.type is bool

    @property
    def choices(self) -> tuple[str, ...]:
        """The possible values; empty when there is no fixed choice."""
        return tuple(self.type) if issubclass(self.type, StrEnum) else ()

    @property
    def takes(self) -> str:
        """What completion offers as a value: `FLAG`, the choices, or a `ValueSource`."""
        return FLAG if self.is_flag else ",".join(self.choices) or _source(self)

    @property
    def placeholder(self) -> str:
        """What stands for the value in a text; empty for a flag."""
        return "" if self.is_flag else self.metavar or "|".join(self.choices) or "VALUE"


class Argument(NamedTuple):
    """A word of a command line that is not an option.

    Attributes:
        name: The name under which a command finds the value.
        metavar: What stands for it in the help.
        help: One line.
        commands: Those that take it.
        type: ``str`` or ``Path``.
        default: The values when none is given.
        required: Whether it must be given.
        repeatable: Whether any number of them can follow each other; its value is a tuple.
        completion: As for an option.
        choices: Returns the values for completion in place of a source; called late, since it
            imports what it lists.
    """

    name: str
    metavar: str
    help: str
    commands: tuple[str, ...]
    type: type = str
    default: tuple[str, ...] = ()
    required: bool = False
    repeatable: bool = True
    completion: ValueSource | None = None
    choices: Callable[[], Sequence[str]] | None = None

    @property
    def value_if_absent(self) -> Any:
        """The value when it is not given."""
        return self.default if self.repeatable else None

    @property
    def takes(self) -> str:
        """What completion offers as a value: the choices, or a `ValueSource`."""
        return ",".join(self.choices()) if self.choices is not None else _source(self)


def _source(entry: Option | Argument) -> ValueSource:
    return entry.completion or (ValueSource.FILES if entry.type is Path else ValueSource.TEXT)
