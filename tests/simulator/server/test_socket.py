import socket
import struct

import pytest

from rc_tail.simulator.server import socket as links
from rc_tail.simulator.server.socket import CLOSE_TIMEOUT, ClientSocket
from rc_tail.simulator.service.effects import (
    Drip,
    IgnorePings,
    Mute,
    ResetConnection,
    SendClose,
    SendPing,
    SendRaw,
    SendText,
)

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture
def pair():
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    client.settimeout(30)
    server, _ = listener.accept()
    server.setblocking(False)
    with listener, client, server:
        yield ClientSocket(1, server), client


@pytest.fixture
def opened(pair):
    """A link that is a WebSocket already."""
    client_socket, client = pair
    list(client_socket.wire.receive(UPGRADE))
    client_socket.wire.accept()
    return client_socket, client


def test_what_is_queued_is_sent_in_order(pair):
    client_socket, client = pair
    for part in (b"ab", b"", b"c"):
        client_socket.queue(part)
    assert client_socket.wants_to_write
    client_socket.flush()
    assert client.recv(10) == b"abc"
    assert client_socket.is_idle
    assert not client_socket.wants_to_write


def test_nothing_has_come_yet_and_then_it_has(pair):
    client_socket, client = pair
    assert client_socket.read() is None
    client.sendall(b"x")
    client_socket.sock.settimeout(30)
    assert client_socket.read() == b"x"
    client.close()
    assert client_socket.read() == b""


def test_a_client_that_does_not_read_is_waited_for(pair):
    client_socket, client = pair
    for _ in range(40):
        client_socket.queue(b"x" * 1_000_000, is_message=True)
    client_socket.flush()
    assert client_socket.wants_to_write
    waiting = client_socket.unsent
    assert 0 < waiting <= 40
    client.recv(1_000_000)
    client_socket.flush()
    assert client_socket.unsent <= waiting


def test_a_client_that_lets_far_too_much_wait_is_cut_off(pair, monkeypatch):
    client_socket, _ = pair
    monkeypatch.setattr(links, "BACKLOG_LIMIT", 10)
    client_socket.queue(b"x" * 11)
    assert client_socket.is_closed


def test_only_messages_count_as_unsent(pair):
    client_socket, _ = pair
    client_socket.queue(b"ping")
    client_socket.queue(b"message", is_message=True)
    assert client_socket.unsent == 1


def test_messages_pings_and_closes(opened):
    client_socket, client = opened
    client_socket.apply(SendText(1, b"[]"), 0)
    client_socket.apply(SendPing(1), 0)
    client_socket.apply(SendClose(1, 4400, "no"), 5)
    client_socket.flush()
    assert (
        client.recv(100)
        == b"\x81\x02[]" + b"\x89\x03sim" + b"\x88\x04" + struct.pack("!H", 4400) + b"no"
    )
    assert client_socket.close_by == 5 + CLOSE_TIMEOUT


def test_raw_bytes(opened):
    client_socket, client = opened
    client_socket.apply(SendRaw(1, b"\xff"), 0)
    client_socket.flush()
    assert client.recv(10) == b"\xff"


def test_a_reset_is_seen_as_one(opened):
    client_socket, client = opened
    client_socket.apply(ResetConnection(1), 0)
    assert client_socket.is_closed
    client_socket.sock.close()
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_a_muted_link_sends_nothing(opened):
    client_socket, _ = opened
    client_socket.apply(Mute(1), 0)
    client_socket.apply(SendText(1, b"[]"), 0)
    assert not client_socket.wants_to_write
    assert client_socket.unsent == 1


def test_pings_may_be_ignored(opened):
    client_socket, _ = opened
    client_socket.apply(IgnorePings(1), 0)
    assert not client_socket.wire.answers_pings


def test_a_dripping_link_sends_a_byte_at_a_time(opened):
    client_socket, client = opened
    client_socket.apply(Drip(1, 2.0), 0)
    client_socket.apply(SendText(1, b"[]"), 0)
    client_socket.flush()
    assert client_socket.send_drip(10) == 12
    assert client.recv(10) == b"\x81"
    assert client_socket.send_drip(11) == 12
    client_socket.send_drip(12)
    assert client.recv(10) == b"\x02"
    for now in (14, 16):
        client_socket.send_drip(now)
    assert client.recv(10) == b"[]"
    assert client_socket.send_drip(18) is None


def test_an_error_of_the_socket_means_that_the_client_is_gone(pair):
    client_socket, client = pair
    assert client_socket.guarded(lambda: 1.0) == 1.0
    client.close()
    client_socket.sock.close()
    assert client_socket.guarded(lambda: len(client_socket.read() or b"")) is None
    assert client_socket.is_closed


def test_a_plain_link_needs_no_greeting(pair):
    client_socket, _ = pair
    client_socket.handshake()
    assert client_socket.is_handshake_done
