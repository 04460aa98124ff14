import math
import os
import re
import stat
from pathlib import Path

import pytest

from rc_tail.errors import RateLimitedError
from rc_tail.rest.auth_budget import AuthBudget, BudgetOutlook
from rc_tail.text.wording import duration_words
from tests.rest.conftest import Clock

RULE = r"RingCentral (limits|allows \d+) logins and connections( per (minute|\S+ s))?"
LIMITS = {
    "x-rate-limit-group": "auth",
    "x-rate-limit-limit": "5",
    "x-rate-limit-window": "60",
}


@pytest.fixture(params=["shared", "own"])
def budget(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AuthBudget:
    return AuthBudget(tmp_path / "budget.json" if request.param == "shared" else None, clock)


def wait_of(budget: AuthBudget) -> float:
    with pytest.raises(RateLimitedError) as caught:
        budget.spend()
    assert caught.value.retry_after is not None
    assert re.fullmatch(RULE, caught.value.message)
    seconds = duration_words(math.ceil(caught.value.retry_after))
    assert caught.value.hint.startswith(f"Try again in {seconds}; ")
    assert caught.value.exit_status == 75
    return caught.value.retry_after


def call(budget: AuthBudget, **headers: str) -> None:
    budget.spend()
    budget.learn(200, {**LIMITS, **{k.replace("_", "-"): v for k, v in headers.items()}})


def test_the_sixth_call_of_a_minute_is_not_made(budget: AuthBudget, clock: Clock) -> None:
    for _ in range(5):
        call(budget)
        clock.now += 10
    assert wait_of(budget) == pytest.approx(10)
    assert wait_of(budget) == pytest.approx(10)  # what was not made does not count
    clock.now += 10
    call(budget)
    assert wait_of(budget) == pytest.approx(10)


def test_what_is_left_can_be_looked_at(budget: AuthBudget, clock: Clock) -> None:
    assert budget.outlook() == BudgetOutlook(None, 0, 60, 0)
    for _ in range(5):
        call(budget)
    assert budget.outlook() == BudgetOutlook(5, 5, 60, 60)
    clock.now += 60
    assert budget.outlook() == BudgetOutlook(5, 0, 60, 0)


def test_a_server_that_sets_no_limit_has_none(budget: AuthBudget) -> None:
    for _ in range(50):
        budget.spend()
        budget.learn(200, {})
    assert (budget.outlook().limit, budget.outlook().wait) == (None, 0)


def test_the_servers_own_numbers_count(budget: AuthBudget, clock: Clock) -> None:
    for _ in range(2):
        call(budget, x_rate_limit_limit="2", x_rate_limit_window="10")
    assert wait_of(budget) == pytest.approx(10)
    clock.now += 10
    budget.spend()


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "37"}, 37),
        (LIMITS, 60),
        ({"retry-after": "999999"}, 3600),
    ],
)
def test_no_call_is_made_in_a_penalty(
    budget: AuthBudget, clock: Clock, headers: dict[str, str], wait: float
) -> None:
    budget.spend()
    budget.learn(429, headers)
    assert wait_of(budget) == pytest.approx(wait)
    clock.now += wait
    budget.spend()


def test_a_penalty_without_a_length_is_left_to_backoff(budget: AuthBudget) -> None:
    budget.spend()
    budget.learn(429, {})
    assert budget.outlook().wait == 0
    budget.spend()
    assert budget.outlook().used == 2


def test_what_others_spent_is_waited_for(budget: AuthBudget, clock: Clock) -> None:
    call(budget, x_rate_limit_remaining="0")
    assert wait_of(budget) == pytest.approx(60)
    clock.now += 60
    budget.spend()


def test_what_we_spent_ourselves_is_free_as_it_ages(budget: AuthBudget, clock: Clock) -> None:
    for left in "43210":
        call(budget, x_rate_limit_remaining=left)
        clock.now += 10
    assert wait_of(budget) == pytest.approx(10)


def test_a_clock_that_was_set_back_delays_nothing(budget: AuthBudget, clock: Clock) -> None:
    for _ in range(5):
        call(budget)
    budget.learn(429, {"retry-after": "60"})
    clock.now -= 86400
    budget.spend()
    assert budget.outlook().wait == 0


def test_processes_share_it(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "folder" / "budget.json"
    for _ in range(5):
        call(AuthBudget(path, clock))
    assert wait_of(AuthBudget(path, clock)) == pytest.approx(60)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"junk",
        b"[]",
        b'{"calls": "x"}',
        b'{"limit": 0}',
        b'{"limit": -2, "calls": [1.0]}',
        b'{"limit": 1, "window": -1.0}',
        b'{"limit": 1, "window": 1e300}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_replaced(tmp_path: Path, clock: Clock, contents: bytes) -> None:
    path = tmp_path / "budget.json"
    path.write_bytes(contents)
    for _ in range(5):
        call(AuthBudget(path, clock))
    assert wait_of(AuthBudget(path, clock)) == pytest.approx(60)


def test_a_pipe_in_its_place_is_left_alone(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "budget.json"
    os.mkfifo(path)
    budget = AuthBudget(path, clock)
    for _ in range(5):
        call(budget)
    assert wait_of(budget) == pytest.approx(60)
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_without_a_place_to_keep_it_a_process_counts_its_own(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("")
    budget = AuthBudget(tmp_path / "file" / "budget.json", clock)
    for _ in range(5):
        call(budget)
    assert wait_of(budget) == pytest.approx(60)


def test_a_call_counts_once_when_the_file_cannot_be_replaced(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "budget.json"
    budget = AuthBudget(path, clock)
    call(budget, x_rate_limit_limit="2")
    path.unlink()
    path.mkdir()
    call(budget, x_rate_limit_limit="2")
    assert wait_of(budget) == pytest.approx(60)


def test_one_call_of_a_minute_can_be_left_to_another_process(
    budget: AuthBudget, clock: Clock
) -> None:
    budget.keep_one()
    for _ in range(4):
        budget.keep_one()
        call(budget)
        clock.now += 10
    with pytest.raises(RateLimitedError) as caught:
        budget.keep_one()
    # The first of the four was 40 s ago.
    assert caught.value.retry_after == pytest.approx(20)
    assert budget.outlook().wait == 0
    clock.now += 20
    budget.keep_one()


def test_the_only_call_of_a_minute_is_not_left(budget: AuthBudget) -> None:
    budget.learn(200, {**LIMITS, "x-rate-limit-limit": "1"})
    budget.keep_one()
    assert (budget.outlook().limit, budget.outlook().wait) == (1, 0)


def test_files_of_which_no_call_counts_are_deleted(tmp_path: Path) -> None:
    for name in ("old", "new"):
        AuthBudget(tmp_path / f"budget-{name}.json").spend()
    os.utime(tmp_path / "budget-old.json", (1, 1))
    AuthBudget(tmp_path / "budget-third.json").spend()
    assert {path.name for path in tmp_path.iterdir()} == {
        f"budget-{name}.{suffix}" for name in ("new", "third") for suffix in ("json", "lock")
    }
