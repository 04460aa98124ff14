"""The client's rules joined with the simulator's: whatever happens, every event is accounted for.

The simulator knows every event that it told. Whatever is cut, delayed, refused, revoked, spoiled or
restarted, no uuid is printed twice, and an event that was not printed lies in a gap that was told.
"""

import contextlib
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import rc_tail.tail.dialer
from rc_tail.errors import (
    HandshakeRefusedError,
    RateLimitedError,
    RcTailError,
    TemporaryError,
    UnreachableError,
)
from rc_tail.gateway.commands import Gap, TookOver
from rc_tail.simulator.service.options import Options
from tests.gateway.joined import Wire, World, open_address

pytestmark = pytest.mark.slow

BUFFER = 4
# The longest that a session may want to sleep: an order may take two minutes, and so may a
# penalty with the time that is added to spread clients out.
LONGEST = 121.0
FAILURES = (
    UnreachableError("no network"),
    TemporaryError("the service is unwell"),
    RateLimitedError("too many", retry_after=30.0),
    HandshakeRefusedError("no", status=503),
)

which = st.integers(0, 5)
some = st.integers(1, 4)
living = precondition(lambda self: self.world.stop is None)


@pytest.fixture(autouse=True)
def _joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rc_tail.tail.dialer, "open_connection", open_address)
    # No disk is waited for: nobody pulls a plug here.
    monkeypatch.setattr(os, "fsync", lambda _: None)


class Joined(RuleBasedStateMachine):
    """A client and a RingCentral."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="rc-tail-joined-")

    @initialize(
        seed=st.integers(0, 3),
        delayed=st.booleans(),
        refreshes=st.booleans(),
        enforced=st.booleans(),
        everywhere=st.booleans(),
        life=st.sampled_from([40.0, 120.0, 3600.0]),
        absolute=st.sampled_from([90.0, 900.0, 86400.0]),
        idle=st.sampled_from([70.0, 1800.0]),
        ready=st.booleans(),
    )
    def begin(
        self,
        seed: int,
        delayed: bool,
        refreshes: bool,
        enforced: bool,
        everywhere: bool,
        life: float,
        absolute: float,
        idle: float,
        ready: bool,
    ) -> None:
        options = Options(
            refresh_tokens=refreshes,
            enforce_limits=enforced,
            wsc_everywhere=everywhere,
            access_token_ttl=life,
            absolute_timeout=absolute,
            idle_timeout=idle,
            recovery_buffer=BUFFER,
            # What is cut on its way is lost, unless the service sends again what it sent before.
            replay_delivered=BUFFER if delayed else 0,
        )
        self.world = World(Path(self.folder.name), options, seed=seed, delayed=delayed)
        self.world.start()
        if ready:
            self.world.run_well(1)
            assert self.world.is_live

    def pick(self, number: int) -> Wire | None:
        wires = list(self.world.wires.values())
        return wires[number % len(wires)] if wires else None

    # Events.

    @living
    @rule(count=some)
    def events_happen(self, count: int) -> None:
        for _ in range(count):
            self.world.happen()

    @living
    @rule(number=which, most=some)
    def a_wire_lets_something_through(self, number: int, most: int) -> None:
        if wire := self.pick(number):
            self.world.let_through(wire, most)

    @living
    @rule()
    def everything_gets_through(self) -> None:
        self.world.flow()

    @living
    @rule(number=which)
    def an_event_arrives_spoiled(self, number: int) -> None:
        if wire := self.pick(number):
            self.world.spoil(wire)

    # Time.

    @living
    @rule(late=st.sampled_from([0.0, 0.0, 0.2, 5.0, 300.0]))
    def time_passes_to_the_deadline(self, late: float) -> None:
        due = self.world.session.next_deadline()
        assert due is not None
        self.world.pass_time(due + late)
        for _ in range(8):
            due = self.world.session.next_deadline()
            if due is None or due > self.world.now:
                return
            self.world.pass_time(self.world.now)
        raise AssertionError("a deadline that never ends")

    @living
    @rule(seconds=st.sampled_from([0.01, 1.0, 7.0, 15.0]))
    def some_time_passes(self, seconds: float) -> None:
        self.world.pass_time(self.world.now + seconds)

    @living
    @rule(seconds=st.sampled_from([1.0, 30.0, 100.0]), events=some)
    def all_goes_well_for_a_while(self, seconds: float, events: int) -> None:
        for _ in range(events):
            self.world.run_well(self.world.now + seconds / events)
            self.world.happen()

    @living
    @rule(seconds=st.sampled_from([20.0, 170.0, 4000.0]))
    def the_machine_sleeps(self, seconds: float) -> None:
        self.world.clock.now += seconds
        self.world.perform(self.world.session.woke(self.world.now))

    # Connections.

    @precondition(lambda self: self.world.orders and self.world.stop is None)
    @rule()
    def an_order_is_carried_out(self) -> None:
        self.world.work()

    @precondition(lambda self: self.world.orders and self.world.stop is None)
    @rule(failure=st.sampled_from(FAILURES))
    def an_order_fails(self, failure: RcTailError) -> None:
        self.world.fail(failure)

    @living
    @rule(number=which, server_knows=st.booleans())
    def a_wire_breaks(self, number: int, server_knows: bool) -> None:
        if wire := self.pick(number):
            self.world.cut(wire, server_knows=server_knows or not self.world.delayed)

    @living
    @rule(number=which)
    def a_wire_falls_silent(self, number: int) -> None:
        if self.world.delayed and (wire := self.pick(number)):
            wire.is_silent = True

    @living
    @rule(number=which)
    def the_service_falls_silent(self, number: int) -> None:
        connections = list(self.world.service.gateway.connections())
        if connections:
            connections[number % len(connections)].muted = True

    @living
    @rule(code=st.sampled_from(["WSG-1003", "WSG-1005"]))
    def the_next_recovery_fails(self, code: str) -> None:
        self.world.service.gateway.recovery.forced_codes.append(code)

    # Tokens.

    @living
    @rule()
    def an_oauth_session_is_revoked(self) -> None:
        newest = self.world.service.sessions.newest()
        if newest is not None:
            self.world.service.sessions.end(newest)
            self.world._collect()

    @living
    @rule()
    def a_login_is_revoked_and_its_socket_stays(self) -> None:
        newest = self.world.service.sessions.newest()
        if newest is not None:
            self.world.service.sessions.end(newest, revoked=True)
            self.world._collect()

    @living
    @rule()
    def somebody_else_logs_in(self) -> None:
        with contextlib.suppress(RateLimitedError):
            self.world.tokens.login()
        self.world.pass_time(self.world.now + 0.01)

    # Restarts, and the end.

    @precondition(lambda self: self.world.readies and self.world.stop is None)
    @rule(kept=st.booleans())
    def the_program_is_started_again(self, kept: bool) -> None:
        self.world.restart(kept=kept)

    @precondition(lambda self: self.world.stop is not None)
    @rule()
    def the_end_is_final(self) -> None:
        session, now = self.world.session, self.world.now
        assert [*session.tick(now), *session.woke(now), *session.stop(now)] == []

    @invariant()
    def a_deadline_is_in_reach(self) -> None:
        if not hasattr(self, "world"):
            return
        due = self.world.session.next_deadline()
        assert (due is None) == (self.world.stop is not None)
        assert due is None or due <= self.world.now + LONGEST

    def teardown(self) -> None:
        with self.folder:
            if hasattr(self, "world"):
                self.account()

    def account(self) -> None:
        """When everything works again, events come; then nothing is unaccounted for."""
        world = self.world
        world.service.gateway.recovery.forced_codes.clear()
        for wire in world.wires.values():
            wire.is_silent = False
        if world.stop is None:
            world.run_well(world.now + 400)
            assert world.is_live, "it does not get on"
            last = world.happen()
            world.settle()
            assert world.printed[last] == 1, "it is deaf"
            world.perform(world.session.stop(world.now))
            world.run_well(world.now + 3)
        assert world.stop is not None, "it does not end"
        assert world.stop.error is None, world.stop.error
        assert world.lost_in_silence() == []
        assert world.printed_twice() == []


Joined.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    # To shrink a failure takes minutes, and the first one found is a transcript already.
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
test_every_event_is_accounted_for = Joined.TestCase


def test_take_overs_leave_no_gap_and_print_every_event_once(tmp_path: Path) -> None:
    options = Options(access_token_ttl=60.0, enforce_limits=True)
    world = World(tmp_path, options)
    world.start()
    for second in range(1, 600):
        world.run_well(second)
        world.happen()
    assert set(world.printed.values()) == {1}
    assert len(world.printed) == 599
    assert world.gaps == []
    assert sum(isinstance(action, TookOver) for action in world.told) > 9
    assert set(world.direct.statuses) == {200}


def test_a_loss_would_be_found(tmp_path: Path) -> None:
    # A proof that cannot fail proves nothing.
    world = World(tmp_path)
    world.start()
    world.run_well(1)
    world.seen.add("1772443800000000000")
    world.happen()
    assert world.lost_in_silence() == ["e1"]
    world.gaps.append(Gap(0.5, 2.0, "a test", recovered=True))
    assert world.lost_in_silence() == ["e1"]
    world.gaps.append(Gap(0.5, 2.0, "a test", recovered=True, overflow=True))
    assert world.lost_in_silence() == []
