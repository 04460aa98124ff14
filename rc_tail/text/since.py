"""Parse times in the past: ``1h``, ``18:00``, ``yesterday``, ``2026-11-23T18:00``."""

import re
from datetime import datetime, time, timedelta

from rc_tail.errors import UsageError
from rc_tail.text.durations import parse_duration
from rc_tail.text.escape import visible

_HINT = (
    "Use a duration such as 30m, 1h30m or 2d, or a time: 18:00, today, yesterday, 2026-11-23, "
    "2026-11-23T18:00, 2026-11-23T18:00Z."
)
_DURATION = re.compile(r"[0-9.]+(ms|[dhms])([0-9.]+(ms|[dhms]))*", re.IGNORECASE)
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
_TIME = re.compile(_CLOCK)
_DAY = re.compile(rf"(today|yesterday)(?:[ T]({_CLOCK}))?", re.IGNORECASE)
# Other forms of ISO 8601, such as 20261123 and 2026-W48, are rejected: they are probably typing
# errors.
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]{5,18}(?:Z|[+-][0-9:]{2,5})?)?", re.IGNORECASE
)


def parse_since(text: str, now: datetime) -> float:
    """Return a time as Unix seconds.

    Args:
        text: A duration before `now`; a date, a time of day, or both as in ISO 8601; ``today`` or
            ``yesterday``, optionally with a time of day.
        now: Its zone applies to times without one; for a naive `now` that is this machine's zone,
            with its daylight saving time.

    Raises:
        UsageError: It is invalid, before 1970 or in the future.
    """
    cleaned = text.strip()
    if not cleaned:
        raise UsageError("--since: no time given", hint=_HINT)
    if _DURATION.fullmatch(cleaned):
        return now.timestamp() - parse_duration(cleaned, "--since")
    try:
        moment = _moment(cleaned, now)
        found = (moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(f"--since: invalid time {visible(text)!r}", hint=_HINT) from None
    if found < 0:
        raise UsageError(f"--since: {visible(text)!r} is before 1970", hint=_HINT)
    if found > now.timestamp():
        raise UsageError(f"--since: {visible(text)!r} is in the future", hint=_HINT)
    return found


def _moment(text: str, now: datetime) -> datetime:
    """Return the time; naive where the text has no zone.

    Raises:
        ValueError: It is invalid.
    """
    if _TIME.fullmatch(text):
        return datetime.combine(now.date(), _time(text))
    if found := _DAY.fullmatch(text):
        back = timedelta(days=1 if found[1].lower() == "yesterday" else 0)
        return datetime.combine(now.date() - back, _time(found[2] or "00:00"))
    if _DATE.fullmatch(text):
        return datetime.fromisoformat(text.upper())
    raise ValueError(text)


def _time(text: str) -> time:
    return time.fromisoformat(text.zfill(len(text) + 1) if text[1] == ":" else text)
