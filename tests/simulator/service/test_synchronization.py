from typing import Any

import pytest

from tests.simulator.harness import EXTENSION, Harness, code_of
from tests.simulator.service.test_history import call

SYNC = f"{EXTENSION}/message-sync"
CALLS = f"{EXTENSION}/call-log-sync"
STORE = f"{EXTENSION}/message-store"


@pytest.fixture
def harness() -> Harness:
    return Harness()


@pytest.fixture
def token(harness: Harness) -> str:
    return harness.log_in()


def sync(harness: Harness, token: str, query: str = "", path: str = SYNC) -> tuple[list[Any], Any]:
    answer = harness.get(f"{path}?{query}", token)
    assert answer.status == 200, answer.body
    return answer.body["records"], answer.body["syncInfo"]


def test_everything_then_only_what_is_new(harness, token):
    harness.send(text="one")
    harness.send(text="two")
    records, info = sync(harness, token, "syncType=FSync&messageType=SMS")
    assert [r["subject"] for r in records] == ["two", "one"]
    assert (info["syncType"], info["olderRecordsExist"]) == ("FSync", False)
    assert info["syncTime"] == "2026-03-02T09:30:00.000Z"
    assert sync(harness, token, f"syncType=ISync&syncToken={info['syncToken']}")[0] == []
    harness.send(text="three")
    records, after = sync(harness, token, f"syncType=ISync&syncToken={info['syncToken']}")
    assert [r["subject"] for r in records] == ["three"]
    assert after["syncType"] == "ISync"
    assert sync(harness, token, f"syncType=ISync&syncToken={after['syncToken']}")[0] == []


def test_changes_are_among_what_is_new(harness, token):
    for text in ("one", "two", "three"):
        harness.send(text=text)
    records, info = sync(harness, token)
    three, two, _ = (r["id"] for r in records)
    harness.call("PUT", f"{STORE}/{two}", token, {"readStatus": "Read"})
    harness.call("DELETE", f"{STORE}/{three}", token)
    records, _ = sync(harness, token, f"syncType=ISync&syncToken={info['syncToken']}")
    assert {(r["id"], r["readStatus"], r["availability"]) for r in records} == {
        (two, "Read", "Alive"),
        (three, "Unread", "Deleted"),
    }
    # Only ISync shows deleted messages.
    assert three not in [r["id"] for r in sync(harness, token)[0]]


def test_the_newest_of_many(harness, token):
    for number in range(3):
        harness.send(text=str(number))
    records, info = sync(harness, token, "recordCount=2")
    assert [r["subject"] for r in records] == ["2", "1"]
    assert info["olderRecordsExist"] is True


@pytest.mark.parametrize("path", [CALLS, "/restapi/v1.0/account/~/call-log-sync"])
def test_calls(path, harness, token):
    assert sync(harness, token, "syncType=FSync&recordCount=5", path)[0] == []
    call(harness, "Setup", "Answered", "Disconnected")
    (record,), info = sync(harness, token, "dateFrom=2020-06-08T15:41:00.000Z", path)
    assert record["result"] == "Accepted"
    assert "legs" not in record
    query = f"syncType=ISync&syncToken={info['syncToken']}"
    assert sync(harness, token, query, path)[0] == []
    call(harness, "Setup", "Disconnected", id="p-2")
    assert len(sync(harness, token, query, path)[0]) == 1


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("syncType=Full", "syncType"),
        ("syncType=ISync", "syncToken"),
        ("syncType=ISync&syncToken=%FF", "syncToken"),
        ("syncType=ISync&syncToken=bWVzc2FnZS1zeW5jOjk5", "syncToken"),
        ("syncType=ISync&syncToken=Y2FsbC1sb2ctc3luYzow", "syncToken"),
        ("recordCount=0", "recordCount"),
        ("recordCount=x", "recordCount"),
        ("dateFrom=x", "dateFrom"),
    ],
)
def test_wrong_queries(query, parameter, harness, token):
    answer = harness.get(f"{SYNC}?{query}", token)
    assert (answer.status, code_of(answer)) == (400, "CMN-101")
    assert answer.body["parameterName"] == parameter
