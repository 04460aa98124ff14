"""How connections and subscriptions are left behind when a session stops."""

import pytest

from rc_tail.errors import (
    ConnectionLostError,
    RcTailError,
)
from rc_tail.gateway.commands import (
    Close,
    Gap,
    Notice,
    Stop,
    SubscriptionChanged,
)
from rc_tail.gateway.supervision import (
    LEAVE_WITHIN,
)
from tests.gateway.transcript import (
    CUT,
    FAILED,
    RECOVERED,
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
    reconnecting_session,
    refused,
    request_id,
    sent,
    subscribing_session,
)


def test_stopping_deletes_the_subscription_and_closes():
    session = live_session(now=0)
    asked = session.stop(now=10)
    assert sent(asked) == [delete("sub-1")]
    assert session.next_deadline() == 10 + LEAVE_WITHIN
    assert printed(session.receive(1, [event("a"), event("x", "sub-9")], now=11)) == ["a"]
    assert session.receive(1, [answer(request_id(asked, "DELETE"), 204)], now=11) == [
        SubscriptionChanged("sub-1", active=False),
        Close(1, 1000),
        Stop(),
    ]
    assert session.subscription_id == ""
    assert session.next_deadline() is None
    assert session.tick(now=99) == []


def test_a_delete_that_is_refused_is_not_repeated():
    session = live_session(now=0)
    asked = session.stop(now=10)
    refusal = error("CMN-201", request_id(asked, "DELETE"), 503)
    assert session.receive(1, [refusal], now=11) == [Close(1), Stop()]
    assert session.subscription_id == "sub-1"


def test_other_errors_while_leaving_change_nothing():
    session = live_session(now=0)
    session.stop(now=10)
    assert only(Notice, session.receive(1, [error("WSG-902")], now=11)).event == "gateway_error"
    assert session.receive(1, [answer("nobody")], now=11) == []
    assert session.next_deadline() == 10 + LEAVE_WITHIN


def test_stopping_takes_two_seconds_at_most():
    session = live_session(now=0)
    failure = RcTailError("disk full")
    session.stop(now=10, error=failure)
    session.frame_came(1, now=11.9)
    assert session.tick(now=11.9) == []
    gap, *end = session.tick(now=10 + LEAVE_WITHIN)
    assert end == [Close(1, abort=True), Stop(failure)]
    assert gap == Gap(11.9, 10 + LEAVE_WITHIN, "the gateway did not answer", recovered=False)


def test_a_link_that_is_dead_at_the_end_is_a_gap_from_its_last_frame():
    session = live_session(now=0)
    session.receive(1, [event("a")], now=4)
    session.stop(now=10)
    gap = only(Gap, session.tick(now=10 + LEAVE_WITHIN))
    assert (gap.start, gap.end, gap.recovered) == (4, 10 + LEAVE_WITHIN, False)


def test_a_connection_that_breaks_before_the_goodbye_is_answered_is_a_gap():
    session = live_session(now=0)
    session.stop(now=10)
    gap, *end = session.connection_lost(1, CUT, now=11)
    assert end == [Close(1, abort=True), Stop()]
    assert gap == Gap(0, 11, CUT.message, recovered=False)


def test_a_close_frame_while_leaving_is_no_gap():
    session = live_session(now=0)
    session.stop(now=10)
    closed = ConnectionLostError("closed", close_code=1001)
    assert session.connection_lost(1, closed, now=11) == [Close(1, abort=True), Stop()]


@pytest.mark.parametrize("options", [{"keep": True}, {"is_complete": True}])
def test_a_dead_link_is_no_gap_where_nothing_more_was_to_come(options):
    # With a later run the gap is that run's; after --count events nothing more was requested.
    session = live_session(now=0)
    commands = session.stop(now=10, **options)
    commands += session.tick(now=10 + LEAVE_WITHIN)
    assert not has(Gap, commands)


def test_stopping_twice_is_stopping_once():
    session = live_session(now=0)
    session.stop(now=10)
    assert session.stop(now=10.5, error=RcTailError("late")) == []
    assert session.tick(now=12)[-1] == Stop()
    assert session.stop(now=13) == []


def test_stopping_before_the_connection_is_open():
    session = new_session()
    session.start(now=0)
    assert session.stop(now=1) == [Close(1, abort=True), Stop()]
    assert session.opened(1, oauth_session="o", used_wsc=False, now=2) == [Close(1)]


def test_stopping_before_the_greeting():
    session = new_session()
    session.start(now=0)
    session.opened(1, oauth_session="o", used_wsc=False, now=1)
    assert session.stop(now=2) == [Close(1), Stop()]


def test_stopping_between_two_connections_reports_the_gap():
    session = live_session(now=0)
    session.connection_lost(1, CUT, now=10)
    assert session.stop(now=12) == [Gap(0, 12, CUT.message, recovered=False), Stop()]
    # Somebody else may delete it, by REST.
    assert session.subscription_id == "sub-1"


def test_stopping_during_a_replay_reports_the_gap():
    session = reconnecting_session(lost=100)
    session.receive(2, [details(RECOVERED), event("a")], now=102)
    commands = session.stop(now=103)
    assert only(Gap, commands) == Gap(100, 103, CUT.message, recovered=False, replayed=1)
    assert sent(commands) == [delete("sub-1")]


def test_a_subscription_that_is_granted_while_leaving_is_deleted():
    session, asked = subscribing_session()
    assert session.stop(now=1) == []
    commands = session.receive(1, [granted(asked, "sub-late")], now=2)
    assert commands[0] == SubscriptionChanged("sub-late", active=True)
    assert sent(commands) == [delete("sub-late")]
    done = session.receive(1, [answer(request_id(commands, "DELETE"), 204)], now=2.5)
    assert done[-1] == Stop()


@pytest.mark.parametrize("as_error", [False, True])
def test_a_subscription_that_is_refused_while_leaving_is_the_end(as_error):
    session, asked = subscribing_session()
    session.stop(now=1)
    code = "SUB-505"
    answered = error(code, request_id(asked)) if as_error else refused(asked, 403, code)
    assert session.receive(1, [answered], now=1) == [Close(1), Stop()]


def test_stopping_while_waiting_to_ask_again():
    session, asked = subscribing_session()
    session.receive(1, [refused(asked, 503, "")], now=0)
    assert session.stop(now=0) == [Close(1), Stop()]


def test_a_pending_retry_of_a_request_is_dropped_when_stopping():
    session = live_session(now=0)
    asked = session.receive(1, [event("x", "sub-of-another")], now=10)
    session.receive(1, [refused(asked, 503, "")], now=10)
    assert sent(session.stop(now=10)) == [delete("sub-1")]
    assert session.tick(now=11) == []
    assert session.tick(now=10 + LEAVE_WITHIN) == [Close(1, abort=True), Stop()]


@pytest.mark.parametrize("first", ["delete", "grant"])
def test_stopping_after_a_failed_recovery_deletes_both_subscriptions(first):
    session = reconnecting_session(lost=100)
    asked = session.receive(2, [details(FAILED)], now=102)
    session.stop(now=103)
    old = answer(request_id(asked, "DELETE"), 204)
    new = granted(asked, "sub-2")
    commands = session.receive(2, [old, new] if first == "delete" else [new, old], now=104)
    assert sent(commands) == [delete("sub-2")]
    assert not has(Stop, commands)
    done = session.receive(2, [answer(request_id(commands, "DELETE"), 204)], now=104)
    assert done[-1] == Stop()
    assert session.subscription_id == ""


def test_the_old_subscription_is_not_deleted_twice():
    session = reconnecting_session(lost=100)
    asked = session.receive(2, [details(FAILED)], now=102)
    session.stop(now=103)
    assert session.receive(2, [refused(asked, 403, "SUB-508")], now=103) == []
    done = session.receive(2, [answer(request_id(asked, "DELETE"), 204)], now=103)
    assert done == [SubscriptionChanged("sub-1", active=False), Close(2), Stop()]


def test_stopping_while_room_is_made_does_not_subscribe_any_more():
    session, asked = subscribing_session()
    session.receive(1, [refused(asked, 403, "SUB-505")], now=1)
    commands = session.stale_found(1, ["old-1"], now=2)
    assert session.stop(now=3) == []
    done = session.receive(1, [answer(request_id(commands, "DELETE"), 204)], now=4)
    assert done == [SubscriptionChanged("old-1", active=False), Close(1), Stop()]
