import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rc_tail.errors import ExitStatus, UnreachableError, UsageError
from rc_tail.simulator import control as clients
from rc_tail.simulator.certificate import certificate_file
from rc_tail.simulator.control import Control, NoSubscriberError
from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.registry import register, registered_addresses
from rc_tail.simulator.server.server import listen
from rc_tail.simulator.service.options import Options
from tests.simulator.client import subscribed

SMS = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"


def control(url: str, folder: Path = Path("nowhere")) -> Control:
    return Control(url, folder)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


def test_status(simulator):
    assert control(simulator.url).status()["subscriptions"] == []


def test_events_reach_who_is_subscribed(simulator):
    with subscribed(simulator, SMS) as client:
        assert control(simulator.url).send({"event": "sms", "text": "hi"}, 1) == 1
        assert client.event()["body"]["subject"] == "hi"


def test_many_events_are_sent_in_parts(simulator, monkeypatch):
    monkeypatch.setattr(clients, "MAX_COUNT", 2)
    with subscribed(simulator, SMS) as client:
        control(simulator.url).send({"event": "sms"}, 5)
        assert len({client.event()["uuid"] for _ in range(5)}) == 5


def test_an_event_without_a_subscription(simulator):
    with pytest.raises(NoSubscriberError, match="subscribed to sms") as told:
        control(simulator.url).send({"event": "sms"}, 1)
    assert told.value.exit_status == ExitStatus.TEMPORARY


def test_a_usage_error_comes_with_its_hint(simulator):
    with pytest.raises(UsageError, match="unknown event") as told:
        control(simulator.url).send({"event": "smss"}, 1)
    assert "Did you mean" in told.value.hint


def test_a_fault_occurs_or_waits(simulator):
    asked = control(simulator.url)
    assert asked.fault("close", {"code": "4001"}, after=None, count=1)
    with subscribed(simulator, SMS) as client:
        assert client.closed() == 4001
    assert not asked.fault("clock-skew", {}, after=None, count=1)


def test_stop_waits_until_it_is_gone(simulator):
    control(simulator.url).stop()
    with pytest.raises(UnreachableError, match="no simulator answers") as told:
        control(simulator.url).status()
    assert "simulator run" in told.value.hint


def test_one_that_does_not_end(simulator, monkeypatch):
    monkeypatch.setattr(clients, "_TRIES", 2)
    monkeypatch.setattr(Control, "_is_listening", lambda self: True)
    with pytest.raises(UnreachableError, match="did not stop"):
        control(simulator.url).stop()


def test_over_tls_its_certificate_is_trusted(tmp_path):
    with Simulator(Options(tls=True)) as simulator:
        assert simulator.ca_bundle is not None
        with pytest.raises(UnreachableError):
            control(simulator.url, tmp_path).status()
        kept = certificate_file(tmp_path, simulator.port)
        kept.write_bytes(simulator.ca_bundle.read_bytes())
        assert control(simulator.url, tmp_path).status()["sessions"] == 0


@contextmanager
def stranger(status: int, body: bytes) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b"not here"), (200, b"{}"), (200, b"[]"), (400, b"{}"), (400, b"x"), (500, b"")],
)
def test_a_server_that_is_not_a_simulator(status, body):
    with stranger(status, body) as url, pytest.raises(UnreachableError, match="is not a simulator"):
        control(url).status()


def test_a_server_that_speaks_no_http():
    with listen(0) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(1000)
                sock.sendall(b"what?\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(UnreachableError, match="no simulator answers"):
            control(f"http://127.0.0.1:{port}").status()
        thread.join()


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "RC_SERVER_URL is not set"),
        ({"RC_SERVER_URL": " "}, "RC_SERVER_URL is not set"),
        ({"RC_SERVER_URL": "https://platform.ringcentral.com"}, "not on this machine"),
        ({"RC_SERVER_URL": "http://192.0.2.1:80"}, "not on this machine"),
        ({"RC_SERVER_URL": "ftp://127.0.0.1"}, "not on this machine"),
        ({"RC_SERVER_URL": "127.0.0.1:80"}, "not on this machine"),
        ({"RC_SERVER_URL": "http://127.0.0.1:port"}, "is not an address"),
    ],
)
def test_addresses_that_are_refused(environ, words):
    with pytest.raises(UsageError, match=words):
        Control.find(environ, Path("nowhere"))


def test_the_one_that_runs_is_found_and_what_is_gone_is_forgotten(simulator, tmp_path):
    with listen(0) as listener:
        gone = f"http://127.0.0.1:{listener.getsockname()[1]}"
    register(tmp_path, gone)
    register(tmp_path, simulator.url)
    assert Control.find({}, tmp_path).url == simulator.url
    assert registered_addresses(tmp_path) == [simulator.url]


def test_the_environment_wins(simulator, tmp_path):
    register(tmp_path, simulator.url)
    other = "http://127.0.0.1:1"
    assert Control.find({"RC_SERVER_URL": other}, tmp_path).url == other


def test_of_several_one_must_be_named(simulator, tmp_path):
    with Simulator() as other:
        register(tmp_path, simulator.url)
        register(tmp_path, other.url)
        with pytest.raises(UsageError, match="2 simulators are running") as told:
            Control.find({}, tmp_path)
    assert f"RC_SERVER_URL={simulator.url}" in told.value.hint
    assert f"RC_SERVER_URL={other.url}" in told.value.hint


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "http://[::1]:1", "https://127.0.0.1", "http://127.0.0.1"]
)
def test_addresses_of_this_machine(url):
    assert control(url).url == url
