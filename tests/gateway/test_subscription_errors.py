"""What a refused subscription means, in words."""

import json

import pytest

from rc_tail.errors import (
    BusyError,
    ExitStatus,
    FiltersRefusedError,
    PermissionMissingError,
    RateLimitedError,
    TemporaryError,
    TokenExpiredError,
)
from rc_tail.gateway.messages import Response, decode
from rc_tail.gateway.subscription import as_refusal
from rc_tail.gateway.subscription_errors import PENALTY, subscription_error


def refusal(status: int, code: str = "", message: str = "no luck") -> Response:
    return Response("m", status, {"errorCode": code, "message": message})


@pytest.mark.parametrize(
    ("status", "code", "kind", "exit_status", "hint"),
    [
        (400, "SUB-508", FiltersRefusedError, ExitStatus.FILTERS_REFUSED, "rc-tail events"),
        (400, "CMN-101", FiltersRefusedError, ExitStatus.FILTERS_REFUSED, "rc-tail events"),
        (403, "SUB-406", FiltersRefusedError, ExitStatus.FILTERS_REFUSED, "rc-tail events"),
        (403, "", FiltersRefusedError, ExitStatus.FILTERS_REFUSED, "rc-tail events"),
        (403, "SUB-528", PermissionMissingError, ExitStatus.AUTH, "WebSocket Subscriptions"),
        (403, "CMN-401", PermissionMissingError, ExitStatus.AUTH, "developer console"),
        (403, "CMN-408", PermissionMissingError, ExitStatus.AUTH, "administrator"),
        (403, "SUB-505", BusyError, ExitStatus.TEMPORARY, "within a day"),
        (401, "OAU-213", TokenExpiredError, ExitStatus.AUTH, "rc-tail login"),
        (429, "CMN-301", RateLimitedError, ExitStatus.TEMPORARY, ""),
        (503, "CMN-201", TemporaryError, ExitStatus.TEMPORARY, ""),
        (500, "CMN-203", TemporaryError, ExitStatus.TEMPORARY, ""),
        (408, "", TemporaryError, ExitStatus.TEMPORARY, ""),
    ],
)
def test_each_refusal_has_its_error(status, code, kind, exit_status, hint):
    error = subscription_error(refusal(status, code))
    assert (type(error), error.exit_status, error.code) == (kind, exit_status, code)
    told = f" ({code})" if code else ""
    assert error.message == f"RingCentral refused the subscription: no luck{told}"
    assert hint in error.hint
    assert bool(hint) == bool(error.hint)


def test_refused_filters_give_the_words_where_the_answer_has_none():
    disabled = [
        {"filter": "/a", "reason": "SUB-412", "message": "[HUD] is missing"},
        {"filter": "/b", "reason": "SUB-406", "message": "another account"},
    ]
    error = subscription_error(Response("m", 200, {"disabledFilters": disabled}))
    words = "[HUD] is missing; another account (SUB-412)"
    assert error.message == f"RingCentral refused the subscription: {words}"
    assert error.code == "SUB-412"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, PENALTY),
        ({"Retry-After": "7"}, 7),
        ({"X-Rate-Limit-Window": 60}, 60),
        ({"Retry-After": "7", "X-Rate-Limit-Window": "60"}, 7),
        ({"Retry-After": 0}, 1),
        ({"Retry-After": "soon"}, PENALTY),
    ],
)
@pytest.mark.parametrize("kind", ["ClientRequest", "Error"])
def test_a_rate_limit_is_waited_out_as_its_headers_say(kind, headers, seconds):
    meta = {"type": kind, "messageId": "m", "status": 429, "headers": headers}
    content = decode(json.dumps([meta, {"errorCode": "CMN-301"}])).content
    response = content if isinstance(content, Response) else as_refusal(content)  # type: ignore[arg-type]
    error = subscription_error(response)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == seconds


@pytest.mark.parametrize("headers", [None, 5, [], "x", {"retry-after": None}, {"a": {}}])
def test_odd_headers_are_as_good_as_none(headers):
    meta = {"type": "ClientRequest", "status": 429, "headers": headers}
    content = decode(json.dumps([meta, {}])).content
    assert isinstance(content, Response)
    error = subscription_error(content)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == PENALTY


def test_without_any_words_the_status_is_reported():
    error = subscription_error(Response("m", 403))
    assert error.message == "RingCentral refused the subscription: status 403"
