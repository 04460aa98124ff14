from datetime import datetime, timedelta

import pytest

from rc_tail.events.catalogue import KINDS
from tests.simulator.harness import EXTENSION, NOW, SMS, Harness, code_of

A = "/restapi/v1.0/account/~"


def test_the_status_needs_no_login():
    assert Harness().http("GET", "/restapi/v1.0/status").body["status"] == "OK"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("", "AGW-401"),
        ("Bearer", "AGW-402"),
        ("Basic eDp5", "AGW-402"),
        ("Bearer unknown", "OAU-213"),
    ],
)
@pytest.mark.parametrize("target", [EXTENSION, "/restapi/oauth/wstoken", "/restapi/nowhere"])
def test_who_is_not_logged_in(target, authorization, code):
    headers = {"authorization": authorization} if authorization else {}
    answer = Harness().http("POST", target, **headers)
    assert (answer.status, code_of(answer)) == (401, code)


def test_the_scheme_may_be_in_lower_case():
    harness = Harness()
    token = harness.log_in()
    assert harness.http("GET", EXTENSION, authorization=f"bearer {token}").status == 200


def test_a_token_that_has_run_out():
    harness = Harness()
    token = harness.log_in()
    harness.now += 3600
    assert code_of(harness.get(EXTENSION, token)) == "OAU-213"


@pytest.mark.parametrize("path", ["/restapi/oauth/token", "/restapi/oauth/revoke"])
def test_tokens_are_posted(path):
    assert Harness().http("GET", path).status == 405


def test_addresses_outside():
    assert Harness().http("GET", "/favicon.ico").status == 404


def test_every_answer_has_a_date_and_an_id():
    harness = Harness()
    harness.service.clock_skew = 3600
    headers = harness.http("GET", "/restapi/v1.0/status").headers
    assert headers["Date"] == "Mon, 02 Mar 2026 10:30:00 GMT"
    assert len(headers["RCRequestId"]) == 36


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_travels(kind):
    harness = Harness()
    harness.subscribed(kind.filter.replace("{id}", kind.id_example))
    assert harness.send(kind.name) == 1
    (event,) = harness.events()
    assert event["event"] == kind.event_of("400000001", "400000101")
    assert event["ownerId"] == "400000101"
    assert event["body"].keys() >= kind.sample.keys() - {"activeCalls", "totalActiveCalls"}
    assert event["timestamp"] == "2026-03-02T09:30:00.000Z"


def test_no_notification_precedes_the_answer_to_the_subscription():
    harness = Harness()
    harness.connect()
    harness.send()
    assert harness.events() == []
    harness.subscribe(SMS)
    harness.send()
    assert len(harness.events()) == 1


def test_a_text_arrives_twice_for_filters_of_texts_and_of_the_store():
    harness = Harness()
    harness.subscribed(SMS, f"{EXTENSION}/message-store?type=SMS&direction=Inbound")
    assert harness.send() == 1
    instant, change = harness.events()
    assert change["body"]["changes"][0]["newMessageIds"] == [int(instant["body"]["id"])]
    assert instant["uuid"] != change["uuid"]


def test_of_two_matching_filters_the_one_with_more_parameters_counts():
    harness = Harness()
    detailed = "?detailedTelephonyState=true"
    harness.subscribed(f"{EXTENSION}/presence", f"{EXTENSION}/presence{detailed}")
    harness.send("presence-sip")
    (event,) = harness.events()
    assert event["event"].endswith(f"/presence{detailed}")
    assert "sipData" not in event["body"]["activeCalls"][0]


def test_the_whole_accounts_calls_name_the_user():
    harness = Harness()
    harness.subscribed(f"{A}/telephony/sessions")
    harness.send("calls", extension="102")
    (event,) = harness.events()
    assert event["event"] == (
        "/restapi/v1.0/account/400000001/extension/400000102/telephony/sessions"
    )
    assert event["ownerId"] == "400000101"


def test_two_subscriptions_number_and_date_the_same_event_differently():
    harness = Harness()
    for number in (1, 2):
        harness.subscribed(number=number)
    assert harness.send() == 2
    events = [event for number in (1, 2) for event in harness.events(number)]
    assert len({event["subscriptionId"] for event in events}) == 2
    assert len({event["uuid"] for event in events}) == 2
    first, second = (datetime.fromisoformat(event["timestamp"]) for event in events)
    assert 1 <= (second - first) / timedelta(milliseconds=1) <= 10
    assert events[0]["body"] == events[1]["body"]
    assert harness.service.notification_count == 2


def test_others_events_do_not_come():
    harness = Harness()
    harness.subscribed()
    assert harness.send(extension="102") == 0


def test_a_wrong_clock_shows_in_the_events():
    harness = Harness()
    harness.subscribed()
    harness.service.clock_skew = -3600
    harness.send()
    assert harness.events()[0]["timestamp"] == "2026-03-02T08:30:00.000Z"
    assert harness.now == NOW
