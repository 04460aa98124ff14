"""The table of sinks: one row and one file a destination.

From a row follow its options with their parser, help and completion, ``--sink``, what doctor checks
and what the README lists. Modules of sinks are imported only when they are used.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from rc_tail.config.option import Option, ValueSource
from rc_tail.errors import UsageError
from rc_tail.sinks.kind import SinkKind
from rc_tail.text.durations import parse_duration
from rc_tail.text.escape import visible

# Every command line reads this table: what it need not know is not imported.
if TYPE_CHECKING:
    from types import ModuleType

FOREVER = "forever"
ATTACHMENTS = ("voicemail", "fax", "mms")
SINKS_GROUP = "Other destinations"
_COMMANDS = ("tail", "demo", "show", "doctor", "systemd")


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


def _nats() -> "ModuleType":
    from rc_tail.sinks import nats

    return nats


def _sqlite() -> "ModuleType":
    from rc_tail.sinks import sqlite

    return sqlite


SINKS: tuple[SinkKind, ...] = (
    # Before --exec, which waits for its files.
    SinkKind(
        "attachments",
        Option(
            "--save-attachments DIR",
            "Save voicemail audio, fax pages and pictures as DIR/DATE/KIND-ID-N.EXT; commands of "
            "--exec get their names in RC_EVENT_FILES.",
            _COMMANDS,
            SINKS_GROUP,
            completion=ValueSource.FILES,
        ),
        _attachments,
        about=(
            "Saves each voicemail, fax and picture as DIR/DATE/KIND-ID-N.EXT: the day of the "
            "message in UTC, its kind and id, and an extension by the type of the content. Files "
            "are created with mode 0600. A download that was interrupted is continued, also by "
            "the next run. A file that exists is neither requested nor replaced. Attachments of "
            "past events are saved too. The access token is sent to RingCentral only. Commands of "
            "--exec run once the files of their event are complete, with the names in "
            "RC_EVENT_FILES, one per line. Cannot be combined with --mask."
        ),
        order="any",
        often="each file once",
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
        about=(
            "Runs COMMAND for each event, without a shell. The event is one line of JSON on its "
            "standard input; RC_EVENT_KIND, RC_EVENT_FROM, RC_EVENT_TEXT and others hold its "
            "fields; its output goes to standard error. A command that has ended is confirmed, "
            "whatever its exit status: failures are reported. With --resume, a command that did "
            "not start, or that was killed because rc-tail exited, is run by the next run."
        ),
        order="kept with one job",
        often="once, or twice after a kill",
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
        Option(
            "--forward-to URL",
            "POST each event to URL in the form of RingCentral's webhooks.",
            _COMMANDS,
            SINKS_GROUP,
        ),
        _forward,
        about=(
            "Posts each event as RingCentral's webhooks do: its JSON as the body, and the headers "
            "Content-Type: application/json, Rc-Key with the key of the event, and "
            "Verification-Token with the text in --forward-token-file. Past events are posted "
            "too, with Rc-Source: history.\n"
            "First comes the handshake of RingCentral's webhooks: an empty POST with a random "
            "Validation-Token header. The answer must have the same header, status 200 and a body "
            "of at most 1024 bytes, and come within --forward-timeout. If it does not, rc-tail "
            "exits with 78, and names the error that RingCentral reports for it (SUB-520 to "
            "SUB-525).\n"
            "An address without a scheme means http:// for this machine and https:// for any "
            "other. A status of 200 to 299 is success. 408, 425, 429 (Retry-After is honoured), "
            "500 and higher, and no answer are retried, in order. Any other status is final. "
            "Redirects are not followed."
        ),
        order="kept with one job",
        often="once, or twice after a kill",
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
        Option(
            "--append FILE",
            "Append each event to FILE as a JSON line; FILE may be renamed or deleted at any time.",
            _COMMANDS,
            SINKS_GROUP,
            completion=ValueSource.FILES,
        ),
        _append,
        about=(
            "Appends each event to FILE as a line of JSON, and confirms it once it is on the "
            "disk. FILE is created with mode 0600. It may be renamed or deleted at any time: the "
            "next event is in a new file, so logrotate needs neither a signal nor copytruncate. "
            "On a full disk events wait."
        ),
        order="kept",
        often="once, or twice after a kill",
        schemes=("file",),
    ),
    SinkKind(
        "nats",
        None,
        _nats,
        about=(
            "Publishes each event to a stream of NATS JetStream: --sink "
            "'nats://HOST[:PORT][,HOST...]/STREAM?create=1', or tls:// for TLS. The message is the event as --json prints it; its id is the "
            "key, so the stream stores an event once although it comes again within the window "
            "(24 h), or from another rc-tail. A missing stream is made with create=1, and never "
            "changed afterwards.\n"
            "Parameters: subject (rc.{account}.{extension}.{kind}), window, and for a stream that "
            "is made replicas (1), max_age and max_bytes. The user name goes before the host "
            "(USER@), the password into RC_SINK_PASSWORD; credentials=FILE names a .creds file or one with an "
            "nkey seed.\n"
            "Events of kinds that repeat (see Keys) have the header Rc-Delivery: at-least-once; "
            "past events have Rc-Source: history."
        ),
        order="kept",
        often="once, by its key (see Keys)",
        schemes=("nats", "tls"),
        extra="nats",
        secret_query="credentials",  # noqa: S106 - a name
    ),
    SinkKind(
        "sqlite",
        Option(
            "--sqlite FILE",
            "Insert each event once into the table events of an SQLite database, created if it is "
            "missing.",
            _COMMANDS,
            SINKS_GROUP,
            completion=ValueSource.FILES,
        ),
        _sqlite,
        about=(
            "Inserts each event into the table events with the columns id, key, kind, timestamp, "
            "extension, source (live or history) and event (the JSON). An event whose key is in "
            "the table is ignored. Other programs can read the database while it is written, and "
            "several tails on one machine can share it."
        ),
        order="kept",
        often="once, by its key (see Keys)",
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
        "Exit with 74 when a destination has accepted nothing for this long (default: never).",
        _COMMANDS,
        SINKS_GROUP,
        parse=parse_duration,
    ),
)


def sink_options() -> tuple[Option, ...]:
    """Return all options of sinks, in the order of the help."""
    rows = [option for kind in SINKS for option in kind.own_options]
    return (*rows, *COMMON_OPTIONS)


def kind_named(name: str) -> SinkKind:
    """Return the row of a name."""
    return next(kind for kind in SINKS if kind.name == name)
