"""``--template``: lines in the user's own layout.

A template is text with names in braces, such as ``{time|local} {from}: {text}``. Names are a few
words (`WORDS`) and dotted paths into the payload; filters after a ``|`` change how a value looks.
Nothing is evaluated, and untrusted values cannot break out of their line.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from rc_tail.errors import UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.output.describe import DescribedEvent, describe_event
from rc_tail.output.payloads import at_path
from rc_tail.text.columns import cut
from rc_tail.text.escape import visible
from rc_tail.text.timestamps import in_zone, parse_timestamp

WORDS: Mapping[str, str] = {
    "kind": "the event's name, such as sms",
    "from": "sender or caller",
    "to": "receiver",
    "text": "the text of a message",
    "what": "what happened, as in readable lines",
    "time": "when it was sent",
    "direction": "Inbound or Outbound",
}
# The fields of every payload beside its body.
_ENVELOPE = frozenset({"uuid", "event", "timestamp", "subscriptionId", "ownerId", "body", "source"})
_SHORT = 60
WARN_AFTER = 100

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[^\W\d][\w-]*(?:\.[\w-]+)*")
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\\\": "\\"}


def _local(text: str) -> str:
    return _in_zone(text, None, "")


def _utc(text: str) -> str:
    return _in_zone(text, UTC, "Z")


def _in_zone(text: str, zone: tzinfo | None, mark: str) -> str:
    """Return a time stamp as local time in a zone; unchanged where it cannot be converted."""
    sent = parse_timestamp(text)
    moment = None if sent is None else in_zone(sent, zone)
    return text if moment is None else moment.isoformat(" ", "seconds")[:19] + mark


FILTERS: Mapping[str, tuple[Callable[[str], str], str]] = {
    "oneline": (lambda text: " ".join(text.split()), "line breaks and runs of spaces as one space"),
    "short": (lambda text: cut(text, _SHORT), f"no wider than {_SHORT} columns"),
    "local": (_local, "a time in the local time zone"),
    "utc": (_utc, "a time in UTC"),
    "json": (lambda text: json.dumps(text, ensure_ascii=False), "a quoted JSON string"),
    "lower": (str.lower, "lower case"),
    "upper": (str.upper, "upper case"),
}


@dataclass(frozen=True, slots=True)
class _Field:
    """One name in a template."""

    name: str
    path: tuple[str, ...]
    filters: tuple[Callable[[str], str], ...]


@dataclass(slots=True)
class Template:
    """Renders events with a template.

    Args:
        text: The template as typed.
        warn: Called once with a message about names that no event has.

    Raises:
        UsageError: The template is invalid.
    """

    text: str
    warn: Callable[[str], None]
    _parts: list[str | _Field] = field(init=False, default_factory=list)
    _missing: set[str] = field(init=False, default_factory=set)
    _event_count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._parts = list(_parsed(self.text))
        self._missing = {p.name for p in self._parts if isinstance(p, _Field)} - WORDS.keys()
        unknown = {name for name in self._missing if name.partition(".")[0] not in _ENVELOPE}
        self._missing -= unknown
        if unknown:
            self.warn(
                f"--template: no event has {_listed(unknown)}: it prints empty. There are "
                f"{', '.join(WORDS)}, and paths such as body.subject"
            )

    def __call__(self, notification: Notification) -> bytes:
        """Return the line of an event as UTF-8, with its line break."""
        described = describe_event(notification)
        parts = [
            part if isinstance(part, str) else self._filled(part, described, notification)
            for part in self._parts
        ]
        if self._missing:
            self._count_event()
        return ("".join(parts) + "\n").encode("utf-8", "backslashreplace")

    def _filled(self, place: _Field, described: DescribedEvent, notification: Notification) -> str:
        if place.name in WORDS:
            value = _word(place.name, described, notification)
        else:
            found = at_path(described.payload, place.path)
            if found is not None:
                self._missing.discard(place.name)
            value = _text(found)
        for change in place.filters:
            value = change(value)
        return visible(value)

    def _count_event(self) -> None:
        self._event_count += 1
        if self._event_count == WARN_AFTER:
            self.warn(
                f"--template: none of the first {WARN_AFTER} events has {_listed(self._missing)}"
            )
            self._missing = set()


def _listed(names: set[str]) -> str:
    return ", ".join(f"{{{visible(name)}}}" for name in sorted(names))


def _word(name: str, described: DescribedEvent, notification: Notification) -> str:
    line = described.line
    words = {
        "kind": described.name,
        "from": line.who,
        "to": line.to,
        "text": line.text,
        "what": line.what,
        "time": notification.timestamp,
        "direction": line.direction,
    }
    return words[name]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        # Nested deeper than this thread's stack allows.
        return "…"


def _parsed(template: str) -> list[str | _Field]:
    if not template:
        raise _refused("it is empty")
    parts: list[str | _Field] = []
    at = 0
    for match in _PART.finditer(template):
        parts.append(_literal(template[at : match.start()]))
        at = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
        elif match[1] is None:
            raise _refused(f"unmatched {match[0]!r} at column {match.start() + 1}")
        else:
            parts.append(_place(match[1], match.start() + 1))
    parts.append(_literal(template[at:]))
    return [part for part in parts if part]


def _literal(text: str) -> str:
    # A template may contain tabs and line breaks, also as escapes.
    return re.sub(r"\\[nt\\]", lambda match: _ESCAPES[match[0]], text)


def _place(inner: str, column: int) -> _Field:
    name, *filters = (word.strip() for word in inner.split("|"))
    if not _NAME.fullmatch(name):
        raise _refused(f"{visible(inner)!r} at column {column} is not a name")
    unknown = [word for word in filters if word not in FILTERS]
    if unknown:
        raise _refused(f"unknown filter {visible(unknown[0])!r}; filters: {', '.join(FILTERS)}")
    return _Field(name, tuple(name.split(".")), tuple(FILTERS[word][0] for word in filters))


def _refused(why: str) -> UsageError:
    return UsageError(
        f"--template: {why}",
        hint="A template is text with names in braces: '{time|local} {from}: {text|oneline}'. "
        "Write {{ and }} for braces.",
    )
