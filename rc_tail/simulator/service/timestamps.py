"""Timestamps in the forms that RingCentral writes and reads."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_datetime(now: float) -> datetime:
    """Return `now`, in seconds since 1970, as a datetime."""
    # Not fromtimestamp, which fails on far years that some platforms do not support.
    return _EPOCH + timedelta(seconds=now)


@lru_cache(maxsize=64)
def iso_timestamp(now: float) -> str:
    """Return `now` as in notifications: ``2026-03-02T09:35:00.123Z``."""
    return utc_datetime(now).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_timestamp_with_offset(now: float) -> str:
    """Return `now` as in connection details: ``2026-03-02T09:35:00.123+0000``."""
    return utc_datetime(now).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def http_date(now: float) -> str:
    """Return `now` as in HTTP's ``Date`` (RFC 9110, 5.6.7)."""
    then = utc_datetime(now)
    day, month = _DAYS[then.weekday()], _MONTHS[then.month - 1]
    return f"{day}, {then.day:02} {month} {then.year} {then:%H:%M:%S} GMT"


def parse_timestamp(text: str) -> float:
    """Parse an ISO 8601 date or time into seconds since 1970; without a zone it is UTC.

    Raises:
        ValueError: The text has another form.
    """
    # A raw "+" in a query arrives as a space.
    then = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return (then - _EPOCH).total_seconds()
