"""The table of faults, and each of them on the wire."""

import json
import time
from typing import Any

import pytest

from rc_tail.errors import UsageError
from rc_tail.simulator.faults.catalogue import (
    FAULTS,
    between,
    duration,
    find_fault,
    one_of,
    read_values,
    seconds,
)
from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from tests.simulator.client import Caller, Client, connected, subscribed
from tests.simulator.peer import WebSocket

SMS = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.name)
def test_every_fault_is_explained_and_has_defaults_that_fit(kind):
    assert kind.description
    assert kind.expectation
    assert read_values(kind, {}).keys() == kind.values.keys()
    assert find_fault(kind.name) is kind


def test_names_are_unique():
    assert len({kind.name for kind in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize(
    ("name", "hint"), [("resett", "Did you mean reset"), ("zzzz", "simulator fault --list")]
)
def test_no_such_fault(name, hint):
    with pytest.raises(UsageError, match="unknown fault") as told:
        find_fault(name)
    assert hint in told.value.hint


@pytest.mark.parametrize(
    ("given", "words", "hint"),
    [
        ({"kode": "1"}, "has no parameter 'kode'", "code, reason"),
        ({"code": "99"}, "invalid code '99'", "1000-4999"),
        ({"code": "x"}, "invalid code 'x'", "1000-4999"),
    ],
)
def test_values_that_do_not_fit(given, words, hint):
    with pytest.raises(UsageError, match=words) as told:
        read_values(find_fault("close"), given)
    assert hint in told.value.hint


def test_a_fault_without_parameters_and_one_with_a_wrong_duration():
    with pytest.raises(UsageError) as told:
        read_values(find_fault("reset"), {"code": "1"})
    assert told.value.hint == "Its parameters: none."
    with pytest.raises(UsageError, match="invalid"):
        read_values(find_fault("slow-drip"), {"interval": "3"})


# On the wire: connections.


@pytest.fixture
def simulator():
    with Simulator(Options(replay_delay=0)) as running:
        yield running


@pytest.fixture
def client(simulator):
    with subscribed(simulator, SMS) as connection:
        yield connection


def beat(client: Client, id_: str = "hb") -> None:
    client.send(json.dumps([{"type": "Heartbeat", "messageId": id_}]))


def test_reset(simulator, client):
    simulator.fault("reset")
    with pytest.raises(ConnectionError):
        client.event()


def test_half_open(simulator, client):
    simulator.fault("half-open")
    simulator.send("sms")
    beat(client)
    client.sock.sendall(WebSocket.masked(9, b"ping"))
    client.sock.settimeout(0.2)
    # No event, no echo, no pong, and no end.
    with pytest.raises(TimeoutError):
        client.frame()


def test_no_pong(simulator, client):
    simulator.fault("no-pong")
    client.sock.sendall(WebSocket.masked(9, b"ping"))
    beat(client)
    assert client.frame()[0] == 1


def test_slow_drip(simulator, client):
    simulator.fault("slow-drip", interval="100ms")
    beat(client)
    whole = b'\x81\x27[{"type":"Heartbeat","messageId":"hb"}]'
    # It would take four seconds; a few bytes are enough to see it.
    text = b"".join(client.sock.recv(100) for _ in range(3))
    assert whole.startswith(text)
    assert len(text) < len(whole)


def test_close(simulator, client):
    simulator.fault("close", code=4711, reason="because")
    assert client.closed() == 4711


@pytest.mark.parametrize(
    ("name", "code"), [("idle-timeout", "WSG-902"), ("absolute-timeout", "WSG-903")]
)
def test_timeouts(name, code, simulator, client):
    simulator.fault(name)
    assert client.message()[1]["errorCode"] == code
    assert client.closed() == 1000


def test_session_revoked(simulator):
    caller = Caller(simulator.variables)
    token = caller.log_in()
    with Client(caller, token) as client:
        client.message()
        client.subscribe(SMS)
        simulator.fault("session-revoked")
        assert client.closed() == 4400
    assert caller.call("POST", "/restapi/oauth/wstoken", f"Bearer {token}")[0] == 401


def lost(simulator: Simulator, fault: str, **values: Any) -> tuple[Caller, str, str]:
    """Subscribe, and lose the connection by a fault; return what a recovery needs."""
    caller = Caller(simulator.variables)
    token = caller.log_in()
    with Client(caller, token) as client:
        wsc = client.message()[0]["wsc"]["token"]
        client.subscribe(SMS)
        simulator.fault(fault, **values)
        with pytest.raises(ConnectionError):
            client.event()
    return caller, token, wsc


@pytest.mark.parametrize("code", ["WSG-1003", "WSG-1005"])
def test_recovery_failed(code, simulator):
    with Client(*lost(simulator, "recovery-failed", code=code)) as client:
        details = client.message()[1]
        assert (details["recoveryState"], details["recoveryErrorCode"]) == ("Failed", code)
        # The connection can be used all the same.
        assert client.subscribe(SMS)[0]["status"] == 200


def test_recovery_refused(simulator):
    with Client(*lost(simulator, "recovery-failed", code="WSG-400")) as client:
        assert client.message()[1]["errorCode"] == "WSG-400"
        assert client.closed() == 1000


def test_buffer_overflow(simulator):
    needed = lost(simulator, "buffer-overflow", keep="2")
    for text in "abc":
        simulator.send("sms", text=text)
    with Client(*needed) as client:
        assert client.message()[1]["recoveryState"] == "Successful"
        assert [client.event()["body"]["subject"] for _ in range(2)] == ["b", "c"]


def test_subscription_replaced(simulator, client):
    (before,) = simulator.subscribers()
    simulator.fault("subscription-replaced")
    simulator.send("sms")
    assert client.event()["subscriptionId"] != before.id


# On the wire: messages.


def test_duplicates(simulator, client):
    simulator.fault("duplicates")
    simulator.send("sms", count=2)
    first, again, other = (client.event()["uuid"] for _ in range(3))
    assert first == again != other


def test_reordering(simulator, client):
    simulator.fault("reordering")
    for text in "abc":
        simulator.send("sms", text=text)
    assert [client.event()["body"]["subject"] for _ in range(3)] == ["b", "a", "c"]


def test_split_frames(simulator, client):
    simulator.fault("split-frames")
    simulator.send("sms", text="in pieces")
    frames = [client.frame() for _ in range(4)]
    assert [(opcode, final) for opcode, final, _ in frames] == [
        (1, False),
        (9, True),
        (0, False),
        (0, True),
    ]
    _, payload = json.loads(b"".join(data for opcode, _, data in frames if opcode != 9))
    assert payload["body"]["subject"] == "in pieces"


@pytest.mark.parametrize(
    ("name", "opcode", "error"),
    [
        ("malformed", 1, json.JSONDecodeError),
        ("binary", 2, UnicodeDecodeError),
        ("invalid-utf8", 1, UnicodeDecodeError),
    ],
)
def test_messages_that_are_invalid(name, opcode, error, simulator, client):
    simulator.fault(name)
    seen, final, data = client.frame()
    assert (seen, final) == (opcode, True)
    with pytest.raises(error):
        json.loads(data.decode())
    simulator.send("sms", text="still here")
    assert client.event()["body"]["subject"] == "still here"


def test_unknown_message(simulator, client):
    simulator.fault("unknown-message")
    assert client.message()[0]["type"] == "SomethingNew"


def test_huge_message(simulator, client):
    simulator.fault("huge-message", bytes=3_000_000)
    assert len(client.event()["body"]["text"]) == 3_000_000


# On the wire: answers.


@pytest.mark.parametrize(
    ("name", "status"),
    [("unauthorized", 401), ("forbidden", 403), ("rate-limited", 429), ("unavailable", 503)],
)
def test_refusals(name, status, simulator):
    caller = Caller(simulator.variables)
    token = caller.log_in()
    simulator.fault(name, count=2)
    found = [caller.call("POST", "/restapi/oauth/wstoken", f"Bearer {token}")[0] for _ in range(3)]
    assert found == [status, status, 200]


@pytest.mark.parametrize(("retry_after", "told"), [(7, "7"), ("none", None)])
def test_when_to_come_again(retry_after, told, simulator):
    simulator.fault("rate-limited", on="token", retry_after=retry_after)
    status, _, headers = Caller(simulator.variables).token()
    assert (status, headers.get("Retry-After")) == (429, told)


def test_a_refusal_over_the_socket(simulator):
    with connected(simulator) as client:
        simulator.fault("unavailable", on="subscription")
        assert client.subscribe(SMS)[0]["status"] == 503
        assert client.subscribe(SMS)[0]["status"] == 200


def test_slow_answer(simulator):
    caller = Caller(simulator.variables)
    simulator.fault("slow-answer", delay="300ms")
    began = time.monotonic()
    assert caller.token()[0] == 200
    assert time.monotonic() - began >= 0.3


def test_late_wstoken(simulator):
    caller = Caller(simulator.variables)
    token = caller.log_in()
    simulator.fault("late-wstoken", delay="10ms")
    with Client(caller, token) as client:
        assert client.closed() == 4400
    with Client(caller, token) as client:
        assert client.message()[0]["type"] == "ConnectionDetails"


def test_clock_skew(simulator):
    caller = Caller(simulator.variables)

    def year() -> int:
        return int(caller.call("GET", "/restapi/v1.0/status")[2]["Date"].split()[3])

    before = year()
    simulator.fault("clock-skew", seconds=86_400 * 366 * 20)
    assert year() - before in (20, 21)


def test_a_fault_may_come_after_some_events(simulator, client):
    simulator.fault("close", after="2events", code=4001)
    simulator.send("sms", count=2)
    assert [client.event()["ownerId"] for _ in range(2)] == ["400000101"] * 2
    assert client.closed() == 4001


def test_a_scenario_on_the_wire(tmp_path):
    path = tmp_path / "scenario"
    path.write_text("0s rate-limited on=token count=1\n50ms close code=4002\n")
    with Simulator(scenario=path) as simulator:
        caller = Caller(simulator.variables)
        assert caller.token()[0] == 429
        with subscribed(simulator, SMS) as client:
            assert client.closed() == 4002


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (one_of(("a", "b")), "b", "b"),
        (between(1, 3), "3", 3),
        (between(-5, 5), "-5", -5),
        (duration, "100ms", 0.1),
        (seconds, "0", 0),
        (seconds, "none", None),
    ],
)
def test_what_fits(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (one_of(("a", "b")), "c"),
        (between(1, 3), "4"),
        (between(1, 3), "x"),
        (seconds, "-1"),
        (seconds, "soon"),
    ],
)
def test_what_does_not(read, text):
    with pytest.raises(ValueError, match=r"^$|invalid literal"):
        read(text)


def test_durations_need_a_unit():
    with pytest.raises(UsageError):
        duration("3")
