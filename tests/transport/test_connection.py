import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rc_tail.errors import ConnectionLostError
from rc_tail.transport.websocket import (
    Connection,
    Incoming,
    Pong,
    TransportOptions,
    open_connection,
)
from tests.transport.peer import (
    CLOSE,
    PATIENCE,
    PING,
    PONG,
    TEXT,
    Mind,
    Peer,
    close,
    frame,
    serving,
    text,
)
from tests.transport.test_websocket import PLAIN, read_all


@contextmanager
def connected(
    mind: Mind,
    *,
    tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None,
    send_timeout: float = 10.0,
) -> Iterator[Connection]:
    """A connection to a server whose handshake is done before `mind` begins."""

    def accepting(peer: Peer) -> None:
        peer.accept()
        mind(peer)

    server_side, client_side = tls or (None, PLAIN)
    options = TransportOptions(send_timeout=send_timeout)
    with serving(accepting, tls=server_side) as server:
        connection = open_connection(server.url, options, ssl_context=client_side)
        try:
            yield connection
        finally:
            connection.abort()


@pytest.fixture(params=["plain", "tls"])
def tls(
    request: pytest.FixtureRequest, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> tuple[ssl.SSLContext, ssl.SSLContext] | None:
    return (server_tls, trusting) if request.param == "tls" else None


class Follower:
    """Reads a connection to its end on a thread of its own, and keeps what came."""

    def __init__(self, connection: Connection) -> None:
        self.got: list[Incoming] = []
        self.batches = 0
        self.lost: list[ConnectionLostError] = []
        self.times: list[float] = []
        self._connection = connection
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self.lost:
            try:
                self.got += self._connection.read_batch(PATIENCE)
                self.batches += 1
            except ConnectionLostError as error:
                self.lost.append(error)
            self.times.append(time.monotonic())

    def join(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


def listen(peer: Peer) -> None:
    peer.read_to_end()


def reset(peer: Peer) -> None:
    """End the connection with a reset instead of an end."""
    peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


# Reading.


def test_what_has_come_is_returned_as_one_batch_in_order():
    sent = threading.Event()

    def mind(peer: Peer) -> None:
        peer.send(*(text(str(n)) for n in range(500)))
        sent.set()
        peer.read_to_end()

    with connected(mind) as connection:
        assert sent.wait(PATIENCE)
        batch = connection.read_batch(PATIENCE)
        while len(batch) < 500:  # loopback may hand over the burst in parts
            batch += connection.read_batch(PATIENCE)
    assert batch == [str(n).encode() for n in range(500)]


def test_a_time_out_in_the_middle_of_a_frame_loses_nothing():
    half, finish = threading.Event(), threading.Event()

    def mind(peer: Peer) -> None:
        data = text("x" * 300)
        peer.send(data[:100])
        half.set()
        assert finish.wait(PATIENCE)
        peer.send(data[100:])
        peer.read_to_end()

    with connected(mind) as connection:
        assert half.wait(PATIENCE)
        assert connection.read_batch(0.05) == []
        assert connection.read_batch(0) == []
        finish.set()
        assert connection.read_batch(PATIENCE) == [b"x" * 300]


def test_a_peer_that_drips_does_not_hold_a_reader_past_its_time():
    stop = threading.Event()

    def mind(peer: Peer) -> None:
        peer.send(text("x" * 60_000)[:4])
        while not stop.wait(0.005):
            peer.send(b"x")

    with connected(mind) as connection:
        started = time.monotonic()
        assert connection.read_batch(0.2) == []
        assert 0.2 <= time.monotonic() - started < PATIENCE / 2
        stop.set()


def test_a_large_message_over_tls_comes_whole(server_tls: ssl.SSLContext, trusting: ssl.SSLContext):
    words = "grüße" * 400_000

    def mind(peer: Peer) -> None:
        peer.send(text(words), close(1000))
        peer.read_to_end()

    with connected(mind, tls=(server_tls, trusting)) as connection:
        got, _ = read_all(connection)
    assert got == [words.encode()]


# Pings.


def test_pings_are_answered_by_reading(tls: tuple[ssl.SSLContext, ssl.SSLContext] | None):
    heard = []

    def mind(peer: Peer) -> None:
        for payload in (b"", b"one", b"x" * 125):
            peer.send(frame(PING, payload))
            heard.append(peer.read())
        peer.send(close(1000))
        peer.read_to_end()

    with connected(mind, tls=tls) as connection:
        got, _ = read_all(connection)
    assert got == []
    assert heard == [(PONG, b""), (PONG, b"one"), (PONG, b"x" * 125)]


def test_of_a_flood_of_pings_the_latest_are_answered():
    heard = []

    def mind(peer: Peer) -> None:
        peer.send(b"".join(frame(PING, str(n).encode()) for n in range(1000)), close(1000))
        heard.extend(peer.read_to_end())

    with connected(mind) as connection:
        read_all(connection)
    pongs = [payload for opcode, payload in heard if opcode == PONG]
    assert pongs[-1] == b"999"
    assert len(pongs) < 500
    assert heard[-1] == (CLOSE, b"\x03\xe8")


def test_our_ping_brings_a_pong():
    def mind(peer: Peer) -> None:
        opcode, payload = peer.read()
        assert opcode == PING
        peer.send(frame(PONG, payload))
        peer.read_to_end()

    with connected(mind) as connection:
        connection.ping(b"there?")
        assert connection.read_batch(PATIENCE) == [Pong(b"there?")]


# The end.


@pytest.mark.parametrize(
    ("last", "code", "reason", "message", "answer"),
    [
        (close(1000), 1000, "", "the gateway closed the connection: 1000", b"\x03\xe8"),
        (
            close(1001, "by\x1b[1me"),
            1001,
            "by\x1b[1me",
            "the gateway closed the connection: 1001, going away, by\\x1b[1me",
            b"\x03\xe9",
        ),
        (
            close(4001, "why"),
            4001,
            "why",
            "the gateway closed the connection: 4001, why",
            b"\x0f\xa1",
        ),
        (frame(CLOSE), 1005, "", "the gateway closed the connection: 1005", b""),
        (
            b"\xc1\x01x",
            1002,
            "",
            "the gateway broke the WebSocket protocol: a reserved bit is set",
            b"\x03\xea",
        ),
    ],
)
def test_the_end_is_reported_after_the_last_message_and_answered(
    last: bytes, code: int, reason: str, message: str, answer: bytes
):
    heard = []

    def mind(peer: Peer) -> None:
        peer.send(text("last words"), last, text("never"))
        heard.extend(peer.read_to_end())

    with connected(mind) as connection:
        assert connection.read_batch(PATIENCE) == [b"last words"]
        for _ in range(2):
            with pytest.raises(ConnectionLostError) as caught:
                connection.read_batch(PATIENCE)
            error = caught.value
            assert (error.close_code, error.reason) == (code, reason)
            assert error.message == message
        with pytest.raises(ConnectionLostError):
            connection.send_text("too late")
    assert heard == [(CLOSE, answer)]


def test_an_end_without_a_close_frame_is_1006(tls: tuple[ssl.SSLContext, ssl.SSLContext] | None):
    with connected(lambda peer: peer.send(text("x")), tls=tls) as connection:
        got, lost = read_all(connection)
    assert got == [b"x"]
    assert (lost.close_code, lost.reason) == (1006, "")
    assert lost.message == "the gateway dropped the connection without a close frame"


def test_a_reset_is_1006_with_the_systems_words():
    with connected(reset) as connection:
        _, lost = read_all(connection)
    assert lost.close_code == 1006
    assert lost.message == "connection reset by peer"


def test_tls_that_breaks_is_reported_after_the_last_message(
    server_tls: ssl.SSLContext, trusting: ssl.SSLContext
):
    def mind(peer: Peer) -> None:
        peer.send(text("good"))
        socket.socket.sendall(peer.sock, b"this is no record of TLS, and never was")
        listen(peer)

    with connected(mind, tls=(server_tls, trusting)) as connection:
        got, lost = read_all(connection)
    assert got == [b"good"]
    assert lost.close_code == 1006
    assert lost.message.startswith("TLS: ")


def test_what_came_before_a_failed_send_is_still_read():
    gone = threading.Event()

    def mind(peer: Peer) -> None:
        peer.send(text("good"), close(1011, "oops"))
        reset(peer)
        peer.sock.close()
        gone.set()

    with connected(mind) as connection:
        assert gone.wait(PATIENCE)
        for _ in range(3):
            try:
                connection.send_text("into the void")
            except ConnectionLostError:
                break
        got, lost = read_all(connection)
    assert got == [b"good"]
    assert lost.close_code == 1011


# Sending.


def test_texts_of_any_size_arrive_masked(tls: tuple[ssl.SSLContext, ssl.SSLContext] | None):
    sizes = (0, 125, 126, 65_536, 400_000)
    heard: list[tuple[int, bytes]] = []

    def mind(peer: Peer) -> None:
        heard.extend(peer.read() for _ in sizes)
        peer.send(close(1000))
        peer.read_to_end()

    with connected(mind, tls=tls) as connection:
        follower = Follower(connection)
        for size in sizes:
            connection.send_text("ä" * size)
        follower.join()
    assert heard == [(TEXT, ("ä" * size).encode()) for size in sizes]


def test_threads_may_send_and_read_at_once(tls: tuple[ssl.SSLContext, ssl.SSLContext] | None):
    each, writers, theirs = 100, 3, 3000
    heard: list[str] = []

    def mind(peer: Peer) -> None:
        def talk() -> None:
            # A socket of TLS may not be used by two threads here either.
            for n in range(theirs):
                peer.send(text(f"{n} " + "y" * 500), frame(PING, b"%d" % n))

        talk()
        while len(heard) < each * writers:
            opcode, payload = peer.read()
            if opcode == TEXT:
                heard.append(payload.decode())
        peer.send(close(1000))
        peer.read_to_end()

    def write(connection: Connection, name: int) -> None:
        for n in range(each):
            connection.send_text(f"{name}-{n} " + "x" * 2000)

    with connected(mind, tls=tls) as connection:
        follower = Follower(connection)
        threads = [
            threading.Thread(target=write, args=(connection, name)) for name in range(writers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        follower.join()
    assert follower.got == [(f"{n} " + "y" * 500).encode() for n in range(theirs)]
    assert follower.lost[0].close_code == 1000
    for name in range(writers):
        mine = [words for words in heard if words.startswith(f"{name}-")]
        assert mine == [f"{name}-{n} " + "x" * 2000 for n in range(each)]


@contextmanager
def deaf(
    send_timeout: float, tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None
) -> Iterator[Connection]:
    """A connection whose peer reads nothing until the end."""
    over = threading.Event()

    def mind(peer: Peer) -> None:
        over.wait(PATIENCE)

    with connected(mind, tls=tls, send_timeout=send_timeout) as connection:
        try:
            yield connection
        finally:
            over.set()


def fill(connection: Connection) -> None:
    # What two sockets' buffers hold is megabytes; none of these calls may wait.
    while True:
        connection.send_text("x" * 500_000)


def test_sending_to_a_peer_that_does_not_read_ends_by_the_deadline(
    tls: tuple[ssl.SSLContext, ssl.SSLContext] | None,
):
    def push() -> None:
        while True:
            connection.send_text("x" * 100_000)
            time.sleep(0.002)

    with deaf(0.3, tls) as connection:
        started = time.monotonic()
        with pytest.raises(
            ConnectionLostError,
            match=r"the peer accepted no data for 0\.3 s|bytes are waiting to be sent",
        ) as caught:
            push()
        assert caught.value.close_code == 1006
        assert time.monotonic() - started < PATIENCE / 2


def test_a_reader_learns_that_the_peer_takes_nothing():
    with deaf(0.3) as connection:
        follower = Follower(connection)
        with pytest.raises(ConnectionLostError, match="bytes are waiting to be sent"):
            fill(connection)
        follower.join()
    (lost,) = follower.lost
    assert lost.message == "the peer accepted no data for 0.3 s"


# Closing.


def test_closing_says_goodbye_and_waits_for_the_peers(
    tls: tuple[ssl.SSLContext, ssl.SSLContext] | None,
):
    heard = []

    def mind(peer: Peer) -> None:
        heard.append(peer.read())
        peer.send(text("in between"), close(1000))
        heard.extend(peer.read_to_end())

    with connected(mind, tls=tls) as connection:
        started = time.monotonic()
        connection.close(1001, timeout=PATIENCE)
        assert time.monotonic() - started < PATIENCE / 2
        with pytest.raises(ConnectionLostError):
            connection.send_text("too late")
        got, lost = read_all(connection)
    assert heard == [(CLOSE, b"\x03\xe9")]
    assert got == [b"in between"]
    assert lost.close_code == 1000


def test_closing_while_another_thread_reads_leaves_the_messages_to_it():
    def mind(peer: Peer) -> None:
        assert peer.read()[0] == CLOSE
        peer.send(text("in between"), close(1000))
        peer.read_to_end()

    with connected(mind) as connection:
        follower = Follower(connection)
        connection.close(timeout=PATIENCE)
        follower.join()
    assert follower.got == [b"in between"]
    assert follower.lost[0].close_code == 1000
    assert follower.times == sorted(follower.times)


def test_closing_does_not_wait_for_ever():
    with deaf(PATIENCE) as connection:
        started = time.monotonic()
        connection.close(timeout=0.2)
        assert 0.2 <= time.monotonic() - started < PATIENCE / 2
        _, lost = read_all(connection)
    assert lost.message == "the connection was closed here"


def test_closing_takes_no_flood_instead_of_a_goodbye():
    def mind(peer: Peer) -> None:
        while True:
            peer.send(text("x" * 1_000_000))

    with connected(mind) as connection:
        started = time.monotonic()
        connection.close(timeout=PATIENCE)
        assert time.monotonic() - started < PATIENCE / 2
        got, _ = read_all(connection)
    assert 10 <= len(got) <= 20


def test_closing_twice_and_after_the_end_is_nothing_special():
    with connected(lambda peer: peer.send(close(1000))) as connection:
        read_all(connection)
        started = time.monotonic()
        connection.close(timeout=PATIENCE)
        connection.close(timeout=PATIENCE)
        connection.abort()
        assert time.monotonic() - started < PATIENCE / 2


def test_aborting_wakes_a_thread_that_reads(tls: tuple[ssl.SSLContext, ssl.SSLContext] | None):
    with connected(listen, tls=tls) as connection:
        follower = Follower(connection)
        time.sleep(0.05)  # so that it waits, most probably; both orders must work
        started = time.monotonic()
        connection.abort()
        follower.join()
        assert time.monotonic() - started < PATIENCE / 2
    (lost,) = follower.lost
    assert lost.message == "the connection was closed here"
    assert lost.close_code == 1006


def test_a_second_reader_waits_its_turn_and_gives_up_in_time():
    with deaf(PATIENCE) as connection:
        follower = Follower(connection)
        time.sleep(0.05)
        started = time.monotonic()
        assert connection.read_batch(0.1) == []
        assert time.monotonic() - started < PATIENCE / 2
        connection.abort()
        follower.join()


def test_a_wait_for_several_says_what_for():
    with connected(listen) as connection:
        assert connection.fileno() >= 0
        assert connection.stream.waits_for == select.POLLIN
        assert not connection.is_lost
        connection.abort()
        assert connection.fileno() == -1
        assert connection.is_lost
