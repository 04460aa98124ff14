"""What faults do to the rules; tests/simulator/faults/test_catalogue.py sees them on the wire."""

import json

import pytest

from rc_tail.simulator.faults.schedule import read_plan
from rc_tail.simulator.service.effects import (
    Drip,
    IgnorePings,
    Mute,
    ResetConnection,
    SendClose,
    SendRaw,
    SendText,
)
from tests.simulator.company import EXTENSION, SMS, Company, code_of


def affected(name: str, *, count: int = 1, company: Company | None = None, **values: str):
    """Arm a fault while somebody is subscribed; return the company and what was done."""
    company = company or Company(replay_delay=0)
    company.subscribed()
    plan = read_plan(name, values, count=count)
    company.simulation.fault_schedule.add(plan, company.now)
    return company, company.effects()


@pytest.mark.parametrize(
    ("name", "values", "effects"),
    [
        ("reset", {}, [ResetConnection(1)]),
        ("half-open", {}, [Mute(1)]),
        ("no-pong", {}, [IgnorePings(1)]),
        ("slow-drip", {"interval": "2s"}, [Drip(1, 2.0)]),
        ("close", {"code": "4001", "reason": "x"}, [SendClose(1, 4001, "x")]),
        ("session-revoked", {}, [SendClose(1, 4400, "Session ended")]),
        ("recovery-failed", {}, [ResetConnection(1)]),
        ("buffer-overflow", {}, [ResetConnection(1)]),
        ("subscription-replaced", {}, []),
        ("clock-skew", {}, []),
    ],
)
def test_what_happens_on_the_connection(name, values, effects):
    assert affected(name, **values)[1] == effects


@pytest.mark.parametrize(
    ("name", "code"), [("idle-timeout", "WSG-902"), ("absolute-timeout", "WSG-903")]
)
def test_timeouts(name, code):
    _, (error, close) = affected(name)
    assert json.loads(error.text)[1]["errorCode"] == code
    assert close == SendClose(1)


@pytest.mark.parametrize("name", ["malformed", "unknown-message", "binary", "invalid-utf8"])
def test_messages_of_their_own_come_as_often_as_asked(name):
    _, effects = affected(name, count=3)
    assert len(effects) == 3
    assert isinstance(effects[0], SendRaw)


def test_a_huge_message_is_an_event_of_the_subscription():
    company, (effect,) = affected("huge-message", bytes="100000")
    assert isinstance(effect, SendText)
    meta, payload = json.loads(effect.text)
    (subscriber,) = company.simulation.subscribers()
    assert (meta["type"], payload["subscriptionId"]) == ("ServerNotification", subscriber.id)
    assert (payload["event"], len(payload["body"]["text"])) == (subscriber.filters[0], 100_000)


@pytest.mark.parametrize(("name", "times"), [("duplicates", 2), ("split-frames", 0)])
def test_messages_are_bent(name, times):
    company, _ = affected(name)
    company.send()
    assert len(company.events()) == times
    company.send()
    assert len(company.events()) == 1


def test_a_session_that_was_revoked_is_over():
    company, _ = affected("session-revoked")
    assert len(company.service.sessions) == 0
    assert company.simulation.subscribers() == []


@pytest.mark.parametrize("code", ["WSG-1003", "WSG-1005", "WSG-400"])
def test_the_next_recovery_fails_with_the_code(code):
    company = Company()
    token = company.log_in()
    wsc = company.connect(1, token)[0][0]["wsc"]["token"]
    company.subscribe(SMS)
    company.simulation.fault_schedule.add(read_plan("recovery-failed", {"code": code}), company.now)
    company.lose()
    ((_, body),) = company.connect(2, token, wsc)
    assert code in (body.get("recoveryErrorCode"), body.get("errorCode"))
    company.lose(2)
    assert company.connect(3, token, wsc)[0][1].get("recoveryErrorCode") is None


def test_missed_events_overflow():
    company = Company(replay_delay=0)
    token = company.log_in()
    wsc = company.connect(1, token)[0][0]["wsc"]["token"]
    company.subscribe(SMS)
    company.simulation.fault_schedule.add(read_plan("buffer-overflow", {"keep": "2"}), company.now)
    company.lose()
    for text in "abc":
        company.send(text=text)
    _, details = company.connect(2, token, wsc)[0]
    assert details["recoveryBufferSize"] == 2
    company.wait(0)
    assert [event["body"]["subject"] for event in company.events(2)] == ["b", "c"]


def test_a_replaced_subscription_has_an_unknown_id():
    company = Company()
    before = company.subscribed()
    company.simulation.fault_schedule.add(read_plan("subscription-replaced", {}), company.now)
    company.send()
    assert company.events()[0]["subscriptionId"] != before
    _, body = company.ask(1, "PUT", f"/restapi/v1.0/subscription/{before}", {"eventFilters": [SMS]})
    assert body["errorCode"] == "SUB-507"


def test_a_connection_without_a_subscription_is_no_victim():
    company = Company()
    company.connect()
    company.simulation.fault_schedule.add(read_plan("subscription-replaced", {}), company.now)
    assert company.simulation.fault_schedule.names() == ["subscription-replaced"]


PLACES = {
    "token": ("POST", "/restapi/oauth/token"),
    "wstoken": ("POST", "/restapi/oauth/wstoken"),
    "subscription": ("GET", "/restapi/v1.0/subscription"),
    "history": ("GET", f"{EXTENSION}/message-store"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("name", "values", "status", "code"),
    [
        ("unauthorized", {}, 401, "OAU-213"),
        ("forbidden", {}, 403, "CMN-401"),
        ("rate-limited", {}, 429, "CMN-301"),
        ("unavailable", {}, 503, "CMN-203"),
        ("unavailable", {"status": "500"}, 500, "CMN-203"),
    ],
)
def test_answers_are_refused_so_often(place, name, values, status, code):
    company = Company()
    token = company.log_in()
    plan = read_plan(name, {"on": place, **values}, count=2)
    company.simulation.fault_schedule.add(plan, company.now)
    method, path = PLACES[place]
    answers = [company.get(path, token, method) for _ in range(3)]
    assert [answer.status for answer in answers[:2]] == [status] * 2
    assert code_of(answers[0]) == code
    assert answers[0].headers["Date"]
    assert answers[2].status != status or place == "token"


@pytest.mark.parametrize(("given", "told"), [("7", "7"), ("none", None), ("0", "0")])
def test_when_to_come_again(given, told):
    company = Company()
    plan = read_plan("rate-limited", {"on": "token", "retry-after": given})
    company.simulation.fault_schedule.add(plan, company.now)
    assert company.token().headers.get("Retry-After") == told


def test_answers_over_the_socket_too():
    company = Company()
    company.connect()
    company.simulation.fault_schedule.add(
        read_plan("forbidden", {"on": "subscription"}), company.now
    )
    meta, body = company.subscribe(SMS)
    assert (meta["status"], body["errorCode"]) == (403, "CMN-401")
    assert company.subscribe(SMS)[0]["status"] == 200


def test_slow_answers():
    company = Company()
    company.simulation.fault_schedule.add(read_plan("slow-answer", {"delay": "2s"}), company.now)
    slow, fast = company.token(), company.token()
    assert (slow.status, slow.delay, fast.delay) == (200, 2.0, 0.0)


def test_a_token_that_comes_too_late():
    company = Company()
    token = company.log_in()
    company.simulation.fault_schedule.add(read_plan("late-wstoken", {}), company.now)
    answer = company.get("/restapi/oauth/wstoken", token, "POST")
    assert (answer.status, answer.delay) == (200, 1.0)
    company.open(1, answer.body["ws_access_token"])
    assert company.closed() == 4400
    assert company.connect(2, token)


def test_nothing_is_spoiled_that_was_refused():
    company = Company(scope=("ReadMessages",))
    token = company.log_in()
    company.simulation.fault_schedule.add(read_plan("late-wstoken", {}), company.now)
    assert company.get("/restapi/oauth/wstoken", token, "POST").status == 403


def test_a_wrong_clock():
    company, _ = affected("clock-skew", seconds="-3600")
    company.send()
    assert company.events()[0]["timestamp"] == "2026-03-02T08:30:00.000Z"
