"""Durations and counts in words."""


def duration_words(seconds: float) -> str:
    """Return a duration such as ``4.2 s``, ``3 min 5 s`` or ``2 h 10 min``; zero parts are left out."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def count_words(count: float, noun: str) -> str:
    """Return ``1 event``, ``2 events`` or ``1.5 events``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size_words(size: int) -> str:
    """Return a size such as ``1 byte``, ``31 kB`` or ``1.2 GB``."""
    if size < 1000:
        return count_words(size, "byte")
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5 or unit == "GB":
            break
    return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
