"""``--mask``: replace numbers, names and texts by others of the same shape.

The same person is masked the same way throughout a run, so that conversations can still be
followed; another run has another key, and so other replacements.
"""

import hmac
import json
import math
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

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
# Fields with a phone number or a part of one, or a name instead.
_NUMBERS = frozenset(
    {
        "phoneNumber", "from", "to", "fromNumber", "toNumber", "remoteUri", "localUri",
        "nationalDestinationCode", "subscriberNumber",
    }
)  # fmt: skip
_URI_NUMBER = re.compile(r"(\+|%2B)\d{6,15}")
# Far deeper than any event of the service; anything deeper is masked as a whole.
_DEEPEST = 100
_TOO_DEEP = "…"
# Of a flood of rare characters the others are looked up each time.
_MOST_LETTERS = 4096
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def _as_json_writes_it(digits: str) -> msgspec.Raw:
    """Keep a number that is no integer as text that is not written anew.

    Raises:
        ValueError: It is too large for a number.
    """
    value = float(digits)
    if math.isinf(value):
        raise ValueError("too large")
    return msgspec.Raw(repr(value).encode())


_decode = msgspec.json.Decoder(float_hook=_as_json_writes_it).decode
_encode = msgspec.json.Encoder().encode
# What msgspec refuses, valid JSON though it be: lone surrogates, numbers without bounds.
_UNUSUAL = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)


class _Letters(dict[int, str]):
    """The replacement of every character of a text that a person wrote, made when one comes."""

    def __missing__(self, code: int) -> str:
        masked = _masked_char(chr(code))
        if len(self) < _MOST_LETTERS:
            self[code] = masked
        return masked


class Mask:
    """Masks personal data in events.

    Args:
        key: Random bytes, the same throughout a run.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._pseudonym = lru_cache(4096)(self._make_pseudonym)
        letters = _Letters()
        # What is done to the texts of a field, by its name.
        self._rules: dict[str, Callable[[str], str]] = {
            **dict.fromkeys(_NAMES | _NUMBERS, self._person),
            **dict.fromkeys(_TEXTS, lambda text: text.translate(letters)),
        }

    def __call__(self, notification: Notification) -> Notification:
        """Return a copy of an event with personal data masked."""
        try:
            encoded = _encode(self._masked(_decode(notification.payload), "", 0))
        except _UNUSUAL:
            encoded = self._masked_slowly(notification)
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

    def _masked_slowly(self, notification: Notification) -> bytes:
        value = payload_of(notification.payload)
        if value is None:
            value = _without_body(notification)
        masked = self._masked(value, "", 0)
        payload = json.dumps(masked, separators=(",", ":"), ensure_ascii=False)
        return payload.encode("utf-8", "backslashreplace")

    def _masked(self, value: Any, name: str, depth: int) -> Any:
        """Mask a value, which may change: a field's, or an element of a list that a field has."""
        if isinstance(value, str):
            return self._rules.get(name, self._uri)(value)
        if not isinstance(value, dict | list):
            return value
        if depth == _DEEPEST:
            return _TOO_DEEP
        if isinstance(value, list):
            return [self._masked(inner, name, depth + 1) for inner in value]
        return self._with_masked_fields(value, depth)

    def _with_masked_fields(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        rules = self._rules
        for key, inner in value.items():
            # Most values are texts without anything to mask: they cost no call.
            if type(inner) is not str:
                value[key] = self._masked(inner, key, depth + 1)
            elif key in rules:
                value[key] = rules[key](inner)
            elif "+" in inner or "%2B" in inner:
                value[key] = self._uri(inner)
        return value

    def _person(self, value: str) -> str:
        return value if value.casefold() == ANONYMOUS else self._pseudonym(value)

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


def _masked_char(char: str) -> str:
    if char.isalpha():
        wide = unicodedata.east_asian_width(char) in "WF"
        return "＊" if wide else "X" if char.isupper() else "x"
    return "0" if char.isdecimal() else char
