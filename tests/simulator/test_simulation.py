import json

import pytest

from rc_tail.simulator.service.effects import ResetConnection
from rc_tail.simulator.service.http_values import Request
from tests.simulator.company import EXTENSION, HOST, SMS, Company


def control(company: Company, name: str, body=None, method: str = "POST", **headers: str):
    data = b"" if body is None else json.dumps(body).encode()
    return company.http(method, f"/simulator/{name}", body=data, **headers)


def test_status_tells_who_is_subscribed():
    company = Company()
    id_ = company.subscribed()
    company.send()
    told = control(company, "status", method="GET").body
    assert (told["sessions"], told["connections"], told["notifications"]) == (1, 1, 1)
    (subscription,) = told["subscriptions"]
    assert (subscription["id"], subscription["connected"]) == (id_, True)
    assert subscription["filters"][0].endswith("message-store/instant?type=SMS")
    company.lose()
    assert not company.simulation.subscribers()[0].is_connected


def test_send_lets_an_event_happen():
    company = Company()
    company.subscribed()
    answer = control(company, "send", {"event": "sms", "text": "hi", "count": 2})
    assert (answer.status, answer.body["reached"]) == (200, 1)
    assert [event["body"]["subject"] for event in company.events()] == ["hi", "hi"]


def test_an_order_that_cannot_be_is_refused_with_a_hint():
    answer = control(Company(), "send", {"event": "smss"})
    assert answer.status == 400
    assert "Did you mean sms" in answer.body["hint"]
    assert control(Company(), "send", [1]).status == 400


def test_fault_arms_one():
    company = Company()
    answer = control(company, "fault", {"fault": "close", "values": {"code": 4001}, "count": 2})
    assert answer.body["waits"]
    assert control(company, "status", method="GET").body["faults"] == ["close"]
    company.subscribed()
    assert control(company, "fault", {"fault": "reset", "after": "1h"}).status == 200


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
    answer = control(Company(), "fault", given)
    assert (answer.status, set(answer.body)) == (400, {"message", "hint"})


def test_answers_are_bent_over_http_and_over_the_socket():
    company = Company()
    company.connect()
    for fault, values in (
        ("unavailable", {"on": "token"}),
        ("slow-answer", {"on": "token", "delay": "2s"}),
        ("forbidden", {"on": "subscription"}),
    ):
        control(company, "fault", {"fault": fault, "values": values})
    error_answer, slow = company.token(), company.token()
    assert (error_answer.status, error_answer.delay) == (503, 0)
    assert (slow.status, slow.delay) == (200, 2)
    assert company.subscribe(SMS)[0]["status"] == 403
    assert company.subscribe(SMS)[0]["status"] == 200


def test_a_spoiled_token_opens_nothing():
    company = Company()
    token = company.log_in()
    control(company, "fault", {"fault": "late-wstoken"})
    company.open(1, company.ws_token(token))
    assert company.closed() == 4400


def test_a_pong_is_passed_on():
    company = Company(ping_interval=30)
    company.connect()
    company.wait(30)
    company.simulation.ponged(1)
    company.wait(10)
    assert company.closed() is None


def test_a_text_is_a_change_of_the_store_too():
    company = Company()
    company.subscribed(f"{EXTENSION}/message-store")
    assert company.send("sms") == 1
    assert company.events()[0]["body"]["changes"][0]["type"] == "SMS"


def test_stop_asks_whoever_runs_it():
    company = Company()
    asked = []
    company.simulation.on_stop = lambda: asked.append(True)
    assert control(company, "stop").status == 200
    assert asked == [True]


@pytest.mark.parametrize(("name", "method"), [("stop", "GET"), ("nothing", "POST"), ("", "GET")])
def test_other_names(name, method):
    assert control(Company(), name, method=method).status == 404


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
    assert control(Company(), "stop", **headers).status == 403


@pytest.mark.parametrize(
    "host", ["localhost:1", "[::1]:1", "127.0.0.1:1", "localhost", "[::1]", "127.0.0.1"]
)
def test_own_names_can(host):
    assert control(Company(), "status", method="GET", host=host).status == 200


def test_requests_are_remembered_control_is_not():
    company = Company()
    token = company.log_in()
    company.get(EXTENSION, token)
    control(company, "status", method="GET")
    assert [tuple(asked) for asked in company.simulation.requests] == [
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
    company = Company()
    token = company.ws_token(company.log_in())
    filled = {name: value.format(token) for name, value in headers.items()}
    request = Request("GET", target.format(token), {"host": HOST, **filled})
    assert company.simulation.opened(1, request, company.now) is is_open
    types = [message[0]["type"] for message in company.sent()]
    assert types == (["ConnectionDetails"] if is_open else [])


def test_traffic_is_made_of_what_somebody_asked_for():
    company = Company(rate=10, seed=1)
    company.subscribed(SMS)
    for _ in range(20):
        company.wait(0.1)
    events = company.events()
    assert 10 <= len(events) <= 30
    assert {event["event"].partition("?")[2] for event in events} == {"type=SMS"}
    due = company.wait(0)
    assert due is not None
    assert due < company.now + 1


def test_every_connection_can_be_cut():
    company = Company()
    for number in (1, 2):
        company.connect(number)
    assert company.simulation.cut() == 2
    assert company.effects(2) == [ResetConnection(2)]
