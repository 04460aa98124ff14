"""The time column of readable lines."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

from rc_tail.config.tail_options import TimeStyle
from rc_tail.text.timestamps import clock_time, parse_timestamp

_UNKNOWN = "--:--:--"
_MINUTE = timedelta(minutes=1)
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


class TimeColumn:
    """Formats the time of one event after the other.

    There is a date for events of another day than today, and for the first event of a new day.

    Args:
        now: The current time, with its zone.
        zone: The zone of ``local``; None for this machine's.
    """

    def __init__(
        self,
        style: TimeStyle,
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        self._style = style
        self._now = now
        self._zone = UTC if style == "utc" else zone
        self._mark = "Z" if style == "utc" else ""
        self._last: date | None = None
        # Today's date, and the minute for which it was computed.
        self._today = date.min
        self._since = self._until = datetime.min.replace(tzinfo=UTC)

    def date_and_time(self, timestamp: str) -> tuple[str, str]:
        """Return the date, usually empty, and the time; empty for style ``none``."""
        if self._style == "none":
            return "", ""
        sent = parse_timestamp(timestamp)
        if self._style == "relative":
            return "", self._ago(sent)
        date, time = ("", _UNKNOWN) if sent is None else self._clock(sent)
        return date, time + self._mark

    def _clock(self, sent: datetime) -> tuple[str, str]:
        here = clock_time(sent, self._zone)
        if here is None:
            return "", _UNKNOWN
        today, day = self._current_day(), here.date()
        last, self._last = self._last or today, day
        return "" if day == today == last else day.isoformat(), here.time().isoformat("seconds")

    def _current_day(self) -> date:
        """Return today's date, computed once a minute: many events in a row have the same one."""
        now = self._now()
        if not self._since <= now < self._until:
            since = now.replace(second=0, microsecond=0)
            self._today = (clock_time(since, self._zone) or since).date()
            self._since, self._until = since, since + _MINUTE
        return self._today

    def _ago(self, sent: datetime | None) -> str:
        seconds = -1.0 if sent is None else (self._now() - sent).total_seconds()
        for unit, name in _UNITS:
            if seconds >= unit:
                return f"{int(seconds // unit)}{name} ago".rjust(len(_UNKNOWN))
        return ("-" if sent is None else "now").rjust(len(_UNKNOWN))
