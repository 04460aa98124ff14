import pytest

from rc_tail.events.catalogue import KINDS
from tests.simulator.company import EXTENSION, NOW, SMS, Company, code_of

A = "/restapi/v1.0/account/~"


def test_the_status_needs_no_login():
    assert Company().http("GET", "/restapi/v1.0/status").body["status"] == "OK"


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
    answer = Company().http("POST", target, **headers)
    assert (answer.status, code_of(answer)) == (401, code)


def test_the_scheme_may_be_in_lower_case():
    company = Company()
    token = company.log_in()
    assert company.http("GET", EXTENSION, authorization=f"bearer {token}").status == 200


def test_a_token_that_has_run_out():
    company = Company()
    token = company.log_in()
    company.now += 3600
    assert code_of(company.get(EXTENSION, token)) == "OAU-213"


@pytest.mark.parametrize("path", ["/restapi/oauth/token", "/restapi/oauth/revoke"])
def test_tokens_are_posted(path):
    assert Company().http("GET", path).status == 405


def test_addresses_outside():
    assert Company().http("GET", "/favicon.ico").status == 404


def test_every_answer_has_a_date_and_an_id():
    company = Company()
    company.service.clock_skew = 3600
    headers = company.http("GET", "/restapi/v1.0/status").headers
    assert headers["Date"] == "Mon, 02 Mar 2026 10:30:00 GMT"
    assert len(headers["RCRequestId"]) == 36


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_travels(kind):
    company = Company()
    company.subscribed(kind.filter.replace("{id}", kind.id_example))
    assert company.send(kind.name) == 1
    (event,) = company.events()
    assert event["event"] == kind.event_of("400000001", "400000101")
    assert event["ownerId"] == "400000101"
    assert event["body"].keys() >= kind.sample.keys() - {"activeCalls", "totalActiveCalls"}
    assert event["timestamp"] == "2026-03-02T09:30:00.000Z"


def test_nobody_is_told_before_the_subscription_is_answered():
    company = Company()
    company.connect()
    company.send()
    assert company.events() == []
    company.subscribe(SMS)
    company.send()
    assert len(company.events()) == 1


def test_one_text_is_told_twice_to_who_asked_for_both():
    company = Company()
    company.subscribed(SMS, f"{EXTENSION}/message-store?type=SMS&direction=Inbound")
    assert company.send() == 1
    instant, change = company.events()
    assert change["body"]["changes"][0]["newMessageIds"] == [int(instant["body"]["id"])]
    assert instant["uuid"] != change["uuid"]


def test_of_two_filters_that_bring_the_same_the_one_that_asks_for_more_is_told():
    company = Company()
    detailed = "?detailedTelephonyState=true"
    company.subscribed(f"{EXTENSION}/presence", f"{EXTENSION}/presence{detailed}")
    company.send("presence-sip")
    (event,) = company.events()
    assert event["event"].endswith(f"/presence{detailed}")
    assert "sipData" not in event["body"]["activeCalls"][0]


def test_the_whole_accounts_calls_name_the_user():
    company = Company()
    company.subscribed(f"{A}/telephony/sessions")
    company.send("calls", extension="102")
    (event,) = company.events()
    assert event["event"] == (
        "/restapi/v1.0/account/400000001/extension/400000102/telephony/sessions"
    )
    assert event["ownerId"] == "400000101"


@pytest.mark.parametrize(("apart", "uuids"), [(False, 1), (True, 2)])
def test_two_subscriptions_are_told(apart, uuids):
    company = Company(uuid_per_subscription=apart)
    for number in (1, 2):
        company.subscribed(number=number)
    assert company.send() == 2
    events = [event for number in (1, 2) for event in company.events(number)]
    assert len({event["subscriptionId"] for event in events}) == 2
    assert len({event["uuid"] for event in events}) == uuids
    assert company.service.notification_count == 2


def test_others_events_do_not_come():
    company = Company()
    company.subscribed()
    assert company.send(extension="102") == 0


def test_a_wrong_clock_shows_in_the_events():
    company = Company()
    company.subscribed()
    company.service.clock_skew = -3600
    company.send()
    assert company.events()[0]["timestamp"] == "2026-03-02T08:30:00.000Z"
    assert company.now == NOW
