"""The clocks of one connection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.gateway.connection_state import (
    ANSWER_WITHIN,
    GREETING_WITHIN,
    HEARTBEAT_AFTER,
    LEAVE_WITHIN,
    OPEN_WITHIN,
    PONG_WITHIN,
    SILENCE,
    SUBSCRIBED_WITHIN,
    ConnectionState,
    Phase,
)

SUPERVISED = (Phase.SUBSCRIBING, Phase.REPLAYING, Phase.LIVE)


def link_in(state: Phase, now: float = 100.0) -> ConnectionState:
    link = ConnectionState(number=1, since=now)
    if state is not Phase.OPENING:
        link.opened(now)
        link.state = state
    return link


def test_opening_starts_all_clocks():
    link = ConnectionState(number=7, since=1)
    assert not link.is_open
    link.opened(5)
    assert (link.state, link.since, link.heard, link.sent) == (Phase.GREETING, 5, 5, 5)
    assert link.is_open


@pytest.mark.parametrize("state", Phase)
def test_messages_pass_in_every_state_between_opening_and_the_end(state):
    assert link_in(state).is_open == (state not in (Phase.OPENING, Phase.GONE))


@pytest.mark.parametrize(
    ("state", "within", "reason"),
    [
        (Phase.OPENING, OPEN_WITHIN, "connecting took too long"),
        (Phase.GREETING, GREETING_WITHIN, "the gateway did not greet"),
        (Phase.LEAVING, LEAVE_WITHIN, "the gateway did not answer"),
    ],
)
def test_what_must_be_over_by_a_time(state, within, reason):
    link = link_in(state)
    assert link.deadline() == 100 + within
    assert link.overdue(100 + within - 0.001) == ""
    assert link.overdue(100 + within) == reason


def test_the_subscription_must_be_answered():
    link = link_in(Phase.SUBSCRIBING)
    link.frame_came(100 + SUBSCRIBED_WITHIN - 1)
    assert link.deadline() == 100 + SUBSCRIBED_WITHIN
    assert link.overdue(100 + SUBSCRIBED_WITHIN - 0.001) == ""
    assert link.overdue(100 + SUBSCRIBED_WITHIN) == "the subscription was not answered"
    # Nobody owes an answer while the next request waits.
    link.retry_request_at = 105 + SUBSCRIBED_WITHIN
    assert link.overdue(100 + SUBSCRIBED_WITHIN) == ""
    assert link.deadline() == 105 + SUBSCRIBED_WITHIN


@pytest.mark.parametrize("state", SUPERVISED)
def test_silence_is_asked_about_then_given_up(state):
    link = link_in(state)
    link.retry_request_at = 1000
    assert not link.wants_ping(100 + SILENCE - 0.001)
    assert link.wants_ping(100 + SILENCE)
    link.ping_at = 100 + SILENCE
    assert not link.wants_ping(100 + SILENCE + 1)
    assert link.deadline() == 100 + SILENCE + PONG_WITHIN
    assert link.overdue(100 + SILENCE + PONG_WITHIN - 0.001) == ""
    assert link.overdue(100 + SILENCE + PONG_WITHIN) == "no sign of life for 30 s"
    link.frame_came(100 + SILENCE + 1)
    assert link.overdue(100 + SILENCE + PONG_WITHIN) == ""


@pytest.mark.parametrize("state", SUPERVISED)
def test_a_heartbeat_is_due_and_its_echo_as_well(state):
    link = link_in(state)
    assert not link.wants_heartbeat(100 + HEARTBEAT_AFTER - 0.001)
    assert link.wants_heartbeat(100 + HEARTBEAT_AFTER)
    link.probe_at = 100 + HEARTBEAT_AFTER
    link.heard = 100 + HEARTBEAT_AFTER
    link.since = 100 + HEARTBEAT_AFTER
    assert not link.wants_heartbeat(100 + HEARTBEAT_AFTER + 1)
    assert link.deadline() == 100 + HEARTBEAT_AFTER + ANSWER_WITHIN
    assert link.overdue(100 + HEARTBEAT_AFTER + ANSWER_WITHIN) == "a heartbeat was not answered"


@pytest.mark.parametrize("state", [s for s in Phase if s not in SUPERVISED])
def test_other_states_neither_ping_nor_beat(state):
    link = link_in(state)
    assert not link.wants_ping(10_000)
    assert not link.wants_heartbeat(10_000)


def test_an_answer_is_taken_once_and_only_by_its_id():
    link = link_in(Phase.SUBSCRIBING)
    assert not link.take_answer("")
    link.request_id = "r-1"
    assert not link.take_answer("r-2")
    assert not link.take_answer("")
    assert link.take_answer("r-1")
    assert not link.take_answer("r-1")


@pytest.mark.parametrize("state", SUPERVISED)
def test_only_what_is_live_is_renewed(state):
    link = link_in(state)
    link.renew_at = 105
    assert (link.deadline() == 105) == (state is Phase.LIVE)


@given(now=st.floats(0, 1e9), state=st.sampled_from([s for s in Phase if s is not Phase.GONE]))
def test_something_happens_at_the_deadline(now, state):
    link = link_in(state, now)
    due = link.deadline()
    assert due > now
    assert link.overdue(due) or link.wants_ping(due) or link.wants_heartbeat(due)
