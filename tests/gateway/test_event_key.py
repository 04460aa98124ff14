import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.events.catalogue import KINDS
from rc_tail.gateway.event_key import content_key, event_key
from rc_tail.gateway.messages import Notification

STORE = "/restapi/v1.0/account/400131/extension/400132/message-store/instant?type=SMS"
CALLS = "/restapi/v1.0/account/400131/extension/400132/telephony/sessions"
DND = "/restapi/v1.0/account/400131/extension/400132/presence/dnd"


def event(
    uri: str, body: Any, *, uuid: str = "u", time: str = "2026-11-26T10:00:00Z", sub: str = "s"
) -> Notification:
    payload = {"uuid": uuid, "event": uri, "timestamp": time, "subscriptionId": sub, "body": body}
    payload["ownerId"] = sub
    return Notification(uuid, uri, time, json.dumps(payload).encode(), subscription_id=sub)


@pytest.mark.parametrize(
    ("uri", "body", "key"),
    [
        (STORE, {"id": 70001, "eventType": "Create"}, "400131:message:70001:create"),
        (STORE, {"id": "70001"}, "400131:message:70001:create"),
        (
            STORE,
            {"id": 70001, "eventType": "Update", "lastModifiedTime": "T", "messageStatus": "Sent"},
            "400131:message:70001:T:Sent",
        ),
        (
            "/restapi/v2/accounts/400131/extensions/400132/sms/messages?direction=Inbound",
            {"id": 1, "messageStatus": "Queued", "lastModifiedTime": "T"},
            "400131:message:1:Queued:T",
        ),
        (
            CALLS,
            {
                "telephonySessionId": "s-1",
                "sequence": 3,
                "parties": [{"id": "p-1", "status": {"code": "Answered"}}],
            },
            f"400131:{CALLS}:s-1:3:p-1:Answered",
        ),
    ],
)
def test_the_key_of_a_message_or_a_step_of_a_call(uri: str, body: Any, key: str):
    assert event_key(event(uri, body)).text == key
    assert event_key(event(uri, body)).is_versioned


def test_the_history_has_the_key_of_the_message_and_one_of_its_own_for_calls():
    assert (
        event_key(event(STORE, {"id": 7}, uuid="history:sms:7")).text == "400131:message:7:create"
    )
    record = {"id": "r", "telephonySessionId": "s-1"}
    call = event(CALLS, record, uuid="history:calls:r")
    assert event_key(call).text == "400131:call-record:s-1"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_another_subscription_gives_every_kind_the_same_content(kind):
    uri = kind.event_of("400131", "400132")
    one = event(uri, kind.sample, uuid="1", time="2026-11-26T10:00:00.000Z", sub="a")
    other = event(uri, kind.sample, uuid="2", time="2026-11-26T10:00:00.040Z", sub="b")
    assert content_key(one) == content_key(other)
    assert (event_key(one) == event_key(other)) is not kind.repeats
    assert event_key(one).is_versioned is not kind.repeats
    assert event_key(one).text.startswith(("400131:", "_:"))


def test_what_repeats_legitimately_is_told_apart_by_time_and_marked():
    on = {"dndStatus": "TakeAllCalls"}
    first, second = event(DND, on), event(DND, on, time="2026-11-26T11:00:00Z")
    assert content_key(first) == content_key(second)
    assert event_key(first) != event_key(second)
    assert not event_key(first).is_versioned


def test_the_order_of_fields_does_not_matter_and_parameters_of_the_filter_neither():
    uri = "/restapi/v1.0/account/1/extension/2/presence"
    one = event(uri, {"a": 1, "b": {"c": 2, "d": 3}})
    other = event(f"{uri}?detailedTelephonyState=true", {"b": {"d": 3, "c": 2}, "a": 1})
    assert event_key(one) == event_key(other)
    assert event_key(one) != event_key(event(uri, {"a": 2}))


def test_a_key_that_was_made_before_the_mask_stays():
    masked = Notification("u", STORE, "", b"{}", key="400131:message:1:create")
    assert event_key(masked).text == "400131:message:1:create"


@given(
    payload=st.one_of(
        st.binary(), st.just(b"[" * 100_000), st.just(b'{"body":"\\ud800"}'), st.just(b"null")
    ),
    uri=st.text(),
)
def test_any_payload_has_a_key(payload: bytes, uri: str):
    key = event_key(Notification("u", uri, "t", payload))
    assert key.text
    assert event_key(Notification("v", uri, "t", payload)) == key
