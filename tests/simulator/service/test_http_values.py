import json

import pytest

from rc_tail.simulator.service.http_values import (
    Answer,
    Request,
    compact,
    error_answer,
    is_loopback,
    not_found,
    oauth_error,
    permission_missing,
)


def test_a_request_is_taken_apart():
    headers = {"host": "127.0.0.1:80"}
    request = Request("POST", "/a/b?x=1&x=2&y=", headers, b"one=1&two=%2B&one=3")
    assert request.path == "/a/b"
    assert request.query == {"x": ["1", "2"], "y": [""]}
    assert request.form == {"one": "1", "two": "+"}
    assert request.base == "http://127.0.0.1:80"
    assert request.gateway == "ws://127.0.0.1:80/ws"


def test_a_secure_request_leads_to_a_secure_gateway():
    request = Request("GET", "/", {"host": "localhost:1"}, secure=True)
    assert (request.base, request.gateway) == ("https://localhost:1", "wss://localhost:1/ws")


@pytest.mark.parametrize(("body", "value"), [(b'{"a":1}', {"a": 1}), (b"", None), (b"x", None)])
def test_a_body_is_json_or_nothing(body, value):
    assert Request("POST", "/", {}, body).json() == value


def test_a_body_that_is_not_a_form_is_no_error():
    assert Request("POST", "/", {}, b"\xff\xfe=").form


@pytest.mark.parametrize(
    ("answer", "payload"),
    [
        (Answer(204), b""),
        (Answer(200, b"raw"), b"raw"),
        (Answer(200, {"a": "é"}), '{"a":"é"}'.encode()),
    ],
)
def test_payload(answer, payload):
    assert answer.payload() == payload


def test_headers_are_added():
    answer = Answer(200, headers={"A": "1", "B": "1"}).with_headers({"B": "2"})
    assert answer.headers == {"A": "1", "B": "2"}


@pytest.mark.parametrize(("status", "ok"), [(199, False), (200, True), (204, True), (400, False)])
def test_is_ok(status, ok):
    assert Answer(status).is_ok is ok


def test_refusals_have_the_old_pair_and_the_list():
    body = error_answer(403, "CMN-401", "no", permissionName="P").body
    error = {"errorCode": "CMN-401", "message": "no", "permissionName": "P"}
    assert body == {**error, "errors": [error]}
    assert permission_missing("P").body["permissionName"] == "P"
    assert not_found().body["errorCode"] == "CMN-120"


def test_refusals_of_tokens_have_the_fields_of_the_standard():
    body = oauth_error(400, "invalid_grant", "OAU-210", "Token expired").body
    assert body["error"] == "invalid_grant"
    assert body["error_description"] == "Token expired"
    assert body["errors"] == [{"errorCode": "OAU-210", "message": "Token expired"}]


def test_json_has_no_space_and_is_always_utf_8():
    assert compact([{"type": "ü"}]) == '[{"type":"ü"}]'.encode()
    assert json.loads(compact({"half": "a\ud83d"})) == {"half": "a?"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"])
def test_own_addresses(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "10.0.0.1", "0.0.0.0", "::", "example.com", "127.0.0.1.nip"])
def test_other_addresses(host):
    assert not is_loopback(host)
