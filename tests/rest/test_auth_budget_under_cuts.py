"""The rate budget, the retries and the session together, against a service that enforces its limit.

Time is a number: ten minutes pass in a moment.
"""

import os
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path

import pytest

import rc_tail.tail.dialer
from rc_tail.errors import RateLimitedError
from rc_tail.rest.auth_budget import AuthBudget
from rc_tail.simulator.service.options import Options
from tests.gateway.direct import EPOCH
from tests.gateway.joined import World, open_address

pytestmark = pytest.mark.slow

TEN_MINUTES = 600
PENALTY = 60.0


@pytest.fixture(autouse=True)
def _joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rc_tail.tail.dialer, "open_connection", open_address)
    monkeypatch.setattr(os, "fsync", lambda _: None)


def started(folder: Path, seed: int = 0, **differently: object) -> World:
    options = Options(enforce_limits=True, **differently)  # type: ignore[arg-type]  # any option
    world = World(folder, options, seed=seed)
    world.start()
    world.run_well(1)
    assert world.is_live
    return world


def cut_all(world: World) -> None:
    for wire in list(world.wires.values()):
        world.cut(wire)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "differently",
    [{}, {"access_token_ttl": 120.0}, {"access_token_ttl": 120.0, "refresh_tokens": True}],
    ids=["one-login", "new-logins", "refreshed"],
)
def test_a_cut_every_ten_seconds_is_never_answered_with_429(
    tmp_path: Path, seed: int, differently: Mapping[str, object]
) -> None:
    world = started(tmp_path, seed, **differently)
    for second in range(2, TEN_MINUTES + 2):
        if second % 10 == 0:
            cut_all(world)
        world.run_well(second)
        world.happen()
    assert 429 not in world.direct.statuses
    # The limit is used to the full, not avoided by standing still.
    assert len(world.direct.statuses) > 40
    world.run_well(TEN_MINUTES + 200)
    assert world.is_live
    assert world.lost_in_silence() == []
    assert world.printed_twice() == []


def spend_the_limit(world: World) -> None:
    """Another client, on another machine, is refused: the penalty begins."""
    limits = world.service.oauth.limits
    person = world.service.sessions.newest()
    assert person is not None
    app = world.service.options.client_id
    while limits.take(person.person.id, app, "auth", world.wall)[1]:
        pass


def as_date(headers: dict[str, str]) -> dict[str, str]:
    if "retry-after" not in headers:
        return headers
    ends = formatdate(EPOCH + 100 + float(headers["retry-after"]), usegmt=True)
    return {**headers, "retry-after": ends}


@pytest.mark.parametrize("reword", [dict, as_date], ids=["seconds", "date"])
def test_a_penalty_that_another_client_caused_is_waited_out(tmp_path, reword) -> None:
    world = started(tmp_path)
    world.direct.reword = reword
    world.run_well(100)
    spend_the_limit(world)
    cut_all(world)
    asked = len(world.direct.times)
    world.run_well(100 + 3 * PENALTY)
    # Once, to learn of it; then not before it is over, which each call would begin anew.
    first, second, *_ = world.direct.times[asked:]
    assert world.direct.statuses[asked : asked + 2] == [429, 200]
    assert first == pytest.approx(100, abs=1)
    assert 100 + PENALTY <= second <= 100 + PENALTY + PENALTY
    assert world.is_live


def test_where_no_time_is_given_the_waits_grow(tmp_path: Path) -> None:
    world = started(tmp_path)
    hidden = ("retry-after", "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-window")
    world.direct.reword = lambda headers: {k: v for k, v in headers.items() if k not in hidden}
    world.run_well(100)
    spend_the_limit(world)
    cut_all(world)
    asked = len(world.direct.times)
    world.run_well(1500)
    assert world.is_live
    refused = world.direct.statuses[asked:].count(429)
    # From one second, doubling to sixty, with full jitter: a few dozen tries at the worst.
    assert 1 <= refused <= 40


def test_another_process_learns_of_the_penalty_from_the_first(tmp_path: Path) -> None:
    # The sixth run of a script within a minute waits, where its call would prolong the penalty.
    path = tmp_path / "budget.json"
    now = [EPOCH]
    limits = {"x-rate-limit-limit": "5", "x-rate-limit-window": "60"}
    for _ in range(5):
        run = AuthBudget(path, lambda: now[0])
        run.spend()
        run.learn(200, limits)
    with pytest.raises(RateLimitedError) as caught:
        AuthBudget(path, lambda: now[0]).spend()
    assert caught.value.retry_after == PENALTY
    now[0] += PENALTY
    AuthBudget(path, lambda: now[0]).spend()
