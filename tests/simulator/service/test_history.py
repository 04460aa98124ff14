from typing import Any

import pytest

from tests.simulator.company import EXTENSION, Company, code_of

STORE = f"{EXTENSION}/message-store"
LOG = f"{EXTENSION}/call-log"


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def token(company: Company) -> str:
    return company.log_in()


def records(company: Company, token: str, target: str = STORE):
    answer = company.get(target, token)
    assert answer.status == 200, answer.body
    return answer.body["records"]


def call(company: Company, *codes: str, seconds: float = 10, **party):
    from rc_tail.simulator.service.occurrence import Occurrence

    for code in codes:
        body = {
            "sessionId": "1",
            "telephonySessionId": "s-1",
            "parties": [{"id": "p-1", "direction": "Inbound", "status": {"code": code}, **party}],
        }
        company.service.publish(Occurrence("t", "400000101", body), company.now)
        company.now += seconds


def test_messages_are_kept_though_nobody_listens(company, token):
    assert company.send("sms", text="kept") == 0
    (record,) = records(company, token)
    assert record["subject"] == "kept"
    assert record["type"] == "SMS"
    assert isinstance(record["id"], int)
    assert record["uri"].startswith("http://127.0.0.1:8080/restapi/")
    assert "eventType" not in record


def test_the_newest_is_first_and_of_one_moment_the_later(company, token):
    for text in ("one", "two"):
        company.send(text=text)
    company.now += 1
    company.send(text="three")
    assert [r["subject"] for r in records(company, token)] == ["three", "two", "one"]


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
def test_messages_are_narrowed(query, types, company, token):
    for event in ("sms", "voicemail", "fax", "messages-pager"):
        company.send(event)
        company.now += 1
    assert [r["type"] for r in records(company, token, STORE + query)] == types


def test_others_messages_are_not_mine(company, token):
    company.send(extension="102")
    assert records(company, token) == []
    assert len(records(company, token, STORE.replace("extension/~", "extension/400000102"))) == 1


def test_the_last_day_is_shown_unless_asked(company, token):
    company.send(text="old")
    company.now += 90_000
    token = company.log_in()
    assert records(company, token) == []
    assert len(records(company, token, f"{STORE}?dateFrom=2026-03-02T09:30:00.999Z")) == 1
    assert records(company, token, f"{STORE}?dateFrom=2026-03-01&dateTo=2026-03-02") == []


def test_pages(company, token):
    for number in range(5):
        company.send(text=str(number))
        company.now += 1
    target = f"{STORE}?perPage=2&page=2&messageType=SMS"
    answer = company.get(target, token).body
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
    assert [r["subject"] for r in records(company, token, last)] == ["0"]
    assert "nextPage" not in company.get(last, token).body["navigation"]


def test_no_page_has_nothing(company, token):
    answer = company.get(STORE, token).body
    assert (answer["records"], answer["paging"]["totalElements"]) == ([], 0)
    assert "pageStart" not in answer["paging"]


@pytest.mark.parametrize("query", ["page=0", "page=x", "perPage=9999", "dateFrom=x", "dateTo=soon"])
def test_wrong_queries(query, company, token):
    answer = company.get(f"{STORE}?{query}", token)
    assert (answer.status, code_of(answer)) == (400, "CMN-101")
    assert answer.body["parameterName"] == query.partition("=")[0]


def test_one_message(company, token):
    company.send(text="kept")
    (record,) = records(company, token)
    answer = company.get(f"{STORE}/{record['id']}", token)
    assert answer.body == record
    assert code_of(company.get(f"{STORE}/1", token)) == "CMN-102"


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
def test_a_finished_call_leaves_a_record(codes, party, result, seconds, company, token):
    call(company, *codes, **party)
    (record,) = records(company, token, LOG)
    assert (record["result"], record["duration"]) == (result, seconds)
    assert record["startTime"] == "2026-03-02T09:30:00.000Z"
    assert (record["sessionId"], record["telephonySessionId"]) == ("1", "s-1")
    assert "legs" not in record


def test_a_running_call_leaves_none(company, token):
    call(company, "Setup", "Proceeding", "Answered")
    assert records(company, token, LOG) == []


def test_legs_are_a_detail(company, token):
    call(company, "Disconnected")
    (record,) = records(company, token, f"{LOG}?view=Detailed")
    assert record["legs"][0]["result"] == record["result"]


def test_the_accounts_log_has_everybodys_calls(company, token):
    call(company, "Disconnected", extensionId="400000102")
    assert records(company, token, LOG) == []
    assert len(records(company, token, "/restapi/v1.0/account/~/call-log")) == 1
    assert records(company, token, "/restapi/v1.0/account/~/call-log?type=Fax") == []


def test_rubbish_leaves_no_record(company, token):
    from rc_tail.simulator.service.occurrence import Occurrence

    parties: tuple[Any, ...] = (3, {}, {"status": {}})
    for party in parties:
        company.service.publish(Occurrence("t", "400000101", {"parties": [party]}), company.now)
    assert records(company, token, LOG) == []


def test_calls_that_nobody_ends_are_forgotten(company, token, monkeypatch):
    monkeypatch.setattr("rc_tail.simulator.service.history.MAX_RECORDS", 1)
    call(company, "Answered", id="first")
    call(company, "Answered", id="second")
    call(company, "Disconnected", id="first")
    (record,) = records(company, token, LOG)
    assert record["duration"] == 0


def test_a_message_with_an_id_of_its_own(company, token):
    company.send(set=[("id", "text-id")])
    assert records(company, token)[0]["id"] == "text-id"
