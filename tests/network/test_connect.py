import socket
import threading
import time

import pytest

from rc_tail.errors import UnreachableError
from rc_tail.network.connect import Deadline, connect, resolve
from tests.transport.peer import PATIENCE


def go(host: str, port: int = 443, seconds: float = 5.0) -> socket.socket:
    return connect(host, port, deadline=Deadline(seconds, host), proxy=None, tls=None)


def test_a_connection_is_made_for_short_messages_and_watched():
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, go("127.0.0.1", listener.getsockname()[1]) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_a_name_with_several_addresses_is_tried_through():
    # On most machines localhost is ::1 first, where nobody listens.
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, go("localhost", listener.getsockname()[1]) as sock:
        assert sock.getpeername()[0] == "127.0.0.1"


def test_a_name_can_be_looked_up_alone():
    found = resolve("localhost", 443, Deadline(5, "localhost"))
    assert {address[4][0] for address in found} <= {"127.0.0.1", "::1"}
    assert {address[4][1] for address in found} == {443}
    with pytest.raises(OSError, match="invalid host name"):
        resolve("a..example", 443, Deadline(5, "a..example"))


def test_later_addresses_get_their_turn(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        asked: list[tuple[str, int]] = []

        def names(host: str, port: int, **_: object) -> list[object]:
            asked.append((host, port))
            kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
            return [(*kind, unused.getsockname()), (*kind, listener.getsockname())]

        monkeypatch.setattr(socket, "getaddrinfo", names)
        with go("gateway.example", 8443) as sock:
            assert sock.getpeername() == listener.getsockname()
        assert asked == [("gateway.example", 8443)]


def test_where_nothing_listens_on_this_machine_a_simulator_may_be_gone():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(UnreachableError) as caught:
            go("127.0.0.1", port)
    assert "RC_SERVER_URL" in caught.value.hint


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", "no-such-host.invalid"])
def test_a_name_that_is_unknown_is_reported(host: str):
    with pytest.raises(UnreachableError) as caught:
        go(host)
    assert caught.value.message.startswith(f"{host} could not be reached (")
    assert caught.value.hint


def test_a_resolver_that_hangs_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch):
    answer = threading.Event()
    asking: list[threading.Thread] = []

    def hang(*_: object, **__: object) -> list[object]:
        asking.append(threading.current_thread())
        answer.wait(PATIENCE)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    started = time.monotonic()
    with pytest.raises(UnreachableError, match=r"gateway\.example did not answer within 0\.2 s"):
        go("gateway.example", seconds=0.2)
    assert 0.2 <= time.monotonic() - started < PATIENCE / 2
    answer.set()
    asking[0].join(PATIENCE)


def test_a_name_without_an_address_is_reported(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(UnreachableError, match="no address found"):
        go("gateway.example")


def test_no_time_left_is_reported_before_anything_is_tried():
    with pytest.raises(UnreachableError, match="did not answer within 0 s"):
        go("127.0.0.1", seconds=0.0)
