"""Time stamps: ISO 8601 and HTTP dates as services write them, and times as we write them."""

from datetime import UTC, datetime, tzinfo

_EPOCH = datetime.fromtimestamp(0, UTC)


def parse_timestamp(text: str) -> datetime | None:
    """Return the time that a time stamp of the service names; None where it is not one.

    Some bodies and old samples have ``+0000``, six or nine digits of a second, or no zone: then
    it is taken for UTC.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def unix_time(text: str) -> float | None:
    """Return a time stamp of the service as Unix seconds; None where it is not one.

    A time stamp without a zone gives None as well: it is good enough to be shown, but not to
    decide whether an event is a copy of another or how late it came.
    """
    # On the way of every event, so not by way of `parse_timestamp`.
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo is not None else None


def parse_http_date(text: str) -> float | None:
    """Return the date of an HTTP header (RFC 9110, section 5.6.7) as Unix seconds; None if invalid."""
    # Imported here, since the start of a tail needs no HTTP date.
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def from_unix(seconds: float) -> datetime | None:
    """Return untrusted Unix seconds as a time in UTC; None where there is no such date."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def in_zone(moment: datetime, zone: tzinfo | None) -> datetime | None:
    """Convert a time to a zone; None where the result is not a valid date.

    Args:
        moment: With its own zone.
        zone: None for this machine's.
    """
    try:
        return moment.astimezone(zone)
    except (ValueError, OverflowError, OSError):
        # The years 1 and 9999 have moments that no other zone can express.
        return None


def clock_time(moment: datetime, zone: tzinfo | None) -> datetime | None:
    """Return the date and time in a zone, in whole seconds at least; None as for `in_zone`.

    For this machine's zone the result has no zone of its own: `in_zone` would create one for each
    time, which takes three times as long.
    """
    if zone is None:
        since = moment - _EPOCH
        try:
            return datetime.fromtimestamp(since.days * 86400 + since.seconds)  # noqa: DTZ006
        except (ValueError, OverflowError, OSError):
            # On the first day of the year 1 that needs the day before.
            pass
    return in_zone(moment, zone)


def format_utc(moment: datetime) -> str:
    """Return a time in UTC with milliseconds, such as ``2026-03-02T09:30:00.000Z``."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_unix_utc(seconds: float) -> str:
    """Return Unix seconds as `format_utc` writes a time."""
    return format_utc(_moment(seconds))


def format_local(seconds: float, today: datetime | None = None) -> str:
    """Return Unix seconds in this machine's zone, such as ``2026-03-02 10:30:00+01:00``.

    Args:
        today: A moment of today: the time alone is returned, after the date if that is another.
    """
    moment = _moment(seconds).astimezone()
    if today is None:
        return moment.isoformat(" ", "seconds")
    is_today = moment.date() == today.astimezone().date()
    return f"{moment:%H:%M:%S}" if is_today else f"{moment:%Y-%m-%d %H:%M:%S}"


def _moment(seconds: float) -> datetime:
    # What went through another clock is microseconds off: 18:00 must not become 17:59:59.
    return datetime.fromtimestamp(round(seconds, 3), UTC)
