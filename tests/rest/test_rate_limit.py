import math
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from rc_tail.errors import (
    PermissionMissingError,
    RateLimitedError,
    RcTailError,
    TemporaryError,
    UnexpectedAnswerError,
    UnreachableError,
)
from rc_tail.rest.client import Learn
from rc_tail.rest.rate_limit import CancelledError, RateLimit, RetryLimit
from tests.rest.conftest import Clock


class Naps(threading.Event):
    """An event whose waits take no time: they move the clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.slept: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.slept.append(timeout)
        self.clock.now += timeout
        return self.is_set()


@pytest.fixture
def naps(clock: Clock) -> Naps:
    return Naps(clock)


@pytest.fixture
def told() -> list[tuple[float, str, bool]]:
    return []


def ignored(_seconds: float, _why: str, _limited: bool) -> None:
    pass


@pytest.fixture
def rate_limit(clock: Clock, naps: Naps, told: list[tuple[float, str, bool]]) -> RateLimit:
    return RateLimit(10, cancelled=naps, clock=clock, report_wait=lambda *wait: told.append(wait))


RULE = "RingCentral allows"


class Service:
    """Answers as it was told to: errors are raised, the rest is returned."""

    def __init__(self, *answers: RcTailError | Mapping[str, str]) -> None:
        self.answers = list(answers)
        self.calls = 0

    def __call__(self, learn: Learn) -> dict[str, Any]:
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else {}
        if isinstance(answer, RcTailError):
            raise answer
        learn(200, answer)
        return {"call": self.calls}


def limited(retry_after: float | None) -> RateLimitedError:
    return RateLimitedError("RingCentral asked us to slow down", retry_after=retry_after)


def test_calls_within_the_limit_do_not_wait(rate_limit: RateLimit, naps: Naps) -> None:
    service = Service()
    assert [rate_limit.call(service)["call"] for _ in range(10)] == [*range(1, 11)]
    assert naps.slept == []


def test_the_documented_limit_counts_before_any_answer_tells_it(
    rate_limit: RateLimit, naps: Naps, told: list[tuple[float, str, bool]]
) -> None:
    service = Service()
    for _ in range(11):
        rate_limit.call(service)
    assert naps.slept == [60.0]
    assert told == [(60.0, f"{RULE} 10 requests for past events per minute", True)]


def test_the_limit_of_the_answers_wins(rate_limit: RateLimit, naps: Naps) -> None:
    headers = {"x-rate-limit-limit": "2", "x-rate-limit-window": "20"}
    service = Service(*[headers] * 5)
    for _ in range(5):
        rate_limit.call(service)
    assert naps.slept == [20.0, 20.0]


def test_what_others_spent_is_waited_for(rate_limit: RateLimit, naps: Naps) -> None:
    service = Service({"x-rate-limit-remaining": "0", "x-rate-limit-window": "30"})
    rate_limit.call(service)
    rate_limit.call(service)
    assert naps.slept == [30.0]


@pytest.mark.parametrize(
    ("errors", "slept"),
    [
        ([limited(7)], [7.0]),
        ([limited(0), limited(0)], [1.0, 1.0]),
        ([limited(None)], [60.0]),
        ([TemporaryError("temporarily unavailable")] * 3, [2.0, 4.0, 8.0]),
        ([UnreachableError("gone"), limited(5), UnreachableError("gone")], [2.0, 5.0, 8.0]),
        ([TemporaryError("temporarily unavailable")] * 7, [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]),
    ],
)
def test_a_refusal_for_now_is_waited_out(
    rate_limit: RateLimit,
    naps: Naps,
    told: list[tuple[float, str, bool]],
    errors: list[RcTailError],
    slept: list[float],
) -> None:
    service = Service(*errors)
    assert rate_limit.call(service) == {"call": len(errors) + 1}
    assert naps.slept == slept
    assert len(told) == len(slept)
    reasons = [(error.message, isinstance(error, RateLimitedError)) for error in errors]
    assert told == [(seconds, *reason) for seconds, reason in zip(slept, reasons, strict=True)]


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (TemporaryError("temporarily unavailable"), 9),
        (limited(100), 4),
        (limited(301), 1),
        (limited(None), 6),
    ],
)
def test_patience_has_an_end(
    rate_limit: RateLimit, naps: Naps, error: RcTailError, calls: int
) -> None:
    service = Service(*[error] * 20)
    with pytest.raises(type(error)) as caught:
        rate_limit.call(service)
    assert caught.value is error
    assert service.calls == calls
    assert sum(naps.slept) <= 300


def test_patience_is_the_caller_s(clock: Clock, naps: Naps) -> None:
    rate_limit = RateLimit(
        10, cancelled=naps, clock=clock, report_wait=ignored, retry_limit=RetryLimit(5, 60)
    )
    service = Service(*[TemporaryError("temporarily unavailable")] * 20)
    with pytest.raises(TemporaryError):
        rate_limit.call(service)
    assert naps.slept == [2.0]


def test_where_no_server_answers_another_patience_counts(clock: Clock, naps: Naps) -> None:
    retry_limit = RetryLimit(refused=300, unreachable=10)
    rate_limit = RateLimit(
        10, cancelled=naps, clock=clock, report_wait=ignored, retry_limit=retry_limit
    )
    service = Service(*[UnreachableError("nobody")] * 20)
    with pytest.raises(UnreachableError):
        rate_limit.call(service)
    assert naps.slept == [2.0, 4.0]


def test_a_service_that_fails_may_be_the_caller_s_to_judge(clock: Clock, naps: Naps) -> None:
    retry_limit = RetryLimit(refused=math.inf, unreachable=0, failing=0)
    rate_limit = RateLimit(
        10, cancelled=naps, clock=clock, report_wait=ignored, retry_limit=retry_limit
    )
    service = Service(limited(1000.0), limited(2000.0), TemporaryError("failing"))
    with pytest.raises(TemporaryError, match="failing"):
        rate_limit.call(service)
    assert naps.slept == [1000.0, 2000.0]


@pytest.mark.parametrize("error", [PermissionMissingError("no"), UnexpectedAnswerError("what")])
def test_a_refusal_for_good_is_not_repeated(
    rate_limit: RateLimit, naps: Naps, error: RcTailError
) -> None:
    service = Service(error)
    with pytest.raises(type(error)):
        rate_limit.call(service)
    assert (service.calls, naps.slept) == (1, [])


def test_a_window_of_hours_is_not_waited_for(rate_limit: RateLimit, naps: Naps) -> None:
    service = Service({"x-rate-limit-remaining": "0", "x-rate-limit-window": "3600"})
    rate_limit.call(service)
    with pytest.raises(RateLimitedError, match="past events per 1 h; the next is possible in 1 h"):
        rate_limit.call(service)
    assert naps.slept == []


def test_nothing_is_asked_when_the_program_ends(rate_limit: RateLimit, naps: Naps) -> None:
    naps.set()
    service = Service()
    with pytest.raises(CancelledError):
        rate_limit.call(service)
    assert service.calls == 0


def test_the_end_of_the_program_ends_a_wait(clock: Clock) -> None:
    cancelled = threading.Event()
    asked = threading.Event()
    caught: list[RcTailError] = []

    def ask(learn: Learn) -> dict[str, Any]:
        asked.set()
        raise limited(299)

    def work() -> None:
        try:
            RateLimit(10, cancelled=cancelled, clock=clock, report_wait=ignored).call(ask)
        except RcTailError as error:
            caught.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    assert asked.wait(30)
    cancelled.set()
    worker.join(30)
    assert not worker.is_alive()
    assert isinstance(caught[0], CancelledError)
