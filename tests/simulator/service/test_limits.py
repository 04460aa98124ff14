import pytest

from rc_tail.simulator.service.limits import RateLimits, too_many


def taken(limits: RateLimits, now: float, group: str = "auth", user: str = "ada"):
    headers, granted = limits.take(user, "app", group, now)
    return granted, headers.get("X-Rate-Limit-Remaining")


def test_limits_that_are_not_enforced_are_announced_out_of_reach():
    limits = RateLimits({"auth": 2}, enforce=False)
    taken_now = [limits.take("ada", "app", "auth", 0) for _ in range(4)]
    assert all(granted for _, granted in taken_now)
    for headers, _ in taken_now:
        assert headers["X-Rate-Limit-Group"] == "auth"
        # Of a form that every client reads, and never spent.
        assert int(headers["X-Rate-Limit-Limit"]) == 60_000
        assert int(headers["X-Rate-Limit-Remaining"]) > 50_000


def test_enforced_limits_are_announced_as_they_are():
    limits = RateLimits({"auth": 2}, enforce=True)
    assert [taken(limits, 0) for _ in range(3)] == [(True, "1"), (True, "0"), (False, "0")]


def test_the_window_slides():
    limits = RateLimits({"auth": 2}, enforce=True)
    assert [taken(limits, t)[0] for t in (0, 30, 61, 91)] == [True, True, True, True]


def test_a_request_over_the_limit_starts_a_penalty_that_each_request_restarts():
    limits = RateLimits({"auth": 2}, enforce=True)
    granted = [taken(limits, t)[0] for t in (0, 1, 2, 61, 120, 180)]
    assert granted == [True, True, False, False, False, True]


@pytest.mark.parametrize(("user", "group"), [("bob", "auth"), ("ada", "light")])
def test_users_and_groups_are_counted_apart(user, group):
    limits = RateLimits({"auth": 1, "light": 1}, enforce=True)
    assert taken(limits, 0)[0]
    assert taken(limits, 0, group, user)[0]


def test_a_group_without_a_limit_is_not_counted():
    assert RateLimits({}, enforce=True).take("ada", "app", "none", 0) == ({}, True)


def test_the_refusal_says_when_to_come_again():
    headers, _ = RateLimits({"auth": 0}, enforce=True).take("ada", "app", "auth", 0)
    answer = too_many(headers)
    assert answer.status == 429
    assert answer.body["errorCode"] == "CMN-301"
    assert answer.headers == {
        "X-Rate-Limit-Group": "auth",
        "X-Rate-Limit-Limit": "0",
        "X-Rate-Limit-Remaining": "0",
        "X-Rate-Limit-Window": "60",
        "Retry-After": "60",
    }
