from typing import Any

import pytest

from tests.simulator.harness import EXTENSION, Harness, code_of

STORE = f"{EXTENSION}/message-store"
LOG = f"{EXTENSION}/call-log"


@pytest.fixture
def harness() -> Harness:
    return Harness()


@pytest.fixture
def token(harness: Harness) -> str:
    return harness.log_in()


def records(harness: Harness, token: str, target: str = STORE):
    answer = harness.get(target, token)
    assert answer.status == 200, answer.body
    return answer.body["records"]


def call(harness: Harness, *codes: str, seconds: float = 10, **party):
    from rc_tail.simulator.service.occurrence import Occurrence

    for code in codes:
        body = {
            "sessionId": "1",
            "telephonySessionId": "s-1",
            "parties": [{"id": "p-1", "direction": "Inbound", "status": {"code": code}, **party}],
        }
        harness.service.publish(Occurrence("t", "400000101", body), harness.now)
        harness.now += seconds


def test_messages_are_stored_without_any_subscription(harness, token):
    assert harness.send("sms", text="kept") == 0
    (record,) = records(harness, token)
    assert record["subject"] == "kept"
    assert record["type"] == "SMS"
    assert isinstance(record["id"], int)
    assert record["uri"].startswith("http://127.0.0.1:8080/restapi/")
    assert "eventType" not in record


def test_the_newest_is_first_and_of_one_moment_the_later(harness, token):
    for text in ("one", "two"):
        harness.send(text=text)
    harness.now += 1
    harness.send(text="three")
    assert [r["subject"] for r in records(harness, token)] == ["three", "two", "one"]


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("", ["Pager", "Fax", "VoiceMail", "SMS"]),
        ("?messageType=Fax", ["Fax"]),
        ("?messageType=Fax&messageType=voicemail", ["Fax", "VoiceMail"]),
        ("?direction=Inbound&messageType=SMS", ["SMS"]),
        ("?direction=Outbound", []),
        ("?phoneNumber=16505550177", ["Fax"]),
        ("?phoneNumber=%2B16505550177", ["Fax"]),
    ],
)
def test_messages_are_narrowed(query, types, harness, token):
    for event in ("sms", "voicemail", "fax", "messages-pager"):
        harness.send(event)
        harness.now += 1
    assert [r["type"] for r in records(harness, token, STORE + query)] == types


def test_others_messages_are_not_mine(harness, token):
    harness.send(extension="102")
    assert records(harness, token) == []
    assert len(records(harness, token, STORE.replace("extension/~", "extension/400000102"))) == 1


def test_the_last_day_is_shown_unless_asked(harness, token):
    harness.send(text="old")
    harness.now += 90_000
    token = harness.log_in()
    assert records(harness, token) == []
    assert len(records(harness, token, f"{STORE}?dateFrom=2026-03-02T09:30:00.999Z")) == 1
    assert records(harness, token, f"{STORE}?dateFrom=2026-03-01&dateTo=2026-03-02") == []


def test_pages(harness, token):
    for number in range(5):
        harness.send(text=str(number))
        harness.now += 1
    target = f"{STORE}?perPage=2&page=2&messageType=SMS"
    answer = harness.get(target, token).body
    assert [r["subject"] for r in answer["records"]] == ["2", "1"]
    assert answer["paging"] == {
        "page": 2,
        "perPage": 2,
        "pageStart": 2,
        "pageEnd": 3,
        "totalPages": 3,
        "totalElements": 5,
    }
    links = answer["navigation"]
    assert set(links) == {"firstPage", "lastPage", "nextPage", "previousPage"}
    last = links["nextPage"]["uri"].removeprefix("http://127.0.0.1:8080")
    assert [r["subject"] for r in records(harness, token, last)] == ["0"]
    assert "nextPage" not in harness.get(last, token).body["navigation"]


def test_no_page_has_nothing(harness, token):
    answer = harness.get(STORE, token).body
    assert (answer["records"], answer["paging"]["totalElements"]) == ([], 0)
    assert "pageStart" not in answer["paging"]


@pytest.mark.parametrize("query", ["page=0", "page=x", "perPage=9999", "dateFrom=x", "dateTo=soon"])
def test_wrong_queries(query, harness, token):
    answer = harness.get(f"{STORE}?{query}", token)
    assert (answer.status, code_of(answer)) == (400, "CMN-101")
    assert answer.body["parameterName"] == query.partition("=")[0]


def test_one_message(harness, token):
    harness.send(text="kept")
    (record,) = records(harness, token)
    answer = harness.get(f"{STORE}/{record['id']}", token)
    assert answer.body == record
    assert code_of(harness.get(f"{STORE}/1", token)) == "CMN-102"


@pytest.mark.parametrize(
    ("codes", "party", "result", "seconds"),
    [
        (("Setup", "Proceeding", "Answered", "Disconnected"), {}, "Accepted", 10),
        (("Setup", "Answered", "Hold", "Answered", "Gone"), {}, "Accepted", 30),
        (("Setup", "Answered", "Disconnected"), {"direction": "Outbound"}, "Call connected", 10),
        (("Setup", "Disconnected"), {"missedCall": True}, "Missed", 0),
        (("Disconnected",), {}, "Hang Up", 0),
    ],
)
def test_a_finished_call_leaves_a_record(codes, party, result, seconds, harness, token):
    call(harness, *codes, **party)
    (record,) = records(harness, token, LOG)
    assert (record["result"], record["duration"]) == (result, seconds)
    assert record["startTime"] == "2026-03-02T09:30:00.000Z"
    assert (record["sessionId"], record["telephonySessionId"]) == ("1", "s-1")
    assert "legs" not in record


@pytest.mark.parametrize(
    ("party", "action"),
    [
        ({}, "Phone Call"),
        ({"direction": "Outbound"}, "VoIP Call"),
        ({"from": {"extensionId": "1"}, "to": {"extensionId": "2"}}, "VoiceChat Call"),
        ({"from": {"phoneNumber": "+1"}, "to": {"extensionId": "2"}}, "Phone Call"),
        ({"from": "1", "to": None}, "Phone Call"),
    ],
)
def test_a_record_says_what_sort_of_call_it_was(party, action, harness, token):
    call(harness, "Answered", "Disconnected", **party)
    (record,) = records(harness, token, LOG)
    assert record["action"] == action


def test_a_running_call_leaves_none(harness, token):
    call(harness, "Setup", "Proceeding", "Answered")
    assert records(harness, token, LOG) == []


def test_legs_are_a_detail(harness, token):
    call(harness, "Disconnected")
    (record,) = records(harness, token, f"{LOG}?view=Detailed")
    assert record["legs"][0]["result"] == record["result"]


def test_the_accounts_log_has_everybodys_calls(harness, token):
    call(harness, "Disconnected", extensionId="400000102")
    assert records(harness, token, LOG) == []
    assert len(records(harness, token, "/restapi/v1.0/account/~/call-log")) == 1
    assert records(harness, token, "/restapi/v1.0/account/~/call-log?type=Fax") == []


def test_rubbish_leaves_no_record(harness, token):
    from rc_tail.simulator.service.occurrence import Occurrence

    parties: tuple[Any, ...] = (3, {}, {"status": {}})
    for party in parties:
        harness.service.publish(Occurrence("t", "400000101", {"parties": [party]}), harness.now)
    assert records(harness, token, LOG) == []


def test_calls_that_never_end_are_dropped(harness, token, monkeypatch):
    monkeypatch.setattr("rc_tail.simulator.service.history.MAX_RECORDS", 1)
    call(harness, "Answered", id="first")
    call(harness, "Answered", id="second")
    call(harness, "Disconnected", id="first")
    (record,) = records(harness, token, LOG)
    assert record["duration"] == 0


def test_a_message_with_an_id_of_its_own(harness, token):
    harness.send(set=[("id", "text-id")])
    assert records(harness, token)[0]["id"] == "text-id"
