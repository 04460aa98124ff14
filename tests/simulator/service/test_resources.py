import pytest

from tests.simulator.harness import EXTENSION, Harness, code_of, jwt

ACCOUNT = "/restapi/v1.0/account/~"


@pytest.fixture
def harness() -> Harness:
    return Harness()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (EXTENSION, "Ada Example"),
        (EXTENSION + "/", "Ada Example"),
        ("/restapi/v1.0/account/400000001/extension/400000102", "Bob Sample"),
    ],
)
def test_the_user_of_a_jwt(path, name, harness):
    assert harness.get(path, harness.log_in()).body["name"] == name


def test_mine_is_the_tokens(harness):
    assert harness.get(EXTENSION, harness.log_in(jwt(sub="103"))).body["extensionNumber"] == "103"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [400000101, 400000102, 400000103]),
        ("?extensionNumber=102", [400000102]),
        ("?extensionNumber=102&extensionNumber=101", [400000101, 400000102]),
        ("?extensionNumber=999", []),
    ],
)
def test_the_list_of_extensions(query, ids, harness):
    answer = harness.get(f"{ACCOUNT}/extension{query}", harness.log_in())
    assert [record["id"] for record in answer.body["records"]] == ids


def test_people_and_chats_of_team_messaging(harness):
    token = harness.log_in()
    person = harness.get("/team-messaging/v1/persons/400000102", token).body
    assert (person["firstName"], person["lastName"]) == ("Bob", "Sample")
    chat = harness.get("/team-messaging/v1/chats/995000000001", token).body
    assert (chat["name"], chat["type"]) == ("Engineering", "Team")


@pytest.mark.parametrize(
    "path",
    [
        "/team-messaging/v1/persons/999",
        "/team-messaging/v1/chats/999",
        "/restapi/v1.0/account/~/extension/999",
        "/restapi/v1.0/account/999/extension/~",
        "/restapi/v1.0/account/999/call-log",
    ],
)
def test_who_is_not_there(path, harness):
    answer = harness.get(path, harness.log_in())
    assert (answer.status, code_of(answer)) == (404, "CMN-102")


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        (EXTENSION, "ReadAccounts"),
        (f"{ACCOUNT}/extension", "ReadAccounts"),
        (f"{EXTENSION}/message-store", "ReadMessages"),
        (f"{EXTENSION}/message-store/1", "ReadMessages"),
        (f"{EXTENSION}/call-log", "ReadCallLog"),
        (f"{ACCOUNT}/call-log", "ReadCallLog"),
        ("/team-messaging/v1/persons/400000101", "TeamMessaging"),
        ("/team-messaging/v1/chats/995000000001", "TeamMessaging"),
    ],
)
def test_permissions(path, permission):
    harness = Harness(scope=("WebSocketsSubscription",))
    answer = harness.get(path, harness.log_in())
    assert (answer.status, code_of(answer)) == (403, "CMN-401")
    assert answer.body["permissionName"] == permission


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("PUT", "message-store/1", "EditMessages"),
        ("DELETE", "message-store/1", "EditMessages"),
        ("GET", "message-sync", "ReadMessages"),
        ("POST", "sms", "SMS"),
        ("POST", "mms", "SMS"),
        ("POST", "company-pager", "InternalMessages"),
        ("GET", "presence", "ReadPresence"),
        ("PUT", "presence", "EditPresence"),
        ("GET", "call-log-sync", "ReadCallLog"),
        ("GET", "phone-number", "ReadAccounts"),
    ],
)
def test_permissions_of_calls_that_cause_events(method, path, permission):
    harness = Harness(scope=("WebSocketsSubscription",))
    answer = harness.get(f"{EXTENSION}/{path}", harness.log_in(), method)
    assert (answer.status, code_of(answer)) == (403, "CMN-401")
    assert answer.body["permissionName"] == permission


def test_the_number_of_a_user_can_send_texts(harness):
    (record,) = harness.get(f"{EXTENSION}/phone-number", harness.log_in()).body["records"]
    assert record["phoneNumber"] == "+16505550101"
    assert "SmsSender" in record["features"]


@pytest.mark.parametrize(
    ("path", "method", "group"),
    [
        (EXTENSION, "GET", "light"),
        (f"{EXTENSION}/message-store", "GET", "light"),
        (f"{EXTENSION}/message-store/1", "PUT", "medium"),
        (f"{EXTENSION}/message-sync", "GET", "light"),
        (f"{EXTENSION}/sms", "POST", "medium"),
        (f"{EXTENSION}/company-pager", "POST", "medium"),
        (f"{EXTENSION}/presence", "GET", "light"),
        (f"{EXTENSION}/presence", "PUT", "medium"),
        (f"{EXTENSION}/call-log", "GET", "heavy"),
        (f"{EXTENSION}/call-log-sync", "GET", "heavy"),
        ("/team-messaging/v1/chats/995000000001", "GET", "light"),
        ("/restapi/v1.0/subscription", "GET", "light"),
        ("/restapi/v1.0/subscription/x", "DELETE", "medium"),
    ],
)
def test_headers_announce_the_limits(path, method, group, harness):
    answer = harness.get(path, harness.log_in(), method)
    assert answer.headers["X-Rate-Limit-Group"] == group


def test_and_enforced_when_asked():
    harness = Harness(enforce_limits=True, rates={"heavy": 1})
    token = harness.log_in()
    path = f"{EXTENSION}/call-log"
    assert [harness.get(path, token).status for _ in range(2)] == [200, 429]


def test_other_methods_and_addresses(harness):
    token = harness.log_in()
    assert harness.get(EXTENSION, token, "DELETE").status == 405
    assert code_of(harness.get("/restapi/v1.0/nowhere", token)) == "CMN-120"


def test_the_history_is_there(harness):
    harness.send("sms", text="kept")
    token = harness.log_in()
    (message,) = harness.get(f"{EXTENSION}/message-store", token).body["records"]
    one = harness.get(f"{EXTENSION}/message-store/{message['id']}", token).body
    assert one["subject"] == "kept"
    assert code_of(harness.get(f"{EXTENSION}/message-store/1", token)) == "CMN-102"
    for path in (f"{EXTENSION}/call-log", f"{ACCOUNT}/call-log"):
        assert harness.get(path, token).body["records"] == []


def test_the_status_over_the_socket(harness):
    harness.connect()
    assert harness.ask(1, "GET", "/restapi/v1.0/status")[1]["status"] == "OK"
