from dataclasses import replace

from rc_tail.simulator.service.options import Options


def test_limits_are_enforced_only_when_asked():
    assert Options().sessions_allowed is None
    assert Options().subscriptions_allowed is None


def test_limits_are_those_of_ringcentral():
    strict = Options(enforce_limits=True)
    assert (strict.sessions_allowed, strict.subscriptions_allowed) == (5, 20)


def test_a_limit_of_its_own_is_enforced():
    own = replace(Options(), session_limit=2, subscription_limit=3)
    assert (own.sessions_allowed, own.subscriptions_allowed) == (2, 3)


def test_the_jwt_looks_like_one():
    assert Options().jwt.count(".") == 2
    assert Options().jwt.startswith("eyJ")
