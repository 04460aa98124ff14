"""Reads JSON that is valid and that other readers refuse: lone surrogates, numbers without end."""

import json
from typing import Any, NoReturn

_TOO_LARGE = frozenset({float("inf"), float("-inf")})


def integer(digits: str) -> int | str:
    """Return an integer, or its digits where it has too many for the interpreter.

    Python turns no more than 4,300 digits into a number, nor a number back into as many, since
    that takes quadratic time. As text such a number can still be shown, compared and written.
    """
    try:
        return int(digits)
    except ValueError:
        return digits


def fraction(digits: str) -> float | str:
    """Return a number, or its digits where it is too large: infinity is no JSON."""
    value = float(digits)
    return digits if value in _TOO_LARGE else value


def constant(name: str) -> NoReturn:
    """Refuse ``NaN`` and its like, which are no JSON.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f"it holds {name}")


DECODER = json.JSONDecoder(parse_int=integer, parse_float=fraction, parse_constant=constant)


def loads(text: str | bytes) -> Any:
    """Return JSON as a value; lone surrogates stay in it.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is deeper than this thread's stack.
    """
    return json.loads(text, parse_int=integer, parse_float=fraction, parse_constant=constant)
