"""One connection takes another's place, and at every stage of that something goes wrong."""

from collections.abc import Sequence
from typing import Any, TypeVar

import pytest

from rc_tail.errors import (
    AuthError,
    BusyError,
    ConnectionLostError,
    RateLimitedError,
    RcTailError,
    TemporaryError,
    UnreachableError,
)
from rc_tail.gateway.actions import (
    Action,
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
    Notification,
    Wsc,
)
from rc_tail.gateway.renewal_plan import TIME_IS_UP, TOKEN_ENDS
from rc_tail.gateway.session import Session
from rc_tail.gateway.supervision import (
    GREETING_WITHIN,
    LEAVE_WITHIN,
    OPEN_WITHIN,
    RETIRE_WITHIN,
    SUBSCRIBED_WITHIN,
)
from tests.gateway.service import LIFE, Service, live_service
from tests.gateway.talk import (
    CUT,
    DUE,
    RECOVERED,
    SUBSCRIBE,
    answer,
    delete,
    details,
    echo,
    error,
    event,
    granted,
    new_session,
    only,
    overlapping_session,
    printed,
    request_id,
    sent,
)

# When the next connection is asked for: at four fifths of the token's life.
TIME = 40.0

T = TypeVar("T")


def of(kind: type[T], actions: Sequence[Action]) -> list[T]:
    return [action for action in actions if isinstance(action, kind)]


def wait_for_link(service: Service, number: int) -> None:
    """Let time pass until a connection is asked for."""
    while service.link < number:
        due = service.session.next_deadline()
        assert due is not None
        service.tick(max(due, service.now))


# The stages. Each begins at 40 s and leaves the old connection listening.


def opening(service: Service) -> None:
    service.tick(TIME)
    assert service.link == 2


def greeting(service: Service) -> None:
    opening(service)
    service.open()


def subscribing(service: Service) -> None:
    greeting(service)
    service.greet()


def making_room(service: Service) -> None:
    subscribing(service)
    service.refuse(403, "SUB-505")
    assert isinstance(service.asked[-1], FindStale)


def deleting_stale(service: Service) -> None:
    making_room(service)
    service.subscriptions["stale"] = 0
    service.perform(service.session.stale_found(2, ["stale"], service.now))


def overlapping(service: Service) -> None:
    subscribing(service)
    service.grant()
    assert service.opened == {1, 2}


STAGES = (opening, greeting, subscribing, making_room, deleting_stale, overlapping)
BEFORE = STAGES[:-1]


# It goes well.


def test_another_connection_takes_over_and_nothing_is_missed():
    service = live_service()
    assert service.tick(TIME - 0.1) == []
    assert service.asked == [Connect(1)]
    assert service.tick(TIME) == []
    # A login that outlives the present one; no recovery, since that would be the present session.
    assert service.asked[-1] == Connect(2, min_life=LIFE - TIME + 1)
    service.now = 41
    service.happens("before", "sub-1")
    service.open()
    service.greet()
    service.happens("asked", "sub-1")
    service.now = 42
    assert service.grant() == [TookOver(TOKEN_ENDS)]
    # The old subscription is deleted over its own connection, which is read meanwhile.
    assert [(link, id_) for link, _, id_ in service.deletes] == [(1, "sub-1")]
    service.happens("both", "sub-1", "sub-2")
    service.happens("two", "sub-2", "sub-1")
    service.delete()
    assert service.opened == {2}
    service.happens("after", "sub-2")
    told = ["before/sub-1", "asked/sub-1", "both/sub-1", "two/sub-2", "after/sub-2"]
    assert service.printed == told
    assert service.subscriptions == {"sub-2": 2}
    assert service.session.subscription_id == "sub-2"
    assert of(Gap, service.told) == []
    assert of(Ready, service.told) == []


def test_the_absolute_time_out_is_an_end_as_well():
    service = live_service(life=None, absolute=1000.0)
    service.tick(799)
    assert service.asked == [Connect(1)]
    service.tick(800)
    assert service.asked[-1] == Connect(2)
    service.open()
    service.greet()
    assert service.grant() == [TookOver(TIME_IS_UP)]
    service.delete()
    # The new one has a time of its own.
    service.tick(1599)
    assert service.link == 2
    service.tick(1600)
    assert service.link == 3


def test_what_belongs_to_a_session_is_that_of_the_new_connection():
    service = live_service(absolute=9000.0)
    service.absolute = 77.0
    subscribing(service)
    before = service.session.past(service.now)
    assert before.wsc is not None
    assert (before.wsc.token, before.oauth_session) == ("wsc-1", "login-1")
    assert before.limits.absolute_timeout == 9000
    service.grant()
    service.delete()
    past = service.session.past(service.now)
    assert past.wsc is not None
    assert (past.wsc.token, past.oauth_session) == ("wsc-2", "login-2")
    assert (past.subscription_id, past.limits.absolute_timeout) == ("sub-2", 77)
    service.cut(2)
    service.tick(service.now)
    assert service.asked[-1] == Connect(3, "wsc-2", "login-2")


def test_a_token_that_can_be_refreshed_keeps_its_session():
    service = live_service(refreshable=True)
    service.tick(TIME)
    assert service.asked[-1] == RenewToken(1, "login-1", min_life=LIFE - TIME + 1)
    token = TokenLife(ends=TIME + LIFE, life=LIFE, refreshable=True)
    assert service.perform(service.session.token_renewed(1, token, 41)) == []
    assert service.tick(79) == []
    assert len(service.asked) == 2
    service.tick(80)
    assert service.asked[-1] == RenewToken(1, "login-1", min_life=11)


def test_a_session_that_cannot_go_on_is_replaced():
    service = live_service(refreshable=True)
    service.tick(TIME)
    service.now = 41
    refused = AuthError("the OAuth session cannot be continued")
    assert service.perform(service.session.renewal_failed(1, refused, 41)) == []
    assert service.asked[-1] == Connect(2, min_life=LIFE - 41 + 1)
    # Said twice, it is done once.
    assert service.session.renewal_failed(1, refused, 41) == []
    service.open()
    service.greet()
    assert service.grant() == [TookOver(TOKEN_ENDS)]


def test_a_renewal_that_fails_for_now_is_tried_again():
    service = live_service(refreshable=True)
    service.tick(TIME)
    told = service.perform(service.session.renewal_failed(1, UnreachableError("no way"), TIME))
    (notice,) = of(Notice, told)
    assert "no way" in notice.message
    service.tick(TIME + 1.9)
    assert len(of(RenewToken, service.asked)) == 1
    service.tick(TIME + 2)
    assert len(of(RenewToken, service.asked)) == 2


@pytest.mark.parametrize("life", [3600.0, 300.0, 30.0, 4.0, 0.0])
def test_tokens_with_little_life_left_make_no_loop(life):
    service = live_service(life=life)
    began = 0.0
    for number in range(2, 7):
        wait_for_link(service, number)
        waited, began = service.now - began, service.now
        assert waited >= max(1.0, life / 2)
        service.open()
        service.greet()
        service.grant()
        service.delete()
    assert of(Notice, service.told) == []
    assert service.opened == {6}


# The next connection fails: the present one goes on.

FAILURES = [
    (opening, lambda s: s.fail(UnreachableError("no network")), "no network"),
    (opening, lambda s: s.fail(AuthError("the JWT was refused")), "the JWT was refused"),
    (opening, lambda s: s.tick(TIME + OPEN_WITHIN), "connecting took too long"),
    (greeting, lambda s: s.cut(2, ConnectionLostError("reset")), "reset"),
    (greeting, lambda s: s.tick(TIME + GREETING_WITHIN), "the gateway did not greet"),
    (subscribing, lambda s: s.cut(2, ConnectionLostError("reset")), "reset"),
    (subscribing, lambda s: s.tick(TIME + SUBSCRIBED_WITHIN), "the subscription was not answered"),
    (subscribing, lambda s: s.refuse(403, "SUB-406"), "SUB-406"),
    (subscribing, lambda s: s.refuse(503), "X"),
    (subscribing, lambda s: s.refuse(401), "X"),
    (making_room, lambda s: s.perform(s.session.stale_found(2, [], s.now)), "SUB-505"),
]


@pytest.mark.parametrize(("stage", "fail", "words"), FAILURES)
def test_the_present_connection_goes_on_when_the_next_fails(stage, fail, words):
    service = live_service()
    stage(service)
    fail(service)
    failed = service.now
    (notice,) = of(Notice, service.told)
    assert words in notice.message
    assert service.opened == {1}
    assert service.subscriptions == {"sub-1": 1}
    service.happens("goes on", "sub-1")
    assert service.printed == ["goes on/sub-1"]
    # Tried again, a little later.
    service.tick(failed + 1.9)
    assert service.link == 2
    service.tick(failed + 2)
    assert service.link == 3
    service.open()
    service.greet()
    assert of(TookOver, service.grant())


def test_the_tries_grow_rarer():
    service = live_service()
    opening(service)
    waits = []
    for number in range(3, 12):
        service.fail(UnreachableError("no network"))
        failed = service.now
        wait_for_link(service, number)
        waits.append(service.now - failed)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_the_service_says_when_to_try_again():
    service = live_service()
    opening(service)
    service.fail(RateLimitedError("slow down", retry_after=55.0))
    service.tick(TIME + 54)
    assert service.link == 2
    service.tick(TIME + 55)
    assert service.link == 3


@pytest.mark.parametrize("failure", [TemporaryError("busy"), AuthError("refused")])
def test_the_session_does_not_end_however_often_it_fails(failure):
    service = live_service()
    opening(service)
    for number in range(3, 30):
        service.fail(failure)
        wait_for_link(service, number)
    assert not service.ended
    assert service.opened == {1}


def test_a_token_that_is_refused_on_the_next_connection_is_told_to_the_worker():
    service = live_service()
    subscribing(service)
    service.refuse(401)
    service.tick(TIME + 2)
    assert service.asked[-1] == Connect(3, rejected=True, min_life=9)
    service.open()
    service.greet()
    service.refuse(401)
    # The present one is none the worse for it.
    assert service.opened == {1}
    assert not service.ended


def test_a_subscription_of_which_nothing_is_left_is_deleted():
    service = live_service()
    subscribing(service)
    link, request = service.take_request(None)
    service.subscriptions["empty"] = 2
    body: dict[str, Any] = {
        "id": "empty",
        "eventFilters": [],
        "disabledFilters": [{"filter": "/presence"}],
    }
    service.say(link, answer(request, **body))
    assert [id_ for _, _, id_ in service.deletes] == ["empty"]
    service.delete()
    assert service.opened == {1}
    assert service.subscriptions == {"sub-1": 1}


# No room for a second subscription.


def test_stale_subscriptions_make_room():
    service = live_service()
    making_room(service)
    assert service.asked[-1] == FindStale(2, frozenset({"sub-1"}))
    service.subscriptions |= {"stale-1": 0, "stale-2": 0}
    service.perform(service.session.stale_found(2, ["stale-1", "stale-2"], service.now))
    assert [id_ for _, _, id_ in service.deletes] == ["stale-1", "stale-2"]
    service.delete()
    assert of(TookOver, service.grant())
    assert sorted(service.subscriptions) == ["sub-1", "sub-2"]


def test_room_is_made_once():
    service = live_service()
    deleting_stale(service)
    service.delete()
    service.refuse(403, "SUB-505")
    assert len(of(FindStale, service.asked)) == 1
    assert service.opened == {1}
    (notice,) = of(Notice, service.told)
    assert "SUB-505" in notice.message


def first_without_room() -> Service:
    service = Service()
    service.perform(service.session.start(0))
    service.open()
    service.greet()
    service.refuse(403, "SUB-505")
    return service


def test_room_is_made_for_the_first_connection_too():
    service = first_without_room()
    assert service.asked[-1] == FindStale(1, frozenset())
    service.perform(service.session.stale_found(1, ["stale"], 1))
    service.delete()
    assert of(Ready, service.grant())


def test_without_room_it_ends_and_says_how():
    service = first_without_room()
    (stop,) = of(Stop, service.perform(service.session.stale_found(1, [], 1)))
    assert isinstance(stop.error, BusyError)
    assert "SUB-505" in stop.error.message
    assert stop.error.hint
    assert service.opened == set()


def test_stale_ones_that_nobody_asked_for_are_left_alone():
    service = live_service()
    assert service.session.stale_found(1, ["other"], 1) == []
    assert service.session.stale_found(9, ["other"], 1) == []


# The present connection is lost meanwhile: its own session is recovered first.


@pytest.mark.parametrize("stage", BEFORE)
def test_the_present_session_is_recovered_first(stage):
    service = live_service()
    stage(service)
    assert of(Reconnecting, service.cut(1)) == [Reconnecting("cut", 0.0)]
    service.tick(service.now)
    assert service.asked[-1] == Connect(3, "wsc-1", "login-1")
    service.open(used_wsc=True)
    service.subscriptions["sub-1"] = 3
    # What was asked for meanwhile is deleted as soon as it is there.
    granted = bool(service.requests)
    if granted:
        service.grant(2)
        service.happens("early", "sub-2")
        service.delete()
    assert service.opened == {3}
    service.greet(recovery=RECOVERED)
    service.happens("early", "sub-1")
    (gap,) = of(Gap, service.echo())
    assert gap.recovered
    assert service.session.subscription_id == "sub-1"
    service.happens("then", "sub-1")
    assert service.printed == ["early/sub-2" if granted else "early/sub-1", "then/sub-1"]
    assert set(service.subscriptions) <= {"sub-1", "stale"}
    # The end of the token is still near.
    wait_for_link(service, 4)
    assert service.now < TIME + LIFE


def test_two_events_of_one_content_are_printed_though_a_recovery_lies_between():
    service = live_service()
    subscribing(service)
    service.happens("busy", "sub-1")
    service.cut(1)
    service.tick(service.now)
    service.open(used_wsc=True)
    service.subscriptions["sub-1"] = 3
    service.greet(recovery=RECOVERED)
    service.happens("busy'", "sub-1")
    service.echo()
    assert service.printed == ["busy/sub-1", "busy'/sub-1"]


def test_what_comes_before_the_answer_is_printed_though_the_like_came_before():
    service = live_service()
    subscribing(service)
    service.happens("busy", "sub-1")
    service.now += 1
    service.subscriptions["sub-2"] = 2
    service.happens("busy'", "sub-2")
    service.grant(created=TIME + 0.5)
    # The old connection does not bring it any more.
    service.cut(1)
    assert service.printed == ["busy/sub-1", "busy'/sub-2"]


def test_a_subscription_that_is_replaced_meanwhile_does_not_start_a_third_connection():
    service = live_service()
    subscribing(service)
    # Somebody replaces the present subscription: it is asked for again.
    service.say(1, event("x", "sub-of-somebody"))
    service.grant(1)
    for later in range(1, 20):
        service.tick(TIME + later)
    assert service.link == 2
    assert of(TookOver, service.grant(2))
    service.delete()
    assert service.opened == {2}


# The replaced connection ends.


def test_the_replaced_connection_is_lost_before_its_subscription_is_deleted():
    service = live_service()
    overlapping(service)
    service.cut(1)
    assert [(link, id_) for link, _, id_ in service.deletes] == [(2, "sub-1")]
    service.delete()
    assert service.subscriptions == {"sub-2": 2}
    # What was on its way on it from before the other subscription is lost with it.
    assert [gap.reason for gap in of(Gap, service.told)] == ["cut"]


def test_the_replaced_connection_does_not_answer():
    service = live_service()
    overlapping(service)
    service.tick(TIME + RETIRE_WITHIN - 0.1)
    assert service.opened == {1, 2}
    service.tick(TIME + RETIRE_WITHIN)
    assert service.opened == {2}
    assert [(link, id_) for link, _, id_ in service.deletes] == [(2, "sub-1")]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_both_are_lost_and_the_old_subscription_is_deleted_all_the_same(order):
    service = live_service()
    overlapping(service)
    for link in order:
        service.cut(link)
    service.tick(service.now)
    service.open(used_wsc=True)
    service.subscriptions["sub-2"] = 3
    service.greet(recovery=RECOVERED)
    service.echo()
    assert [(link, id_) for link, _, id_ in service.deletes] == [(3, "sub-1")]
    service.delete()
    assert service.subscriptions == {"sub-2": 3}
    # And only once.
    service.cut(3)
    service.tick(service.now)
    service.open(used_wsc=True)
    service.greet(recovery=RECOVERED)
    service.echo()
    assert service.deletes == []


def test_the_old_subscription_is_deleted_after_a_recovery_that_failed():
    service = live_service()
    overlapping(service)
    service.cut(1)
    service.cut(2)
    service.tick(service.now)
    service.open()
    service.greet()
    service.grant()
    service.delete()
    assert service.subscriptions == {"sub-3": 3}


def test_a_delete_that_is_refused_is_not_repeated():
    service = live_service()
    overlapping(service)
    service.cut(1)
    service.delete(500)
    service.cut(2)
    service.tick(service.now)
    service.open(used_wsc=True)
    service.greet(recovery=RECOVERED)
    service.echo()
    assert service.deletes == []


def test_copies_that_come_late_are_copies():
    service = live_service()
    overlapping(service)
    service.happens("late", "sub-1")
    service.delete()
    service.now += 4
    service.happens("late", "sub-2", sent=TIME)
    assert service.printed == ["late/sub-1"]
    # Later they are events of their own.
    service.now += 40
    service.happens("late'", "sub-2", sent=TIME)
    assert service.printed == ["late/sub-1", "late'/sub-2"]


# Stopping.


@pytest.mark.parametrize("failure", [None, RcTailError("disk full")])
@pytest.mark.parametrize("stage", STAGES)
def test_stopping_at_any_stage_leaves_nothing_behind(stage, failure):
    service = live_service()
    stage(service)
    service.stop(failure)
    for _ in range(4):
        if service.requests:
            service.grant()
        service.delete()
    assert service.opened == set()
    assert service.subscriptions == {}
    assert service.told[-1] == Stop(failure)
    assert service.session.next_deadline() is None


@pytest.mark.parametrize("stage", STAGES)
def test_stopping_at_any_stage_takes_two_seconds_at_most(stage):
    service = live_service()
    stage(service)
    service.stop()
    stopped = service.now
    while not service.ended:
        due = service.session.next_deadline()
        assert due is not None
        service.tick(max(due, service.now))
        assert service.now <= stopped + LEAVE_WITHIN
    assert service.opened == set()


@pytest.mark.parametrize("first", [1, 2])
def test_both_are_lost_while_stopping(first):
    service = live_service()
    overlapping(service)
    service.stop()
    service.cut(first)
    assert not service.ended
    service.cut(3 - first)
    assert service.ended


def test_a_connection_that_opens_after_the_end_is_closed():
    service = live_service()
    opening(service)
    service.stop()
    service.delete()
    assert service.ended
    service.open(2)
    assert service.opened == set()


def test_the_subscription_that_is_kept_is_that_of_the_new_connection():
    service = live_service()
    overlapping(service)
    service.perform(service.session.stop(service.now, keep=True))
    service.delete()
    service.cut(2)
    assert service.ended
    assert service.subscriptions == {"sub-2": 2}
    assert service.session.past(service.now).subscription_id == "sub-2"


# The machine slept.


@pytest.mark.parametrize("stage", BEFORE)
def test_the_machine_slept_during_a_take_over(stage):
    service = live_service()
    stage(service)
    service.now += 100
    told = service.perform(service.session.woke(service.now))
    assert service.opened == set()
    assert of(Reconnecting, told) == [Reconnecting("the machine slept", 0.0)]
    service.tick(service.now)
    assert service.asked[-1] == Connect(3, "wsc-1", "login-1")
    service.open()
    service.greet()
    told = service.grant()
    assert of(Ready, told)
    assert of(Gap, told)[0].end == service.now


def test_the_machine_slept_while_both_listened():
    service = live_service()
    overlapping(service)
    service.now += 100
    service.perform(service.session.woke(service.now))
    service.tick(service.now)
    assert service.asked[-1] == Connect(3, "wsc-2", "login-2")
    service.open(used_wsc=True)
    service.subscriptions["sub-2"] = 3
    service.greet(recovery=RECOVERED)
    service.echo()
    service.delete()
    assert service.opened == {3}
    assert service.subscriptions == {"sub-2": 3}


HOUR = 3600.0
HOUR_DUE = HOUR * 0.8


def listening(*, refreshable: bool = False, drops: DropCounter | None = None) -> Session:
    """A session that listens since 0, on an access token that lives an hour."""
    session = new_session(drops=drops)
    session.start(now=0)
    open_link(session, 1, now=0, refreshable=refreshable)
    asked = session.receive(1, [details()], now=0)
    session.receive(1, [granted(asked)], now=0)
    return session


def open_link(
    session: Session, link: int, now: float, *, refreshable: bool = False, oauth: str = "oauth-1"
) -> None:
    token = TokenLife(ends=now + HOUR, life=HOUR, refreshable=refreshable)
    session.opened(link, oauth_session=oauth, used_wsc=False, now=now, token=token)


def beating(
    session: Session, until: float, now: float = 0
) -> list[Connect | RenewToken | Reconnecting]:
    """Answer pings and heartbeats until something else is wanted; return that."""
    while now < until:
        due = session.next_deadline()
        assert due is not None
        now = min(due, until)
        actions = session.tick(now)
        session.frame_came(1, now)
        if sent(actions):
            session.receive(1, [echo(actions)], now)
        if wanted := [a for a in actions if isinstance(a, Connect | RenewToken | Reconnecting)]:
            return wanted
    return []


def taking_over(drops: DropCounter | None = None) -> tuple[Session, list[Action]]:
    """A session whose second connection has just asked for its subscription at `HOUR_DUE`."""
    session = listening(drops=drops)
    beating(session, HOUR_DUE)
    open_link(session, 2, now=HOUR_DUE, oauth="oauth-2")
    return session, session.receive(2, [details(wsc="wsc-2")], now=HOUR_DUE)


def copy_of(uuid: str, subscription: str, stamp: str) -> Message:
    """The same event as every subscription has it, under a uuid of its own."""
    payload = (
        f'{{"uuid":"{uuid}","event":"/presence","timestamp":"{stamp}",'
        f'"subscriptionId":"{subscription}","body":{{"n":1}}}}'
    )
    return Message(
        Notification(uuid, "/presence", stamp, payload.encode(), subscription_id=subscription)
    )


def test_the_other_connections_wsc_and_limits_count_when_it_takes_over():
    session, asked = overlapping_session()
    parts = [
        Message(Heartbeat("theirs"), Wsc("newer", 5)),
        Message(Heartbeat("theirs"), Wsc("o", 2)),
    ]
    session.receive(2, [*parts, details(timeout=7, wsc="")], now=DUE)
    session.connection_lost(2, CUT, now=DUE)
    assert session.past(now=DUE).wsc == Wsc("wsc-1", 1)

    session, asked = overlapping_session()
    session.receive(2, [*parts, details(timeout=7, wsc=""), granted(asked, "sub-2")], now=DUE)
    past = session.past(now=DUE)
    assert (past.wsc, past.oauth_session) == (Wsc("newer", 5), "oauth-2")
    assert past.limits.recovery_timeout == 7


def test_the_other_connection_is_not_greeted():
    session, _ = overlapping_session()
    session.connection_lost(2, CUT, now=DUE)
    retry = session.next_deadline()
    assert retry is not None
    assert only(Connect, session.tick(retry)).link == 3
    session.opened(3, oauth_session="oauth-3", used_wsc=False, now=retry)
    actions = session.receive(3, [error("WSG-400")], now=retry)
    assert only(Notice, actions).event == "takeover"
    # What recovers the first is still known.
    assert session.past(now=retry).wsc == Wsc("wsc-1", 1)


def test_the_other_connection_takes_over_without_a_gap():
    session, asked = taking_over()
    assert sent(asked) == [SUBSCRIBE]
    # Nothing changes until the second subscription is confirmed.
    assert printed(session.receive(1, [event("a")], now=HOUR_DUE)) == ["a"]
    assert session.subscription_id == "sub-1"
    actions = session.receive(2, [granted(asked, "sub-2")], now=HOUR_DUE + 1)
    assert actions[:2] == [SubscriptionChanged("sub-2", active=True), TookOver(TOKEN_ENDS)]
    assert sent(actions) == [delete("sub-1")]
    assert not [a for a in actions if isinstance(a, Gap | Ready)]
    assert session.subscription_id == "sub-2"
    # What comes on the old one until it is closed is printed.
    assert printed(session.receive(1, [event("b")], now=HOUR_DUE + 1)) == ["b"]
    assert printed(session.receive(2, [event("c", "sub-2")], now=HOUR_DUE + 1)) == ["c"]
    done = session.receive(1, [answer(request_id(actions, "DELETE"), 204)], now=HOUR_DUE + 2)
    assert done == [SubscriptionChanged("sub-1", active=False), Close(1)]
    assert session.receive(1, [event("late")], now=HOUR_DUE + 3) == []


def test_an_event_that_comes_on_both_is_printed_once():
    drops = DropCounter()
    session, asked = taking_over(drops)
    stamp = "2026-03-02T09:30:05Z"
    created = "2026-03-02T09:30:00Z"
    first = session.receive(1, [copy_of("u1", "sub-1", stamp)], now=HOUR_DUE)
    assert printed(first) == ["u1"]
    session.receive(2, [granted(asked, "sub-2", creationTime=created)], now=HOUR_DUE)
    assert printed(session.receive(2, [copy_of("u2", "sub-2", stamp)], now=HOUR_DUE)) == []
    assert drops.by_reason() == {"takeover_copy": 1}
    # The same content once more is another event.
    later = "2026-03-02T09:30:06Z"
    assert printed(session.receive(2, [copy_of("u3", "sub-2", later)], now=HOUR_DUE)) == ["u3"]
    assert printed(session.receive(1, [copy_of("u4", "sub-1", later)], now=HOUR_DUE)) == []


def test_what_a_replaced_connection_has_not_said_yet_is_on_its_way():
    session, asked = taking_over()
    session.receive(1, [event("a")], now=HOUR_DUE - 1)
    assert session.behind_since(HOUR_DUE) is None
    actions = session.receive(2, [granted(asked, "sub-2")], now=HOUR_DUE)
    assert session.behind_since(HOUR_DUE + 1) == HOUR_DUE - 1
    session.receive(1, [answer(request_id(actions, "DELETE"), 204)], now=HOUR_DUE + 2)
    assert session.behind_since(HOUR_DUE + 2) is None


def test_a_replaced_connection_that_is_lost_too_early_is_a_gap():
    session, asked = taking_over()
    session.receive(1, [event("a")], now=HOUR_DUE - 100)
    session.frame_came(1, now=HOUR_DUE - 1)
    session.receive(2, [granted(asked, "sub-2")], now=HOUR_DUE)
    session.receive(1, [event("b")], now=HOUR_DUE + 1)
    actions = session.connection_lost(1, CUT, now=HOUR_DUE + 2)
    assert actions[0] == Gap(HOUR_DUE, HOUR_DUE + 2, CUT.message, recovered=False)


@pytest.mark.parametrize("spoke", [HOUR_DUE - 100, HOUR_DUE - 1])
def test_what_a_replaced_connection_never_told_is_missing_since_its_last_message(spoke):
    session, asked = taking_over()
    session.receive(1, [event("a")], now=spoke)
    session.frame_came(1, now=HOUR_DUE - 0.5)
    session.receive(2, [granted(asked, "sub-2")], now=HOUR_DUE)
    session.stop(HOUR_DUE + 1)
    actions = session.connection_lost(1, CUT, now=HOUR_DUE + 2)
    assert actions[0] == Gap(spoke, HOUR_DUE + 2, CUT.message, recovered=False)


def test_a_replaced_connection_that_does_not_answer_is_closed_in_time():
    session, asked = taking_over()
    session.receive(2, [granted(asked, "sub-2")], now=HOUR_DUE)
    session.frame_came(2, now=HOUR_DUE + RETIRE_WITHIN - 1)
    assert session.next_deadline() == HOUR_DUE + RETIRE_WITHIN
    actions = session.tick(HOUR_DUE + RETIRE_WITHIN)
    # What was on its way on it before the other was confirmed may be lost.
    lost = Gap(HOUR_DUE, HOUR_DUE + RETIRE_WITHIN, "the gateway did not answer", recovered=False)
    assert actions[:2] == [lost, Close(1, abort=True)]
    # Its subscription is deleted on the other one.
    assert sent(actions) == [delete("sub-1")]
    gone = session.receive(2, [answer(request_id(actions, "DELETE"), 204)], now=HOUR_DUE + 11)
    assert gone == [SubscriptionChanged("sub-1", active=False)]


def test_a_gap_that_was_open_is_told_when_another_connection_takes_over():
    session, asked = taking_over()
    session.receive(1, [event("x", "sub-of-somebody")], now=HOUR_DUE + 1)
    actions = session.receive(2, [granted(asked, "sub-2")], now=HOUR_DUE + 2)
    (gap,) = (a for a in actions if isinstance(a, Gap))
    assert (gap.start, gap.end, gap.recovered) == (0, HOUR_DUE + 2, False)


def test_renewals_of_connections_that_are_gone_are_ignored():
    session = listening(refreshable=True)
    beating(session, HOUR_DUE)
    session.connection_lost(1, CUT, now=HOUR_DUE)
    token = TokenLife(ends=HOUR_DUE + HOUR, life=HOUR, refreshable=True)
    assert session.token_renewed(1, token, now=HOUR_DUE) == []
    assert session.renewal_failed(1, AuthError("late"), now=HOUR_DUE) == []
