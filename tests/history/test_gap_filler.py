"""What is printed when, while the history is being read."""

from collections.abc import Sequence

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rc_tail.gateway.commands import Gap
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.messages import Notification
from rc_tail.history.gap_filler import (
    HOLD,
    GapFiller,
    HistoryCommand,
    PrintEvents,
    ReadPastEvents,
    ReportGap,
    ReportPastEvents,
)

SLOW = ("this takes a while; they are printed when they arrive",)
OVER = ("rc-tail exited first",)
LATER = ("rc-tail exited first; the next run with this --resume name reads them",)


def live(name: str) -> Notification:
    return Notification(name, "/e", "", b"{}")


def old(name: str) -> Notification:
    """The same, as the history tells it."""
    return Notification(f"history:{name}", "/e", "", b"{}")


class Memory:
    """Knows what was told live, and what from the history."""

    def __init__(self) -> None:
        self.live: set[str] = set()
        self.history: set[str] = set()

    def __call__(self, event: Notification) -> bool:
        name = event.uuid.removeprefix("history:")
        if name != event.uuid:
            new = name not in self.live | self.history
            self.history.add(name)
            return new
        self.live.add(name)
        return name not in self.history


def gap_of(start: float, end: float, *, recovered: bool = False, **how: bool) -> Gap:
    return Gap(start, end, "cut", recovered, **how)


GAP = gap_of(10, 20)


def names(steps: Sequence[HistoryCommand]) -> list[str]:
    return [n.uuid for step in steps if isinstance(step, PrintEvents) for n in step.notifications]


def new_filler() -> GapFiller:
    return GapFiller(Memory())


def test_what_comes_in_is_printed():
    assert new_filler().live([live("a"), live("b")]) == [live("a"), live("b")]
    assert GapFiller(None).live([live("a")]) == [live("a")]


def test_live_events_that_are_all_new_are_not_looked_at_one_by_one():
    asked: list[str] = []

    def is_new(event: Notification) -> bool:
        asked.append(event.uuid)
        return event.uuid != "b"

    events = [live("a"), live("b")]
    assert GapFiller(is_new, lambda _: True).live(events) == events
    assert asked == []
    assert GapFiller(is_new, lambda _: False).live(events) == [events[0]]
    assert asked == ["a", "b"]


def test_a_live_event_that_was_printed_from_past_events_is_counted_as_dropped():
    drops = DropCounter()
    filler = GapFiller(Memory(), drops=drops)
    filler.gap(GAP, now=20)
    filler.past_events_read(1, [old("x"), old("x")], [])
    assert drops.by_reason() == {}
    assert filler.live([live("x"), live("y")]) == [live("y")]
    assert drops.by_reason() == {"past_events": 1}


@pytest.mark.parametrize(
    ("gap", "reads"),
    [
        (gap_of(10, 20), True),
        (gap_of(10, 20, recovered=True), False),
        (gap_of(10, 20, recovered=True, overflow=True), True),
        (gap_of(10, 20, recovered=True, unsure=True), True),
    ],
)
def test_what_was_not_replayed_is_read(gap, reads):
    filler = new_filler()
    assert filler.gap(gap, now=20) == ([ReadPastEvents(1, 10, 20)] if reads else [ReportGap(gap)])
    assert filler.busy is reads


def test_what_came_live_as_well_was_not_missing():
    drops = DropCounter()
    filler = GapFiller(Memory(), drops=drops)
    filler.gap(GAP, now=20)
    assert filler.live([live("a"), live("b"), live("c")]) == ()
    assert filler.past_events_read(1, [old("x"), old("a"), old("b")], []) == [
        PrintEvents([old("x"), old("a"), old("b")]),
        ReportGap(GAP, 1),
        PrintEvents([live("c")]),
    ]
    assert drops.by_reason() == {"past_events": 2}


def test_without_a_history_a_gap_is_only_reported():
    filler = GapFiller(None)
    assert filler.gap(GAP, now=20) == [ReportGap(GAP)]
    assert filler.live([live("a")]) == [live("a")]
    assert filler.deadline() is None


def test_the_history_is_printed_before_what_comes_in_meanwhile():
    filler = new_filler()
    filler.gap(GAP, now=20)
    assert filler.live([live("new")]) == ()
    assert filler.past_events_read(1, [old("x"), old("y")], []) == [
        PrintEvents([old("x"), old("y")]),
        ReportGap(GAP, 2),
        PrintEvents([live("new")]),
    ]
    assert not filler.busy
    assert filler.deadline() is None
    assert filler.live([live("newer")]) == [live("newer")]


def test_what_was_printed_already_is_not_printed_again():
    filler = new_filler()
    filler.live([live("a")])
    filler.gap(GAP, now=20)
    filler.live([live("c")])
    # The last one of the history came in live as well.
    steps = filler.past_events_read(1, [old("a"), old("b"), old("c")], [])
    assert names(steps) == ["history:b", "history:c"]
    assert steps[1] == ReportGap(GAP, 1)
    assert filler.live([live("d")]) == [live("d")]


@pytest.mark.parametrize(
    ("records", "failures", "filled"),
    [
        ([], [], 0),
        ([], ["ReadMessages is missing"], None),
        ([old("x")], ["ReadCallLog is missing"], 1),
    ],
)
def test_what_could_not_be_read_is_reported(records, failures, filled):
    filler = new_filler()
    filler.gap(GAP, now=20)
    steps = filler.past_events_read(1, records, failures)
    assert steps[-1] == ReportGap(GAP, filled, tuple(failures))


def test_live_events_wait_for_the_history_but_not_for_long():
    filler = new_filler()
    filler.gap(GAP, now=20)
    assert filler.deadline() == 20 + HOLD
    filler.live([live("a")])
    assert filler.tick(20 + HOLD - 0.1) == []
    assert filler.tick(20 + HOLD) == [
        ReportGap(GAP, None, SLOW, closed=False),
        PrintEvents([live("a")]),
    ]
    assert filler.deadline() is None
    assert filler.live([live("b")]) == [live("b")]
    # It comes late, and is printed nevertheless.
    assert filler.past_events_read(1, [old("x")], []) == [
        PrintEvents([old("x")]),
        ReportPastEvents(1, 10, (), late=True, closes=(GAP,)),
    ]


def test_an_answer_that_is_not_awaited_is_ignored():
    filler = new_filler()
    assert filler.past_events_read(1, [old("x")], []) == []
    filler.gap(GAP, now=20)
    assert filler.past_events_read(7, [old("x")], []) == []
    assert filler.busy


def test_gaps_that_come_meanwhile_are_read_together_behind_it():
    filler = new_filler()
    filler.gap(GAP, now=20)
    second, third = gap_of(21, 22), gap_of(23, 24)
    assert filler.gap(second, now=22) == []
    assert filler.gap(third, now=24) == []
    filler.live([live("a")])
    assert filler.past_events_read(1, [old("x")], []) == [
        PrintEvents([old("x")]),
        ReportGap(GAP, 1),
        ReadPastEvents(2, 21, 24),
    ]
    # What waits has waited since the first gap.
    assert filler.deadline() == 20 + HOLD
    assert filler.past_events_read(2, [old("y"), old("z")], []) == [
        PrintEvents([old("y"), old("z")]),
        ReportGap(second, 2),
        ReportGap(third, 0),
        PrintEvents([live("a")]),
    ]


def test_several_gaps_whose_history_cannot_be_read():
    filler = new_filler()
    filler.gap(GAP, now=20)
    second, third = gap_of(21, 22), gap_of(23, 24)
    filler.gap(second, now=22)
    filler.gap(third, now=24)
    filler.past_events_read(1, [], [])
    assert filler.past_events_read(2, [], ["no"]) == [
        ReportGap(second, None, ("no",)),
        ReportGap(third, None, ("no",)),
    ]


def test_the_history_that_was_requested_is_waited_for():
    filler = new_filler()
    assert filler.since(5, now=20) == [ReadPastEvents(1, 5, 20)]
    assert filler.live([live("a")]) == ()
    assert filler.deadline() is None
    assert filler.tick(20 + 100 * HOLD) == []
    assert filler.past_events_read(1, [old("x")], ["no calls"]) == [
        PrintEvents([old("x")]),
        ReportPastEvents(1, 5, ("no calls",), late=False),
        PrintEvents([live("a")]),
    ]


def test_a_gap_in_the_middle_of_the_history_is_read_behind_it():
    filler = new_filler()
    filler.since(5, now=20)
    filler.live([live("a")])
    gap = gap_of(21, 22)
    assert filler.gap(gap, now=22) == []
    # Nothing is let through before the history.
    assert filler.tick(22 + 2 * HOLD) == []
    steps = filler.past_events_read(1, [old("x")], [])
    assert steps[-1] == ReadPastEvents(2, 21, 22)
    # But then it has been held for long enough.
    assert filler.tick(22 + 2 * HOLD) == [
        ReportGap(gap, None, SLOW, closed=False),
        PrintEvents([live("a")]),
    ]


def test_gaps_that_are_being_read_when_past_events_are_requested_are_reported():
    filler = new_filler()
    filler.gap(GAP, now=20)
    assert filler.since(5, now=21) == [ReadPastEvents(2, 5, 21)]
    assert filler.past_events_read(1, [], []) == []
    steps = filler.past_events_read(2, [], [])
    assert steps[-1] == ReadPastEvents(3, 10, 20)
    assert filler.past_events_read(3, [], []) == [ReportGap(GAP, 0)]


def test_live_events_do_not_wait_for_gaps_that_are_read_after_what_was_requested():
    filler = new_filler()
    filler.gap(GAP, now=20)
    filler.tick(20 + HOLD)
    filler.gap(gap_of(31, 32), now=32)
    filler.tick(32 + HOLD)
    filler.since(5, now=50)
    assert filler.live([live("a")]) == ()
    assert filler.deadline() is None
    filler.past_events_read(2, [], [])
    assert filler.deadline() == 50 + HOLD
    assert names(filler.tick(50 + HOLD)) == ["a"]


def test_gaps_that_were_reported_are_not_reported_again_when_past_events_are_requested():
    filler = new_filler()
    filler.gap(GAP, now=20)
    filler.tick(20 + HOLD)
    filler.since(5, now=40)
    assert filler.past_events_read(2, [], []) == [
        ReportPastEvents(0, 5, (), late=False, closes=(GAP,))
    ]


def test_the_end_tells_what_stays_as_it_is():
    filler = new_filler()
    filler.gap(GAP, now=20)
    second = gap_of(21, 22)
    filler.gap(second, now=22)
    filler.live([live("a")])
    assert filler.end() == [
        ReportGap(GAP, None, OVER),
        ReportGap(second, None, OVER),
        PrintEvents([live("a")]),
    ]
    assert filler.past_events_read(1, [old("x")], []) == []


def test_the_end_does_not_tell_twice():
    filler = new_filler()
    filler.gap(GAP, now=20)
    filler.tick(20 + HOLD)
    assert filler.end() == [ReportPastEvents(0, 10, OVER, late=True, closes=(GAP,))]
    assert filler.end() == []


def test_the_end_reports_requested_past_events_that_were_not_read():
    filler = new_filler()
    filler.since(5, now=20)
    assert filler.end() == [ReportPastEvents(0, 5, OVER, late=False)]


def test_what_another_run_reads_stays_open():
    filler = new_filler()
    filler.gap(GAP, now=20)
    filler.tick(20 + HOLD)
    second = gap_of(41, 42)
    filler.gap(second, now=42)
    assert filler.end(later=True) == [
        ReportPastEvents(0, 10, LATER, late=True, closed=False),
        ReportGap(second, None, LATER, closed=False),
    ]


def test_a_gap_whose_reading_has_just_begun_stays_open_too():
    filler = new_filler()
    filler.gap(GAP, now=20)
    assert filler.end(later=True) == [ReportGap(GAP, None, LATER, closed=False)]


class AnyOrder(RuleBasedStateMachine):
    """A gap filler to which anything happens at any time."""

    @initialize()
    def start(self) -> None:
        self.memory = Memory()
        self.filler = GapFiller(self.memory)
        self.now = self.since_was_read = 100.0
        self.count = 0
        self.came: list[str] = []  # live, in this order
        self.came_at: dict[str, float] = {}
        self.missed: list[str] = []  # only the history knows them
        self.printed: list[str] = []
        self.gaps: list[Gap] = []
        self.reported: list[Gap] = []
        self.orders: dict[int, ReadPastEvents] = {}
        self.since_order = 0
        self.ended = False

    def print(self, events: Sequence[Notification]) -> None:
        self.printed += [n.uuid.removeprefix("history:") for n in events]

    def execute(self, commands: list[HistoryCommand]) -> None:
        for command in commands:
            match command:
                case PrintEvents(notifications):
                    assert notifications
                    self.print(notifications)
                case ReadPastEvents(number):
                    assert not self.orders, "two requests at once"
                    self.orders[number] = command
                case ReportGap(gap):
                    self.reported.append(gap)
                case ReportPastEvents(late=late):
                    assert late or self.since_order
                    if not late:
                        self.since_order, self.since_was_read = 0, self.now

    @precondition(lambda self: not self.ended)
    @rule(count=st.integers(1, 3), missed=st.integers(0, 1))
    def events_come(self, count: int, missed: int) -> None:
        for _ in range(missed):
            self.count += 1
            self.missed.append(f"e{self.count}")
        fresh = [f"e{self.count + n}" for n in range(1, count + 1)]
        self.count += count
        self.came += fresh
        self.came_at |= dict.fromkeys(fresh, self.now)
        self.print(self.filler.live([live(name) for name in fresh]))

    @precondition(lambda self: not self.ended)
    @rule(recovered=st.booleans(), overflow=st.booleans(), seconds=st.sampled_from([0.0, 1.0, 7.0]))
    def there_is_a_gap(self, recovered: bool, overflow: bool, seconds: float) -> None:
        start = self.now
        self.pass_time(seconds)
        gap = Gap(start, self.now, f"cut {len(self.gaps)}", recovered, overflow=overflow)
        self.gaps.append(gap)
        self.execute(self.filler.gap(gap, self.now))

    @precondition(lambda self: not self.ended and not self.since_order)
    @rule()
    def the_history_is_asked_for(self) -> None:
        # Whoever read for gaps answers to nobody now.
        self.orders.clear()
        steps = self.filler.since(self.now - 50, self.now)
        self.since_order = -1
        self.execute(steps)
        (self.since_order,) = self.orders

    @precondition(lambda self: self.orders and not self.ended)
    @rule(live_too=st.booleans(), fails=st.booleans())
    def the_history_comes(self, live_too: bool, fails: bool) -> None:
        ((number, _),) = self.orders.items()
        self.orders.clear()
        names = [*self.missed, *(self.came[-3:] if live_too else [])]
        self.missed = []
        names.sort(key=lambda name: int(name[1:]))
        records = [old(name) for name in names]
        self.execute(self.filler.past_events_read(number, records, ["no"] if fails else []))
        self.pass_time(0)

    @precondition(lambda self: not self.ended)
    @rule(seconds=st.sampled_from([0.1, 1.0, HOLD, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        """As the loop does: a deadline is not missed."""
        until = self.now + seconds
        while (due := self.filler.deadline()) is not None and due <= until:
            self.now = max(self.now, due)
            self.execute(self.filler.tick(self.now))
        self.now = until
        self.execute(self.filler.tick(self.now))

    @precondition(lambda self: self.count > 20)
    @rule()
    def it_ends(self) -> None:
        self.end()

    def end(self) -> None:
        self.ended = True
        self.execute(self.filler.end())
        self.orders.clear()

    @invariant()
    def nothing_is_printed_twice(self) -> None:
        if hasattr(self, "printed"):
            assert len(self.printed) == len(set(self.printed))

    @invariant()
    def live_events_keep_their_order(self) -> None:
        if hasattr(self, "printed"):
            # Those that the history told come where the history is printed.
            of_history = self.memory.history
            order = [n for n in self.printed if n in self.came_at and n not in of_history]
            assert order == sorted(order, key=self.came.index)

    @invariant()
    def nothing_is_held_for_long(self) -> None:
        if hasattr(self, "printed") and not self.since_order:
            for name in set(self.came) - set(self.printed):
                assert self.now - max(self.came_at[name], self.since_was_read) <= HOLD

    @invariant()
    def no_gap_is_told_twice(self) -> None:
        if hasattr(self, "printed"):
            assert len(self.reported) == len(set(self.reported))

    def teardown(self) -> None:
        if not hasattr(self, "printed"):
            return
        self.end()
        assert set(self.came) <= set(self.printed)
        assert sorted(self.reported, key=self.gaps.index) == self.gaps


AnyOrder.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, derandomize=True
)
test_any_order = AnyOrder.TestCase
