"""The clocks of one connection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.gateway.supervision import (
    ANSWER_WITHIN,
    HEARTBEAT_AFTER,
    PONG_WITHIN,
    PROBED,
    SILENCE,
    TIME_LIMITS,
    Phase,
    Supervision,
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


@pytest.mark.parametrize("phase", PROBED)
def test_silence_is_probed_with_a_ping_and_ends_without_its_pong(phase):
    supervision = supervision_in(phase)
    assert not supervision.needs_ping(100 + SILENCE - 0.001)
    assert supervision.needs_ping(100 + SILENCE)
    supervision.ping_at = 100 + SILENCE
    supervision.limit = None
    assert not supervision.needs_ping(100 + SILENCE + 1)
    assert supervision.deadline() == 100 + SILENCE + PONG_WITHIN
    assert supervision.overdue(100 + SILENCE + PONG_WITHIN - 0.001) == ""
    assert supervision.overdue(100 + SILENCE + PONG_WITHIN) == "no sign of life for 30 s"
    supervision.frame_came(100 + SILENCE + 1)
    assert supervision.overdue(100 + SILENCE + PONG_WITHIN) == ""


@pytest.mark.parametrize("phase", PROBED)
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


@pytest.mark.parametrize("phase", set(Phase) - PROBED)
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
