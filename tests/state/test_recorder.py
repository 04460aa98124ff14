"""What is kept for a later run, and what that run makes of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rc_tail.errors import ConnectionLostError
from rc_tail.gateway.actions import Gap
from rc_tail.gateway.messages import Message, Notification
from rc_tail.state.recorder import ENDED, KILLED, NoResume, ResumeRecorder, previous_session
from rc_tail.state.resume_keeper import ResumeKeeper
from rc_tail.state.resume_state import ResumeState
from rc_tail.state.resume_store import ResumeStore
from rc_tail.state.subscription_journal import SubscriptionJournal
from rc_tail.system.clocks import clock, moment_of, wall_of
from tests.gateway.transcript import details, echo, live_session, reconnect
from tests.output.events import notification
from tests.state.states import FILTERS, OWNER, SERVER, running_state, state

CUT = ConnectionLostError("the connection was cut")


class Run:
    """One run of a program: its book, and what it keeps under a name."""

    def __init__(self, folder: Path, told: list[str], book: SubscriptionJournal) -> None:
        self.book = book
        self.told = told
        self.store = ResumeStore(folder, "work", told.append)

    def resuming(self, now: float) -> ResumeRecorder:
        loaded = self.store.load(SERVER, OWNER, FILTERS) or state()
        keeper = ResumeKeeper(self.store, loaded, wall=wall_of, now=now, warn=self.told.append)
        keeper.start(now)
        return ResumeRecorder(keeper, self.book)

    def saved(self) -> ResumeState:
        stored = self.store.load(SERVER, OWNER, FILTERS)
        assert stored is not None
        return stored


@contextmanager
def a_run(folder: Path) -> Iterator[Run]:
    told: list[str] = []
    book = SubscriptionJournal(folder, SERVER, OWNER, told.append)
    with book.opened() as opened:
        run = Run(folder, told, opened)
        with run.store:
            yield run
    assert told == []


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with a_run(tmp_path) as running:
        yield running


def until(saved: ResumeState) -> float:
    """The moment up to which nothing is missing."""
    assert saved.printed_until is not None
    return moment_of(saved.printed_until)


# Without a name.


def test_without_a_name_nothing_is_kept(run: Run):
    keeper = NoResume(run.book)
    session = live_session()
    gap = Gap(1, 2, "cut", recovered=True)
    keeper.frame_came(1)
    keeper.changed(session, 1)
    keeper.taken([notification(1)], 1)
    keeper.written([notification(1)])
    keeper.dropped(0)
    keeper.gap_opened(gap)
    keeper.gap_closed(gap)
    keeper.tick(2)
    assert keeper.lost_before(2) is None
    assert (keeper.keeps, keeper.deadline()) == (False, None)
    assert keeper.end(session, [notification(2), notification(3)], 2) == 2


def test_subscriptions_of_processes_that_are_gone_are_found_and_crossed_out(tmp_path: Path):
    with a_run(tmp_path) as first:
        NoResume(first.book).subscription("s-1", active=True)
        NoResume(first.book).subscription("s-2", active=True)
        NoResume(first.book).subscription("s-2", active=False)
        assert NoResume(first.book).find_stale(frozenset()) == []
    with a_run(tmp_path) as second:
        keeper = NoResume(second.book)
        assert keeper.find_stale(frozenset({"s-1"})) == []
        assert keeper.find_stale(frozenset()) == ["s-1"]
        keeper.subscription("s-1", active=False)
        assert keeper.find_stale(frozenset()) == []


# With a name.


def test_what_was_printed_is_kept(run: Run):
    now = clock()
    keeper = run.resuming(now)
    session = live_session(now)
    events = [notification(1), notification(2)]
    keeper.frame_came(now)
    keeper.changed(session, now)
    keeper.taken(events, now)
    keeper.written(events[:1])
    due = keeper.deadline()
    assert due is not None
    keeper.tick(due)
    assert run.saved().uuids == ("1",)
    assert not run.saved().whole
    assert keeper.keeps
    assert keeper.end(session, events[1:], due) == 0
    saved = run.saved()
    assert saved.complete
    assert saved.waiting is not None
    assert saved.waiting.count == 1
    assert (saved.subscription_id, saved.recovery_timeout) == ("sub-1", 180)


def test_what_cannot_wait_is_not_waited_for(run: Run):
    now = clock()
    keeper = run.resuming(now)
    keeper.taken([notification(1), notification(2)], now)
    keeper.dropped(2)
    assert keeper.end(live_session(now), [], now) == 0
    assert run.saved().waiting is None


def test_a_gap_is_open_from_its_beginning_until_it_is_told(run: Run):
    now = clock()
    keeper = run.resuming(now)
    session = live_session(now)
    keeper.frame_came(now)
    session.connection_lost(1, CUT, now + 1)
    for later in (1, 2):
        keeper.changed(session, now + later)
    reconnect(session)
    beat = session.receive(2, [details("Successful", wsc="wsc-2")], now + 3)
    (gap,) = (a for a in session.receive(2, [echo(beat)], now + 4) if isinstance(a, Gap))
    keeper.frame_came(now + 4)
    keeper.gap_opened(gap)
    keeper.changed(session, now + 4)
    keeper.tick(now + 5)
    assert until(run.saved()) == pytest.approx(now, abs=0.5)
    keeper.gap_closed(gap)
    keeper.tick(now + 6)
    assert until(run.saved()) == pytest.approx(now + 4, abs=0.5)


def test_what_is_on_its_way_is_missing_after_a_kill(run: Run):
    now = clock()
    keeper = run.resuming(now)
    session = live_session(now)
    for came, sent in ((10, "2026-03-02T09:30:10Z"), (50, "2026-03-02T09:30:30Z")):
        stamped = Notification(f"{came}", "/e", sent, b"{}", subscription_id="sub-1")
        session.receive(1, [Message(stamped)], now + came)
        keeper.frame_came(now + came)
        keeper.changed(session, now + came)
    keeper.tick(now + 51)
    assert until(run.saved()) == pytest.approx(now + 30, abs=0.5)


def test_equal_gaps_are_told_one_by_one(run: Run):
    now = clock()
    keeper = run.resuming(now)
    keeper.frame_came(now)
    gap = Gap(now, now, "a message was thrown away", recovered=False, events=1)
    keeper.gap_opened(gap)
    keeper.gap_opened(gap)
    keeper.frame_came(now + 9)
    keeper.gap_closed(gap)
    keeper.tick(now + 9)
    assert until(run.saved()) == pytest.approx(now, abs=0.5)
    keeper.gap_closed(gap)
    keeper.tick(now + 10)
    assert until(run.saved()) == pytest.approx(now + 9, abs=0.5)


def test_a_message_that_was_thrown_away_does_not_close_the_gap_before(tmp_path: Path):
    now = clock()
    with a_run(tmp_path) as first:
        keeper = first.resuming(now)
        keeper.frame_came(now)
        keeper.tick(now + 1)
    with a_run(tmp_path) as second:
        # A kill came between: the time since is a gap, which lasts until it is told.
        keeper = second.resuming(now + 5)
        spoiled = Gap(now + 6, now + 6, "a message was thrown away", recovered=False, events=1)
        keeper.frame_came(now + 6)
        keeper.gap_opened(spoiled)
        keeper.gap_closed(spoiled)
        keeper.tick(now + 7)
        assert until(second.saved()) == pytest.approx(now, abs=0.5)
        since = Gap(now, now + 8, KILLED, recovered=False)
        keeper.gap_opened(since)
        keeper.gap_closed(since)
        keeper.tick(now + 8)
        assert until(second.saved()) == pytest.approx(now + 6, abs=0.5)


def test_a_recovered_subscription_is_this_runs_own(tmp_path: Path):
    with a_run(tmp_path) as first:
        first.resuming(clock()).subscription("sub-1", active=True)
    with a_run(tmp_path) as second:
        now = clock()
        second.resuming(now).changed(live_session(now), now)
        other = SubscriptionJournal(tmp_path, SERVER, OWNER, lambda _: None)
        with other.opened() as opened:
            assert NoResume(opened).find_stale(frozenset()) == []


def test_what_an_earlier_run_kept_and_nobody_can_read_is_a_gap(tmp_path: Path):
    now = clock()
    with a_run(tmp_path) as first:
        keeper = first.resuming(now)
        keeper.frame_came(now)
        keeper.taken([notification(1), notification(2)], now)
        session = live_session(now)
        assert keeper.end(session, [notification(1), notification(2)], now) == 0
    (kept,) = (tmp_path / "resume").glob("*.waiting")
    kept.write_bytes(b"")
    told: list[str] = []
    store = ResumeStore(tmp_path, "work", told.append)
    book = SubscriptionJournal(tmp_path, SERVER, OWNER, told.append)
    with book.opened() as opened, store:
        loaded = store.load(SERVER, OWNER, FILTERS)
        assert loaded is not None
        inner = ResumeKeeper(store, loaded, wall=wall_of, now=now + 5, warn=told.append)
        assert list(inner.take_up(now + 5)) == []
        lost = ResumeRecorder(inner, opened).lost_before(now + 5)
    assert lost is not None
    assert (lost.events, lost.recovered, lost.end) == (2, False, now + 5)
    assert lost.start == pytest.approx(now, abs=0.5)
    # What was readable is no gap.
    with a_run(tmp_path / "other") as another:
        assert another.resuming(now).lost_before(now) is None


# What the next run makes of it.


@pytest.mark.parametrize(
    ("fields", "reason", "unsure", "back"),
    [
        ({"ended": 1.0, "whole": True}, ENDED, False, 10),
        ({"ended": 1.0, "whole": False}, ENDED, True, 20),
        ({"ended": None, "whole": True}, KILLED, True, 20),
    ],
    ids=["ended", "ended-in-a-gap", "killed"],
)
def test_the_past_begins_where_something_may_be_missing(fields, reason, unsure, back):
    now = clock()
    unix = wall_of(now)
    kept = running_state(last_frame=unix - 10, printed_until=unix - 20, **fields)
    past = previous_session(kept, now)
    assert past is not None
    assert past.lost_at == pytest.approx(now - back, abs=0.5)
    assert past.heard_at == pytest.approx(now - 10, abs=0.5)
    assert (past.reason, past.unsure) == (reason, unsure)
    assert (past.wsc, past.oauth_session, past.subscription_id) == (kept.wsc, "o-1", "s-1")
    assert past.limits.recovery_timeout == 180.0


def test_a_clock_that_was_set_back_puts_nothing_into_the_future():
    now = clock()
    kept = running_state(last_frame=0.0, printed_until=wall_of(now) + 999)
    past = previous_session(kept, now)
    assert past is not None
    assert past.lost_at == now
    assert past.heard_at is not None
    assert past.heard_at < now


def test_what_never_heard_anything_has_no_past():
    assert previous_session(state(), clock()) is None
