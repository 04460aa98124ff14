"""What is kept for a later run, and what that run makes of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rc_tail.errors import ConnectionLostError
from rc_tail.gateway.commands import Gap
from rc_tail.gateway.messages import Message, Notification
from rc_tail.state.no_resume import NoResume
from rc_tail.state.recorder import ResumeRecorder
from rc_tail.state.resume_state import KILLED, ResumeState
from rc_tail.state.resume_store import ResumeStore
from rc_tail.state.subscription_journal import SubscriptionJournal
from rc_tail.system.clocks import clock, moment_of, wall_of
from tests.gateway.transcript import details, echo, live_session, reconnect
from tests.output.events import notification
from tests.state.leftovers import leftover_in
from tests.state.states import FILTERS, OWNER, SERVER, state

CUT = ConnectionLostError("the connection was cut")


class Run:
    """One run of a program: its book, and what it keeps under a name."""

    def __init__(self, folder: Path, told: list[str], book: SubscriptionJournal) -> None:
        self.book = book
        self.told = told
        self.store = ResumeStore(folder, "work", told.append)

    def resuming(self, now: float) -> ResumeRecorder:
        loaded = self.store.load(SERVER, OWNER, FILTERS) or state()
        leftover, _ = leftover_in(self.store, loaded, self.told.append)
        recorder = ResumeRecorder(
            self.book,
            self.store,
            loaded,
            wall=wall_of,
            now=now,
            warn=self.told.append,
            leftover=leftover,
        )
        recorder.start(now)
        return recorder

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


def test_what_was_printed_is_kept(run: Run):
    now = clock()
    recorder = run.resuming(now)
    session = live_session(now)
    events = [notification(1), notification(2)]
    recorder.frame_came(now)
    recorder.changed(session, now)
    recorder.taken(events, now)
    recorder.written(events[:1])
    due = recorder.deadline()
    assert due is not None
    recorder.tick(due)
    assert run.saved().uuids == ("1",)
    assert not run.saved().whole
    assert recorder.keeps
    assert recorder.end(session, events[1:], due) == 0
    saved = run.saved()
    assert saved.complete
    assert saved.leftover is not None
    assert saved.leftover.count == 1
    assert (saved.subscription_id, saved.recovery_timeout) == ("sub-1", 180)


def test_what_cannot_wait_is_not_waited_for(run: Run):
    now = clock()
    recorder = run.resuming(now)
    recorder.taken([notification(1), notification(2)], now)
    recorder.dropped(2)
    assert recorder.end(live_session(now), [], now) == 0
    assert run.saved().leftover is None


def test_a_gap_is_open_from_its_beginning_until_it_is_reported(run: Run):
    now = clock()
    recorder = run.resuming(now)
    session = live_session(now)
    recorder.frame_came(now)
    session.connection_lost(1, CUT, now + 1)
    for later in (1, 2):
        recorder.changed(session, now + later)
    reconnect(session)
    beat = session.receive(2, [details("Successful", wsc="wsc-2")], now + 3)
    (gap,) = (a for a in session.receive(2, [echo(beat)], now + 4) if isinstance(a, Gap))
    recorder.frame_came(now + 4)
    recorder.gap_opened(gap)
    recorder.changed(session, now + 4)
    recorder.tick(now + 5)
    assert until(run.saved()) == pytest.approx(now, abs=0.5)
    recorder.gap_closed(gap)
    recorder.tick(now + 6)
    assert until(run.saved()) == pytest.approx(now + 4, abs=0.5)


def test_what_is_on_its_way_is_missing_after_a_kill(run: Run):
    now = clock()
    recorder = run.resuming(now)
    session = live_session(now)
    for came, sent in ((10, "2026-03-02T09:30:10Z"), (50, "2026-03-02T09:30:30Z")):
        stamped = Notification(f"{came}", "/e", sent, b"{}", subscription_id="sub-1")
        session.receive(1, [Message(stamped)], now + came)
        recorder.frame_came(now + came)
        recorder.changed(session, now + came)
    recorder.tick(now + 51)
    assert until(run.saved()) == pytest.approx(now + 30, abs=0.5)


def test_equal_gaps_are_reported_one_by_one(run: Run):
    now = clock()
    recorder = run.resuming(now)
    recorder.frame_came(now)
    gap = Gap(now, now, "a message was thrown away", recovered=False, events=1)
    recorder.gap_opened(gap)
    recorder.gap_opened(gap)
    recorder.frame_came(now + 9)
    recorder.gap_closed(gap)
    recorder.tick(now + 9)
    assert until(run.saved()) == pytest.approx(now, abs=0.5)
    recorder.gap_closed(gap)
    recorder.tick(now + 10)
    assert until(run.saved()) == pytest.approx(now + 9, abs=0.5)


def test_a_message_that_was_thrown_away_does_not_close_the_gap_before(tmp_path: Path):
    now = clock()
    with a_run(tmp_path) as first:
        recorder = first.resuming(now)
        recorder.frame_came(now)
        recorder.tick(now + 1)
    with a_run(tmp_path) as second:
        # A kill came between: the time since is a gap, which lasts until it is told.
        recorder = second.resuming(now + 5)
        spoiled = Gap(now + 6, now + 6, "a message was thrown away", recovered=False, events=1)
        recorder.frame_came(now + 6)
        recorder.gap_opened(spoiled)
        recorder.gap_closed(spoiled)
        recorder.tick(now + 7)
        assert until(second.saved()) == pytest.approx(now, abs=0.5)
        since = Gap(now, now + 8, KILLED, recovered=False)
        recorder.gap_opened(since)
        recorder.gap_closed(since)
        recorder.tick(now + 8)
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
        recorder = first.resuming(now)
        recorder.frame_came(now)
        recorder.taken([notification(1), notification(2)], now)
        session = live_session(now)
        assert recorder.end(session, [notification(1), notification(2)], now) == 0
    (kept,) = (tmp_path / "resume").glob("*.spool")
    kept.write_bytes(b"this is no database at all " * 100)
    told: list[str] = []
    store = ResumeStore(tmp_path, "work", told.append)
    book = SubscriptionJournal(tmp_path, SERVER, OWNER, told.append)
    with book.opened() as opened, store:
        loaded = store.load(SERVER, OWNER, FILTERS)
        assert loaded is not None
        leftover, unprinted = leftover_in(store, loaded, told.append)
        recorder = ResumeRecorder(
            opened,
            store,
            loaded,
            wall=wall_of,
            now=now + 5,
            warn=told.append,
            leftover=leftover,
        )
        assert unprinted == []
        lost = recorder.lost_before(now + 5)
    assert lost is not None
    assert (lost.events, lost.recovered, lost.end) == (2, False, now + 5)
    assert lost.start == pytest.approx(now, abs=0.5)
    # What was readable is no gap.
    with a_run(tmp_path / "other") as another:
        assert another.resuming(now).lost_before(now) is None
