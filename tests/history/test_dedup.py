import json
from collections.abc import Mapping
from typing import Any

import pytest

from rc_tail.events.catalogue import by_name
from rc_tail.events.kinds import EventKind
from rc_tail.gateway.event_key import record_keys
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.history.dedup import MOST_LATEST, PrintedEvents
from rc_tail.history.plan import history_event_of, plan_history

CALLS = "calls"
KEYS_NOW = ("message:7:create", "message:8:create")


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
        [(record(CALLS, id="c-1"), True), (record(CALLS, id="c-1"), False)],
        [(live("presence", {}), True), (live("presence", {}), True)],
    ],
)
def test_neither_side_repeats_the_other(story: Story) -> None:
    told = PrintedEvents(SeenUuids(), SeenUuids())
    assert [told.is_new(notification) for notification, _ in story] == [new for _, new in story]


def test_memory_may_be_shared_with_an_earlier_run() -> None:
    history = SeenUuids()
    for key in record_keys(record("sms", id=7)).keys:
        history.add(key)
    assert not PrintedEvents(SeenUuids(), history).is_new(live("sms", message()))


@pytest.mark.parametrize(("live_key", "past_key"), [("sms:7", "sms:8"), KEYS_NOW])
def test_what_an_earlier_run_reported_is_not_repeated_by_the_other_side(
    live_key: str, past_key: str
) -> None:
    told = PrintedEvents(SeenUuids(), SeenUuids())
    told.remember(live_key)
    assert told.all_new([live("sms", message("7"))])
    assert not told.is_new(record("sms", id="7", type="SMS", direction="Inbound"))
    told.remember(f"history:{past_key}")
    assert not told.all_new([live("sms", message("8"))])
    assert not told.is_new(live("sms", message("8")))
    assert told.is_new(live("sms", message("9")))


@pytest.mark.parametrize(
    ("written", "event"),
    [
        ("voicemail:7", record("voicemail", id=7)),
        ("fax:7", record("fax", id=7)),
        ("messages:7", record("messages", id=7)),
        ("calls:s-1/p-1", call()),
        ("calls:s-1", call(None)),
    ],
)
def test_keys_of_version_0_1_0_are_understood(written: str, event: Notification) -> None:
    told = PrintedEvents(SeenUuids(), SeenUuids())
    told.remember(written)
    assert not told.is_new(event)


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
