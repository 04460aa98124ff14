import http.client
import json
import socket
import ssl
import threading
import time

import pytest

from rc_tail.errors import SystemRefusedError, UsageError
from rc_tail.simulator.instance import BATCH, Clock, Simulator
from rc_tail.simulator.server.server import listen
from rc_tail.simulator.service.options import Options
from tests.simulator.client import subscribed

SMS = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"


def status(simulator: Simulator) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=30)
    if simulator.ca_bundle is not None:
        context = ssl.create_default_context(cafile=simulator.ca_bundle)
        connection = http.client.HTTPSConnection(
            "127.0.0.1", simulator.port, timeout=30, context=context
        )
    connection.request("GET", "/restapi/v1.0/status")
    told = str(json.loads(connection.getresponse().read())["status"])
    connection.close()
    return told


def test_it_runs_while_it_is_entered():
    with Simulator() as simulator:
        assert simulator.url == f"http://127.0.0.1:{simulator.port}"
        assert status(simulator) == "OK"
        assert [tuple(asked) for asked in simulator.requests] == [
            ("GET", "/restapi/v1.0/status", 200)
        ]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", simulator.port))
    simulator.stop()
    assert not any(thread.name == "simulator" for thread in threading.enumerate())


def test_variables_lead_to_it():
    with Simulator(Options(client_id="mine")) as simulator:
        assert simulator.variables == {
            "RC_SERVER_URL": simulator.url,
            "RC_APP_CLIENT_ID": "mine",
            "RC_APP_CLIENT_SECRET": "simulator-client-secret",
            "RC_USER_JWT": Options().jwt,
        }


def test_events_are_sent_and_counted():
    with Simulator() as simulator:
        assert simulator.subscribers() == []
        assert simulator.send("sms") == 0
        with subscribed(simulator, SMS) as client:
            (subscriber,) = simulator.subscribers()
            assert subscriber.is_connected
            assert simulator.send("sms", text="hi", from_="+1", to="+2", count=2) == 1
            bodies = [client.event()["body"] for _ in range(2)]
            assert [body["subject"] for body in bodies] == ["hi", "hi"]
            assert bodies[0]["from"] == {"phoneNumber": "+1"}
            assert bodies[0]["to"] == [{"phoneNumber": "+2"}]
            simulator.send("sms", changes=[("priority", "High")])
            assert client.event()["body"]["priority"] == "High"
            assert simulator.send("sms", extension="102") == 0


def test_a_burst_arrives_whole_and_in_order():
    with Simulator() as simulator, subscribed(simulator, SMS) as client:
        count = 3 * BATCH + 7
        assert simulator.send("sms", count=count) == 1
        uuids = [int(client.event()["uuid"]) for _ in range(count)]
        assert uuids == sorted(set(uuids))


def test_connections_can_be_cut():
    with Simulator() as simulator, subscribed(simulator, SMS) as client:
        assert simulator.cut() == 1
        with pytest.raises(ConnectionError):
            client.event()


def test_a_mistake_is_the_callers():
    with Simulator() as simulator, pytest.raises(UsageError, match="unknown event"):
        simulator.send("smss")


def test_tls_with_a_certificate_of_its_own():
    with Simulator(Options(tls=True)) as simulator:
        assert simulator.url.startswith("https://")
        assert simulator.ca_bundle is not None
        assert status(simulator) == "OK"
    assert not simulator.ca_bundle.exists()


def test_a_recording_is_played(tmp_path):
    recorded = {"event": "/team-messaging/v1/posts", "body": {"text": "recorded"}}
    path = tmp_path / "events.jsonl"
    path.write_text(json.dumps(recorded) + "\n")
    with (
        Simulator(Options(rate=500), events=path) as simulator,
        subscribed(simulator, "/team-messaging/v1/posts") as client,
    ):
        assert client.event()["body"] == {"text": "recorded"}


def test_traffic_comes_by_itself():
    with Simulator(Options(rate=500, seed=1)) as simulator, subscribed(simulator, SMS) as client:
        assert {client.event()["body"]["type"] for _ in range(20)} == {"SMS"}


@pytest.mark.parametrize("tls", [True, False])
def test_a_port_in_use(tls):
    with listen(0) as taken:
        simulator = Simulator(Options(port=taken.getsockname()[1], tls=tls))
        with pytest.raises(SystemRefusedError):
            simulator.__enter__()


def test_no_socket_is_left_when_there_is_no_certificate(monkeypatch):
    monkeypatch.setattr("rc_tail.simulator.certificate._pems", lambda now: 1 / 0)
    with pytest.raises(ZeroDivisionError), Simulator(Options(tls=True)):
        pass


def test_clock_shows_the_time_and_goes_forward():
    before = time.time()
    clock = Clock()
    first, second = clock(), clock()
    assert first <= second
    # Generous: only the order of magnitude is its business.
    assert abs(first - before) < 3600
