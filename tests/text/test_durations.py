"""Durations as people write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import UsageError
from rc_tail.text.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("1d", 86400),
        ("250ms", 0.25),
        ("1m250ms", 60.25),
        (" 30S ", 30),
        ("0h1s", 1),
        ("36500d", 36500 * 86400),
    ],
)
def test_what_is_a_duration(text, seconds):
    assert parse_duration(text, "--for") == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "30",
        "s",
        "-5s",
        "+5s",
        "5 s",
        "1h 30m",
        "1e3s",
        "5w",
        "1,5h",
        ".5h",
        "nan",
        "infs",
    ],
)
def test_what_is_none(text):
    with pytest.raises(UsageError, match=r"^--for: invalid duration ") as caught:
        parse_duration(text, "--for")
    assert "1h30m" in caught.value.hint


@pytest.mark.parametrize("text", ["0s", "0h0m", "0.0s", "99999999d", "9" * 400 + "d"])
def test_none_and_centuries_are_refused(text):
    with pytest.raises(UsageError, match="more than zero and less than 100 years"):
        parse_duration(text, "--since")


@given(
    days=st.integers(0, 300),
    hours=st.integers(0, 99),
    minutes=st.integers(0, 99),
    seconds=st.integers(1, 99),
)
def test_parts_add_up(days, hours, minutes, seconds):
    text = f"{days}d{hours}h{minutes}m{seconds}s"
    assert parse_duration(text, "--for") == 86400 * days + 3600 * hours + 60 * minutes + seconds


@given(st.text())
def test_any_text_is_a_positive_number_or_a_usage_error(text):
    with contextlib.suppress(UsageError):
        assert parse_duration(text, "--for") > 0
