"""Conversations between a session and a gateway, with the time as a number."""

from collections.abc import Callable
from typing import TypeVar, get_args

import msgspec
import pytest

from rc_tail.errors import (
    AuthError,
    BusyError,
    ConnectionLostError,
    FiltersRefusedError,
    HandshakeRefusedError,
    JwtRejectedError,
    PermissionMissingError,
    RateLimitedError,
    RcTailError,
    TemporaryError,
    TokenExpiredError,
    UnreachableError,
)
from rc_tail.gateway.actions import (
    Action,
    Close,
    Connect,
    Deliver,
    FiltersDisabled,
    FindStale,
    Gap,
    Notice,
    Ready,
    Reconnecting,
    SendPing,
    Stop,
    SubscriptionChanged,
    TookOver,
)
from rc_tail.gateway.messages import (
    Content,
    DisabledFilter,
    Heartbeat,
    Message,
    Notification,
    UnknownMessage,
    Wsc,
)
from rc_tail.gateway.session import Session
from rc_tail.gateway.supervision import (
    ANSWER_WITHIN,
    GREETING_WITHIN,
    HEARTBEAT_AFTER,
    LEAVE_WITHIN,
    OPEN_WITHIN,
    PONG_WITHIN,
    SILENCE,
    SUBSCRIBED_WITHIN,
    Phase,
)
from tests.gateway.talk import (
    DUE,
    FAILED,
    FILTERS,
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
    live_session,
    new_session,
    overlapping_session,
    printed,
    reconnect,
    reconnecting_session,
    refused,
    request_id,
    sent,
    subscribing_session,
    texts,
)

CUT = ConnectionLostError("the connection was cut")


T = TypeVar("T")


def only(kind: type[T], actions: list[Action]) -> T:
    (found,) = (action for action in actions if isinstance(action, kind))
    return found


def has(kind: type[Action], actions: list[Action]) -> bool:
    return any(isinstance(action, kind) for action in actions)


# The table.


@pytest.mark.parametrize("state", [s for s in Phase if s not in (Phase.OPENING, Phase.GONE)])
def test_every_pair_of_state_and_message_is_listed(state):
    assert set(new_session().table[state]) == set(get_args(Content))


def test_no_message_can_come_in_other_states():
    assert not {Phase.OPENING, Phase.GONE} & set(new_session().table)


# The first connection.


def test_the_first_connection():
    session = new_session()
    assert session.start(now=0) == [Connect(1)]
    assert session.opened(1, oauth_session="oauth-1", used_wsc=False, now=1) == []
    asked = session.receive(1, [details()], now=2)
    ((meta, body),) = texts(asked)
    assert (meta["type"], meta["method"]) == ("ClientRequest", "POST")
    assert body == {"eventFilters": [*FILTERS], "deliveryMode": {"transportType": "WebSocket"}}
    assert session.receive(1, [granted(asked)], now=3) == [
        SubscriptionChanged("sub-1", active=True),
        Ready(first=True, filters=tuple(RESOLVED)),
    ]
    assert session.subscription_id == "sub-1"
    assert printed(session.receive(1, [event("a"), event("b")], now=4)) == ["a", "b"]


def test_nothing_is_sent_before_the_greeting():
    session = new_session()
    session.start(now=0)
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=0)
    for now in (5, 10, GREETING_WITHIN - 0.1):
        assert session.tick(now) == []
    assert session.receive(1, [Message(Heartbeat("theirs")), answer("other")], now=19.9) == []


def test_details_that_come_in_parts():
    session = new_session()
    session.start(now=0)
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=0)
    asked = session.receive(1, [details(wsc="", timeout=None), details(timeout=5)], now=0)
    session.receive(1, [granted(asked), details(timeout=None, wsc="")], now=0)
    session.connection_lost(1, CUT, now=10)
    # The five seconds that the second part told are over.
    assert session.tick(now=16) == [Connect(2)]


def test_filters_that_the_service_does_not_name_are_not_made_up():
    session, asked = subscribing_session()
    actions = session.receive(1, [granted(asked, eventFilters=None)], now=0)
    assert only(Ready, actions).filters is None


def test_events_that_come_before_the_answer_are_printed():
    session, asked = subscribing_session()
    actions = session.receive(1, [event("a"), granted(asked), event("b")], now=0)
    assert [type(action) for action in actions] == [Deliver, SubscriptionChanged, Ready, Deliver]
    assert printed(actions) == ["a", "b"]


def test_events_without_a_uuid_are_never_taken_for_the_same():
    assert printed(live_session().receive(1, [event(""), event("")], now=1)) == ["", ""]


def test_events_that_do_not_say_their_subscription_are_printed():
    assert printed(live_session().receive(1, [event("a", subscription="")], now=1)) == ["a"]


# Refusals.


def test_some_filters_are_refused():
    session, asked = subscribing_session()
    disabled = [{"filter": "/presence", "reason": "SUB-412", "message": "Permission is missing"}]
    actions = session.receive(1, [granted(asked, disabledFilters=disabled)], now=0)
    told = DisabledFilter("/presence", "SUB-412", "Permission is missing")
    assert only(FiltersDisabled, actions) == FiltersDisabled((told,))
    assert only(Ready, actions).first


def test_all_filters_are_refused_one_by_one():
    session, asked = subscribing_session()
    disabled = [{"filter": "/presence", "reason": "SUB-412", "message": "Permission is missing"}]
    answered = granted(asked, eventFilters=[], disabledFilters=disabled)
    actions = session.receive(1, [answered], now=0)
    assert not has(Ready, actions)
    # An empty subscription counts against the limit as well.
    assert sent(actions) == [delete("sub-1")]
    actions = session.receive(1, [answer(request_id(actions, "DELETE"), 204)], now=1)
    stop = only(Stop, actions)
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
    actions = session.receive(1, [refusal], now=0)
    assert actions[:-1] == [Close(1, 1000)]
    stop = only(Stop, actions)
    assert stop.error is not None
    assert (type(stop.error), stop.error.code) == (kind, code)
    assert session.next_deadline() is None


def full_session() -> tuple[Session, list[Action]]:
    """A session for which there is no room, and what it asked for because of that."""
    session, asked = subscribing_session()
    return session, session.receive(1, [refused(asked, 403, "SUB-505")], now=1)


def test_without_room_what_dead_processes_left_is_deleted():
    session, actions = full_session()
    assert actions == [FindStale(1, frozenset())]
    actions = session.stale_found(1, ["old-1", "old-2"], now=2)
    assert sent(actions) == [delete("old-1"), delete("old-2")]
    first, second = (message[0]["messageId"] for message in texts(actions))
    assert session.receive(1, [answer(second, 204)], now=3) == [
        SubscriptionChanged("old-2", active=False)
    ]
    asked = session.receive(1, [answer(first, 404)], now=3)
    assert sent(asked) == [SUBSCRIBE]
    assert only(Ready, session.receive(1, [granted(asked)], now=4)).first


def test_room_is_made_once():
    session, _ = full_session()
    actions = session.stale_found(1, ["old-1"], now=2)
    asked = session.receive(1, [answer(request_id(actions, "DELETE"), 500)], now=3)
    stop = only(Stop, session.receive(1, [refused(asked, 403, "SUB-505")], now=4))
    assert isinstance(stop.error, BusyError)
    assert "within a day" in stop.error.hint


def test_there_may_be_nothing_to_make_room_of():
    session, _ = full_session()
    actions = session.stale_found(1, [], now=2)
    assert actions[0] == Close(1)
    assert isinstance(only(Stop, actions).error, BusyError)
    assert session.stale_found(1, ["late"], now=3) == []


def test_what_is_in_use_is_spared():
    session = reconnecting_session(lost=100)
    asked = session.receive(2, [details(FAILED)], now=101)
    actions = session.receive(2, [refused(asked, 403, "SUB-505")], now=101)
    assert actions == [FindStale(2, frozenset({"sub-1"}))]


def test_nobody_asked_for_room():
    session = live_session()
    assert session.stale_found(1, ["old-1"], now=1) == []
    assert session.stale_found(7, ["old-1"], now=1) == []


def test_stopping_while_room_is_made_does_not_subscribe_any_more():
    session, _ = full_session()
    actions = session.stale_found(1, ["old-1"], now=2)
    assert session.stop(now=3) == []
    done = session.receive(1, [answer(request_id(actions, "DELETE"), 204)], now=4)
    assert done == [SubscriptionChanged("old-1", active=False), Close(1), Stop()]


@pytest.mark.parametrize("status", [0, 200, 400])
def test_an_error_message_grants_nothing(status):
    session, asked = subscribing_session()
    actions = session.receive(1, [error("SUB-508", request_id(asked), status)], now=0)
    assert isinstance(only(Stop, actions).error, FiltersRefusedError)


def test_a_refused_token_is_replaced_once():
    session, asked = subscribing_session()
    actions = session.receive(1, [refused(asked, 401, "OAU-213")], now=0)
    assert actions[0] == Close(1, abort=True)
    assert session.tick(only(Reconnecting, actions).delay) == [Connect(2, rejected=True)]
    session.opened(2, oauth_session="oauth-2", used_wsc=False, now=1)
    asked = session.receive(2, [details()], now=1)
    actions = session.receive(2, [refused(asked, 401, "OAU-213")], now=1)
    stop = only(Stop, actions)
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
    ("status", "code", "kind"),
    [
        (429, "CMN-301", RateLimitedError),
        (503, "CMN-201", TemporaryError),
        (500, "", TemporaryError),
        (408, "", TemporaryError),
    ],
)
def test_a_temporary_refusal_is_asked_again_on_the_same_connection(status, code, kind):
    session, asked = subscribing_session()
    session.receive(1, [refused(asked, status, code)], now=0)
    asked = session.tick(now=0)
    assert sent(asked) == [SUBSCRIBE]
    waiting = only(Reconnecting, session.receive(1, [refused(asked, status, code)], now=5))
    assert waiting.delay > 0
    assert session.next_deadline() == 5 + waiting.delay
    asked = session.tick(5 + waiting.delay)
    assert sent(asked) == [SUBSCRIBE]
    assert only(Ready, session.receive(1, [granted(asked)], now=9)).first
    # Once ready, nothing of the waiting is left.
    assert session.tick(now=10) == []

    session, asked = subscribing_session()
    now, actions = 0.0, session.receive(1, [refused(asked, status, code)], now=0)
    while not isinstance(actions[-1], Stop):
        now += only(Reconnecting, actions).delay
        asked = session.tick(now)
        actions = session.receive(1, [refused(asked, status, code)], now)
    assert 240 < now <= 300
    assert type(only(Stop, actions).error) is kind


def test_silence_is_noticed_while_waiting_to_ask_again():
    session, asked = subscribing_session(retry_for=1000)
    now = 0.0
    while delay := only(Reconnecting, session.receive(1, [refused(asked, 503, "")], now)).delay + 1:
        if delay > SILENCE + PONG_WITHIN:
            break
        now += delay
        session.frame_came(1, now)
        asked = session.tick(now)
    assert session.tick(now + SILENCE) == [SendPing(1)]
    actions = session.tick(now + SILENCE + PONG_WITHIN)
    assert only(Reconnecting, actions).reason == "no sign of life for 30 s"


def test_a_refusal_that_is_repeated_counts_once():
    session, asked = subscribing_session()
    again = refused(asked, 503, "")
    assert session.receive(1, [again, again, again], now=0) == [
        Reconnecting("RingCentral refused the subscription: no", 0.0)
    ]


# Connections that cannot be opened.


@pytest.mark.parametrize(
    "final", [JwtRejectedError("no"), PermissionMissingError("no"), AuthError("no")]
)
def test_what_waiting_does_not_change_ends_at_once(final):
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
def test_what_may_change_is_tried_again(failure):
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


def test_once_ready_it_is_tried_for_ever_and_the_gap_goes_on():
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


def test_a_gap_is_told_when_the_patience_ends():
    session = new_session(retry_for=60)
    session.start(now=0)
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=0)
    session.receive(1, [granted(session.receive(1, [details()], now=0))], now=0)
    actions = session.connection_lost(1, CUT, now=500)
    now = 500.0
    while not isinstance(actions[-1], Stop):
        now += only(Reconnecting, actions).delay
        actions = session.open_failed(only(Connect, session.tick(now)).link, CUT, now)
    assert actions == [Gap(0, now, CUT.message, recovered=False), Stop(CUT)]
    assert 520 < now <= 560


# A connection that is lost.


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
    actions = session.receive(2, [event("b"), event("c")], now=103)
    assert printed(actions) == ["c"]
    assert session.receive(2, [Message(Heartbeat("theirs"))], now=103) == []
    assert session.receive(2, [echo(probe), event("d")], now=104) == [
        Ready(first=False, filters=None),
        Gap(90, 104, CUT.message, recovered=True, replayed=1, unsure=True),
        *session_prints("d"),
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
        (ConnectionLostError("it is restarting", close_code=1012), False),
        (ConnectionLostError("the gateway closed the connection", close_code=1005), False),
    ],
)
def test_what_was_on_its_way_when_a_connection_broke_may_be_replayed_to_nobody(lost, unsure):
    session = live_session(now=0)
    session.connection_lost(1, lost, now=100)
    link = only(Connect, session.tick(now=100)).link
    session.opened(link, oauth_session="oauth-1", used_wsc=True, now=101)
    probe = session.receive(link, [details(RECOVERED, wsc="wsc-2")], now=102)
    gap = only(Gap, session.receive(link, [echo(probe)], now=104))
    assert (gap.recovered, gap.unsure) == (True, unsure)


def test_nothing_was_on_its_way_on_a_connection_that_did_not_serve_yet():
    session = live_session(now=0)
    session.connection_lost(1, ConnectionLostError("restarting", close_code=1012), now=100)
    session.tick(now=100)
    session.connection_lost(2, CUT, now=101)
    link = only(Connect, session.tick(now=session.next_deadline() or 0)).link
    session.opened(link, oauth_session="oauth-1", used_wsc=True, now=103)
    probe = session.receive(link, [details(RECOVERED, wsc="wsc-2")], now=104)
    assert not only(Gap, session.receive(link, [echo(probe)], now=105)).unsure


def session_prints(*uuids: str) -> list[Action]:
    return live_session().receive(1, [event(uuid) for uuid in uuids], now=0)


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


def test_a_recovery_that_is_cut_short_is_told_as_one_gap():
    session = reconnecting_session(lost=100)
    session.receive(2, [details(RECOVERED)], now=101)
    session.receive(2, [event(f"e{i}") for i in range(100)], now=102)
    session.connection_lost(2, ConnectionLostError("cut again"), now=103)
    reconnect(session)
    probe = session.receive(3, [details(RECOVERED), event("e99"), event("e100")], now=104)
    gap = only(Gap, session.receive(3, [echo(probe)], now=105))
    assert gap == Gap(
        100, 105, CUT.message, recovered=True, replayed=101, overflow=True, unsure=True
    )
    session.connection_lost(3, CUT, now=200)
    reconnect(session)
    probe = session.receive(4, [details(RECOVERED)], now=200)
    gap = only(Gap, session.receive(4, [echo(probe)], now=201))
    assert gap == Gap(105, 201, CUT.message, recovered=True, unsure=True)


def test_a_failed_recovery_subscribes_anew_on_the_same_connection():
    session = reconnecting_session(lost=100)
    asked = session.receive(2, [details(FAILED)], now=103)
    assert sent(asked) == [delete("sub-1"), SUBSCRIBE]
    actions = session.receive(2, [granted(asked, "sub-2"), event("a", "sub-2")], now=104)
    assert actions[:3] == [
        SubscriptionChanged("sub-2", active=True),
        Ready(first=False, filters=tuple(RESOLVED)),
        Gap(100, 104, CUT.message, recovered=False),
    ]
    assert printed(actions) == ["a"]
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
    actions = session.receive(2, [error("WSG-400", message="bad wsc")], now=101)
    assert actions == [
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


def test_a_refusal_without_words_has_words():
    session = reconnecting_session(lost=100)
    actions = session.receive(2, [error("", message="")], now=101)
    assert only(Reconnecting, actions).reason == "the gateway refused: no reason given"


@pytest.mark.parametrize(
    ("timeout", "later", "wsc"),
    [(180, 180, "wsc-1"), (180, 181, ""), (30, 31, ""), (None, 9999, "wsc-1")],
)
def test_the_window_of_recovery_is_the_one_that_the_gateway_told(timeout, later, wsc):
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


def test_the_gateways_last_words_are_the_reason():
    session = live_session(now=0)
    told = session.receive(1, [error("WSG-902", message="Idle timeout expired")], now=9)
    words = "the gateway said: Idle timeout expired (WSG-902)"
    assert told == [Notice("gateway_error", words)]
    assert only(Reconnecting, session.connection_lost(1, CUT, now=9)).reason == words


def test_last_words_are_the_last():
    session = live_session(now=0)
    session.receive(1, [error("WSG-808", message=""), event("a")], now=9)
    assert only(Reconnecting, session.connection_lost(1, CUT, now=9)).reason == CUT.message


# Signs of life.


def test_silence_is_asked_about_and_a_missing_pong_is_the_end():
    session = live_session(now=0)
    assert session.next_deadline() == SILENCE
    assert session.tick(SILENCE - 0.1) == []
    assert session.tick(SILENCE) == [SendPing(1)]
    assert session.next_deadline() == SILENCE + PONG_WITHIN
    assert session.tick(SILENCE + PONG_WITHIN - 0.1) == []
    assert session.tick(SILENCE + PONG_WITHIN) == [
        Close(1, abort=True),
        Reconnecting("no sign of life for 30 s", 0.0),
    ]


SIGNS_OF_LIFE: dict[str, Callable[[Session, float], object]] = {
    "pong": lambda session, now: session.frame_came(1, now),
    "event": lambda session, now: session.receive(1, [event(f"e{now}")], now),
    "unreadable": lambda session, now: session.message_dropped(1, "bad", now),
}


@pytest.mark.parametrize("give", SIGNS_OF_LIFE.values(), ids=SIGNS_OF_LIFE)
def test_any_frame_is_a_sign_of_life(give):
    session = live_session(now=0)
    give(session, SILENCE - 1)
    assert session.tick(SILENCE) == []
    assert session.tick(2 * SILENCE - 1) == [SendPing(1)]
    give(session, 2 * SILENCE + PONG_WITHIN - 2)
    assert session.tick(2 * SILENCE + PONG_WITHIN - 1) == []


def test_a_heartbeat_follows_our_own_last_message_whatever_comes_in():
    session = live_session(now=0)
    for now in range(1, 60):
        session.receive(1, [event(f"e{now}")], now)
        assert session.tick(now) == []
    # Pings and what comes in do not hold the service's idle timer.
    beat = session.tick(HEARTBEAT_AFTER)
    assert sent(beat) == ["Heartbeat"]
    session.receive(1, [echo(beat), event("e60")], now=61)
    session.frame_came(1, now=110)
    assert session.tick(HEARTBEAT_AFTER * 2 - 0.1) == []
    assert sent(session.tick(HEARTBEAT_AFTER * 2)) == ["Heartbeat"]


def test_a_heartbeat_without_its_echo_is_the_end():
    session = live_session(now=0)
    session.frame_came(1, HEARTBEAT_AFTER)
    assert sent(session.tick(HEARTBEAT_AFTER)) == ["Heartbeat"]
    session.receive(1, [event("a"), Message(Heartbeat("theirs"))], HEARTBEAT_AFTER + 5)
    session.frame_came(1, HEARTBEAT_AFTER + 7)
    assert session.next_deadline() == HEARTBEAT_AFTER + ANSWER_WITHIN
    actions = session.tick(HEARTBEAT_AFTER + ANSWER_WITHIN)
    assert only(Reconnecting, actions).reason == "a heartbeat was not answered"
    # Pongs say nothing about messages: what came after the last one may be missing.
    assert session.lost_at == HEARTBEAT_AFTER + 5


def test_the_echo_of_a_heartbeat_ends_the_wait_for_it():
    session = live_session(now=0)
    session.frame_came(1, HEARTBEAT_AFTER)
    beat = session.tick(HEARTBEAT_AFTER)
    session.receive(1, [echo(beat)], HEARTBEAT_AFTER + 9)
    assert session.tick(HEARTBEAT_AFTER + 15) == []


def test_a_replay_without_its_end_is_given_up():
    session = reconnecting_session(lost=100)
    session.receive(2, [details(RECOVERED)], now=101)
    actions = session.tick(101 + ANSWER_WITHIN)
    assert only(Reconnecting, actions).reason == "a heartbeat was not answered"


# Deadlines.


def test_opening_takes_too_long():
    session = new_session()
    session.start(now=0)
    assert session.next_deadline() == OPEN_WITHIN
    assert session.tick(OPEN_WITHIN - 1) == []
    assert session.tick(OPEN_WITHIN)[0] == Close(1, abort=True)
    # It opens after all, and nobody wants it any more.
    late = session.opened(1, oauth_session="oauth-1", used_wsc=False, now=OPEN_WITHIN + 1)
    assert late == [Close(1)]


def test_the_greeting_is_missing():
    session = reconnecting_session(lost=100)
    assert session.next_deadline() == 100 + GREETING_WITHIN
    actions = session.tick(100 + GREETING_WITHIN)
    assert only(Reconnecting, actions).reason == "the gateway did not greet"


def test_the_subscription_is_not_answered():
    session = reconnecting_session(lost=100)
    session.receive(2, [details(FAILED)], now=101)
    session.frame_came(2, now=101 + SUBSCRIBED_WITHIN - 1)
    assert session.next_deadline() == 101 + SUBSCRIBED_WITHIN
    actions = session.tick(101 + SUBSCRIBED_WITHIN)
    assert only(Reconnecting, actions).reason == "the subscription was not answered"


def test_a_silent_gateway_at_the_start_is_the_end():
    session = new_session()
    session.start(now=0)
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=3)
    stop = only(Stop, session.tick(3 + GREETING_WITHIN))
    assert isinstance(stop.error, ConnectionLostError)
    assert stop.error.message == "the gateway did not greet"


# A machine that slept.


def test_a_machine_that_slept_trusts_no_connection():
    session = live_session(now=0)
    actions = session.woke(now=5000)
    assert actions == [Close(1, abort=True), Reconnecting("the machine slept", 0.0)]
    assert session.tick(now=5000) == [Connect(2)]
    session.opened(2, oauth_session="oauth-1", used_wsc=False, now=5001)
    asked = session.receive(2, [details()], now=5001)
    gap = only(Gap, session.receive(2, [granted(asked, "sub-2")], now=5001))
    assert gap == Gap(0, 5001, "the machine slept", recovered=False)


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
    assert session.woke(now=5000) == [Close(1, abort=True), Stop()]


# Odd things.


def test_the_gateway_sends_events_of_another_subscription():
    session = live_session(now=0)
    session.receive(1, [event("a")], now=50)
    session.frame_came(1, now=70)
    actions = session.receive(1, [event("x", "sub-9")], now=80)
    assert only(Notice, actions).warn
    assert sent(actions) == [SUBSCRIBE]
    assert printed(session.receive(1, [event("b"), event("y", "sub-9")], now=81)) == ["b"]
    ready = session.receive(1, [granted(actions, "sub-2")], now=82)
    # It may have been replaced right behind the last event of ours.
    assert only(Gap, ready) == Gap(50, 82, "the subscription was replaced", recovered=False)
    # In doubt an event is printed: subscribing again and again would help nobody.
    again = session.receive(1, [event("c", "sub-2"), event("z", "sub-9")], now=83)
    assert printed(again) == ["c", "z"]
    assert sent(again) == []


def test_a_replay_of_another_subscription_is_a_failed_recovery():
    session = reconnecting_session(lost=100)
    session.receive(2, [details(RECOVERED)], now=102)
    actions = session.receive(2, [event("x", "sub-9")], now=103)
    assert sent(actions) == [SUBSCRIBE]
    gap = only(Gap, session.receive(2, [granted(actions, "sub-2")], now=104))
    assert gap == Gap(100, 104, CUT.message, recovered=False)


def test_a_replaced_subscription_that_is_refused_is_deleted():
    session = live_session(now=0)
    asked = session.receive(1, [event("x", "sub-9")], now=10)
    actions = session.receive(1, [refused(asked, 403, "SUB-406")], now=11)
    assert sent(actions) == [delete("sub-1")]
    assert only(Gap, actions) == Gap(0, 11, "the subscription was replaced", recovered=False)
    done = session.receive(1, [answer(request_id(actions, "DELETE"), 404)], now=12)
    assert isinstance(only(Stop, done).error, FiltersRefusedError)


@pytest.mark.parametrize("state", ["greeting", "subscribing", "live"])
def test_a_message_of_an_unknown_type(state):
    session, asked = subscribing_session()
    if state == "greeting":
        session = reconnecting_session(lost=0)
    elif state == "live":
        session.receive(1, [granted(asked)], now=0)
    link = 2 if state == "greeting" else 1
    (notice,) = session.receive(link, [Message(UnknownMessage("Riddle\x1b"))], now=1)
    assert isinstance(notice, Notice)
    assert (notice.event, notice.warn) == ("unknown_message", False)
    assert "\x1b" not in notice.message


def test_a_message_that_nobody_can_read_is_a_gap_of_one_event():
    session = live_session(now=0)
    session.receive(1, [event("a")], now=5)
    assert session.message_dropped(1, "it is not JSON", now=7) == [
        Gap(5, 7, "it is not JSON", recovered=False, events=1)
    ]
    assert session.message_dropped(1, "it is not JSON", now=8) == [
        Gap(7, 8, "it is not JSON", recovered=False, events=1)
    ]


def test_answers_to_nothing_change_nothing():
    session = live_session(now=0)
    assert session.receive(1, [answer("nobody"), answer(""), answer("", 500)], now=1) == []


def test_an_answer_without_an_id_is_no_answer():
    session, asked = subscribing_session()
    session.receive(1, [refused(asked, 503, "")], now=0)
    assert session.receive(1, [answer("", id="sub-1"), error("X", "")], now=0)[:-1] == []


def test_what_a_connection_of_the_past_says_is_ignored():
    session = live_session(now=0)
    session.connection_lost(1, CUT, now=10)
    session.tick(now=10)
    before = session.next_deadline()
    assert session.receive(1, [event("late")], now=11) == []
    assert session.message_dropped(1, "bad", now=11) == []
    assert session.connection_lost(1, CUT, now=11) == []
    assert session.open_failed(1, CUT, now=11) == []
    session.frame_came(1, now=11)
    assert session.next_deadline() == before


def test_what_follows_the_end_in_one_batch_is_ignored():
    session, asked = subscribing_session()
    actions = session.receive(1, [refused(asked, 400, "SUB-508"), event("late")], now=0)
    assert printed(actions) == []


# Two connections at once.


def test_a_confirmed_subscription_takes_over():
    session, asked = overlapping_session()
    actions = session.receive(2, [granted(asked, "sub-2")], now=DUE)
    assert has(TookOver, actions)
    assert not has(Ready, actions)
    assert sent(actions) == [delete("sub-1")]
    assert session.subscription_id == "sub-2"


def test_copies_of_one_event_are_printed_once():
    session, asked = overlapping_session()
    session.receive(2, [granted(asked, "sub-2")], now=DUE)
    content = event("a", "sub-2").content
    assert isinstance(content, Notification)
    copy = msgspec.structs.replace(content, uuid="b", subscription_id="sub-1")
    assert printed(session.receive(2, [Message(content)], now=DUE)) == ["a"]
    assert printed(session.receive(1, [Message(copy)], now=DUE)) == []
    assert printed(session.receive(1, [event("c")], now=DUE)) == ["c"]


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


@pytest.mark.parametrize(("status", "code"), [(503, ""), (403, "SUB-406")])
def test_a_refusal_on_the_other_connection_is_no_refusal_of_the_first(status, code):
    session, asked = overlapping_session()
    actions = session.receive(2, [refused(asked, status, code)], now=DUE)
    assert actions[0] == Close(2, abort=True)
    assert not has(Stop, actions)
    assert printed(session.receive(1, [event("a")], now=DUE)) == ["a"]


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


def test_a_second_subscription_that_is_granted_while_leaving_is_deleted():
    session, asked = overlapping_session()
    session.stop(now=DUE)
    actions = session.receive(2, [granted(asked, "sub-2")], now=DUE)
    assert sent(actions) == [delete("sub-2")]
    assert session.subscription_id == "sub-1"


def test_a_replaced_subscription_does_not_stop_a_takeover():
    session, asked = overlapping_session()
    session.receive(1, [event("x", "sub-of-somebody")], now=DUE)
    actions = session.receive(2, [granted(asked, "sub-2")], now=DUE)
    assert only(Gap, actions).reason == "the subscription was replaced"


# The end.


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
    assert session.tick(now=10 + LEAVE_WITHIN) == [Close(1, abort=True), Stop(failure)]


def test_a_connection_that_is_lost_while_leaving_is_no_gap():
    session = live_session(now=0)
    session.stop(now=10)
    assert session.connection_lost(1, CUT, now=11) == [Close(1, abort=True), Stop()]


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


def test_stopping_between_two_connections_tells_the_gap():
    session = live_session(now=0)
    session.connection_lost(1, CUT, now=10)
    assert session.stop(now=12) == [Gap(0, 12, CUT.message, recovered=False), Stop()]
    # Somebody else may delete it, by REST.
    assert session.subscription_id == "sub-1"


def test_stopping_during_a_replay_tells_the_gap():
    session = reconnecting_session(lost=100)
    session.receive(2, [details(RECOVERED), event("a")], now=102)
    actions = session.stop(now=103)
    assert only(Gap, actions) == Gap(100, 103, CUT.message, recovered=False, replayed=1)
    assert sent(actions) == [delete("sub-1")]


def test_a_subscription_that_is_granted_while_leaving_is_deleted():
    session, asked = subscribing_session()
    assert session.stop(now=1) == []
    actions = session.receive(1, [granted(asked, "sub-late")], now=2)
    assert actions[0] == SubscriptionChanged("sub-late", active=True)
    assert sent(actions) == [delete("sub-late")]
    done = session.receive(1, [answer(request_id(actions, "DELETE"), 204)], now=2.5)
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


def test_what_waits_to_be_asked_again_is_not_asked_behind_the_end():
    session = live_session(now=0)
    asked = session.receive(1, [event("x", "sub-of-somebody")], now=10)
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
    actions = session.receive(2, [old, new] if first == "delete" else [new, old], now=104)
    assert sent(actions) == [delete("sub-2")]
    assert not has(Stop, actions)
    done = session.receive(2, [answer(request_id(actions, "DELETE"), 204)], now=104)
    assert done[-1] == Stop()
    assert session.subscription_id == ""


def test_the_old_subscription_is_not_deleted_twice():
    session = reconnecting_session(lost=100)
    asked = session.receive(2, [details(FAILED)], now=102)
    session.stop(now=103)
    assert session.receive(2, [refused(asked, 403, "SUB-508")], now=103) == []
    done = session.receive(2, [answer(request_id(asked, "DELETE"), 204)], now=103)
    assert done == [SubscriptionChanged("sub-1", active=False), Close(2), Stop()]


def test_every_request_has_an_id_of_its_own():
    session, asked = subscribing_session()
    everything: list[Action] = [*asked, *session.receive(1, [granted(asked)], now=0)]
    for now in range(60, 600, 60):
        beat = session.tick(now)
        everything += beat
        session.receive(1, [echo(beat)], now)
    everything += session.stop(now=600)
    ids = [message[0]["messageId"] for message in texts(everything)]
    assert len(ids) == len(set(ids)) == 11


def test_a_session_that_did_not_start_has_nothing_to_do():
    session: Session = new_session()
    assert session.next_deadline() is None
    assert session.tick(now=5) == []
