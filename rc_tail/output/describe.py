"""Describe a notification for readable formats: its kind, its payload and its line."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from rc_tail.events.event_uri import parse_event_uri
from rc_tail.events.families.fields import as_text, extension_label, join_nonempty
from rc_tail.events.kinds import EventKind, EventLine
from rc_tail.events.matching import OTHER, decided_once, kind_of, path_id
from rc_tail.gateway.messages import Notification
from rc_tail.output.payloads import payload_of

_ENVELOPE = frozenset({"uuid", "event", "timestamp", "subscriptionId", "ownerId", "source"})


class DescribedEvent(msgspec.Struct, frozen=True):
    """The description of a notification.

    Attributes:
        name: The kind's name; ``other`` for an unknown kind.
        kind: None for an unknown kind.
        line: Untrusted, not escaped.
        payload: The decoded payload; empty where it is not a JSON object.
    """

    name: str
    kind: EventKind | None
    line: EventLine
    payload: Mapping[str, Any]


def describe_event(notification: Notification) -> DescribedEvent:
    """Describe a notification. This never raises, whatever the payload."""
    decoded = payload_of(notification.payload)
    if decoded is None:
        # Nested deeper than this thread's stack allows: its text is printed as it is.
        decoded = notification.payload.decode("utf-8", "backslashreplace")
    payload = decoded if isinstance(decoded, dict) else {}
    body = payload.get("body")
    kind = kind_of(notification.event)
    if kind is None:
        return DescribedEvent(OTHER, None, _unknown_line(notification, decoded), payload)
    if body is None or isinstance(body, dict):
        line = kind.describe(body or {})
    else:
        line = EventLine(what=short_json(body))
    return DescribedEvent(kind.name, kind, _with_owner(line, kind, notification.event), payload)


def _with_owner(line: EventLine, kind: EventKind, event: str) -> EventLine:
    """Add the owner of the event, from its path, where the body does not name one."""
    if line.who and (line.to or line.direction != "Inbound"):
        return line
    if not line.who and not line.to:
        return replace(line, who=_owner(kind, event))
    return replace(line, to=_owner(kind, event)) if line.who else line


def _owner(kind: EventKind, event: str) -> str:
    if kind.id_name:
        return join_nonempty((kind.id_name.removesuffix(" id"), path_id(event)), " ")
    return _extension(event)


@decided_once
def _extension(event: str) -> str:
    return extension_label(parse_event_uri(event).extension.replace("~", ""))


def is_owner(who: str, event: str) -> bool:
    """Whether `who` is only the label of the extension that the event's path names."""
    return who.startswith("extension ") and who == _extension(event)


def _unknown_line(notification: Notification, decoded: Any) -> EventLine:
    body = decoded
    if isinstance(decoded, dict):
        # Mobile push notifications have no body: their fields are at the top level.
        flat = {name: value for name, value in decoded.items() if name not in _ENVELOPE}
        body = decoded.get("body", flat)
    path = notification.event or "an event without a name"
    return EventLine(what=join_nonempty((path, short_json(body)), ": "))


def short_json(value: Any) -> str:
    """Summarize JSON on one line: names and plain values; nested values only as a hint."""
    if isinstance(value, dict):
        return join_nonempty(
            (f"{name}={_short_value(inner)}" for name, inner in value.items()), " "
        )
    if isinstance(value, list):
        return join_nonempty(map(_short_value, value), " ")
    return _short_value(value)


def _short_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, list):
        return f"[{len(value)}]" if value else "[]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return as_text(value)
