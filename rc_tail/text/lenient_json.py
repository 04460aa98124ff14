"""Decode JSON that is valid but that other decoders reject: lone surrogates, huge numbers."""

import json
from typing import Any, NoReturn

_TOO_LARGE = frozenset({float("inf"), float("-inf")})


def _integer(digits: str) -> int | str:
    """Return an integer, or its digits where it has too many for the interpreter.

    Python converts at most 4,300 digits in either direction, since that takes quadratic time. As
    text such a number can still be shown, compared and written.
    """
    try:
        return int(digits)
    except ValueError:
        return digits


def _fraction(digits: str) -> float | str:
    """Return a number, or its digits where it is too large: JSON has no infinity."""
    value = float(digits)
    return digits if value in _TOO_LARGE else value


def _constant(name: str) -> NoReturn:
    """Reject ``NaN`` and ``Infinity``, which are not JSON.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f"{name} is not JSON")


DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_constant)


def loads(text: str | bytes) -> Any:
    """Return JSON as a value; lone surrogates stay in it.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested deeper than this thread's stack allows.
    """
    return json.loads(text, parse_int=_integer, parse_float=_fraction, parse_constant=_constant)


def loads_object(text: str | bytes) -> dict[str, Any] | None:
    """Return a JSON object; None where the text is anything else, or is nested too deeply."""
    try:
        value = loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
