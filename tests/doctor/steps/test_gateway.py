import json

import pytest

from rc_tail.doctor.findings import StepReport
from rc_tail.doctor.run import STEPS, run_doctor
from rc_tail.errors import ConnectionLostError
from rc_tail.events.selection.select import select
from rc_tail.reporter import Verbosity
from tests.doctor.conftest import variables
from tests.end_to_end.processes import eventually
from tests.rest.platform import TOKEN, WSTOKEN, Reply
from tests.transport.peer import CLOSE, Peer, close, serving, text

UNKNOWN = "/restapi/v1.0/nobody/knows"
DETAILS = text('[{"type":"ConnectionDetails","messageId":"1"}]')


def answer_ws_token(platform, uri: str, **differently) -> None:
    body = {"uri": uri, "ws_access_token": "ws-token-x", "expires_in": 600, **differently}
    platform.answer(WSTOKEN, Reply(200, body))


# The WebSocket token.


@pytest.mark.parametrize(
    ("fault", "values", "status", "words"),
    [
        ("forbidden", {}, 77, "refused WebSocket access"),
        ("unauthorized", {}, 77, "access token"),
        ("unavailable", {}, 75, "temporarily unavailable"),
        ("rate-limited", {"retry_after": "none"}, 75, "slow down"),
    ],
)
def test_a_token_that_is_refused(doctor, simulator, fault, values, status, words):
    simulator.fault(fault, on="wstoken", **values)
    done = doctor("sms", environ=simulator.variables)
    done.fails_at("wstoken", status, words)
    assert [request.path for request in simulator.requests].count(WSTOKEN) == 1


def test_a_short_pause_is_waited_for(doctor, platform):
    platform.answer(WSTOKEN, Reply(429, None, {"Retry-After": "0"}))
    done = doctor("sms", environ=variables(platform.url))
    assert done.waits == [0.5]
    assert done.outcome("wstoken") == "ok"


@pytest.mark.parametrize("simulator", [{"scope": ("ReadMessages",)}], indirect=True)
def test_an_app_without_websockets(doctor, simulator):
    done = doctor("sms", environ=simulator.variables)
    done.fails_at("wstoken", 77, "CMN-401")
    assert "WebSocket Subscriptions" in done["wstoken"].hint


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"uri": "ws://far.example/ws"}, "without TLS"),
        ({"uri": "", "ws_access_token": "x"}, "no address"),
        ({"uri": "ws://127.0.0.1/ws"}, "no usable ws_access_token"),
    ],
)
def test_a_token_that_is_invalid(doctor, platform, body, words):
    platform.answer(WSTOKEN, Reply(200, body))
    doctor("sms", environ=variables(platform.url)).fails_at("wstoken", 76, words)


# The WebSocket.


def test_a_server_that_opens_none(doctor, platform):
    done = doctor("sms", environ=variables(platform.url))
    done.fails_at("websocket", 69, "refused the WebSocket: status 404")


def test_a_gateway_that_is_not_there(doctor, platform):
    answer_ws_token(platform, "ws://127.0.0.1:1/ws")
    done = doctor("sms", environ=variables(platform.url))
    done.fails_at("websocket", 69, "could not be reached")
    assert "ws-token-x" not in str(done.reports)


# Its details.


def test_a_token_that_comes_too_late(doctor, simulator):
    simulator.fault("late-wstoken", delay="100ms")
    done = doctor("sms", environ=simulator.variables)
    done.fails_at("details", 69, "4400")


def examined_at(doctor, platform, mind, **given):
    with serving(mind) as server:
        answer_ws_token(platform, server.url.partition("?")[0])
        return doctor("sms", environ=variables(platform.url), **given)


def silent(peer: Peer) -> None:
    peer.accept()
    until_goodbye(peer)


def until_goodbye(peer: Peer) -> None:
    """Say nothing, and answer the goodbye."""
    while peer.read()[0] != CLOSE:
        pass
    peer.send(close(1000))


def test_a_gateway_that_says_nothing(doctor, platform):
    done = examined_at(doctor, platform, silent, within=0.2)
    done.fails_at("details", 69, "did not send its connection details")
    assert "proxy" in done["details"].hint


def test_a_gateway_that_tells_no_limits(doctor, platform):
    def mind(peer: Peer) -> None:
        peer.accept(DETAILS)

    done = examined_at(doctor, platform, mind)
    assert done["details"].words == "connected, but no limits were announced"
    done.fails_at("subscription", 69, "connection")


def test_limits_are_reported(doctor, simulator):
    finding = doctor("sms", environ=simulator.variables)["details"]
    assert finding.fields == {
        "recovery_timeout": 180,
        "recovery_buffer_size": 100,
        "idle_timeout": 1800,
        "absolute_timeout": 86400,
    }


# The subscription.


@pytest.mark.parametrize(
    "simulator",
    [
        {"scope": ("ReadMessages",), "websocket_refusal": "subscribe"},
    ],
    indirect=True,
)
def test_an_app_without_websockets_is_reported_late(doctor, simulator):
    done = doctor("sms", environ=simulator.variables)
    done.fails_at("subscription", 77, "SUB-528")
    assert "WebSocket Subscriptions" in done["subscription"].hint


LITTLE = {"scope": ("ReadMessages", "WebSocketsSubscription")}


@pytest.mark.parametrize("simulator", [LITTLE], indirect=True)
def test_some_filters_are_refused(doctor, simulator):
    done = doctor("sms", "calls", environ=simulator.variables)
    finding = done["subscription"]
    assert (finding.outcome, done.status) == ("warning", 0)
    assert finding.words == "1 of 2 event filters accepted"
    (line,) = finding.details
    assert line.startswith("calls is refused: ")
    assert len(finding.fields["active"]) == 1
    assert "telephony/sessions" in finding.fields["refused"][0]["filter"]


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (["sms"], "event filter accepted"),
        (["sms", "fax"], "all 2 event filters accepted"),
    ],
)
def test_every_filter_is_accepted(doctor, simulator, events, words):
    assert doctor(*events, environ=simulator.variables)["subscription"].words == words


@pytest.mark.parametrize("simulator", [LITTLE], indirect=True)
def test_every_filter_is_refused(doctor, simulator):
    done = doctor("calls", "presence", environ=simulator.variables)
    done.fails_at("subscription", 77, "CMN-401")
    # The refusal of the whole request names the permission, and no filter.
    (line,) = done["subscription"].details
    assert line.startswith("RingCentral does not say which of the 2 event filters it refuses")
    assert done["subscription"].fields["refused"] == []
    assert len(simulator.subscribers()) == 0


def test_a_filter_that_is_invalid_among_others_is_named(doctor, simulator):
    done = doctor("sms", UNKNOWN, "fax", environ=simulator.variables)
    # As it does to a tail, which asks for all of them at once.
    done.fails_at("subscription", 65, "SUB-508")
    finding = done["subscription"]
    (line,) = finding.details
    assert line.startswith(f"{UNKNOWN} is refused: ")
    assert [refused["code"] for refused in finding.fields["refused"]] == ["SUB-508"]
    assert simulator.subscribers() == []


def test_one_of_its_own_choice_that_is_invalid_is_no_fault(doctor, simulator, monkeypatch):
    chosen = (*select(["sms", "fax"]).filters, UNKNOWN)
    monkeypatch.setattr("rc_tail.doctor.steps.login.choose_filters", lambda scope: chosen)
    done = doctor(environ=simulator.variables)
    assert (done.outcome("subscription"), done.status) == ("ok", 0)
    assert done["subscription"].words == "2 of 3 event filters accepted"
    assert simulator.subscribers() == []


def test_a_filter_that_is_invalid_alone(doctor, simulator):
    done = doctor(UNKNOWN, environ=simulator.variables)
    done.fails_at("subscription", 65, "SUB-508")
    assert "rc-tail events" in done["subscription"].hint


def refusing_one(peer: Peer) -> None:
    """A gateway that leaves the first filter out."""
    peer.accept(DETAILS)
    meta, body = json.loads(peer.read()[1])
    first, *others = body["eventFilters"]
    disabled = {"filter": first, "reason": "SUB-412", "message": "not for this user"}
    answer = {"id": "s-1", "eventFilters": others, "disabledFilters": [disabled]}
    peer.send(text(json.dumps([{**meta, "status": 200}, answer])))
    until_goodbye(peer)


@pytest.mark.parametrize(("events", "outcome"), [((), "ok"), (("sms", "fax"), "warning")])
def test_only_what_was_requested_is_missed(doctor, platform, events, outcome):
    with serving(refusing_one) as server:
        answer_ws_token(platform, server.url.partition("?")[0])
        environ = variables(platform.url)
        done = doctor(*events, environ=environ, impatient_after="subscription")
    assert done.outcome("subscription") == outcome
    assert done["subscription"].details == ("sms is refused: not for this user (SUB-412)",)
    assert done.steps[-1] == "heartbeat"


# The heartbeat, and the end.


def test_a_gateway_that_falls_silent(doctor, simulator):
    simulator.fault("half-open")
    done = doctor("sms", environ=simulator.variables, impatient_after="subscription")
    done.fails_at("heartbeat", 69, "did not answer a heartbeat")
    assert simulator.subscribers() == []


def test_what_cannot_be_deleted_is_written_down_for_a_later_run(doctor, simulator):
    examination, stream, _ = doctor.examination("sms", environ=simulator.variables)

    def report(report: StepReport) -> None:
        if report.step == "leftovers":
            simulator.fault("unavailable", on="subscription")

    assert run_doctor(examination, report) == 0
    assert "could not be deleted" in stream.getvalue()
    (book,) = (doctor.folders.state / "subscriptions").glob("*.jsonl")
    (subscriber,) = simulator.subscribers()
    assert subscriber.id in book.read_text()


def test_what_ends_it_deletes_the_subscription(doctor, simulator):
    examination, _, _ = doctor.examination("sms", environ=simulator.variables)

    def interrupt() -> None:
        with examination.resources:
            for name, step in STEPS:
                step(examination)
                if name == "subscription":
                    assert len(simulator.subscribers()) == 1
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert simulator.subscribers() == []


def test_with_debug_every_frame_is_reported_and_no_secret(doctor, simulator):
    done = doctor("sms", environ=simulator.variables, verbosity=Verbosity.DEBUG)
    assert '"Heartbeat"' in done.told
    assert "/restapi/v1.0/subscription/" in done.told
    assert "WSC-" not in done.told
    assert "WST-" not in done.told
    assert simulator.variables["RC_USER_JWT"] not in done.told


def test_the_connection_is_closed(doctor, simulator):
    examination, _, _ = doctor.examination("sms", environ=simulator.variables)
    run_doctor(examination, lambda report: None)
    eventually(lambda: simulator.cut() == 0, "the connection is closed")
    with pytest.raises(ConnectionLostError):
        examination.probe.beat()


# The limits that the tail after it needs.


def test_the_tail_that_follows_gets_the_last_call_of_the_minute(doctor, platform):
    told = {"X-Rate-Limit-Limit": "2", "X-Rate-Limit-Window": "60"}
    token = {"access_token": "access-token-x", "expires_in": 3600, "scope": "ReadMessages"}
    platform.answer(TOKEN, Reply(200, token, told))
    done = doctor("sms", environ=variables(platform.url))
    # One is left, which is not spent; the wait is the test's own.
    (wait,) = done.waits
    assert 0 < wait <= 60.5
    done.fails_at("wstoken", 75, "RingCentral allows 2 logins and connections per minute")
    assert platform.count(WSTOKEN) == 0
