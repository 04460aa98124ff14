"""The faults that can be injected, as data: what each does, and how a good client behaves.

One entry adds a fault: `simulator fault --list`, completion and scenario files follow from it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from rc_tail.errors import UsageError
from rc_tail.simulator.faults import effects
from rc_tail.simulator.faults.distortion import duplicate, fragment, reorder
from rc_tail.simulator.faults.effects import FaultTarget
from rc_tail.text.durations import parse_duration

PLACES = ("token", "wstoken", "subscription", "history", "content")
CODES = ("WSG-1003", "WSG-1005", "WSG-400")


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter of a fault.

    Attributes:
        default: As text, read in the same way as a user's value.
        read: Parses the value; raises `ValueError` or `UsageError`.
        shape: The notation for help and hints, such as ``500-599``.
    """

    default: str
    read: Callable[[str], Any]
    shape: str


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    """Return a parser that accepts one of these words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return read


def between(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of integers from `low` to `high`, inclusive."""

    def read(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError
        return number

    return read


def duration(text: str) -> float:
    """Parse a duration such as ``100ms`` into seconds."""
    return parse_duration(text, "a duration")


def seconds(text: str) -> int | None:
    """Parse a number of seconds; ``none`` is None."""
    return None if text == "none" else between(0, 86400)(text)


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A kind of fault.

    Attributes:
        name: As users type it.
        description: What goes wrong.
        expectation: How a good client behaves.
        inject: Causes the fault, with the values of its parameters.
        needs_connection: Whether it waits for a connection with a subscription.
        counts_messages: Whether ``count`` is the number of affected messages or answers, instead of
            the number of repetitions.
    """

    name: str
    description: str
    expectation: str
    inject: Callable[[FaultTarget, Mapping[str, Any]], None]
    values: Mapping[str, Value]
    needs_connection: bool = True
    counts_messages: bool = False


ON = Value("wstoken", one_of(PLACES), "|".join(PLACES))
_RECONNECTS = "reconnects at once and recovers; nothing is lost"

FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "reset", "drops the connection without a close frame", _RECONNECTS, effects.reset, {}
    ),
    FaultKind(
        "half-open",
        "stops sending without closing; does not answer pings",
        "detects the silence, reconnects and recovers the missed events",
        effects.go_silent,
        {},
    ),
    FaultKind(
        "no-pong",
        "stops answering pings; messages continue",
        "does not treat missing pongs as a lost connection while messages arrive",
        effects.ignore_pings,
        {},
    ),
    FaultKind(
        "slow-drip",
        "sends one byte at a time",
        "keeps its timeouts, and reconnects when a message takes too long",
        effects.drip,
        {"interval": Value("100ms", duration, "DURATION")},
    ),
    FaultKind(
        "close",
        "closes the connection with a given code",
        _RECONNECTS,
        effects.close,
        {
            "code": Value("1011", between(1000, 4999), "1000-4999"),
            "reason": Value("", str, "TEXT"),
        },
    ),
    FaultKind(
        "idle-timeout",
        "sends WSG-902 and closes the connection",
        "reconnects and recovers, then sends heartbeats",
        effects.time_out_idle,
        {},
    ),
    FaultKind(
        "absolute-timeout",
        "sends WSG-903 and closes the connection, as after 24 hours",
        _RECONNECTS,
        effects.time_out_absolute,
        {},
    ),
    FaultKind(
        "session-revoked",
        "revokes the tokens, deletes the subscription and closes the connection",
        "logs in and subscribes again; reports the gap",
        effects.revoke,
        {},
    ),
    FaultKind(
        "recovery-failed",
        "drops the connection and rejects its recovery with a given code",
        "subscribes again on the new connection; reports the gap",
        effects.fail_recovery,
        {"code": Value("WSG-1003", one_of(CODES), "|".join(CODES))},
        counts_messages=True,
    ),
    FaultKind(
        "buffer-overflow",
        "drops the connection and buffers fewer missed events than announced",
        "recovers, detects that the buffer was full, and backfills from past events",
        effects.overflow,
        {"keep": Value("1", between(0, 100), "0-100")},
    ),
    FaultKind(
        "subscription-replaced",
        "replaces the subscription with one that the client does not know",
        "notices the unknown id and subscribes again",
        effects.replace_subscription,
        {},
    ),
    FaultKind(
        "duplicates",
        "sends the next events twice",
        "prints each event once, by its uuid",
        effects.rewrite_messages(duplicate),
        {},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "reordering",
        "sends the next events after the ones that follow them",
        "prints them in the order received",
        effects.rewrite_messages(reorder),
        {},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "split-frames",
        "sends the next events in three frames each, with a ping in between",
        "reassembles them and answers the ping",
        effects.rewrite_messages(fragment),
        {},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "malformed",
        "sends a message that is not JSON",
        "reports it and continues",
        effects.send_malformed,
        {},
        counts_messages=True,
    ),
    FaultKind(
        "unknown-message",
        "sends a message of an unknown type",
        "ignores it",
        effects.send_unknown,
        {},
        counts_messages=True,
    ),
    FaultKind(
        "binary",
        "sends a binary message",
        "reports it, then continues or reconnects",
        effects.send_binary,
        {},
        counts_messages=True,
    ),
    FaultKind(
        "invalid-utf8",
        "sends a text message that is not UTF-8",
        "reports it, then continues or reconnects",
        effects.send_invalid_utf_8,
        {},
        counts_messages=True,
    ),
    FaultKind(
        "huge-message",
        "sends an event that is far larger than usual",
        "prints it, or rejects it and reconnects; never runs out of memory",
        effects.send_huge,
        {"bytes": Value("4000000", between(1, 256_000_000), "1-256000000")},
        counts_messages=True,
    ),
    FaultKind(
        "unauthorized",
        "answers the next requests with 401",
        "logs in again, once; gives up if the login itself is refused",
        effects.answer_with(effects.UNAUTHORIZED),
        {"on": ON},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "forbidden",
        "answers the next requests with 403: a permission is missing",
        "explains it and exits; does not retry",
        effects.answer_with(effects.FORBIDDEN),
        {"on": ON},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "rate-limited",
        "answers the next requests with 429, with a Retry-After header or without (none)",
        "waits for as long as requested, or a minute, plus some jitter",
        effects.limit_rate,
        {"on": ON, "retry-after": Value("1", seconds, "SECONDS|none")},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "unavailable",
        "answers the next requests with 5xx",
        "retries with exponential backoff",
        effects.answer_unavailable,
        {"on": ON, "status": Value("503", between(500, 599), "500-599")},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "slow-answer",
        "delays the answers to the next requests",
        "waits up to its timeout, and answers pings meanwhile",
        effects.delay_answer,
        {"on": Value("token", ON.read, ON.shape), "delay": Value("3s", duration, "DURATION")},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "late-wstoken",
        "delays the next WebSocket tokens until they have expired (4400)",
        "requests another one",
        effects.expire_token,
        {"delay": Value("1s", duration, "DURATION")},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "broken-content",
        "cuts the next attachments in the middle, announces another length (half, 4 GiB), or "
        "answers with a web page, 404, a redirect or no type",
        "resumes or retries; never takes a part or a page for the file, follows no redirect",
        effects.break_content,
        {"how": Value("cut", one_of([*effects.BROKEN_CONTENT]), "|".join(effects.BROKEN_CONTENT))},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "foreign-content",
        "links attachments in events to another server from now on",
        "does not send its token there",
        effects.link_elsewhere,
        {"server": Value("https://media.example.com", str, "URL")},
        needs_connection=False,
        counts_messages=True,
    ),
    FaultKind(
        "clock-skew",
        "skews all dates and timestamps by some seconds from now on",
        "does not compare them with its own clock",
        effects.skew_clock,
        {"seconds": Value("3600", between(-(10**9), 10**9), "SECONDS")},
        needs_connection=False,
        counts_messages=True,
    ),
)

_BY_NAME = {kind.name: kind for kind in FAULTS}


def find_fault(name: str) -> FaultKind:
    """Return a fault by its name.

    Raises:
        UsageError: There is no such fault.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    close = get_close_matches(name, _BY_NAME, n=3)
    see = "See them all: rc-tail simulator fault --list"
    hint = f"Did you mean {' or '.join(close)}?" if close else see
    raise UsageError(f"unknown fault: {name!r}", hint=hint)


def read_values(kind: FaultKind, texts: Mapping[str, str]) -> dict[str, Any]:
    """Parse the parameters of a fault, with defaults for missing ones.

    Raises:
        UsageError: There is no such parameter, or a value is invalid.
    """
    for name in texts:
        if name not in kind.values:
            known = ", ".join(kind.values) or "none"
            raise UsageError(
                f"{kind.name} has no parameter {name!r}", hint=f"Its parameters: {known}."
            )
    return {name: _read(kind, name, texts.get(name)) for name in kind.values}


def _read(kind: FaultKind, name: str, text: str | None) -> Any:
    value = kind.values[name]
    text = value.default if text is None else text
    try:
        return value.read(text)
    except (ValueError, UsageError) as error:
        message = f"{kind.name}: invalid {name} {text!r}"
        raise UsageError(message, hint=f"Use {name}={value.shape}.") from error
