"""The clocks of one connection."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import (
    ConnectionLostError,
)
from rc_tail.gateway.commands import (
    Close,
    Reconnecting,
    SendPing,
    Stop,
)
from rc_tail.gateway.messages import (
    Heartbeat,
    Message,
)
from rc_tail.gateway.session import Session
from rc_tail.gateway.supervision import (
    ANSWER_WITHIN,
    GREETING_WITHIN,
    HEARTBEAT_AFTER,
    OPEN_WITHIN,
    PONG_WITHIN,
    PROBED,
    SILENCE,
    SUBSCRIBED_WITHIN,
    TIME_LIMITS,
    Phase,
    Supervision,
)
from tests.gateway.transcript import (
    FAILED,
    RECOVERED,
    details,
    echo,
    event,
    live_session,
    new_session,
    only,
    reconnecting_session,
    refused,
    sent,
    subscribing_session,
)


def supervision_in(phase: Phase, now: float = 100.0) -> Supervision:
    supervision = Supervision()
    if phase is not Phase.OPENING:
        supervision.opened(now)
    supervision.enter(phase, now)
    return supervision


@pytest.mark.parametrize("phase", TIME_LIMITS)
def test_a_phase_that_takes_too_long(phase):
    seconds, reason = TIME_LIMITS[phase]
    supervision = supervision_in(phase)
    supervision.frame_came(100 + seconds - 1)
    assert supervision.deadline() == 100 + seconds
    assert supervision.overdue(100 + seconds - 0.001) == ""
    assert supervision.overdue(100 + seconds) == reason


def test_a_phase_may_be_given_another_limit():
    supervision = supervision_in(Phase.LIVE)
    supervision.enter(Phase.LEAVING, 100, within=7)
    assert supervision.deadline() == 107


@pytest.mark.parametrize("phase", [p for p in Phase if p in PROBED])
def test_silence_is_probed_with_a_ping_and_ends_without_its_pong(phase):
    supervision = supervision_in(phase)
    assert not supervision.needs_ping(100 + SILENCE - 0.001)
    assert supervision.needs_ping(100 + SILENCE)
    supervision.ping_at = 100 + SILENCE
    supervision.limit = None
    assert not supervision.needs_ping(100 + SILENCE + 1)
    assert supervision.deadline() == 100 + SILENCE + PONG_WITHIN
    assert supervision.overdue(100 + SILENCE + PONG_WITHIN - 0.001) == ""
    assert supervision.overdue(100 + SILENCE + PONG_WITHIN) == "nothing received for 30 s"
    supervision.frame_came(100 + SILENCE + 1)
    assert supervision.overdue(100 + SILENCE + PONG_WITHIN) == ""


@pytest.mark.parametrize("phase", [p for p in Phase if p in PROBED])
def test_a_heartbeat_is_due_and_so_is_its_echo(phase):
    supervision = supervision_in(phase)
    assert not supervision.needs_heartbeat(100 + HEARTBEAT_AFTER - 0.001)
    assert supervision.needs_heartbeat(100 + HEARTBEAT_AFTER)
    supervision.heartbeat_sent("beat", 100 + HEARTBEAT_AFTER)
    supervision.frame_came(100 + HEARTBEAT_AFTER)
    supervision.enter(phase, 100 + HEARTBEAT_AFTER)
    assert not supervision.needs_heartbeat(100 + HEARTBEAT_AFTER + 1)
    late = 100 + HEARTBEAT_AFTER + ANSWER_WITHIN
    assert supervision.deadline() == late
    assert supervision.overdue(late) == "a heartbeat was not answered"


def test_only_the_pending_heartbeat_is_echoed_and_once():
    supervision = supervision_in(Phase.LIVE)
    assert supervision.heartbeat_echoed("") is None
    supervision.heartbeat_sent("beat", 130)
    assert supervision.heartbeat_echoed("theirs") is None
    assert supervision.heartbeat_echoed("beat") == 130
    assert supervision.heartbeat_echoed("beat") is None
    assert supervision.overdue(130 + ANSWER_WITHIN) == ""


def test_pongs_do_not_show_that_messages_get_through():
    supervision = supervision_in(Phase.LIVE)
    supervision.heartbeat_sent("beat", 160)
    supervision.message_came(165)
    supervision.frame_came(169)
    assert supervision.alive_until(169) == 169
    assert supervision.alive_until(160 + ANSWER_WITHIN) == 165


@pytest.mark.parametrize("phase", [p for p in Phase if p not in PROBED])
def test_silence_is_not_probed_in_other_phases(phase):
    supervision = supervision_in(phase)
    assert not supervision.needs_ping(10_000)
    assert not supervision.needs_heartbeat(10_000)


@given(now=st.floats(0, 1e9), phase=st.sampled_from([p for p in Phase if p is not Phase.GONE]))
def test_something_is_due_at_the_deadline(now, phase):
    supervision = supervision_in(phase, now)
    due = supervision.deadline()
    assert due is not None
    assert due > now
    assert (
        supervision.overdue(due) or supervision.needs_ping(due) or supervision.needs_heartbeat(due)
    )


# In a session.


def test_silence_is_probed_with_a_ping_and_a_missing_pong_is_the_end():
    session = live_session(now=0)
    assert session.next_deadline() == SILENCE
    assert session.tick(SILENCE - 0.1) == []
    assert session.tick(SILENCE) == [SendPing(1)]
    assert session.next_deadline() == SILENCE + PONG_WITHIN
    assert session.tick(SILENCE + PONG_WITHIN - 0.1) == []
    assert session.tick(SILENCE + PONG_WITHIN) == [
        Close(1, abort=True),
        Reconnecting("nothing received for 30 s", 0.0),
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
    commands = session.tick(HEARTBEAT_AFTER + ANSWER_WITHIN)
    assert only(Reconnecting, commands).reason == "a heartbeat was not answered"
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
    commands = session.tick(101 + ANSWER_WITHIN)
    assert only(Reconnecting, commands).reason == "a heartbeat was not answered"


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
    commands = session.tick(100 + GREETING_WITHIN)
    assert only(Reconnecting, commands).reason == "the gateway sent no connection details in time"


def test_the_subscription_is_not_answered():
    session = reconnecting_session(lost=100)
    session.receive(2, [details(FAILED)], now=101)
    session.frame_came(2, now=101 + SUBSCRIBED_WITHIN - 1)
    assert session.next_deadline() == 101 + SUBSCRIBED_WITHIN
    commands = session.tick(101 + SUBSCRIBED_WITHIN)
    assert only(Reconnecting, commands).reason == "the subscription request timed out"


def test_a_silent_gateway_at_the_start_is_the_end():
    session = new_session()
    session.start(now=0)
    session.opened(1, oauth_session="oauth-1", used_wsc=False, now=3)
    stop = only(Stop, session.tick(3 + GREETING_WITHIN))
    assert isinstance(stop.error, ConnectionLostError)
    assert stop.error.message == "the gateway sent no connection details in time"


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
    commands = session.tick(now + SILENCE + PONG_WITHIN)
    assert only(Reconnecting, commands).reason == "nothing received for 30 s"
