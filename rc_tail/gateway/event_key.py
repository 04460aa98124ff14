"""One key for an event, whichever subscription brought it: made of content alone.

Two subscriptions give the same event other uuids, time stamps and owners, so none of these is part
of it. A key begins with the id of the account; a few kinds send equal bodies for different events,
and these keys end with the time stamp after all: such events can be recognised within one
subscription only, and come at least once where several tails share a sink.
"""

import json
from hashlib import blake2b
from typing import Any

import msgspec

from rc_tail.events.event_uri import MINE, parse_event_uri
from rc_tail.events.families.fields import as_object, as_text, first_text, objects_in
from rc_tail.events.kinds import Body, EventKind, HistoryStore
from rc_tail.events.matching import kind_of
from rc_tail.gateway.messages import Notification
from rc_tail.text.lenient_json import loads_object

UNKNOWN = "_"
_HISTORY = "history:"
_HIGH_VOLUME = frozenset({"sms2-in", "sms2-out", "a2p-messages"})


class EventKey(msgspec.Struct, frozen=True):
    """The key of an event.

    Attributes:
        text: The key.
        is_versioned: Whether equal keys always mean the same event, whoever received it.
    """

    text: str
    is_versioned: bool


def event_key(event: Notification) -> EventKey:
    """Return the key of an event; one that was made before the event was masked stays."""
    kind = kind_of(event.event)
    is_versioned = kind is not None and not kind.repeats
    if event.key:
        return EventKey(event.key, is_versioned)
    content = content_key(event, kind)
    return EventKey(content if is_versioned else f"{content}@{event.timestamp}", is_versioned)


def content_key(event: Notification, kind: EventKind | None = None) -> str:
    """Return the key of the content alone: equal for the copies that two subscriptions bring."""
    kind = kind_of(event.event) if kind is None else kind
    body = _body(event.payload)
    uri = parse_event_uri(event.event)
    account = UNKNOWN if uri.account in ("", MINE) else uri.account
    made = "" if body is None else _of_kind(kind, event, body)
    if not made:
        path = event.event.partition("?")[0].strip().replace("//", "/")
        made = f"{path}:{_hash(event.payload if body is None else body)}"
    return f"{account}:{made}"


def _of_kind(kind: EventKind | None, event: Notification, body: Body) -> str:
    """Return the key of a message or call; empty where the body decides alone."""
    if kind is None:
        return ""
    if event.uuid.startswith(_HISTORY):
        return _of_record(kind, body)
    if kind.name in _HIGH_VOLUME:
        return _message(body, ("id", "messageStatus", "lastModifiedTime"))
    if kind.history is not None and kind.history.types:
        if first_text(body, "eventType") in ("", "Create"):
            return _message(body, ("id",), "create")
        return _message(body, ("id", "lastModifiedTime", "messageStatus"))
    if kind.history is not None and kind.history.store is HistoryStore.CALLS:
        return _of_call_step(event, body)
    return ""


def _of_record(kind: EventKind, record: Body) -> str:
    if kind.history is not None and kind.history.store is HistoryStore.CALLS:
        session = first_text(record, "telephonySessionId", "sessionId", "id")
        return f"call-record:{session}" if session else ""
    return _message(record, ("id",), "create")


def _message(body: Body, names: tuple[str, ...], last: str = "") -> str:
    parts = [first_text(body, name) for name in names]
    if not parts[0]:
        return ""
    return ":".join(["message", *parts, *([last] if last else [])])


def _of_call_step(event: Notification, body: Body) -> str:
    session = first_text(body, "telephonySessionId")
    sequence = as_text(body.get("sequence"))
    if not session or not sequence:
        return ""
    parties = [
        f"{first_text(party, 'id')}:{first_text(as_object(party.get('status')), 'code')}"
        for party in objects_in(body.get("parties"))
    ]
    path = event.event.partition("?")[0].strip().replace("//", "/")
    return ":".join([path, session, sequence, *parties])


def _body(payload: bytes) -> Body | None:
    decoded = loads_object(payload)
    if decoded is None:
        return None
    body = decoded.get("body")
    return body if isinstance(body, dict) else {"": body}


def _hash(content: Body | bytes) -> str:
    data = content if isinstance(content, bytes) else canonical_json(content)
    return blake2b(data, digest_size=16).hexdigest()


def canonical_json(value: Any) -> bytes:
    """Return a value as JSON with sorted keys, and no blanks."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")
