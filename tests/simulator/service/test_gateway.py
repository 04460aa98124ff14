import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rc_tail.simulator.service.effects import SendClose, SendPing
from tests.simulator.company import EXTENSION, SMS, SUBSCRIPTION, Company, jwt


def details(company: Company, number: int = 1):
    meta, body = company.sent(number)[0]
    assert meta["type"] == "ConnectionDetails"
    return meta, body


def cut_after_subscribing(company: Company, *filters: str) -> tuple[str, str, str]:
    """Return the access token, the wsc and the subscription's id of a connection that was lost."""
    token = company.log_in()
    wsc = company.connect(1, token)[0][0]["wsc"]["token"]
    _, body = company.subscribe(*(filters or (SMS,)))
    company.lose()
    return token, wsc, body["id"]


# Opening.


def test_connection_details_come_first():
    meta, body = Company().connect()[0]
    assert (meta["type"], meta["wsc"]["sequence"]) == ("ConnectionDetails", 1)
    assert "recoveryState" not in body


@pytest.mark.parametrize("token", ["", "unknown"])
def test_a_bad_token_is_accepted_and_then_closed(token):
    company = Company()
    company.open(1, token)
    assert company.closed() == 4400


def test_a_token_of_a_session_that_ended():
    company = Company()
    access = company.log_in()
    token = company.ws_token(access)
    company.form("/restapi/oauth/revoke", token=access)
    company.open(1, token)
    assert company.closed() == 4400


def test_a_second_use_of_a_token_drops_the_first_connection():
    company = Company()
    token = company.ws_token(company.log_in())
    company.open(1, token)
    company.open(2, token)
    assert company.closed(1) == 1000
    details(company, 2)


# Messages.


@pytest.mark.parametrize(
    ("beat", "echo"),
    [
        ({"type": "Heartbeat", "messageId": "hb-1"}, {"type": "Heartbeat", "messageId": "hb-1"}),
        ({"type": "Heartbeat"}, {"type": "Heartbeat"}),
    ],
)
def test_a_heartbeat_is_echoed_with_or_without_an_id(beat, echo):
    company = Company()
    company.connect()
    company.say(1, [beat])
    assert company.sent() == [[echo]]


@pytest.mark.parametrize(
    "message",
    ["", "no json", "{}", "[]", "[3]", '"text"', '[{"type":"Unknown","messageId":"m"}]', "[{}]"],
)
def test_what_cannot_be_understood_is_answered_with_an_error(message):
    company = Company()
    company.connect()
    company.say(1, message)
    ((meta, body),) = company.sent()
    assert (meta["type"], meta["status"], body["errorCode"]) == ("Error", 400, "WSG-808")


def test_null_as_a_body_is_refused_with_the_requests_id():
    company = Company()
    company.connect()
    meta, body = company.ask(1, "DELETE", f"{SUBSCRIPTION}/x", None)
    assert (meta["type"], body["errorCode"]) == ("Error", "WSG-808")


def test_a_message_before_the_details_were_read_is_answered():
    company = Company()
    company.open(1, company.ws_token(company.log_in()))
    company.say(1, [{"type": "Heartbeat", "messageId": "early"}])
    assert [m[0]["type"] for m in company.sent()] == ["ConnectionDetails", "Heartbeat"]


def test_rest_over_the_socket():
    company = Company()
    company.connect()
    meta, body = company.ask(1, "GET", EXTENSION, headers={"X-User-Agent": "demo"})
    assert (meta["type"], meta["status"]) == ("ClientRequest", 200)
    assert body["contact"]["email"] == "ada@example.com"
    meta, body = company.ask(1, "POST", "/restapi/oauth/token")
    assert (meta["status"], body["errorCode"]) == (404, "CMN-120")


def test_the_wsc_rides_on_other_messages_with_a_rising_sequence():
    company = Company()
    wsc = [company.connect()[0][0]["wsc"]]
    wsc.append(company.subscribe(SMS)[0]["wsc"])
    company.send(count=2)
    wsc += [message[0]["wsc"] for message in company.sent()]
    assert [w["sequence"] for w in wsc] == [1, 2, 3, 4]
    assert len({w["token"] for w in wsc}) == 1


def test_a_message_on_no_connection_is_ignored():
    company = Company()
    company.say(7, "[]")
    company.lose(7)
    assert company.simulation.take_effects(company.now) == []


@settings(deadline=None)
@given(
    text=st.text()
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["type", "messageId", "method", "path", "query", "eventFilters"]),
                inner,
            )
        ),
    ).map(json.dumps)
)
def test_hostile_messages_are_answered_and_never_raise(text):
    company = Company()
    company.connect()
    company.say(1, text)
    assert len(company.sent()) == 1


@settings(deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "X"]),
    path=st.sampled_from([SUBSCRIPTION, EXTENSION, f"{EXTENSION}/message-store", "/"]),
    filters=st.none() | st.text() | st.lists(st.text() | st.integers() | st.just(SMS)),
    query=st.dictionaries(st.sampled_from(["page", "dateFrom", "perPage"]), st.text()),
)
def test_hostile_requests_are_answered_and_never_raise(method, path, filters, query):
    company = Company()
    company.connect()
    company.ask(1, method, path, {"eventFilters": filters, "deliveryMode": filters}, query=query)


# Recovery.


def test_a_lost_session_is_recovered_with_what_was_missed():
    company = Company()
    token, wsc, id_ = cut_after_subscribing(company)
    company.send(text="missed")
    company.connect(2, token, wsc)
    assert company.events(2) == []
    company.wait(0.05)
    (event,) = company.events(2)
    assert (event["body"]["subject"], event["subscriptionId"]) == ("missed", id_)
    company.send(text="new")
    assert company.events(2)[0]["body"]["subject"] == "new"


def test_a_recovery_is_told_with_a_new_token_that_counts_from_one():
    company = Company()
    token, wsc, _ = cut_after_subscribing(company)
    ((meta, body),) = company.connect(2, token, wsc)
    assert body["recoveryState"] == "Successful"
    assert "recoveryErrorCode" not in body
    assert meta["wsc"]["sequence"] == 1
    assert meta["wsc"]["token"] != wsc


def test_what_comes_meanwhile_waits_behind_what_was_missed():
    company = Company()
    token, wsc, _ = cut_after_subscribing(company)
    company.send(text="missed")
    company.connect(2, token, wsc)
    company.send(text="new")
    company.say(2, [{"type": "Heartbeat", "messageId": "hb"}])
    sent = company.sent(2)
    assert [m[1]["body"]["subject"] for m in sent[:2]] == ["missed", "new"]
    assert sent[2][0]["type"] == "Heartbeat"


def test_the_newest_hundred_are_kept():
    company = Company(replay_delay=0)
    token, wsc, _ = cut_after_subscribing(company)
    for number in range(103):
        company.send(text=str(number))
    company.connect(2, token, wsc)
    company.wait(0)
    subjects = [event["body"]["subject"] for event in company.events(2)]
    assert subjects == [str(number) for number in range(3, 103)]


def test_a_cut_that_the_server_does_not_know_of():
    company = Company()
    token = company.log_in()
    wsc = company.connect(1, token)[0][0]["wsc"]["token"]
    company.subscribe(SMS)
    ((_, body),) = company.connect(2, token, wsc)
    assert body["recoveryState"] == "Successful"
    assert company.closed(1) == 1000
    company.send()
    assert len(company.events(2)) == 1


def test_what_waited_to_be_sent_is_sent_again():
    company = Company(replay_delay=0)
    token = company.log_in()
    wsc = company.connect(1, token)[0][0]["wsc"]["token"]
    company.subscribe(SMS)
    company.send(count=3)
    lost = [event["uuid"] for event in company.events()]
    company.lose(1, unsent=2)
    company.connect(2, token, wsc)
    company.wait(0)
    assert [event["uuid"] for event in company.events(2)] == lost[1:]


def test_a_recovery_may_repeat_what_was_delivered():
    company = Company(replay_delay=0, replay_delivered=1)
    token = company.log_in()
    wsc = company.connect(1, token)[0][0]["wsc"]["token"]
    company.subscribe(SMS)
    company.send(count=2)
    delivered = [event["uuid"] for event in company.events()]
    company.lose()
    company.connect(2, token, wsc)
    company.wait(0)
    assert [event["uuid"] for event in company.events(2)] == delivered[1:]


def failed(company: Company, number: int = 2) -> str:
    _, body = details(company, number)
    assert body["recoveryState"] == "Failed"
    return str(body["recoveryErrorCode"])


def test_another_login_cannot_recover():
    company = Company()
    _, wsc, _ = cut_after_subscribing(company)
    company.open(2, company.ws_token(company.log_in()), wsc)
    assert failed(company) == "WSG-1003"


def test_a_refreshed_login_can():
    company = Company(refresh_tokens=True)
    told = company.token().body
    wsc = company.connect(1, told["access_token"])[0][0]["wsc"]["token"]
    company.subscribe(SMS)
    company.lose()
    refreshed = company.form(
        "/restapi/oauth/token", grant_type="refresh_token", refresh_token=told["refresh_token"]
    )
    ((_, body),) = company.connect(2, refreshed.body["access_token"], wsc)
    assert body["recoveryState"] == "Successful"


def test_nothing_can_be_recovered_without_a_subscription():
    company = Company()
    token = company.log_in()
    wsc = company.connect(1, token)[0][0]["wsc"]["token"]
    company.lose()
    company.open(2, company.ws_token(token), wsc)
    assert failed(company) == "WSG-1005"


def test_nothing_can_be_recovered_too_late():
    company = Company()
    token, wsc, _ = cut_after_subscribing(company)
    company.now += 180.1
    company.open(2, company.ws_token(token), wsc)
    assert failed(company) == "WSG-1005"


def test_who_cannot_recover_any_more_is_told_nothing():
    company = Company(rate=100, seed=1)
    company.subscribed()
    company.lose()
    company.now += 180
    assert company.send() == 1
    company.now += 0.1
    assert company.send() == 0
    company.wait(1)
    company.wait(1)
    assert company.service.notification_count == 1


def test_old_sessions_are_forgotten():
    company = Company()
    _, wsc, _ = cut_after_subscribing(company)
    company.send()
    company.now += 86_401
    company.connect(2)
    company.open(3, company.ws_token(company.log_in()), wsc)
    # It is not even known any more.
    assert json.loads(company.effects(3)[0].text)[1]["errorCode"] == "WSG-400"


def test_after_a_failure_the_new_connection_can_be_used():
    company = Company()
    token, wsc, old = cut_after_subscribing(company)
    company.now += 181
    company.connect(2, token, wsc)
    _, body = company.subscribe(SMS, number=2)
    assert body["id"] != old
    company.send()
    assert [event["subscriptionId"] for event in company.events(2)] == [body["id"]]


@pytest.mark.parametrize("wsc", ["", "garbage"])
def test_garbage_is_refused_in_place_of_the_details_and_closed(wsc):
    company = Company()
    company.open(1, company.ws_token(company.log_in()), wsc)
    effects = company.effects()
    meta, body = json.loads(effects[0].text)
    assert (meta["type"], body["errorCode"]) == ("Error", "WSG-400")
    assert isinstance(effects[1], SendClose)


# Sessions that end.


def test_a_revocation_ends_connections_and_subscriptions():
    company = Company()
    token = company.log_in()
    company.connect(1, token)
    company.subscribe(SMS)
    company.form("/restapi/oauth/revoke", token=token)
    assert company.closed() == 4400
    assert company.simulation.subscribers() == []


def test_the_sixth_login_ends_the_connections_of_the_oldest():
    company = Company(session_limit=5)
    company.connect(1)
    company.connect(2, company.log_in(jwt(sub="102")))
    for _ in range(5):
        company.log_in()
    assert company.closed(1) == 4400
    assert company.closed(2) is None


# Timers.


def error_and_close(company: Company) -> str:
    error, close = company.effects()[-2:]
    assert isinstance(close, SendClose)
    meta, body = json.loads(error.text)
    assert meta["type"] == "Error"
    return str(body["errorCode"])


def test_idle_connections_are_closed_pings_or_not():
    company = Company(ping_interval=600)
    company.connect()
    for _ in range(2):
        company.wait(600)
        company.simulation.ponged(1)
    assert company.closed() is None
    company.wait(600)
    assert error_and_close(company) == "WSG-902"


@pytest.mark.parametrize("activity", ["heartbeat", "event"])
def test_messages_either_way_keep_a_connection(activity):
    company = Company(ping_interval=1e9)
    company.subscribed()
    for _ in range(5):
        company.wait(1000)
        if activity == "event":
            company.send()
        else:
            company.say(1, [{"type": "Heartbeat"}])
    assert company.closed() is None


def test_every_connection_is_closed_after_a_day():
    company = Company(ping_interval=1e9)
    company.connect()
    for _ in range(86):
        company.wait(1000)
        company.say(1, [{"type": "Heartbeat"}])
    company.sent()
    company.wait(400)
    assert error_and_close(company) == "WSG-903"


def test_the_server_pings_and_wants_a_pong():
    company = Company(ping_interval=30, pong_timeout=10)
    company.connect()
    assert company.wait(0) == company.now + 30
    assert company.wait(30) == company.now + 10
    assert company.effects() == [SendPing(1)]
    company.simulation.ponged(1)
    company.wait(10)
    assert company.closed() is None
    company.wait(20)
    company.wait(10)
    assert company.closed() == 1011


def test_a_pong_of_nobody_is_ignored():
    company = Company()
    company.simulation.ponged(7)
    assert company.service.gateway.get(7) is None


def test_nothing_is_due_without_connections():
    assert Company().wait(0) is None


def test_a_muted_connection_is_as_good_as_lost():
    company = Company(replay_delay=0)
    token = company.log_in()
    wsc = company.connect(1, token)[0][0]["wsc"]["token"]
    company.subscribe(SMS)
    connection = company.service.gateway.get(1)
    assert connection is not None
    connection.muted = True
    company.send(text="into the void")
    company.say(1, [{"type": "Heartbeat"}])
    company.wait(100)
    assert company.effects() == []
    company.connect(2, token, wsc)
    company.wait(0)
    assert company.events(2)[0]["body"]["subject"] == "into the void"


def test_what_comes_behind_a_goodbye_is_kept_for_the_return():
    company = Company(replay_delay=0)
    token = company.log_in()
    wsc = company.connect(1, token)[0][0]["wsc"]["token"]
    company.subscribe(SMS)
    company.effects()
    company.simulation.closing(1)
    company.send(text="behind the close frame")
    assert company.effects() == []
    company.lose()
    company.connect(2, token, wsc)
    company.wait(0)
    assert company.events(2)[0]["body"]["subject"] == "behind the close frame"


def test_a_forced_failure_of_recovery():
    company = Company()
    token, wsc, _ = cut_after_subscribing(company)
    company.service.gateway.recovery.forced_codes.append("WSG-1003")
    company.open(2, company.ws_token(token), wsc)
    assert failed(company) == "WSG-1003"
