from typing import Any

import pytest

from rc_tail.simulator.service.company import ADA, BOB
from rc_tail.simulator.service.messaging import store_change
from tests.simulator.harness import EXTENSION, NOW, SMS, Harness, code_of, jwt

STORE = f"{EXTENSION}/message-store"
HERS = {"phoneNumber": ADA.phone}
HIS = {"phoneNumber": BOB.phone}
OUTSIDE = {"phoneNumber": "+16505550199"}
FORM = (
    b'--b\r\nContent-Type: application/json\r\n\r\n{"from":{"phoneNumber":"+16505550101"},'
    b'"to":[{"phoneNumber":"+16505550102"}]}\r\n--b\r\nContent-Type: image/png\r\n'
    b'Content-Disposition: form-data; name="a"; filename="cat.png"\r\n\r\nPNG\r\n--b--\r\n'
)


@pytest.fixture
def harness() -> Harness:
    return Harness()


@pytest.fixture
def token(harness: Harness) -> str:
    return harness.log_in()


def listen(harness: Harness, person: Any = ADA, number: int = 1, *filters: str) -> None:
    """Subscribe as this person, to changes of the store and to texts."""
    harness.connect(number, harness.log_in(jwt(sub=person.id)))
    assert harness.subscribe(*(filters or (STORE, SMS)), number=number)[0]["status"] == 200


def changes(harness: Harness, number: int = 1) -> list[Any]:
    return [e["body"]["changes"][0] for e in harness.events(number) if "changes" in e["body"]]


def sms(**fields: Any) -> dict[str, Any]:
    return {"from": HERS, "to": [OUTSIDE], "text": "hi", **fields}


# Sending.


def test_a_text_is_stored_and_told_to_its_sender(harness, token):
    listen(harness)
    answer = harness.call("POST", f"{EXTENSION}/sms", token, sms())
    assert answer.status == 200
    sent = answer.body
    assert (sent["type"], sent["direction"], sent["subject"]) == ("SMS", "Outbound", "hi")
    assert (sent["messageStatus"], sent["readStatus"]) == ("Sent", "Read")
    (change,) = changes(harness)
    assert change == {
        "type": "SMS",
        "newCount": 1,
        "updatedCount": 0,
        "newMessageIds": [sent["id"]],
    }
    assert harness.get(f"{STORE}/{sent['id']}", token).body == sent


def test_a_colleague_gets_it_as_a_text_and_as_a_change(harness, token):
    listen(harness, BOB)
    harness.call("POST", f"{EXTENSION}/sms", token, sms(to=[HIS, OUTSIDE]))
    text, change = harness.events()
    assert text["event"].endswith("/extension/400000102/message-store/instant?type=SMS")
    body = text["body"]
    assert (body["direction"], body["readStatus"], body["subject"]) == ("Inbound", "Unread", "hi")
    assert body["from"]["phoneNumber"] == ADA.phone
    assert change["body"]["changes"][0]["newMessageIds"] == [int(body["id"])]
    # In his store it is one message, whatever told him of it.
    his = harness.log_in(jwt(sub=BOB.id))
    assert len(harness.get(STORE, his).body["records"]) == 1


def test_a_text_to_oneself_comes_and_goes(harness, token):
    listen(harness)
    harness.call("POST", f"{EXTENSION}/sms", token, sms(to=[HERS]))
    assert [len(e["body"].get("changes", ())) for e in harness.events()] == [0, 1, 1]


@pytest.mark.parametrize("direction", ["Inbound", "Outbound"])
def test_filters_by_direction(direction, harness, token):
    listen(harness, ADA, 1, f"{STORE}?direction={direction}")
    harness.call("POST", f"{EXTENSION}/sms", token, sms())
    assert len(harness.events()) == (direction == "Outbound")


@pytest.mark.parametrize("path", ["sms", "mms"])
def test_a_picture(path, harness, token):
    listen(harness, BOB)
    answer = harness.http(
        "POST",
        f"{EXTENSION}/{path}",
        body=FORM,
        authorization=f"Bearer {token}",
        content_type="multipart/form-data; boundary=b",
    )
    assert answer.status == 200, answer.body
    (_, picture) = answer.body["attachments"]
    assert (picture["type"], picture["contentType"]) == ("MmsAttachment", "image/png")
    assert (picture["fileName"], picture["size"]) == ("cat.png", 3)
    assert harness.events()[0]["body"]["attachments"][1]["fileName"] == "cat.png"


@pytest.mark.parametrize(
    ("fields", "status", "code", "parameter"),
    [
        ({"from": None}, 400, "CMN-101", "from"),
        ({"from": {}}, 400, "CMN-101", "from.phoneNumber"),
        ({"from": {"phoneNumber": "office"}}, 400, "CMN-101", "from.phoneNumber"),
        ({"from": OUTSIDE}, 403, "MSG-304", "from.phoneNumber"),
        ({"to": None}, 400, "CMN-101", "to"),
        ({"to": []}, 400, "CMN-101", "to"),
        ({"to": [{}]}, 400, "CMN-101", "to.phoneNumber"),
        ({"to": [{"phoneNumber": "you"}]}, 400, "CMN-101", "to.phoneNumber"),
        ({"text": ""}, 400, "CMN-101", "text"),
        ({"text": "x" * 1001}, 400, "CMN-101", "text"),
    ],
)
def test_what_a_text_must_have(fields, status, code, parameter, harness, token):
    listen(harness)
    answer = harness.call("POST", f"{EXTENSION}/sms", token, sms(**fields))
    assert (answer.status, code_of(answer)) == (status, code)
    assert answer.body["errors"][0]["parameterName"] == parameter
    assert (answer.body["errorCode"], answer.body["parameterName"]) == (code, parameter)
    assert harness.events() == []
    assert harness.get(STORE, token).body["records"] == []


def test_numbers_may_lack_plus_and_country(harness, token):
    listen(harness, BOB)
    body = sms(**{"from": {"phoneNumber": "6505550101"}}, to=[{"phoneNumber": "16505550102"}])
    assert harness.call("POST", f"{EXTENSION}/sms", token, body).status == 200
    assert len(harness.events()) == 2


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"extensionId": ADA.id}, {"extensionId": BOB.id}),
        ({"extensionNumber": "101"}, {"extensionNumber": "102"}),
    ],
)
def test_a_pager_message(mine, theirs, harness, token):
    listen(harness, ADA, 1)
    listen(harness, BOB, 2)
    body = {"from": mine, "to": [theirs], "text": "Lunch?"}
    answer = harness.call("POST", f"{EXTENSION}/company-pager", token, body)
    assert answer.status == 200
    assert (answer.body["type"], answer.body["direction"]) == ("Pager", "Outbound")
    (sent,), (received,) = changes(harness, 1), changes(harness, 2)
    assert sent["newMessageIds"] == [answer.body["id"]]
    his = harness.log_in(jwt(sub=BOB.id))
    (record,) = harness.get(STORE, his).body["records"]
    assert received["newMessageIds"] == [record["id"]]
    assert (record["subject"], record["direction"]) == ("Lunch?", "Inbound")
    assert record["conversation"] == answer.body["conversation"]


def test_a_pager_message_to_oneself(harness, token):
    listen(harness)
    me = {"extensionId": ADA.id}
    harness.call("POST", f"{EXTENSION}/company-pager", token, {"from": me, "to": [me], "text": "x"})
    assert [change["type"] for change in changes(harness)] == ["Pager", "Pager"]


@pytest.mark.parametrize(
    ("body", "status", "code", "parameter"),
    [
        ({"to": [{"extensionId": BOB.id}]}, 400, "CMN-101", "text"),
        ({"to": [{"extensionId": BOB.id}], "text": "x" * 1025}, 400, "CMN-101", "text"),
        ({"text": "x"}, 400, "CMN-101", "to"),
        ({"text": "x", "to": [{"extensionId": "9"}]}, 404, "CMN-102", "to"),
        ({"text": "x", "to": [{}]}, 404, "CMN-102", "to"),
        ({"text": "x", "from": {"extensionId": BOB.id}}, 400, "CMN-101", "from"),
        ({"text": "x", "from": 3}, 400, "CMN-101", "from"),
        (None, 400, "CMN-101", "body"),
    ],
)
def test_what_a_pager_message_must_have(body, status, code, parameter, harness, token):
    answer = harness.call("POST", f"{EXTENSION}/company-pager", token, body)
    assert (answer.status, code_of(answer)) == (status, code)
    assert answer.body["errors"][0]["parameterName"] == parameter


@pytest.mark.parametrize("path", ["sms", "company-pager"])
def test_other_types_of_body(path, harness, token):
    answer = harness.http(
        "POST",
        f"{EXTENSION}/{path}",
        body=b"text=hi",
        authorization=f"Bearer {token}",
        content_type="application/x-www-form-urlencoded",
    )
    assert (answer.status, code_of(answer)) == (415, "CMN-415")


@pytest.mark.parametrize("path", ["sms", "company-pager"])
def test_nobody_writes_for_others(path, harness, token):
    target = EXTENSION.replace("extension/~", f"extension/{BOB.id}")
    answer = harness.call("POST", f"{target}/{path}", token, sms())
    assert (answer.status, code_of(answer)) == (403, "CMN-408")


def test_sending_over_the_socket(harness):
    harness.connect()
    harness.subscribe(STORE)
    body = {"to": [{"extensionId": ADA.id}], "text": "hi"}
    head = {"type": "ClientRequest", "messageId": "p", "method": "POST"}
    harness.say(1, [{**head, "path": f"{EXTENSION}/company-pager"}, body])
    answer, *events = sorted(harness.sent(), key=lambda m: m[0]["type"])
    assert (answer[0]["status"], answer[1]["subject"]) == (200, "hi")
    assert len(events) == 2


# One message.


def stored(harness: Harness, token: str) -> dict[str, Any]:
    harness.send("sms", text="kept")
    (record,) = harness.get(STORE, token).body["records"]
    return dict(record)


def test_marking_as_read(harness, token):
    record = stored(harness, token)
    listen(harness)
    harness.now += 5
    path = f"{STORE}/{record['id']}"
    answer = harness.call("PUT", path, token, {"readStatus": "Read"})
    assert (answer.status, answer.body["readStatus"]) == (200, "Read")
    assert answer.body["lastModifiedTime"] == "2026-03-02T09:30:05.000Z"
    assert answer.body["creationTime"] == record["creationTime"]
    assert changes(harness) == [{"type": "SMS", "newCount": 0, "updatedCount": 1}]
    # The same again changes nothing.
    harness.call("PUT", path, token, {"readStatus": "Read"})
    assert changes(harness) == []


def test_deleting_twice(harness, token):
    record = stored(harness, token)
    listen(harness)
    path = f"{STORE}/{record['id']}"
    assert harness.call("DELETE", path, token).status == 204
    assert changes(harness) == [{"type": "SMS", "newCount": 0, "updatedCount": 1}]
    assert harness.get(STORE, token).body["records"] == []
    assert harness.get(path, token).body["availability"] == "Deleted"
    assert len(harness.get(f"{STORE}?availability=Deleted", token).body["records"]) == 1
    assert harness.call("DELETE", path, token).status == 204
    assert harness.get(path, token).status == 404


def test_deleting_for_good_and_several(harness, token):
    for text in ("one", "two", "three"):
        harness.send(text=text)
    ids = [str(r["id"]) for r in harness.get(STORE, token).body["records"]]
    assert harness.call("DELETE", f"{STORE}/{ids[0]}?purge=true", token).status == 204
    assert harness.get(f"{STORE}/{ids[0]}", token).status == 404
    assert harness.call("DELETE", f"{STORE}/{ids[1]},{ids[2]}", token).status == 204
    assert harness.get(STORE, token).body["records"] == []


@pytest.mark.parametrize(
    ("method", "id_", "body", "status", "code"),
    [
        ("PUT", "1", {"readStatus": "Read"}, 404, "CMN-102"),
        ("DELETE", "1", None, 404, "CMN-102"),
        ("PUT", "", {"readStatus": "Seen"}, 400, "CMN-101"),
        ("PUT", "", {}, 400, "CMN-101"),
        ("PUT", "", None, 400, "CMN-101"),
        ("POST", "", {}, 405, "CMN-120"),
    ],
)
def test_what_cannot_be_done_with_a_message(method, id_, body, status, code, harness, token):
    record = stored(harness, token)
    answer = harness.call(method, f"{STORE}/{id_ or record['id']}", token, body)
    assert (answer.status, code_of(answer)) == (status, code)


def test_a_change_of_the_store():
    occurrence = store_change(ADA.id, {"type": "Fax"}, NOW, updated=2)
    assert occurrence.body["changes"] == [{"type": "Fax", "newCount": 0, "updatedCount": 2}]
    assert occurrence.matches_parameter("direction", "Inbound")
