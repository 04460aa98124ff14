"""What each type of message means in each phase of a connection."""

from typing import get_args

import pytest

from rc_tail.gateway.commands import Notice
from rc_tail.gateway.messages import Content, Message, UnknownMessage
from rc_tail.gateway.supervision import Phase
from tests.gateway.transcript import (
    granted,
    new_session,
    reconnecting_session,
    subscribing_session,
)


@pytest.mark.parametrize("state", [s for s in Phase if s not in (Phase.OPENING, Phase.GONE)])
def test_every_pair_of_state_and_message_is_listed(state):
    assert set(new_session().table[state]) == set(get_args(Content))


def test_no_message_can_come_in_other_states():
    assert not {Phase.OPENING, Phase.GONE} & set(new_session().table)


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
