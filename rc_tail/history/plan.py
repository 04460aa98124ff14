"""What to read of the past for a subscription, and what a record of it says as an event.

RingCentral keeps messages (texts, faxes, voicemails, pager messages) in the message store of an
extension, and calls in the call log of an extension or of the account (API reference, "List
Messages", "List Extension Call Records", "List Company Call Records"). Nothing else that events
tell can be read afterwards: the state of today can, the steps that led to it cannot.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from rc_tail.events.event_uri import (
    account_id,
    extension_id,
    parse_event_uri,
    with_account,
    with_extension,
)
from rc_tail.events.families.fields import as_object, as_text, first_text
from rc_tail.events.kinds import Body, EventKind, HistorySource, HistoryStore, Pair
from rc_tail.events.matching import kind_of
from rc_tail.gateway.event_key import record_key
from rc_tail.gateway.messages import HISTORY_PREFIX, Notification
from rc_tail.history.call_log import (
    call_seconds,
    is_in_call_log,
    is_one_step,
    matches_call,
)
from rc_tail.text.escape import visible
from rc_tail.text.timestamps import format_utc, in_zone, parse_timestamp

_ID = r"[0-9]{1,20}"
# What the query of a filter narrows; the rest of it asks for details.
_NARROWING = frozenset(
    {"type", "direction", "missedCall", "phoneNumber", "statusCode", "withRecordings"}
)
_STORE_TYPES = ("SMS", "Fax", "VoiceMail", "Pager")
_DIRECTIONS = ("Inbound", "Outbound")
_SHOWN = 200


class RequestedFilter(msgspec.Struct, frozen=True):
    """A subscribed event filter that has past events.

    Attributes:
        kind: The alias of its kind.
        history: Where its past events are stored.
        query: The pairs of its query that narrow it.
    """

    event_filter: str
    kind: str
    history: HistorySource
    query: tuple[Pair, ...]

    @property
    def rank(self) -> int:
        """How closely it describes its events; of several that match a record, the highest wins."""
        # An event that is the message itself says more than one that only counts messages.
        return len(self.query) + 10 * len(self.history.types)

    @property
    def types(self) -> tuple[str, ...]:
        """The message types that it selects, as the store names them; empty for all."""
        wanted = {value.lower() for name, value in self.query if name == "type"}
        return self.history.types or tuple(t for t in _STORE_TYPES if t.lower() in wanted)

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions that it selects; empty for both."""
        wanted = {value for name, value in self.query if name == "direction"}
        wanted |= {self.history.direction}
        return tuple(d for d in _DIRECTIONS if d in wanted)

    def fits(self, record: Body) -> bool:
        """Whether it selects this record; a missing field excludes nothing."""
        if not _among(record, "direction", self.directions):
            return False
        if self.history.store is HistoryStore.CALLS:
            return matches_call(record, self.query)
        return _among(record, "type", self.types)


def _among(record: Body, name: str, wanted: Sequence[str]) -> bool:
    value = first_text(record, name).lower()
    return not wanted or not value or value in {word.lower() for word in wanted}


class StoreQuery(msgspec.Struct, frozen=True):
    """One store of one extension or of the account, to be read for some time.

    Attributes:
        path: From the server's root.
        filters: The filters that it serves, the highest rank first.
    """

    store: HistoryStore
    path: str
    filters: tuple[RequestedFilter, ...]

    @property
    def name(self) -> str:
        """Its name in messages."""
        parts = parse_event_uri(self.path)
        what = "message store" if self.store is HistoryStore.MESSAGES else "call log"
        if not parts.extension:
            return f"the {what} of the account"
        return f"the {what}" + (
            "" if parts.extension == "~" else f" of extension {parts.extension}"
        )

    @property
    def params(self) -> Mapping[str, Sequence[str]]:
        """The query that narrows it as far as the service can.

        The union of the filters: one request serves them all, and each record is matched with
        every filter afterwards.
        """
        params: dict[str, Sequence[str]] = {}
        directions = _union(each.directions for each in self.filters)
        if len(directions) == 1:
            params["direction"] = directions
        types = _union(each.types for each in self.filters)
        if types and self.store is HistoryStore.MESSAGES:
            params["messageType"] = types
        return params


def _union(selections: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return all selected values, or nothing when one of the selections is of everything."""
    found: dict[str, None] = {}
    for values in selections:
        if not values:
            return ()
        found.update(dict.fromkeys(values))
    return tuple(found)


class HistoryPlan(msgspec.Struct, frozen=True):
    """What to read for a subscription.

    Attributes:
        readings: What can be read; the call logs last, since they take the longest.
        without: The names of what has no history.
        lacking: The events that the history does not have of the other kinds, in words.
    """

    readings: tuple[StoreQuery, ...]
    without: tuple[str, ...]
    lacking: tuple[str, ...] = ()


def plan_history(filters: Sequence[str]) -> HistoryPlan:
    """Return what to read for these event filters, with ``~`` or with ids in them."""
    readings: dict[tuple[HistoryStore, str], list[RequestedFilter]] = {}
    without: dict[str, None] = {}
    lacking: dict[str, None] = {}
    for event_filter in filters:
        kind = kind_of(event_filter)
        history = None if kind is None else kind.history
        if kind is None or history is None:
            without[_name(kind, event_filter)] = None
            continue
        query = _query(event_filter)
        if history.store is HistoryStore.CALLS and not is_in_call_log(query):
            # Its steps leave no trace; the kind may have a history by another filter.
            said = ",".join(f"{name}={value}" for name, value in query if name == "statusCode")
            without[visible(f"{kind.name}:{said}")[:_SHOWN]] = None
            continue
        if history.lacks and not is_one_step(query):
            lacking[history.lacks] = None
        asked = RequestedFilter(event_filter, kind.name, history, query)
        path = _path_of(event_filter, history.store)
        readings.setdefault((history.store, path), []).append(asked)
    return HistoryPlan(_ordered(readings), tuple(without), tuple(lacking))


def _ordered(
    readings: Mapping[tuple[HistoryStore, str], Sequence[RequestedFilter]],
) -> tuple[StoreQuery, ...]:
    found = [
        StoreQuery(store, path, tuple(sorted(asked, key=lambda each: -each.rank)))
        for (store, path), asked in readings.items()
    ]
    return tuple(sorted(found, key=lambda reading: reading.store is HistoryStore.CALLS))


def _name(kind: EventKind | None, event_filter: str) -> str:
    return kind.name if kind is not None else visible(event_filter)[:_SHOWN]


def _query(event_filter: str) -> tuple[Pair, ...]:
    parts = event_filter.partition("?")[2].replace("%2B", "+").split("&")
    pairs = (part.partition("=") for part in parts)
    return tuple((name, value) for name, _, value in pairs if name in _NARROWING)


def _path_of(event_filter: str, store: HistoryStore) -> str:
    parts = parse_event_uri(event_filter)
    path = f"/restapi/v1.0/account/{parts.account or '~'}"
    if parts.extension:
        path += f"/extension/{parts.extension}"
    return f"{path}/{store}"


class HistoryEvent(msgspec.Struct, frozen=True):
    """A record, as an event.

    Attributes:
        time: When it began, in Unix seconds of the service's clock.
        end: When it ended; the same for a message.
        key: Of the message or call, the same in every store (`rc_tail.gateway.event_key`).
    """

    notification: Notification
    time: float
    end: float
    key: str


def history_event_of(reading: StoreQuery, record: Body) -> HistoryEvent | None:
    """Return a record as an event; None when no filter selects it.

    Raises:
        ValueError: The record is invalid: it lacks id or time, or cannot be written as JSON.
    """
    asked = next((each for each in reading.filters if each.fits(record)), None)
    if asked is None:
        return None
    id_, moment = first_text(record, "id"), _moment(record)
    if not id_:
        raise ValueError("a record without id")
    time = moment.timestamp()
    end = time + (call_seconds(record) if reading.store is HistoryStore.CALLS else 0.0)
    key = record_key(asked.history, record)
    return HistoryEvent(_notification(asked, record, id_, moment), time, end, key)


def _moment(record: Body) -> datetime:
    written = parse_timestamp(first_text(record, "creationTime", "startTime", "lastModifiedTime"))
    moment = None if written is None else in_zone(written, UTC)
    if moment is None:
        raise ValueError("a record without a valid time")
    return moment


def _notification(asked: RequestedFilter, record: Body, id_: str, moment: datetime) -> Notification:
    uuid = f"{HISTORY_PREFIX}{asked.kind}:{id_}"
    event = _with_ids(asked.event_filter, record)
    timestamp = format_utc(moment)
    payload = _json(
        {
            "uuid": uuid,
            "event": event,
            "timestamp": timestamp,
            "source": "history",
            "body": record,
        }
    )
    meta = _json({"type": "ServerNotification", "messageId": uuid, "source": "history"})
    return Notification(
        uuid=_text(uuid),
        event=event,
        timestamp=timestamp,
        payload=payload,
        frame=b"[" + meta + b"," + payload + b"]",
    )


def _with_ids(event_filter: str, record: Body) -> str:
    """Replace ``~`` by the ids of the record, as in live events."""
    uri = first_text(record, "uri")
    account = account_id(uri)
    event = with_account(event_filter, account) if account else event_filter
    named = as_text(as_object(record.get("extension")).get("id")) or first_text(
        record, "extensionId"
    )
    extension = named if re.fullmatch(_ID, named) else extension_id(uri)
    return with_extension(event, extension) if extension else event


def _text(value: str) -> str:
    # A lone surrogate cannot be written anywhere; it is shown as it was escaped.
    return value.encode("utf-8", "backslashreplace").decode()


def _json(value: Mapping[str, Any]) -> bytes:
    try:
        written = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return written.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    except RecursionError:
        raise ValueError("a record that is nested too deeply") from None
