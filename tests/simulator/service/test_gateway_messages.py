import json

import pytest

from rc_tail.simulator.service.gateway_messages import (
    answer_message,
    details_message,
    error_message,
    notification_message,
    read_api_call,
)
from rc_tail.simulator.service.http_values import Answer, ApiCall
from rc_tail.simulator.service.options import Options

NOW = 1_772_443_800.0
WSC = b'{"token":"WSC-1","sequence":7}'


def test_connection_details_without_recovery():
    meta, body = json.loads(details_message(Options(), WSC, "id", ("", ""), NOW))
    assert meta == {
        "type": "ConnectionDetails",
        "messageId": "id",
        "status": 200,
        "wsc": {"token": "WSC-1", "sequence": 7},
        "headers": {"RCRequestId": "id"},
    }
    assert body == {
        "creationTime": "2026-03-02T09:30:00.000+0000",
        "maxConnectionsPerSession": 50,
        "recoveryBufferSize": 100,
        "recoveryTimeout": 180,
        "idleTimeout": 1800,
        "absoluteTimeout": 86400,
        "maxActiveRequests": 10,
    }


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        (("Successful", ""), {"recoveryState": "Successful"}),
        (
            ("Failed", "WSG-1003"),
            {"recoveryState": "Failed", "recoveryErrorCode": "WSG-1003"},
        ),
    ],
)
def test_connection_details_of_a_recovery(outcome, more):
    _, body = json.loads(details_message(Options(), WSC, "id", outcome, NOW))
    assert more.items() <= body.items()


def test_an_answer_has_the_requests_type_and_id():
    answer = Answer(200, {"a": 1}, {"X": "y"})
    meta, body = json.loads(answer_message(answer, "m-1", WSC, "r-1", NOW))
    assert (meta["type"], meta["messageId"], meta["status"]) == ("ClientRequest", "m-1", 200)
    assert meta["headers"]["X"] == "y"
    assert all(isinstance(value, str) for value in meta["headers"].values())
    assert body == {"a": 1}


def test_an_answer_without_a_body_is_one_element():
    assert len(json.loads(answer_message(Answer(204), "m-1", WSC, "r-1", NOW))) == 1


def test_a_notification_is_compact():
    text = notification_message("19", WSC, b'{"uuid":"19"}')
    # One SDK looks for this very text.
    assert b'"type":"ServerNotification"' in text
    meta, body = json.loads(text)
    assert (meta["messageId"], body["uuid"]) == ("19", "19")
    assert meta["wsc"] == {"token": "WSC-1", "sequence": 7}


def test_an_error_has_no_list():
    meta, body = json.loads(error_message("m", 400, "WSG-808", "no", "r"))
    assert (meta["type"], meta["messageId"], meta["status"]) == ("Error", "m", 400)
    assert body == {"errorCode": "WSG-808", "message": "no"}


def asked(*rest, **meta):
    return read_api_call({"method": "get", "path": "/a", **meta}, list(rest))


@pytest.mark.parametrize(
    ("call", "read"),
    [
        (asked(), ApiCall("GET", "/a")),
        (asked(""), ApiCall("GET", "/a")),
        (asked({"x": 1}), ApiCall("GET", "/a", body={"x": 1})),
        (asked('{"x": 1}'), ApiCall("GET", "/a", body={"x": 1})),
        (asked("words"), ApiCall("GET", "/a")),
        (asked(path="/a/"), ApiCall("GET", "/a")),
        (asked(path="/a?b=1&b=2"), ApiCall("GET", "/a", {"b": ["1", "2"]})),
        (asked(query={"b": 1, "c": [2, "3"]}), ApiCall("GET", "/a", {"b": ["1"], "c": ["2", "3"]})),
        (asked(query="rubbish"), ApiCall("GET", "/a")),
    ],
)
def test_requests_are_read(call, read):
    assert call == read


@pytest.mark.parametrize("body", [None, 3, [], True])
def test_a_body_that_is_neither_object_nor_text(body):
    assert str(asked(body)).startswith("Expected either '{'")


@pytest.mark.parametrize("meta", [{"method": 1}, {"path": None}, {"path": "a"}])
def test_no_request(meta):
    assert asked(**meta) == "Expected a method and a path"
