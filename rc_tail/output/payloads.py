"""Payloads as values, whatever the service sent."""

from typing import Any

import msgspec

from rc_tail.text.lenient_json import loads

_PLACES = 9  # digits of the longest number of a list's element

_decode = msgspec.json.Decoder().decode


def payload_of(payload: bytes) -> Any:
    """Return a payload as a value; it was valid JSON when it came in.

    Returns:
        Numbers with too many digits are texts; None is what is deeper than this thread's stack.
    """
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Valid but unusual, such as a lone surrogate: the slow and lenient way.
        pass
    try:
        return loads(payload.decode("utf-8", "backslashreplace"))
    except (ValueError, RecursionError):
        # Deeper than this thread's stack.
        return None


def at_path(value: Any, path: tuple[str, ...]) -> Any:
    """Return what stands at a dotted path; None where nothing does.

    Args:
        value: A decoded payload.
        path: Names of fields, and numbers from 0 in lists. Nothing else is ever looked up.
    """
    for name in path:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and len(name) <= _PLACES:
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
    return value
