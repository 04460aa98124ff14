import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rc_tail.doctor.gateway_probe import GatewayProbe
from rc_tail.errors import ConnectionLostError, MalformedMessageError, UnreachableError
from rc_tail.transport.websocket import TransportOptions, open_connection
from tests.transport.peer import BINARY, CLOSE, Mind, Peer, close, frame, serving, text

DETAILS = text('[{"type":"ConnectionDetails","messageId":"1"},{"recoveryTimeout":180}]')
EVENT = text('[{"type":"ServerNotification","messageId":"2"},{"uuid":"2","event":"/x","body":{}}]')


@contextmanager
def line_to(mind: Mind, within: float = 10.0) -> Iterator[GatewayProbe]:
    with serving(mind) as server:
        connection = open_connection(
            server.url, TransportOptions(), ssl_context=ssl.create_default_context()
        )
        yield GatewayProbe(connection, within)
        connection.abort()


def saying(*data: bytes) -> Mind:
    """A gateway that says this and listens."""

    def mind(peer: Peer) -> None:
        peer.accept(b"".join(data))
        peer.read_to_end()

    return mind


def answering(answer) -> Mind:
    """A gateway that answers each request by `answer` of its meta."""

    def mind(peer: Peer) -> None:
        peer.accept(DETAILS)
        while True:
            opcode, payload = peer.read()
            if opcode == CLOSE:
                break
            peer.send(EVENT, frame(BINARY, b"x"), text(json.dumps(answer(json.loads(payload)[0]))))

    return mind


def test_details_are_the_first_that_matters():
    with line_to(saying(EVENT, DETAILS)) as line:
        assert line.details().recovery_timeout == 180


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (
            [text('[{"type":"Error","messageId":"1"},{"errorCode":"WSG-400","message":"no"}]')],
            ConnectionLostError,
            "refused: WSG-400 no",
        ),
        ([text('[{"type":"Error","messageId":"1"}]')], ConnectionLostError, "no reason given"),
        ([close(4400, "bad token")], ConnectionLostError, "4400"),
        ([text("what?")], MalformedMessageError, "invalid message"),
    ],
)
def test_something_else_is_reported(said, error, words):
    with line_to(saying(*said)) as line, pytest.raises(error, match=words):
        line.details()


def test_silence_ends():
    with line_to(saying(EVENT), within=0.1) as line:
        with pytest.raises(UnreachableError, match="connection details within") as caught:
            line.details()
        assert "proxy" in caught.value.hint


def test_an_answer_is_distinguished_from_what_else_comes():
    def answer(meta):
        return [{**meta, "status": 200}, {"id": "s-1"}]

    with line_to(answering(answer)) as line:
        line.details()
        assert line.subscribe(["/x"]).subscription_id == "s-1"


def test_answers_to_others_are_ignored():
    def answer(meta):
        return [{**meta, "messageId": "another", "status": 200}]

    with line_to(answering(answer)) as line:
        line.details()
        line._within = 0.1
        with pytest.raises(UnreachableError, match="answer a request"):
            line.subscribe(["/x"])
        with pytest.raises(UnreachableError, match="answer a heartbeat"):
            line.beat()


def test_a_refusal_may_be_an_error_message():
    def answer(meta):
        refusal = {"errorCode": "SUB-505", "message": "too many"}
        return [{**meta, "type": "Error", "status": 403}, refusal]

    with line_to(answering(answer)) as line:
        response = line.subscribe(["/x"])
        assert (response.status, response.refusal().code) == (403, "SUB-505")


def test_a_heartbeat_comes_back():
    with line_to(answering(lambda meta: [meta])) as line:
        assert line.beat() > 0


def test_goodbye_is_said_with_1000():
    heard: list[tuple[int, bytes]] = []

    def mind(peer: Peer) -> None:
        peer.accept(DETAILS)
        heard.append(peer.read())
        peer.send(close(1000))

    with line_to(mind) as line:
        line.close()
    assert heard == [(CLOSE, (1000).to_bytes(2))]
