"""Which of the events of two connections are copies of each other."""

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rc_tail.gateway.messages import Notification
from rc_tail.gateway.overlap import APART, NEW, OLD, Overlap
from rc_tail.text.timestamps import unix_time

START = 1_772_443_800  # 2026-03-02T09:30:00Z
PRESENCE = "/restapi/v1.0/account/400000001/extension/400000101/presence"


def stamp(seconds: float) -> str:
    """A time of the service's clock, some seconds after half past nine."""
    whole, part = divmod(round(seconds * 1000), 1000)
    minutes, rest = divmod(whole, 60)
    return f"2026-03-02T09:{30 + minutes:02}:{rest:02}.{part:03}Z"


def event(content: str, sent: float | None = 0.0, *, uuid: str = "u") -> Notification:
    timestamp = "" if sent is None else stamp(sent)
    body = f'{{"presenceStatus":"{content}"}}'
    payload = f'{{"uuid":"{uuid}","event":"{PRESENCE}","timestamp":"{timestamp}","body":{body}}}'
    return Notification(uuid, PRESENCE, timestamp, payload.encode())


def confirmed(created: float | None = 0.0) -> Overlap:
    overlap = Overlap()
    overlap.confirm("" if created is None else stamp(created))
    return overlap


def test_stamps_are_what_they_say():
    assert unix_time(stamp(0)) == START
    assert unix_time(stamp(61.25)) == START + 61.25


# Pairs.


@pytest.mark.parametrize(("first", "second"), [(OLD, NEW), (NEW, OLD)])
def test_the_second_copy_of_an_event_is_one(first, second):
    overlap = confirmed()
    assert not overlap.is_copy(event("Busy", 1), first, now=1)
    assert overlap.is_copy(event("Busy", 1), second, now=2)
    # A third one is another event.
    assert not overlap.is_copy(event("Busy", 1), second, now=2)


@pytest.mark.parametrize("side", [OLD, NEW])
def test_what_repeats_on_one_connection_are_two_events(side):
    overlap = confirmed()
    assert not overlap.is_copy(event("Busy", 1), side, now=1)
    assert not overlap.is_copy(event("Busy", 1), side, now=1)
    assert overlap.is_copy(event("Busy", 1), not side, now=1)
    assert overlap.is_copy(event("Busy", 1), not side, now=1)
    assert not overlap.is_copy(event("Busy", 1), not side, now=1)


@pytest.mark.parametrize("side", [OLD, NEW])
def test_other_contents_are_other_events(side):
    overlap = confirmed()
    assert not overlap.is_copy(event("Busy", 1), side, now=1)
    assert not overlap.is_copy(event("Available", 1), not side, now=1)


@pytest.mark.parametrize("side", [OLD, NEW])
@pytest.mark.parametrize(
    ("apart", "same"), [(APART, True), (-APART, True), (APART + 0.1, False), (-APART - 0.1, False)]
)
def test_copies_are_sent_at_about_the_same_time(side, apart, same):
    overlap = confirmed()
    assert not overlap.is_copy(event("Busy", 10), side, now=10)
    assert overlap.is_copy(event("Busy", 10 + apart), not side, now=10) is same


@pytest.mark.parametrize("side", [OLD, NEW])
@pytest.mark.parametrize(("apart", "same"), [(APART, True), (APART + 0.1, False)])
@pytest.mark.parametrize(("one", "other"), [(None, None), (None, 99.0), (99.0, None)])
def test_without_a_time_of_sending_the_time_of_coming_counts(side, apart, same, one, other):
    overlap = confirmed(None)
    assert not overlap.is_copy(event("Busy", one), side, now=10)
    assert overlap.is_copy(event("Busy", other), not side, now=10 + apart) is same


def test_an_older_one_without_a_copy_is_passed_over():
    overlap = confirmed()
    assert not overlap.is_copy(event("Busy", 1), OLD, now=1)
    assert not overlap.is_copy(event("Busy", 10), OLD, now=10)
    assert overlap.is_copy(event("Busy", 10), NEW, now=11)
    assert not overlap.is_copy(event("Busy", 10), NEW, now=11)


# Before the second subscription is confirmed.


def test_counting_starts_with_the_second_subscription():
    overlap = Overlap()
    assert not overlap.is_copy(event("Busy", 1), OLD, now=1)
    assert not overlap.is_copy(event("Busy", 3), OLD, now=3)
    overlap.confirm(stamp(2))
    # The copy of the second; the first has none.
    assert overlap.is_copy(event("Busy", 3), NEW, now=4)
    assert not overlap.is_copy(event("Busy", 5), NEW, now=5)
    assert overlap.is_copy(event("Busy", 5), OLD, now=5)


def test_without_a_creation_time_nothing_before_has_a_copy():
    overlap = Overlap()
    assert not overlap.is_copy(event("Busy", 1), OLD, now=1)
    overlap.confirm("")
    assert not overlap.is_copy(event("Busy", 1), NEW, now=1)


def test_an_event_without_a_time_from_before_has_no_copy():
    overlap = Overlap()
    assert not overlap.is_copy(event("Busy", None), OLD, now=1)
    overlap.confirm(stamp(0))
    assert not overlap.is_copy(event("Busy", None), NEW, now=1)


def test_what_was_sent_before_has_no_copy_however_late_it_comes():
    overlap = confirmed(2)
    assert not overlap.is_copy(event("Busy", 3), NEW, now=3)
    assert not overlap.is_copy(event("Busy", 1), OLD, now=4)
    assert overlap.is_copy(event("Busy", 3), OLD, now=4)


def test_what_the_new_connection_brings_before_its_answer_is_printed():
    # It may be another one than that on the old connection, which may break before its copy.
    overlap = Overlap()
    assert not overlap.is_copy(event("Busy", 1), OLD, now=1)
    assert not overlap.is_copy(event("Busy", 3), NEW, now=3)
    overlap.confirm(stamp(2))
    # One of each side: even.
    assert not overlap.is_copy(event("Busy", 4), NEW, now=4)
    assert overlap.is_copy(event("Busy", 4), OLD, now=4)


def test_the_copy_of_what_came_before_the_answer_is_one():
    overlap = Overlap()
    assert not overlap.is_copy(event("Busy", 3), NEW, now=3)
    assert overlap.is_copy(event("Busy", 3), OLD, now=3)
    overlap.confirm(stamp(2))
    assert not overlap.is_copy(event("Busy", 4), NEW, now=4)


# Two streams of the same events.

steps = st.tuples(
    st.sampled_from(["Busy", "Available"]),
    st.sampled_from([0.0, 0.001, 0.5, 2.0, 7.0]),
    st.floats(0, 4),
    st.floats(0, 4),
)
moments = st.floats(0, 20)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    story=st.lists(steps, max_size=14),
    created=moments,
    answer=st.floats(0, 4),
    told=st.booleans(),
    ordered=st.booleans(),
)
@example([("Busy", 0.5, 4.0, 0.0), ("Busy", 0.5, 0.0, 0.0)], 0.75, 0.0, True, True)
def test_every_event_is_printed_and_once_where_both_copies_come(
    story, created, answer, told, ordered
):
    happened, printed = play(story, created, answer, told=told, ordered=ordered)
    counted = Counter(content for content, _ in happened)
    got = Counter(happened[index][0] for index in printed)
    assert not counted - got, "an event was not printed"
    if told:
        assert got == counted, "an event was printed twice"
    if told and ordered:
        # It is the very event, and not only one like it.
        assert sorted(printed) == list(range(len(happened)))


def play(story, created, answer, *, told, ordered):
    """Let events come on two connections, each with a delay of its own.

    Args:
        story: Content, seconds after the one before, and the delay on the old and the new one.
        created: When the new subscription is made.
        answer: How long its answer takes.
        told: Whether the answer says when.
        ordered: Whether each connection keeps the order.

    Returns:
        What happened and when, and the indices of what was printed.
    """
    happened: list[tuple[str, float]] = []
    arrivals: list[tuple[float, int, bool, int]] = []
    at, last = 0.0, {OLD: 0.0, NEW: created + answer}
    for index, (content, after, *delays) in enumerate(story):
        at = round(at + after, 3)
        happened.append((content, at))
        for side, delay in zip((OLD, NEW), delays, strict=True):
            if side is NEW and at < round(created, 3):
                continue
            comes = max(at + delay, last[NEW] if side is NEW and not ordered else 0.0)
            if ordered:
                comes = last[side] = max(comes, last[side])
            arrivals.append((comes, 1, side, index))
    overlap, printed = Overlap(), []
    arrivals.append((created + answer, 0, NEW, -1))
    for now, _, side, index in sorted(arrivals):
        if index < 0:
            overlap.confirm(stamp(created) if told else "")
        elif not overlap.is_copy(event(*happened[index], uuid=f"{side}-{index}"), side, now):
            printed.append(index)
    return happened, printed


class Streams(RuleBasedStateMachine):
    """Two connections that bring the same events in their order, the new one from a moment on.

    At the end the old one may break before it has brought everything.
    """

    @initialize()
    def start(self) -> None:
        self.now = 0.0
        self.overlap = Overlap()
        self.created: float | None = None
        self.is_confirmed = False
        self.events: list[tuple[str, float]] = []
        self.to_come: dict[bool, list[int]] = {OLD: [], NEW: []}
        self.printed: list[int] = []

    @rule(content=st.sampled_from(["Busy", "Available"]), after=st.sampled_from([0.001, 1.0, 9.0]))
    def it_happens(self, content: str, after: float) -> None:
        # Delays are shorter than what tells copies from other events.
        if any(self.now + after - self.events[i][1] >= APART for i in self.pending()):
            self.everything_comes()
        self.now = round(self.now + after, 3)
        self.events.append((content, self.now))
        self.to_come[OLD].append(len(self.events) - 1)
        if self.created is not None:
            self.to_come[NEW].append(len(self.events) - 1)

    def pending(self) -> list[int]:
        return [*self.to_come[OLD], *self.to_come[NEW]]

    @precondition(lambda self: self.created is None)
    @rule(after=st.sampled_from([0.001, 1.0]))
    def the_new_subscription_is_made(self, after: float) -> None:
        self.now = self.created = round(self.now + after, 3)

    @precondition(lambda self: self.created is not None and not self.is_confirmed)
    @rule()
    def it_is_confirmed(self) -> None:
        assert self.created is not None
        self.is_confirmed = True
        self.overlap.confirm(stamp(self.created))

    @precondition(lambda self: self.to_come[OLD])
    @rule()
    def one_comes_on_the_old_connection(self) -> None:
        self.comes(OLD)

    @precondition(lambda self: self.is_confirmed and self.to_come[NEW])
    @rule()
    def one_comes_on_the_new_connection(self) -> None:
        self.comes(NEW)

    def comes(self, side: bool) -> None:
        index = self.to_come[side].pop(0)
        content, sent = self.events[index]
        if not self.overlap.is_copy(event(content, sent), side, self.now):
            self.printed.append(index)

    def everything_comes(self) -> None:
        if self.created is not None and not self.is_confirmed:
            self.it_is_confirmed()
        for side in (OLD, NEW):
            while self.to_come[side]:
                self.comes(side)

    @invariant()
    def nothing_is_printed_twice(self) -> None:
        if hasattr(self, "printed"):
            assert len(self.printed) == len(set(self.printed))

    @invariant()
    def what_came_is_printed(self) -> None:
        if hasattr(self, "printed"):
            came = set(range(len(self.events)))
            came -= set(self.pending())
            assert came <= set(self.printed)

    def teardown(self) -> None:
        if not hasattr(self, "printed"):
            return
        # The old connection breaks: what it did not bring comes on the new one.
        lost = set(self.to_come[OLD]) - set(self.to_come[NEW])
        self.to_come[OLD].clear()
        self.everything_comes()
        missing = set(range(len(self.events))) - set(self.printed)
        assert missing <= lost


Streams.TestCase.settings = settings(
    max_examples=50, stateful_step_count=30, deadline=None, derandomize=True
)
test_two_connections_in_any_order = Streams.TestCase
