"""The session as a whole."""

from rc_tail.gateway.commands import (
    Close,
    Connect,
    Gap,
    Ready,
    SubscriptionChanged,
)
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.messages import (
    Heartbeat,
    Message,
)
from rc_tail.gateway.session import Session
from rc_tail.gateway.supervision import (
    GREETING_WITHIN,
)
from tests.gateway.transcript import (
    CUT,
    FILTERS,
    RESOLVED,
    answer,
    details,
    event,
    granted,
    live_session,
    new_session,
    printed,
    refused,
    subscribing_session,
    texts,
)


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


def test_an_unreadable_message_is_a_gap_of_one_event():
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


def test_what_follows_the_end_in_one_batch_is_ignored():
    session, asked = subscribing_session()
    commands = session.receive(1, [refused(asked, 400, "SUB-508"), event("late")], now=0)
    assert printed(commands) == []


def test_a_session_that_did_not_start_has_nothing_to_do():
    session: Session = new_session()
    assert session.next_deadline() is None
    assert session.tick(now=5) == []


def test_unknown_connections_are_ignored():
    session = live_session()
    before = session.next_deadline()
    assert session.opened(9, oauth_session="", used_wsc=False, now=1) == [Close(9)]
    assert session.open_failed(9, CUT, now=1) == []
    assert session.connection_lost(9, CUT, now=1) == []
    assert session.message_dropped(9, "bad", now=1) == []
    assert session.token_renewed(9, TokenLife(9, 9, True), now=1) == []
    assert session.renewal_failed(9, CUT, now=1) == []
    session.frame_came(9, now=1)
    assert session.next_deadline() == before
