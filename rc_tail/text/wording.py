"""Times, durations and counts in words."""

from datetime import UTC, datetime


def utc_stamp(moment: float) -> str:
    """Return Unix time as UTC text with milliseconds, such as ``2026-03-02T09:30:00.000Z``."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def local_time(moment: float) -> str:
    """Return Unix time as a person's clock shows it, such as ``2026-03-02 10:30:00+01:00``."""
    return datetime.fromtimestamp(moment, UTC).astimezone().isoformat(" ", "seconds")


def duration_words(seconds: float) -> str:
    """Return a duration as a person says it: ``4.2 s``, ``3 min 5 s``, ``2 h 10 min``."""
    if seconds < 60:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def count_words(count: int, noun: str) -> str:
    """Return ``1 event`` or ``2 events``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
