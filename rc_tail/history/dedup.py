"""Recognises events that were printed before, live or from past events.

Past events are read with a margin around a gap, so they overlap with live events. Both get the same
keys for the message or call that they are about.
"""

from collections import deque
from collections.abc import Sequence

from rc_tail.events.families.fields import as_number, as_object
from rc_tail.gateway.event_key import record_keys
from rc_tail.gateway.messages import HISTORY_PREFIX, Notification
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.text.lenient_json import loads_object
from rc_tail.text.timestamps import unix_time

# Bytes of live events that are kept until the first record: thousands of events. Past events are
# read from some minutes before a gap only.
MOST_LATEST = 4 * 1024 * 1024


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
        if not key.startswith(HISTORY_PREFIX):
            self._live.add(_current(key))
            return
        self._history.add(_current(key.removeprefix(HISTORY_PREFIX)))
        self._has_records = True

    def all_new(self, events: Sequence[Notification]) -> bool:
        """Remember live events, if they are surely new because there is no record yet.

        Returns:
            Whether they are; if not, nothing is remembered, and each needs `is_new`.
        """
        if self._has_records:
            return False
        size = 0
        for event in events:
            size += len(event.payload)
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
        if notification.is_past and not self._has_records:
            self._has_records = True
            self._add_keys_of_latest()
        keys, is_all = record_keys(notification)
        if notification.is_past:
            new = not self._may_be_forgotten(notification) and (
                not keys or (keys[0] not in self._live and keys[0] not in self._history)
            )
            memory = self._history
        else:
            new = not (is_all and keys and all(key in self._history for key in keys))
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
        return made + _duration(record) <= forgotten_until

    def _add_keys_of_latest(self) -> None:
        for events, _ in self._latest:
            for event in events:
                for key in record_keys(event).keys:
                    self._live.add(key)
        self._latest.clear()
        self._latest_size = 0


def _duration(record: Notification) -> float:
    body = as_object((loads_object(record.payload) or {}).get("body"))
    return as_number(body.get("duration")) or 0.0


def _current(key: str) -> str:
    """Return a key as it is written now; version 0.1.0 wrote ``KIND:ID``."""
    kind, _, name = key.partition(":")
    if kind in ("sms", "voicemail", "fax"):
        return f"message:{name}:create"
    if kind == "messages":
        return f"stored-message:{name}"
    if kind == "calls":
        return f"call-record:{name.replace('/', ':', 1)}"
    return key
