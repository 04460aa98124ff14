"""The table of sinks: one row and one file a destination.

From a row follow its options with their parser, help and completion, ``--sink``, what doctor checks
and what the README lists. Modules of sinks are imported only when they are used.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rc_tail.config.option import Option, ValueSource
from rc_tail.errors import UsageError
from rc_tail.text.durations import parse_duration
from rc_tail.text.escape import visible

# Every command line reads this table: what it need not know is not imported.
if TYPE_CHECKING:
    from types import ModuleType

    from rc_tail.config.tail_options import SinkRequest
    from rc_tail.sinks.sink import Sink, SinkContext

FOREVER = "forever"
ATTACHMENTS = ("voicemail", "fax", "mms")
SINKS_GROUP = "Other destinations"
_COMMANDS = ("tail", "demo", "show", "doctor", "systemd")


class SinkKind(NamedTuple):
    """A row of the table.

    Attributes:
        name: Of the kind.
        summary: One line for the help.
        address: The option that names a destination.
        module: Imports its module, which has ``check`` and ``make``.
        schemes: Of the addresses that ``--sink`` takes for it, such as ``http``.
        options: Further options that only this kind has.
        extra: The extra of the package that it needs; empty for none.
        retries: The name of its option for the number of retries; empty for endless ones.
        secret_files: The names of its options whose files hold secrets.
        secret_query: The parameter of its addresses that names such a file; empty for none.
    """

    name: str
    summary: str
    address: Option
    module: "Callable[[], ModuleType]"
    schemes: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    extra: str = ""
    retries: str = ""
    secret_files: tuple[str, ...] = ()
    secret_query: str = ""

    def check(self, request: "SinkRequest", *, allows_plain: bool) -> None:
        """Check what can be known without opening anything.

        Raises:
            UsageError: The address or an option can never work.
        """
        self.module().check(request, allows_plain=allows_plain)

    def make(self, request: "SinkRequest", context: "SinkContext") -> "Sink":
        """Make a sink.

        Raises:
            UsageError: The address or an option can never work.
            ConfigError: A file that an option names cannot be used.
        """
        sink: Sink = self.module().make(request, context)
        return sink


def parse_retries(text: str, option: str) -> int | str:
    """Return a number of retries, or ``forever``.

    Raises:
        UsageError: It is neither.
    """
    if text == FOREVER:
        return FOREVER
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    raise UsageError(f"{option}: {visible(text)!r} is not a number; use 0, 5 or {FOREVER}")


def parse_attachments(text: str, option: str) -> frozenset[str]:
    """Return whose attachments are saved.

    Raises:
        UsageError: One is unknown, or none is named.
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in ATTACHMENTS:
            known = ", ".join(ATTACHMENTS)
            raise UsageError(
                f"{option}: unknown kind of message {visible(name)!r}", hint=f"Use {known}."
            )
    return frozenset(names)


def _append() -> "ModuleType":
    from rc_tail.sinks import append

    return append


def _attachments() -> "ModuleType":
    from rc_tail.sinks import attachments

    return attachments


def _exec() -> "ModuleType":
    from rc_tail.sinks import exec_command

    return exec_command


def _forward() -> "ModuleType":
    from rc_tail.sinks import forward

    return forward


def _sqlite() -> "ModuleType":
    from rc_tail.sinks import sqlite

    return sqlite


SINKS: tuple[SinkKind, ...] = (
    # Before --exec, which waits for its files.
    SinkKind(
        "attachments",
        "saves voicemail audio, fax pages and pictures",
        Option(
            "--save-attachments DIR",
            "Save voicemail audio, fax pages and pictures as DIR/DATE/KIND-ID-N.EXT; commands of "
            "--exec get their names in RC_EVENT_FILES.",
            _COMMANDS,
            SINKS_GROUP,
            completion=ValueSource.FILES,
        ),
        _attachments,
        options=(
            Option(
                "--attachments KINDS",
                "Save only these: voicemail, fax or mms, or several with commas (default: all).",
                _COMMANDS,
                SINKS_GROUP,
                parse=parse_attachments,
            ),
        ),
    ),
    SinkKind(
        "exec",
        "runs a command for each event",
        Option(
            "--exec COMMAND",
            "Run a command for each event, without a shell: the event is on its standard input, "
            "fields are in RC_EVENT_KIND, RC_EVENT_FROM, RC_EVENT_TEXT, ...; its output goes to "
            "standard error.",
            _COMMANDS,
            SINKS_GROUP,
            key="exec_command",
            completion=ValueSource.PROGRAMS,
        ),
        _exec,
        options=(
            Option(
                "--exec-jobs N",
                "Run up to N commands at once (default: 1, in the order of the events).",
                _COMMANDS,
                SINKS_GROUP,
                type=int,
                minimum=1,
                maximum=64,
            ),
            Option(
                "--exec-timeout DURATION",
                "Kill a command that runs longer than this (default: 30s).",
                _COMMANDS,
                SINKS_GROUP,
                parse=parse_duration,
            ),
        ),
    ),
    SinkKind(
        "forward",
        "posts each event in the form of RingCentral's webhooks",
        Option(
            "--forward-to URL",
            "POST each event to URL in the form of RingCentral's webhooks.",
            _COMMANDS,
            SINKS_GROUP,
        ),
        _forward,
        schemes=("http", "https"),
        retries="forward_retries",
        secret_files=("forward_header_file", "forward_token_file"),
        options=(
            Option(
                "--forward-header K:V",
                "Send a header with each POST (repeatable; secrets belong in --forward-header-file).",
                _COMMANDS,
                SINKS_GROUP,
                key="forward_headers",
                repeatable=True,
            ),
            Option(
                "--forward-header-file FILE",
                "Read headers such as Authorization from FILE, one per line.",
                _COMMANDS,
                SINKS_GROUP,
                type=Path,
            ),
            Option(
                "--forward-token-file FILE|-",
                "Send the text in FILE, or on standard input (-), as Verification-Token.",
                _COMMANDS,
                SINKS_GROUP,
                type=Path,
            ),
            Option(
                "--forward-jobs N",
                "Post up to N events at once (default: 1, in order).",
                _COMMANDS,
                SINKS_GROUP,
                type=int,
                minimum=1,
                maximum=64,
            ),
            Option(
                "--forward-timeout DURATION",
                "Wait this long for an answer (default: 3s, as RingCentral does).",
                _COMMANDS,
                SINKS_GROUP,
                parse=parse_duration,
            ),
            Option(
                "--forward-retries N|forever",
                "Retry a POST that was answered with an error this often "
                "(default: 5; forever with --resume).",
                _COMMANDS,
                SINKS_GROUP,
                parse=parse_retries,
            ),
            Option(
                "--no-handshake",
                "Do not make the handshake of RingCentral's webhooks first.",
                _COMMANDS,
                SINKS_GROUP,
                key="handshake",
                type=bool,
                default=True,
                opposite="--handshake",
            ),
        ),
    ),
    SinkKind(
        "append",
        "appends each event to a file",
        Option(
            "--append FILE",
            "Append each event to FILE as a JSON line; FILE may be renamed or deleted at any time.",
            _COMMANDS,
            SINKS_GROUP,
            completion=ValueSource.FILES,
        ),
        _append,
        schemes=("file",),
    ),
    SinkKind(
        "sqlite",
        "inserts each event into a table",
        Option(
            "--sqlite FILE",
            "Insert each event once into the table events of an SQLite database, created if it is "
            "missing.",
            _COMMANDS,
            SINKS_GROUP,
            completion=ValueSource.FILES,
        ),
        _sqlite,
        schemes=("sqlite",),
    ),
)

# Options that concern every sink beside standard output.
COMMON_OPTIONS: tuple[Option, ...] = (
    Option(
        "--sink URL",
        "Send each event to the destination of this address (repeatable).",
        _COMMANDS,
        SINKS_GROUP,
        key="sink_urls",
        repeatable=True,
    ),
    Option(
        "--dead-letter FILE",
        "Append what a destination refuses for good to FILE, as JSON lines with the reason.",
        _COMMANDS,
        SINKS_GROUP,
        type=Path,
    ),
    Option(
        "--sink-insecure",
        "Allow unencrypted connections to destinations on other machines.",
        _COMMANDS,
        SINKS_GROUP,
        type=bool,
    ),
    Option(
        "--sink-give-up DURATION",
        "Exit with 74 when a destination has taken nothing for this long (default: never).",
        _COMMANDS,
        SINKS_GROUP,
        parse=parse_duration,
    ),
)


def sink_options() -> tuple[Option, ...]:
    """Return all options of sinks, in the order of the help."""
    rows = [option for kind in SINKS for option in (kind.address, *kind.options)]
    return (*rows, *COMMON_OPTIONS)


def kind_named(name: str) -> SinkKind:
    """Return the row of a name."""
    return next(kind for kind in SINKS if kind.name == name)
