import pytest

from tests.simulator.harness import EXTENSION, SMS, SUBSCRIPTION, Harness, code_of, jwt

VOICEMAIL = f"{EXTENSION}/voicemail"
PRESENCE = f"{EXTENSION}/presence"
WEBSOCKET = {"deliveryMode": {"transportType": "WebSocket"}}
MINE = "/restapi/v1.0/account/400000001/extension/400000101"


@pytest.fixture
def harness() -> Harness:
    harness = Harness()
    harness.connect()
    return harness


def test_a_subscription_is_answered_as_the_service_does(harness):
    meta, body = harness.subscribe(SMS, VOICEMAIL)
    assert meta["status"] == 200
    assert "WSG-SubscriptionId" not in meta["headers"]
    id_ = body["id"]
    assert body == {
        "uri": f"/restapi/v1.0/subscription/{id_}",
        "id": id_,
        "creationTime": "2026-03-02T09:30:00.000Z",
        "status": "Active",
        "eventFilters": [f"{MINE}/message-store/instant?type=SMS", f"{MINE}/voicemail"],
        "expirationTime": "2026-03-03T09:30:00.000Z",
        "expiresIn": 86399,
        "deliveryMode": {"transportType": "WebSocket", "encryption": False},
    }


def test_the_header_that_one_sdk_waits_for():
    harness = Harness(subscription_header=True)
    harness.connect()
    meta, body = harness.subscribe(SMS)
    assert meta["headers"]["WSG-SubscriptionId"] == body["id"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_request_with_and_without_a_slash(slash, harness):
    body = {"eventFilters": [SMS], **WEBSOCKET}
    meta, made = harness.ask(1, "POST", SUBSCRIPTION + slash, body)
    assert meta["status"] == 200
    path = f"{SUBSCRIPTION}/{made['id']}{slash}"
    assert harness.ask(1, "GET", path, "")[1]["id"] == made["id"]
    meta, listed = harness.ask(1, "GET", SUBSCRIPTION + slash)
    assert [record["id"] for record in listed["records"]] == [made["id"]]
    meta, changed = harness.ask(1, "PUT", path, {"eventFilters": [VOICEMAIL]})
    assert changed["eventFilters"] == [f"{MINE}/voicemail"]
    assert harness.ask(1, "POST", path.rstrip("/") + "/renew")[0]["status"] == 200
    answer = harness.ask(1, "DELETE", path)
    assert (len(answer), answer[0]["status"]) == (1, 204)
    meta, gone = harness.ask(1, "DELETE", path, "")
    assert (meta["status"], gone["errorCode"]) == (404, "SUB-507")


def test_the_same_filter_twice_is_one(harness):
    assert len(harness.subscribe(SMS, SMS)[1]["eventFilters"]) == 1


def test_a_second_subscription_replaces_the_first(harness):
    first = harness.subscribe(SMS)[1]["id"]
    second = harness.subscribe(VOICEMAIL)[1]["id"]
    assert [s.id for s in harness.simulation.subscribers()] == [second]
    assert first != second
    assert harness.send("sms") == 0


def test_a_change_decides_what_comes(harness):
    id_ = harness.subscribe(SMS)[1]["id"]
    harness.ask(1, "PUT", f"{SUBSCRIPTION}/{id_}", {"eventFilters": [VOICEMAIL]})
    assert (harness.send("sms"), harness.send("voicemail")) == (0, 1)


@pytest.mark.parametrize("filters", [None, [], "text", ["nonsense"], [SMS, "nonsense"]])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_invalid_filters_refuse_the_whole(method, filters, harness):
    id_ = harness.subscribe(SMS)[1]["id"]
    path = SUBSCRIPTION if method == "POST" else f"{SUBSCRIPTION}/{id_}"
    meta, body = harness.ask(1, method, path, {"eventFilters": filters, **WEBSOCKET})
    assert (meta["status"], body["errorCode"]) == (400, "SUB-508")
    # What there was lives on.
    assert [s.id for s in harness.simulation.subscribers()] == [id_]


@pytest.mark.parametrize("body", [(), ("",), ({"eventFilters": [SMS]},)])
def test_a_subscription_needs_a_delivery_mode(body, harness):
    meta, answer = harness.ask(1, "POST", SUBSCRIPTION, *body)
    assert (meta["status"], answer["errorCode"]) == (400, "CMN-101")
    assert answer["parameterName"] == "deliveryMode.transportType"
    assert harness.simulation.subscribers() == []


@pytest.mark.parametrize("body", [(), ("",), ({},)])
def test_a_change_without_a_body_is_a_renewal(body, harness):
    made = harness.subscribe(SMS)[1]
    harness.now += 100
    meta, renewed = harness.ask(1, "PUT", f"{SUBSCRIPTION}/{made['id']}", *body)
    assert (meta["status"], renewed["eventFilters"]) == (200, made["eventFilters"])
    assert renewed["expirationTime"] > made["expirationTime"]
    assert harness.send("sms") == 1


def test_a_renewal_over_http_keeps_a_subscription_whose_connection_was_lost():
    harness = Harness()
    token = harness.log_in()
    harness.connect(1, token)
    id_ = harness.subscribe(SMS)[1]["id"]
    harness.lose()
    harness.now += 80_000
    access = harness.log_in()
    assert harness.get(f"{SUBSCRIPTION}/{id_}", access, "PUT").status == 200
    harness.now += 80_000
    access = harness.log_in()
    assert harness.get(f"{SUBSCRIPTION}/{id_}", access).status == 200


def test_a_deletion_has_no_content_type(harness):
    id_ = harness.subscribe(SMS)[1]["id"]
    (meta,) = harness.ask(1, "DELETE", f"{SUBSCRIPTION}/{id_}")
    assert meta["status"] == 204
    assert "Content-Type" not in meta["headers"]


def test_total_active_calls_are_not_repeated(harness):
    written = f"{PRESENCE}?detailedTelephonyState=true&totalActiveCalls"
    (text,) = harness.subscribe(written)[1]["eventFilters"]
    assert text == f"{MINE}/presence?detailedTelephonyState=true"
    harness.send("presence")
    assert harness.events()[0]["event"] == text


def test_another_transport_is_refused(harness):
    body = {"eventFilters": [SMS], "deliveryMode": {"transportType": "WebHook"}}
    meta, answer = harness.ask(1, "POST", SUBSCRIPTION, body)
    assert (meta["status"], answer["errorCode"]) == (400, "CMN-101")


REMINDER = "/restapi/v1.0/subscription/~?threshold=60&interval=15"


def test_filters_of_other_clients_are_granted(harness):
    harness.connect()
    filters = (
        "/restapi/v1.0/account/~/directory/contacts",
        "/restapi/v1.0/account/~/extension/~/telephony?action=call-answered-elsewhere",
        f"{SMS} ",
        REMINDER,
    )
    meta, body = harness.subscribe(*filters)
    assert meta["status"] == 200, body
    assert len(body["eventFilters"]) == 4
    assert body["eventFilters"][3] == REMINDER


def test_a_reminder_alone_is_refused(harness):
    harness.connect()
    meta, body = harness.subscribe(REMINDER)
    assert (meta["status"], body["errorCode"]) == (400, "SUB-515")


def test_filters_for_which_a_permission_is_missing_are_disabled():
    harness = Harness(scope=("ReadMessages", "WebSocketsSubscription"))
    harness.connect()
    meta, body = harness.subscribe(SMS, PRESENCE)
    assert meta["status"] == 200
    assert len(body["eventFilters"]) == 1
    (disabled,) = body["disabledFilters"]
    assert (disabled["filter"], disabled["reason"]) == (PRESENCE, "SUB-412")
    assert "ReadPresence" in disabled["message"]


def test_all_of_them_refuse_the_whole():
    harness = Harness(scope=("WebSocketsSubscription",))
    harness.connect()
    meta, body = harness.subscribe(SMS, PRESENCE)
    assert (meta["status"], body["errorCode"]) == (403, "CMN-401")
    assert body["permissionName"] == "ReadMessages"


def test_others_messages_without_the_right():
    harness = Harness(administrator=False)
    harness.connect()
    other = VOICEMAIL.replace("extension/~", "extension/400000102")
    meta, body = harness.subscribe(other)
    assert (meta["status"], body["errorCode"]) == (403, "SUB-405")
    meta, body = harness.subscribe(other, SMS)
    assert body["disabledFilters"][0]["reason"] == "SUB-405"


def test_there_is_a_limit_that_lost_connections_count_against():
    harness = Harness(subscription_limit=2)
    for number in (1, 2):
        harness.subscribed(number=number)
        harness.lose(number)
    harness.connect(3)
    meta, body = harness.subscribe(SMS, number=3)
    assert (meta["status"], body["errorCode"]) == (403, "SUB-505")
    harness.now += 86_400
    harness.connect(4)
    assert harness.subscribe(SMS, number=4)[0]["status"] == 200


def test_a_replacement_does_not_count():
    harness = Harness(subscription_limit=1)
    harness.subscribed()
    assert harness.subscribe(VOICEMAIL)[0]["status"] == 200


def test_a_living_connection_renews_its_subscription():
    harness = Harness(ping_interval=1e9, idle_timeout=1e9, absolute_timeout=1e9)
    id_ = harness.subscribed()
    harness.now += 200_000
    assert harness.ask(1, "GET", f"{SUBSCRIPTION}/{id_}")[1]["expiresIn"] == 86399


def test_it_can_be_read_and_deleted_over_http_but_not_made_or_changed():
    harness = Harness()
    id_ = harness.subscribed()
    token = harness.log_in()
    answer = harness.get(f"{SUBSCRIPTION}/{id_}", token)
    assert answer.body["uri"] == f"http://127.0.0.1:8080/restapi/v1.0/subscription/{id_}"
    assert code_of(harness.get(SUBSCRIPTION, token, "POST")) == "CMN-101"
    body = b'{"eventFilters":["/restapi/v1.0/account/~/extension/~/voicemail"]}'
    changed = harness.http(
        "PUT", f"{SUBSCRIPTION}/{id_}", body=body, authorization=f"Bearer {token}"
    )
    assert code_of(changed) == "CMN-101"
    assert harness.get(f"{SUBSCRIPTION}/{id_}", token, "DELETE").status == 204
    assert harness.simulation.subscribers() == []


def test_a_lost_subscription_runs_out():
    harness = Harness()
    id_ = harness.subscribed()
    harness.lose()
    harness.now += 86_000
    token = harness.log_in()
    assert harness.get(f"{SUBSCRIPTION}/{id_}", token).body["expiresIn"] == 399
    harness.now += 401
    assert code_of(harness.get(f"{SUBSCRIPTION}/{id_}", harness.log_in())) == "SUB-507"


def test_another_users_subscription_is_not_to_be_found():
    harness = Harness()
    id_ = harness.subscribed()
    bob = harness.log_in(jwt(sub="102"))
    assert harness.get(SUBSCRIPTION, bob).body["records"] == []
    assert code_of(harness.get(f"{SUBSCRIPTION}/{id_}", bob, "DELETE")) == "SUB-507"


def test_it_can_get_another_id_behind_its_clients_back():
    harness = Harness()
    before = harness.subscribed()
    (subscription,) = harness.service.subscriptions
    harness.service.subscriptions.rename(subscription)
    assert [s.id for s in harness.simulation.subscribers()] != [before]
    harness.send()
    assert harness.events()[0]["subscriptionId"] == subscription.id


@pytest.mark.parametrize("path", [SUBSCRIPTION, f"{SUBSCRIPTION}/{{id}}"])
def test_other_methods(path):
    harness = Harness()
    id_ = harness.subscribed()
    method = "PUT" if path == SUBSCRIPTION else "POST"
    answer = harness.ask(1, method, path.format(id=id_), {"eventFilters": [SMS]})
    assert answer[0]["status"] in (404, 405)
