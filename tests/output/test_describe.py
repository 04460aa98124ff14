import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.events.catalogue import KINDS, by_name
from rc_tail.events.kinds import EventLine
from rc_tail.gateway.messages import Notification
from rc_tail.output.describe import describe_event, short_json
from tests.events.hostile import ANYTHING

X = "/restapi/v1.0/account/400000001/extension/400000101"


def notification(event, payload):
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Notification("1", event, "2026-03-02T09:36:00.000Z", data)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_sample_is_read(kind):
    event = kind.event_of("400000001", "400000101")
    reading = describe_event(notification(event, {"event": event, "body": kind.sample}))
    told = kind.describe(kind.sample)
    assert reading.kind is not None
    assert reading.name == reading.kind.name
    assert (reading.line.what, reading.line.text) == (told.what, told.text)
    assert reading.payload == {"event": event, "body": kind.sample}


@pytest.mark.parametrize(
    ("event", "body", "line"),
    [
        (
            f"{X}/presence/line",
            {},
            EventLine(who="extension 400000101", what="monitored lines changed"),
        ),
        (
            f"{X}/fax?direction=Inbound",
            {"from": "+1", "direction": "Inbound"},
            EventLine(who="+1", to="extension 400000101", what="fax", direction="Inbound"),
        ),
        (
            f"{X}/fax?direction=Inbound",
            {"from": "+1", "direction": "Outbound"},
            EventLine(who="+1", what="fax", direction="Outbound"),
        ),
        (
            "/restapi/v1.0/account/1/call-queues/900/presence",
            {},
            EventLine(who="call queue 900", what="members of the queue changed"),
        ),
        (
            "/restapi/v1.0/account/~/extension/~/grant",
            {},
            EventLine(what="access to other extensions changed"),
        ),
        ("/team-messaging/v1/chats", {"name": "Ops"}, EventLine(to="Ops", what="chat changed")),
        (
            f"{X}/grant",
            {"extensionId": "7"},
            EventLine(who="extension 7", what="access to other extensions changed"),
        ),
    ],
)
def test_the_owner_comes_from_the_path_where_the_body_names_none(event, body, line):
    assert describe_event(notification(event, {"body": body})).line == line


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        ({"body": {"a": 1, "b": [1, 2], "c": {"d": 1}}}, "/x/y: a=1 b=[2] c={…}"),
        ({"body": "hello"}, "/x/y: hello"),
        ({"body": [1, "two", {}]}, "/x/y: 1 two {}"),
        (
            {"uuid": "1", "event": "/x/y", "action": "StartRing", "sid": None},
            "/x/y: action=StartRing sid=null",
        ),
        ({"uuid": "1"}, "/x/y"),
        ({"body": None}, "/x/y: null"),
        ([True, False, []], "/x/y: true false []"),
        (b"", "/x/y"),
        (b'{"body":{"a":%s}}' % (b"1" * 5000), f"/x/y: a={'1' * 5000}"),
        (b'{"body":{"a":"\\ud800"}}', "/x/y: a=\ud800"),
        (b"[" * 100_000, f"/x/y: {'[' * 100_000}"),
    ],
)
def test_an_unknown_event_is_described_by_its_path(payload, what):
    reading = describe_event(notification("/x/y", payload))
    assert (reading.name, reading.kind, reading.line) == ("other", None, EventLine(what=what))


def test_an_event_without_a_name():
    assert (
        describe_event(notification("", {"body": {"a": 1}})).line.what
        == "an event without a name: a=1"
    )


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        ({"body": ["rubbish", 1]}, "rubbish 1"),
        ({"body": "rubbish"}, "rubbish"),
        ({"body": None}, "(no text)"),
        ({}, "(no text)"),
        ([], "(no text)"),
        (b"", "(no text)"),
        (b"\xff", "(no text)"),
    ],
)
def test_a_known_event_with_a_strange_body(payload, what):
    reading = describe_event(notification(f"{X}/message-store/instant?type=SMS", payload))
    assert (reading.name, reading.line.what) == ("sms", what)


def test_a_record_of_the_history_reads_like_a_live_event():
    kind = by_name("voicemail")
    assert kind is not None
    event = kind.event_of("1", "2")
    live = describe_event(notification(event, {"body": kind.sample}))
    record = {"source": "history", "uuid": "history:voicemail:1", "body": kind.sample}
    assert describe_event(notification(event, record)).line == live.line


@given(ANYTHING)
def test_anything_can_be_shortened(value):
    assert isinstance(short_json(value), str)


@given(st.binary() | ANYTHING, st.sampled_from([f"{X}/presence", f"{X}/fax", "/x", ""]))
def test_nothing_raises(payload, event):
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    assert describe_event(notification(event, data)).name in ("presence", "fax", "other")
