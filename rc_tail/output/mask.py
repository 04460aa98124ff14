"""``--mask``: hides numbers, names and texts, and keeps their shape.

The same person is hidden the same way throughout a run, so that one can still tell who writes to
whom; with another run's key it is another way.
"""

import hmac
import json
import re
import unicodedata
from functools import lru_cache
from typing import Any

from rc_tail.gateway.messages import Notification
from rc_tail.output.payloads import payload_of

# Fields whose text names somebody, wherever they stand.
_NAMES = frozenset(
    {
        "name", "firstName", "lastName", "fromName", "toName", "displayName", "email", "company",
        "department", "jobTitle", "location", "title", "street", "street2", "city", "zip",
        "customerName", "userName", "speakerName",
    }
)  # fmt: skip
# Fields whose text somebody wrote or said.
_TEXTS = frozenset({"subject", "text", "value", "description", "message", "comment"})
# Fields that hold a number, or a name in its place.
_NUMBERS = frozenset(
    {"phoneNumber", "from", "to", "fromNumber", "toNumber", "remoteUri", "localUri"}
)
_URI_NUMBER = re.compile(r"(\+|%2B)\d{6,15}")
# No event of the service comes near; what is deeper is hidden as a whole.
_DEEPEST = 100
_TOO_DEEP = "…"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Mask:
    """Hides what is private in events.

    Args:
        key: Random bytes of this run.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._stand_in = lru_cache(4096)(self._made_up)

    def __call__(self, notification: Notification) -> Notification:
        """Return the event with everything private hidden."""
        value = payload_of(notification.payload)
        if value is None:
            value = _without_body(notification)
        masked = self._masked(value, "", 0)
        payload = json.dumps(masked, separators=(",", ":"), ensure_ascii=False)
        encoded = payload.encode("utf-8", "backslashreplace")
        head, _, tail = notification.frame.rpartition(notification.payload)
        return Notification(
            uuid=notification.uuid,
            event=self._uri(notification.event),
            timestamp=notification.timestamp,
            payload=encoded,
            frame=head + encoded + tail,
            subscription_id=notification.subscription_id,
        )

    def _masked(self, value: Any, name: str, depth: int) -> Any:
        if isinstance(value, dict | list) and depth == _DEEPEST:
            return _TOO_DEEP
        if isinstance(value, dict):
            return {key: self._masked(inner, key, depth + 1) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._masked(inner, name, depth + 1) for inner in value]
        return self._text(value, name) if isinstance(value, str) else value

    def _text(self, value: str, name: str) -> str:
        if name in _TEXTS:
            return _blank(value)
        if name in _NAMES or name in _NUMBERS:
            return self._stand_in(value)
        return self._uri(value)

    def _uri(self, text: str) -> str:
        """Hide the numbers in an address or a filter."""
        return _URI_NUMBER.sub(lambda match: self._stand_in(match[0]), text)

    def _made_up(self, value: str) -> str:
        """Return other digits and letters in place of those of `value`, always the same."""
        # A number is the same with and without its spaces, dashes and brackets.
        person = "".join(char for char in value.casefold() if char.isalnum())
        digest = hmac.digest(self._key, person.encode("utf-8", "surrogatepass"), "sha256")
        stream = int.from_bytes(digest)
        left = stream
        out = []
        for char in value:
            pick = 0
            if char.isalnum():
                # A long value begins again: its shape is kept, and nothing can be read from it.
                left, pick = divmod(left or stream, 260)
            out.append(_replaced(char, pick))
        return "".join(out)


def _without_body(notification: Notification) -> dict[str, str]:
    """Return what is known of an event whose payload is deeper than the stack."""
    return {
        "uuid": notification.uuid,
        "event": notification.event,
        "timestamp": notification.timestamp,
        "subscriptionId": notification.subscription_id,
        "body": _TOO_DEEP,
    }


def _replaced(char: str, pick: int) -> str:
    if char.isdecimal():
        return str(pick % 10)
    if not char.isalpha():
        return char
    letter = _LETTERS[pick % 26]
    if char.isupper():
        return letter.upper()
    # Wide scripts stay as wide as they are.
    return "＊" if unicodedata.east_asian_width(char) in "WF" else letter


def _blank(text: str) -> str:
    return "".join(map(_blanked, text))


def _blanked(char: str) -> str:
    if char.isalpha():
        wide = unicodedata.east_asian_width(char) in "WF"
        return "＊" if wide else "X" if char.isupper() else "x"
    return "0" if char.isdecimal() else char
