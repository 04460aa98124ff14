"""Messages and the state table."""

from typing import get_args

import pytest

from rc_tail.gateway.commands import (
    Close,
    Connect,
    Gap,
    Notice,
    Ready,
    SubscriptionChanged,
)
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.messages import (
    Content,
    Heartbeat,
    Message,
    UnknownMessage,
)
from rc_tail.gateway.session import Session
from rc_tail.gateway.supervision import (
    GREETING_WITHIN,
    Phase,
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
    reconnecting_session,
    refused,
    subscribing_session,
    texts,
)


@pytest.mark.parametrize("state", [s for s in Phase if s not in (Phase.OPENING, Phase.GONE)])
def test_every_pair_of_state_and_message_is_listed(state):
    assert set(new_session().table[state]) == set(get_args(Content))


def test_no_message_can_come_in_other_states():
    assert not {Phase.OPENING, Phase.GONE} & set(new_session().table)


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
