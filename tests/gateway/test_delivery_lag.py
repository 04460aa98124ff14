import pytest

from rc_tail.gateway.delivery_lag import (
    MOST,
    PRECISION,
    USUAL,
    DeliveryLag,
    clock_offset,
)
from rc_tail.gateway.messages import Notification

MADE = "2026-03-02T09:30:00.000Z"
UNIX = 1_772_443_800.0


def lagging(seconds: float, timestamp: str = MADE) -> DeliveryLag:
    """A connection whose last event was sent at 1000 of the session's clock."""
    lag = DeliveryLag()
    lag.note(Notification("1", "/e", timestamp, b"{}"), 1000.0 + seconds, None)
    return lag


@pytest.mark.parametrize(
    ("seconds", "since"),
    [
        (0.0, None),
        (USUAL, None),
        (USUAL + 1, 1000.0 - PRECISION),
        (MOST, 1000.0 - PRECISION),
        (MOST + 1, None),
        (-99, None),
    ],
)
def test_an_event_that_was_long_on_its_way(seconds, since):
    assert lagging(seconds).since(1000.0 - UNIX) == since


@pytest.mark.parametrize(
    ("seconds", "transit"),
    [(0.0, 0.0), (0.5, 0.5 + PRECISION), (USUAL, USUAL + PRECISION), (USUAL + 1, 0.0), (-99, 0.0)],
)
def test_an_event_that_was_on_its_way_as_long_as_usual(seconds, transit):
    assert lagging(seconds).usual(1000.0 - UNIX) == transit
    assert lagging(seconds).usual(None) == 0.0


def test_what_is_not_reported_is_not_known():
    assert DeliveryLag().since(0.0) is None
    assert lagging(30).since(None) is None
    assert lagging(30, "yesterday").since(0.0) is None


@pytest.mark.parametrize(("asked", "since"), [(1029.0, 1000.0 - PRECISION), (1030.0, None)])
def test_what_was_asked_afterwards_and_answered_came_behind_all_others(asked, since):
    lag = lagging(30)
    lag.answered(asked)
    assert lag.since(1000.0 - UNIX) == since


@pytest.mark.parametrize(("timestamp", "ahead"), [(MADE, 5.0 - UNIX), ("yesterday", None)])
def test_an_event_says_how_far_the_clocks_differ_at_most(timestamp, ahead):
    assert DeliveryLag().note(Notification("1", "/e", timestamp, b"{}"), 5.0, None) == ahead


@pytest.mark.parametrize(("created", "ahead"), [(MADE, 5.0 - UNIX), ("", None)])
def test_the_clocks_are_compared_when_a_subscription_is_made(created, ahead):
    assert clock_offset(created, 5.0) == ahead


@pytest.mark.parametrize(
    ("known", "measured", "closer"),
    [
        (None, None, None),
        (None, 5.0, 5.0),
        (5.0, None, 5.0),
        (5.0, 3.0, 3.0),
        (5.0, 5.0 + MOST, 5.0),
        (5.0, 5.0 + MOST + 1, 5.0 + MOST + 1),
        (-86400.0, 0.0, 0.0),
    ],
)
def test_the_quickest_event_counts_until_a_clock_is_put_right(known, measured, closer):
    event = Notification("1", "/e", "yesterday" if measured is None else MADE, b"{}")
    assert DeliveryLag().note(event, UNIX + (measured or 0.0), known) == closer
