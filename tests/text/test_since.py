import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import UsageError
from rc_tail.text.since import parse_since

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 19, 30, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30s", "2026-11-24T19:29:30+01:00"),
        ("1h30m", "2026-11-24T18:00:00+01:00"),
        ("1.5H", "2026-11-24T18:00:00+01:00"),
        (" 1d ", "2026-11-23T19:30:00+01:00"),
        ("18:00", "2026-11-24T18:00:00+01:00"),
        ("9:05", "2026-11-24T09:05:00+01:00"),
        ("18:00:30.5", "2026-11-24T18:00:30.5+01:00"),
        ("today", "2026-11-24T00:00:00+01:00"),
        ("Today 9:05", "2026-11-24T09:05:00+01:00"),
        ("yesterday", "2026-11-23T00:00:00+01:00"),
        ("yesterdayT23:59", "2026-11-23T23:59:00+01:00"),
        ("2026-11-23", "2026-11-23T00:00:00+01:00"),
        ("2026-11-23T18:00", "2026-11-23T18:00:00+01:00"),
        ("2026-11-23 18:00:05", "2026-11-23T18:00:05+01:00"),
        ("2026-11-23T18:00Z", "2026-11-23T18:00:00+00:00"),
        ("2026-11-23t18:00:00.123456789z", "2026-11-23T18:00:00.123456+00:00"),
        ("2026-11-23T18:00-05:00", "2026-11-23T18:00:00-05:00"),
        ("2026-11-23T18:00+0530", "2026-11-23T18:00:00+05:30"),
        ("2026-11-24T19:30", "2026-11-24T19:30:00+01:00"),
        # Summer time is of the day that is named, not of today.
        ("2026-10-01T18:00", "2026-10-01T18:00:00+02:00"),
        # An hour that came twice: the earlier one, so that nothing is left out.
        ("2026-10-25T02:30", "2026-10-25T02:30:00+02:00"),
    ],
)
def test_moments(text: str, meant: str) -> None:
    assert parse_since(text, NOW) == datetime.fromisoformat(meant).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "30",
        "5x",
        "1..5h",
        "0s",
        "never",
        "25:00",
        "18:60",
        "18",
        "2026-13-01",
        "2026-11-31",
        "20261123",
        "2026-W48-1",
        "2026-11-23T",
        "2026-11-23T18:00+99:99",
        "yesterday noon",
        "0001-01-01T00:00+14:00",
        "\x1b[2J",
    ],
)
def test_an_invalid_time_is_an_error_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_since(text, NOW)
    assert caught.value.message.startswith("--since: ")
    assert "Use a " in caught.value.hint or "must be more than zero" in caught.value.message
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize(
    "text", ["19:31", "today 19:31", "2026-11-25", "2026-11-24T18:31Z", "9999-12-31T23:59:59"]
)
def test_times_in_the_future_are_rejected(text: str) -> None:
    with pytest.raises(UsageError, match="is in the future"):
        parse_since(text, NOW)


def test_without_a_zone_the_machine_s_own_counts_with_its_summer_time() -> None:
    script = (
        "from datetime import datetime; from rc_tail.text.since import parse_since; "
        "now = datetime(2026, 11, 24, 19, 30); "
        "print(*(int(parse_since(t, now)) for t in ('2026-10-01T18:00', '18:00', '1h')))"
    )
    environ = {**os.environ, "TZ": "CET-1CEST,M3.5.0,M10.5.0/3"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True
    )
    expected = [
        datetime(2026, 10, 1, 16, 0, tzinfo=UTC),
        datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
        datetime(2026, 11, 24, 17, 30, tzinfo=UTC),
    ]
    assert [int(each) for each in done.stdout.split()] == [int(e.timestamp()) for e in expected]


@given(st.text(alphabet="0123456789:-TZ. dhmsyetroa+\x00é", max_size=30) | st.text(max_size=20))
def test_any_text_is_a_moment_of_the_past_or_wrong_usage(text: str) -> None:
    try:
        found = parse_since(text, NOW)
    except UsageError:
        return
    assert found <= NOW.timestamp()


@given(st.floats(min_value=0, max_value=NOW.timestamp() - 1))
def test_what_iso_writes_is_read_back(seconds: float) -> None:
    aware = datetime.fromtimestamp(seconds, UTC)
    assert parse_since(aware.isoformat(), NOW) == aware.timestamp()
    whole = (NOW - timedelta(days=1)).replace(tzinfo=None)
    assert parse_since(whole.isoformat(), NOW) == NOW.timestamp() - 86400
