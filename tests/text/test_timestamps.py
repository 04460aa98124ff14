import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rc_tail.text.timestamps import (
    clock_time,
    format_local,
    format_unix_utc,
    format_utc,
    from_unix,
    in_zone,
    parse_http_date,
    parse_timestamp,
    unix_time,
)

START = 1_772_443_800.0  # 2026-03-02T09:30:00Z
NINE = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("2026-03-02T09:30:00Z", NINE),
        ("2026-03-02T09:30:00.000+0000", NINE),
        ("2026-03-02T10:30:00+01:00", NINE),
        ("2026-03-02T09:30:00.123456789Z", NINE.replace(microsecond=123456)),
        # Without a zone it is taken for UTC.
        ("2026-03-02T09:30:00", NINE),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_timestamp_of_the_service(timestamp, moment):
    assert parse_timestamp(timestamp) == moment


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("2026-03-02T09:30:00.500Z", 1_772_443_800.5),
        ("2026-03-02T09:30:00.500+0000", 1_772_443_800.5),
        ("2026-03-02T10:30:00+01:00", 1_772_443_800.0),
        # Without a zone it may be anybody's time.
        ("2026-03-02T09:30:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_unix_time_of_a_timestamp(timestamp, moment):
    assert unix_time(timestamp) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 02 Mar 2026 09:30:00 GMT", START),
        # RFC 5322: without information on the zone, but in UTC.
        ("Mon, 02 Mar 2026 09:30:00 -0000", START),
        ("Mon, 02 Mar 2026 10:30:00 +0100", START),
        ("2026-03-02", None),
        ("Mon, 02 Mar 99999 09:30:00 GMT", None),
        ("", None),
    ],
)
def test_an_http_date(text, moment):
    assert parse_http_date(text) == moment


@pytest.mark.parametrize(
    ("seconds", "moment"),
    [(START, NINE), (0, datetime(1970, 1, 1, tzinfo=UTC)), (1e18, None), (float("nan"), None)],
)
def test_unix_time_from_others(seconds, moment):
    assert from_unix(seconds) == moment


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("America/New_York"), None])
def test_a_time_in_another_zone_is_the_same_time(zone):
    assert in_zone(NINE, zone) == NINE


def test_some_times_cannot_be_converted():
    first = datetime(1, 1, 1, tzinfo=UTC)
    last = datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert in_zone(first, timezone(timedelta(hours=-1))) is None
    assert in_zone(last, timezone(timedelta(hours=1))) is None


def test_a_time_in_utc_has_milliseconds():
    assert format_utc(NINE) == "2026-03-02T09:30:00.000Z"
    assert format_utc(NINE.replace(microsecond=999_999)) == "2026-03-02T09:30:00.999Z"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (START, "2026-03-02T09:30:00.000Z"),
        (START + 0.25, "2026-03-02T09:30:00.250Z"),
        # It was another clock's for a moment.
        (START - 0.000002, "2026-03-02T09:30:00.000Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_unix_time_in_utc(moment, text):
    assert format_unix_utc(moment) == text


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2026-03-02 09:30:00+00:00"),
        ("XST-1", "2026-03-02 10:30:00+01:00"),
        ("XST+3:30", "2026-03-02 06:00:00-03:30"),
    ],
)
def test_unix_time_in_the_zone_of_this_machine(zone, shown, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert format_local(START + 0.9) == shown
        assert format_local(START - 0.000002) == shown
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.fixture(
    params=["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"]
)
def zone_of_this_machine(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("zone_of_this_machine")
@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, seconds=7))])))
@example(datetime(1, 1, 1, tzinfo=UTC))
@example(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
@example(datetime(2026, 10, 25, 0, 59, 59, 999_999, tzinfo=UTC))
@example(datetime(2026, 10, 25, 1, tzinfo=UTC))
@example(datetime(2026, 3, 29, 1, tzinfo=UTC))
def test_the_clock_of_this_machine_is_that_of_its_zone(moment: datetime):
    here, shown = in_zone(moment, None), clock_time(moment, None)
    assert (shown and f"{shown:%F %T}") == (here and f"{here:%F %T}")


def test_the_clock_of_a_zone():
    shown = clock_time(NINE, ZoneInfo("America/New_York"))
    assert shown is not None
    assert shown.isoformat() == "2026-03-02T04:30:00-05:00"
