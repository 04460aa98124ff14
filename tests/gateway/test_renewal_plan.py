"""When a connection must be replaced before it ends."""

import pytest

from rc_tail.gateway.connection_state import ConnectionState, TokenLife
from rc_tail.gateway.messages import ConnectionDetails
from rc_tail.gateway.renewal_plan import (
    LEAST_LIFE,
    SOON,
    TIME_IS_UP,
    TOKEN_ENDS,
    RenewalPlan,
    plan_renewal,
    seconds_to_outlive,
)


def link_with(token: TokenLife | None = None, absolute: float | None = None) -> ConnectionState:
    link = ConnectionState(number=1)
    link.opened(1000)
    link.token = token
    link.limits = ConnectionDetails(absolute_timeout=absolute)
    return link


def token(ends: float, *, life: float = 3600, refreshable: bool = False) -> TokenLife:
    return TokenLife(ends, life, refreshable)


@pytest.mark.parametrize("absolute", [None, 0, -5])
def test_what_has_no_end_needs_no_plan(absolute):
    assert plan_renewal(link_with(absolute=absolute), 1000, successor=False) is None


@pytest.mark.parametrize(
    ("absolute", "at"), [(86400, 1000 + 86400 - 300), (1000, 1000 + 800), (10, 1000 + 8)]
)
def test_the_absolute_timeout_is_left_before_it_ends(absolute, at):
    made = plan_renewal(link_with(absolute=absolute), 1000, successor=False)
    assert made == RenewalPlan(at, renews=False, reason=TIME_IS_UP)


@pytest.mark.parametrize("absolute", [1e-9, 0.5, 1, 10])
def test_a_connection_is_not_replaced_at_once_however_short_its_announced_time(absolute):
    first = plan_renewal(link_with(absolute=absolute), 1000, successor=False)
    second = plan_renewal(link_with(absolute=absolute), 1000, successor=True)
    assert first is not None
    assert second is not None
    assert first.at >= 1000 + SOON
    # Five WebSocket tokens a minute are allowed.
    assert second.at >= 1000 + LEAST_LIFE


@pytest.mark.parametrize("refreshable", [False, True])
def test_a_token_is_replaced_in_the_last_fifth_of_its_life(refreshable):
    link = link_with(token(4600, refreshable=refreshable))
    made = plan_renewal(link, 1000, successor=False)
    assert made == RenewalPlan(4600 - 720, renews=refreshable, reason=TOKEN_ENDS)


def test_a_token_in_its_last_fifth_is_replaced_soon():
    made = plan_renewal(link_with(token(1100)), 1000, successor=False)
    assert made == RenewalPlan(1000 + SOON, renews=False, reason=TOKEN_ENDS)


@pytest.mark.parametrize(("ends", "wait"), [(1100, 50), (1001, SOON), (900, SOON)])
def test_a_successor_is_not_replaced_at_once(ends, wait):
    made = plan_renewal(link_with(token(ends)), 1000, successor=True)
    assert made == RenewalPlan(1000 + wait, renews=False, reason=TOKEN_ENDS)


@pytest.mark.parametrize(
    ("ends", "reason"), [(4600, TOKEN_ENDS), (1000 + 86400, TIME_IS_UP), (9e9, TIME_IS_UP)]
)
def test_the_first_end_counts(ends, reason):
    link = link_with(token(ends, refreshable=True), absolute=3600 * 5)
    made = plan_renewal(link, 1000, successor=False)
    assert made is not None
    assert made.reason == reason


@pytest.mark.parametrize(("ends", "seconds"), [(1500, 500 + SOON), (900, SOON)])
def test_a_token_must_outlive_the_one_before(ends, seconds):
    assert seconds_to_outlive(link_with(token(ends)), 1000) == seconds
    assert seconds_to_outlive(link_with(), 1000) == 0
