"""Decode payloads, and look up values in them."""

from typing import Any

import msgspec

from rc_tail.text.lenient_json import loads

_MAX_DIGITS = 9  # of an index into a list

_decode = msgspec.json.Decoder().decode


def payload_of(payload: bytes) -> Any:
    """Decode a payload, which is known to be valid JSON.

    Returns:
        The value, in which numbers with too many digits are texts; None for a payload nested
        deeper than this thread's stack allows.
    """
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Valid but unusual, such as a lone surrogate: decode it slowly and leniently.
        pass
    try:
        return loads(payload.decode("utf-8", "backslashreplace"))
    except (ValueError, RecursionError):
        # Nested deeper than this thread's stack allows.
        return None


def at_path(value: Any, path: tuple[str, ...]) -> Any:
    """Return the value at a dotted path in a decoded payload; None where there is none.

    Args:
        path: Names of fields, and indexes of lists from 0. Nothing else is ever looked up.
    """
    for name in path:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and len(name) <= _MAX_DIGITS:
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
    return value
