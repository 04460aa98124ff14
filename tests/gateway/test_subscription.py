"""Subscription requests and what their answers mean."""

import pytest

from rc_tail.errors import (
    AuthError,
    BusyError,
    FiltersRefusedError,
    PermissionMissingError,
    RateLimitedError,
    TemporaryError,
    UnreachableError,
)
from rc_tail.gateway.commands import (
    Close,
    Connect,
    FiltersDisabled,
    FindStale,
    Gap,
    Notice,
    Ready,
    Reconnecting,
    SessionCommand,
    Stop,
    SubscriptionChanged,
)
from rc_tail.gateway.messages import (
    DisabledFilter,
)
from rc_tail.gateway.session import Session
from rc_tail.gateway.supervision import SILENCE
from tests.gateway.transcript import (
    CUT,
    FAILED,
    RECOVERED,
    SUBSCRIBE,
    answer,
    delete,
    details,
    error,
    event,
    granted,
    has,
    live_session,
    new_session,
    only,
    printed,
    reconnect,
    reconnecting_session,
    refused,
    request_id,
    sent,
    subscribing_session,
    texts,
)


def test_details_that_come_in_parts():
    session = new_session()
    session.start(now=0)
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=0)
    asked = session.receive(1, [details(wsc="", timeout=None), details(timeout=5)], now=0)
    session.receive(1, [granted(asked), details(timeout=None, wsc="")], now=0)
    session.connection_lost(1, CUT, now=10)
    # The five seconds that the second part told are over.
    assert session.tick(now=16) == [Connect(2)]


def test_filters_are_unknown_when_the_service_does_not_list_them():
    session, asked = subscribing_session()
    commands = session.receive(1, [granted(asked, eventFilters=None)], now=0)
    assert only(Ready, commands).filters is None


def test_some_filters_are_refused():
    session, asked = subscribing_session()
    disabled = [{"filter": "/presence", "reason": "SUB-412", "message": "Permission is missing"}]
    commands = session.receive(1, [granted(asked, disabledFilters=disabled)], now=0)
    told = DisabledFilter("/presence", "SUB-412", "Permission is missing")
    assert only(FiltersDisabled, commands) == FiltersDisabled((told,))
    assert only(Ready, commands).first


def test_all_filters_are_refused_one_by_one():
    session, asked = subscribing_session()
    disabled = [{"filter": "/presence", "reason": "SUB-412", "message": "Permission is missing"}]
    answered = granted(asked, eventFilters=[], disabledFilters=disabled)
    commands = session.receive(1, [answered], now=0)
    assert not has(Ready, commands)
    # An empty subscription counts against the limit as well.
    assert sent(commands) == [delete("sub-1")]
    commands = session.receive(1, [answer(request_id(commands, "DELETE"), 204)], now=1)
    stop = only(Stop, commands)
    assert isinstance(stop.error, FiltersRefusedError)
    assert "Permission is missing (SUB-412)" in stop.error.message


@pytest.mark.parametrize("as_error", [False, True])
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "SUB-508", FiltersRefusedError),
        (403, "SUB-406", FiltersRefusedError),
        (403, "SUB-528", PermissionMissingError),
        (403, "CMN-401", PermissionMissingError),
        (403, "CMN-408", PermissionMissingError),
    ],
)
def test_a_refused_subscription_is_the_end(status, code, kind, as_error):
    session, asked = subscribing_session()
    answered = request_id(asked)
    refusal = error(code, answered, status) if as_error else refused(asked, status, code)
    commands = session.receive(1, [refusal], now=0)
    assert commands[:-1] == [Close(1, 1000)]
    stop = only(Stop, commands)
    assert stop.error is not None
    assert (type(stop.error), stop.error.code) == (kind, code)
    assert session.next_deadline() is None


def full_session() -> tuple[Session, list[SessionCommand]]:
    """A session for which there is no room, and what it asked for because of that."""
    session, asked = subscribing_session()
    return session, session.receive(1, [refused(asked, 403, "SUB-505")], now=1)


def test_stale_subscriptions_are_deleted_to_make_room():
    session, commands = full_session()
    assert commands == [FindStale(1, frozenset())]
    commands = session.stale_found(1, ["old-1", "old-2"], now=2)
    assert sent(commands) == [delete("old-1"), delete("old-2")]
    first, second = (message[0]["messageId"] for message in texts(commands))
    assert session.receive(1, [answer(second, 204)], now=3) == [
        SubscriptionChanged("old-2", active=False)
    ]
    asked = session.receive(1, [answer(first, 404)], now=3)
    assert sent(asked) == [SUBSCRIBE]
    assert only(Ready, session.receive(1, [granted(asked)], now=4)).first


def test_room_is_made_once():
    session, _ = full_session()
    commands = session.stale_found(1, ["old-1"], now=2)
    asked = session.receive(1, [answer(request_id(commands, "DELETE"), 500)], now=3)
    stop = only(Stop, session.receive(1, [refused(asked, 403, "SUB-505")], now=4))
    assert isinstance(stop.error, BusyError)
    assert "within a day" in stop.error.hint


def test_without_stale_subscriptions_no_room_can_be_made():
    session, _ = full_session()
    commands = session.stale_found(1, [], now=2)
    assert commands[0] == Close(1)
    assert isinstance(only(Stop, commands).error, BusyError)
    assert session.stale_found(1, ["late"], now=3) == []


def test_subscriptions_in_use_are_not_stale():
    session = reconnecting_session(lost=100)
    asked = session.receive(2, [details(FAILED)], now=101)
    commands = session.receive(2, [refused(asked, 403, "SUB-505")], now=101)
    assert commands == [FindStale(2, frozenset({"sub-1"}))]


def test_stale_subscriptions_that_were_not_requested_are_ignored():
    session = live_session()
    assert session.stale_found(1, ["old-1"], now=1) == []
    assert session.stale_found(7, ["old-1"], now=1) == []


@pytest.mark.parametrize("status", [0, 200, 400])
def test_an_error_message_grants_nothing(status):
    session, asked = subscribing_session()
    commands = session.receive(1, [error("SUB-508", request_id(asked), status)], now=0)
    assert isinstance(only(Stop, commands).error, FiltersRefusedError)


def test_a_refused_token_is_replaced_once():
    session, asked = subscribing_session()
    commands = session.receive(1, [refused(asked, 401, "OAU-213")], now=0)
    assert commands[0] == Close(1, abort=True)
    assert session.tick(only(Reconnecting, commands).delay) == [Connect(2, rejected=True)]
    session.opened(2, oauth_session="oauth-2", used_wsc=False, now=1)
    asked = session.receive(2, [details()], now=1)
    commands = session.receive(2, [refused(asked, 401, "OAU-213")], now=1)
    stop = only(Stop, commands)
    assert type(stop.error) is AuthError
    assert stop.error.hint


def test_a_refused_token_stays_refused_until_a_connection_is_open():
    session, asked = subscribing_session(retry_for=1000)
    session.receive(1, [refused(asked, 401, "OAU-213")], now=0)
    assert session.tick(now=0) == [Connect(2, rejected=True)]
    session.open_failed(2, UnreachableError("no network"), now=1)
    assert session.tick(now=2) == [Connect(3, rejected=True)]
    assert session.woke(now=100) == [Close(3, abort=True), Connect(4, rejected=True)]
    session.opened(4, oauth_session="oauth-2", used_wsc=False, now=101)
    session.connection_lost(4, CUT, now=102)
    assert reconnect(session) == Connect(5)


def test_a_token_that_worked_may_be_refused_again():
    session, asked = subscribing_session()
    session.receive(1, [refused(asked, 401, "OAU-213")], now=0)
    session.tick(now=0)
    session.opened(2, oauth_session="oauth-2", used_wsc=False, now=0)
    session.receive(2, [granted(session.receive(2, [details()], now=0))], now=0)
    session.connection_lost(2, CUT, now=9)
    session.tick(now=9)
    session.opened(3, oauth_session="oauth-2", used_wsc=False, now=9)
    asked = session.receive(3, [details()], now=9)
    assert not has(Stop, session.receive(3, [refused(asked, 401, "OAU-213")], now=9))


@pytest.mark.parametrize(
    ("status", "code", "kind", "wait"),
    [
        (429, "CMN-301", RateLimitedError, 30),
        (503, "CMN-201", TemporaryError, 0),
        (500, "", TemporaryError, 0),
        (408, "", TemporaryError, 0),
    ],
)
def test_a_temporary_refusal_is_asked_again_on_the_same_connection(status, code, kind, wait):
    session, asked = subscribing_session()
    first = only(Reconnecting, session.receive(1, [refused(asked, status, code)], now=-60))
    assert wait <= first.delay <= wait + 1
    asked = session.tick(now=0)
    assert sent(asked) == [SUBSCRIBE]
    waiting = only(Reconnecting, session.receive(1, [refused(asked, status, code)], now=5))
    assert waiting.delay > 0
    # A long wait is interrupted by pings.
    assert session.next_deadline() == 5 + min(waiting.delay, SILENCE)
    asked = session.tick(5 + waiting.delay)
    assert sent(asked) == [SUBSCRIBE]
    assert only(Ready, session.receive(1, [granted(asked)], now=9)).first
    # Once ready, nothing of the waiting is left.
    assert session.tick(now=10) == []

    session, asked = subscribing_session()
    now, commands = 0.0, session.receive(1, [refused(asked, status, code)], now=0)
    while not isinstance(commands[-1], Stop):
        now += only(Reconnecting, commands).delay
        asked = session.tick(now)
        commands = session.receive(1, [refused(asked, status, code)], now)
    assert 240 < now <= 300
    assert type(only(Stop, commands).error) is kind


def test_a_refusal_that_is_repeated_counts_once():
    session, asked = subscribing_session()
    again = refused(asked, 503, "")
    assert session.receive(1, [again, again, again], now=0) == [
        Reconnecting("RingCentral refused the subscription: no", 0.0)
    ]


def test_the_gateway_sends_events_of_another_subscription():
    session = live_session(now=0)
    session.receive(1, [event("a")], now=50)
    session.frame_came(1, now=70)
    commands = session.receive(1, [event("x", "sub-9")], now=80)
    assert only(Notice, commands).warn
    assert sent(commands) == [SUBSCRIBE]
    assert printed(session.receive(1, [event("b"), event("y", "sub-9")], now=81)) == ["b"]
    ready = session.receive(1, [granted(commands, "sub-2")], now=82)
    # It may have been replaced right behind the last event of ours.
    assert only(Gap, ready) == Gap(50, 82, "the subscription was replaced", recovered=False)
    # In doubt an event is printed: subscribing again and again would help nobody.
    again = session.receive(1, [event("c", "sub-2"), event("z", "sub-9")], now=83)
    assert printed(again) == ["c", "z"]
    assert sent(again) == []


def test_a_replay_of_another_subscription_is_a_failed_recovery():
    session = reconnecting_session(lost=100)
    session.receive(2, [details(RECOVERED)], now=102)
    commands = session.receive(2, [event("x", "sub-9")], now=103)
    assert sent(commands) == [SUBSCRIBE]
    gap = only(Gap, session.receive(2, [granted(commands, "sub-2")], now=104))
    assert gap == Gap(100, 104, CUT.message, recovered=False)


def test_a_replaced_subscription_that_is_refused_is_deleted():
    session = live_session(now=0)
    asked = session.receive(1, [event("x", "sub-9")], now=10)
    commands = session.receive(1, [refused(asked, 403, "SUB-406")], now=11)
    assert sent(commands) == [delete("sub-1")]
    assert only(Gap, commands) == Gap(0, 11, "the subscription was replaced", recovered=False)
    done = session.receive(1, [answer(request_id(commands, "DELETE"), 404)], now=12)
    assert isinstance(only(Stop, done).error, FiltersRefusedError)


def test_an_answer_without_an_id_is_no_answer():
    session, asked = subscribing_session()
    session.receive(1, [refused(asked, 503, "")], now=0)
    assert session.receive(1, [answer("", id="sub-1"), error("X", "")], now=0)[:-1] == []
