"""What names an event, whichever subscription brought it: made of content alone.

Two subscriptions give the same event other uuids, time stamps and owners, so none of these is part
of a key. Three readers need three views of it, which are all made here:

- Sinks that several tails share recognise an event by `event_key`. It begins with the id of the
  account. A few kinds send equal bodies for different events, and their keys end with the time
  stamp after all: such events can be recognised within one subscription only, and come at least
  once where several tails share a sink.
- The take-over pairs the copies that two subscriptions of one tail bring by `copy_key`.
- Past events are compared with live ones by `record_keys`: a record says of a whole message or
  call what several live events say of its parts.
"""

import json
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from rc_tail.events.event_uri import MINE, parse_event_uri, single_slashes
from rc_tail.events.families.fields import (
    as_list,
    as_number,
    as_object,
    as_text,
    first_text,
    is_flag_set,
    objects_in,
)
from rc_tail.events.kinds import Body, EventKind, HistorySource, HistoryStore
from rc_tail.events.matching import kind_of
from rc_tail.gateway.messages import Notification
from rc_tail.text.lenient_json import loads_object

UNKNOWN = "_"
Keys = tuple[str, ...]

_HIGH_VOLUME = frozenset({"sms2-in", "sms2-out", "a2p-messages"})
_OVER = frozenset({"disconnected", "gone"})
_VOICEMAIL = "voicemail"


class EventKey(msgspec.Struct, frozen=True):
    """The key of an event.

    Attributes:
        text: The key.
        is_versioned: Whether equal keys always mean the same event, whoever received it.
    """

    text: str
    is_versioned: bool


class RecordKeys(NamedTuple):
    """The records of the past that say what an event says, by their keys without the account.

    Attributes:
        keys: Of a live event: one of each message and call. Of a record: its own first, then that
            of its call, since a live event may not know the party. Empty where none is known.
        is_all: Whether the event says nothing else.
    """

    keys: Keys
    is_all: bool


def event_key(event: Notification) -> EventKey:
    """Return the key of an event; one that was made before the event was masked stays."""
    kind = kind_of(event.event)
    is_versioned = kind is not None and not kind.repeats
    if event.key:
        return EventKey(event.key, is_versioned)
    text = f"{_account(event.event)}:{_content(event, kind)}"
    return EventKey(text if is_versioned else f"{text}@{event.timestamp}", is_versioned)


@lru_cache(maxsize=1024)
def _account(uri: str) -> str:
    account = parse_event_uri(uri).account
    return UNKNOWN if account in ("", MINE) else account


def copy_key(event: Notification) -> str:
    """Return what the copies share that two subscriptions to the same filters bring.

    Unlike `event_key` it has no time stamp for kinds whose bodies repeat: copies have different
    ones, and the take-over counts events with equal keys. It has the query of the filter: of two
    events that differ in nothing else, each is the copy of its own.
    """
    return f"{event.event} {_content(event, kind_of(event.event))}"


def record_keys(event: Notification) -> RecordKeys:
    """Return which records of the past an event corresponds to.

    A message is one record, a call one for each party that it is over for; a step of a call in
    progress corresponds to none, and neither does an event of a kind without past events, which is
    known without decoding it.
    """
    kind = kind_of(event.event)
    if kind is None or kind.history is None:
        return RecordKeys((), is_all=True)
    body = _fields(event.payload)
    if event.is_past:
        return RecordKeys(_keys_of_record(kind.history, body), is_all=True)
    if kind.history.store is HistoryStore.CALLS:
        return _ended_parties(body)
    if kind.history.types:
        # A later change of a message is new, even if a record brought the message.
        return RecordKeys(_keys_of_record(kind.history, body), is_all=_is_created(body))
    return _changed_messages(kind.history, body)


def record_key(history: HistorySource, record: Body) -> str:
    """Return the key of a record, without the account: the same in every store that has it."""
    keys = _keys_of_record(history, record)
    return keys[0] if keys else ""


# Records.


def _keys_of_record(history: HistorySource, record: Body) -> Keys:
    id_ = first_text(record, "id")
    if history.store is HistoryStore.CALLS:
        call = _call(first_text(record, "telephonySessionId") or id_)
        # The log has a record for each party: of a call between two users of an account, two.
        party = first_text(record, "partyId")
        return (f"{call}:{party}", call) if call and party else (call,) if call else ()
    return (_stored_message(history, id_),) if id_ else ()


def _stored_message(history: HistorySource, id_: str) -> str:
    # An event that only counts messages does not replace the message itself.
    return f"message:{id_}:create" if history.types else f"stored-message:{id_}"


def _call(session: str) -> str:
    return f"call-record:{session}" if session else ""


def _changed_messages(history: HistorySource, body: Body) -> RecordKeys:
    changes = objects_in(body.get("changes"))
    ids = [
        [id_ for each in as_list(c.get("newMessageIds")) if (id_ := as_text(each))] for c in changes
    ]
    # A change may count more than it has ids for, and updates of messages that are older.
    is_all = all(
        not as_number(change.get("updatedCount"))
        and as_number(change.get("newCount")) in (None, float(len(new)))
        for change, new in zip(changes, ids, strict=True)
    )
    return RecordKeys(tuple(_stored_message(history, id_) for new in ids for id_ in new), is_all)


def _ended_parties(body: Body) -> RecordKeys:
    call = _call(first_text(body, "telephonySessionId"))
    parties = objects_in(body.get("parties"))
    over = [party for party in parties if _is_over(party)]
    if not call or not over:
        return RecordKeys((), is_all=True)
    keys = [f"{call}:{id_}" for party in over if (id_ := first_text(party, "id"))]
    return RecordKeys((*keys, call), is_all=len(over) == len(parties))


def _is_over(party: Body) -> bool:
    code = _status_code(party).lower()
    return code in _OVER or (code == _VOICEMAIL and is_flag_set(party.get("missedCall")))


def _status_code(party: Body) -> str:
    return first_text(as_object(party.get("status")), "code")


# Content.


def _content(event: Notification, kind: EventKind | None) -> str:
    """Return what all copies of an event share, and different events of a versioned kind do not."""
    return _named(event, kind) or f"{_path(event.event)}:{_hash(event.payload)}"


def _named(event: Notification, kind: EventKind | None) -> str:
    """Return the key of a message or call; empty where the whole body decides."""
    if kind is None:
        return ""
    if kind.name in _HIGH_VOLUME:
        return _version(event, "id", "messageStatus", "lastModifiedTime")
    history = kind.history
    if history is None:
        return ""
    if event.is_past:
        return record_key(history, _fields(event.payload))
    if history.store is HistoryStore.CALLS:
        return _call_step(event)
    if not history.types:
        return ""
    body = _fields(event.payload)
    if _is_created(body):
        return record_key(history, body)
    return _version(event, "id", "lastModifiedTime", "messageStatus")


def _is_created(body: Body) -> bool:
    return first_text(body, "eventType") in ("", "Create")


def _version(event: Notification, *names: str) -> str:
    body = _fields(event.payload)
    parts = [first_text(body, name) for name in names]
    return ":".join(["message", *parts]) if parts[0] else ""


def _call_step(event: Notification) -> str:
    body = _fields(event.payload)
    session, sequence = first_text(body, "telephonySessionId"), as_text(body.get("sequence"))
    if not session or not sequence:
        return ""
    parties = [
        f"{first_text(party, 'id')}:{_status_code(party)}"
        for party in objects_in(body.get("parties"))
    ]
    return ":".join([_path(event.event), session, sequence, *parties])


@lru_cache(maxsize=1024)
def _path(uri: str) -> str:
    return single_slashes(uri.partition("?")[0].strip())


# Decoding.


class _Fields(msgspec.Struct):
    """The few fields that matter; the others are skipped over, which is several times cheaper."""

    id: Any = None
    eventType: Any = None  # noqa: N815 - as on the wire
    lastModifiedTime: Any = None  # noqa: N815
    messageStatus: Any = None  # noqa: N815
    changes: Any = None
    sequence: Any = None
    parties: Any = None
    telephonySessionId: Any = None  # noqa: N815
    partyId: Any = None  # noqa: N815


class _Payload(msgspec.Struct):
    body: _Fields


class _WholeBody(msgspec.Struct):
    body: Any = msgspec.UNSET


class _RawBody(msgspec.Struct):
    body: msgspec.Raw = msgspec.Raw()


_decode_fields = msgspec.json.Decoder(_Payload).decode
_decode_body = msgspec.json.Decoder(_WholeBody).decode
_decode_raw = msgspec.json.Decoder(_RawBody).decode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def _fields(payload: bytes) -> Body:
    try:
        return msgspec.structs.asdict(_decode_fields(payload).body)
    except (msgspec.DecodeError, RecursionError):
        # Valid but unusual, such as a lone surrogate in a text; what cannot be read has no keys.
        return as_object((loads_object(payload) or {}).get("body"))


def _hash(payload: bytes) -> str:
    return blake2b(_canonical_body(payload), digest_size=16).hexdigest()


def _canonical_body(payload: bytes) -> bytes:
    """Return the body as JSON with sorted keys and without white space.

    What cannot be decoded stays as it is: such copies are recognised when they are equal bytes.
    """
    try:
        body = _decode_body(payload).body
        return b"" if body is msgspec.UNSET else _encode_sorted(body)
    except (msgspec.DecodeError, RecursionError):
        # Valid JSON that msgspec refuses.
        return _lenient_body(payload)


def _lenient_body(payload: bytes) -> bytes:
    try:
        decoded = loads_object(payload)
        if decoded is not None:
            return json.dumps(decoded.get("body"), sort_keys=True, separators=(",", ":")).encode()
    except RecursionError:
        # Nested deeper than this thread's stack allows.
        pass
    return _raw_body(payload)


def _raw_body(payload: bytes) -> bytes:
    try:
        return bytes(_decode_raw(payload).body)
    except (msgspec.DecodeError, RecursionError):
        return payload
