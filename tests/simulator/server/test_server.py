import http.client
import json
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from rc_tail.errors import SystemRefusedError
from rc_tail.simulator.certificate import make_certificate
from rc_tail.simulator.instance import Clock, Simulator
from rc_tail.simulator.server.server import Server, listen
from rc_tail.simulator.service.effects import Effect, Mute, ResetConnection, SendClose, SendText
from rc_tail.simulator.service.http_values import Answer, Request
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.service import Service
from rc_tail.simulator.simulation import Simulation
from tests.simulator.client import Caller
from tests.simulator.peer import WebSocket, connect

PATIENCE = 60.0


class Echo:
    """A host that answers with what it was asked."""

    def __init__(self) -> None:
        self.outbox: list[Effect] = []
        self.leaving_ones: list[int] = []
        self.lost_ones: list[tuple[int, int]] = []
        self.ponged_ones: list[int] = []
        self.gone = threading.Event()
        self.due: float | None = None
        self.ticks = 0

    def take_effects(self, now: float) -> list[Effect]:
        effects, self.outbox = self.outbox, []
        return effects

    def answer(self, request: Request, now: float) -> Answer:
        delay = 0.05 if request.path == "/late" else 0.0
        return Answer(200, {"path": request.path, "secure": request.secure}, delay=delay)

    def opened(self, number: int, request: Request, now: float) -> bool:
        self.outbox.append(SendText(number, f'["open",{number}]'.encode()))
        return request.path == "/ws"

    def received(self, number: int, text: str, now: float) -> None:
        effects: dict[str, list[Any]] = {
            "close": [SendClose(number, 4400, "no")],
            "reset": [ResetConnection(number)],
            "mute": [Mute(number), SendClose(number)],
            "burst": [SendText(number, b"x" * 1300)] * 1000,
        }
        self.outbox += effects.get(text, [SendText(number, text.encode())])

    def ponged(self, number: int) -> None:
        self.ponged_ones.append(number)

    def closing(self, number: int) -> None:
        self.leaving_ones.append(number)

    def lost(self, number: int, unsent: int, now: float) -> None:
        self.lost_ones.append((number, unsent))
        self.gone.set()

    def tick(self, now: float) -> float | None:
        self.ticks += 1
        return self.due


@contextmanager
def serving(host: Any, tls: ssl.SSLContext | None = None) -> Iterator[tuple[Server, int]]:
    listener = listen(0)
    port = listener.getsockname()[1]
    server = Server(host, listener, tls, Clock())
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server, port
    finally:
        server.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def host() -> Echo:
    return Echo()


@pytest.fixture
def running(host: Echo) -> Iterator[tuple[Server, int]]:
    with serving(host) as both:
        yield both


def get(connection: http.client.HTTPConnection, path: str, **headers: str) -> Any:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return json.loads(answer.read())


def test_requests_share_a_connection(running):
    connection = http.client.HTTPConnection("127.0.0.1", running[1], timeout=PATIENCE)
    assert [get(connection, path)["path"] for path in ("/a", "/b")] == ["/a", "/b"]
    connection.close()


def test_or_do_not(running, host):
    connection = http.client.HTTPConnection("127.0.0.1", running[1], timeout=PATIENCE)
    connection.request("GET", "/a", headers={"Connection": "close"})
    answer = connection.getresponse()
    assert answer.getheader("Connection") == "close"
    answer.read()
    assert host.gone.wait(PATIENCE)
    connection.close()


def test_pipelined_requests_are_answered_in_order(running):
    with connect(running[1]) as sock:
        sock.sendall(b"GET /late HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
        data = b""
        while data.count(b'{"path"') < 2:
            data += sock.recv(65536)
        assert data.index(b'"/late"') < data.index(b'"/b"')


def test_a_client_may_leave_before_a_late_answer(running, host):
    with connect(running[1]) as sock:
        sock.sendall(b"GET /late HTTP/1.1\r\nHost: h\r\n\r\n")
    assert host.gone.wait(PATIENCE)
    connection = http.client.HTTPConnection("127.0.0.1", running[1], timeout=PATIENCE)
    assert get(connection, "/late")["path"] == "/late"
    connection.close()


def test_invalid_http_is_answered_and_closed(running):
    with connect(running[1]) as sock:
        sock.sendall(b"no http\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 400")
        while sock.recv(65536):
            pass


def test_a_websocket_on_the_same_port(running):
    with WebSocket(running[1]) as socket_:
        assert socket_.text().startswith('["open",')
        socket_.send("hello")
        assert socket_.text() == "hello"


def test_messages_may_come_with_the_handshake(running):
    with WebSocket(running[1], early="early") as socket_:
        assert socket_.text().startswith('["open",')
        assert socket_.text() == "early"


def test_no_websocket_under_another_address(running):
    with connect(running[1]) as sock:
        sock.sendall(WebSocket.handshake("/elsewhere"))
        assert sock.recv(65536).startswith(b"HTTP/1.1 404")


def test_a_handshake_that_is_invalid(running):
    with connect(running[1]) as sock:
        sock.sendall(b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 400")
        while sock.recv(65536):
            pass


def test_the_server_closes(running, host):
    with WebSocket(running[1]) as socket_:
        socket_.text()
        socket_.send("close")
        assert socket_.closed() == 4400
    assert host.gone.wait(PATIENCE)


def test_a_client_that_does_not_answer_a_close_is_left(running, host, monkeypatch):
    monkeypatch.setattr("rc_tail.simulator.server.socket.CLOSE_TIMEOUT", 0.05)
    with WebSocket(running[1]) as socket_:
        socket_.text()
        socket_.send("close")
        assert host.gone.wait(PATIENCE)


def test_the_client_closes(running, host):
    with WebSocket(running[1]) as socket_:
        socket_.text()
        socket_.close()
    assert host.gone.wait(PATIENCE)
    assert host.leaving_ones == [host.lost_ones[0][0]]
    assert host.lost_ones[0][1] == 0


def test_what_was_said_before_a_close_frame_is_sent_before_the_answer(running, host):
    server, port = running
    busy, go_on = threading.Event(), threading.Event()
    with WebSocket(port) as socket_, ThreadPoolExecutor() as threads:
        number = int(json.loads(socket_.text())[1])

        def keep_busy() -> None:
            busy.set()
            assert go_on.wait(PATIENCE)

        # It finds both when it looks again: first what is to be said, then the close frame.
        threads.submit(server.call, keep_busy)
        assert busy.wait(PATIENCE)
        threads.submit(server.call, lambda: host.outbox.append(SendText(number, b"before")))
        # It is rung for this one: the bell of the one before was heard before that began.
        assert select.select([server._wakeup_reader], [], [], PATIENCE)[0]
        socket_.close()
        go_on.set()
        assert socket_.text() == "before"
        assert socket_.closed() == 1000


def test_a_reset(running, host):
    with WebSocket(running[1]) as socket_:
        socket_.text()
        socket_.send("reset")
        with pytest.raises(ConnectionError):
            socket_.text()
    assert host.gone.wait(PATIENCE)


def test_a_muted_connection_hears_and_says_nothing(running, host, monkeypatch):
    monkeypatch.setattr("rc_tail.simulator.server.socket.CLOSE_TIMEOUT", 0.2)
    with WebSocket(running[1]) as socket_:
        socket_.text()
        socket_.send("mute")
        socket_.send("hello?")
        # Not even the close frame goes out; then it is dropped.
        assert socket_.rest() == b""
    assert host.gone.wait(PATIENCE)
    assert host.lost_ones[0][1] == 0


def test_a_stalled_client_blocks_no_other(running, host):
    with WebSocket(running[1]) as stalled, WebSocket(running[1]) as other:
        stalled.text()
        for _ in range(50):
            stalled.send("burst")
        other.text()
        for number in range(20):
            other.send(str(number))
            assert other.text() == str(number)
        # And what waits for it is all there.
        for _ in range(100):
            assert stalled.text() == "x" * 1300


def test_work_from_another_thread(running):
    server, _ = running
    assert server.call(lambda: 7) == 7

    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        server.call(fail)


def test_after_the_end_nothing_is_done(host):
    with serving(host) as (server, port):
        pass
    with pytest.raises(RuntimeError, match="has stopped"):
        server.call(lambda: 7)
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        connect(port)


def test_the_end_closes_every_connection(host):
    with serving(host) as (server, port):
        socket_ = WebSocket(port)
        socket_.text()
        server.stop()
        assert socket_.closed() == 1001
        socket_.leave()


def test_the_host_is_woken_when_something_is_due(running, host):
    server, _ = running
    host.due = 0.0
    before = host.ticks
    server.call(lambda: None)
    pause = threading.Event()
    for _ in range(30_000):
        if host.ticks >= before + 10:
            break
        pause.wait(0.001)
    assert host.ticks >= before + 10
    host.due = None


def test_a_client_that_disconnects_at_once_does_no_harm(running):
    for _ in range(5):
        connect(running[1]).close()
    connection = http.client.HTTPConnection("127.0.0.1", running[1], timeout=PATIENCE)
    assert get(connection, "/a")["path"] == "/a"
    connection.close()


def test_tls(host, tmp_path):
    server_side, file = make_certificate(tmp_path, 1, Clock()())
    trusting = ssl.create_default_context(cafile=file)
    with serving(host, server_side) as (_, port):
        connection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=PATIENCE, context=trusting
        )
        assert get(connection, "/a") == {"path": "/a", "secure": True}
        connection.close()
        with WebSocket(port, wrap=wrapped(trusting)) as socket_:
            assert socket_.text().startswith('["open",')
            socket_.send("burst")
            assert [socket_.text() for _ in range(1000)] == ["x" * 1300] * 1000
            long = "y" * 300_000
            socket_.send(long)
            assert socket_.text() == long
        with connect(port) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n" * 10)
            with pytest.raises((ConnectionError, ssl.SSLError)):
                wrapped(trusting)(sock)


def wrapped(context: ssl.SSLContext) -> Callable[[socket.socket], socket.socket]:
    return lambda sock: context.wrap_socket(sock, server_hostname="127.0.0.1")


def test_a_port_that_is_in_use():
    with listen(0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(SystemRefusedError, match=f"port {port} cannot be used"):
            listen(port)


def test_pings_and_pongs():
    simulation = Simulation(
        Service(Options(ping_interval=0.05, pong_timeout=PATIENCE), Ids(Random(1).getrandbits, 0))
    )
    ponged = threading.Event()
    real = simulation.ponged

    class Watching:
        """The simulation, with an eye on its pongs."""

        take_effects = simulation.take_effects
        answer = simulation.answer
        opened = simulation.opened
        received = simulation.received
        closing = simulation.closing
        lost = simulation.lost
        tick = simulation.tick

        def ponged(self, number: int) -> None:
            real(number)
            ponged.set()

    with serving(Watching()) as (server, port):
        service = simulation.service
        from rc_tail.simulator.service.company import ADA
        from rc_tail.simulator.service.sessions import TokenLifetimes

        now = Clock()()

        def log_in() -> str:
            session = service.sessions.begin(
                "app", ADA, service.options.scope, TokenLifetimes(60), now
            )
            request = Request("POST", "/restapi/oauth/wstoken", {"host": "h:1"})
            return str(service.oauth.wstoken(request, session, now).body["ws_access_token"])

        token = server.call(log_in)
        with WebSocket(port, f"/ws?access_token={token}") as socket_:
            assert "ConnectionDetails" in socket_.text()
            socket_.pong(socket_.ping())
            assert ponged.wait(PATIENCE)


@pytest.mark.parametrize(
    ("how", "got", "announced"), [("cut", 0.5, 1.0), ("wrong-length", 1.0, 0.5)]
)
def test_broken_content_is_sent_as_said(how, got, announced):
    with Simulator() as simulator:
        caller = Caller(simulator.variables)
        token = caller.log_in()
        simulator.send("voicemail")
        store = "/restapi/v1.0/account/~/extension/~/message-store"
        _, page, _ = caller.call("GET", store, f"Bearer {token}")
        path = urlsplit(page["records"][0]["attachments"][0]["uri"]).path
        simulator.fault("broken-content", how=how)
        with socket.create_connection(("127.0.0.1", simulator.port), PATIENCE) as connection:
            request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
            connection.sendall(request.encode())
            # To its end: nothing can follow a wrong length.
            data = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, content = data.partition(b"\r\n\r\n")
    size = 44 + 17 * 8000
    assert len(content) == int(size * got)
    assert b"Content-Length: %d" % int(size * announced) in head
