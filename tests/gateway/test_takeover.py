"""One connection takes another's place, and at every stage of that something goes wrong."""

from typing import Any

import pytest

from rc_tail.errors import (
    AuthError,
    ConnectionLostError,
    RateLimitedError,
    RcTailError,
    TemporaryError,
    UnreachableError,
)
from rc_tail.gateway.commands import (
    Close,
    Connect,
    FindStale,
    Gap,
    Notice,
    Ready,
    Reconnecting,
    RenewToken,
    Stop,
    SubscriptionChanged,
    TookOver,
)
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.messages import (
    Heartbeat,
    Message,
    Wsc,
)
from rc_tail.gateway.renewal_plan import TIME_IS_UP, TOKEN_ENDS
from rc_tail.gateway.supervision import (
    GREETING_WITHIN,
    LEAVE_WITHIN,
    OPEN_WITHIN,
    RETIRE_WITHIN,
    SUBSCRIBED_WITHIN,
)
from tests.gateway.transcript import (
    DUE,
    LIFE,
    RECOVERED,
    RESOLVED,
    FakeGateway,
    answer,
    delete,
    details,
    error,
    event,
    greeting,
    live_gateway,
    new_session,
    of,
    opening,
    overlapping,
    request_id,
    sent,
    subscribing,
)


def wait_for_link(gateway: FakeGateway, number: int) -> None:
    """Let time pass until a connection is asked for."""
    while gateway.link < number:
        due = gateway.session.next_deadline()
        assert due is not None
        gateway.tick(max(due, gateway.now))


def making_room(gateway: FakeGateway) -> None:
    subscribing(gateway)
    gateway.refuse(403, "SUB-505")
    assert isinstance(gateway.ordered[-1], FindStale)


def deleting_stale(gateway: FakeGateway) -> None:
    making_room(gateway)
    gateway.subscriptions["stale"] = 0
    gateway.perform(gateway.session.stale_found(2, ["stale"], gateway.now))


STAGES = (opening, greeting, subscribing, making_room, deleting_stale, overlapping)
BEFORE = STAGES[:-1]


# It goes well.


def test_another_connection_takes_over_and_nothing_is_missed():
    gateway = live_gateway()
    assert gateway.tick(DUE - 0.1) == []
    assert gateway.ordered == [Connect(1)]
    assert gateway.tick(DUE) == []
    # A login that outlives the present one; no recovery, since that would be the present session.
    assert gateway.ordered[-1] == Connect(2, min_life=LIFE - DUE + 1)
    gateway.now = 41
    gateway.happens("before", "sub-1")
    gateway.open()
    gateway.greet()
    gateway.happens("asked", "sub-1")
    gateway.now = 42
    assert gateway.grant() == [TookOver(TOKEN_ENDS)]
    # The old subscription is deleted over its own connection, which is read meanwhile.
    assert [(link, id_) for link, _, id_ in gateway.deletes] == [(1, "sub-1")]
    gateway.happens("both", "sub-1", "sub-2")
    gateway.happens("two", "sub-2", "sub-1")
    gateway.delete()
    assert gateway.opened == {2}
    gateway.happens("after", "sub-2")
    told = ["before/sub-1", "asked/sub-1", "both/sub-1", "two/sub-2", "after/sub-2"]
    assert gateway.printed == told
    assert gateway.subscriptions == {"sub-2": 2}
    assert gateway.session.subscription_id == "sub-2"
    assert of(Gap, gateway.reported) == []
    assert of(Ready, gateway.reported) == []


def test_the_absolute_time_out_is_an_end_as_well():
    gateway = live_gateway(life=None, absolute=1000.0)
    gateway.tick(799)
    assert gateway.ordered == [Connect(1)]
    gateway.tick(800)
    assert gateway.ordered[-1] == Connect(2)
    gateway.open()
    gateway.greet()
    assert gateway.grant() == [TookOver(TIME_IS_UP)]
    gateway.delete()
    # The new one has a time of its own.
    gateway.tick(1599)
    assert gateway.link == 2
    gateway.tick(1600)
    assert gateway.link == 3


def test_what_belongs_to_a_session_is_that_of_the_new_connection():
    gateway = live_gateway(absolute=9000.0)
    gateway.absolute = 77.0
    subscribing(gateway)
    before = gateway.session.past(gateway.now)
    assert before.wsc is not None
    assert (before.wsc.token, before.oauth_session) == ("wsc-1", "login-1")
    assert before.limits.absolute_timeout == 9000
    gateway.grant()
    gateway.delete()
    past = gateway.session.past(gateway.now)
    assert past.wsc is not None
    assert (past.wsc.token, past.oauth_session) == ("wsc-2", "login-2")
    assert (past.subscription_id, past.limits.absolute_timeout) == ("sub-2", 77)
    gateway.cut(2)
    gateway.tick(gateway.now)
    assert gateway.ordered[-1] == Connect(3, "wsc-2", "login-2")


def test_a_token_that_can_be_refreshed_keeps_its_session():
    gateway = live_gateway(refreshable=True)
    gateway.tick(DUE)
    assert gateway.ordered[-1] == RenewToken(1, "login-1", min_life=LIFE - DUE + 1)
    token = TokenLife(ends=DUE + LIFE, life=LIFE, refreshable=True)
    assert gateway.perform(gateway.session.token_renewed(1, token, 41)) == []
    assert gateway.tick(79) == []
    assert len(gateway.ordered) == 2
    gateway.tick(80)
    assert gateway.ordered[-1] == RenewToken(1, "login-1", min_life=11)


def test_an_oauth_session_that_cannot_continue_is_replaced():
    gateway = live_gateway(refreshable=True)
    gateway.tick(DUE)
    gateway.now = 41
    refused = AuthError("the OAuth session cannot be continued")
    assert gateway.perform(gateway.session.renewal_failed(1, refused, 41)) == []
    assert gateway.ordered[-1] == Connect(2, min_life=LIFE - 41 + 1)
    # Said twice, it is done once.
    assert gateway.session.renewal_failed(1, refused, 41) == []
    gateway.open()
    gateway.greet()
    assert gateway.grant() == [TookOver(TOKEN_ENDS)]


def test_a_renewal_that_fails_for_now_is_tried_again():
    gateway = live_gateway(refreshable=True)
    gateway.tick(DUE)
    told = gateway.perform(gateway.session.renewal_failed(1, UnreachableError("no way"), DUE))
    (notice,) = of(Notice, told)
    assert "no way" in notice.message
    gateway.tick(DUE + 1.9)
    assert len(of(RenewToken, gateway.ordered)) == 1
    gateway.tick(DUE + 2)
    assert len(of(RenewToken, gateway.ordered)) == 2


@pytest.mark.parametrize("life", [3600.0, 300.0, 30.0, 4.0, 0.0])
def test_tokens_with_little_life_left_make_no_loop(life):
    gateway = live_gateway(life=life)
    began = 0.0
    for number in range(2, 7):
        wait_for_link(gateway, number)
        waited, began = gateway.now - began, gateway.now
        assert waited >= max(1.0, life / 2)
        gateway.open()
        gateway.greet()
        gateway.grant()
        gateway.delete()
    assert of(Notice, gateway.reported) == []
    assert gateway.opened == {6}


# The next connection fails: the present one goes on.

FAILURES = [
    (opening, lambda s: s.fail(UnreachableError("no network")), "no network"),
    (opening, lambda s: s.fail(AuthError("the JWT was refused")), "the JWT was refused"),
    (opening, lambda s: s.tick(DUE + OPEN_WITHIN), "connecting timed out"),
    (greeting, lambda s: s.cut(2, ConnectionLostError("reset")), "reset"),
    (
        greeting,
        lambda s: s.tick(DUE + GREETING_WITHIN),
        "the gateway sent no connection details in time",
    ),
    (subscribing, lambda s: s.cut(2, ConnectionLostError("reset")), "reset"),
    (subscribing, lambda s: s.tick(DUE + SUBSCRIBED_WITHIN), "the subscription request timed out"),
    (subscribing, lambda s: s.refuse(403, "SUB-406"), "SUB-406"),
    (subscribing, lambda s: s.refuse(503), "X"),
    (subscribing, lambda s: s.refuse(401), "X"),
    (making_room, lambda s: s.perform(s.session.stale_found(2, [], s.now)), "SUB-505"),
]


@pytest.mark.parametrize(("stage", "fail", "words"), FAILURES)
def test_the_present_connection_continues_when_the_next_fails(stage, fail, words):
    gateway = live_gateway()
    stage(gateway)
    fail(gateway)
    failed = gateway.now
    (notice,) = of(Notice, gateway.reported)
    assert words in notice.message
    assert gateway.opened == {1}
    assert gateway.subscriptions == {"sub-1": 1}
    gateway.happens("goes on", "sub-1")
    assert gateway.printed == ["goes on/sub-1"]
    # Tried again, a little later.
    gateway.tick(failed + 1.9)
    assert gateway.link == 2
    gateway.tick(failed + 2)
    assert gateway.link == 3
    gateway.open()
    gateway.greet()
    assert of(TookOver, gateway.grant())


def test_the_tries_grow_rarer():
    gateway = live_gateway()
    opening(gateway)
    waits = []
    for number in range(3, 12):
        gateway.fail(UnreachableError("no network"))
        failed = gateway.now
        wait_for_link(gateway, number)
        waits.append(gateway.now - failed)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_the_service_says_when_to_try_again():
    gateway = live_gateway()
    opening(gateway)
    gateway.fail(RateLimitedError("slow down", retry_after=55.0))
    gateway.tick(DUE + 54)
    assert gateway.link == 2
    gateway.tick(DUE + 55)
    assert gateway.link == 3


@pytest.mark.parametrize("failure", [TemporaryError("busy"), AuthError("refused")])
def test_the_session_does_not_end_however_often_it_fails(failure):
    gateway = live_gateway()
    opening(gateway)
    for number in range(3, 30):
        gateway.fail(failure)
        wait_for_link(gateway, number)
    assert not gateway.ended
    assert gateway.opened == {1}


def test_a_token_that_is_refused_on_the_next_connection_is_reported_to_the_worker():
    gateway = live_gateway()
    subscribing(gateway)
    gateway.refuse(401)
    gateway.tick(DUE + 2)
    assert gateway.ordered[-1] == Connect(3, rejected=True, min_life=9)
    gateway.open()
    gateway.greet()
    gateway.refuse(401)
    # The present one is none the worse for it.
    assert gateway.opened == {1}
    assert not gateway.ended


def test_a_subscription_of_which_nothing_is_left_is_deleted():
    gateway = live_gateway()
    subscribing(gateway)
    link, request = gateway.take_request(None)
    gateway.subscriptions["empty"] = 2
    body: dict[str, Any] = {
        "id": "empty",
        "eventFilters": [],
        "disabledFilters": [{"filter": "/presence"}],
    }
    gateway.say(link, answer(request, **body))
    assert [id_ for _, _, id_ in gateway.deletes] == ["empty"]
    gateway.delete()
    assert gateway.opened == {1}
    assert gateway.subscriptions == {"sub-1": 1}


# No room for a second subscription.


def test_stale_subscriptions_make_room():
    gateway = live_gateway()
    making_room(gateway)
    assert gateway.ordered[-1] == FindStale(2, frozenset({"sub-1"}))
    gateway.subscriptions |= {"stale-1": 0, "stale-2": 0}
    gateway.perform(gateway.session.stale_found(2, ["stale-1", "stale-2"], gateway.now))
    assert [id_ for _, _, id_ in gateway.deletes] == ["stale-1", "stale-2"]
    gateway.delete()
    assert of(TookOver, gateway.grant())
    assert sorted(gateway.subscriptions) == ["sub-1", "sub-2"]


def test_room_is_made_once():
    gateway = live_gateway()
    deleting_stale(gateway)
    gateway.delete()
    gateway.refuse(403, "SUB-505")
    assert len(of(FindStale, gateway.ordered)) == 1
    assert gateway.opened == {1}
    (notice,) = of(Notice, gateway.reported)
    assert "SUB-505" in notice.message


# The present connection is lost meanwhile: its own session is recovered first.


@pytest.mark.parametrize("stage", BEFORE)
def test_the_present_session_is_recovered_first(stage):
    gateway = live_gateway()
    stage(gateway)
    assert of(Reconnecting, gateway.cut(1)) == [Reconnecting("cut", 0.0)]
    gateway.tick(gateway.now)
    assert gateway.ordered[-1] == Connect(3, "wsc-1", "login-1")
    gateway.open(used_wsc=True)
    gateway.subscriptions["sub-1"] = 3
    # What was asked for meanwhile is deleted as soon as it is there.
    granted = bool(gateway.requests)
    if granted:
        gateway.grant(2)
        gateway.happens("early", "sub-2")
        gateway.delete()
    assert gateway.opened == {3}
    gateway.greet(recovery=RECOVERED)
    gateway.happens("early", "sub-1")
    (gap,) = of(Gap, gateway.echo())
    assert gap.recovered
    assert gateway.session.subscription_id == "sub-1"
    gateway.happens("then", "sub-1")
    assert gateway.printed == ["early/sub-2" if granted else "early/sub-1", "then/sub-1"]
    assert set(gateway.subscriptions) <= {"sub-1", "stale"}
    # The end of the token is still near.
    wait_for_link(gateway, 4)
    assert gateway.now < DUE + LIFE


def test_a_replay_full_of_copies_may_have_lost_the_oldest():
    gateway = live_gateway()
    subscribing(gateway)
    closed = ConnectionLostError("restarting", close_code=1012)
    gateway.cut(1, closed)
    gateway.grant(2)
    names = [f"e{number}" for number in range(100)]
    for name in names:
        gateway.happens(name, "sub-2")
    gateway.recover("sub-1")
    for name in names:
        gateway.happens(name, "sub-1")
    (gap,) = of(Gap, gateway.echo())
    assert gateway.printed == [f"{name}/sub-2" for name in names]
    assert (gap.recovered, gap.replayed, gap.overflow) == (True, 0, True)
    assert not gap.is_complete


def test_two_events_of_one_content_are_printed_though_a_recovery_lies_between():
    gateway = live_gateway()
    subscribing(gateway)
    gateway.happens("busy", "sub-1")
    gateway.cut(1)
    gateway.recover("sub-1")
    gateway.happens("busy'", "sub-1")
    gateway.echo()
    assert gateway.printed == ["busy/sub-1", "busy'/sub-1"]


def test_what_comes_before_the_answer_is_printed_though_the_like_came_before():
    gateway = live_gateway()
    subscribing(gateway)
    gateway.happens("busy", "sub-1")
    gateway.now += 1
    gateway.subscriptions["sub-2"] = 2
    gateway.happens("busy'", "sub-2")
    gateway.grant(created=DUE + 0.5)
    # The old connection does not bring it any more.
    gateway.cut(1)
    assert gateway.printed == ["busy/sub-1", "busy'/sub-2"]


def test_a_subscription_that_is_replaced_meanwhile_does_not_start_a_third_connection():
    gateway = live_gateway()
    subscribing(gateway)
    # Somebody replaces the present subscription: it is asked for again.
    gateway.say(1, event("x", "sub-of-another"))
    gateway.grant(1)
    for later in range(1, 20):
        gateway.tick(DUE + later)
    assert gateway.link == 2
    assert of(TookOver, gateway.grant(2))
    gateway.delete()
    assert gateway.opened == {2}


# The replaced connection ends.


def test_the_replaced_connection_is_lost_before_its_subscription_is_deleted():
    gateway = live_gateway()
    overlapping(gateway)
    gateway.cut(1)
    assert [(link, id_) for link, _, id_ in gateway.deletes] == [(2, "sub-1")]
    gateway.delete()
    assert gateway.subscriptions == {"sub-2": 2}
    # What was on its way on it from before the other subscription is lost with it.
    assert [gap.reason for gap in of(Gap, gateway.reported)] == ["cut"]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_both_are_lost_and_the_old_subscription_is_deleted_all_the_same(order):
    gateway = live_gateway()
    overlapping(gateway)
    for link in order:
        gateway.cut(link)
    gateway.recover("sub-2")
    gateway.echo()
    assert [(link, id_) for link, _, id_ in gateway.deletes] == [(3, "sub-1")]
    gateway.delete()
    assert gateway.subscriptions == {"sub-2": 3}
    # And only once.
    gateway.cut(3)
    gateway.tick(gateway.now)
    gateway.open(used_wsc=True)
    gateway.greet(recovery=RECOVERED)
    gateway.echo()
    assert gateway.deletes == []


def test_the_old_subscription_is_deleted_after_a_recovery_that_failed():
    gateway = live_gateway()
    overlapping(gateway)
    gateway.cut(1)
    gateway.cut(2)
    gateway.tick(gateway.now)
    gateway.open()
    gateway.greet()
    gateway.grant()
    gateway.delete()
    assert gateway.subscriptions == {"sub-3": 3}


def test_a_delete_that_is_refused_is_not_repeated():
    gateway = live_gateway()
    overlapping(gateway)
    gateway.cut(1)
    gateway.delete(500)
    gateway.cut(2)
    gateway.tick(gateway.now)
    gateway.open(used_wsc=True)
    gateway.greet(recovery=RECOVERED)
    gateway.echo()
    assert gateway.deletes == []


def far_behind(gateway: FakeGateway) -> float:
    """The new connection is far behind the one that it replaced, which is closed."""
    overlapping(gateway)
    gateway.happens("slow", "sub-1")
    gateway.delete()
    assert gateway.opened == {2}
    return gateway.now


def test_a_copy_that_comes_long_after_the_take_over_is_a_copy():
    gateway = live_gateway()
    sent_at = far_behind(gateway)
    gateway.now += 45
    gateway.happens("slow", "sub-2", sent=sent_at)
    gateway.happens("slow'", "sub-2", sent=sent_at + 1)
    gateway.happens("slow''", "sub-2")
    # The second one of this content came once, and so did the last.
    assert gateway.printed == ["slow/sub-1", "slow'/sub-2", "slow''/sub-2"]


@pytest.mark.parametrize("recovered", [False, True])
def test_a_copy_that_comes_after_the_next_take_over_began_is_a_copy(recovered):
    gateway = live_gateway()
    sent_at = far_behind(gateway)
    if recovered:
        gateway.cut(2)
        gateway.recover("sub-2")
        gateway.echo()
    following = gateway.link + 1
    wait_for_link(gateway, following)
    gateway.happens("slow", "sub-2", sent=sent_at)
    gateway.open()
    gateway.greet()
    gateway.happens("slow'", "sub-2", sent=sent_at)
    gateway.grant()
    gateway.happens("then", "sub-2", "sub-3")
    assert gateway.printed == ["slow/sub-1", "slow'/sub-2", "then/sub-2"]


def test_copies_that_come_late_are_copies():
    gateway = live_gateway()
    overlapping(gateway)
    gateway.happens("late", "sub-1")
    gateway.delete()
    gateway.now += 4
    gateway.happens("late", "sub-2", sent=DUE)
    assert gateway.printed == ["late/sub-1"]
    # Later they are events of their own.
    gateway.now += 40
    gateway.happens("late'", "sub-2", sent=DUE)
    assert gateway.printed == ["late/sub-1", "late'/sub-2"]


# Stopping.


@pytest.mark.parametrize("failure", [None, RcTailError("disk full")])
@pytest.mark.parametrize("stage", STAGES)
def test_stopping_at_any_stage_leaves_nothing_behind(stage, failure):
    gateway = live_gateway()
    stage(gateway)
    gateway.stop(failure)
    for _ in range(4):
        if gateway.requests:
            gateway.grant()
        gateway.delete()
    assert gateway.opened == set()
    assert gateway.subscriptions == {}
    assert gateway.reported[-1] == Stop(failure)
    assert gateway.session.next_deadline() is None


@pytest.mark.parametrize("stage", STAGES)
def test_stopping_at_any_stage_takes_two_seconds_at_most(stage):
    gateway = live_gateway()
    stage(gateway)
    gateway.stop()
    stopped = gateway.now
    while not gateway.ended:
        due = gateway.session.next_deadline()
        assert due is not None
        gateway.tick(max(due, gateway.now))
        assert gateway.now <= stopped + LEAVE_WITHIN
    assert gateway.opened == set()


@pytest.mark.parametrize("first", [1, 2])
def test_both_are_lost_while_stopping(first):
    gateway = live_gateway()
    overlapping(gateway)
    gateway.stop()
    gateway.cut(first)
    assert not gateway.ended
    gateway.cut(3 - first)
    assert gateway.ended


def test_a_connection_that_opens_after_the_end_is_closed():
    gateway = live_gateway()
    opening(gateway)
    gateway.stop()
    gateway.delete()
    assert gateway.ended
    gateway.open(2)
    assert gateway.opened == set()


def test_the_subscription_that_is_kept_is_that_of_the_new_connection():
    gateway = live_gateway()
    overlapping(gateway)
    gateway.perform(gateway.session.stop(gateway.now, keep=True))
    gateway.delete()
    gateway.cut(2)
    assert gateway.ended
    assert gateway.subscriptions == {"sub-2": 2}
    assert gateway.session.past(gateway.now).subscription_id == "sub-2"


# The machine slept.


@pytest.mark.parametrize("stage", BEFORE)
def test_the_machine_slept_during_a_take_over(stage):
    gateway = live_gateway()
    stage(gateway)
    gateway.now += 100
    told = gateway.perform(gateway.session.woke(gateway.now))
    assert gateway.opened == set()
    assert of(Reconnecting, told) == [Reconnecting("the machine was suspended", 0.0)]
    gateway.tick(gateway.now)
    assert gateway.ordered[-1] == Connect(3, "wsc-1", "login-1")
    gateway.open()
    gateway.greet()
    told = gateway.grant()
    assert of(Ready, told)
    assert of(Gap, told)[0].end == gateway.now


def test_the_machine_slept_while_both_listened():
    gateway = live_gateway()
    overlapping(gateway)
    gateway.now += 100
    gateway.perform(gateway.session.woke(gateway.now))
    gateway.tick(gateway.now)
    assert gateway.ordered[-1] == Connect(3, "wsc-2", "login-2")
    gateway.open(used_wsc=True)
    gateway.subscriptions["sub-2"] = 3
    gateway.greet(recovery=RECOVERED)
    gateway.echo()
    gateway.delete()
    assert gateway.opened == {3}
    assert gateway.subscriptions == {"sub-2": 3}


# What the new connection brings.


def test_the_takeover_step_by_step():
    gateway = live_gateway()
    subscribing(gateway)
    session = gateway.session
    assert session.subscription_id == "sub-1"
    ((link, request),) = gateway.requests
    granted = answer(request, id="sub-2", eventFilters=RESOLVED)
    commands = session.receive(link, [granted], now=41)
    assert commands[:2] == [SubscriptionChanged("sub-2", active=True), TookOver(TOKEN_ENDS)]
    assert sent(commands) == [delete("sub-1")]
    assert session.subscription_id == "sub-2"
    done = session.receive(1, [answer(request_id(commands, "DELETE"), 204)], now=42)
    assert done == [SubscriptionChanged("sub-1", active=False), Close(1)]
    assert session.receive(1, [event("late")], now=43) == []


def test_copies_are_counted_as_dropped():
    drops = DropCounter()
    gateway = live_gateway(session=new_session(drops=drops))
    overlapping(gateway)
    gateway.happens("both", "sub-1", "sub-2")
    assert gateway.printed == ["both/sub-1"]
    assert drops.by_reason() == {"takeover_copy": 1}


def test_the_wsc_of_the_new_connection_counts_from_its_takeover_on():
    gateway = live_gateway()
    subscribing(gateway)
    gateway.say(2, Message(Heartbeat("theirs"), Wsc("newer", 5)))
    gateway.say(2, Message(Heartbeat("theirs"), Wsc("older", 2)))
    gateway.say(2, details(timeout=7, wsc=""))
    assert gateway.session.past(DUE).wsc == Wsc("wsc-1", 1)
    gateway.grant()
    past = gateway.session.past(DUE)
    assert (past.wsc, past.limits.recovery_timeout) == (Wsc("newer", 5), 7)


def test_the_new_connection_is_refused_instead_of_greeted():
    gateway = live_gateway()
    greeting(gateway)
    (notice,) = of(Notice, gateway.say(2, error("WSG-400")))
    assert notice.event == "takeover"
    # The token that recovers the present session is not the one that was refused.
    assert gateway.session.past(DUE).wsc == Wsc("wsc-1", 1)


# What was in transit on the replaced connection.


def test_events_may_be_in_transit_until_the_replaced_connection_is_closed():
    gateway = live_gateway()
    subscribing(gateway)
    gateway.happens("a", "sub-1")
    assert gateway.session.behind_since(DUE) is None
    gateway.now = DUE + 1
    gateway.grant()
    assert gateway.session.behind_since(DUE + 2) == DUE
    gateway.delete()
    assert gateway.session.behind_since(DUE + 3) is None


def test_a_replaced_connection_that_is_lost_too_early_is_a_gap_since_the_takeover():
    gateway = live_gateway()
    overlapping(gateway)
    gateway.now = DUE + 1
    gateway.happens("a", "sub-1")
    gateway.now = DUE + 2
    assert gateway.cut(1) == [Gap(DUE, DUE + 2, "cut", recovered=False)]


@pytest.mark.parametrize("last", [DUE - 30, DUE])
def test_events_of_a_replaced_connection_may_be_missing_since_its_last_message(last):
    gateway = live_gateway()
    gateway.now = last
    gateway.happens("a", "sub-1")
    subscribing(gateway)
    gateway.now = DUE + 1
    gateway.grant()
    gateway.stop()
    gateway.now = DUE + 2
    assert gateway.cut(1) == [Gap(last, DUE + 2, "cut", recovered=False)]


def test_a_replaced_connection_that_does_not_answer_is_closed_in_time():
    gateway = live_gateway()
    overlapping(gateway)
    gateway.happens("a", "sub-1")
    over = DUE + RETIRE_WITHIN
    gateway.tick(over - 0.1)
    assert gateway.opened == {1, 2}
    assert gateway.session.next_deadline() == over
    lost = Gap(DUE, over, "the gateway did not answer", recovered=False)
    assert gateway.tick(over) == [lost]
    assert gateway.opened == {2}
    # Its subscription is deleted on the other one.
    assert [(link, id_) for link, _, id_ in gateway.deletes] == [(2, "sub-1")]


def test_an_open_gap_is_reported_when_another_connection_takes_over():
    gateway = live_gateway()
    subscribing(gateway)
    gateway.say(1, event("x", "sub-of-another"))
    gateway.now = DUE + 2
    (gap,) = of(Gap, gateway.grant(2))
    assert (gap.start, gap.end, gap.recovered) == (0, DUE + 2, False)


def test_renewals_of_closed_connections_are_ignored():
    gateway = live_gateway(refreshable=True)
    gateway.tick(DUE)
    gateway.cut(1)
    token = TokenLife(ends=DUE + LIFE, life=LIFE, refreshable=True)
    assert gateway.session.token_renewed(1, token, now=DUE) == []
    assert gateway.session.renewal_failed(1, AuthError("late"), now=DUE) == []


def test_the_next_take_over_waits_until_what_the_last_one_left_is_closed():
    gateway = live_gateway()
    subscribing(gateway)
    # The current connection is cut during the take-over, and recovered with a token that ends soon.
    gateway.cut(1)
    gateway.life = 10
    gateway.recover("sub-1")
    gateway.echo()
    gateway.grant(2)
    assert gateway.link == 3
    for second in range(1, 10):
        gateway.tick(DUE + second)
        gateway.happens(f"e{second}", "sub-2", "sub-1")
    contents = [uuid.partition("/")[0] for uuid in gateway.printed]
    assert contents == [f"e{second}" for second in range(1, 10)]
    # As soon as the one that was given up is closed, or is given up itself, the next is opened.
    gateway.delete()
    gateway.tick(DUE + 10)
    assert gateway.link == 4
