"""The requests that a session sends."""

from rc_tail.gateway.commands import (
    SessionCommand,
)
from tests.gateway.transcript import (
    echo,
    granted,
    subscribing_session,
    texts,
)


def test_every_request_has_an_id_of_its_own():
    session, asked = subscribing_session()
    everything: list[SessionCommand] = [*asked, *session.receive(1, [granted(asked)], now=0)]
    for now in range(60, 600, 60):
        beat = session.tick(now)
        everything += beat
        session.receive(1, [echo(beat)], now)
    everything += session.stop(now=600)
    ids = [message[0]["messageId"] for message in texts(everything)]
    assert len(ids) == len(set(ids)) == 11
