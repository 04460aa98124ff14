import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.events.catalogue import KINDS, by_name
from rc_tail.events.kinds import HistoryStore
from rc_tail.events.matching import kind_of
from rc_tail.gateway.messages import decode
from rc_tail.history.plan import (
    HistoryEvent,
    HistoryPlan,
    StoreQuery,
    history_event_of,
    plan_history,
)

X = "/restapi/v1.0/account/~/extension/~"
A = "/restapi/v1.0/account/~"
ADA = "/restapi/v1.0/account/400000001/extension/400000101"
SMS = f"{X}/message-store/instant?type=SMS"

TEXT: Mapping[str, Any] = {
    "id": 7000000002,
    "uri": f"https://platform.example{ADA}/message-store/7000000002",
    "from": {"phoneNumber": "+16505550199"},
    "to": [{"phoneNumber": "+16505550101", "name": "Ada Example"}],
    "type": "SMS",
    "creationTime": "2026-03-02T09:35:59.000Z",
    "lastModifiedTime": "2026-03-02T09:40:00.000Z",
    "direction": "Inbound",
    "subject": "Are we still on for noon? ☕\n\u2028",
}
CALL: Mapping[str, Any] = {
    "id": "call-1",
    "uri": "https://platform.example/restapi/v1.0/account/400000001/call-log/call-1?view=Simple",
    "telephonySessionId": "s-aaaa",
    "partyId": "p-aaaa-2",
    "extension": {"id": 400000101},
    "startTime": "2026-03-02T10:00:00.340Z",
    "duration": 65,
    "type": "Voice",
    "direction": "Inbound",
    "result": "Accepted",
    "from": {"phoneNumber": "+16505550199"},
    "to": {"phoneNumber": "+16505550101"},
}

STEPS = "call status changes"


def only(plan: HistoryPlan) -> StoreQuery:
    (reading,) = plan.readings
    return reading


def past(record: Mapping[str, Any], *filters: str) -> HistoryEvent | None:
    return history_event_of(only(plan_history(filters)), record)


def told(record: Mapping[str, Any], *filters: str) -> HistoryEvent:
    found = past(record, *filters)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("filters", "readings", "without"),
    [
        ([], [], ()),
        (
            [SMS],
            [(f"{X}/message-store", {"messageType": ("SMS",), "direction": ("Inbound",)})],
            (),
        ),
        (
            [SMS, f"{X}/voicemail", f"{X}/fax?direction=Inbound"],
            [
                (
                    f"{X}/message-store",
                    {"messageType": ("SMS", "Fax", "VoiceMail"), "direction": ("Inbound",)},
                )
            ],
            (),
        ),
        ([SMS, f"{X}/message-store"], [(f"{X}/message-store", {})], ()),
        (
            [f"{X}/message-store?type=Voicemail"],
            [(f"{X}/message-store", {"messageType": ("VoiceMail",)})],
            (),
        ),
        (
            [
                f"{X}/message-store?type=Pager&direction=Inbound",
                f"{X}/message-store?type=Fax&direction=Outbound",
            ],
            [(f"{X}/message-store", {"messageType": ("Pager", "Fax")})],
            (),
        ),
        ([f"{X}/telephony/sessions"], [(f"{X}/call-log", {})], ()),
        (
            [f"{X}/telephony/sessions?direction=Inbound&statusCode=Answered"],
            [(f"{X}/call-log", {"direction": ("Inbound",)})],
            (),
        ),
        (
            [f"{A}/telephony/sessions?missedCall=true", f"{ADA}/telephony/sessions"],
            [(f"{A}/call-log", {}), (f"{ADA}/call-log", {})],
            (),
        ),
        # The call logs come last: their limit is the tightest.
        (
            [f"{X}/telephony/sessions", f"{ADA}/voicemail"],
            [
                (
                    f"{ADA}/message-store",
                    {"messageType": ("VoiceMail",), "direction": ("Inbound",)},
                ),
                (f"{X}/call-log", {}),
            ],
            (),
        ),
        # Two spellings of one address.
        (
            ["/account/~/extension/~/message-store", f"{X}//message-store"],
            [(f"{X}/message-store", {})],
            (),
        ),
        (
            [f"{X}/presence", "/team-messaging/v1/posts", f"{X}/presence", "/unheard/of\x1b"],
            [],
            ("presence", "team-posts", "/unheard/of\\x1b"),
        ),
        (
            ["/restapi/v2/accounts/~/extensions/~/sms/messages?direction=Inbound"],
            [],
            ("sms2-in",),
        ),
        # Steps that leave no trace; the same kind has a history by another step.
        (
            [
                f"{X}/telephony/sessions?statusCode=Hold",
                f"{X}/telephony/sessions?statusCode=Answered",
            ],
            [(f"{X}/call-log", {})],
            ("calls:statusCode=Hold",),
        ),
    ],
)
def test_what_is_read_for_a_subscription(
    filters: list[str], readings: list[tuple[str, Any]], without: tuple[str, ...]
) -> None:
    plan = plan_history(filters)
    assert [(r.path, dict(r.params)) for r in plan.readings] == readings
    assert plan.without == without


@pytest.mark.parametrize(
    ("filters", "lacking"),
    [
        ([f"{X}/message-store/instant?type=SMS", f"{X}/voicemail", f"{X}/presence"], ()),
        ([f"{X}/telephony/sessions", "/restapi/v1.0/account/~/telephony/sessions"], (STEPS,)),
        ([f"{X}/telephony/sessions?direction=Inbound"], (STEPS,)),
        ([f"{X}/telephony/sessions?missedCall=true"], ()),
        ([f"{X}/telephony/sessions?statusCode=Answered"], ()),
        ([f"{X}/message-store", f"{X}/telephony/sessions"], ("changes of messages", STEPS)),
    ],
)
def test_what_the_past_events_of_a_kind_lack(filters: list[str], lacking: tuple[str, ...]) -> None:
    assert plan_history(filters).lacking == lacking


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_is_read_or_reported_as_without_past_events(kind: Any) -> None:
    plan = plan_history([kind.filter])
    assert bool(plan.readings) == (kind.history is not None)
    assert plan.without == (() if plan.readings else (kind.name,))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"{X}/message-store", "the message store"),
        (f"{ADA}/message-store", "the message store of extension 400000101"),
        (f"{X}/telephony/sessions", "the call log"),
        (f"{A}/telephony/sessions", "the call log of the account"),
    ],
)
def test_what_people_call_a_reading(path: str, name: str) -> None:
    assert only(plan_history([path])).name == name


@pytest.mark.parametrize(
    ("filters", "change", "kind"),
    [
        ([SMS], {}, "sms"),
        ([f"{X}/message-store", SMS, f"{X}/message-store?type=SMS"], {}, "sms"),
        ([f"{X}/message-store", f"{X}/message-store?type=SMS"], {}, "messages-sms"),
        (
            [f"{X}/message-store?type=SMS", f"{X}/message-store?type=SMS&direction=Inbound"],
            {},
            "messages-sms-in",
        ),
        ([f"{X}/message-store?direction=Inbound"], {}, "messages"),
        ([SMS, f"{X}/message-store"], {"direction": "Outbound"}, "messages"),
        ([SMS, f"{X}/message-store"], {"type": "Pager"}, "messages"),
        ([SMS], {"direction": "Outbound"}, None),
        ([SMS], {"type": "Pager"}, None),
        ([f"{X}/message-store?type=Voicemail"], {"type": "VoiceMail"}, "messages-voicemail"),
        ([f"{X}/voicemail"], {"type": "VoiceMail"}, "voicemail"),
        ([f"{X}/fax?direction=Inbound"], {"type": "Fax"}, "fax"),
        # What a record does not tell excludes nothing.
        ([SMS], {"type": None, "direction": None}, "sms"),
    ],
)
def test_the_kind_that_a_message_answers(
    filters: list[str], change: Mapping[str, Any], kind: str | None
) -> None:
    found = past({**TEXT, **change}, *filters)
    assert (found and found.notification.uuid) == (kind and f"history:{kind}:7000000002")


def test_the_envelope_of_a_message() -> None:
    found = told(TEXT, SMS)
    event = f"{ADA}/message-store/instant?type=SMS"
    assert json.loads(found.notification.payload) == {
        "uuid": "history:sms:7000000002",
        "event": event,
        "timestamp": "2026-03-02T09:35:59.000Z",
        "source": "history",
        "body": TEXT,
    }
    assert b"\n" not in found.notification.payload
    assert b'": ' not in found.notification.payload
    assert "☕".encode() in found.notification.payload
    assert found.notification.event == event
    assert (found.time, found.end) == (1772444159.0, 1772444159.0)
    assert found.key == "message:7000000002:create"


def test_the_frame_is_a_message_that_says_where_it_is_from() -> None:
    found = told(TEXT, SMS).notification
    meta, payload = json.loads(found.frame)
    assert meta == {
        "type": "ServerNotification",
        "messageId": "history:sms:7000000002",
        "source": "history",
    }
    assert payload == json.loads(found.payload)
    read = decode(found.frame.decode()).content
    assert read == found


def test_the_envelope_of_a_call() -> None:
    found = told(CALL, f"{A}/telephony/sessions", f"{A}/telephony/sessions?direction=Inbound")
    assert found.notification.uuid == "history:account-calls-in:call-1"
    event = "/restapi/v1.0/account/400000001/telephony/sessions?direction=Inbound"
    assert found.notification.event == event
    assert found.notification.timestamp == "2026-03-02T10:00:00.340Z"
    assert found.end == found.time + 65
    assert found.key == "call-record:s-aaaa:p-aaaa-2"


@pytest.mark.parametrize(
    ("event_filter", "change", "event"),
    [
        (f"{X}/telephony/sessions", {}, f"{ADA}/telephony/sessions"),
        (f"{ADA}/telephony/sessions", {"uri": "", "extension": None}, f"{ADA}/telephony/sessions"),
        (f"{X}/telephony/sessions", {"uri": None, "extension": 7}, f"{X}/telephony/sessions"),
        (
            f"{X}/telephony/sessions",
            {"extension": {"id": "../x"}, "uri": f"{ADA}/call-log/1"},
            f"{ADA}/telephony/sessions",
        ),
        (f"{X}/telephony/sessions", {"extension": None, "extensionId": "12"}, None),
    ],
)
def test_real_ids_stand_in_the_event_where_the_record_tells_them(
    event_filter: str, change: Mapping[str, Any], event: str | None
) -> None:
    expected = event or ADA.replace("400000101", "12") + "/telephony/sessions"
    assert told({**CALL, **change}, event_filter).notification.event == expected


@pytest.mark.parametrize(
    ("written", "timestamp"),
    [
        ("2026-03-02T09:46:59.961560383Z", "2026-03-02T09:46:59.961Z"),
        ("2026-03-02T10:46:59+0100", "2026-03-02T09:46:59.000Z"),
        ("2026-03-02T09:46:59", "2026-03-02T09:46:59.000Z"),
    ],
)
def test_times_are_reported_alike(written: str, timestamp: str) -> None:
    assert told({**TEXT, "creationTime": written}, SMS).notification.timestamp == timestamp


def test_a_message_without_creation_counts_from_its_last_change() -> None:
    found = told({**TEXT, "creationTime": None}, SMS)
    assert found.notification.timestamp == "2026-03-02T09:40:00.000Z"


def test_a_call_without_a_party_is_known_by_its_session_or_its_record() -> None:
    found = told({**CALL, "partyId": None, "duration": None}, f"{X}/telephony/sessions")
    assert found.key == "call-record:s-aaaa"
    named = told({**CALL, "telephonySessionId": None, "partyId": None}, f"{X}/telephony/sessions")
    assert named.key == "call-record:call-1"
    assert found.end == found.time


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": ""},
        {"creationTime": None, "lastModifiedTime": None},
        {"creationTime": "noon"},
        {"creationTime": "0001-01-01T00:00:00+10:00"},
        {"cost": float("nan")},
        {"nested": "deep"},
    ],
)
def test_a_record_that_is_invalid(change: Mapping[str, Any]) -> None:
    record = {**TEXT, **change}
    if "nested" in change:
        deep: Any = []
        for _ in range(200_000):
            deep = [deep]
        record["nested"] = deep
    with pytest.raises(ValueError, match=r"\w"):
        past(record, SMS)


def test_a_lone_surrogate_stays_as_it_was_escaped() -> None:
    found = told({**TEXT, "id": "a\ud800", "subject": "\ude00"}, SMS).notification
    assert found.uuid == "history:sms:a\\ud800"
    assert json.loads(found.payload)["body"]["subject"] == "\ude00"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = sorted({*TEXT, *CALL, "recording", "action", "extensionId"})


@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8),
    st.sampled_from([TEXT, CALL, {}]),
    st.sampled_from([kind for kind in KINDS if kind.history is not None]),
)
def test_any_record_is_an_event_or_none(
    change: Mapping[str, Any], record: Mapping[str, Any], kind: Any
) -> None:
    try:
        found = past({**record, **change}, kind.filter)
    except ValueError:
        return
    if found is not None:
        payload = json.loads(found.notification.payload)
        assert payload["source"] == "history"
        assert kind_of(payload["event"]) is not None
        assert b"\n" not in found.notification.frame


@given(st.lists(st.text(alphabet="/~?&=aAcountexsi019{}%", max_size=60), max_size=5))
def test_any_filters_make_a_plan(filters: list[str]) -> None:
    plan = plan_history(filters)
    assert all(r.path.startswith("/restapi/v1.0/account/") for r in plan.readings)


def test_the_stores_are_named_like_their_addresses() -> None:
    assert [*HistoryStore] == ["message-store", "call-log"]
    sms = by_name("sms")
    assert sms is not None
    assert sms.history is not None
    assert only(plan_history([sms.filter])).path.endswith(f"/{sms.history.store}")
