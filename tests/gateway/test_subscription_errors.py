"""What a refused subscription means, in words."""

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
from rc_tail.gateway.messages import Response
from rc_tail.gateway.subscription_errors import subscription_error


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


def test_without_any_words_the_status_is_told():
    error = subscription_error(Response("m", 403))
    assert error.message == "RingCentral refused the subscription: status 403"


def test_a_rate_limit_without_a_time_to_wait_has_none():
    error = subscription_error(refusal(429))
    assert isinstance(error, RateLimitedError)
    assert error.retry_after is None
