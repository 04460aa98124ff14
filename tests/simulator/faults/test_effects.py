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
from tests.simulator.harness import EXTENSION, SMS, Harness, code_of


def affected(name: str, *, count: int = 1, harness: Harness | None = None, **values: str):
    """Arm a fault while somebody is subscribed; return the company and what was done."""
    harness = harness or Harness(replay_delay=0)
    harness.subscribed()
    plan = read_plan(name, values, count=count)
    harness.simulation.fault_schedule.add(plan, harness.now)
    return harness, harness.effects()


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
    harness, (effect,) = affected("huge-message", bytes="100000")
    assert isinstance(effect, SendText)
    meta, payload = json.loads(effect.text)
    (subscriber,) = harness.simulation.subscribers()
    assert (meta["type"], payload["subscriptionId"]) == ("ServerNotification", subscriber.id)
    assert (payload["event"], len(payload["body"]["text"])) == (subscriber.filters[0], 100_000)


@pytest.mark.parametrize(("name", "times"), [("duplicates", 2), ("split-frames", 0)])
def test_messages_are_bent(name, times):
    harness, _ = affected(name)
    harness.send()
    assert len(harness.events()) == times
    harness.send()
    assert len(harness.events()) == 1


def test_a_session_that_was_revoked_is_over():
    harness, _ = affected("session-revoked")
    assert len(harness.service.sessions) == 0
    assert harness.simulation.subscribers() == []


@pytest.mark.parametrize("code", ["WSG-1003", "WSG-1005", "WSG-400"])
def test_the_next_recovery_fails_with_the_code(code):
    harness = Harness()
    token = harness.log_in()
    wsc = harness.connect(1, token)[0][0]["wsc"]["token"]
    harness.subscribe(SMS)
    harness.simulation.fault_schedule.add(read_plan("recovery-failed", {"code": code}), harness.now)
    harness.lose()
    ((_, body),) = harness.connect(2, token, wsc)
    assert code in (body.get("recoveryErrorCode"), body.get("errorCode"))
    harness.lose(2)
    assert harness.connect(3, token, wsc)[0][1].get("recoveryErrorCode") is None


def test_missed_events_overflow():
    harness = Harness(replay_delay=0)
    token = harness.log_in()
    wsc = harness.connect(1, token)[0][0]["wsc"]["token"]
    harness.subscribe(SMS)
    harness.simulation.fault_schedule.add(read_plan("buffer-overflow", {"keep": "2"}), harness.now)
    harness.lose()
    for text in "abc":
        harness.send(text=text)
    _, details = harness.connect(2, token, wsc)[0]
    assert details["recoveryBufferSize"] == 2
    harness.wait(0)
    assert [event["body"]["subject"] for event in harness.events(2)] == ["b", "c"]


def test_a_replaced_subscription_has_an_unknown_id():
    harness = Harness()
    before = harness.subscribed()
    harness.simulation.fault_schedule.add(read_plan("subscription-replaced", {}), harness.now)
    harness.send()
    assert harness.events()[0]["subscriptionId"] != before
    _, body = harness.ask(1, "PUT", f"/restapi/v1.0/subscription/{before}", {"eventFilters": [SMS]})
    assert body["errorCode"] == "SUB-507"


def test_a_connection_without_a_subscription_is_not_hit():
    harness = Harness()
    harness.connect()
    harness.simulation.fault_schedule.add(read_plan("subscription-replaced", {}), harness.now)
    assert harness.simulation.fault_schedule.names() == ["subscription-replaced"]


PLACES = {
    "token": ("POST", "/restapi/oauth/token"),
    "wstoken": ("POST", "/restapi/oauth/wstoken"),
    "subscription": ("GET", "/restapi/v1.0/subscription"),
    "history": ("GET", f"{EXTENSION}/message-store"),
    "content": ("GET", f"{EXTENSION}/message-store/1/content/1"),
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
    harness = Harness()
    token = harness.log_in()
    plan = read_plan(name, {"on": place, **values}, count=2)
    harness.simulation.fault_schedule.add(plan, harness.now)
    method, path = PLACES[place]
    answers = [harness.get(path, token, method) for _ in range(3)]
    assert [answer.status for answer in answers[:2]] == [status] * 2
    assert code_of(answers[0]) == code
    assert answers[0].headers["Date"]
    assert answers[2].status != status or place == "token"


@pytest.mark.parametrize(("given", "told"), [("7", "7"), ("none", None), ("0", "0")])
def test_when_to_come_again(given, told):
    harness = Harness()
    plan = read_plan("rate-limited", {"on": "token", "retry-after": given})
    harness.simulation.fault_schedule.add(plan, harness.now)
    assert harness.token().headers.get("Retry-After") == told


def test_answers_over_the_socket_too():
    harness = Harness()
    harness.connect()
    harness.simulation.fault_schedule.add(
        read_plan("forbidden", {"on": "subscription"}), harness.now
    )
    meta, body = harness.subscribe(SMS)
    assert (meta["status"], body["errorCode"]) == (403, "CMN-401")
    assert harness.subscribe(SMS)[0]["status"] == 200


def test_slow_answers():
    harness = Harness()
    harness.simulation.fault_schedule.add(read_plan("slow-answer", {"delay": "2s"}), harness.now)
    slow, fast = harness.token(), harness.token()
    assert (slow.status, slow.delay, fast.delay) == (200, 2.0, 0.0)


def test_a_token_that_comes_too_late():
    harness = Harness()
    token = harness.log_in()
    harness.simulation.fault_schedule.add(read_plan("late-wstoken", {}), harness.now)
    answer = harness.get("/restapi/oauth/wstoken", token, "POST")
    assert (answer.status, answer.delay) == (200, 1.0)
    harness.open(1, answer.body["ws_access_token"])
    assert harness.closed() == 4400
    assert harness.connect(2, token)


def test_nothing_is_spoiled_that_was_refused():
    harness = Harness(scope=("ReadMessages",))
    token = harness.log_in()
    harness.simulation.fault_schedule.add(read_plan("late-wstoken", {}), harness.now)
    assert harness.get("/restapi/oauth/wstoken", token, "POST").status == 403


def test_a_wrong_clock():
    harness, _ = affected("clock-skew", seconds="-3600")
    harness.send()
    assert harness.events()[0]["timestamp"] == "2026-03-02T08:30:00.000Z"


def voicemail(harness: Harness) -> tuple[str, str]:
    """Send a voicemail; return a token and the path of its audio."""
    token = harness.log_in()
    harness.send("voicemail")
    (record,) = harness.get(f"{EXTENSION}/message-store", token).body["records"]
    return token, record["attachments"][0]["uri"].removeprefix("http://127.0.0.1:8080")


@pytest.mark.parametrize(
    ("how", "status", "type_"),
    [
        ("cut", 200, "audio/x-wav"),
        ("wrong-length", 200, "audio/x-wav"),
        ("html", 200, "text/html"),
        ("missing", 404, None),
    ],
)
def test_broken_attachments(how, status, type_):
    harness = Harness()
    token, path = voicemail(harness)
    whole = harness.get(path, token).payload()
    plan = read_plan("broken-content", {"how": how}, count=1)
    harness.simulation.fault_schedule.add(plan, harness.now)
    broken, after = harness.get(path, token), harness.get(path, token)
    assert (broken.status, broken.headers.get("Content-Type")) == (status, type_)
    assert broken.headers["X-Rate-Limit-Group"] == "medium"
    assert (broken.length == len(broken.payload())) is False
    assert broken.payload() != whole or broken.length == len(whole) // 2
    assert after.payload() == whole


def test_attachments_announced_as_huge_redirected_or_untyped():
    harness = Harness()
    token, path = voicemail(harness)
    whole = harness.get(path, token)
    for how in ("huge", "redirect", "untyped"):
        plan = read_plan("broken-content", {"how": how}, count=1)
        harness.simulation.fault_schedule.add(plan, harness.now)
    huge = harness.http("GET", path, authorization=f"Bearer {token}", range="bytes=0-")
    assert huge.length == 4 * 1024**3
    assert huge.headers["Content-Range"].endswith(f"/{huge.length}")
    redirect, untyped = harness.get(path, token), harness.get(path, token)
    assert (redirect.status, redirect.payload()) == (302, b"")
    assert redirect.headers["Location"] == "https://media.example.com/content"
    assert untyped.headers["Content-Type"] == "application/octet-stream"
    assert untyped.payload() == whole.payload()


def test_attachments_elsewhere():
    harness = Harness()
    harness.simulation.fault_schedule.add(read_plan("foreign-content", {}), harness.now)
    harness.subscribed(f"{EXTENSION}/voicemail")
    harness.send("voicemail")
    (event,) = harness.events()
    assert event["body"]["attachments"][0]["uri"].startswith("https://media.example.com/restapi/")
