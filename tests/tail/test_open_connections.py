"""Connections over real sockets, read by whoever asks the mailbox."""

import ssl
import threading
import time
from collections.abc import Callable

import pytest

from rc_tail.gateway.commands import Close, SendPing, SendText
from rc_tail.tail.loop_events import ConnectionLost, FramesReceived, LoopEvent
from rc_tail.tail.mailbox import Mailbox
from rc_tail.tail.open_connections import OpenConnections
from rc_tail.transport.websocket import Connection, TransportOptions, open_connection
from tests.transport.peer import CLOSE, PATIENCE, PING, PONG, TEXT, Peer, frame, serving, text

# A connection without TLS needs none.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def spawn(name: str, work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, name=name)
    thread.start()
    return thread


def connect(url: str) -> Connection:
    return open_connection(url, TransportOptions(), ssl_context=NO_TLS)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def links(mailbox: Mailbox) -> OpenConnections:
    return OpenConnections(mailbox, spawn)


def next_item(mailbox: Mailbox) -> LoopEvent:
    deadline = time.monotonic() + PATIENCE
    # A part of a message is none yet.
    while (item := mailbox.get(PATIENCE)) is None:
        assert time.monotonic() < deadline, "nothing came"
    return item


def test_what_comes_in_is_left_in_the_mailbox_with_the_connections_number(mailbox, links):
    def mind(peer: Peer) -> None:
        peer.accept()
        peer.send(text("hello"))
        assert peer.read() == (TEXT, b"answer")
        peer.send(text("bye"))
        peer.read_to_end()

    with serving(mind) as server:
        links.add(7, connect(server.url), reads=True)
        assert next_item(mailbox) == FramesReceived(7, [b"hello"])
        links.send_text(SendText(7, "answer"))
        assert next_item(mailbox) == FramesReceived(7, [b"bye"])
        links.close(Close(7, 1000, abort=True))
        links.join()
        # Whoever ends it knows.
        assert mailbox.get(0) is None


def test_a_connection_that_the_peer_ends_is_reported_once(mailbox, links):
    def mind(peer: Peer) -> None:
        peer.accept()

    with serving(mind) as server:
        links.add(1, connect(server.url), reads=True)
        lost = next_item(mailbox)
        assert isinstance(lost, ConnectionLost)
        assert "without a close frame" in lost.error.message
        links.close(Close(1, 1000, abort=False))
        links.join()
        assert mailbox.get(0) is None


def test_what_cannot_be_sent_is_reported_as_the_loss_of_the_connection(mailbox, links):
    def mind(peer: Peer) -> None:
        peer.accept()
        peer.read_to_end()

    with serving(mind) as server:
        connection = connect(server.url)
        links.add(3, connection, reads=False)
        connection.abort()
        links.send_ping(SendPing(3))
        lost = next_item(mailbox)
        assert isinstance(lost, ConnectionLost)
        assert lost.link == 3
        links.close(Close(3, 1000, abort=True))
        links.join()


def test_the_peer_gets_a_close_frame(mailbox, links):
    said: list[tuple[int, bytes]] = []

    def mind(peer: Peer) -> None:
        peer.accept()
        said.append(peer.read())

    with serving(mind) as server:
        links.add(1, connect(server.url), reads=True)
        links.close(Close(1, 1000, abort=False))
        # Nothing more is sent.
        links.send_text(SendText(1, "late"))
    # Only here has the peer heard it; until then it was not waited for.
    links.join()
    assert said == [(CLOSE, (1000).to_bytes(2))]


def test_what_the_peer_still_sends_behind_our_goodbye_is_left_in_the_mailbox(mailbox, links):
    def mind(peer: Peer) -> None:
        peer.accept()
        peer.read()
        peer.send(text("on its way"), frame(CLOSE, (1000).to_bytes(2)))
        peer.read_to_end()

    with serving(mind) as server:
        links.add(1, connect(server.url), reads=True)
        links.close(Close(1, 1000, abort=False))
        assert next_item(mailbox) == FramesReceived(1, [b"on its way"])
        assert isinstance(next_item(mailbox), ConnectionLost)
        links.join()
        assert mailbox.get(0) is None


def test_an_aborted_connection_says_nothing(mailbox, links):
    said: list[tuple[int, bytes]] = []

    def mind(peer: Peer) -> None:
        peer.accept()
        said.extend(peer.read_to_end())

    with serving(mind) as server:
        links.add(1, connect(server.url), reads=True)
        links.close(Close(1, 1000, abort=True))
    links.join()
    assert said == []


def test_a_connection_that_is_not_read_is_closed_as_well(mailbox, links):
    said: list[tuple[int, bytes]] = []

    def mind(peer: Peer) -> None:
        peer.accept()
        said.append(peer.read())

    with serving(mind) as server:
        links.add(1, connect(server.url), reads=False)
        links.close(Close(1, 4000, abort=False))
        links.join()
    assert said == [(CLOSE, (4000).to_bytes(2))]
    assert mailbox.get(0) is None


def test_connections_that_are_not_there_are_no_matter(mailbox, links):
    links.send_text(SendText(1, "hello"))
    links.send_ping(SendPing(1))
    links.close(Close(1, 1000, abort=False))
    links.join()
    assert mailbox.get(0) is None


def test_no_more_is_read_than_the_main_thread_takes(mailbox, links):
    most, size = 600, 100_000
    sent: list[int] = []

    def mind(peer: Peer) -> None:
        peer.accept()
        for number in range(most):
            peer.send(text("x" * size))
            sent.append(number)
        peer.read_to_end()

    with serving(mind) as server:
        links.add(1, connect(server.url), reads=True)
        got = 0
        while got < most:
            item = next_item(mailbox)
            assert isinstance(item, FramesReceived)
            got += len(item.incoming)
            # What is on its way: a few batches here, and what the system holds.
            assert len(sent) - got < most / 2
        links.close(Close(1, 1000, abort=True))
        links.join()
    assert len(sent) == most


def test_a_ping_is_answered_while_nothing_else_comes(mailbox, links):
    answered = threading.Event()

    def mind(peer: Peer) -> None:
        peer.accept()
        peer.send(frame(PING, b"are you there"))
        assert peer.read() == (PONG, b"are you there")
        answered.set()
        peer.send(text("good"))
        peer.read_to_end()

    with serving(mind) as server:
        links.add(1, connect(server.url), reads=True)
        assert next_item(mailbox) == FramesReceived(1, [b"good"])
        assert answered.is_set()
        links.close(Close(1, 1000, abort=True))
        links.join()


def test_what_came_before_the_end_comes_before_the_news_of_it(mailbox, links):
    def mind(peer: Peer) -> None:
        peer.accept()
        peer.send(text("last"), frame(CLOSE, (1001).to_bytes(2)))
        peer.read_to_end()

    with serving(mind) as server:
        links.add(1, connect(server.url), reads=True)
        assert next_item(mailbox) == FramesReceived(1, [b"last"])
        lost = next_item(mailbox)
        assert isinstance(lost, ConnectionLost)
        assert "1001" in lost.error.message
        links.close(Close(1, 1000, abort=False))
        links.join()


def test_of_two_connections_both_are_read(mailbox, links):
    def mind(peer: Peer) -> None:
        peer.accept()
        for _ in range(50):
            peer.send(text("x" * 60_000))
        peer.read_to_end()

    with serving(mind) as one, serving(mind) as other:
        links.add(1, connect(one.url), reads=True)
        links.add(2, connect(other.url), reads=True)
        got = {1: 0, 2: 0}
        while min(got.values()) < 50:
            item = next_item(mailbox)
            assert isinstance(item, FramesReceived)
            got[item.link] += len(item.incoming)
        assert got == {1: 50, 2: 50}
        links.close(Close(1, 1000, abort=True))
        links.close(Close(2, 1000, abort=True))
        links.join()


def test_all_connections_are_ended_at_once(mailbox, links):
    heard: list[int] = []

    def mind(peer: Peer) -> None:
        peer.accept()
        heard.append(len(peer.read_to_end()))

    with serving(mind) as server:
        links.add(1, connect(server.url), reads=True)
        links.add(2, connect(server.url), reads=False)
        links.abort()
        assert mailbox.get(0) is None
    assert heard == [0, 0]
