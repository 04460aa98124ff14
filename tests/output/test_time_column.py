import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.output.time_column import TimeColumn
from rc_tail.text.timestamps import parse_timestamp

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


def shown(column, timestamp):
    return " ".join(filter(None, column.date_and_time(timestamp)))


@pytest.mark.parametrize(
    ("style", "timestamp", "text"),
    [
        ("local", "2026-03-02T09:36:05.123Z", "04:36:05"),
        ("local", "2026-03-02T09:36:05.123456789Z", "04:36:05"),
        ("local", "2026-03-02T09:36:05.000+0000", "04:36:05"),
        ("local", "2026-03-02T09:36:05", "04:36:05"),
        ("local", "2026-03-02T10:36:05+01:00", "04:36:05"),
        ("local", "2026-03-02T04:36:05Z", "2026-03-01 23:36:05"),
        ("local", "", "--:--:--"),
        ("local", "\x1b[31m", "--:--:--"),
        ("local", "0001-01-01T00:00:00Z", "--:--:--"),
        ("utc", "2026-03-02T09:36:05.123Z", "09:36:05Z"),
        ("utc", "2026-03-01T09:36:05Z", "2026-03-01 09:36:05Z"),
        ("utc", "rubbish", "--:--:--Z"),
        ("none", "2026-03-02T09:36:05.123Z", ""),
        ("relative", "2026-03-02T12:00:01Z", "     now"),
        ("relative", "2026-03-02T11:59:59.500Z", "     now"),
        ("relative", "2026-03-02T11:59:59Z", "  1s ago"),
        ("relative", "2026-03-02T11:00:01Z", " 59m ago"),
        ("relative", "2026-03-01T12:00:01Z", " 23h ago"),
        ("relative", "2025-03-02T12:00:00Z", "365d ago"),
        ("relative", "", "       -"),
    ],
)
def test_one_event(style, timestamp, text):
    assert shown(TimeColumn(style, lambda: NOON, NEW_YORK), timestamp) == text


def test_the_date_is_added_when_the_day_changes():
    now = datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
    column = TimeColumn("utc", lambda: now)
    assert shown(column, "2026-03-02T23:59:59Z") == "23:59:59Z"
    now += timedelta(seconds=2)
    assert shown(column, "2026-03-03T00:00:00Z") == "2026-03-03 00:00:00Z"
    assert shown(column, "2026-03-03T00:00:01Z") == "00:00:01Z"


def test_events_of_yesterday_all_have_their_date():
    column = TimeColumn("utc", lambda: NOON)
    assert [shown(column, f"2026-03-0{day}T01:00:00Z") for day in (1, 1, 2, 2)] == [
        "2026-03-01 01:00:00Z",
        "2026-03-01 01:00:00Z",
        "2026-03-02 01:00:00Z",
        "01:00:00Z",
    ]


@pytest.mark.parametrize("zone", ["AAA-24", "AAA+24:30"])
def test_a_zone_a_day_from_utc_ends_nothing(monkeypatch: pytest.MonkeyPatch, zone: str):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        column = TimeColumn("local", lambda: datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
        times = [column.date_and_time("2026-03-02T09:30:00Z")[1] for _ in range(2)]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert times[0] == times[1]
    assert len(times[0]) == len("09:30:00")


def test_the_zone_of_this_machine_is_the_usual_one():
    here = NOON.astimezone()
    assert shown(TimeColumn("local", lambda: NOON), NOON.isoformat()) == here.strftime("%H:%M:%S")


@given(st.text() | st.datetimes().map(str), st.sampled_from(["local", "utc", "relative"]))
def test_any_timestamp_has_a_text(timestamp, style):
    text = shown(TimeColumn(style, lambda: NOON, NEW_YORK), timestamp)
    assert len(text) >= 8
    assert text.isascii()
    assert text.isprintable()
    moment = parse_timestamp(timestamp)
    assert moment is None or moment.tzinfo is not None
