import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    Pong,
    TextMessage,
)
from wsproto.events import Request as WsRequest
from wsproto.extensions import PerMessageDeflate

from rc_tail.simulator.server import wire as wires
from rc_tail.simulator.server.wire import Closed, Upgrade, Wire
from rc_tail.simulator.service.effects import TEXT, frame
from rc_tail.simulator.service.http_values import Answer, Request

GET = b"GET /a?b=1 HTTP/1.1\r\nHost: h:1\r\n\r\n"


def requests(data: bytes, wire: Wire | None = None):
    return list((wire or Wire(secure=False)).receive(data))


# HTTP.


def test_a_request_is_read():
    data = b"POST /x HTTP/1.1\r\nHost: h:1\r\nX-A: \xe9\r\nContent-Length: 3\r\n\r\nabc"
    (request,) = requests(data)
    assert isinstance(request, Request)
    assert (request.method, request.target, request.body) == ("POST", "/x", b"abc")
    assert request.headers["x-a"] == "é"
    assert not request.secure


def test_a_request_may_come_byte_by_byte():
    wire = Wire(secure=True)
    found = [item for byte in GET for item in wire.receive(bytes([byte]))]
    assert [type(item) for item in found] == [Request]
    (request,) = found
    assert isinstance(request, Request)
    assert request.secure


def test_an_answer_has_its_length_and_the_connection_stays_open():
    wire = Wire(secure=False)
    requests(GET, wire)
    data = wire.answer(Answer(200, {"a": "é"}, {"X": "y"}))
    head, _, body = data.partition(b"\r\n\r\n")
    assert json.loads(body) == {"a": "é"}
    lines = head.decode().lower().split("\r\n")
    assert f"content-length: {len(body)}" in lines
    assert "content-type: application/json;charset=utf-8" in lines
    assert not wire.must_close
    assert len(requests(GET, wire)) == 1


def test_the_client_may_want_the_connection_closed():
    wire = Wire(secure=False)
    requests(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), wire)
    assert b"connection: close" in wire.answer(Answer(200, {})).lower()
    assert wire.must_close


@pytest.mark.parametrize(("status", "says"), [(204, b""), (200, b"content-length: 0")])
def test_an_answer_without_a_body(status, says):
    wire = Wire(secure=False)
    requests(GET, wire)
    data = wire.answer(Answer(status)).lower()
    assert says in data
    assert (b"content-length" in data) is (status == 200)
    assert data.endswith(b"\r\n\r\n")


def test_nothing_follows_the_head_of_an_answer_to_head():
    wire = Wire(secure=False)
    requests(GET.replace(b"GET", b"HEAD"), wire)
    assert wire.answer(Answer(200, {"a": 1})).endswith(b"\r\n\r\n")


def test_pipelined_requests_are_read_one_after_the_other():
    wire = Wire(secure=False)
    assert len(requests(GET + GET, wire)) == 1
    wire.answer(Answer(200, {}))
    assert len(list(wire.next_requests())) == 1


@pytest.mark.parametrize("data", [b"no http\r\n\r\n", GET.replace(b"Host: h:1\r\n", b"")])
def test_an_invalid_request_is_answered_and_ends_the_connection(data):
    wire = Wire(secure=False)
    assert requests(data, wire) == [Closed()]
    assert wire.take_replies().startswith(b"HTTP/1.1 400")
    assert wire.must_close
    assert wire.take_replies() == b""


def test_a_body_that_is_too_large(monkeypatch):
    monkeypatch.setattr(wires, "LARGEST_BODY", 10)
    wire = Wire(secure=False)
    data = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n" + b"x" * 11
    assert requests(data, wire) == [Closed()]
    assert wire.take_replies().startswith(b"HTTP/1.1 413")


def test_the_end_of_the_client():
    wire = Wire(secure=False)
    assert requests(b"", wire) == [Closed()]
    assert requests(b"more", wire) == [Closed()]


@settings(deadline=None)
@given(st.binary())
def test_hostile_bytes_never_raise(data):
    wire = Wire(secure=False)
    for item in list(wire.receive(data)):
        assert isinstance(item, Request | Upgrade | Closed)
    wire.take_replies()


# WebSocket.


class Client:
    """The other end, by wsproto."""

    def __init__(self, *, deflate: bool = False, more: bytes = b"") -> None:
        self.ws = WSConnection(ConnectionType.CLIENT)
        extensions = [PerMessageDeflate()] if deflate else []
        ask = self.ws.send(
            WsRequest(host="h:1", target="/ws?access_token=t", extensions=extensions)
        )
        self.wire = Wire(secure=False)
        (self.upgrade,) = requests(ask + more, self.wire)
        data, self.trailing = self.wire.accept()
        (self.accepted,) = self.take(data)

    def take(self, data: bytes):
        self.ws.receive_data(data)
        return list(self.ws.events())

    def give(self, event):
        return list(self.wire.receive(self.ws.send(event)))

    def replies(self):
        return self.take(self.wire.take_replies())


@pytest.mark.parametrize("deflate", [True, False])
def test_messages_go_both_ways(deflate):
    client = Client(deflate=deflate)
    assert isinstance(client.upgrade, Upgrade)
    assert client.upgrade.request.query == {"access_token": ["t"]}
    assert isinstance(client.accepted, AcceptConnection)
    assert bool(client.accepted.extensions) is deflate
    assert client.wire.is_websocket
    for text in ("hi", "é" * 200, "x" * 70_000):
        assert client.give(TextMessage(text)) == [wires.Message(text)]
        received = client.take(client.wire.message(text.encode()))
        assert "".join(e.data for e in received if isinstance(e, Message)) == text


def test_a_message_may_come_in_fragments():
    client = Client()
    assert client.give(TextMessage("ab", message_finished=False)) == []
    assert client.give(TextMessage("c")) == [wires.Message("abc")]


def test_what_came_right_behind_the_handshake_is_not_lost():
    head = bytes([0x81, 0x82, 0, 0, 0, 0]) + b"[]"
    assert Client(more=head).trailing == [wires.Message("[]")]


def test_pings_are_answered_unless_switched_off():
    client = Client()
    assert client.give(Ping(b"x")) == []
    assert client.replies() == [Pong(b"x")]
    client.wire.answers_pings = False
    client.give(Ping(b"x"))
    assert client.wire.take_replies() == b""


def test_pongs_are_reported_to_the_simulation():
    client = Client()
    (ping,) = client.take(client.wire.ping())
    assert client.give(ping.response()) == [wires.Pong()]


def test_the_client_closes():
    client = Client()
    assert client.give(CloseConnection(1000)) == [Closed()]
    (reply,) = client.replies()
    assert isinstance(reply, CloseConnection)
    assert client.wire.must_close


def test_what_comes_after_the_end_is_passed_over():
    client = Client()
    client.give(CloseConnection(1000))
    assert list(client.wire.receive(b"more")) == [Closed()]


def test_the_server_closes():
    client = Client()
    (close,) = client.take(client.wire.close(4400, "no"))
    assert (close.code, close.reason) == (4400, "no")
    assert client.wire.message(b"late") != b""
    assert client.wire.ping() == b""
    assert client.give(close.response()) == [Closed()]
    assert client.ws.state is ConnectionState.CLOSED


@pytest.mark.parametrize("event", [Ping(b"x"), BytesMessage(b"x"), TextMessage("x")])
def test_what_comes_while_the_server_closes(event):
    client = Client()
    client.wire.close(1000, "")
    assert client.give(event) == ([wires.Message("x")] if isinstance(event, TextMessage) else [])
    assert client.wire.take_replies() == b""


def test_only_text_is_accepted():
    client = Client()
    assert client.give(BytesMessage(b"x")) == []
    assert [event.code for event in client.replies()] == [1003]


def test_a_message_that_is_too_large(monkeypatch):
    monkeypatch.setattr(wires, "LARGEST_MESSAGE", 10)
    client = Client()
    assert client.give(TextMessage("x" * 10)) == [wires.Message("x" * 10)]
    assert client.give(TextMessage("x" * 11)) == [Closed()]
    assert [event.code for event in client.replies()] == [1009]


def test_frames_that_are_invalid():
    client = Client()
    # Not masked, as every frame of a client must be.
    assert list(client.wire.receive(frame(TEXT, b"x"))) == [Closed()]
    assert [event.code for event in client.replies()] == [1002]


def test_the_end_without_a_close():
    client = Client()
    assert list(client.wire.receive(b"")) == [Closed()]


def test_a_handshake_that_is_invalid():
    wire = Wire(secure=False)
    (upgrade,) = requests(GET.replace(b"\r\n\r\n", b"\r\nUpgrade: websocket\r\n\r\n"), wire)
    assert isinstance(upgrade, Upgrade)
    data, trailing = wire.accept()
    assert data.startswith(b"HTTP/1.1 400")
    assert trailing == []
    assert not wire.is_websocket


@settings(deadline=None)
@given(st.binary(), st.booleans(), st.booleans())
def test_hostile_frames_never_raise(data, masked, is_closing):
    client = Client()
    if is_closing:
        client.wire.close(1000, "")
    wire = client.wire
    if masked:
        # Whole frames, so that more than the first is looked at.
        head = bytes([0x80 | (len(data) % 16), 0x80 | min(len(data), 125), 0, 0, 0, 0])
        data = head + data[:125] + data
    for item in list(wire.receive(data)):
        assert isinstance(item, wires.Message | wires.Pong | Closed)
    wire.take_replies()
