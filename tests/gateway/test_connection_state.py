import pytest

from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.supervision import GREETING_WITHIN, SILENCE, SUBSCRIBED_WITHIN, Phase


def connection_in(phase: Phase) -> ConnectionState:
    connection = ConnectionState(1)
    connection.opened(100)
    connection.enter(phase, 100)
    return connection


def test_opening_starts_all_clocks():
    connection = ConnectionState(7)
    assert not connection.is_open
    connection.opened(5)
    assert connection.is_open
    assert connection.deadline() == 5 + GREETING_WITHIN
    assert connection.served_until(6, None) == 5


@pytest.mark.parametrize("phase", Phase)
def test_messages_pass_in_every_phase_between_opening_and_the_end(phase):
    assert connection_in(phase).is_open == (phase not in (Phase.OPENING, Phase.GONE))


def test_no_answer_is_due_while_the_next_request_waits():
    connection = connection_in(Phase.SUBSCRIBING)
    connection.retry_request(105)
    assert connection.deadline() == 105
    connection.retry_request(100 + 2 * SUBSCRIBED_WITHIN)
    assert connection.deadline() == 100 + SILENCE
    assert connection.supervision.overdue(100 + SUBSCRIBED_WITHIN) == ""


def test_an_answer_is_taken_once_and_only_by_its_id():
    connection = connection_in(Phase.SUBSCRIBING)
    assert not connection.take_answer("")
    connection.request_id = "r-1"
    assert not connection.take_answer("r-2")
    assert not connection.take_answer("")
    assert connection.take_answer("r-1")
    assert not connection.take_answer("r-1")


@pytest.mark.parametrize("phase", [Phase.SUBSCRIBING, Phase.REPLAYING, Phase.LIVE])
def test_only_a_live_connection_is_renewed(phase):
    connection = connection_in(phase)
    connection.renew_at = 105
    assert (connection.deadline() == 105) == (phase is Phase.LIVE)


def test_only_a_replaced_connection_has_something_unread():
    connection = connection_in(Phase.LIVE)
    assert connection.unread_since(110, None) is None
    connection.supervision.message_came(104)
    connection.replaced_at = 103
    assert connection.unread_since(110, None) == 103
