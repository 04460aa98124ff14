"""A session against a gateway that does anything in any order, and keeps the books.

The gateway of this file knows every event that happened. Whatever it does, no message is printed
twice, the session always has a deadline at which it gets on, and an event that was not printed
lies in a gap that was told.
"""

import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rc_tail.errors import AuthError, ConnectionLostError, RcTailError, UnreachableError
from rc_tail.gateway.batch_decoder import Burst
from rc_tail.gateway.commands import (
    Close,
    Connect,
    Deliver,
    FindStale,
    Gap,
    Ready,
    RenewToken,
    SendPing,
    SendText,
    SessionCommand,
    Stop,
)
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.messages import Heartbeat, Message, Notification, UnknownMessage
from rc_tail.gateway.supervision import LEAVE_WITHIN
from tests.gateway.transcript import (
    FAILED,
    RECOVERED,
    RESOLVED,
    answer,
    details,
    error,
    new_session,
)

pytestmark = pytest.mark.slow

BUFFER = 3
FOREVER = 1e9
seconds = st.sampled_from([0.0, 0.1, 1.0, 7.0, 15.0, 40.0, 200.0])
few = st.integers(0, BUFFER + 2)
shares = st.sampled_from([0.0, 0.01, 0.5, 0.99])
which = st.integers(0, 5)


@dataclass
class Wire:
    """The gateway's end of one connection.

    Attributes:
        number: The session's number for it.
        wsc: What it was asked to recover.
        requests: Subscriptions that were asked for and not answered.
        deletes: Subscriptions to be deleted, by the request.
        beats: Heartbeats to be echoed.
        subscription: The one that it serves.
    """

    number: int
    wsc: str = ""
    open: bool = False
    greeted: bool = False
    requests: list[str] = field(default_factory=list)
    deletes: dict[str, str] = field(default_factory=dict)
    beats: list[str] = field(default_factory=list)
    subscription: str = ""
    replaced: bool = False


class Gateway(RuleBasedStateMachine):
    """The other end, with the books."""

    @initialize(
        retry_for=st.sampled_from([None, FOREVER, FOREVER]),
        life=st.sampled_from([None, 30.0, 600.0, 600.0]),
        refreshable=st.sampled_from([False, False, True]),
        begins=st.sampled_from(["opening", "live", "taking over", "taken over"]),
    )
    def start(
        self, retry_for: float | None, life: float | None, refreshable: bool, begins: str
    ) -> None:
        self.now = 1000.0
        self.session = new_session(retry_for=retry_for)
        self.life, self.refreshable = life, refreshable
        self.wires: dict[int, Wire] = {}
        self.connects = 0
        self.orders: list[RenewToken | FindStale] = []
        self.subscriptions: set[str] = set()
        self.granted = 0
        self.recovers: dict[str, str] = {}  # the subscription that a wsc brings back
        self.buffer: dict[str, list[str]] = defaultdict(list)
        self.sent: dict[str, list[str]] = defaultdict(list)
        self.events = 0
        self.uuids: set[str] = set()
        self.printed: dict[str, int] = defaultdict(int)
        self.missed: dict[str, float] = {}  # when each event that was not printed happened
        self.gaps: list[Gap] = []
        self.was_ready = False
        self.stopped = False
        self.ended = False
        self.perform(self.session.start(self.now))
        if begins != "opening":
            self.all_goes_well()
        if begins.startswith("tak") and life is not None:
            self.another_connection_is_to_take_over(2 if begins == "taking over" else 3, 1)

    # What the session wants.

    def perform(self, commands: list[SessionCommand]) -> None:
        for action in commands:
            assert not self.ended, "an action behind the end"
            match action:
                case Connect(number, wsc):
                    self.connects += 1
                    assert number == self.connects
                    assert not self.stopped, "a connection behind the end"
                    self.wires[number] = Wire(number, wsc)
                    assert sum(not wire.open for wire in self.wires.values()) <= 2
                case SendText(number, text):
                    assert self.wires[number].greeted, "sent before the greeting"
                    self.hear(self.wires[number], json.loads(text)[0])
                case SendPing(number):
                    assert self.wires[number].greeted
                case Close(number):
                    self.wires.pop(number, None)
                case RenewToken() | FindStale():
                    self.orders.append(action)
                case Deliver(notifications):
                    for notification in notifications:
                        self.note_printed(notification.uuid)
                case Gap(begun, end):
                    assert begun <= end == self.now
                    self.gaps.append(action)
                case Ready():
                    self.was_ready = True
                case Stop():
                    self.ended = True
                    assert not self.wires, "a connection was left open"
                case _:
                    pass

    def hear(self, wire: Wire, meta: dict[str, Any]) -> None:
        match meta.get("method"):
            case "POST":
                wire.requests.append(meta["messageId"])
            case "DELETE":
                wire.deletes[meta["messageId"]] = meta["path"].rpartition("/")[2]
            case _:
                wire.beats.append(meta["messageId"])

    def note_printed(self, uuid: str) -> None:
        assert uuid not in self.uuids, "printed twice"
        self.uuids.add(uuid)
        name = uuid.partition("@")[0]
        self.printed[name] += 1
        self.missed.pop(name, None)

    # What happens in the world.

    def say(self, wire: Wire, *messages: Message) -> None:
        received: list[Message | Burst] = [*messages]
        due = math.inf
        events = [m.content for m in messages if isinstance(m.content, Notification)]
        if events and len(events) == len(messages):
            # As they are decoded where they come in a row.
            received = [Burst(events, messages[-1].wsc)]
            due = self.session.next_deadline() or 0.0
        commands = self.session.receive(wire.number, received, self.now)
        if [type(command) for command in commands] == [Deliver]:
            # The loop relies on it, and looks up no deadline.
            assert (self.session.next_deadline() or 0.0) >= due
        self.perform(commands)

    def stamp(self) -> str:
        return datetime.fromtimestamp(1.7e9 + self.now, UTC).isoformat()

    def copy(self, name: str, subscription: str) -> Message:
        """An event as one of the subscriptions has it."""
        body = json.dumps({"event": RESOLVED[0], "body": {"name": name}}).encode()
        uuid = f"{name}@{subscription}"
        return Message(
            Notification(uuid, RESOLVED[0], self.stamp(), body, subscription_id=subscription)
        )

    def happens(self, *, lost_on: Wire | None = None, unread: bool = False) -> None:
        """An event happens, and comes on every connection that is subscribed but one."""
        self.events += 1
        name = f"e{self.events}"
        if self.was_ready and not self.stopping:
            self.missed[name] = self.now
        served = {w.subscription: w for w in self.wires.values() if w.greeted and w.subscription}
        for subscription in sorted(self.subscriptions):
            wire = served.get(subscription)
            if wire is None or (wire is lost_on and not unread):
                self.buffer[subscription].append(name)
            elif wire is not lost_on:
                self.sent[subscription].append(name)
                self.say(wire, self.copy(name, subscription))
        if lost_on is None and served.keys() & self.subscriptions and not self.stopping:
            # With three connections at once a copy may be printed as well: in doubt it is.
            most = 1 if len(self.wires) <= 2 else len(served)
            assert 1 <= self.printed[name] <= most, "an event that came was not printed once"

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end, or decided so itself and only cleans up."""
        return self.stopped or self.session.is_stopping

    def pick(self, number: int, **wanted: bool) -> Wire | None:
        """One of the connections that are as wanted."""
        fitting = [
            wire
            for _, wire in sorted(self.wires.items())
            if all(bool(getattr(wire, name)) == value for name, value in wanted.items())
        ]
        return fitting[number % len(fitting)] if fitting else None

    # Time.

    @precondition(lambda self: not self.ended)
    @rule(late=seconds)
    def time_passes_to_the_deadline(self, late: float) -> None:
        due = self.session.next_deadline()
        assert due is not None
        self.now = max(self.now, due + late)
        for _ in range(8):
            self.perform(self.session.tick(self.now))
            due = self.session.next_deadline()
            if due is None or due > self.now:
                return
        raise AssertionError("a deadline that never ends")

    @precondition(lambda self: not self.ended)
    @rule(share=shares)
    def some_time_passes(self, share: float) -> None:
        self.pass_time(share)
        self.perform(self.session.tick(self.now))

    def pass_time(self, share: float) -> None:
        """Let a share of the time to the next deadline pass."""
        due = self.session.next_deadline()
        if due is not None:
            self.now += max(0.0, due - self.now) * share

    @precondition(lambda self: not self.ended)
    @rule(slept=st.sampled_from([11.0, 100.0, 5000.0]))
    def the_machine_sleeps(self, slept: float) -> None:
        self.now += slept
        self.perform(self.session.woke(self.now))

    # Without these the walk would hardly ever come far.

    @precondition(lambda self: not self.ended and not self.stopped)
    @rule(recovers=st.booleans())
    def it_goes_well_for_a_while(self, recovers: bool) -> None:
        self.all_goes_well(recovers=recovers)

    def all_goes_well(self, *, recovers: bool = True) -> None:
        if not self.wires and not self.ended:
            due = self.session.next_deadline()
            assert due is not None
            self.now = max(self.now, due)
            self.perform(self.session.tick(self.now))
        for wire in list(self.wires.values()):
            if not wire.open:
                self.open(wire)
            if wire.open and not wire.greeted:
                self.greet(wire, recovers=recovers, again=1, received=BUFFER)
            while wire.beats and wire.number in self.wires:
                self.say(wire, Message(Heartbeat(wire.beats.pop(0))))
            while wire.requests and wire.number in self.wires:
                self.grant(wire, wire.requests.pop(0))

    @precondition(lambda self: self.life is not None and not self.ended and not self.stopped)
    @rule(steps=st.integers(0, 4), events=few)
    def another_connection_is_to_take_over(self, steps: int, events: int) -> None:
        """It comes so many steps far: opened, greeted, confirmed, the old one's answer."""
        self.all_goes_well()
        before = self.connects
        self.nothing_happens_until_the_token_ends()
        wire = self.wires.get(self.connects) if self.connects > before else None
        for step in range(steps if wire else 0):
            for _ in range(events):
                self.happens()
            if wire is not None and wire.number in self.wires:
                self.takes(step, wire)
        for _ in range(events):
            self.happens()

    def takes(self, step: int, wire: Wire) -> None:
        if step == 0 and not wire.open:
            self.open(wire)
        elif step == 1 and wire.open and not wire.greeted:
            self.greet(wire, recovers=False, again=0, received=0)
        elif step == 2 and wire.requests:
            self.grant(wire, wire.requests.pop(0))
        elif step == 3:
            self.it_answers_a_delete(0, 204)

    def nothing_happens_until_the_token_ends(self) -> None:
        until = self.now + (self.life or 0)
        before = self.connects + len(self.orders)
        while (due := self.session.next_deadline()) is not None and due < until:
            self.now = max(self.now, due)
            self.perform(self.session.tick(self.now))
            for wire in list(self.wires.values()):
                self.session.frame_came(wire.number, self.now)
                while wire.beats and wire.number in self.wires:
                    self.say(wire, Message(Heartbeat(wire.beats.pop(0))))
            if self.connects + len(self.orders) != before:
                break

    # Connections.

    @rule(number=which, keeps_oauth=st.booleans())
    def it_opens(self, number: int, keeps_oauth: bool) -> None:
        if wire := self.pick(number, open=False):
            self.open(wire, keeps_oauth=keeps_oauth)

    def open(self, wire: Wire, *, keeps_oauth: bool = True) -> None:
        wire.open = True
        if not keeps_oauth:
            wire.wsc = ""
        life = None
        if self.life is not None:
            life = TokenLife(self.now + self.life, self.life, self.refreshable)
        used = bool(wire.wsc)
        self.perform(
            self.session.opened(
                wire.number, oauth_session="o", used_wsc=used, now=self.now, token=life
            )
        )

    @rule(
        number=which,
        failure=st.sampled_from([UnreachableError("no network"), ConnectionLostError("refused")]),
    )
    def it_cannot_be_opened(self, number: int, failure: RcTailError) -> None:
        if wire := self.pick(number, open=False):
            del self.wires[wire.number]
            self.perform(self.session.open_failed(wire.number, failure, self.now))

    @precondition(lambda self: self.connects > 4)
    @rule(number=which)
    def the_login_is_refused(self, number: int) -> None:
        self.it_cannot_be_opened(number, AuthError("no"))

    @rule(number=which, on_its_way=few, unnoticed=shares)
    def it_is_cut(self, number: int, on_its_way: int, unnoticed: float) -> None:
        if wire := self.pick(number, open=True):
            self.cut(wire, on_its_way, unnoticed)

    def cut(self, wire: Wire, on_its_way: int = 0, unnoticed: float = 0) -> None:
        for _ in range(on_its_way):
            self.happens(lost_on=wire)
        self.pass_time(unnoticed)
        lost = ConnectionLostError("cut")
        self.perform(self.session.connection_lost(wire.number, lost, self.now))

    @precondition(lambda self: not self.stopped)
    @rule(number=which, on_its_way=few, unnoticed=shares, meanwhile=few)
    def it_is_cut_and_recovers(
        self, number: int, on_its_way: int, unnoticed: float, meanwhile: int
    ) -> None:
        if wire := self.pick(number, open=True):
            self.cut(wire, on_its_way, unnoticed)
            for _ in range(meanwhile):
                self.happens()
            self.all_goes_well()

    @rule(count=few)
    def events_happen(self, count: int) -> None:
        for _ in range(count):
            self.happens()

    @precondition(lambda self: self.connects > 0)
    @rule(number=which)
    def a_connection_of_the_past_speaks(self, number: int) -> None:
        old = self.connects - number
        if old in self.wires:
            return
        lost = ConnectionLostError("late")
        assert self.session.receive(old, [self.copy("late", "")], self.now) == []
        assert self.session.connection_lost(old, lost, self.now) == []
        assert self.session.message_dropped(old, "late", self.now) == []
        assert self.session.open_failed(old, lost, self.now) == []
        assert self.session.stale_found(old, ["late"], self.now) == []
        assert self.session.renewal_failed(old, lost, self.now) == []
        late = self.session.opened(old, oauth_session="", used_wsc=False, now=self.now)
        assert late == [Close(old)]

    @precondition(lambda self: self.orders)
    @rule(well=st.booleans(), final=st.booleans())
    def a_worker_is_done(self, well: bool, final: bool) -> None:
        order = self.orders.pop(0)
        if isinstance(order, FindStale):
            found = ["old-1", "old-2"] if well else []
            self.perform(self.session.stale_found(order.link, found, self.now))
        elif well:
            life = TokenLife(self.now + (self.life or 9), self.life or 9, self.refreshable)
            self.perform(self.session.token_renewed(order.link, life, self.now))
        else:
            failure = AuthError("ended") if final else UnreachableError("no network")
            self.perform(self.session.renewal_failed(order.link, failure, self.now))

    # The greeting.

    @rule(number=which, recovers=st.booleans(), again=st.integers(0, 2), received=few)
    def it_greets(self, number: int, recovers: bool, again: int, received: int) -> None:
        if wire := self.pick(number, open=True, greeted=False):
            self.greet(wire, recovers=recovers, again=again, received=received)

    def greet(self, wire: Wire, *, recovers: bool, again: int, received: int) -> None:
        wire.greeted = True
        token, brought = f"wsc-{wire.number}", self.recovers.get(wire.wsc, "")
        if recovers and brought in self.subscriptions:
            wire.subscription = self.recovers[token] = brought
            self.say(wire, details(RECOVERED, wsc=token, buffer=BUFFER))
            self.replay(wire, again, received)
        else:
            state = FAILED if wire.wsc else ""
            self.say(wire, details(state, wsc=token, buffer=BUFFER))

    def replay(self, wire: Wire, again: int, received: int) -> None:
        # The newest win; some that arrived before the cut may be sent once more.
        sure = self.sent[wire.subscription][-again:] if again else []
        replayed = [*sure, *self.buffer[wire.subscription]][-BUFFER:]
        came = replayed[:received]
        self.say(wire, *(self.copy(name, wire.subscription) for name in came))
        if received < len(replayed):
            # The rest was on its way when the connection broke.
            self.cut(wire)
        else:
            self.sent[wire.subscription] += self.buffer.pop(wire.subscription, [])

    @rule(number=which)
    def it_refuses_to_greet(self, number: int) -> None:
        if wire := self.pick(number, open=True, greeted=False):
            self.say(wire, error("WSG-400"))

    # Messages.

    @rule(
        number=which,
        status=st.sampled_from([200, 200, 200, 200, 401, 429, 503, 403, 505]),
        as_error=st.booleans(),
        told=st.booleans(),
    )
    def it_answers_the_subscription(
        self, number: int, status: int, as_error: bool, told: bool
    ) -> None:
        wire = self.pick(number, requests=True)
        if wire is None:
            return
        request = wire.requests.pop(0)
        if status == 200:
            self.grant(wire, request, RESOLVED if told else None)
            return
        if status == 403 and self.connects < 4:
            status = 503
        code = "SUB-505" if status == 505 else "X"
        status = 403 if status == 505 else status
        body = {"errorCode": code}
        refusal = error(code, request, status) if as_error else answer(request, status, **body)
        self.say(wire, refusal)

    def grant(self, wire: Wire, request: str, filters: list[str] | None = None) -> None:
        self.granted += 1
        # A second subscription on one connection replaces the first.
        self.subscriptions.discard(wire.subscription)
        wire.subscription = f"sub-{self.granted}"
        self.subscriptions.add(wire.subscription)
        self.recovers[f"wsc-{wire.number}"] = wire.subscription
        known: dict[str, Any] = {"id": wire.subscription, "creationTime": self.stamp()}
        self.say(wire, answer(request, eventFilters=filters, **known))

    @rule(number=which, status=st.sampled_from([204, 204, 404, 500]))
    def it_answers_a_delete(self, number: int, status: int) -> None:
        if wire := self.pick(number, deletes=True):
            request = next(iter(wire.deletes))
            deleted = wire.deletes.pop(request)
            if status != 500:
                self.subscriptions.discard(deleted)
            self.say(wire, answer(request, status))

    @rule(number=which)
    def it_echoes(self, number: int) -> None:
        if wire := self.pick(number, beats=True):
            self.say(wire, Message(Heartbeat(wire.beats.pop(0))))

    @rule(number=which, why=st.sampled_from(["it is not JSON", "it is too large"]))
    def an_event_cannot_be_read(self, number: int, why: str) -> None:
        if wire := self.pick(number, greeted=True, subscription=True):
            self.happens(lost_on=wire, unread=True)
            self.perform(self.session.message_dropped(wire.number, why, self.now))

    @rule(number=which, unseen=few, unnoticed=shares)
    def another_client_replaces_the_subscription(
        self, number: int, unseen: int, unnoticed: float
    ) -> None:
        wire = self.pick(number, greeted=True, subscription=True, replaced=False)
        if wire is None:
            return
        wire.replaced = True
        self.subscriptions.discard(wire.subscription)
        wire.subscription = ""
        for _ in range(unseen):
            self.happens()
        self.pass_time(unnoticed)
        self.session.frame_came(wire.number, self.now)
        self.say(wire, self.copy(f"x{wire.number}", "sub-of-another"))

    @rule(number=which)
    def it_pongs(self, number: int) -> None:
        if wire := self.pick(number, open=True):
            self.session.frame_came(wire.number, self.now)

    @rule(
        number=which,
        message=st.sampled_from(
            [
                Message(UnknownMessage("Riddle")),
                Message(Heartbeat("theirs")),
                answer("nobody"),
                answer("", 500),
                error("WSG-902"),
                details(wsc=""),
                details(buffer=BUFFER, wsc="unknown", sequence=99),
            ]
        ),
    )
    def it_says_something_odd(self, number: int, message: Message) -> None:
        if wire := self.pick(number, greeted=True):
            self.say(wire, message)

    # The end.

    @precondition(lambda self: self.events > 9 and not self.stopped)
    @rule(failed=st.booleans())
    def it_is_stopped(self, failed: bool) -> None:
        self.stop(RcTailError("disk full") if failed else None)

    def stop(self, failure: RcTailError | None = None) -> None:
        commands = self.session.stop(self.now, failure)
        self.stopped = True
        self.perform(commands)

    @precondition(lambda self: self.ended)
    @rule()
    def the_end_is_final(self) -> None:
        self.perform(self.session.woke(self.now))
        self.perform(self.session.tick(self.now))
        self.perform(self.session.stop(self.now))

    @invariant()
    def a_deadline_is_in_reach(self) -> None:
        assert (self.session.next_deadline() is None) == self.ended

    def teardown(self) -> None:
        if not hasattr(self, "session"):
            return
        self.stop()
        until = self.now + LEAVE_WITHIN
        while not self.ended:
            due = self.session.next_deadline()
            assert due is not None
            self.now = max(self.now, due)
            assert self.now <= until, "it does not end"
            self.perform(self.session.tick(self.now))
        for name, happened in self.missed.items():
            assert any(admits(gap, happened) for gap in self.gaps), f"{name} is lost silently"


def admits(gap: Gap, happened: float) -> bool:
    """Whether a gap says that an event of this time may be lost."""
    return gap.start <= happened <= gap.end and (gap.overflow or not gap.recovered)


Gateway.TestCase.settings = settings(
    max_examples=120,
    stateful_step_count=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
test_any_order_of_things = Gateway.TestCase
