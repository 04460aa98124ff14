from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rc_tail.errors import LocalProtocolError
from rc_tail.gateway.commands import Gap
from rc_tail.gateway.messages import ConnectionDetails, Notification, Wsc
from rc_tail.state.printed import ENOUGH_KEYS, ENOUGH_UUIDS, MOST_UUIDS
from rc_tail.state.recorder import RETRY_EVERY, SAVE_EVERY, ResumeRecorder
from rc_tail.state.resume_state import LeftoverSummary, ResumeState
from rc_tail.state.resume_store import ResumeStore, states_in
from rc_tail.state.spool_files import spool_files
from rc_tail.state.subscription_journal import SubscriptionJournal
from tests.output.events import notification
from tests.state.leftovers import damage_event, kept_in, leftover_in
from tests.state.limits import files_no_larger_than
from tests.state.processes import running
from tests.state.states import FILTERS, NOW, OWNER, SERVER, running_state, state

# The session's clock and the wall's differ by this.
AHEAD = NOW - 1000.0


def wall(moment: float) -> float:
    return moment + AHEAD


def keys_of(event: Notification) -> tuple[str, ...]:
    return (f"sms:{event.uuid}",)


def numbers(events: list[Notification]) -> list[int]:
    return [int(event.uuid) for event in events]


def some(*numbers: int, size: int = 0) -> list[Notification]:
    return [notification(number, size=size) for number in numbers]


def queued(count: int) -> list[Notification]:
    """Events that come in: how many is all that counts."""
    return [notification(0)] * count


def lost(recorder: ResumeRecorder) -> int | None:
    """How many events of the earlier run are reported as lost."""
    gap = recorder.lost_before(2000)
    return 0 if gap is None else gap.events


class Desk:
    """A store, its warnings, and recorders that write to it; times count from 1000."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.unprinted: list[Notification] = []
        self.store = ResumeStore(folder, "work", self.told.append)
        self.journal = SubscriptionJournal(folder, SERVER, OWNER, self.told.append)

    def begin(self, now: float = 1000.0, **options: Any) -> ResumeRecorder:
        loaded = self.stored() or state()
        leftover, self.unprinted = leftover_in(self.store, loaded, self.told.append)
        options = {"keys_of": keys_of} | options
        recorder = ResumeRecorder(
            self.journal,
            self.store,
            loaded,
            wall=wall,
            now=now,
            warn=self.told.append,
            leftover=leftover,
            **options,
        )
        recorder.start(now)
        return recorder

    def stored(self) -> ResumeState | None:
        return self.store.load(SERVER, OWNER, FILTERS)

    def saved(self) -> ResumeState:
        stored = self.stored()
        assert stored is not None
        return stored

    def delete_spool(self) -> None:
        for file in spool_files(self.store.spool_path):
            file.unlink(missing_ok=True)

    def names(self) -> list[str]:
        return sorted(p.suffix for p in states_in(self.folder).iterdir() if p.suffix != ".lock")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    with desk.store:
        yield desk


def test_a_new_state_is_saved_at_once_and_promises_nothing(desk: Desk):
    recorder = desk.begin()
    assert desk.saved() == state(whole=True)
    assert recorder.first_gap is None
    assert recorder.deadline() is None
    recorder.tick(2000)
    assert desk.saved() == state(whole=True)


def test_a_change_is_saved_within_a_quarter_of_a_second(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1000.1)
    assert recorder.deadline() == 1000 + SAVE_EVERY
    recorder.tick(1000.2)
    assert desk.saved().last_frame is None
    recorder.tick(1000.25)
    assert desk.saved().last_frame == desk.saved().printed_until == wall(1000.1)
    assert recorder.deadline() is None
    recorder.frame_came(1300)
    recorder.tick(1300)
    assert desk.saved().last_frame == wall(1300)
    assert (SAVE_EVERY, desk.told) == (0.25, [])


def test_what_was_written_is_known_not_what_was_received(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    recorder.taken(queued(2), 1001)
    recorder.frame_came(1005)
    recorder.tick(1005)
    assert (desk.saved().uuids, desk.saved().keys) == ((), ())
    assert (desk.saved().printed_until, desk.saved().last_frame) == (wall(1001), wall(1005))
    recorder.written(some(1))
    recorder.written(some(2))
    recorder.tick(1006)
    assert desk.saved().uuids == ("1", "2")
    assert desk.saved().keys == ("sms:1", "sms:2")
    assert desk.saved().printed_until == wall(1005)


def test_what_cannot_wait_was_reported_and_holds_nothing_up(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    recorder.taken(queued(2), 1001)
    recorder.dropped(2)
    recorder.tick(1005)
    assert desk.saved().printed_until == wall(1001)


def test_more_than_was_taken_cannot_be_printed(desk: Desk):
    recorder = desk.begin()
    recorder.taken(queued(1), 1000)
    with pytest.raises(LocalProtocolError):
        recorder.written(some(1, 2))


def test_an_open_gap_holds_the_promise(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    gap = recorder.open_gap()
    assert recorder.gap_start(gap) == 1001
    recorder.frame_came(1100)
    recorder.tick(1100)
    assert (desk.saved().printed_until, desk.saved().last_frame) == (wall(1001), wall(1100))
    recorder.close_gap(gap)
    recorder.tick(1101)
    assert desk.saved().printed_until == wall(1100)


def test_what_recovers_the_session_is_saved_when_it_changes(desk: Desk):
    recorder = desk.begin()
    known: dict[str, Any] = {
        "wsc": Wsc("w", 3),
        "oauth_session": "o",
        "subscription_id": "s",
        "limits": ConnectionDetails(recovery_timeout=180, recovery_buffer_size=100),
    }
    recorder.session_changed(**known)
    recorder.tick(1001)
    saved = desk.saved()
    assert (saved.wsc, saved.oauth_session, saved.subscription_id) == (Wsc("w", 3), "o", "s")
    assert (saved.recovery_timeout, saved.recovery_buffer_size) == (180, 100)
    recorder.session_changed(**known)
    assert recorder.deadline() is None
    recorder.session_changed(**known | {"wsc": Wsc("w", 4)})
    assert recorder.deadline() is not None


@pytest.mark.parametrize(
    ("buffer", "most"),
    [(None, ENOUGH_UUIDS), (100, ENOUGH_UUIDS), (900, 1800), (10**9, MOST_UUIDS)],
)
def test_the_latest_are_kept_enough_for_a_replay(desk: Desk, buffer: int | None, most: int):
    recorder = desk.begin()
    recorder.session_changed(
        wsc=None,
        oauth_session="",
        subscription_id="",
        limits=ConnectionDetails(recovery_buffer_size=buffer),
    )
    events = some(*range(most + 10))
    recorder.taken(queued(len(events)), 1000)
    recorder.written(events)
    recorder.tick(1001)
    assert desk.saved().uuids == tuple(str(n) for n in range(10, most + 10))
    assert len(desk.saved().keys) == min(ENOUGH_KEYS, most + 10)


def test_it_is_known_since_when_all_keys_are_there(desk: Desk):
    recorder, part = desk.begin(), ENOUGH_KEYS * 2 // 5
    for second in range(3):
        now = 1001.0 + second
        recorder.frame_came(now)
        recorder.taken(queued(part), now)
        recorder.written(some(*range(part * second, part * second + part)))
        recorder.tick(now)
    # Of the first second some had to be forgotten.
    assert desk.saved().keys_since == wall(1001.0)
    again = desk.begin(1010.0)
    assert desk.saved().keys_since == wall(1001.0)
    again.taken(queued(ENOUGH_KEYS + 1), 1011.0)
    again.frame_came(1011.0)
    again.written(some(*range(ENOUGH_KEYS + 1)))
    assert again.flush([], 1012.0) == 0
    assert desk.saved().keys_since == wall(1011.0)


def test_large_events_are_not_held_until_the_next_save(desk: Desk):
    asked: list[str] = []

    def ask(event: Notification) -> tuple[str, ...]:
        asked.append(event.uuid)
        return ()

    recorder = desk.begin(keys_of=ask)
    recorder.taken(queued(9), 1000)
    recorder.written(some(*range(9), size=1_000_000))
    assert asked == ["0", "1", "2", "3", "4"]


def test_events_of_the_history_push_no_uuid_out(desk: Desk):
    recorder = desk.begin()
    event = Notification("history:sms:5", "/e", "", b"{}")
    nameless = Notification("", "/e", "", b"{}")
    recorder.taken(queued(2), 1000)
    recorder.written([event, nameless])
    recorder.tick(1001)
    assert desk.saved().uuids == ()
    assert desk.saved().keys == ("history:sms:history:sms:5", "sms:")


def test_a_key_that_cannot_be_written_is_saved_as_words(desk: Desk):
    recorder = desk.begin(keys_of=lambda event: ["sms:\ud800"])
    recorder.taken(queued(1), 1000)
    recorder.written(some(1))
    recorder.tick(1001)
    assert desk.saved().keys == ("sms:\\ud800",)


def test_a_run_continues_behind_one_that_was_killed(desk: Desk):
    desk.store.save(running_state(last_frame=NOW - 10, printed_until=NOW - 20))
    recorder = desk.begin()
    assert recorder.first_gap is not None
    assert recorder.gap_start(recorder.first_gap) == 980
    recorder.frame_came(1001)
    recorder.taken(queued(1), 1001)
    recorder.written(some(3))
    recorder.tick(1001)
    saved = desk.saved()
    assert saved.uuids == ("u-1", "u-2", "3")
    assert saved.keys == ("sms:1", "sms:3")
    assert (saved.printed_until, saved.last_frame, saved.ended) == (NOW - 20, NOW + 1, None)
    assert saved.wsc == Wsc("w-1", 7)
    recorder.close_gap(recorder.first_gap)
    recorder.tick(1002)
    assert desk.saved().printed_until == NOW + 1


def test_a_clock_that_was_set_back_puts_the_past_at_now(desk: Desk):
    desk.store.save(running_state(last_frame=NOW + 500, printed_until=NOW + 400))
    recorder = desk.begin()
    assert recorder.first_gap is not None
    assert recorder.gap_start(recorder.first_gap) == 1000
    assert desk.saved().last_frame == desk.saved().printed_until == NOW


def test_a_clean_end_is_complete_until_the_next_run_begins(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    recorder.taken(queued(1), 1001)
    recorder.written(some(1))
    assert recorder.flush([], 1002) == 0
    assert recorder.deadline() is None
    assert desk.saved().ended == wall(1002)
    assert desk.saved().complete
    recorder = desk.begin(1003)
    assert desk.saved().ended is None
    assert desk.saved().printed_until == desk.saved().last_frame == wall(1001)
    # It ends without having got a connection: nothing was received, so nothing was lost.
    assert recorder.flush([], 1004) == 0
    assert desk.saved().complete
    recorder = desk.begin(1005)
    recorder.frame_came(1006)
    assert recorder.flush([], 1007) == 0
    assert not desk.saved().complete


def test_what_a_kill_left_open_stays_open_over_an_end_without_a_frame(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    recorder.taken(queued(1), 1001)
    recorder.tick(1002)
    recorder = desk.begin(1003)
    assert recorder.flush([], 1004) == 0
    saved = desk.saved()
    assert (saved.printed_until, saved.ended) == (wall(1001), wall(1004))
    assert not saved.complete


def test_what_was_not_printed_is_kept_and_comes_first_next_time(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    recorder.taken(queued(3), 1001)
    recorder.written(some(1))
    recorder.frame_came(1002)
    assert recorder.flush(some(2, 3), 1004) == 0
    saved = desk.saved()
    assert saved.complete
    assert saved.printed_until == wall(1002)
    assert saved.leftover == LeftoverSummary(2, wall(1001))
    recorder = desk.begin(1005)
    assert numbers(desk.unprinted) == [2, 3]
    recorder.taken(queued(1), 1006)
    recorder.written(some(2))
    recorder.tick(1006)
    assert desk.saved().leftover == LeftoverSummary(1, wall(1001))
    assert numbers(kept_in(desk.store)) == [3]
    recorder.written(some(3, 4))
    recorder.tick(1007)
    assert desk.saved().leftover is None
    assert desk.saved().uuids == ("1", "2", "3", "4")
    assert desk.names() == [".json"]
    assert (lost(recorder), desk.told) == (0, [])


@pytest.mark.parametrize("printed", [0, 1, 4])
def test_what_is_left_a_second_time_stays_in_order(desk: Desk, printed: int):
    recorder = desk.begin()
    recorder.taken(queued(4), 1000)
    assert recorder.flush(some(1, 2, 3, 4, size=600_000), 1001) == 0
    recorder = desk.begin(1002)
    recorder.written(desk.unprinted[:printed])
    recorder.taken(queued(2), 1003)
    assert recorder.flush([*desk.unprinted[printed:], *some(5, 6)], 1004) == 0
    desk.begin(1005)
    assert numbers(desk.unprinted) == [1, 2, 3, 4, 5, 6][printed:]
    assert desk.told == []


def test_what_is_left_of_the_earlier_run_alone_stays_where_it_is(desk: Desk):
    recorder = desk.begin()
    recorder.taken(queued(2), 1000)
    recorder.flush(some(1, 2), 1001)
    recorder = desk.begin(1002)
    recorder.written(some(1))
    assert recorder.flush(some(2), 1003) == 0
    assert desk.saved().leftover == LeftoverSummary(1, wall(1000))
    assert numbers(kept_in(desk.store)) == [2]


def test_events_that_cannot_be_read_back_are_reported_and_their_time_is_a_gap(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1000)
    recorder.taken(queued(3), 1000)
    recorder.frame_came(1100)
    recorder.flush(some(1, 2, 3, size=100), 1101)
    damage_event(desk.store.spool_path, 3)
    recorder = desk.begin(1102)
    assert numbers(desk.unprinted) == [1, 2]
    assert lost(recorder) == 1
    assert recorder.first_gap is not None
    assert recorder.gap_start(recorder.first_gap) == 1000
    recorder.written(some(1, 2))
    recorder.tick(1103)
    assert desk.saved().leftover is None
    assert desk.saved().printed_until == wall(1000)
    assert "cannot be read" in desk.told[0]


def test_events_that_are_gone_are_a_gap(desk: Desk):
    recorder = desk.begin()
    recorder.taken(queued(1), 1000)
    recorder.frame_came(1100)
    recorder.flush(some(1), 1101)
    desk.delete_spool()
    recorder = desk.begin(1102)
    assert lost(recorder) == 1
    assert recorder.first_gap is not None
    assert recorder.gap_start(recorder.first_gap) == 1000
    recorder.taken(queued(1), 1103)
    assert recorder.flush(some(2), 1104) == 0
    assert desk.saved().printed_until == wall(1000)
    assert not desk.saved().complete


def test_a_full_disk_is_reported_once_and_tried_again(desk: Desk):
    recorder = desk.begin()
    with files_no_larger_than(10):
        for second in range(11):
            recorder.frame_came(1001 + second)
            recorder.tick(1001 + second)
        assert recorder.deadline() == 1011 + RETRY_EVERY
    assert len(desk.told) == 1
    assert "cannot be saved: File too large" in desk.told[0]
    recorder.tick(1016)
    assert desk.saved().last_frame == wall(1011)
    assert len(desk.told) == 2
    assert "saved again" in desk.told[1]


def test_events_that_a_full_disk_does_not_take_are_counted_and_their_time_is_a_gap(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    recorder.taken(queued(2), 1001)
    recorder.frame_came(1100)
    with files_no_larger_than(1000):
        assert recorder.flush(some(1, 2, size=5000), 1101) == 2
    assert "2 events that were not printed cannot be saved" in desk.told[0]
    saved = desk.saved()
    assert (saved.leftover, saved.printed_until, saved.ended) == (None, wall(1001), wall(1101))
    assert not saved.complete
    assert len(desk.told) == 1


def test_events_whose_state_a_full_disk_does_not_take_are_counted_too(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    # Their uuids make the state larger than the spool is.
    events = [Notification(f"{n:0100}", "/e", "", b"{}") for n in range(1000)]
    recorder.taken(queued(1001), 1001)
    recorder.written(events)
    with files_no_larger_than(90_000):
        assert recorder.flush(some(101), 1101) == 1
    assert desk.names() == [".json"]
    assert desk.saved() == state(whole=True)
    assert "cannot be saved" in desk.told[0]


def test_events_reported_as_printed_too_late_leave_the_promise_where_it_was(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    recorder.taken(queued(2), 1001)
    recorder.frame_came(1100)
    assert recorder.flush(some(2), 1101) == 0
    assert desk.saved().printed_until == wall(1001)
    assert not desk.saved().complete


PRINTER = """
import pathlib, sys, time
from rc_tail.gateway.messages import Notification
from rc_tail.state.leftover import UnprintedLeftover
from rc_tail.state.recorder import ResumeRecorder
from rc_tail.state.resume_state import ResumeState
from rc_tail.state.resume_store import ResumeStore
from rc_tail.state.spool import Spool
from rc_tail.state.subscription_journal import SubscriptionJournal

folder, server, owner, *filters = sys.argv[1:]
with ResumeStore(pathlib.Path(folder), "work", print) as store:
    state = ResumeState(server, owner, tuple(filters))
    journal = SubscriptionJournal(pathlib.Path(folder), server, owner, print)
    recorder = ResumeRecorder(
        journal,
        store,
        state,
        wall=float,
        now=time.time(),
        warn=print,
        leftover=UnprintedLeftover(None, lambda: Spool(store.spool_path)),
    )
    recorder.start(time.time())
    print("ready", flush=True)
    for number in range(10**9):
        now = time.time()
        recorder.frame_came(now)
        events = [Notification(str(number), "/e", "", b"{}")]
        recorder.taken(events, now)
        print(number, flush=True)
        recorder.written(events)
        recorder.tick(now)
"""


def test_a_process_that_is_killed_leaves_what_it_had_printed(tmp_path: Path):
    desk = Desk(tmp_path)
    with running(PRINTER, str(desk.folder), SERVER, OWNER, *FILTERS) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or not desk.saved().uuids:
            lines.append(process.stdout.readline().strip())
        process.kill()
        lines += process.stdout.read().split()
    saved = desk.saved()
    last = int(saved.uuids[-1])
    assert saved.uuids == tuple(lines[: last + 1][-ENOUGH_UUIDS:])
    assert saved.ended is None
    assert saved.last_frame is not None
    assert saved.printed_until == saved.last_frame
    assert desk.names() == [".json"]


def test_a_gap_that_was_filled_is_saved_at_once(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    recorder.tick(1001.3)
    gap = Gap(1001, 1002, "cut", recovered=False)
    recorder.gap_opened(gap)
    recorder.taken(some(*range(40)), 1002)
    recorder.gap_closed(gap)
    assert recorder.deadline() is not None
    assert recorder.deadline() <= 1002  # type: ignore[operator]
    recorder.tick(1002)
    assert desk.saved().uuids == ()
    # Every report of what was printed of it is saved as it comes.
    for first in (0, 20):
        recorder.written(some(*range(first, first + 20)))
        recorder.tick(1002)
        assert len(desk.saved().uuids) == first + 20
    # Then saves are as rare as ever.
    recorder.taken(some(50), 1002)
    recorder.written(some(50))
    recorder.tick(1002)
    assert len(desk.saved().uuids) == 40


def test_lost_events_that_are_reported_one_by_one_are_not_saved_one_by_one(desk: Desk):
    recorder = desk.begin()
    recorder.frame_came(1001)
    recorder.tick(1001.3)
    gap = Gap(1001, 1002, "unreadable", recovered=False, events=1)
    recorder.gap_opened(gap)
    recorder.gap_closed(gap)
    deadline = recorder.deadline()
    assert deadline is not None
    assert deadline > 1001.3
