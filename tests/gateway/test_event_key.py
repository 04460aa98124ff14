import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.events.catalogue import KINDS, by_name
from rc_tail.events.kinds import EventKind
from rc_tail.gateway.event_key import copy_key, event_key, record_key, record_keys
from rc_tail.gateway.messages import Notification, decode
from rc_tail.history.plan import history_event_of, plan_history

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


def test_a_call_between_two_users_of_an_account_is_two_records():
    records = [
        event(
            CALLS,
            {"id": f"r-{party}", "telephonySessionId": "s-1", "partyId": party},
            uuid=f"history:calls:r-{party}",
        )
        for party in ("p-1", "p-2")
    ]
    assert [event_key(each).text for each in records] == [
        "400131:call-record:s-1:p-1",
        "400131:call-record:s-1:p-2",
    ]


def test_a_record_of_the_message_store_does_not_replace_the_message():
    change = "/restapi/v1.0/account/400131/extension/400132/message-store"
    record = event(change, {"id": 7}, uuid="history:messages:7")
    assert event_key(record).text == "400131:stored-message:7"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_another_subscription_gives_every_kind_the_same_content(kind):
    uri = kind.event_of("400131", "400132")
    one = event(uri, kind.sample, uuid="1", time="2026-11-26T10:00:00.000Z", sub="a")
    other = event(uri, kind.sample, uuid="2", time="2026-11-26T10:00:00.040Z", sub="b")
    assert copy_key(one) == copy_key(other)
    assert (event_key(one) == event_key(other)) is not kind.repeats
    assert event_key(one).is_versioned is not kind.repeats
    assert event_key(one).text.startswith(("400131:", "_:"))


def test_what_repeats_legitimately_is_told_apart_by_time_and_marked():
    on = {"dndStatus": "TakeAllCalls"}
    first, second = event(DND, on), event(DND, on, time="2026-11-26T11:00:00Z")
    # The take-over counts them.
    assert copy_key(first) == copy_key(second)
    assert event_key(first) != event_key(second)
    assert not event_key(first).is_versioned


def test_the_order_of_fields_does_not_matter_and_parameters_of_the_filter_neither():
    uri = "/restapi/v1.0/account/1/extension/2/presence"
    one_body = {"a": 1, "b": {"c": 2, "d": 3}}
    one = event(uri, one_body)
    other = event(f"{uri}?detailedTelephonyState=true", {"b": {"d": 3, "c": 2}, "a": 1})
    assert event_key(one) == event_key(other)
    assert event_key(one) != event_key(event(uri, {"a": 2}))
    assert event_key(one) == event_key(event(uri.replace("/extension", "///extension"), one_body))
    # Within one tail the two are events that answer two filters.
    assert copy_key(one) != copy_key(other)


def test_a_key_that_was_made_before_the_mask_stays():
    masked = Notification("u", STORE, "", b"{}", key="400131:message:1:create")
    assert event_key(masked).text == "400131:message:1:create"


# Properties.

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "status", "code", "newMessageIds", "newCount", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["id", "eventType", "sequence", "changes", "parties", "telephonySessionId", "partyId", "x"]
)
BODIES = st.dictionaries(FIELDS, JSON, max_size=5)
# Whose whole bodies decide.
HASHED = [
    k for k in KINDS if "message" not in event_key(event(k.event_of("1", "2"), {"id": 1})).text
]
HASHED = [k for k in HASHED if k.history is None]
ENVELOPES = st.tuples(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4))


def shuffled(value: Any, chance: Any) -> Any:
    """The same JSON with the fields of every object in another order."""
    if isinstance(value, list):
        return [shuffled(each, chance) for each in value]
    if not isinstance(value, dict):
        return value
    names = list(value)
    chance.shuffle(names)
    return {name: shuffled(value[name], chance) for name in names}


@given(st.sampled_from(KINDS), BODIES, ENVELOPES, st.randoms(use_true_random=False))
def test_a_key_depends_on_nothing_that_a_subscription_adds(
    kind: EventKind, body: Any, envelope: tuple[str, str, str], chance: Any
):
    uri, (uuid, time, sub) = kind.event_of("1", "2"), envelope
    one, other = event(uri, body), event(uri, shuffled(body, chance), uuid=uuid, time=time, sub=sub)
    if one.is_past is other.is_past:
        assert copy_key(one) == copy_key(other)
        assert (event_key(one) == event_key(other)) or kind.repeats


@given(st.sampled_from(HASHED), BODIES, BODIES)
def test_different_bodies_have_different_keys_where_the_body_decides(
    kind: EventKind, one: Any, other: Any
):
    uri = kind.event_of("1", "2")
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (event_key(event(uri, one)) == event_key(event(uri, other))) is same
    assert (copy_key(event(uri, one)) == copy_key(event(uri, other))) is same


@given(st.sampled_from(KINDS), BODIES)
def test_the_events_of_two_accounts_never_share_a_key(kind: EventKind, body: Any):
    mine, theirs = (event(kind.event_of(account, "2"), body) for account in ("1", "3"))
    if "1" in mine.event.split("/"):
        assert event_key(mine) != event_key(theirs)


@given(
    st.sampled_from([k for k in KINDS if k.history]),
    st.integers(0, 10**12) | st.text(min_size=1, max_size=9),
    st.sampled_from([None, "s-1"]),
    st.sampled_from([None, "p-1", "p-2"]),
)
def test_a_record_has_one_key_wherever_it_is_compared(
    kind: EventKind, id_: Any, session: str | None, party: str | None
):
    body = {
        "id": id_,
        "uri": "https://x.example/restapi/v1.0/account/1/extension/2/x",
        "telephonySessionId": session,
        "recording": {"id": 1},
        "partyId": party,
        "creationTime": "2026-03-02T10:00:00Z",
        "startTime": "2026-03-02T10:00:00Z",
    }
    found = history_event_of(plan_history([kind.filter]).readings[0], body)
    assert found is not None
    assert kind.history is not None
    assert found.key == record_key(kind.history, body)
    assert record_keys(found.notification).keys[0] == found.key
    assert event_key(found.notification).text == f"1:{found.key}"


@given(
    st.sampled_from([k for k in KINDS if k.history and k.history.types]),
    st.integers(0, 10**12),
    st.sampled_from([{}, {"eventType": "Create"}]),
)
def test_a_live_message_and_its_record_have_one_key(kind: EventKind, id_: int, more: Any):
    uri = kind.event_of("1", "2")
    live = event(uri, {"id": id_, **more, "subject": "x"})
    past = event(uri, {"id": str(id_), "type": "x"}, uuid=f"history:{kind.name}:{id_}")
    assert event_key(live) == event_key(past)
    assert record_keys(live) == record_keys(past)


@given(
    payload=st.one_of(
        st.binary(),
        st.just(b"[" * 100_000),
        st.integers(900, 1100).map(lambda n: b'{"body":' + b"[" * n + b"]" * n + b"}"),
        st.just(b'{"body":"\\ud800"}'),
        st.just(b'{"body":1e999}'),
        st.just(b'{"body":' + b"9" * 5000 + b"}"),
        st.just(b"null"),
    ),
    uri=st.one_of(st.text(), st.sampled_from([kind.event_of("1", "2") for kind in KINDS])),
    uuid=st.sampled_from(["u", "history:sms:1"]),
)
def test_any_payload_has_a_key(payload: bytes, uri: str, uuid: str):
    key = event_key(Notification(uuid, uri, "t", payload))
    assert key.text
    assert event_key(Notification(f"{uuid}2", uri, "t", payload)) == key
    assert copy_key(Notification(uuid, uri, "t", payload))
    record_keys(Notification(uuid, uri, "t", payload))


# Copies that two subscriptions bring.


def read(payload: str) -> Notification:
    content = decode(f'[{{"type":"ServerNotification"}},{payload}]').content
    assert isinstance(content, Notification)
    return content


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('{"uuid":"a","event":"/e","body":{"x":1}}', '{"uuid":"b","event":"/e","body":{"x":1}}', 1),
        ('{"timestamp":"1","event":"/e","body":1}', '{"event":"/e","body":1,"ownerId":"7"}', 1),
        ('{"event":"/e","body":{"x":1,"y":2}}', '{"event":"/e","body": {"y":2, "x":1}}', 1),
        ('{"event":"/e","body":{"x":1}}', '{"event":"/e","body":{"x":2}}', 0),
        ('{"event":"/e","body":{"x":1}}', '{"event":"/f","body":{"x":1}}', 0),
        ('{"event":"/e?a=1","body":{"x":1}}', '{"event":"/e?a=2","body":{"x":1}}', 0),
        ('{"event":"/e"}', '{"event":"/e","body":null}', 0),
        # JSON that the strict reader refuses.
        (r'{"event":"/e","body":"\ud800"}', r'{"uuid":"a","event":"/e","body":"\ud800"}', 1),
        (r'{"event":"/e","body":"\ud800"}', r'{"event":"/e","body":"\ud801"}', 0),
        (r'{"event":7,"body":1}', r'{"event":7,"body":1,"uuid":"a"}', 1),
        (r'{"event":7,"body":1}', r'{"event":8,"body":1}', 0),
    ],
)
def test_the_copies_of_an_event_share_its_filter_and_body(one: str, other: str, same: int):
    assert (copy_key(read(one)) == copy_key(read(other))) is bool(same)


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_cannot_be_read_is_a_copy_of_equal_bytes(payload: bytes):
    one, other = (Notification(uuid, "", "", payload) for uuid in ("", "other"))
    assert copy_key(one) == copy_key(other)
    assert copy_key(one) != copy_key(Notification("", "", "", payload + b" "))


# The records that an event corresponds to.


def live(name: str, body: Any) -> Notification:
    found = by_name(name)
    assert found is not None
    return event(found.event_of("400000001", "400000101"), body)


def record(name: str, **fields: Any) -> Notification:
    return event(live(name, {}).event, fields, uuid=f"history:{name}:1")


def message(id_: Any = "7", **more: Any) -> Any:
    return {"id": id_, "eventType": "Create", **more}


def changes(*ids: Any) -> Any:
    return {"changes": [{"type": "SMS", "newCount": len(ids), "newMessageIds": [*ids]}]}


def step(*parties: tuple[str, str], missed: bool = False) -> Any:
    return {
        "telephonySessionId": "s-1",
        "parties": [
            {"id": id_, "status": {"code": code}, "missedCall": missed} for id_, code in parties
        ],
    }


PARTY, CALL = "call-record:s-1:p-1", "call-record:s-1"


@pytest.mark.parametrize(
    ("name", "body", "keys", "is_all"),
    [
        ("sms", message(7), ("message:7:create",), True),
        ("sms", message(7, eventType="Update"), ("message:7:create",), False),
        ("voicemail", message("7"), ("message:7:create",), True),
        ("fax", message(None), (), True),
        ("sms", [], (), True),
        ("sms", message(7, subject="\ud800"), ("message:7:create",), True),
        ("messages", changes(7, "8"), ("stored-message:7", "stored-message:8"), True),
        ("messages-sms-in", changes(7), ("stored-message:7",), True),
        (
            "messages",
            {"changes": [{"newCount": 2, "newMessageIds": [7]}]},
            ("stored-message:7",),
            False,
        ),
        ("messages", changes(), (), True),
        (
            "messages",
            {"changes": [{"newMessageIds": 7}, 8, {"newMessageIds": [None, [1]]}]},
            (),
            True,
        ),
        ("calls", step(("p-1", "Answered")), (), True),
        ("calls", step(("p-1", "Disconnected")), (PARTY, CALL), True),
        ("account-calls", step(("p-1", "Gone")), (PARTY, CALL), True),
        ("calls", step(("p-2", "Hold"), ("p-1", "Gone")), (PARTY, CALL), False),
        ("calls", step(("", "Disconnected")), (CALL,), True),
        ("calls", step(("p-1", "VoiceMail")), (), True),
        ("calls", step(("p-1", "VoiceMail"), missed=True), (PARTY, CALL), True),
        ("calls", {"parties": step(("p-1", "Gone"))["parties"]}, (), True),
        ("presence", message(), (), True),
        ("sms2-in", message(), (), True),
    ],
)
def test_the_records_that_a_live_event_corresponds_to(
    name: str, body: Any, keys: tuple[str, ...], is_all: bool
):
    assert record_keys(live(name, body)) == (keys, is_all)


@pytest.mark.parametrize(
    ("found", "keys"),
    [
        (record("sms", id=7), ("message:7:create",)),
        (record("messages-sms", id=7), ("stored-message:7",)),
        (record("calls", id="c-1", telephonySessionId="s-1", partyId="p-1"), (PARTY, CALL)),
        (record("calls", id="c-1", telephonySessionId="s-1"), (CALL,)),
        (record("calls", id="c-1"), ("call-record:c-1",)),
        (record("calls"), ()),
    ],
)
def test_the_keys_of_records(found: Notification, keys: tuple[str, ...]):
    assert record_keys(found) == (keys, True)


@pytest.mark.parametrize("uri", ["/restapi/v1.0/account/1/extension/2/presence", "/unheard/of"])
def test_an_event_without_past_events_is_not_looked_into(uri: str):
    assert record_keys(Notification("1", uri, "", b"no JSON")).keys == ()
