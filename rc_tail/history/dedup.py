"""Recognises events that were printed before, live or from past events.

Past events are read with a margin around a gap, so they overlap with live events. Both get the same
keys for the message or call that they are about.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec

from rc_tail.events.families.fields import (
    as_list,
    as_number,
    as_object,
    as_text,
    first_text,
    is_flag_set,
    objects_in,
)
from rc_tail.events.kinds import Body, HistorySource, HistoryStore
from rc_tail.events.matching import kind_of
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.history.call_log import party_key, session_key
from rc_tail.history.plan import PREFIX
from rc_tail.text.lenient_json import loads_object
from rc_tail.text.timestamps import unix_time

_OVER = frozenset({"disconnected", "gone"})
_VOICEMAIL = "voicemail"

# Bytes of live events that are kept until the first record: thousands of events. Past events are
# read from some minutes before a gap only.
MOST_LATEST = 4 * 1024 * 1024

Keys = tuple[str, ...]


class _Parts(msgspec.Struct):
    """The few fields that matter; the others are skipped over, which is several times cheaper."""

    id: Any = None
    eventType: Any = None  # noqa: N815 - as on the wire
    changes: Any = None
    parties: Any = None
    telephonySessionId: Any = None  # noqa: N815
    partyId: Any = None  # noqa: N815


class _Payload(msgspec.Struct):
    body: _Parts


_decode = msgspec.json.Decoder(_Payload).decode


class PrintedEvents:
    """Remembers the keys of printed events.

    Two live events are never considered the same, whatever the service sends. A record may repeat a
    live event or another record, and a live event a record.

    Keys are computed once there is a record to compare them with: for most live events, never.

    Args:
        live: Keys of live events.
        history: Keys of records.
    """

    def __init__(self, live: SeenUuids, history: SeenUuids) -> None:
        self._live = live
        self._history = history
        self._has_records = False
        # Batches of live events whose keys are not computed yet, and the bytes of each.
        self._latest: deque[tuple[Sequence[Notification], int]] = deque()
        self._latest_size = 0
        # The time stamp of the last live event that was forgotten; empty while none was.
        self._forgotten_until = ""

    def remember(self, key: str) -> None:
        """Remember a key of an earlier run; ``history:`` precedes the key of a record."""
        if not key.startswith(PREFIX):
            self._live.add(key)
            return
        self._history.add(key.removeprefix(PREFIX))
        self._has_records = True

    def all_new(self, events: Sequence[Notification]) -> bool:
        """Remember live events, if they are surely new because there is no record yet.

        Returns:
            Whether they are; if not, nothing is remembered, and each needs `is_new`.
        """
        if self._has_records:
            return False
        size = sum([len(event.payload) for event in events])
        self._latest.append((events, size))
        self._latest_size += size
        # The latest are always kept, however large.
        while self._latest_size > MOST_LATEST and len(self._latest) > 1:
            forgotten, size = self._latest.popleft()
            self._latest_size -= size
            self._forgotten_until = forgotten[-1].timestamp
        return True

    def is_new(self, notification: Notification) -> bool:
        """Remember an event; return whether its message or call was not printed before."""
        if is_history(notification) and not self._has_records:
            self._has_records = True
            self._add_keys_of_latest()
        keys, whole = _keys(notification)
        if is_history(notification):
            new = not self._may_be_forgotten(notification) and (
                not keys or (keys[0] not in self._live and keys[0] not in self._history)
            )
            memory = self._history
        else:
            new = not (whole and keys and all(key in self._history for key in keys))
            memory = self._live
        if new:
            for key in keys:
                memory.add(key)
        return new

    def _may_be_forgotten(self, record: Notification) -> bool:
        """Whether a record is from a time whose live events are forgotten.

        Past events are read from long before a gap: such a record repeats a live event more likely
        than it was missed.
        """
        if not self._forgotten_until:
            return False
        forgotten_until, made = unix_time(self._forgotten_until), unix_time(record.timestamp)
        if forgotten_until is None or made is None:
            return False
        # The live event of a call is sent at its end.
        return (
            made + (as_number(_whole_body(record.payload).get("duration")) or 0) <= forgotten_until
        )

    def _add_keys_of_latest(self) -> None:
        for events, _ in self._latest:
            for event in events:
                for key in _keys(event)[0]:
                    self._live.add(key)
        self._latest.clear()
        self._latest_size = 0


def is_history(notification: Notification) -> bool:
    """Whether an event was made from a record."""
    return notification.uuid.startswith(PREFIX)


def event_keys(notification: Notification) -> Keys:
    """Return the keys of what an event is about, the same for live events and for records.

    The key of a message is its id; the keys of a call that is over are its session and party, and
    its session alone, since a record may lack the party. A step of a call in progress has no key,
    and neither has an event without past events; the latter is known without decoding it.
    """
    return _keys(notification)[0]


def _keys(notification: Notification) -> tuple[Keys, bool]:
    """Return the keys, and whether the event is about nothing else."""
    kind = kind_of(notification.event)
    if kind is None or kind.history is None:
        return (), True
    body = _body(notification.payload)
    if is_history(notification):
        return _record_keys(kind.history, body), True
    if kind.history.store is HistoryStore.CALLS:
        return _call_keys(body)
    if kind.history.types:
        # A later change of a message is new, even if a record brought the message.
        return _message_keys(kind.history, body), first_text(body, "eventType") in ("", "Create")
    return _change_keys(kind.history, body)


def _body(payload: bytes) -> Body:
    try:
        return msgspec.structs.asdict(_decode(payload).body)
    except (msgspec.DecodeError, RecursionError):
        # Valid but unusual, such as a lone surrogate in a text; what cannot be read has no keys.
        pass
    return _whole_body(payload)


def _whole_body(payload: bytes) -> Body:
    return as_object((loads_object(payload) or {}).get("body"))


def _record_keys(history: HistorySource, record: Body) -> Keys:
    if history.store is HistoryStore.CALLS:
        found = (party_key(record), session_key(record))
        return tuple(key for key in found if key)
    return _message_keys(history, record)


def _message_keys(history: HistorySource, body: Body) -> Keys:
    id_ = first_text(body, "id")
    return (f"{history.name}:{id_}",) if id_ else ()


def _change_keys(history: HistorySource, body: Body) -> tuple[Keys, bool]:
    changes = objects_in(body.get("changes"))
    ids = [
        [id_ for each in as_list(c.get("newMessageIds")) if (id_ := as_text(each))] for c in changes
    ]
    # A change may count more than it has ids for, and updates of messages that are older.
    whole = all(
        not as_number(change.get("updatedCount"))
        and as_number(change.get("newCount")) in (None, float(len(new)))
        for change, new in zip(changes, ids, strict=True)
    )
    return tuple(f"{history.name}:{id_}" for new in ids for id_ in new), whole


def _call_keys(body: Body) -> tuple[Keys, bool]:
    session = session_key(body)
    parties = objects_in(body.get("parties"))
    over = [party for party in parties if _is_over(party)]
    if not session or not over:
        return (), True
    ids = [f"{session}/{id_}" for party in over if (id_ := first_text(party, "id"))]
    return (*ids, session), len(over) == len(parties)


def _is_over(party: Body) -> bool:
    code = first_text(as_object(party.get("status")), "code").lower()
    return code in _OVER or (code == _VOICEMAIL and is_flag_set(party.get("missedCall")))
