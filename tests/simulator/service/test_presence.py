from typing import Any

import pytest

from rc_tail.simulator.service.company import ADA, BOB
from tests.simulator.harness import EXTENSION, Harness, code_of, jwt

PRESENCE = f"{EXTENSION}/presence"


@pytest.fixture
def harness() -> Harness:
    return Harness()


def put(harness: Harness, token: str, **fields: Any) -> Any:
    answer = harness.call("PUT", PRESENCE, token, fields)
    assert answer.status == 200, answer.body
    return answer.body


def test_it_is_read(harness):
    body = harness.get(PRESENCE, harness.log_in()).body
    assert (body["presenceStatus"], body["dndStatus"]) == ("Available", "TakeAllCalls")
    assert body["extension"]["id"] == int(ADA.id)
    assert body["uri"].endswith(f"/extension/{ADA.id}/presence")


def test_it_is_set_and_told(harness):
    harness.subscribed(PRESENCE, f"{EXTENSION}/presence/dnd", f"{EXTENSION}/presence/line/presence")
    token = harness.log_in()
    body = put(harness, token, userStatus="Busy", message="At lunch", ringOnMonitoredCall=True)
    assert (body["presenceStatus"], body["message"]) == ("Busy", "At lunch")
    assert harness.get(PRESENCE, token).body == body
    (event,) = harness.events()
    assert event["body"]["presenceStatus"] == event["body"]["userStatus"] == "Busy"
    assert event["body"]["extensionId"] == ADA.id
    assert "activeCalls" not in event["body"]


def test_do_not_disturb_is_an_event_of_its_own(harness):
    harness.subscribed(PRESENCE, f"{EXTENSION}/presence/dnd")
    token = harness.log_in()
    assert put(harness, token, dndStatus="DoNotAcceptAnyCalls")["presenceStatus"] == "Busy"
    presence, dnd = harness.events()
    assert presence["body"]["dndStatus"] == "DoNotAcceptAnyCalls"
    assert dnd["body"] == {"extensionId": ADA.id, "dndStatus": "DoNotAcceptAnyCalls"}
    put(harness, token, dndStatus="TakeAllCalls")
    assert [e["body"].get("presenceStatus") for e in harness.events()] == ["Available", None]


def test_all_who_ask_are_told(harness):
    harness.connect(1)
    harness.subscribe("/restapi/v1.0/account/~/presence", number=1)
    harness.connect(2)
    harness.subscribe(f"{EXTENSION}/presence/line/presence", number=2)
    harness.connect(3)
    harness.subscribe(f"{EXTENSION}/presence?detailedTelephonyState=true", number=3)
    put(harness, harness.log_in(jwt(sub=BOB.id)), userStatus="Offline")
    assert [e["body"]["extensionId"] for e in harness.events(1)] == [BOB.id]
    assert [e["body"]["extensionId"] for e in harness.events(2)] == [BOB.id]
    assert harness.events(3) == []


def test_nothing_new_is_no_event(harness):
    harness.subscribed(PRESENCE)
    token = harness.log_in()
    put(harness, token, userStatus="Available", unknown=3)
    assert harness.events() == []


def test_sequences_grow_after_those_of_other_events(harness):
    harness.subscribed(PRESENCE)
    harness.send("presence")
    put(harness, harness.log_in(), userStatus="Offline")
    first, second = (e["body"]["sequence"] for e in harness.events())
    assert first < second


def test_what_was_told_is_read(harness):
    harness.send("presence", set=[("telephonyStatus", "Ringing")])
    assert harness.get(PRESENCE, harness.log_in()).body["telephonyStatus"] == "Ringing"


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"userStatus": "Sleeping"}, "userStatus"),
        ({"userStatus": []}, "userStatus"),
        ({"dndStatus": "Never"}, "dndStatus"),
        ({"ringOnMonitoredCall": "yes"}, "ringOnMonitoredCall"),
        ({"message": 3}, "message"),
        (None, "body"),
    ],
)
def test_wrong_values(body, parameter, harness):
    harness.subscribed(PRESENCE)
    answer = harness.call("PUT", PRESENCE, harness.log_in(), body)
    assert (answer.status, code_of(answer)) == (400, "CMN-101")
    assert answer.body["parameterName"] == parameter
    assert harness.events() == []
