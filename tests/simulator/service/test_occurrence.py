from typing import Any

import pytest

from rc_tail.simulator.service.occurrence import Occurrence

TOPIC = "/restapi/v1.0/account/~/extension/~/x"


def of(topic: str = TOPIC, **body: Any) -> Occurrence:
    return Occurrence(topic, "400000101", body)


@pytest.mark.parametrize(
    ("body", "name", "value", "matches"),
    [
        ({"type": "VoiceMail"}, "type", "Voicemail", True),
        ({"type": "SMS"}, "type", "Fax", False),
        ({"changes": [{"type": "Fax"}]}, "type", "Fax", True),
        ({"changes": "rubbish"}, "type", "Fax", True),
        ({"direction": "Inbound"}, "direction", "Outbound", False),
        ({"parties": [{"status": {"code": "Setup"}}]}, "statusCode", "Setup", True),
        ({"parties": [{"status": {"code": "Setup"}}]}, "statusCode", "Answered", False),
        ({"parties": [{"status": "rubbish"}, 3]}, "statusCode", "Answered", True),
        ({"parties": [{"missedCall": True}]}, "missedCall", "true", True),
        ({"parties": [{"missedCall": False}]}, "missedCall", "true", False),
        ({"batchId": "b1"}, "batchId", "b2", False),
        ({"from": "+1"}, "from", "+1", True),
        ({"from": {"phoneNumber": "+1"}}, "from", "+2", False),
        ({"to": ["+1", "+2"]}, "to", "+2", True),
        ({"to": [{"phoneNumber": "+1"}]}, "to", "+2", False),
        ({"to": [{"phoneNumber": "+1"}], "from": "+2"}, "phoneNumber", "+2", True),
        # About what the body does not say nothing is excluded.
        ({}, "direction", "Inbound", True),
        ({}, "sipData", "true", True),
    ],
)
def test_what_a_parameter_asks_for(body, name, value, matches):
    assert of(**body).matches_parameter(name, value) is matches


def test_what_is_known_besides_the_body():
    changed = Occurrence(TOPIC, "1", {}, known={"direction": ("Outbound",)})
    assert changed.matches_parameter("direction", "Outbound")
    assert not changed.matches_parameter("direction", "Inbound")


def test_path_names_account_user_and_id():
    queue = Occurrence("/restapi/v1.0/account/~/call-queues/{id}/presence", "", {}, "7")
    assert queue.path() == "/restapi/v1.0/account/400000001/call-queues/7/presence"
    assert of().path() == "/restapi/v1.0/account/400000001/extension/400000101/x"


DETAILED = ("detailedTelephonyState", "true")
SIP = ("sipData", "true")
PRESENCE: dict[str, Any] = {
    "presenceStatus": "Busy",
    "activeCalls": [{"id": "s-1", "sipData": {"toTag": "t"}}],
    "totalActiveCalls": 1,
}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ((), {"presenceStatus": "Busy"}),
        ((SIP,), {"presenceStatus": "Busy"}),
        (
            (DETAILED,),
            {"presenceStatus": "Busy", "activeCalls": [{"id": "s-1"}], "totalActiveCalls": 1},
        ),
        ((DETAILED, SIP), PRESENCE),
    ],
)
def test_presence_shows_what_was_requested(query, shown):
    presence = of(f"{TOPIC}/presence", **PRESENCE)
    assert presence.depends_on_query()
    assert presence.body_for(query) == shown


def test_calls_show_sip_data_when_asked():
    body: dict[str, Any] = {"parties": [{"id": "p-1", "sipData": {"callId": "c"}}, "rubbish"]}
    assert of(**body).body_for((SIP,)) == body
    assert of(**body).body_for(()) == {"parties": [{"id": "p-1"}, "rubbish"]}
    assert of(parties="rubbish").body_for(()) == {"parties": "rubbish"}


def test_others_are_shown_as_they_are():
    assert of(a=1).body_for((SIP,)) == {"a": 1}
    assert not of(a=1).depends_on_query()
