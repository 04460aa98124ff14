"""Reads a notification for people: its kind, its body, and the line that they make."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from rc_tail.events.event_uri import parse_event_uri
from rc_tail.events.families.fields import as_text, extension_label, join_nonempty
from rc_tail.events.kinds import EventKind, EventLine
from rc_tail.events.matching import kind_of, path_id
from rc_tail.gateway.messages import Notification
from rc_tail.output.payloads import payload_of

_ENVELOPE = frozenset({"uuid", "event", "timestamp", "subscriptionId", "ownerId", "source"})


class DescribedEvent(msgspec.Struct, frozen=True):
    """A notification as it was understood.

    Attributes:
        name: The kind's name; ``other`` when the catalogue has none.
        kind: The kind, or None.
        line: What a person is told. Nothing in it is escaped.
        payload: The decoded payload; empty when it is no JSON object.
    """

    name: str
    kind: EventKind | None
    line: EventLine
    payload: Mapping[str, Any]


def describe_event(notification: Notification) -> DescribedEvent:
    """Understand a notification; there is none that it raises for."""
    decoded = payload_of(notification.payload)
    if decoded is None:
        # Nested deeper than this thread's stack: it is shown as it is.
        decoded = notification.payload.decode("utf-8", "backslashreplace")
    payload = decoded if isinstance(decoded, dict) else {}
    body = payload.get("body")
    kind = kind_of(notification.event)
    if kind is None:
        return DescribedEvent("other", None, _unknown(notification, decoded), payload)
    if body is None or isinstance(body, dict):
        line = kind.describe(body or {})
    else:
        line = EventLine(what=short_json(body))
    return DescribedEvent(kind.name, kind, _placed(line, kind, notification.event), payload)


def _placed(line: EventLine, kind: EventKind, event: str) -> EventLine:
    """Name whom the path of the event is about, where the body does not tell."""
    if line.who and (line.to or line.direction != "Inbound"):
        return line
    if not line.who and not line.to:
        return replace(line, who=_owner(kind, event))
    return replace(line, to=_owner(kind, event)) if line.who else line


def _owner(kind: EventKind, event: str) -> str:
    if kind.id_name:
        return join_nonempty((kind.id_name.removesuffix(" id"), path_id(event)), " ")
    return extension_label(parse_event_uri(event).extension.replace("~", ""))


def _unknown(notification: Notification, decoded: Any) -> EventLine:
    body = decoded
    if isinstance(decoded, dict):
        # What mobile pushes send is flat: it has no body.
        flat = {name: value for name, value in decoded.items() if name not in _ENVELOPE}
        body = decoded.get("body", flat)
    path = notification.event or "an event without a name"
    return EventLine(what=join_nonempty((path, short_json(body)), ": "))


def short_json(value: Any) -> str:
    """Return a short rendering of any JSON: names and plain values, but no nested ones."""
    if isinstance(value, dict):
        return join_nonempty((f"{name}={_inner(inner)}" for name, inner in value.items()), " ")
    if isinstance(value, list):
        return join_nonempty(map(_inner, value), " ")
    return _inner(value)


def _inner(value: Any) -> str:
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, list):
        return f"[{len(value)}]" if value else "[]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return as_text(value)
