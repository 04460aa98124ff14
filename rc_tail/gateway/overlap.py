"""Two connections with a subscription each: every event comes twice, and is printed once.

The two subscriptions number the same event differently, so copies are told by their content: the
n-th copy of a content on one connection and the n-th on the other are one event. What repeats on
one connection are two events. In doubt an event is printed.
"""

import json
from collections import deque
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from rc_tail.gateway.messages import Notification
from rc_tail.text.lenient_json import loads_object
from rc_tail.text.timestamps import unix_time

# Copies of one event are sent within this many seconds of each other.
APART = 5.0

NEW, OLD = True, False


class _Content(msgspec.Struct):
    event: str = ""
    body: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(_Content).decode


class _Copy(NamedTuple):
    """A printed event whose copy has not come yet."""

    sent: float | None
    came: float


def content_of(notification: Notification) -> bytes:
    """Return what is the same in all copies of an event: its filter and body, hashed."""
    try:
        content = _decode(notification.payload)
        event, body = content.event, bytes(content.body)
    except (msgspec.DecodeError, RecursionError):
        # Valid JSON that msgspec refuses; whatever it is, it was printed as it came.
        event, body = notification.event, _lenient_body(notification.payload)
    joined = event.encode("utf-8", "surrogatepass") + b"\0" + body
    return blake2b(joined, digest_size=16).digest()


def _lenient_body(payload: bytes) -> bytes:
    decoded = loads_object(payload)
    return payload if decoded is None else json.dumps(decoded.get("body")).encode()


class Overlap:
    """Pairs the events of two connections.

    Until `confirm` it only remembers what comes on the old connection: a copy of it may come on
    the new one, if the new subscription was already there when it was sent.
    """

    def __init__(self) -> None:
        self._waiting: dict[bool, dict[bytes, deque[_Copy]]] = {NEW: {}, OLD: {}}
        self._is_confirmed = False
        self._since: float | None = None

    def confirm(self, created: str) -> None:
        """The new subscription exists.

        Args:
            created: When, by the service's own clock; empty when it did not say, and then what
                came before is no copy of anything.
        """
        self._is_confirmed = True
        self._since = since = unix_time(created)
        before, self._waiting[OLD] = self._waiting[OLD], {}
        if since is None:
            return
        for content, copies in before.items():
            counted = deque(copy for copy in copies if (copy.sent or 0.0) >= since)
            if counted:
                self._waiting[OLD][content] = counted

    def is_copy(self, notification: Notification, side: bool, now: float) -> bool:
        """Return whether this was printed already, as it came on the other connection.

        Args:
            notification: What came.
            side: `NEW` or `OLD`: the connection on which it came.
            now: The time.
        """
        copy = _Copy(unix_time(notification.timestamp), now)
        if side is OLD and self._is_from_before(copy):
            return False
        content = content_of(notification)
        if self._take_other(content, side, copy):
            # What the new connection brings before its subscription is confirmed may be another
            # event than the one that it is paired with: that may have been sent before.
            return self._is_confirmed or side is OLD
        self._waiting[side].setdefault(content, deque()).append(copy)
        return False

    def _is_from_before(self, copy: _Copy) -> bool:
        """Whether it was sent when there was no new subscription yet, however late it comes."""
        return self._since is not None and copy.sent is not None and copy.sent < self._since

    def _take_other(self, content: bytes, side: bool, copy: _Copy) -> bool:
        """Return whether its copy came on the other connection, which then waits no more."""
        others = self._waiting[not side].get(content)
        while others:
            if _one_event(others[0], copy):
                others.popleft()
                return True
            if not _is_older(others[0], copy):
                break
            # Nothing that comes later can be its copy either.
            others.popleft()
        return False


def _apart(one: _Copy, other: _Copy) -> float:
    """Seconds from `one` to `other`, by the service's clock where it told both."""
    if one.sent is not None and other.sent is not None:
        return other.sent - one.sent
    return other.came - one.came


def _one_event(one: _Copy, other: _Copy) -> bool:
    return abs(_apart(one, other)) <= APART


def _is_older(one: _Copy, other: _Copy) -> bool:
    return _apart(one, other) > APART
