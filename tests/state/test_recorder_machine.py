"""A recorder of a tail to which anything happens in any order, and which is killed at any moment.

The tail of this file knows every event there was. Whatever happens, a stored state that is loaded
leaves no event unaccounted for: each was printed, or was told in a gap that is over, or is kept to
be printed, or came in behind the moment up to which the state promises that nothing is missing.
"""

import contextlib
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from rc_tail.errors import SystemRefusedError
from rc_tail.gateway.messages import ConnectionDetails, Notification, Wsc
from rc_tail.state.recorder import SAVE_EVERY, ResumeRecorder
from rc_tail.state.resume_state import ResumeState
from rc_tail.state.resume_store import ResumeStore
from rc_tail.state.subscription_journal import SubscriptionJournal
from tests.output.events import notification
from tests.state.leftovers import kept_in, leftover_in
from tests.state.limits import files_no_larger_than
from tests.state.states import FILTERS, NOW, OWNER, SERVER, state

# Hundreds of durable writes on a busy disk take their time; in memory they take none.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None

few = st.integers(0, 4)
times = st.sampled_from([0.0, 0.125, 0.25, 1.0, 7.0, 300.0])


class Tail(RuleBasedStateMachine):
    """A tail without its network."""

    @initialize()
    def begin(self) -> None:
        self.folder = contextlib.ExitStack()
        folder = Path(self.folder.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        self.now = 1000.0
        self.events = 0
        self.came: dict[str, float] = {}  # when each event came in or would have
        self.printed: dict[str, float] = {}
        self.received: set[str] = set()
        self.unpromised: set[str] = set()  # lost by a state that could not be saved, as was told
        self.told: set[str] = set()  # in a gap that is over
        self.unsaved: set[str] = (
            set()
        )  # printed a moment before a kill, or while nothing could be saved
        self.store = ResumeStore(folder, "work", self.warn)
        self.journal = SubscriptionJournal(folder, SERVER, OWNER, self.warn)
        self.full = False
        self.start()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.store.__exit__()
            self.folder.close()

    def start(self) -> None:
        self.store.__enter__()
        loaded = self.store.load(SERVER, OWNER, FILTERS)
        try:
            with self.disk():
                leftover, self.queue = leftover_in(self.store, loaded or state(), self.warn)
        except SystemRefusedError:
            # It cannot begin before there is room again.
            assert self.full
            leftover, self.queue = leftover_in(self.store, loaded or state(), self.warn)
        self.recorder = ResumeRecorder(
            self.journal,
            self.store,
            loaded or state(),
            wall=lambda moment: moment + NOW,
            now=self.now,
            warn=self.warn,
            leftover=leftover,
        )
        self.failed = self.full
        self.heard = loaded is not None and loaded.last_frame is not None
        self.gaps: dict[int, None] = {}
        if self.recorder.first_gap is not None:
            self.gaps[self.recorder.first_gap] = None
        with self.disk():
            self.recorder.start(self.now)
        self.earlier = {event.uuid for event in self.queue}

    @contextlib.contextmanager
    def disk(self):
        with files_no_larger_than(10) if self.full else contextlib.nullcontext():
            yield

    def warn(self, words: str) -> None:
        assert self.full or self.failed, words

    # What happens.

    def new_event(self) -> Notification:
        self.events += 1
        event = notification(self.events)
        self.came[event.uuid] = self.now
        return event

    def frame_comes(self) -> None:
        if not self.heard:
            # Whoever starts for the first time is promised nothing of what was before.
            self.told |= self.came.keys()
            self.heard = True
        self.recorder.frame_came(self.now)

    @rule(passed=times)
    def time_passes(self, passed: float) -> None:
        end = self.now + passed
        while (due := self.recorder.deadline()) is not None and due <= end:
            self.now = max(due, self.now)
            with self.disk():
                self.recorder.tick(self.now)
        self.now = end

    @rule(count=few, passed=times)
    def events_come_in(self, count: int, passed: float) -> None:
        self.time_passes(passed)
        for gap in list(self.gaps):
            self.tell(gap)
        self.frame_comes()
        events = [self.new_event() for _ in range(count)]
        self.queue += events
        self.received |= {event.uuid for event in events}
        self.recorder.taken(events, self.now)
        self.recorder.session_changed(
            wsc=Wsc("w", self.events),
            oauth_session="o",
            subscription_id="s",
            limits=ConnectionDetails(recovery_timeout=180),
        )

    @rule()
    def the_connection_is_lost(self) -> None:
        self.gaps[self.recorder.open_gap()] = None

    @precondition(lambda self: self.gaps)
    @rule(unseen=few, heard=st.booleans())
    def events_happen_without_a_connection(self, unseen: int, heard: bool) -> None:
        for _ in range(unseen):
            self.new_event()
        if heard:
            self.frame_comes()

    @precondition(lambda self: self.gaps)
    @rule(data=st.data())
    def a_gap_is_told(self, data: st.DataObject) -> None:
        self.tell(data.draw(st.sampled_from(sorted(self.gaps))))

    def tell(self, gap: int) -> None:
        start = self.recorder.gap_start(gap)
        self.recorder.close_gap(gap)
        del self.gaps[gap]
        waiting = {event.uuid for event in self.queue}
        since = 0.0 if start is None else start  # nothing is promised before the first frame
        self.told |= {u for u, at in self.came.items() if at >= since and u not in waiting}

    @rule(count=few)
    def some_are_printed(self, count: int) -> None:
        events, self.queue = self.queue[:count], self.queue[count:]
        for event in events:
            self.printed[event.uuid] = self.now
        self.recorder.written(events)

    @rule(count=few)
    def the_queue_is_full(self, count: int) -> None:
        fresh = [e for e in self.queue if e.uuid not in self.earlier]
        dropped = fresh[max(0, len(fresh) - count) :]
        self.told |= {event.uuid for event in dropped}
        self.queue = [e for e in self.queue if e not in dropped]
        self.recorder.dropped(len(dropped))

    @rule()
    def the_disk_fills_up_or_not(self) -> None:
        self.full = not self.full
        self.failed = True

    @rule(passed=times)
    def it_is_killed(self, passed: float) -> None:
        self.time_passes(passed)
        self.store.__exit__()
        self.check(self.reloaded(), ended=False)
        self.start()

    @rule(printed=few)
    def it_ends(self, printed: int) -> None:
        self.some_are_printed(printed)
        with self.disk():
            unkept = self.recorder.flush(self.queue, self.now)
        assert unkept == 0 or self.full
        self.store.__exit__()
        self.check(self.reloaded(), ended=not self.full)
        self.start()

    # The books.

    def reloaded(self) -> ResumeState | None:
        return self.store.load(SERVER, OWNER, FILTERS)

    def kept(self) -> list[str]:
        return [event.uuid for event in kept_in(self.store)]

    def check(self, stored: ResumeState | None, *, ended: bool) -> None:
        if stored is None:
            assert self.failed, "nothing was stored on a disk that has room"
            self.came.clear()
            return
        kept = self.kept()
        missing = self.came.keys() - self.printed.keys() - self.told - set(kept)
        self.check_missing(stored, missing)
        since = self.now if ended else self.now - SAVE_EVERY
        for uuid in self.printed.keys() - set(stored.uuids):
            if self.failed or self.printed[uuid] > since:
                self.unsaved.add(uuid)
        known = self.printed.keys() - self.unsaved
        assert known <= set(stored.uuids), "a printed event is not known a quarter second later"
        assert not known & set(kept), "a printed event would be printed again"
        if ended:
            assert kept == [event.uuid for event in self.queue], "what waited is not kept"

    def check_missing(self, stored: ResumeState, missing: set[str]) -> None:
        if stored.printed_until is None:
            assert stored.last_frame is None
            self.told |= missing
            return
        for uuid in missing:
            assert self.came[uuid] + NOW >= stored.printed_until, f"{uuid} is lost silently"
        if self.failed:
            self.unpromised |= missing
        if stored.complete:
            assert not missing & self.received - self.unpromised, "the service cannot bring it back"


Tail.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestTail = Tail.TestCase
