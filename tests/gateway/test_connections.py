"""Connections that take each other's place, and sessions that another run continues."""

import pytest

from rc_tail.errors import AuthError, ConnectionLostError, RateLimitedError, UnreachableError
from rc_tail.gateway.actions import (
    Action,
    Close,
    Connect,
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
from rc_tail.gateway.messages import ConnectionDetails, Message, Notification, Wsc
from rc_tail.gateway.recovery import PreviousSession
from rc_tail.gateway.renewal_plan import TIME_IS_UP, TOKEN_ENDS
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.gateway.session import Session
from rc_tail.gateway.supervision import LEAVE_WITHIN, OPEN_WITHIN, RETIRE_WITHIN
from tests.gateway.talk import (
    FILTERS,
    RECOVERED,
    SUBSCRIBE,
    answer,
    delete,
    details,
    echo,
    event,
    granted,
    new_session,
    printed,
    reconnect,
    refused,
    request_id,
    sent,
)

CUT = ConnectionLostError("the connection was cut")
HOUR = 3600.0
# Of a token that lives an hour, when it is replaced.
DUE = HOUR * 0.8


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
    """A session whose second connection has just asked for its subscription at `DUE`."""
    session = listening(drops=drops)
    beating(session, DUE)
    open_link(session, 2, now=DUE, oauth="oauth-2")
    return session, session.receive(2, [details(wsc="wsc-2")], now=DUE)


def copy_of(uuid: str, subscription: str, stamp: str) -> Message:
    """The same event as every subscription has it, under a uuid of its own."""
    payload = (
        f'{{"uuid":"{uuid}","event":"/presence","timestamp":"{stamp}",'
        f'"subscriptionId":"{subscription}","body":{{"n":1}}}}'
    )
    return Message(
        Notification(uuid, "/presence", stamp, payload.encode(), subscription_id=subscription)
    )


# One connection at a time.


def test_what_is_told_of_unknown_connections_is_ignored():
    session = listening()
    before = session.next_deadline()
    assert session.opened(9, oauth_session="", used_wsc=False, now=1) == [Close(9)]
    assert session.open_failed(9, CUT, now=1) == []
    assert session.connection_lost(9, CUT, now=1) == []
    assert session.message_dropped(9, "bad", now=1) == []
    assert session.token_renewed(9, TokenLife(9, 9, True), now=1) == []
    assert session.renewal_failed(9, CUT, now=1) == []
    session.frame_came(9, now=1)
    assert session.next_deadline() == before


def test_a_message_that_was_dropped_is_a_gap_of_one_event():
    session = listening()
    assert session.message_dropped(1, "bad", now=2) == [Gap(0, 2, "bad", recovered=False, events=1)]


def test_a_connection_that_cannot_be_opened_is_tried_again_for_a_while():
    session = new_session()
    session.start(now=0)
    failure = UnreachableError("no network")
    assert session.open_failed(1, failure, now=0) == [Reconnecting("no network", 0)]
    assert reconnect(session) == Connect(2)
    assert session.connection_lost(2, CUT, now=1)[-1] == Reconnecting(CUT.message, 1)
    assert reconnect(session) == Connect(3)
    stop = session.connection_lost(3, CUT, now=2)[-1]
    assert isinstance(stop, Stop)
    assert session.next_deadline() is None
    assert session.stop(now=3) == []


def test_stopping_while_it_opens():
    session = new_session()
    session.start(now=0)
    assert session.stop(now=1) == [Close(1, abort=True), Stop()]


def test_a_machine_that_slept():
    session = listening()
    assert [type(a) for a in session.woke(now=900)] == [Close, Reconnecting]
    assert [type(a) for a in session.woke(now=900)] == [Connect]
    assert [type(a) for a in session.woke(now=1900)] == [Close, Connect]
    session.stop(now=1900)
    assert session.woke(now=2900) == []


# Another connection takes the place.


def test_before_the_access_token_ends_another_connection_is_opened():
    session = listening()
    assert beating(session, DUE - 1) == []
    (connect,) = beating(session, DUE, now=DUE - 1)
    # Its token must outlive the present one.
    assert connect == Connect(2, min_life=HOUR - DUE + 1)


def test_the_other_connection_takes_over_without_a_gap():
    session, asked = taking_over()
    assert sent(asked) == [SUBSCRIBE]
    # Nothing changes until the second subscription is confirmed.
    assert printed(session.receive(1, [event("a")], now=DUE)) == ["a"]
    assert session.subscription_id == "sub-1"
    actions = session.receive(2, [granted(asked, "sub-2")], now=DUE + 1)
    assert actions[:2] == [SubscriptionChanged("sub-2", active=True), TookOver(TOKEN_ENDS)]
    assert sent(actions) == [delete("sub-1")]
    assert not [a for a in actions if isinstance(a, Gap | Ready)]
    assert session.subscription_id == "sub-2"
    # What comes on the old one until it is closed is printed.
    assert printed(session.receive(1, [event("b")], now=DUE + 1)) == ["b"]
    assert printed(session.receive(2, [event("c", "sub-2")], now=DUE + 1)) == ["c"]
    done = session.receive(1, [answer(request_id(actions, "DELETE"), 204)], now=DUE + 2)
    assert done == [SubscriptionChanged("sub-1", active=False), Close(1)]
    assert session.receive(1, [event("late")], now=DUE + 3) == []


def test_after_a_takeover_the_new_session_is_recovered():
    session, asked = taking_over()
    session.receive(2, [granted(asked, "sub-2")], now=DUE)
    session.connection_lost(2, CUT, now=DUE + 5)
    connect = reconnect(session)
    assert (connect.wsc, connect.oauth_session) == ("wsc-2", "oauth-2")


def test_an_event_that_comes_on_both_is_printed_once():
    drops = DropCounter()
    session, asked = taking_over(drops)
    stamp = "2026-03-02T09:30:05Z"
    created = "2026-03-02T09:30:00Z"
    first = session.receive(1, [copy_of("u1", "sub-1", stamp)], now=DUE)
    assert printed(first) == ["u1"]
    session.receive(2, [granted(asked, "sub-2", creationTime=created)], now=DUE)
    assert printed(session.receive(2, [copy_of("u2", "sub-2", stamp)], now=DUE)) == []
    assert drops.by_reason() == {"takeover_copy": 1}
    # The same content once more is another event.
    later = "2026-03-02T09:30:06Z"
    assert printed(session.receive(2, [copy_of("u3", "sub-2", later)], now=DUE)) == ["u3"]
    assert printed(session.receive(1, [copy_of("u4", "sub-1", later)], now=DUE)) == []


def test_a_while_after_a_takeover_nothing_is_a_copy():
    session, asked = taking_over()
    actions = session.receive(2, [granted(asked, "sub-2")], now=DUE)
    stamp = "2026-03-02T09:30:05Z"
    session.receive(1, [copy_of("u1", "sub-1", stamp)], now=DUE)
    session.receive(1, [answer(request_id(actions, "DELETE"), 204)], now=DUE)
    late = session.receive(2, [copy_of("u2", "sub-2", stamp)], now=DUE + 60)
    assert printed(late) == ["u2"]


def test_the_absolute_timeout_is_not_waited_for():
    session = new_session()
    session.start(now=0)
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=0)
    content = ConnectionDetails(recovery_timeout=180, absolute_timeout=1000)
    asked = session.receive(1, [Message(content, Wsc("wsc-1", 1))], now=0)
    session.receive(1, [granted(asked)], now=0)
    assert beating(session, 799) == []
    assert beating(session, 800, now=799) == [Connect(2)]
    session.opened(2, oauth_session="oauth-1", used_wsc=False, now=800)
    asked = session.receive(2, [details(wsc="wsc-2")], now=800)
    assert TookOver(TIME_IS_UP) in session.receive(2, [granted(asked, "sub-2")], now=800)


@pytest.mark.parametrize(("recovery", "lost_at"), [("", 10), (RECOVERED, 31)])
def test_on_a_slow_link_a_gap_begins_when_its_last_event_was_sent(recovery, lost_at):
    session = new_session()
    session.start(now=0)
    open_link(session, 1, now=0)
    asked = session.receive(1, [details()], now=0)
    session.receive(1, [granted(asked, creationTime="2026-03-02T09:30:00Z")], now=0)
    link, beat = 1, asked
    if recovery:
        # What is replayed is late for another reason.
        session.connection_lost(1, CUT, now=0)
        link = reconnect(session).link
        beat = session.receive(link, [details(recovery, wsc="wsc-2")], now=1)
    session.receive(link, [copy_of("a", "sub-1", "2026-03-02T09:30:10Z")], now=30)
    if recovery:
        session.receive(link, [echo(beat)], now=30)
    session.frame_came(link, now=31)
    session.connection_lost(link, CUT, now=32)
    assert session.lost_at == lost_at


def test_the_quickest_event_says_how_the_clocks_differ():
    # The service does not say when it made the subscription, nor that of a recovered session.
    session = listening()
    for second, came in ((10, 10), (20, 20.5), (30, 50)):
        stamp = f"2026-03-02T09:30:{second}Z"
        session.receive(1, [copy_of(f"{second}", "sub-1", stamp)], now=came)
    assert session.behind_since(50) == 30
    session.connection_lost(1, CUT, now=51)
    assert session.behind_since(51) is None
    assert session.lost_at == 30


def test_a_clock_that_was_wrong_for_a_while_is_forgotten():
    session = listening()
    for number, (stamp, came) in enumerate(
        (("09:30:10", 10), ("10:30:20", 20), ("09:30:30", 30), ("09:30:40", 60))
    ):
        session.receive(1, [copy_of(f"{number}", "sub-1", f"2026-03-02T{stamp}Z")], now=came)
    session.connection_lost(1, CUT, now=61)
    assert session.lost_at == 40


def test_an_answered_heartbeat_came_behind_what_was_slow():
    session = listening()
    for second, came in ((10, 10), (30, 50)):
        stamp = f"2026-03-02T09:30:{second}Z"
        session.receive(1, [copy_of(f"{second}", "sub-1", stamp)], now=came)
    beat = session.tick(60)
    assert session.behind_since(60) == 30
    session.receive(1, [echo(beat)], now=61)
    assert session.behind_since(61) is None


def test_what_was_read_after_a_sleep_says_nothing_about_the_clocks():
    session = listening()
    session.receive(1, [copy_of("a", "sub-1", "2026-03-02T09:30:50Z")], now=10)
    session.woke(now=100)
    assert session.lost_at == 10
    reconnect(session)
    beat = session.receive(2, [details(RECOVERED, wsc="wsc-2")], now=100)
    session.receive(2, [echo(beat)], now=100)
    session.receive(2, [copy_of("b", "sub-1", "2026-03-02T09:31:40Z")], now=100)
    assert session.behind_since(100) is None


def test_what_a_replaced_connection_has_not_said_yet_is_on_its_way():
    session, asked = taking_over()
    session.receive(1, [event("a")], now=DUE - 1)
    assert session.behind_since(DUE) is None
    actions = session.receive(2, [granted(asked, "sub-2")], now=DUE)
    assert session.behind_since(DUE + 1) == DUE - 1
    session.receive(1, [answer(request_id(actions, "DELETE"), 204)], now=DUE + 2)
    assert session.behind_since(DUE + 2) is None


def test_a_replaced_connection_that_is_lost_too_early_is_a_gap():
    session, asked = taking_over()
    session.receive(1, [event("a")], now=DUE - 100)
    session.frame_came(1, now=DUE - 1)
    session.receive(2, [granted(asked, "sub-2")], now=DUE)
    session.receive(1, [event("b")], now=DUE + 1)
    actions = session.connection_lost(1, CUT, now=DUE + 2)
    assert actions[0] == Gap(DUE, DUE + 2, CUT.message, recovered=False)


@pytest.mark.parametrize("spoke", [DUE - 100, DUE - 1])
def test_what_a_replaced_connection_never_told_is_missing_since_its_last_message(spoke):
    session, asked = taking_over()
    session.receive(1, [event("a")], now=spoke)
    session.frame_came(1, now=DUE - 0.5)
    session.receive(2, [granted(asked, "sub-2")], now=DUE)
    session.stop(DUE + 1)
    actions = session.connection_lost(1, CUT, now=DUE + 2)
    assert actions[0] == Gap(spoke, DUE + 2, CUT.message, recovered=False)


def test_a_replaced_connection_that_does_not_answer_is_closed_in_time():
    session, asked = taking_over()
    session.receive(2, [granted(asked, "sub-2")], now=DUE)
    session.frame_came(2, now=DUE + RETIRE_WITHIN - 1)
    assert session.next_deadline() == DUE + RETIRE_WITHIN
    actions = session.tick(DUE + RETIRE_WITHIN)
    # What was on its way on it before the other was confirmed may be lost.
    lost = Gap(DUE, DUE + RETIRE_WITHIN, "the gateway did not answer", recovered=False)
    assert actions[:2] == [lost, Close(1, abort=True)]
    # Its subscription is deleted on the other one.
    assert sent(actions) == [delete("sub-1")]
    gone = session.receive(2, [answer(request_id(actions, "DELETE"), 204)], now=DUE + 11)
    assert gone == [SubscriptionChanged("sub-1", active=False)]


def test_a_gap_that_was_open_is_told_when_another_connection_takes_over():
    session, asked = taking_over()
    session.receive(1, [event("x", "sub-of-somebody")], now=DUE + 1)
    actions = session.receive(2, [granted(asked, "sub-2")], now=DUE + 2)
    (gap,) = (a for a in actions if isinstance(a, Gap))
    assert (gap.start, gap.end, gap.recovered) == (0, DUE + 2, False)


# It does not work out.


@pytest.mark.parametrize("failure", [UnreachableError("no network"), AuthError("refused")])
def test_when_no_other_connection_can_be_opened_the_present_one_goes_on(failure):
    session = listening()
    beating(session, DUE)
    close, notice = session.open_failed(2, failure, now=DUE)
    assert close == Close(2, abort=True)
    assert isinstance(notice, Notice)
    assert failure.message in notice.message
    assert printed(session.receive(1, [event("a")], now=DUE + 1)) == ["a"]
    # The waits double to a minute.
    now = DUE
    for link, wait in enumerate((2, 4, 8, 16, 32, 60, 60), start=3):
        assert beating(session, now + wait - 1, now=now) == []
        now += wait
        (connect,) = beating(session, now, now=now - 1)
        assert isinstance(connect, Connect)
        assert connect.link == link
        session.open_failed(link, failure, now)


def test_the_services_wait_is_kept_before_the_next_try():
    session = listening()
    beating(session, DUE)
    session.open_failed(2, RateLimitedError("too many", retry_after=90), now=DUE)
    assert beating(session, DUE + 89, now=DUE) == []
    assert [type(a) for a in beating(session, DUE + 90, now=DUE + 89)] == [Connect]


def test_another_connection_that_hangs_is_given_up():
    session = listening()
    beating(session, DUE)
    over = DUE + OPEN_WITHIN
    assert beating(session, over - 1, now=DUE) == []
    session.frame_came(1, now=over)
    actions = session.tick(over)
    assert Close(2, abort=True) in actions
    assert any(isinstance(a, Notice) for a in actions)
    assert session.opened(2, oauth_session="", used_wsc=False, now=over) == [Close(2)]


@pytest.mark.parametrize(
    ("status", "code"), [(429, ""), (503, ""), (403, "SUB-406"), (401, "OAU-213")]
)
def test_a_second_subscription_that_is_refused_changes_nothing(status, code):
    session, asked = taking_over()
    actions = session.receive(2, [refused(asked, status, code)], now=DUE)
    assert actions[0] == Close(2, abort=True)
    assert isinstance(actions[-1], Notice)
    assert printed(session.receive(1, [event("a")], now=DUE + 1)) == ["a"]
    (connect,) = beating(session, DUE + 100, now=DUE)
    assert isinstance(connect, Connect)
    assert connect.rejected == (status == 401)


def test_a_second_refused_token_does_not_end_the_present_connection():
    session, asked = taking_over()
    session.receive(2, [refused(asked, 401, "OAU-213")], now=DUE)
    beating(session, DUE + 100, now=DUE)
    open_link(session, 3, now=DUE + 3)
    asked = session.receive(3, [details()], now=DUE + 3)
    actions = session.receive(3, [refused(asked, 401, "OAU-213")], now=DUE + 3)
    assert not [a for a in actions if isinstance(a, Stop)]
    assert printed(session.receive(1, [event("a")], now=DUE + 4)) == ["a"]


def test_a_cut_during_a_takeover_recovers_the_session_that_was_cut():
    session, asked = taking_over()
    actions = session.connection_lost(1, CUT, now=DUE + 1)
    assert actions[0] == Close(1, abort=True)
    assert isinstance(actions[-1], Reconnecting)
    connect = reconnect(session)
    assert (connect.link, connect.wsc) == (3, "wsc-1")
    # The second subscription came too late, and is deleted again.
    late = session.receive(2, [granted(asked, "sub-2")], now=DUE + 2)
    assert sent(late) == [delete("sub-2")]
    assert session.receive(2, [answer(request_id(late, "DELETE"), 204)], now=DUE + 2)[-1] == Close(
        2
    )
    probe = session.receive(3, [details(RECOVERED)], now=DUE + 3)
    (_, gap) = session.receive(3, [echo(probe)], now=DUE + 3)
    assert isinstance(gap, Gap)
    assert gap.recovered


def test_the_other_connection_may_be_cut_alone():
    session, _ = taking_over()
    actions = session.connection_lost(2, CUT, now=DUE + 1)
    assert [type(a) for a in actions] == [Close, Notice]
    assert printed(session.receive(1, [event("a")], now=DUE + 2)) == ["a"]


def test_a_machine_that_slept_during_a_takeover_trusts_neither():
    session, _ = taking_over()
    actions = session.woke(now=DUE + 5000)
    assert {a.link for a in actions if isinstance(a, Close)} == {1, 2}
    assert [type(a) for a in actions if not isinstance(a, Close)] == [Reconnecting]


def test_stopping_during_a_takeover_deletes_both_subscriptions():
    session, asked = taking_over()
    actions = session.stop(now=DUE + 1)
    assert sent(actions) == [delete("sub-1")]
    first = session.receive(1, [answer(request_id(actions, "DELETE"), 204)], now=DUE + 1)
    assert first[-1] == Close(1)
    late = session.receive(2, [granted(asked, "sub-2")], now=DUE + 2)
    assert sent(late) == [delete("sub-2")]
    done = session.receive(2, [answer(request_id(late, "DELETE"), 204)], now=DUE + 2)
    assert done[-2:] == [Close(2), Stop()]


def test_stopping_behind_a_takeover_is_bounded_too():
    session, asked = taking_over()
    session.receive(2, [granted(asked, "sub-2")], now=DUE)
    session.stop(now=DUE + 1)
    actions = []
    while (due := session.next_deadline()) is not None:
        assert due <= DUE + 1 + LEAVE_WITHIN
        actions += session.tick(due)
    assert {a.link for a in actions if isinstance(a, Close)} == {1, 2}
    assert actions[-1] == Stop()


# Another access token is enough.


def test_an_oauth_session_that_goes_on_needs_a_token_only():
    session = listening(refreshable=True)
    assert beating(session, DUE) == [RenewToken(1, "oauth-1", HOUR - DUE + 1)]
    token = TokenLife(ends=DUE + HOUR, life=HOUR, refreshable=True)
    assert session.token_renewed(1, token, now=DUE) == []
    assert beating(session, 2 * DUE - 1, now=DUE) == []
    assert [type(a) for a in beating(session, 2 * DUE, now=2 * DUE - 1)] == [RenewToken]


def test_an_oauth_session_that_ends_needs_another_connection():
    session = listening(refreshable=True)
    beating(session, DUE)
    (connect,) = session.renewal_failed(1, AuthError("it ended"), now=DUE + 1)
    assert isinstance(connect, Connect)


def test_a_renewal_that_did_not_work_out_is_tried_again():
    session = listening(refreshable=True)
    beating(session, DUE)
    (notice,) = session.renewal_failed(1, UnreachableError("no network"), now=DUE)
    assert isinstance(notice, Notice)
    assert "no network" in notice.message
    assert [type(a) for a in beating(session, DUE + 10, now=DUE)] == [RenewToken]


def test_renewals_of_connections_that_are_gone_are_ignored():
    session = listening(refreshable=True)
    beating(session, DUE)
    session.connection_lost(1, CUT, now=DUE)
    token = TokenLife(ends=DUE + HOUR, life=HOUR, refreshable=True)
    assert session.token_renewed(1, token, now=DUE) == []
    assert session.renewal_failed(1, AuthError("late"), now=DUE) == []


# Another run continues.


def test_a_kept_session_is_closed_without_deleting_and_continued():
    session = listening()
    session.receive(1, [event("a")], now=50)
    actions = session.stop(now=60, keep=True)
    assert actions == [Close(1)]
    # What comes until the gateway has closed as well is printed.
    assert printed(session.receive(1, [event("b")], now=61)) == ["b"]
    past = session.past(now=61)
    assert session.connection_lost(1, CUT, now=62)[-1] == Stop()
    assert (past.wsc, past.oauth_session) == (Wsc("wsc-1", 1), "oauth-1")
    assert (past.subscription_id, past.lost_at) == ("sub-1", 61)

    policy = RetryPolicy(lambda low, high: high)
    later = Session(FILTERS, retry=policy, seen=SeenUuids(), past=past)
    assert later.lost_at == 61
    assert later.start(now=100) == [Connect(1, wsc="wsc-1", oauth_session="oauth-1")]
    later.opened(1, oauth_session="oauth-1", used_wsc=True, now=100)
    probe = later.receive(1, [details(RECOVERED), event("c")], now=100)
    ready, gap = later.receive(1, [echo(probe)], now=101)
    assert ready == Ready(first=True, filters=None)
    assert isinstance(gap, Gap)
    assert (gap.start, gap.end, gap.recovered, gap.replayed) == (61, 101, True, 1)


def test_what_was_kept_too_long_is_deleted_and_told():
    past = PreviousSession(
        wsc=Wsc("wsc-9", 9),
        oauth_session="oauth-1",
        subscription_id="sub-9",
        limits=ConnectionDetails(recovery_timeout=180),
        lost_at=0,
        reason="it was stopped",
        unsure=True,
    )
    policy = RetryPolicy(lambda low, high: high)
    session = Session(FILTERS, retry=policy, seen=SeenUuids(), past=past)
    assert session.start(now=1000) == [Connect(1)]
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=1000)
    asked = session.receive(1, [details()], now=1000)
    assert sent(asked) == [delete("sub-9"), SUBSCRIBE]
    actions = session.receive(1, [granted(asked)], now=1001)
    assert actions[-1] == Gap(0, 1001, "it was stopped", recovered=False)
    assert session.lost_at is None


def test_what_ended_a_moment_ago_is_recovered_however_long_something_is_missing():
    past = PreviousSession(
        wsc=Wsc("wsc-9", 9),
        oauth_session="oauth-1",
        subscription_id="sub-9",
        limits=ConnectionDetails(recovery_timeout=180),
        lost_at=0,
        reason="it was killed",
        unsure=True,
        heard_at=990,
    )
    policy = RetryPolicy(lambda low, high: high)
    session = Session(FILTERS, retry=policy, seen=SeenUuids(), past=past)
    assert session.start(now=1000) == [Connect(1, wsc="wsc-9", oauth_session="oauth-1")]
    session.opened(1, oauth_session="oauth-1", used_wsc=True, now=1000)
    probe = session.receive(1, [details(RECOVERED)], now=1000)
    (gap,) = (a for a in session.receive(1, [echo(probe)], now=1001) if isinstance(a, Gap))
    assert gap == Gap(0, 1001, "it was killed", recovered=True, unsure=True)


def test_keeping_takes_two_seconds_at_most():
    session = listening()
    session.stop(now=60, keep=True)
    assert session.next_deadline() == 60 + LEAVE_WITHIN
    assert session.tick(60 + LEAVE_WITHIN) == [Close(1, abort=True), Stop()]


def test_keeping_what_is_not_connected_keeps_when_it_was_lost():
    session = listening()
    session.connection_lost(1, CUT, now=70)
    # No gap is told: the next run will.
    assert session.stop(now=80, keep=True) == [Stop()]
    past = session.past(now=80)
    assert (past.lost_at, past.reason) == (0, CUT.message)
    assert past.subscription_id == "sub-1"


def test_keeping_during_a_takeover_deletes_only_the_other_subscription():
    session, asked = taking_over()
    actions = session.stop(now=DUE + 1, keep=True)
    assert actions == [Close(1)]
    late = session.receive(2, [granted(asked, "sub-2")], now=DUE + 2)
    assert sent(late) == [delete("sub-2")]
    session.receive(2, [answer(request_id(late, "DELETE"), 204)], now=DUE + 2)
    assert session.connection_lost(1, CUT, now=DUE + 2)[-1] == Stop()
    assert session.subscription_id == "sub-1"
