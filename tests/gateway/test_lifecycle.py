"""Connections that cannot be opened, retries, and a machine that slept."""

import pytest

from rc_tail.errors import (
    AuthError,
    ExitStatus,
    HandshakeDeferredError,
    HandshakeRefusedError,
    JwtRejectedError,
    PermissionMissingError,
    RateLimitedError,
    TemporaryError,
    TokenExpiredError,
    UnreachableError,
)
from rc_tail.gateway.commands import (
    Close,
    Connect,
    Gap,
    Reconnecting,
    Stop,
)
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.gateway.session import Session
from tests.gateway.transcript import (
    CUT,
    FILTERS,
    RECOVERED,
    details,
    granted,
    has,
    live_session,
    new_session,
    only,
)


@pytest.mark.parametrize(
    "final", [JwtRejectedError("no"), PermissionMissingError("no"), AuthError("no")]
)
def test_permanent_errors_end_at_once(final):
    session = new_session()
    session.start(now=0)
    assert session.open_failed(1, final, now=1) == [Stop(final)]
    assert session.next_deadline() is None


@pytest.mark.parametrize(
    "failure",
    [
        UnreachableError("no network"),
        HandshakeRefusedError("503"),
        TemporaryError("unwell"),
        TokenExpiredError("dead"),
    ],
)
def test_temporary_errors_are_retried(failure):
    session = new_session()
    session.start(now=0)
    assert session.open_failed(1, failure, now=1) == [Reconnecting(failure.message, 0.0)]
    assert session.tick(now=1) == [Connect(2)]
    assert session.open_failed(2, failure, now=2) == [Reconnecting(failure.message, 1.0)]
    assert session.tick(now=2.9) == []
    assert session.tick(now=3) == [Connect(3)]


def test_a_host_out_of_reach_gets_three_tries_at_the_start():
    session = new_session()
    session.start(now=0)
    failure = UnreachableError("no network")
    assert has(Reconnecting, session.open_failed(1, failure, now=1))
    session.tick(now=1)
    assert has(Reconnecting, session.open_failed(2, failure, now=2))
    session.tick(now=3)
    assert session.open_failed(3, failure, now=4) == [Stop(failure)]


def test_once_connected_it_retries_without_a_limit_and_the_gap_lasts():
    session = live_session(now=0)
    session.connection_lost(1, CUT, now=100)
    now, link = 100.0, 1
    for _ in range(200):
        retry = session.next_deadline()
        assert retry is not None
        now, link = retry, link + 1
        assert only(Connect, session.tick(now)).link == link
        only(Reconnecting, session.open_failed(link, UnreachableError("no network"), now))
    assert now > 3600
    assert session.stop(now) == [Gap(0, now, CUT.message, recovered=False), Stop()]


def test_the_gap_is_reported_when_it_gives_up():
    session = new_session(retry_for=60)
    session.start(now=0)
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=0)
    session.receive(1, [granted(session.receive(1, [details()], now=0))], now=0)
    commands = session.connection_lost(1, CUT, now=500)
    now = 500.0
    while not isinstance(commands[-1], Stop):
        now += only(Reconnecting, commands).delay
        commands = session.open_failed(only(Connect, session.tick(now)).link, CUT, now)
    assert commands == [Gap(0, now, CUT.message, recovered=False), Stop(CUT)]
    assert 520 < now <= 560


def test_a_machine_that_slept_trusts_no_connection():
    session = live_session(now=0)
    commands = session.woke(now=5000)
    assert commands == [Close(1, abort=True), Reconnecting("the machine was suspended", 0.0)]
    assert session.tick(now=5000) == [Connect(2)]
    session.opened(2, oauth_session="oauth-1", used_wsc=False, now=5001)
    asked = session.receive(2, [details()], now=5001)
    gap = only(Gap, session.receive(2, [granted(asked, "sub-2")], now=5001))
    assert gap == Gap(0, 5001, "the machine was suspended", recovered=False)


def test_a_machine_that_slept_while_opening_opens_again():
    session = new_session()
    session.start(now=0)
    assert session.woke(now=500) == [Close(1, abort=True), Connect(2)]


def test_a_machine_that_slept_while_waiting_is_late():
    session = live_session(now=0)
    session.connection_lost(1, CUT, now=10)
    assert session.woke(now=5000) == [Connect(2)]


def test_a_machine_that_slept_while_leaving_is_done():
    session = live_session(now=0)
    session.stop(now=1)
    gap, *end = session.woke(now=5000)
    assert isinstance(gap, Gap)
    assert end == [Close(1, abort=True), Stop()]


def limited_session(retry_for: float) -> Session:
    session = Session(FILTERS, retry=RetryPolicy(max, retry_for=retry_for), seen=SeenUuids())
    session.start(now=0)
    return session


def test_a_step_that_hangs_ends_when_the_time_without_a_connection_is_over():
    session = limited_session(3)
    assert session.next_deadline() == 3
    assert session.tick(now=2.9) == []
    stop = only(Stop, session.tick(now=3))
    assert stop.error is not None
    assert stop.error.message == "connecting timed out"
    assert session.next_deadline() is None


def test_a_subscription_that_is_not_answered_ends_with_the_limit():
    session = limited_session(3)
    session.opened(1, oauth_session="o", used_wsc=False, now=1)
    session.receive(1, [details()], now=1)
    assert session.next_deadline() == 3
    session.tick(now=3)
    # The subscription may still be granted, and would have to be deleted.
    commands = session.tick(now=5)
    assert only(Stop, commands).error.message == "the subscription request timed out"  # type: ignore[union-attr]


def test_the_limit_holds_for_a_recovery_that_hangs_and_not_while_events_come():
    session = Session(FILTERS, retry=RetryPolicy(max, retry_for=5), seen=SeenUuids())
    begin = session.start(now=0)
    assert has(Connect, begin)
    session.opened(1, oauth_session="o", used_wsc=False, now=0)
    commands = session.receive(1, [details(wsc="w")], now=0)
    session.receive(1, [granted(commands)], now=0)
    deadline = session.next_deadline()
    assert deadline is not None
    assert deadline > 5
    session.connection_lost(1, CUT, now=100)
    session.tick(now=100)
    session.opened(2, oauth_session="o", used_wsc=True, now=101)
    session.receive(2, [details(recovery=RECOVERED)], now=101)
    assert session.next_deadline() == 105
    session.tick(now=105)
    assert session.is_stopping


@pytest.mark.parametrize("failure", [RateLimitedError, HandshakeDeferredError])
def test_an_end_because_of_a_long_limit_says_how_long_it_is(failure):
    session = limited_session(10)
    error = failure("too many requests", retry_after=61)
    stop = only(Stop, session.open_failed(1, error, now=1))
    assert stop.error is not None
    assert stop.error.hint == "Try again in 1 min 1 s."
    assert stop.error.exit_status == ExitStatus.TEMPORARY
