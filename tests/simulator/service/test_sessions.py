from random import Random

import pytest

from rc_tail.simulator.service.company import ADA, BOB
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.sessions import OAuthSession, Sessions, TokenLifetimes

TERMS = TokenLifetimes(3600, 604800)


def sessions(limit: int | None = None) -> Sessions:
    return Sessions(Ids(Random(1).getrandbits, 0), limit)


def begun(all_: Sessions, now: float = 0, person=ADA, lifetimes=TERMS) -> OAuthSession:
    return all_.begin("app", person, ("SMS",), lifetimes, now)


def test_an_access_token_lives_as_long_as_it_says():
    all_ = sessions()
    session = begun(all_)
    assert all_.by_access(session.pair.access, 3599.9) is session
    assert all_.by_access(session.pair.access, 3600) is None
    assert all_.by_access("other", 0) is None


def test_the_sixth_login_ends_the_oldest():
    all_ = sessions(limit=5)
    ended: list[OAuthSession] = []
    all_.on_end.append(lambda oauth, *, revoked: ended.append(oauth))
    mine = [begun(all_) for _ in range(6)]
    assert ended == mine[:1]
    assert len(all_) == 5
    assert all_.by_id(mine[0].id) is None
    assert all_.by_id(mine[-1].id) is mine[-1]


def test_users_and_apps_are_counted_apart():
    all_ = sessions(limit=1)
    begun(all_)
    begun(all_, person=BOB)
    all_.begin("other", ADA, (), TERMS, 0)
    assert len(all_) == 3


def test_a_refresh_kills_the_access_token_before_at_once():
    all_ = sessions()
    session = begun(all_)
    before = session.pair
    assert all_.refresh(before.refresh, "app", TERMS, 10) is session
    assert session.pair is not before
    assert all_.by_access(before.access, 11) is None
    assert all_.by_access(session.pair.access, 11) is session


@pytest.mark.parametrize(
    ("used_at", "again_at", "works"),
    [(20, 29, True), (20, 31, False), (None, 3500, True), (None, 3700, False)],
)
def test_the_refresh_token_before_yields_the_same_pair_for_a_while(used_at, again_at, works):
    all_ = sessions()
    session = begun(all_)
    before = session.pair
    all_.refresh(before.refresh, "app", TERMS, 10)
    pair = session.pair
    if used_at is not None:
        all_.by_access(pair.access, used_at)
    assert (all_.refresh(before.refresh, "app", TERMS, again_at) is session) is works
    assert session.pair is pair


def test_a_refresh_token_two_refreshes_ago_is_dead():
    all_ = sessions()
    session = begun(all_)
    first = session.pair.refresh
    all_.refresh(first, "app", TERMS, 1)
    all_.refresh(session.pair.refresh, "app", TERMS, 2)
    assert all_.refresh(first, "app", TERMS, 3) is None


@pytest.mark.parametrize(("client", "now"), [("other", 1), ("app", 604800)])
def test_a_refresh_token_of_another_app_or_too_old_is_refused(client, now):
    all_ = sessions()
    session = begun(all_)
    assert all_.refresh(session.pair.refresh, client, TERMS, now) is None


def test_an_app_that_issues_no_refresh_tokens():
    all_ = sessions()
    session = begun(all_, lifetimes=TokenLifetimes(3600))
    assert session.pair.refresh == ""
    assert all_.refresh("", "app", TERMS, 1) is None


def test_either_token_leads_to_the_session_and_both_die_with_it():
    all_ = sessions()
    session = begun(all_)
    before = session.pair
    all_.refresh(before.refresh, "app", TERMS, 1)
    pair = session.pair
    assert (
        all_.by_access_or_refresh(pair.access) is all_.by_access_or_refresh(pair.refresh) is session
    )
    all_.end(session)
    for token in (pair.access, pair.refresh, before.refresh):
        assert all_.by_access_or_refresh(token) is None
    assert len(all_) == 0


def test_the_endpoint_is_the_clients_or_a_new_one():
    all_ = sessions()
    assert all_.begin("app", ADA, (), TERMS, 0, endpoint="mine").endpoint == "mine"
    assert begun(all_).endpoint.startswith("ep-")
