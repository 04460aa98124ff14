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
    link, client = pair
    list(link.wire.receive(UPGRADE))
    link.wire.accept()
    return link, client


def test_what_is_queued_is_sent_in_order(pair):
    link, client = pair
    for part in (b"ab", b"", b"c"):
        link.queue(part)
    assert link.wants_to_write
    link.flush()
    assert client.recv(10) == b"abc"
    assert link.is_idle
    assert not link.wants_to_write


def test_nothing_has_come_yet_and_then_it_has(pair):
    link, client = pair
    assert link.read() is None
    client.sendall(b"x")
    link.sock.settimeout(30)
    assert link.read() == b"x"
    client.close()
    assert link.read() == b""


def test_a_client_that_does_not_read_is_waited_for(pair):
    link, client = pair
    for _ in range(40):
        link.queue(b"x" * 1_000_000, is_message=True)
    link.flush()
    assert link.wants_to_write
    waiting = link.unsent
    assert 0 < waiting <= 40
    client.recv(1_000_000)
    link.flush()
    assert link.unsent <= waiting


def test_a_client_that_lets_far_too_much_wait_is_cut_off(pair, monkeypatch):
    link, _ = pair
    monkeypatch.setattr(links, "BACKLOG_LIMIT", 10)
    link.queue(b"x" * 11)
    assert link.is_gone


def test_only_messages_count_as_unsent(pair):
    link, _ = pair
    link.queue(b"ping")
    link.queue(b"message", is_message=True)
    assert link.unsent == 1


def test_messages_pings_and_closes(opened):
    link, client = opened
    link.carry_out(SendText(1, b"[]"), 0)
    link.carry_out(SendPing(1), 0)
    link.carry_out(SendClose(1, 4400, "no"), 5)
    link.flush()
    assert (
        client.recv(100)
        == b"\x81\x02[]" + b"\x89\x03sim" + b"\x88\x04" + struct.pack("!H", 4400) + b"no"
    )
    assert link.close_by == 5 + CLOSE_TIMEOUT


def test_raw_bytes(opened):
    link, client = opened
    link.carry_out(SendRaw(1, b"\xff"), 0)
    link.flush()
    assert client.recv(10) == b"\xff"


def test_a_reset_is_seen_as_one(opened):
    link, client = opened
    link.carry_out(ResetConnection(1), 0)
    assert link.is_gone
    link.sock.close()
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_a_muted_link_sends_nothing(opened):
    link, _ = opened
    link.carry_out(Mute(1), 0)
    link.carry_out(SendText(1, b"[]"), 0)
    assert not link.wants_to_write
    assert link.unsent == 1


def test_pings_may_be_ignored(opened):
    link, _ = opened
    link.carry_out(IgnorePings(1), 0)
    assert not link.wire.answers_pings


def test_a_dripping_link_sends_a_byte_at_a_time(opened):
    link, client = opened
    link.carry_out(Drip(1, 2.0), 0)
    link.carry_out(SendText(1, b"[]"), 0)
    link.flush()
    assert link.trickle(10) == 12
    assert client.recv(10) == b"\x81"
    assert link.trickle(11) == 12
    link.trickle(12)
    assert client.recv(10) == b"\x02"
    for now in (14, 16):
        link.trickle(now)
    assert client.recv(10) == b"[]"
    assert link.trickle(18) is None


def test_an_error_of_the_socket_means_that_the_client_is_gone(pair):
    link, client = pair
    assert link.guarded(lambda: 1.0) == 1.0
    client.close()
    link.sock.close()
    assert link.guarded(lambda: len(link.read() or b"")) is None
    assert link.is_gone


def test_a_plain_link_needs_no_greeting(pair):
    link, _ = pair
    link.greet()
    assert link.is_greeted
