import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rc_tail.simulator.service.effects import SendClose, SendPing
from tests.simulator.harness import EXTENSION, SMS, SUBSCRIPTION, Harness, jwt


def details(harness: Harness, number: int = 1):
    meta, body = harness.sent(number)[0]
    assert meta["type"] == "ConnectionDetails"
    return meta, body


def cut_after_subscribing(harness: Harness, *filters: str) -> tuple[str, str, str]:
    """Return the access token, the wsc and the subscription's id of a connection that was lost."""
    token = harness.log_in()
    wsc = harness.connect(1, token)[0][0]["wsc"]["token"]
    _, body = harness.subscribe(*(filters or (SMS,)))
    harness.lose()
    return token, wsc, body["id"]


# Opening.


def test_connection_details_come_first():
    meta, body = Harness().connect()[0]
    assert (meta["type"], meta["wsc"]["sequence"]) == ("ConnectionDetails", 1)
    assert "recoveryState" not in body


@pytest.mark.parametrize("token", ["", "unknown"])
def test_a_bad_token_is_accepted_and_then_closed(token):
    harness = Harness()
    harness.open(1, token)
    assert harness.closed() == 4400


def test_a_token_of_a_session_that_ended():
    harness = Harness()
    access = harness.log_in()
    token = harness.ws_token(access)
    harness.form("/restapi/oauth/revoke", token=access)
    harness.open(1, token)
    assert harness.closed() == 4400


def test_a_second_use_of_a_token_drops_the_first_connection():
    harness = Harness()
    token = harness.ws_token(harness.log_in())
    harness.open(1, token)
    harness.open(2, token)
    assert harness.closed(1) == 1000
    details(harness, 2)


# Messages.


@pytest.mark.parametrize(
    ("beat", "echo"),
    [
        ({"type": "Heartbeat", "messageId": "hb-1"}, {"type": "Heartbeat", "messageId": "hb-1"}),
        ({"type": "Heartbeat"}, {"type": "Heartbeat"}),
    ],
)
def test_a_heartbeat_is_echoed_with_or_without_an_id(beat, echo):
    harness = Harness()
    harness.connect()
    harness.say(1, [beat])
    assert harness.sent() == [[echo]]


@pytest.mark.parametrize(
    "message",
    ["", "no json", "{}", "[]", "[3]", '"text"', '[{"type":"Unknown","messageId":"m"}]', "[{}]"],
)
def test_what_cannot_be_understood_is_answered_with_an_error(message):
    harness = Harness()
    harness.connect()
    harness.say(1, message)
    ((meta, body),) = harness.sent()
    assert (meta["type"], meta["status"], body["errorCode"]) == ("Error", 400, "WSG-808")


def test_null_as_a_body_is_refused_with_the_requests_id():
    harness = Harness()
    harness.connect()
    meta, body = harness.ask(1, "DELETE", f"{SUBSCRIPTION}/x", None)
    assert (meta["type"], body["errorCode"]) == ("Error", "WSG-808")


def test_a_message_before_the_details_were_read_is_answered():
    harness = Harness()
    harness.open(1, harness.ws_token(harness.log_in()))
    harness.say(1, [{"type": "Heartbeat", "messageId": "early"}])
    assert [m[0]["type"] for m in harness.sent()] == ["ConnectionDetails", "Heartbeat"]


def test_rest_over_the_socket():
    harness = Harness()
    harness.connect()
    meta, body = harness.ask(1, "GET", EXTENSION, headers={"X-User-Agent": "demo"})
    assert (meta["type"], meta["status"]) == ("ClientRequest", 200)
    assert body["contact"]["email"] == "ada@example.com"
    meta, body = harness.ask(1, "POST", "/restapi/oauth/token")
    assert (meta["status"], body["errorCode"]) == (404, "CMN-120")


def test_the_wsc_rides_on_the_connection_details_only():
    harness = Harness()
    assert "wsc" in harness.connect()[0][0]
    assert "wsc" not in harness.subscribe(SMS)[0]
    harness.send()
    harness.say(1, [{"type": "Heartbeat", "messageId": "hb"}])
    assert [set(message[0]) & {"wsc"} for message in harness.sent()] == [set(), set()]


def test_or_on_every_message_with_a_rising_sequence():
    harness = Harness(wsc_everywhere=True)
    wsc = [harness.connect()[0][0]["wsc"]]
    wsc.append(harness.subscribe(SMS)[0]["wsc"])
    harness.send(count=2)
    wsc += [message[0]["wsc"] for message in harness.sent()]
    assert [w["sequence"] for w in wsc] == [1, 2, 3, 4]
    assert len({w["token"] for w in wsc}) == 1


@pytest.mark.parametrize(("everywhere", "subscriptions"), [(False, 1), (True, 50)])
def test_a_client_that_takes_every_wsc_for_a_greeting_subscribes_once(everywhere, subscriptions):
    harness = Harness(wsc_everywhere=everywhere)
    harness.open(1, harness.ws_token(harness.log_in()))
    asked = 0
    body = {"eventFilters": [SMS], "deliveryMode": {"transportType": "WebSocket"}}
    while (said := harness.sent()) and asked < 50:
        for _ in [message for message in said if "wsc" in message[0]]:
            asked += 1
            request = {"type": "ClientRequest", "messageId": str(asked), "method": "POST"}
            harness.say(1, [{**request, "path": SUBSCRIPTION}, body])
    harness.send()
    assert asked == subscriptions


def test_a_message_on_no_connection_is_ignored():
    harness = Harness()
    harness.say(7, "[]")
    harness.lose(7)
    assert harness.simulation.take_effects(harness.now) == []


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
    harness = Harness()
    harness.connect()
    harness.say(1, text)
    assert len(harness.sent()) == 1


@settings(deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "X"]),
    path=st.sampled_from([SUBSCRIPTION, EXTENSION, f"{EXTENSION}/message-store", "/"]),
    filters=st.none() | st.text() | st.lists(st.text() | st.integers() | st.just(SMS)),
    query=st.dictionaries(st.sampled_from(["page", "dateFrom", "perPage"]), st.text()),
)
def test_hostile_requests_are_answered_and_never_raise(method, path, filters, query):
    harness = Harness()
    harness.connect()
    body = {"eventFilters": filters, "deliveryMode": filters}
    meta, *_ = harness.ask(1, method, path, body, query=query)
    assert 200 <= meta["status"] < 500


# Recovery.


def test_a_lost_session_is_recovered_with_what_was_missed():
    harness = Harness()
    token, wsc, id_ = cut_after_subscribing(harness)
    harness.send(text="missed")
    harness.connect(2, token, wsc)
    assert harness.events(2) == []
    harness.wait(0.05)
    (event,) = harness.events(2)
    assert (event["body"]["subject"], event["subscriptionId"]) == ("missed", id_)
    harness.send(text="new")
    assert harness.events(2)[0]["body"]["subject"] == "new"


def test_a_recovery_has_a_new_token_with_a_sequence_from_one():
    harness = Harness()
    token, wsc, _ = cut_after_subscribing(harness)
    ((meta, body),) = harness.connect(2, token, wsc)
    assert body["recoveryState"] == "Successful"
    assert "recoveryErrorCode" not in body
    assert meta["wsc"]["sequence"] == 1
    assert meta["wsc"]["token"] != wsc


def test_what_comes_meanwhile_waits_behind_what_was_missed():
    harness = Harness()
    token, wsc, _ = cut_after_subscribing(harness)
    harness.send(text="missed")
    harness.connect(2, token, wsc)
    harness.send(text="new")
    harness.say(2, [{"type": "Heartbeat", "messageId": "hb"}])
    sent = harness.sent(2)
    assert [m[1]["body"]["subject"] for m in sent[:2]] == ["missed", "new"]
    assert sent[2][0]["type"] == "Heartbeat"


def test_the_newest_hundred_are_buffered():
    harness = Harness(replay_delay=0)
    token, wsc, _ = cut_after_subscribing(harness)
    for number in range(103):
        harness.send(text=str(number))
    harness.connect(2, token, wsc)
    harness.wait(0)
    subjects = [event["body"]["subject"] for event in harness.events(2)]
    assert subjects == [str(number) for number in range(3, 103)]


def test_a_cut_that_the_server_does_not_know_of():
    harness = Harness()
    token = harness.log_in()
    wsc = harness.connect(1, token)[0][0]["wsc"]["token"]
    harness.subscribe(SMS)
    ((_, body),) = harness.connect(2, token, wsc)
    assert body["recoveryState"] == "Successful"
    assert harness.closed(1) == 1000
    harness.send()
    assert len(harness.events(2)) == 1


def test_what_waited_to_be_sent_is_sent_again():
    harness = Harness(replay_delay=0)
    token = harness.log_in()
    wsc = harness.connect(1, token)[0][0]["wsc"]["token"]
    harness.subscribe(SMS)
    harness.send(count=3)
    lost = [event["uuid"] for event in harness.events()]
    harness.lose(1, unsent=2)
    harness.connect(2, token, wsc)
    harness.wait(0)
    assert [event["uuid"] for event in harness.events(2)] == lost[1:]


def test_a_recovery_may_repeat_what_was_delivered():
    harness = Harness(replay_delay=0, replay_delivered=1)
    token = harness.log_in()
    wsc = harness.connect(1, token)[0][0]["wsc"]["token"]
    harness.subscribe(SMS)
    harness.send(count=2)
    delivered = [event["uuid"] for event in harness.events()]
    harness.lose()
    harness.connect(2, token, wsc)
    harness.wait(0)
    assert [event["uuid"] for event in harness.events(2)] == delivered[1:]


def failed(harness: Harness, number: int = 2) -> str:
    _, body = details(harness, number)
    assert body["recoveryState"] == "Failed"
    return str(body["recoveryErrorCode"])


def test_another_login_cannot_recover():
    harness = Harness()
    _, wsc, _ = cut_after_subscribing(harness)
    harness.open(2, harness.ws_token(harness.log_in()), wsc)
    assert failed(harness) == "WSG-1003"


def test_a_refreshed_login_can():
    harness = Harness(refresh_tokens=True)
    told = harness.token().body
    wsc = harness.connect(1, told["access_token"])[0][0]["wsc"]["token"]
    harness.subscribe(SMS)
    harness.lose()
    refreshed = harness.form(
        "/restapi/oauth/token", grant_type="refresh_token", refresh_token=told["refresh_token"]
    )
    ((_, body),) = harness.connect(2, refreshed.body["access_token"], wsc)
    assert body["recoveryState"] == "Successful"


def test_nothing_can_be_recovered_without_a_subscription():
    harness = Harness()
    token = harness.log_in()
    wsc = harness.connect(1, token)[0][0]["wsc"]["token"]
    harness.lose()
    harness.open(2, harness.ws_token(token), wsc)
    assert failed(harness) == "WSG-1005"


def test_nothing_can_be_recovered_too_late():
    harness = Harness()
    token, wsc, _ = cut_after_subscribing(harness)
    harness.now += 180.1
    harness.open(2, harness.ws_token(token), wsc)
    assert failed(harness) == "WSG-1005"


def test_a_session_past_recovery_receives_nothing():
    harness = Harness(rate=100, seed=1)
    harness.subscribed()
    harness.lose()
    harness.now += 180
    assert harness.send() == 1
    harness.now += 0.1
    assert harness.send() == 0
    harness.wait(1)
    harness.wait(1)
    assert harness.service.notification_count == 1


def test_old_sessions_are_forgotten():
    harness = Harness()
    _, wsc, _ = cut_after_subscribing(harness)
    harness.send()
    harness.now += 86_401
    harness.connect(2)
    harness.open(3, harness.ws_token(harness.log_in()), wsc)
    # It is not even known any more.
    assert json.loads(harness.effects(3)[0].text)[1]["errorCode"] == "WSG-400"


def test_after_a_failure_the_new_connection_can_be_used():
    harness = Harness()
    token, wsc, old = cut_after_subscribing(harness)
    harness.now += 181
    harness.connect(2, token, wsc)
    _, body = harness.subscribe(SMS, number=2)
    assert body["id"] != old
    harness.send()
    assert [event["subscriptionId"] for event in harness.events(2)] == [body["id"]]


@pytest.mark.parametrize("wsc", ["", "garbage"])
def test_garbage_is_refused_in_place_of_the_details_and_closed(wsc):
    harness = Harness()
    harness.open(1, harness.ws_token(harness.log_in()), wsc)
    effects = harness.effects()
    meta, body = json.loads(effects[0].text)
    assert (meta["type"], body["errorCode"]) == ("Error", "WSG-400")
    assert body["message"] == "Malformed WebSocket session context token"
    assert isinstance(effects[1], SendClose)


# Sessions that end.


def test_a_revocation_leaves_the_connection_and_refuses_its_requests():
    harness = Harness()
    token = harness.log_in()
    harness.connect(1, token)
    id_ = harness.subscribe(SMS)[1]["id"]
    harness.form("/restapi/oauth/revoke", token=token)
    assert harness.closed() is None
    meta, body = harness.ask(1, "DELETE", f"{SUBSCRIPTION}/{id_}")
    assert (meta["type"], meta["status"], body["errorCode"]) == ("ClientRequest", 401, "OAU-213")
    harness.say(1, [{"type": "Heartbeat", "messageId": "hb"}])
    assert harness.sent()[0][0]["type"] == "Heartbeat"
    # Its events come as long as it is open.
    harness.wait(0)
    assert harness.wait(20) == harness.now + 10
    harness.simulation.ponged(1)
    harness.send()
    assert len(harness.events()) == 1
    harness.wait(25)
    harness.simulation.ponged(1)
    harness.wait(15)
    assert harness.closed() == 4400
    assert harness.simulation.subscribers() == []


def test_a_revocation_ends_the_subscription_of_a_lost_connection():
    harness = Harness()
    token, wsc, _ = cut_after_subscribing(harness)
    harness.form("/restapi/oauth/revoke", token=token)
    assert harness.simulation.subscribers() == []
    harness.open(2, harness.ws_token(harness.log_in()), wsc)
    assert failed(harness) == "WSG-1003"


def test_a_client_that_leaves_after_a_revocation_takes_its_subscription_along():
    harness = Harness()
    token = harness.log_in()
    harness.connect(1, token)
    harness.subscribe(SMS)
    harness.form("/restapi/oauth/revoke", token=token)
    assert len(harness.simulation.subscribers()) == 1
    harness.lose()
    assert harness.simulation.subscribers() == []


def test_a_session_has_as_many_connections_as_announced():
    harness = Harness(connection_limit=3)
    token = harness.log_in()
    details_ = [harness.connect(number, token)[0] for number in (1, 2, 3)]
    assert details_[0][1]["maxConnectionsPerSession"] == 3
    assert harness.connect(4, token) == []
    harness.open(5, harness.ws_token(token))
    assert harness.closed(5) == 1008
    # Another login, and a recovery in place of a lost connection, are not concerned.
    assert harness.connect(6)
    harness.subscribe(SMS, number=1)
    wsc = details_[0][0]["wsc"]["token"]
    assert harness.connect(7, token, wsc)[0][1]["recoveryState"] == "Successful"
    harness.lose(2)
    assert harness.connect(8, token)


def test_a_connection_has_as_many_requests_at_once_as_announced():
    harness = Harness()
    ((_, body),) = harness.connect()
    limit = body["maxActiveRequests"]
    request = {"type": "ClientRequest", "method": "GET", "path": EXTENSION}
    for number in range(limit + 1):
        harness.say(1, [{**request, "messageId": str(number)}])
    answers = harness.sent()
    assert [meta["status"] for meta, _ in answers] == [200] * limit + [429]
    assert answers[-1][0]["messageId"] == str(limit)
    # They are answered: there is room again.
    assert harness.ask(1, "GET", EXTENSION)[0]["status"] == 200


def test_the_sixth_login_ends_the_connections_of_the_oldest():
    harness = Harness(session_limit=5)
    harness.connect(1)
    harness.connect(2, harness.log_in(jwt(sub="102")))
    for _ in range(5):
        harness.log_in()
    assert harness.closed(1) == 4400
    assert harness.closed(2) is None


# Timers.


def error_and_close(harness: Harness) -> str:
    error, close = harness.effects()[-2:]
    assert isinstance(close, SendClose)
    meta, body = json.loads(error.text)
    assert meta["type"] == "Error"
    return str(body["errorCode"])


def test_idle_connections_are_closed_pings_or_not():
    harness = Harness(ping_interval=600)
    harness.connect()
    for _ in range(2):
        harness.wait(600)
        harness.simulation.ponged(1)
    assert harness.closed() is None
    harness.wait(600)
    assert error_and_close(harness) == "WSG-902"


@pytest.mark.parametrize("activity", ["heartbeat", "event"])
def test_messages_either_way_keep_a_connection(activity):
    harness = Harness(ping_interval=1e9)
    harness.subscribed()
    for _ in range(5):
        harness.wait(1000)
        if activity == "event":
            harness.send()
        else:
            harness.say(1, [{"type": "Heartbeat"}])
    assert harness.closed() is None


def test_every_connection_is_closed_after_a_day():
    harness = Harness(ping_interval=1e9)
    harness.connect()
    for _ in range(86):
        harness.wait(1000)
        harness.say(1, [{"type": "Heartbeat"}])
    harness.sent()
    harness.wait(400)
    assert error_and_close(harness) == "WSG-903"


def test_the_server_pings_and_wants_a_pong():
    harness = Harness(ping_interval=30, pong_timeout=10)
    harness.connect()
    assert harness.wait(0) == harness.now + 30
    assert harness.wait(30) == harness.now + 10
    assert harness.effects() == [SendPing(1)]
    harness.simulation.ponged(1)
    harness.wait(10)
    assert harness.closed() is None
    harness.wait(20)
    harness.wait(10)
    assert harness.closed() == 1011


def test_a_pong_of_an_unknown_connection_is_ignored():
    harness = Harness()
    harness.simulation.ponged(7)
    assert harness.service.gateway.get(7) is None


def test_nothing_is_due_without_connections():
    assert Harness().wait(0) is None


def test_a_muted_connection_is_as_good_as_lost():
    harness = Harness(replay_delay=0)
    token = harness.log_in()
    wsc = harness.connect(1, token)[0][0]["wsc"]["token"]
    harness.subscribe(SMS)
    connection = harness.service.gateway.get(1)
    assert connection is not None
    connection.muted = True
    harness.send(text="into the void")
    harness.say(1, [{"type": "Heartbeat"}])
    harness.wait(100)
    assert harness.effects() == []
    harness.connect(2, token, wsc)
    harness.wait(0)
    assert harness.events(2)[0]["body"]["subject"] == "into the void"


def test_events_after_a_close_frame_are_buffered_for_the_recovery():
    harness = Harness(replay_delay=0)
    token = harness.log_in()
    wsc = harness.connect(1, token)[0][0]["wsc"]["token"]
    harness.subscribe(SMS)
    harness.effects()
    harness.simulation.closing(1)
    harness.send(text="behind the close frame")
    assert harness.effects() == []
    harness.lose()
    harness.connect(2, token, wsc)
    harness.wait(0)
    assert harness.events(2)[0]["body"]["subject"] == "behind the close frame"


def test_a_forced_failure_of_recovery():
    harness = Harness()
    token, wsc, _ = cut_after_subscribing(harness)
    harness.service.gateway.recovery.forced_codes.append("WSG-1003")
    harness.open(2, harness.ws_token(token), wsc)
    assert failed(harness) == "WSG-1003"
