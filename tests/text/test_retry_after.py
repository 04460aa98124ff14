"""How long a refusal asks to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.text.retry_after import retry_after

NOW = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"
LATER = "Fri, 15 Jan 2027 08:01:30 GMT"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "60"}, 60.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "999999999"}, 86400.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "٦"}, None),
        ({"retry-after": LATER}, 90.0),
        ({"retry-after": LATER, "date": LATER}, 0.0),
        ({"retry-after": DATE, "date": LATER}, 0.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:01:30 -0000"}, 90.0),
        ({"retry-after": "Fri, 99 Jan 99999 08:01:30 GMT"}, None),
        ({"x-rate-limit-window": "60"}, 60.0),
        ({"retry-after": "5", "x-rate-limit-window": "60"}, 5.0),
        ({"x-rate-limit-window": "x"}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers, NOW) == expected


@given(st.text())
def test_any_header_is_a_wait_or_none(text: str) -> None:
    wait = retry_after({"retry-after": text, "date": text}, NOW)
    assert wait is None or 0 <= wait <= 86400


def test_a_date_needs_a_clock_or_the_date_of_the_response():
    assert retry_after({"retry-after": LATER}) is None
    assert retry_after({"retry-after": LATER, "date": DATE}) == 90.0
