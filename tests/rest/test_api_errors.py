import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import (
    JwtRejectedError,
    PermissionMissingError,
    RateLimitedError,
    RcTailError,
    RequestRefusedError,
    TemporaryError,
    TokenExpiredError,
    UnexpectedAnswerError,
)
from rc_tail.rest import api_errors as refusals
from rc_tail.rest.api_errors import MAX_WORDS, ErrorAnswer, read_error_answer
from rc_tail.rest.http import HttpResponse
from rc_tail.text.redact import Redactor

NOW = 1_800_000_000.0


def answer(status: int, body: Any = None, **headers: str) -> HttpResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, {k.replace("_", "-"): v for k, v in headers.items()}, data, 0.1)


def read(status: int, body: Any = None, **headers: str) -> ErrorAnswer:
    return read_error_answer(answer(status, body, **headers), Redactor())


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"errors": [{"errorCode": "CMN-101", "message": "bad"}]}, "CMN-101", "bad"),
        ({"errorCode": "CMN-101", "message": "bad"}, "CMN-101", "bad"),
        (
            {"errorCode": "OLD", "message": "old", "errors": [{"errorCode": "NEW"}]},
            "NEW",
            "old",
        ),
        (
            {
                "error": "invalid_grant",
                "error_description": "Token expired",
                "errors": [{"errorCode": "OAU-210", "message": "Token expired"}],
            },
            "OAU-210",
            "Token expired",
        ),
        ({"error": "invalid_grant", "error_description": "gone"}, "invalid_grant", "gone"),
        ({"errors": []}, "", ""),
        ({"errors": "x", "errorCode": 7, "message": None}, "", ""),
        ({"errors": ["x", None, {"errorCode": "A-1"}]}, "A-1", ""),
        ([], "", ""),
        (b"<html>502</html>", "", ""),
        (b"", "", ""),
        (b"[" * 100_000, "", ""),
    ],
)
def test_every_shape(body: Any, code: str, words: str) -> None:
    refusal = read(400, body)
    assert (refusal.code, refusal.words) == (code, words)
    assert refusal.said() == " ".join(filter(None, [code, words])) or "HTTP 400"


def test_what_the_server_says_is_harmless_short_and_without_secrets() -> None:
    redactor = Redactor()
    redactor.add("the-secret")
    body = {"errorCode": "\x1b[31mX", "message": "a\nb the-secret " + "x" * 1000}
    refusal = read_error_answer(answer(400, body, rcrequestid="r\r1"), redactor)
    assert refusal.code == "\\x1b[31mX"
    assert refusal.words.startswith("a\\nb *** xxx")
    assert len(refusal.words) == MAX_WORDS
    assert refusal.request_id == "r\\r1"


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda c: (
            st.lists(c)
            | st.dictionaries(
                st.sampled_from(["errors", "errorCode", "message", "error", "permissionName"]), c
            )
        ),
    )
)
def test_any_body_is_a_refusal(body: Any) -> None:
    refusal = read(403, body)
    for make in (refusals.login_error, refusals.api_error, refusals.wstoken_error):
        assert isinstance(make(refusal, answer(403), NOW), RcTailError)


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"error": "invalid_client"}, refusals.CLIENT_HINT),
        ({"error": "x", "errors": [{"errorCode": "OAU-146"}]}, refusals.CLIENT_HINT),
        ({"error": "unauthorized_client"}, refusals.GRANT_HINT),
        ({"errors": [{"errorCode": "OAU-251"}]}, refusals.GRANT_HINT),
        ({"error": "invalid_grant"}, refusals.JWT_HINT),
        (None, refusals.UNEXPLAINED_HINT),
    ],
)
def test_a_refused_login_is_final_and_names_the_cure(status: int, body: Any, hint: str) -> None:
    error = refusals.login_error(read(status, body), answer(status), NOW)
    assert isinstance(error, JwtRejectedError)
    assert (error.exit_status, error.retryable, error.hint) == (77, False, hint)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, {"errorCode": "OAU-213"}, TokenExpiredError, "OAU-213"),
        (
            403,
            {"errors": [{"errorCode": "CMN-401", "permissionName": "ReadMessages"}]},
            PermissionMissingError,
            "The app lacks the permission ReadMessages",
        ),
        (
            403,
            {"errorCode": "CMN-408", "permissionName": "ReadCallLog"},
            PermissionMissingError,
            "The user lacks the permission ReadCallLog",
        ),
        (403, {"errorCode": "CMN-404"}, PermissionMissingError, "CMN-404"),
        (404, {"errorCode": "CMN-102"}, RequestRefusedError, "CMN-102"),
        (404, b"<html>", RequestRefusedError, "is it RingCentral's?"),
        (400, None, RequestRefusedError, "HTTP 400"),
        (408, None, TemporaryError, "HTTP 408"),
        (500, None, TemporaryError, "HTTP 500"),
        (503, {"errorCode": "CMN-201", "message": "later"}, TemporaryError, "CMN-201 later"),
        (429, {"errorCode": "CMN-301"}, RateLimitedError, "CMN-301"),
        (302, None, UnexpectedAnswerError, "redirect (HTTP 302) to nowhere"),
        (304, None, UnexpectedAnswerError, "redirect"),
    ],
)
def test_a_refused_call(status: int, body: Any, kind: type[RcTailError], words: str) -> None:
    error = refusals.api_error(read(status, body), answer(status, body), NOW)
    assert type(error) is kind
    assert words in error.message + error.hint


def test_a_websocket_token_that_the_app_may_not_have() -> None:
    body = {"errors": [{"errorCode": "CMN-401", "permissionName": "WebSocketsSubscription"}]}
    error = refusals.wstoken_error(read(403, body), answer(403, body), NOW)
    assert isinstance(error, PermissionMissingError)
    assert error.hint == refusals.WEBSOCKET_HINT
    assert isinstance(refusals.wstoken_error(read(401), answer(401), NOW), TokenExpiredError)


@pytest.mark.parametrize(
    "error_of", [refusals.login_error, refusals.api_error, refusals.wstoken_error]
)
def test_a_pause_is_explained_whatever_was_asked(error_of: Any) -> None:
    error = error_of(read(429), answer(429), NOW)
    assert isinstance(error, RateLimitedError)
    assert "limits calls of this kind per app and user per minute" in error.hint
    assert "login" not in error.hint.lower()


def test_the_target_of_a_redirect_is_harmless() -> None:
    redirect = answer(302, location="https://x/\x1b[2J")
    error = refusals.general_error(read_error_answer(redirect, Redactor()), redirect, NOW)
    assert "https://x/\\x1b[2J" in error.message
    assert error.exit_status == 76


def test_the_id_for_the_support_is_reported() -> None:
    error = refusals.general_error(read(500, rcrequestid="r-1"), answer(500), NOW)
    assert "r-1" in error.hint


DATE = "Fri, 15 Jan 2027 08:00:00 GMT"  # NOW
LATER = "Fri, 15 Jan 2027 08:01:30 GMT"
