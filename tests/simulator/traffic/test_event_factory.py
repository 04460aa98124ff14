from random import Random
from typing import Any

import pytest

from rc_tail.errors import UsageError
from rc_tail.events.catalogue import KINDS, by_name
from rc_tail.simulator.service.company import ADA, BOB
from rc_tail.simulator.service.filters import Filter, read_filter
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.options import FULL_SCOPE
from rc_tail.simulator.traffic.event_factory import EventFactory, EventOverrides, set_path
from tests.simulator.harness import NOW


@pytest.fixture
def factory() -> EventFactory:
    return EventFactory(Ids(Random(1).getrandbits, NOW))


def made(factory: EventFactory, name: str, **overrides: Any) -> Any:
    kind = by_name(name)
    assert kind is not None
    return factory.make(kind, EventOverrides(**overrides), NOW)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_makes_an_event_that_its_own_filter_matches(kind, factory):
    occurrence = factory.make(kind, EventOverrides(), NOW)
    asked = kind.filter.replace("{id}", kind.id_example)
    found = read_filter(asked, ADA, FULL_SCOPE, administrator=True)
    assert isinstance(found, Filter)
    assert found.matches(occurrence)
    assert found.event_for(occurrence) == kind.event_of("400000001", ADA.id)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_event_has_the_fields_of_the_sample(kind, factory):
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(item) for key, item in value.items()}
        return [shape(item) for item in value] if isinstance(value, list) else type(value)

    assert shape(dict(factory.make(kind, EventOverrides(), NOW).body)) == shape(dict(kind.sample))


def test_ids_and_times_are_new_each_time(factory):
    first, second = made(factory, "sms").body, made(factory, "sms").body
    assert first["id"] != second["id"]
    assert first["attachments"][0]["id"] == first["id"]
    assert first["creationTime"] == "2026-03-02T09:30:00.000Z"
    changes = [made(factory, "messages").body["changes"][0]["newMessageIds"] for _ in range(2)]
    assert changes[0] != changes[1]
    assert isinstance(changes[0][0], int)


def test_a_call_and_its_parties_share_their_ids(factory):
    first, second = made(factory, "calls").body, made(factory, "calls").body
    common = first["telephonySessionId"].removeprefix("s-")
    assert first["parties"][0]["id"] == f"p-{common}-2"
    assert second["telephonySessionId"] != first["telephonySessionId"]
    assert second["sessionId"] != first["sessionId"]


def test_presence_is_counted_up(factory):
    first, second = made(factory, "presence").body, made(factory, "presence").body
    assert second["sequence"] == first["sequence"] + 1
    # A call counts its own steps.
    assert made(factory, "calls").body["sequence"] == made(factory, "calls").body["sequence"]


def test_another_user(factory):
    occurrence = made(factory, "sms", person=BOB)
    assert occurrence.extension == BOB.id
    assert occurrence.body["to"][0]["name"] == "Bob Sample"
    assert occurrence.body["owner"]["extensionId"] == BOB.id


def test_what_concerns_the_company_names_whom_it_names(factory):
    assert made(factory, "team-chats", person=BOB).body == {
        **made(factory, "team-chats").body,
        "id": str(int(made(factory, "team-chats").body["id"]) - 2),
    }


@pytest.mark.parametrize(
    ("name", "field"), [("sms", "subject"), ("team-posts", "text"), ("sms2-in", "text")]
)
def test_text(name, field, factory):
    assert made(factory, name, text="hi\n😀").body[field] == "hi\n😀"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        (
            "sms",
            "+16505550123",
            {
                "phoneNumber": "+16505550123",
                "phoneNumberInfo": {
                    "countryCode": "1",
                    "nationalDestinationCode": "650",
                    "subscriberNumber": "5550123",
                },
            },
        ),
        ("sms", "+4930123456", {"phoneNumber": "+4930123456"}),
        ("voicemail", "+16505550123", {"phoneNumber": "+16505550123"}),
        ("sms", "Grace", {"name": "Grace"}),
        ("a2p-messages", "+1", "+1"),
    ],
)
def test_sender(name, value, shown, factory):
    assert made(factory, name, sender=value).body["from"] == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [("sms", [{"phoneNumber": "+1"}]), ("a2p-messages", ["+1"]), ("a2p-optouts", "+1")],
)
def test_receiver(name, shown, factory):
    assert made(factory, name, receiver="+1").body["to"] == shown


def test_parties_of_calls(factory):
    party = made(factory, "calls", sender="+1", receiver="Ada").body["parties"][0]
    assert (party["from"], party["to"]) == ({"phoneNumber": "+1"}, {"name": "Ada"})


@pytest.mark.parametrize(
    ("name", "overrides"),
    [("fax", {"text": "x"}), ("voicemail", {"text": "x"}), ("dnd", {"sender": "x"})],
)
def test_a_field_that_the_kind_does_not_have(name, overrides, factory):
    with pytest.raises(UsageError, match=f"{name} has no"):
        made(factory, name, **overrides)


def test_any_field_can_be_set(factory):
    changes = [
        ("parties.0.status.code", "Answered"),
        ("body.origin.type", "Conference"),
        ("new.a", 1),
    ]
    body = made(factory, "calls", changes=changes).body
    assert body["parties"][0]["status"]["code"] == "Answered"
    assert body["origin"] == {"type": "Conference"}
    assert body["new"] == {"a": 1}


def test_items_can_be_set():
    body = {"list": [1, [2]]}
    set_path(body, "list.1.0", "x")
    assert body == {"list": [1, ["x"]]}


@pytest.mark.parametrize(
    "path", ["", "list.7", "list.x", "list.7.a", "text.a", "text.a.b", ".a", "a..b"]
)
def test_paths_that_lead_nowhere(path):
    with pytest.raises(UsageError, match="--set"):
        set_path({"list": [1], "text": "t"}, path, 1)


def test_id_of_a_kind_that_has_one(factory):
    assert made(factory, "queue-presence", id="42").id == "42"
    assert made(factory, "queue-presence").id == "400000900"
    assert made(factory, "sms", id="42").id == ""


@pytest.mark.parametrize("name", ["sms", "voicemail", "fax"])
def test_a_message_is_a_change_of_the_store_too(name, factory):
    message = made(factory, name)
    change = factory.store_change(message, NOW)
    assert change is not None
    assert change.body["changes"][0]["newMessageIds"] == [int(message.body["id"])]
    assert change.matches_parameter("direction", "Inbound")
    assert not change.matches_parameter("direction", "Outbound")


@pytest.mark.parametrize("name", ["calls", "messages", "team-posts", "presence"])
def test_other_events_are_none(name, factory):
    assert factory.store_change(made(factory, name), NOW) is None
