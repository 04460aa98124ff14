import json

import pytest

from rc_tail.simulator.service.effects import ResetConnection
from rc_tail.simulator.service.http_values import Request
from tests.simulator.harness import EXTENSION, HOST, SMS, SUBSCRIPTION, Harness


def control(harness: Harness, name: str, body=None, method: str = "POST", **headers: str):
    data = b"" if body is None else json.dumps(body).encode()
    return harness.http(method, f"/simulator/{name}", body=data, **headers)


def test_status_tells_who_is_subscribed():
    harness = Harness()
    id_ = harness.subscribed()
    harness.send()
    told = control(harness, "status", method="GET").body
    assert (told["sessions"], told["connections"], told["notifications"]) == (1, 1, 1)
    (subscription,) = told["subscriptions"]
    assert (subscription["id"], subscription["connected"]) == (id_, True)
    assert subscription["filters"][0].endswith("message-store/instant?type=SMS")
    harness.lose()
    assert not harness.simulation.subscribers()[0].is_connected


def test_send_lets_an_event_happen():
    harness = Harness()
    harness.subscribed()
    answer = control(harness, "send", {"event": "sms", "text": "hi", "count": 2})
    assert (answer.status, answer.body["reached"]) == (200, 1)
    assert [event["body"]["subject"] for event in harness.events()] == ["hi", "hi"]


def test_an_order_that_cannot_be_is_refused_with_a_hint():
    answer = control(Harness(), "send", {"event": "smss"})
    assert answer.status == 400
    assert "Did you mean sms" in answer.body["hint"]
    assert control(Harness(), "send", [1]).status == 400


def test_fault_arms_one():
    harness = Harness()
    answer = control(harness, "fault", {"fault": "close", "values": {"code": 4001}, "count": 2})
    assert answer.body["waits"]
    assert control(harness, "status", method="GET").body["faults"] == ["close"]
    harness.subscribed()
    assert control(harness, "fault", {"fault": "reset", "after": "1h"}).status == 200


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"fault": "resett"},
        {"fault": "close", "values": {"code": 1}},
        {"fault": "reset", "count": "x"},
    ],
)
def test_faults_that_cannot_be(given):
    answer = control(Harness(), "fault", given)
    assert (answer.status, set(answer.body)) == (400, {"message", "hint"})


def test_answers_are_bent_over_http_and_over_the_socket():
    harness = Harness()
    harness.connect()
    for fault, values in (
        ("unavailable", {"on": "token"}),
        ("slow-answer", {"on": "token", "delay": "2s"}),
        ("forbidden", {"on": "subscription"}),
    ):
        control(harness, "fault", {"fault": fault, "values": values})
    error_answer, slow = harness.token(), harness.token()
    assert (error_answer.status, error_answer.delay) == (503, 0)
    assert (slow.status, slow.delay) == (200, 2)
    assert harness.subscribe(SMS)[0]["status"] == 403
    assert harness.subscribe(SMS)[0]["status"] == 200


def test_a_spoiled_token_opens_nothing():
    harness = Harness()
    token = harness.log_in()
    control(harness, "fault", {"fault": "late-wstoken"})
    harness.open(1, harness.ws_token(token))
    assert harness.closed() == 4400


def test_a_pong_is_passed_on():
    harness = Harness(ping_interval=30)
    harness.connect()
    harness.wait(30)
    harness.simulation.ponged(1)
    harness.wait(10)
    assert harness.closed() is None


def test_a_text_is_a_change_of_the_store_too():
    harness = Harness()
    harness.subscribed(f"{EXTENSION}/message-store")
    assert harness.send("sms") == 1
    assert harness.events()[0]["body"]["changes"][0]["type"] == "SMS"


def test_stop_calls_on_stop():
    harness = Harness()
    asked = []
    harness.simulation.on_stop = lambda: asked.append(True)
    assert control(harness, "stop").status == 200
    assert asked == [True]


@pytest.mark.parametrize(("name", "method"), [("stop", "GET"), ("nothing", "POST"), ("", "GET")])
def test_other_names(name, method):
    assert control(Harness(), name, method=method).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"host": "evil.example:8080"},
        {"host": "evil.example"},
        {"host": "[::1"},
    ],
)
def test_a_web_page_cannot_control_it(headers):
    assert control(Harness(), "stop", **headers).status == 403


@pytest.mark.parametrize(
    "host", ["localhost:1", "[::1]:1", "127.0.0.1:1", "localhost", "[::1]", "127.0.0.1"]
)
def test_own_names_can(host):
    assert control(Harness(), "status", method="GET", host=host).status == 200


def test_requests_are_remembered_control_is_not():
    harness = Harness()
    token = harness.log_in()
    harness.get(EXTENSION, token)
    control(harness, "status", method="GET")
    assert [tuple(asked) for asked in harness.simulation.requests] == [
        ("POST", "/restapi/oauth/token", 200),
        ("GET", EXTENSION, 200),
    ]


@pytest.mark.parametrize(
    ("target", "headers", "is_open"),
    [
        ("/ws?access_token={}", {}, True),
        ("/ws/?access_token={}", {}, True),
        # As one SDK does it.
        ("/ws", {"authorization": "Bearer {}"}, True),
        ("/elsewhere?access_token={}", {}, False),
    ],
)
def test_the_token_is_in_the_query_or_in_the_header(target, headers, is_open):
    harness = Harness()
    token = harness.ws_token(harness.log_in())
    filled = {name: value.format(token) for name, value in headers.items()}
    request = Request("GET", target.format(token), {"host": HOST, **filled})
    assert harness.simulation.opened(1, request, harness.now) is is_open
    types = [message[0]["type"] for message in harness.sent()]
    assert types == (["ConnectionDetails"] if is_open else [])


def test_traffic_fits_the_subscriptions():
    harness = Harness(rate=10, seed=1)
    harness.subscribed(SMS)
    for _ in range(20):
        harness.wait(0.1)
    events = harness.events()
    assert 10 <= len(events) <= 30
    assert {event["event"].partition("?")[2] for event in events} == {"type=SMS"}
    due = harness.wait(0)
    assert due is not None
    assert due < harness.now + 1


def test_every_connection_can_be_cut():
    harness = Harness()
    for number in (1, 2):
        harness.connect(number)
    assert harness.simulation.cut() == 2
    assert harness.effects(2) == [ResetConnection(2)]


@pytest.mark.parametrize(("everywhere", "subscribed"), [(False, 1), (True, 20)])
def test_a_client_that_takes_every_frame_with_wsc_for_a_greeting(everywhere, subscribed):
    """As an integration in use does: it subscribes once, unless the option says otherwise."""
    harness = Harness(wsc_everywhere=everywhere)
    frames = harness.connect()
    requests = 0
    # Twenty rounds at most, since the client would never stop.
    for _ in range(20):
        greetings = sum("wsc" in frame[0] for frame in frames)
        if not greetings:
            break
        body = {"eventFilters": [SMS], "deliveryMode": {"transportType": "WebSocket"}}
        head = {"type": "ClientRequest", "messageId": "m", "method": "POST", "path": SUBSCRIPTION}
        harness.say(1, [head, body])
        requests += 1
        harness.send()
        frames = harness.sent()
        assert frames
    assert requests == subscribed
