import pytest

from rc_tail.simulator.service.timestamps import (
    http_date,
    iso_timestamp,
    iso_timestamp_with_offset,
    parse_timestamp,
    utc_datetime,
)

NOW = 1_772_443_800.123


def test_times_are_written_as_the_samples_have_them():
    assert iso_timestamp(NOW) == "2026-03-02T09:30:00.123Z"
    assert iso_timestamp_with_offset(NOW) == "2026-03-02T09:30:00.123+0000"
    assert http_date(NOW) == "Mon, 02 Mar 2026 09:30:00 GMT"


def test_moment_is_in_utc():
    assert utc_datetime(0).isoformat() == "1970-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-03-02T09:30:00Z", 1_772_443_800.0),
        ("2026-03-02T09:30:00.500Z", 1_772_443_800.5),
        ("2026-03-02T10:30:00+01:00", 1_772_443_800.0),
        # A raw "+" in a query is read as a space.
        ("2026-03-02T10:30:00 01:00", 1_772_443_800.0),
        ("2026-03-02T09:30:00", 1_772_443_800.0),
        ("2026-03-02", 1_772_409_600.0),
    ],
)
def test_iso_8601_is_read(text, seconds):
    assert parse_timestamp(text) == seconds


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "1772443800"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"isoformat|month"):
        parse_timestamp(text)
