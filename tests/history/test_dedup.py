import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.events.catalogue import KINDS, by_name
from rc_tail.events.kinds import EventKind
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.history.dedup import MOST_LATEST, PrintedEvents, event_keys, is_history
from rc_tail.history.plan import history_event_of, plan_history

CALLS = "calls"


def kind(name: str) -> EventKind:
    found = by_name(name)
    assert found is not None
    return found


def live(name: str, body: Any, uuid: str = "1") -> Notification:
    event = kind(name).event_of("400000001", "400000101")
    payload = json.dumps({"uuid": uuid, "event": event, "timestamp": "", "body": body})
    return Notification(uuid, event, "", payload.encode())


def record(name: str, **fields: Any) -> Notification:
    plan = plan_history([kind(name).filter])
    times = {"creationTime": "2026-03-02T10:00:00Z", "startTime": "2026-03-02T10:00:00Z"}
    found = history_event_of(plan.readings[0], {**times, **fields})
    assert found is not None
    return found.notification


def message(id_: Any = "7", **more: Any) -> Mapping[str, Any]:
    return {"id": id_, "eventType": "Create", **more}


def changes(*ids: Any, **more: Any) -> Mapping[str, Any]:
    return {"changes": [{"type": "SMS", "newCount": len(ids), "newMessageIds": [*ids], **more}]}


def step(*parties: tuple[str, str], missed: bool = False) -> Mapping[str, Any]:
    return {
        "telephonySessionId": "s-1",
        "parties": [
            {"id": id_, "status": {"code": code}, "missedCall": missed} for id_, code in parties
        ],
    }


def call(party: str | None = "p-1", id_: str = "c-1") -> Notification:
    return record(CALLS, id=id_, telephonySessionId="s-1", partyId=party)


@pytest.mark.parametrize(
    ("name", "body", "keys"),
    [
        ("sms", message(7), ("sms:7",)),
        ("voicemail", message("7"), ("voicemail:7",)),
        ("fax", message(None), ()),
        ("sms", [], ()),
        ("messages", changes(7, "8"), ("messages:7", "messages:8")),
        ("messages-sms-in", changes(7), ("messages:7",)),
        ("messages", changes(), ()),
        ("messages", {"changes": [{"newMessageIds": 7}, 8, {"newMessageIds": [None, [1]]}]}, ()),
        ("calls", step(("p-1", "Answered")), ()),
        ("calls", step(("p-1", "Disconnected")), ("calls:s-1/p-1", "calls:s-1")),
        ("account-calls", step(("p-1", "Gone")), ("calls:s-1/p-1", "calls:s-1")),
        ("calls", step(("p-1", "Hold"), ("p-2", "Gone")), ("calls:s-1/p-2", "calls:s-1")),
        ("calls", step(("", "Disconnected")), ("calls:s-1",)),
        ("calls", step(("p-1", "VoiceMail")), ()),
        ("calls", step(("p-1", "VoiceMail"), missed=True), ("calls:s-1/p-1", "calls:s-1")),
        ("calls", {"parties": step(("p-1", "Gone"))["parties"]}, ()),
        ("presence", message(), ()),
        ("sms2-in", message(), ()),
    ],
)
def test_the_keys_of_live_events(name: str, body: Any, keys: tuple[str, ...]) -> None:
    assert event_keys(live(name, body)) == keys


@pytest.mark.parametrize(
    ("notification", "keys"),
    [
        (record("sms", id=7), ("sms:7",)),
        (record("messages-sms", id=7), ("messages:7",)),
        (call(), ("calls:s-1/p-1", "calls:s-1")),
        (call(None), ("calls:s-1",)),
        (record(CALLS, id="c-1"), ()),
    ],
)
def test_the_keys_of_records(notification: Notification, keys: tuple[str, ...]) -> None:
    assert is_history(notification)
    assert event_keys(notification) == keys


def test_a_kind_without_history_is_not_looked_into() -> None:
    notification = Notification("1", kind("presence").event_of("1", "2"), "", b"no JSON")
    assert event_keys(notification) == ()


def test_an_unheard_of_event_has_no_keys() -> None:
    assert event_keys(Notification("1", "/unheard/of", "", b'{"body":{"id":7}}')) == ()


def test_a_lone_surrogate_does_not_hide_the_keys() -> None:
    notification = live("sms", message(7, subject="\ud800"))
    assert event_keys(notification) == ("sms:7",)


def test_bodies_that_no_parser_reads_have_no_keys() -> None:
    event = kind("sms").event_of("1", "2")
    for payload in (b"", b"[", b"[" * 200_000, b'{"body":' * 200_000, b"\xff"):
        assert event_keys(Notification("1", event, "", payload)) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "parties", "changes", "status", "code", "newMessageIds", "newCount"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(
    st.sampled_from([k for k in KINDS if k.history]),
    st.dictionaries(
        st.sampled_from(["id", "changes", "parties", "telephonySessionId", "partyId"]), JSON
    ),
    st.sampled_from(["1", "history:sms:1", ""]),
)
def test_any_body_has_keys_or_none(each: EventKind, body: Any, uuid: str) -> None:
    keys = event_keys(live(each.name, body, uuid))
    assert each.history is not None
    assert all(key.startswith(f"{each.history.name}:") for key in keys)


@given(st.sampled_from([k for k in KINDS if k.history]), st.binary(max_size=60))
def test_any_bytes_have_keys_or_none(each: EventKind, payload: bytes) -> None:
    assert event_keys(Notification("1", each.event_of("1", "2"), "", payload)) == ()


Story = list[tuple[Notification, bool]]


@pytest.mark.parametrize(
    "story",
    [
        # What came live is not told again from past events, and the other way round.
        [(live("sms", message()), True), (record("sms", id=7), False)],
        [(record("sms", id=7), True), (live("sms", message()), False)],
        [(record("sms", id=7), True), (record("sms", id=7), False)],
        [(record("sms", id=7), True), (record("sms", id=8), True)],
        # The service may say more about a message that is known.
        [(record("sms", id=7), True), (live("sms", message(eventType="Update")), True)],
        [(live("sms", message()), True), (live("sms", message()), True)],
        # A count of messages is not the message.
        [(live("messages", changes(7)), True), (record("sms", id=7), True)],
        [(live("messages", changes(7)), True), (record("messages", id=7), False)],
        [(record("messages", id=7), True), (live("messages", changes(7)), False)],
        [(record("messages", id=7), True), (live("messages", changes(7, 8)), True)],
        [(record("messages", id=7), True), (live("messages", changes(7, updatedCount=1)), True)],
        [(record("messages", id=7), True), (live("messages", changes(7, newCount=2)), True)],
        [(record("messages", id=7), True), (live("messages", changes(7, newCount=None)), False)],
        # Calls: what counts is the end of the party.
        [(live(CALLS, step(("p-1", "Answered"))), True), (call(), True)],
        [(live(CALLS, step(("p-1", "Disconnected"))), True), (call(), False)],
        [(live(CALLS, step(("p-1", "Disconnected"))), True), (call(None), False)],
        [(live(CALLS, step(("p-1", "Gone"))), True), (call("p-2"), True)],
        [(live(CALLS, step(("p-1", "Gone"))), True), (live(CALLS, step(("p-1", "Gone"))), True)],
        [(call(), True), (live(CALLS, step(("p-1", "Answered"))), True)],
        [(call(), True), (live(CALLS, step(("p-1", "Disconnected"))), False)],
        [(call(), True), (live(CALLS, step(("p-1", "Gone"), ("p-2", "Answered"))), True)],
        [(call(), True), (call("p-2", "c-2"), True), (call("p-2", "c-3"), False)],
        [(call(None), True), (live(CALLS, step(("", "Disconnected"))), False)],
        # What has no key is never taken for something else.
        [(record(CALLS, id="c-1"), True), (record(CALLS, id="c-2"), True)],
        [(live("presence", {}), True), (live("presence", {}), True)],
    ],
)
def test_neither_side_repeats_the_other(story: Story) -> None:
    told = PrintedEvents(SeenUuids(), SeenUuids())
    assert [told.is_new(notification) for notification, _ in story] == [new for _, new in story]


def test_memory_may_be_shared_with_an_earlier_run() -> None:
    history = SeenUuids()
    for key in event_keys(record("sms", id=7)):
        history.add(key)
    assert not PrintedEvents(SeenUuids(), history).is_new(live("sms", message()))


def test_what_an_earlier_run_reported_is_not_repeated_by_the_other_side() -> None:
    told = PrintedEvents(SeenUuids(), SeenUuids())
    told.remember("sms:7")
    assert told.all_new([live("sms", message("7"))])
    assert not told.is_new(record("sms", id="7", type="SMS", direction="Inbound"))
    told.remember("history:sms:8")
    assert not told.all_new([live("sms", message("8"))])
    assert not told.is_new(live("sms", message("8")))
    assert told.is_new(live("sms", message("9")))


def test_a_kind_of_another_name_tells_the_same() -> None:
    account = replace_event(call(), "account-calls")
    told = PrintedEvents(SeenUuids(), SeenUuids())
    assert told.is_new(account)
    assert not told.is_new(live(CALLS, step(("p-1", "Disconnected"))))


def replace_event(notification: Notification, name: str) -> Notification:
    event = kind(name).event_of("400000001", "400000101")
    return Notification(notification.uuid, event, "", notification.payload)


def test_live_events_are_not_looked_into_before_there_is_a_record():
    memory = SeenUuids()
    told = PrintedEvents(memory, SeenUuids())
    assert told.all_new([live("sms", message("7")), live("sms", message("8"))])
    assert told.all_new([live("sms", message("7"))])
    assert len(memory) == 0
    assert [told.is_new(record("sms", id=id_)) for id_ in ("7", "8", "9")] == [False, False, True]
    # From now on each has to be compared.
    assert not told.all_new([live("sms", message("10"))])
    assert not told.is_new(live("sms", message("9")))
    assert told.is_new(live("sms", message("10")))
    assert not told.is_new(record("sms", id="10"))


def test_of_live_events_the_latest_are_kept_until_there_is_a_record():
    told = PrintedEvents(SeenUuids(), SeenUuids())
    large = "x" * (MOST_LATEST // 2)
    for id_ in ("1", "2", "3"):
        assert told.all_new([live("sms", message(id_, subject=large))])
    assert [told.is_new(record("sms", id=id_)) for id_ in ("3", "2", "1")] == [False, True, True]


@pytest.mark.parametrize(
    ("sent", "made", "duration", "is_new"),
    [
        ("2026-03-02T10:00:00Z", "2026-03-02T09:59:00Z", None, False),
        ("2026-03-02T10:00:00Z", "2026-03-02T10:00:01Z", None, True),
        # A call that began before, and ended behind it.
        ("2026-03-02T10:00:00Z", "2026-03-02T09:59:00Z", 59, False),
        ("2026-03-02T10:00:00Z", "2026-03-02T09:59:00Z", 61, True),
        ("", "2026-03-02T09:59:00Z", None, True),
        ("at ten", "2026-03-02T09:59:00Z", None, True),
    ],
)
def test_a_record_of_a_time_that_was_given_up_is_not_reported_again(sent, made, duration, is_new):
    told = PrintedEvents(SeenUuids(), SeenUuids())
    large = "x" * (MOST_LATEST // 2)
    for id_ in ("1", "2", "3"):
        event = live("sms", message(id_, subject=large))
        stamped = Notification(event.uuid, event.event, sent, event.payload)
        assert told.all_new([stamped])
    if duration is None:
        assert told.is_new(record("sms", id="9", creationTime=made)) is is_new
    else:
        call = record(
            CALLS, id="9", sessionId="9", startTime=made, creationTime=made, duration=duration
        )
        assert told.is_new(call) is is_new


def test_the_latest_live_event_is_kept_however_large():
    told = PrintedEvents(SeenUuids(), SeenUuids())
    assert told.all_new([live("sms", message("1", subject="x" * (MOST_LATEST + 1)))])
    assert not told.is_new(record("sms", id="1"))
