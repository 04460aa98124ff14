"""What was told already, live or from the history, so that neither repeats the other.

A gap is filled from records that are asked for with a margin, and live events may overlap with
what was read: both name what they tell by the same keys.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

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
from rc_tail.history.call_log import party_key, session_key
from rc_tail.history.plan import PREFIX
from rc_tail.text.lenient_json import loads_object
from rc_tail.text.timestamps import unix_time

_OVER = frozenset({"disconnected", "gone"})
_VOICEMAIL = "voicemail"

# Bytes of live events that are kept until there is a record: thousands of them. The history is
# read from some seconds before a gap only.
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


class KeyMemory(Protocol):
    """Remembers keys."""

    def add(self, key: str, /) -> bool:
        """Remember `key`; return whether it is new."""
        ...

    def __contains__(self, key: str, /) -> bool: ...


class PrintedEvents:
    """Remembers what was told.

    Two live events are never taken for each other, since the service sends what it sends: only
    what came from the history and what came live may repeat each other, and two records.

    Keys are looked up when there is a record to compare them with: of most live events, never.

    Args:
        live: Remembers what came live.
        history: Remembers what came from the history.
    """

    def __init__(self, live: KeyMemory, history: KeyMemory) -> None:
        self._live = live
        self._history = history
        self._has_records = False
        # Live events that were not looked into yet, as they came, and the bytes of each batch.
        self._latest: deque[tuple[Sequence[Notification], int]] = deque()
        self._latest_size = 0
        # When the last one was sent that was given up without a look; empty while none was.
        self._given_up = ""

    def remember(self, key: str) -> None:
        """Remember what an earlier run told, by its key; behind ``history:`` what a record told."""
        if not key.startswith(PREFIX):
            self._live.add(key)
            return
        self._history.add(key.removeprefix(PREFIX))
        self._has_records = True

    def all_new(self, events: Sequence[Notification]) -> bool:
        """Remember live events, if it is sure without a look that no record told any of them.

        Returns:
            Whether it is; if not, nothing is remembered, and `is_new` tells for each.
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
            self._given_up = forgotten[-1].timestamp
        return True

    def is_new(self, notification: Notification) -> bool:
        """Remember what an event tells; return whether nothing of the other side told it."""
        if is_history(notification) and not self._has_records:
            self._has_records = True
            self._look_into_latest()
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
        """Whether it is from a time of which live events are known no more.

        The history is read from long before a gap: such a record is much likelier one of those
        than one that was never told.
        """
        if not self._given_up:
            return False
        given_up, made = unix_time(self._given_up), unix_time(record.timestamp)
        if given_up is None or made is None:
            return False
        # Of a call it is the end that was told.
        return made + (as_number(_whole_body(record.payload).get("duration")) or 0) <= given_up

    def _look_into_latest(self) -> None:
        for events, _ in self._latest:
            for event in events:
                for key in _keys(event)[0]:
                    self._live.add(key)
        self._latest.clear()
        self._latest_size = 0


def is_history(notification: Notification) -> bool:
    """Whether an event was made from a record of the past."""
    return notification.uuid.startswith(PREFIX)


def event_keys(notification: Notification) -> Keys:
    """Return what names the things that an event tells, alike for live events and for records.

    A message is named by its id, a call that is over by its session and party, and then by its
    session alone, since a record may lack the party. A step of a call that goes on has no key,
    and neither has an event that leaves no history; that is known without looking into it.
    """
    return _keys(notification)[0]


def _keys(notification: Notification) -> tuple[Keys, bool]:
    """Return the keys, and whether the event tells nothing but what they name."""
    kind = kind_of(notification.event)
    if kind is None or kind.history is None:
        return (), True
    body = _body(notification.payload)
    if is_history(notification):
        return _record_keys(kind.history, body), True
    if kind.history.store is HistoryStore.CALLS:
        return _call_keys(body)
    if kind.history.types:
        # What happens to a message afterwards is news, whoever told that it is there.
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
