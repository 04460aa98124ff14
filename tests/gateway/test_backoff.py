"""Delays before the next try."""

import random

from hypothesis import given
from hypothesis import strategies as st

from rc_tail.gateway.backoff import LIMIT, Backoff


def widest(low: float, high: float) -> float:
    return high


def test_the_first_try_is_immediate_and_the_widths_double_to_the_limit():
    backoff = Backoff(widest)
    assert [backoff.next_delay() for _ in range(9)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_progress_starts_from_the_beginning():
    backoff = Backoff(widest)
    backoff.next_delay()
    backoff.next_delay()
    backoff.reset()
    assert backoff.next_delay() == 0


@given(st.integers(), st.integers(0, 200), st.floats(0, 3600))
def test_the_services_own_wait_is_a_floor(seed, tries, floor):
    backoff = Backoff(random.Random(seed).uniform)
    for _ in range(tries):
        assert 0 <= backoff.next_delay() <= LIMIT
    delay = backoff.next_delay(at_least=floor)
    assert floor <= delay <= max(floor, LIMIT) + LIMIT
