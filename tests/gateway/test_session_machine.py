"""A session against a gateway that does anything in any order, and keeps the books.

The gateway of this file knows every event that happened. Whatever it does, no event is printed
twice, the session always has a deadline at which it gets on, and an event that was not printed
lies in a gap that was told.
"""

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rc_tail.errors import AuthError, ConnectionLostError, RcTailError, UnreachableError
from rc_tail.gateway.actions import (
    Action,
    Close,
    Connect,
    Deliver,
    Gap,
    Ready,
    SendPing,
    SendText,
    Stop,
)
from rc_tail.gateway.link import LEAVE_WITHIN
from rc_tail.gateway.messages import Heartbeat, Message, UnknownMessage
from tests.gateway.talk import (
    FAILED,
    RECOVERED,
    RESOLVED,
    answer,
    details,
    error,
    event,
    new_session,
)

BUFFER = 3
FOREVER = 1e9
seconds = st.sampled_from([0.0, 0.1, 1.0, 7.0, 15.0, 40.0, 200.0])
few = st.integers(0, BUFFER + 2)
shares = st.sampled_from([0.0, 0.01, 0.5, 0.99])


class Gateway(RuleBasedStateMachine):
    """The other end, with the books."""

    @initialize(retry_for=st.sampled_from([None, FOREVER, FOREVER]), well=st.booleans())
    def start(self, retry_for: float | None, well: bool) -> None:
        self.now = 1000.0
        self.session = new_session(retry_for=retry_for)
        self.link = 0
        self.link_is_up = False
        self.open = False
        self.greeted = False
        self.wsc = ""
        self.requests: list[str] = []  # POSTs that were not answered
        self.deletes: list[str] = []
        self.beats: list[str] = []
        self.subscription = ""  # the one that this connection serves
        self.subscriptions = 0
        self.replaced: set[int] = set()
        self.events = 0
        self.printed: set[str] = set()
        self.missed: dict[str, float] = {}  # when each event that was not printed happened
        self.buffer: list[str] = []
        self.gaps: list[Gap] = []
        self.was_ready = False
        self.stopped_at: float | None = None
        self.ended = False
        self.perform(self.session.start(self.now))
        if well:
            self.all_goes_well()

    # What the session wants.

    def perform(self, actions: list[Action]) -> None:
        for action in actions:
            assert not self.ended, "an action behind the end"
            match action:
                case Connect(link, wsc):
                    assert link == self.link + 1
                    assert not self.link_is_up, "two connections at once"
                    self.link, self.link_is_up = link, True
                    self.open = self.greeted = False
                    self.wsc, self.subscription = wsc, ""
                case SendText(link, text):
                    assert link == self.link
                    assert self.greeted, "sent before the greeting"
                    self.hear(json.loads(text)[0])
                case SendPing(link):
                    assert (link, self.greeted) == (self.link, True)
                case Close(link):
                    if link == self.link:
                        self.link_is_up = self.open = self.greeted = False
                        self.requests, self.deletes, self.beats = [], [], []
                case Deliver(notifications):
                    for notification in notifications:
                        assert notification.uuid not in self.printed, "printed twice"
                        self.printed.add(notification.uuid)
                        self.missed.pop(notification.uuid, None)
                case Gap():
                    assert action.start <= action.end == self.now
                    self.gaps.append(action)
                case Ready():
                    self.was_ready = True
                case Stop():
                    self.ended = True
                case _:
                    pass

    def hear(self, meta: dict[str, Any]) -> None:
        queue = {"POST": self.requests, "DELETE": self.deletes}.get(meta.get("method", ""))
        (self.beats if queue is None else queue).append(meta["messageId"])

    def say(self, *messages: Message) -> None:
        self.perform(self.session.receive(self.link, messages, self.now))

    def new_event(self) -> str:
        self.events += 1
        uuid = f"e{self.events}"
        if self.was_ready and self.stopped_at is None:
            self.missed[uuid] = self.now
            self.buffer.append(uuid)
        return uuid

    # Time.

    @precondition(lambda self: not self.ended)
    @rule(late=seconds)
    def time_passes_to_the_deadline(self, late: float) -> None:
        due = self.session.next_deadline()
        assert due is not None
        self.now = max(self.now, due + late)
        for _ in range(4):
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
        assert due is not None
        self.now += max(0.0, due - self.now) * share

    @precondition(lambda self: not self.ended)
    @rule(slept=st.sampled_from([11.0, 100.0, 5000.0]))
    def the_machine_sleeps(self, slept: float) -> None:
        self.now += slept
        self.perform(self.session.woke(self.now))

    # Without this the walk would hardly ever come far.

    @precondition(lambda self: not self.ended and self.stopped_at is None)
    @rule(recovers=st.booleans())
    def it_goes_well_for_a_while(self, recovers: bool) -> None:
        self.all_goes_well(recovers=recovers)

    def all_goes_well(self, *, recovers: bool = True) -> None:
        if not self.link_is_up:
            due = self.session.next_deadline()
            assert due is not None
            self.now = max(self.now, due)
            self.perform(self.session.tick(self.now))
        if self.link_is_up and not self.open:
            self.opens()
        if self.open and not self.greeted:
            self.greets(recovers, 1, BUFFER)
        while self.beats or self.requests:
            if self.beats:
                self.say(Message(Heartbeat(self.beats.pop(0))))
            if self.requests:
                self.grant(self.requests.pop(0))

    # Connections.

    @precondition(lambda self: self.link_is_up and not self.open)
    @rule(keeps_oauth=st.booleans())
    def it_opens(self, keeps_oauth: bool) -> None:
        self.opens(keeps_oauth)

    def opens(self, keeps_oauth: bool = True) -> None:
        self.open = True
        if not keeps_oauth:
            self.wsc = ""
        self.perform(
            self.session.opened(self.link, oauth_session="o", used_wsc=bool(self.wsc), now=self.now)
        )

    @precondition(lambda self: self.link_is_up and not self.open)
    @rule(failure=st.sampled_from([UnreachableError("no network"), ConnectionLostError("refused")]))
    def it_cannot_be_opened(self, failure: RcTailError) -> None:
        self.link_is_up = False
        self.perform(self.session.open_failed(self.link, failure, self.now))

    @precondition(lambda self: self.link_is_up and not self.open and self.link > 3)
    @rule()
    def the_login_is_refused(self) -> None:
        self.link_is_up = False
        self.perform(self.session.open_failed(self.link, AuthError("no"), self.now))

    @precondition(lambda self: self.open)
    @rule(on_its_way=few, unnoticed=shares)
    def it_is_cut(self, on_its_way: int, unnoticed: float) -> None:
        self.cut(on_its_way, unnoticed)

    def cut(self, on_its_way: int, unnoticed: float) -> None:
        for _ in range(on_its_way):
            self.new_event()
        self.pass_time(unnoticed)
        self.perform(self.session.connection_lost(self.link, ConnectionLostError("cut"), self.now))

    @precondition(lambda self: self.open and self.stopped_at is None)
    @rule(on_its_way=few, unnoticed=shares, meanwhile=few, again=st.booleans())
    def it_is_cut_and_recovers(
        self, on_its_way: int, unnoticed: float, meanwhile: int, again: bool
    ) -> None:
        self.cut(on_its_way, unnoticed)
        if self.ended:
            return
        for _ in range(meanwhile):
            self.new_event()
        self.all_goes_well()
        if again and self.open:
            self.cut(0, 0)

    @precondition(lambda self: not self.ended and not self.greeted)
    @rule(count=few)
    def events_happen_meanwhile(self, count: int) -> None:
        for _ in range(count):
            self.new_event()

    @precondition(lambda self: self.link > 1)
    @rule()
    def a_connection_of_the_past_speaks(self) -> None:
        old = self.link - 1
        assert self.session.receive(old, [event("late")], self.now) == []
        assert self.session.connection_lost(old, ConnectionLostError("late"), self.now) == []
        assert self.session.message_dropped(old, "late", self.now) == []
        assert self.session.open_failed(old, UnreachableError("late"), self.now) == []
        assert self.session.opened(old, oauth_session="", used_wsc=False, now=self.now) == [
            Close(old)
        ]

    # The greeting.

    @precondition(lambda self: self.open and not self.greeted)
    @rule(recovers=st.booleans(), again=st.integers(0, 2), received=few)
    def it_greets(self, recovers: bool, again: int, received: int) -> None:
        self.greets(recovers, again, received)

    def greets(self, recovers: bool, again: int, received: int) -> None:
        self.greeted = True
        if not self.wsc:
            self.say(details(wsc=f"wsc-{self.link}", buffer=BUFFER))
        elif not recovers:
            self.buffer.clear()
            self.say(details(FAILED, wsc=f"wsc-{self.link}", buffer=BUFFER))
        else:
            self.subscription = f"sub-{self.subscriptions}"
            self.say(details(RECOVERED, wsc=f"wsc-{self.link}", buffer=BUFFER))
            self.replay(again, received)

    def replay(self, again: int, received: int) -> None:
        # The newest win; some that arrived before the cut may be sent once more.
        sure = sorted(self.printed, key=lambda uuid: int(uuid[1:]))[-again:] if again else []
        kept = [uuid for uuid in self.buffer if uuid in self.missed]
        replayed = [*sure, *kept][-BUFFER:]
        self.say(*(event(uuid, self.subscription) for uuid in replayed[:received]))
        if received < len(replayed):
            # The rest was on its way when the connection broke.
            self.perform(
                self.session.connection_lost(self.link, ConnectionLostError("cut"), self.now)
            )
        else:
            self.buffer.clear()

    @precondition(lambda self: self.open and not self.greeted)
    @rule()
    def it_refuses_to_greet(self) -> None:
        self.say(error("WSG-400"))

    # Messages.

    @precondition(lambda self: self.requests)
    @rule(
        status=st.sampled_from([200, 200, 200, 200, 401, 429, 503, 403]),
        as_error=st.booleans(),
        told=st.booleans(),
    )
    def it_answers_the_subscription(self, status: int, as_error: bool, told: bool) -> None:
        request = self.requests.pop(0)
        if status == 403 and self.link < 3:
            status = 503
        if status != 200:
            refusal = error("X", request, status) if as_error else answer(request, status)
            self.say(refusal)
            return
        self.grant(request, RESOLVED if told else None)

    def grant(self, request: str, filters: list[str] | None = None) -> None:
        self.subscriptions += 1
        self.subscription = f"sub-{self.subscriptions}"
        self.buffer.clear()
        self.say(answer(request, id=self.subscription, eventFilters=filters))

    @precondition(lambda self: self.deletes)
    @rule(status=st.sampled_from([204, 204, 404, 500]))
    def it_answers_a_delete(self, status: int) -> None:
        self.say(answer(self.deletes.pop(0), status))

    @precondition(lambda self: self.beats)
    @rule()
    def it_echoes(self) -> None:
        self.say(Message(Heartbeat(self.beats.pop(0))))

    @precondition(lambda self: self.greeted and self.subscription)
    @rule(count=few, twice=st.booleans())
    def events_come(self, count: int, twice: bool) -> None:
        uuids = [self.new_event() for _ in range(count)]
        if self.stopped_at is None:
            self.say(*(event(uuid, self.subscription) for uuid in uuids * (1 + twice)))
            assert not self.missed.keys() & set(uuids), "an event that came was not printed"

    @precondition(lambda self: self.greeted and self.subscription)
    @rule(why=st.sampled_from(["it is not JSON", "it is too large"]))
    def an_event_cannot_be_read(self, why: str) -> None:
        self.new_event()
        self.perform(self.session.message_dropped(self.link, why, self.now))

    @precondition(
        lambda self: self.greeted and self.subscription and self.link not in self.replaced
    )
    @rule(unseen=few, unnoticed=shares)
    def somebody_replaces_the_subscription(self, unseen: int, unnoticed: float) -> None:
        self.replaced.add(self.link)
        for _ in range(unseen):
            self.new_event()
        self.subscription = ""
        self.pass_time(unnoticed)
        self.session.frame_came(self.link, self.now)
        self.say(event(f"x{self.link}", "sub-of-somebody"))

    @precondition(lambda self: self.open)
    @rule()
    def it_pongs(self) -> None:
        self.session.frame_came(self.link, self.now)

    @precondition(lambda self: self.greeted)
    @rule(
        message=st.sampled_from(
            [
                Message(UnknownMessage("Riddle")),
                Message(Heartbeat("theirs")),
                answer("nobody"),
                answer("", 500),
                error("WSG-902"),
                details(wsc=""),
                details(buffer=BUFFER, wsc="new", sequence=99),
            ]
        )
    )
    def it_says_something_odd(self, message: Message) -> None:
        self.say(message)

    # The end.

    @precondition(lambda self: self.events > 9 and self.stopped_at is None)
    @rule(failed=st.booleans())
    def it_is_stopped(self, failed: bool) -> None:
        self.stop(RcTailError("disk full") if failed else None)

    def stop(self, failure: RcTailError | None = None) -> None:
        if self.ended:
            return
        if self.stopped_at is None:
            self.stopped_at = self.now
        self.perform(self.session.stop(self.now, failure))

    @precondition(lambda self: self.ended)
    @rule()
    def the_end_is_final(self) -> None:
        self.say(event("late"))
        self.perform(self.session.connection_lost(self.link, ConnectionLostError("x"), self.now))
        self.perform(self.session.woke(self.now))
        self.perform(self.session.stop(self.now))

    @invariant()
    def a_deadline_is_in_reach(self) -> None:
        assert (self.session.next_deadline() is None) == self.ended

    def teardown(self) -> None:
        if not hasattr(self, "session"):
            return
        self.stop()
        stopped = self.now
        while not self.ended:
            due = self.session.next_deadline()
            assert due is not None
            self.now = max(self.now, due)
            assert self.now <= stopped + LEAVE_WITHIN, "it does not end"
            self.perform(self.session.tick(self.now))
        assert self.session.tick(self.now + 1) == []
        assert self.session.woke(self.now + 1000) == []
        for uuid, happened in self.missed.items():
            assert any(admits(gap, happened) for gap in self.gaps), f"{uuid} is lost silently"


def admits(gap: Gap, happened: float) -> bool:
    """Whether a gap says that an event of this time may be lost."""
    return gap.start <= happened <= gap.end and (gap.overflow or not gap.recovered)


Gateway.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
test_any_order_of_things = Gateway.TestCase
