"""Durations as people write them: ``30s``, ``5m``, ``2h``, ``1h30m``, ``1.5h``."""

import re

from rc_tail.errors import UsageError

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[dhms])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
_LONGEST = 100 * 366 * 86400.0


def parse_duration(text: str, option: str) -> float:
    """Return the seconds that `text` stands for.

    Args:
        text: Such as ``1h30m``; a bare number is refused, since nobody agrees on its unit.
        option: The option that it was given to, for the message.

    Raises:
        UsageError: It is no duration, or it is zero or absurdly long.
    """
    cleaned = text.strip().lower()
    if not _WHOLE.fullmatch(cleaned):
        hint = "Write a duration with its unit: 30s, 5m, 2h, 1h30m."
        raise UsageError(f"{option}: {text!r} is no duration", hint=hint)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(cleaned))
    if not 0 < seconds <= _LONGEST:
        raise UsageError(f"{option}: {text!r} must be more than zero and less than a century")
    return seconds


_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/(s|m|h))?")
_MOST = 1_000_000.0


def parse_rate(text: str, option: str) -> float:
    """Return the events a second that `text` stands for: ``5``, ``5/s``, ``30/m``.

    Args:
        text: The rate; without a unit it is one a second.
        option: The option that it was given to, for the message.

    Raises:
        UsageError: It is no rate, or it is zero or absurdly high.
    """
    match = _RATE.fullmatch(text.strip().lower())
    rate = float(match[1]) / _UNITS[match[2] or "s"] if match else 0.0
    if not 0 < rate <= _MOST:
        raise UsageError(
            f"{option}: {text!r} is no rate", hint="Write events a second: 5, 0.5, 5/s, or 30/m."
        )
    return rate


_SPEED = re.compile(r"(\d+(?:\.\d+)?)x?")


def parse_speed(text: str, option: str) -> float:
    """Return how many times as fast `text` asks for: ``10x``, ``0.5x`` or ``10``.

    Args:
        text: The factor.
        option: The option that it was given to, for the message.

    Raises:
        UsageError: It is none, or it is zero or absurdly high.
    """
    match = _SPEED.fullmatch(text.strip().lower())
    speed = float(match[1]) if match else 0.0
    if not 0 < speed <= _MOST:
        raise UsageError(f"{option}: {text!r} is no speed", hint="Write 1x, 10x or 0.5x.")
    return speed
