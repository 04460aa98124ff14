"""Two connections with a subscription each: every event comes twice, and is printed once.

The two subscriptions number the same event differently, so copies are recognised by content: the
n-th copy of a content on one connection and the n-th on the other are one event. What repeats on
one connection are two events. In doubt an event is printed.
"""

from collections import deque

import msgspec

from rc_tail.gateway.event_key import copy_key
from rc_tail.gateway.messages import Notification
from rc_tail.text.timestamps import unix_time

# Copies of one event are sent within this many seconds of each other.
APART = 5.0

NEW, OLD = True, False


class _Copy(msgspec.Struct, frozen=True):
    """When a printed event, whose copy has not come yet, was sent and came in."""

    sent: float | None
    came: float


class Overlap:
    """Pairs the events of two connections.

    Until `confirm` it only remembers what comes on the old connection: a copy of it may come on
    the new one, if the new subscription was already there when it was sent.
    """

    def __init__(self) -> None:
        self._unpaired: dict[bool, dict[str, deque[_Copy]]] = {NEW: {}, OLD: {}}
        self._is_confirmed = False
        self._since: float | None = None
        # When the last event that came on the old connection was sent.
        self._old_until: float | None = None

    def is_over(self, notification: Notification) -> bool:
        """Return whether all copies of what the old connection brought have come.

        Args:
            notification: Comes on the new connection: what was sent before it came before.
        """
        if self._old_until is None:
            return True
        sent = unix_time(notification.timestamp)
        return sent is None or sent - self._old_until > APART

    def confirm(self, created: str) -> None:
        """Pair from now on: the new subscription exists.

        Args:
            created: When it was made, by the service's clock. Empty when the service does not say:
                then nothing that came before can have a copy.
        """
        self._is_confirmed = True
        self._since = since = unix_time(created)
        before, self._unpaired[OLD] = self._unpaired[OLD], {}
        if since is None:
            return
        for content, copies in before.items():
            counted = deque(copy for copy in copies if (copy.sent or 0.0) >= since)
            if counted:
                self._unpaired[OLD][content] = counted

    def is_copy(self, notification: Notification, side: bool, now: float) -> bool:
        """Return whether the other connection brought this event already.

        `side`, `NEW` or `OLD`, is the connection on which the notification came.
        """
        copy = _Copy(unix_time(notification.timestamp), now)
        if side is OLD:
            if copy.sent is not None:
                self._old_until = max(copy.sent, self._old_until or copy.sent)
            if self._is_from_before(copy):
                return False
        content = copy_key(notification)
        if self._complete_pair(content, side, copy):
            # What the new connection brings before its subscription is confirmed may be another
            # event than the one that it is paired with: that may have been sent before.
            return self._is_confirmed or side is OLD
        self._unpaired[side].setdefault(content, deque()).append(copy)
        return False

    def _is_from_before(self, copy: _Copy) -> bool:
        """Whether it was sent before the new subscription existed."""
        return self._since is not None and copy.sent is not None and copy.sent < self._since

    def _complete_pair(self, content: str, side: bool, copy: _Copy) -> bool:
        """Return whether its copy came on the other connection; the pair is then complete."""
        others = self._unpaired[not side].get(content)
        while others:
            if _is_same_event(others[0], copy):
                others.popleft()
                return True
            if not _is_older(others[0], copy):
                break
            # Nothing that comes later can be its copy either.
            others.popleft()
        return False


def _apart(one: _Copy, other: _Copy) -> float:
    """Seconds from `one` to `other`, by the service's clock if both have its time stamp."""
    if one.sent is not None and other.sent is not None:
        return other.sent - one.sent
    return other.came - one.came


def _is_same_event(one: _Copy, other: _Copy) -> bool:
    return abs(_apart(one, other)) <= APART


def _is_older(one: _Copy, other: _Copy) -> bool:
    return _apart(one, other) > APART
