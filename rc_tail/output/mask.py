"""``--mask``: replace numbers, names and texts by others of the same shape.

The same person is masked the same way throughout a run, so that conversations can still be
followed; another run has another key, and so other replacements.
"""

import hmac
import json
import re
import unicodedata
from functools import lru_cache
from typing import Any

from rc_tail.events.families.fields import ANONYMOUS
from rc_tail.gateway.messages import Notification
from rc_tail.output.payloads import payload_of

# Fields, at any depth, that name a person or place.
_NAMES = frozenset(
    {
        "name", "firstName", "lastName", "fromName", "toName", "displayName", "email", "company",
        "department", "jobTitle", "location", "title", "street", "street2", "city", "zip",
        "customerName", "userName", "speakerName", "fileName",
    }
)  # fmt: skip
# Fields with text that a person wrote or said.
_TEXTS = frozenset({"subject", "text", "value", "description", "message", "comment"})
# Fields with a phone number, or a name instead.
_NUMBERS = frozenset(
    {"phoneNumber", "from", "to", "fromNumber", "toNumber", "remoteUri", "localUri"}
)
_URI_NUMBER = re.compile(r"(\+|%2B)\d{6,15}")
# Far deeper than any event of the service; anything deeper is masked as a whole.
_DEEPEST = 100
_TOO_DEEP = "…"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


class Mask:
    """Masks personal data in events.

    Args:
        key: Random bytes, the same throughout a run.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._pseudonym = lru_cache(4096)(self._make_pseudonym)

    def __call__(self, notification: Notification) -> Notification:
        """Return a copy of an event with personal data masked."""
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
            key=notification.key,
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
            return _masked_text(value)
        if name in _NAMES or name in _NUMBERS:
            if value.casefold() == ANONYMOUS:
                return value
            return self._pseudonym(value)
        return self._uri(value)

    def _uri(self, text: str) -> str:
        """Mask the phone numbers in a URI."""
        return _URI_NUMBER.sub(lambda match: self._pseudonym(match[0]), text)

    def _make_pseudonym(self, value: str) -> str:
        """Replace the digits and letters of a value by others, the same ones each time."""
        # A phone number is the same with and without spaces, dashes and brackets.
        person = "".join(char for char in value.casefold() if char.isalnum())
        digest = hmac.digest(self._key, person.encode("utf-8", "surrogatepass"), "sha256")
        stream = int.from_bytes(digest)
        remaining = stream
        out = []
        for char in value:
            pick = 0
            if char.isalnum():
                # A long value uses the digest again; the original cannot be derived from it.
                remaining, pick = divmod(remaining or stream, 260)
            out.append(_replacement(char, pick))
        return "".join(out)


def _without_body(notification: Notification) -> dict[str, str]:
    """Return the envelope of an event whose payload is nested too deeply to decode."""
    return {
        "uuid": notification.uuid,
        "event": notification.event,
        "timestamp": notification.timestamp,
        "subscriptionId": notification.subscription_id,
        "body": _TOO_DEEP,
    }


def _replacement(char: str, pick: int) -> str:
    if char.isdecimal():
        return str(pick % 10)
    if not char.isalpha():
        return char
    letter = _ALPHABET[pick % 26]
    if char.isupper():
        return letter.upper()
    # A wide character is replaced by a wide one, so that columns stay aligned.
    return "＊" if unicodedata.east_asian_width(char) in "WF" else letter


def _masked_text(text: str) -> str:
    return "".join(map(_masked_char, text))


def _masked_char(char: str) -> str:
    if char.isalpha():
        wide = unicodedata.east_asian_width(char) in "WF"
        return "＊" if wide else "X" if char.isupper() else "x"
    return "0" if char.isdecimal() else char
