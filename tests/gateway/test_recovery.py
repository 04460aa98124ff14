"""A connection is lost, or an earlier run ended: its session is recovered."""

import pytest
from msgspec.structs import replace

from rc_tail.errors import (
    ConnectionLostError,
)
from rc_tail.gateway.commands import (
    Close,
    Connect,
    Deliver,
    Gap,
    Notice,
    Ready,
    Reconnecting,
    Stop,
    SubscriptionChanged,
)
from rc_tail.gateway.messages import (
    ConnectionDetails,
    Heartbeat,
    Message,
    Notification,
    Wsc,
)
from rc_tail.gateway.recovery import PreviousSession
from rc_tail.gateway.supervision import (
    LEAVE_WITHIN,
)
from tests.gateway.transcript import (
    CUT,
    DUE,
    FAILED,
    RECOVERED,
    RESOLVED,
    SUBSCRIBE,
    answer,
    delete,
    details,
    echo,
    error,
    event,
    granted,
    live_gateway,
    live_session,
    new_session,
    only,
    printed,
    reconnect,
    reconnecting_session,
    request_id,
    sent,
    subscribing,
    subscribing_session,
)


def test_a_lost_connection_is_replaced_at_once_and_recovers():
    session = live_session(now=0)
    session.receive(1, [event("a"), event("b")], now=90)
    assert session.connection_lost(1, CUT, now=100) == [
        Close(1, abort=True),
        Reconnecting(CUT.message, 0.0),
    ]
    assert session.next_deadline() == 100
    assert session.tick(now=100) == [Connect(2, wsc="wsc-1", oauth_session="oauth-1")]
    session.opened(2, oauth_session="oauth-1", used_wsc=True, now=101)
    probe = session.receive(2, [details(RECOVERED, wsc="wsc-2")], now=102)
    assert sent(probe) == ["Heartbeat"]
    commands = session.receive(2, [event("b"), event("c")], now=103)
    assert printed(commands) == ["c"]
    assert session.receive(2, [Message(Heartbeat("theirs"))], now=103) == []
    last = event("d")
    assert isinstance(last.content, Notification)
    assert session.receive(2, [echo(probe), last], now=104) == [
        Ready(first=False, filters=None),
        Gap(90, 104, CUT.message, recovered=True, replayed=1, unsure=True, lost_at=100),
        Deliver([last.content]),
    ]
    assert session.subscription_id == "sub-1"
    assert session.connection_lost(2, CUT, now=200)[0] == Close(2, abort=True)
    assert session.tick(now=200) == [Connect(3, wsc="wsc-2", oauth_session="oauth-1")]


@pytest.mark.parametrize(
    ("lost", "unsure"),
    [
        (CUT, True),
        (ConnectionLostError("the gateway broke the protocol", close_code=1002), True),
        # What came before the goodbye came, and what comes behind it is kept.
        (ConnectionLostError("restarting", close_code=1012), False),
        (ConnectionLostError("the gateway closed the connection", close_code=1005), False),
    ],
)
def test_events_in_transit_when_a_connection_broke_may_not_be_replayed(lost, unsure):
    session = live_session(now=0)
    session.connection_lost(1, lost, now=100)
    link = only(Connect, session.tick(now=100)).link
    session.opened(link, oauth_session="oauth-1", used_wsc=True, now=101)
    probe = session.receive(link, [details(RECOVERED, wsc="wsc-2")], now=102)
    gap = only(Gap, session.receive(link, [echo(probe)], now=104))
    assert (gap.recovered, gap.unsure) == (True, unsure)


def test_nothing_was_in_transit_on_a_connection_that_was_not_live():
    session = live_session(now=0)
    session.connection_lost(1, ConnectionLostError("restarting", close_code=1012), now=100)
    session.tick(now=100)
    session.connection_lost(2, CUT, now=101)
    link = only(Connect, session.tick(now=session.next_deadline() or 0)).link
    session.opened(link, oauth_session="oauth-1", used_wsc=True, now=103)
    probe = session.receive(link, [details(RECOVERED, wsc="wsc-2")], now=104)
    assert not only(Gap, session.receive(link, [echo(probe)], now=105)).unsure


@pytest.mark.parametrize(("events", "overflow"), [(99, False), (100, True), (150, True)])
def test_a_replay_that_fills_the_buffer_may_have_lost_the_oldest(events, overflow):
    session = reconnecting_session(lost=100)
    probe = session.receive(2, [details(RECOVERED)], now=101)
    session.receive(2, [event(f"e{i}") for i in range(events)], now=102)
    gap = only(Gap, session.receive(2, [echo(probe)], now=103))
    assert (gap.recovered, gap.replayed, gap.overflow) == (True, events, overflow)


def test_a_replay_without_a_known_buffer_never_overflows():
    session = reconnecting_session(lost=100)
    probe = session.receive(2, [details(RECOVERED, buffer=None)], now=101)
    session.receive(2, [event(f"e{i}") for i in range(500)], now=102)
    assert not only(Gap, session.receive(2, [echo(probe)], now=103)).overflow


def test_a_recovery_that_is_cut_short_is_one_gap():
    session = reconnecting_session(lost=100)
    session.receive(2, [details(RECOVERED)], now=101)
    session.receive(2, [event(f"e{i}") for i in range(100)], now=102)
    session.connection_lost(2, ConnectionLostError("cut again"), now=103)
    reconnect(session)
    probe = session.receive(3, [details(RECOVERED), event("e99"), event("e100")], now=104)
    gap = only(Gap, session.receive(3, [echo(probe)], now=105))
    assert gap == Gap(
        100,
        105,
        CUT.message,
        recovered=True,
        replayed=101,
        overflow=True,
        unsure=True,
        lost_at=100,
    )
    session.connection_lost(3, CUT, now=200)
    reconnect(session)
    probe = session.receive(4, [details(RECOVERED)], now=200)
    gap = only(Gap, session.receive(4, [echo(probe)], now=201))
    assert gap == Gap(105, 201, CUT.message, recovered=True, unsure=True, lost_at=200)


def test_a_failed_recovery_subscribes_again_on_the_same_connection():
    session = reconnecting_session(lost=100)
    asked = session.receive(2, [details(FAILED)], now=103)
    assert sent(asked) == [delete("sub-1"), SUBSCRIBE]
    commands = session.receive(2, [granted(asked, "sub-2"), event("a", "sub-2")], now=104)
    assert commands[:3] == [
        SubscriptionChanged("sub-2", active=True),
        Ready(first=False, filters=tuple(RESOLVED)),
        Gap(100, 104, CUT.message, recovered=False),
    ]
    assert printed(commands) == ["a"]
    gone = session.receive(2, [answer(request_id(asked, "DELETE"), 204)], now=105)
    assert gone == [SubscriptionChanged("sub-1", active=False)]
    assert session.subscription_id == "sub-2"


@pytest.mark.parametrize(
    ("status", "told"), [(404, [SubscriptionChanged("sub-1", active=False)]), (500, [])]
)
def test_the_old_subscription_may_be_gone_already(status, told):
    session = reconnecting_session(lost=100)
    asked = session.receive(2, [details(FAILED)], now=103)
    assert session.receive(2, [answer(request_id(asked, "DELETE"), status)], now=104) == told
    assert only(Ready, session.receive(2, [granted(asked, "sub-2")], now=104)).first is False


def test_a_wsc_that_the_gateway_does_not_know_is_not_used_again():
    session = reconnecting_session(lost=100)
    commands = session.receive(2, [error("WSG-400", message="bad wsc")], now=101)
    assert commands == [
        Close(2, abort=True),
        Reconnecting("the gateway refused: WSG-400 bad wsc", 1.0),
    ]
    assert session.connection_lost(2, CUT, now=101) == []
    assert session.tick(now=102) == [Connect(3)]
    session.opened(3, oauth_session="oauth-1", used_wsc=False, now=103)
    # The subscription of the lost session still counts.
    asked = session.receive(3, [details()], now=103)
    assert sent(asked) == [delete("sub-1"), SUBSCRIBE]
    gap = only(Gap, session.receive(3, [granted(asked, "sub-2")], now=104))
    assert gap == Gap(100, 104, CUT.message, recovered=False)


def test_a_refusal_without_a_reason():
    session = reconnecting_session(lost=100)
    commands = session.receive(2, [error("", message="")], now=101)
    assert only(Reconnecting, commands).reason == "the gateway refused: no reason given"


@pytest.mark.parametrize(
    ("timeout", "later", "wsc"),
    [(180, 180, "wsc-1"), (180, 181, ""), (30, 31, ""), (None, 9999, "wsc-1")],
)
def test_the_recovery_time_out_is_the_announced_one(timeout, later, wsc):
    session = new_session()
    session.start(now=0)
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=0)
    asked = session.receive(1, [details(timeout=timeout)], now=0)
    session.receive(1, [granted(asked)], now=0)
    session.connection_lost(1, CUT, now=0)
    assert only(Connect, session.tick(now=later)).wsc == wsc


def test_another_oauth_session_cannot_recover():
    session = reconnecting_session(lost=100, used_wsc=False)
    # Not even if the gateway says so: nothing was asked to be recovered.
    asked = session.receive(2, [details(RECOVERED)], now=102)
    assert sent(asked) == [delete("sub-1"), SUBSCRIBE]


def test_the_wsc_belongs_to_the_oauth_session_of_its_connection():
    session = live_session(now=0)
    session.connection_lost(1, CUT, now=10)
    session.tick(now=10)
    session.opened(2, oauth_session="oauth-2", used_wsc=False, now=11)
    asked = session.receive(2, [details(wsc="wsc-2")], now=11)
    session.receive(2, [granted(asked, "sub-2")], now=11)
    session.connection_lost(2, CUT, now=20)
    assert session.tick(now=20) == [Connect(3, wsc="wsc-2", oauth_session="oauth-2")]


@pytest.mark.parametrize(
    ("riding", "kept"),
    [
        ([("new", 7)], "new"),
        ([("new", 7), ("old", 3)], "new"),
        ([("new", 7), ("same", 7)], "same"),
        ([("old", 0)], "wsc-1"),
    ],
)
def test_the_wsc_of_the_highest_sequence_wins(riding, kept):
    session = live_session(now=0)
    for number, (token, sequence) in enumerate(riding):
        content = event(f"e{number}").content
        session.receive(1, [Message(content, Wsc(token, sequence))], now=1)
    session.connection_lost(1, CUT, now=2)
    assert only(Connect, session.tick(now=2)).wsc == kept


def test_the_wsc_of_a_new_greeting_replaces_a_higher_one():
    session = live_session(now=0)
    session.receive(1, [Message(event("a").content, Wsc("high", 99))], now=1)
    session.connection_lost(1, CUT, now=2)
    assert only(Connect, session.tick(now=2)).wsc == "high"
    session.opened(2, oauth_session="oauth-1", used_wsc=True, now=3)
    session.receive(2, [details(RECOVERED, wsc="low", sequence=1)], now=3)
    session.connection_lost(2, CUT, now=4)
    assert reconnect(session).wsc == "low"


def test_without_a_subscription_there_is_nothing_to_recover():
    session, _ = subscribing_session()
    session.connection_lost(1, CUT, now=1)
    assert session.tick(now=1) == [Connect(2)]


def test_an_error_message_before_the_close_is_the_reason():
    session = live_session(now=0)
    told = session.receive(1, [error("WSG-902", message="Idle timeout expired")], now=9)
    words = "the gateway reported an error: Idle timeout expired (WSG-902)"
    assert told == [Notice("gateway_error", words)]
    assert only(Reconnecting, session.connection_lost(1, CUT, now=9)).reason == words


def test_an_error_message_is_no_reason_when_events_follow_it():
    session = live_session(now=0)
    session.receive(1, [error("WSG-808", message=""), event("a")], now=9)
    assert only(Reconnecting, session.connection_lost(1, CUT, now=9)).reason == CUT.message


PAST = PreviousSession(
    wsc=Wsc("wsc-9", 9),
    oauth_session="oauth-1",
    subscription_id="sub-9",
    limits=ConnectionDetails(recovery_timeout=180),
    lost_at=0,
    reason="it was stopped",
    unsure=True,
)


def test_a_kept_session_is_closed_without_deleting_and_continued():
    session = live_session()
    session.receive(1, [event("a")], now=50)
    commands = session.stop(now=60, keep=True)
    assert commands == [Close(1)]
    # What comes until the gateway has closed as well is printed.
    assert printed(session.receive(1, [event("b")], now=61)) == ["b"]
    past = session.past(now=61)
    assert session.connection_lost(1, CUT, now=62)[-1] == Stop()
    assert (past.wsc, past.oauth_session) == (Wsc("wsc-1", 1), "oauth-1")
    assert (past.subscription_id, past.lost_at) == ("sub-1", 61)

    later = new_session(past=past)
    assert later.lost_at == 61
    assert later.start(now=100) == [Connect(1, wsc="wsc-1", oauth_session="oauth-1")]
    later.opened(1, oauth_session="oauth-1", used_wsc=True, now=100)
    probe = later.receive(1, [details(RECOVERED), event("c")], now=100)
    ready, gap = later.receive(1, [echo(probe)], now=101)
    assert ready == Ready(first=True, filters=None)
    assert isinstance(gap, Gap)
    assert (gap.start, gap.end, gap.recovered, gap.replayed) == (61, 101, True, 1)


def test_a_session_that_ended_too_long_ago_is_deleted_and_a_gap():
    session = new_session(past=PAST)
    assert session.start(now=1000) == [Connect(1)]
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=1000)
    asked = session.receive(1, [details()], now=1000)
    assert sent(asked) == [delete("sub-9"), SUBSCRIBE]
    commands = session.receive(1, [granted(asked)], now=1001)
    assert commands[-1] == Gap(0, 1001, "it was stopped", recovered=False)
    assert session.lost_at is None


def test_a_session_that_ended_a_moment_ago_is_recovered_however_long_events_are_missing():
    past = replace(PAST, heard_at=990)
    session = new_session(past=past)
    assert session.start(now=1000) == [Connect(1, wsc="wsc-9", oauth_session="oauth-1")]
    session.opened(1, oauth_session="oauth-1", used_wsc=True, now=1000)
    probe = session.receive(1, [details(RECOVERED)], now=1000)
    (gap,) = (a for a in session.receive(1, [echo(probe)], now=1001) if isinstance(a, Gap))
    assert gap == Gap(0, 1001, "it was stopped", recovered=True, unsure=True)


def test_keeping_takes_two_seconds_at_most():
    session = live_session()
    session.stop(now=60, keep=True)
    assert session.next_deadline() == 60 + LEAVE_WITHIN
    assert session.tick(60 + LEAVE_WITHIN) == [Close(1, abort=True), Stop()]


def test_keeping_what_is_not_connected_keeps_when_it_was_lost():
    session = live_session()
    session.connection_lost(1, CUT, now=70)
    # No gap is told: the next run will.
    assert session.stop(now=80, keep=True) == [Stop()]
    past = session.past(now=80)
    assert (past.lost_at, past.reason) == (0, CUT.message)
    assert past.subscription_id == "sub-1"


def test_keeping_during_a_takeover_deletes_only_the_other_subscription():
    gateway = live_gateway()
    subscribing(gateway)
    gateway.perform(gateway.session.stop(DUE, keep=True))
    assert gateway.deletes == []
    gateway.grant()
    assert [id_ for _, _, id_ in gateway.deletes] == ["sub-2"]
    gateway.delete()
    gateway.cut(1)
    assert gateway.ended
    assert gateway.session.subscription_id == "sub-1"
