"""Which failures are final, and how long the others are tried again."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import (
    AuthError,
    CertificateError,
    ConnectionLostError,
    HandshakeRefusedError,
    InterceptedError,
    InterceptedForNowError,
    PermissionMissingError,
    RateLimitedError,
    RequestRefusedError,
    TemporaryError,
    TokenExpiredError,
    UnexpectedAnswerError,
    UnreachableError,
)
from rc_tail.gateway.retry import MOST_DELAY, SERVED_FOR, Backoff, RetryPolicy


def policy(*, retry_for: float | None = None, was_ready: bool = False) -> RetryPolicy:
    made = RetryPolicy(lambda low, high: high, retry_for=retry_for)
    if was_ready:
        made.ready(-60)
    return made


def give_up_time(made: RetryPolicy, error: Exception) -> tuple[int, float]:
    """Return after how many failures, and when, it gives up."""
    now, failures = 0.0, 0
    while True:
        failures += 1
        delay = made.after(error, now)  # type: ignore[arg-type]
        if delay is None:
            return failures, now
        now += delay
        assert failures < 1000


def test_an_unreachable_host_gets_three_tries_at_the_start():
    failures, seconds = give_up_time(policy(), UnreachableError("no"))
    assert failures == 3
    assert seconds <= 10


def test_slow_failures_end_within_ten_seconds():
    made = policy()
    assert made.after(UnreachableError("timed out"), 0) is not None
    assert made.after(UnreachableError("timed out"), 9.5) is None


@pytest.mark.parametrize(
    "error", [TemporaryError("503"), InterceptedForNowError("503", retry_after=None)]
)
def test_temporary_refusals_are_waited_out_for_five_minutes(error):
    failures, seconds = give_up_time(policy(), error)
    assert failures > 3
    assert 200 < seconds <= 300


@pytest.mark.parametrize(
    "error",
    [
        UnreachableError("x"),
        TemporaryError("x"),
        ConnectionLostError("x"),
        InterceptedError("x"),
        InterceptedForNowError("x", retry_after=None),
    ],
)
def test_once_connected_it_retries_without_a_limit(error):
    made = policy(was_ready=True)
    now = 0.0
    for _ in range(500):
        delay = made.after(error, now)
        assert delay is not None
        now += delay
    assert now > 20_000


@pytest.mark.parametrize("was_ready", [False, True])
def test_retry_for_bounds_the_time_without_a_connection(was_ready):
    failures, seconds = give_up_time(
        policy(retry_for=30, was_ready=was_ready), UnreachableError("x")
    )
    assert failures > 3
    assert 10 < seconds <= 30


def test_a_working_connection_resets_the_time():
    made = policy(retry_for=30, was_ready=True)
    assert made.after(UnreachableError("x"), 0) is not None
    made.ready(900)
    assert made.after(UnreachableError("x"), 1000) is not None


def test_connections_that_serve_for_a_moment_only_are_opened_with_growing_pauses():
    made = policy()
    now, delays = 0.0, []
    for _ in range(5):
        made.ready(now)
        delay = made.after(ConnectionLostError("x"), now + SERVED_FOR - 1)
        assert delay is not None
        delays.append(delay)
        now += SERVED_FOR + delay
    assert delays == [0, 1, 2, 4, 8]
    made.ready(now)
    # Another connection that took over is no new start of the time.
    made.ready(now + SERVED_FOR - 1)
    assert made.after(ConnectionLostError("x"), now + SERVED_FOR) == 0


@pytest.mark.parametrize(
    "error",
    [AuthError("x"), PermissionMissingError("x"), RequestRefusedError("x")],
)
@pytest.mark.parametrize("was_ready", [False, True])
def test_refusals_are_final(error, was_ready):
    assert policy(was_ready=was_ready).after(error, 0) is None


@pytest.mark.parametrize("error", [CertificateError("x"), UnexpectedAnswerError("x")])
def test_a_wrong_certificate_is_final_at_the_start_and_weather_later(error):
    assert policy().after(error, 0) is None
    assert policy(was_ready=True).after(error, 0) is not None


@pytest.mark.parametrize("error", [TokenExpiredError("x"), HandshakeRefusedError("x")])
def test_others_are_tried_again(error):
    assert policy().after(error, 0) == 0


def test_the_services_wait_is_kept():
    delay = policy().after(RateLimitedError("x", retry_after=40), 0)
    assert delay is not None
    assert 40 <= delay <= 80


def test_the_wait_of_a_proxy_is_kept():
    delay = policy().after(InterceptedForNowError("x", retry_after=7.0), 0)
    assert delay is not None
    assert delay >= 7


def test_a_wait_that_outlasts_the_patience_ends_at_once():
    assert policy(retry_for=30).after(RateLimitedError("x", retry_after=60), 0) is None


# Delays.


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
        assert 0 <= backoff.next_delay() <= MOST_DELAY
    delay = backoff.next_delay(at_least=floor)
    assert floor <= delay <= max(floor, MOST_DELAY) + MOST_DELAY
