"""Parse durations (``30s``, ``1h30m``, ``1.5h``), rates (``5/s``) and speeds (``10x``)."""

import re

from rc_tail.errors import UsageError

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = r"(\d+(?:\.\d+)?)(ms|[dhms])"
_WHOLE = rf"(?:{_PART})+"
_LONGEST = 100 * 366 * 86400.0


def parse_duration(text: str, option: str) -> float:
    """Return a duration such as ``1h30m`` in seconds. A number needs a unit.

    Args:
        option: The option's name, for the error message.

    Raises:
        UsageError: It is not a duration, or is zero or longer than a century.
    """
    cleaned = text.strip().lower()
    if not re.fullmatch(_WHOLE, cleaned):
        hint = "Use a number and a unit, such as 30s, 5m, 2h or 1h30m."
        raise UsageError(f"{option}: invalid duration {text!r}", hint=hint)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, cleaned))
    if not 0 < seconds <= _LONGEST:
        raise UsageError(f"{option}: {text!r} must be more than zero and less than 100 years")
    return seconds


_RATE = r"(\d+(?:\.\d+)?)(?:/(s|m|h))?"
_MOST = 1_000_000.0


def parse_rate(text: str, option: str) -> float:
    """Return a rate such as ``5``, ``5/s`` or ``30/m`` in events per second.

    Args:
        option: The option's name, for the error message.

    Raises:
        UsageError: It is not a rate, or is zero or above a million.
    """
    match = re.fullmatch(_RATE, text.strip().lower())
    rate = float(match[1]) / _UNITS[match[2] or "s"] if match else 0.0
    if not 0 < rate <= _MOST:
        raise UsageError(
            f"{option}: invalid rate {text!r}",
            hint="Use events per second or minute: 5, 0.5, 5/s or 30/m.",
        )
    return rate


_SPEED = r"(\d+(?:\.\d+)?)x?"


def parse_speed(text: str, option: str) -> float:
    """Return the factor of a speed such as ``10x``, ``0.5x`` or ``10``.

    Args:
        option: The option's name, for the error message.

    Raises:
        UsageError: It is not a speed, or is zero or above a million.
    """
    match = re.fullmatch(_SPEED, text.strip().lower())
    speed = float(match[1]) if match else 0.0
    if not 0 < speed <= _MOST:
        raise UsageError(f"{option}: invalid speed {text!r}", hint="Use 1x, 10x or 0.5x.")
    return speed
