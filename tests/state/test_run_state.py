"""What a run knows of what was printed, by itself and by the run before it."""

import io
import json
from pathlib import Path

import msgspec
import pytest

from rc_tail.config.folders import Folders
from rc_tail.config.settings import Settings
from rc_tail.errors import BusyError
from rc_tail.gateway.messages import Notification
from rc_tail.reporter import Reporter
from rc_tail.state.resume_state import KILLED, encode_state
from rc_tail.state.run_state import RunState
from rc_tail.system.clocks import clock, wall_of
from tests.gateway.transcript import FILTERS, live_session
from tests.rest.conftest import CREDENTIALS

SETTINGS = Settings("https://platform.example", CREDENTIALS, "a test")
SMS = "/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS"


def sms(number: int, *, history: bool = False) -> Notification:
    uuid = f"history:sms:{number}" if history else f"{number}"
    payload = f'{{"uuid":"{uuid}","event":"{SMS}","body":{{"id":"{number}","type":"SMS"}}}}'
    return Notification(uuid, SMS, "", payload.encode())


class Home:
    """Where a user's files are, and what the user is told."""

    def __init__(self, folder: Path) -> None:
        self.folders = Folders(folder / "config", folder / "cache", folder / "state")
        self.stream = io.StringIO()
        self.reporter = Reporter(self.stream)

    def memory(self, resume: str | None = "job", filters: tuple[str, ...] = FILTERS) -> RunState:
        return RunState(self.folders, SETTINGS, filters, resume, self.reporter)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def run_and_end(home: Home, printed: int, left: int = 0) -> None:
    """A run that prints some texts, is ended in order, and leaves some."""
    with home.memory() as memory:
        now = clock()
        events = [sms(number) for number in range(printed + left)]
        memory.recorder.ready(now)
        memory.recorder.frame_came(now)
        memory.recorder.taken(events, now)
        memory.recorder.written(events[:printed])
        assert memory.recorder.end(live_session(now), events[printed:], now) == 0


def test_without_a_name_there_is_no_past_and_nothing_is_kept(home: Home):
    with home.memory(None) as memory:
        assert memory.past is None
        assert memory.opened is None
        assert not memory.recorder.keeps
        assert memory.seen.add("1")
    assert not (home.folders.state / "resume").exists()


def test_a_first_run_has_no_past(home: Home):
    with home.memory() as memory:
        assert (memory.past, memory.known_since) == (None, None)
        assert memory.recorder.keeps


def test_the_next_run_knows_what_was_printed(home: Home):
    run_and_end(home, printed=2)
    with home.memory() as memory:
        assert memory.past is not None
        assert memory.past.wsc is not None
        assert not memory.seen.add("1")
        assert memory.seen.add("2")
        # The history does not tell it again either.
        assert not memory.printed.is_new(sms(1, history=True))
        assert memory.printed.is_new(sms(2, history=True))
        assert home.reporter.redactor.mask(memory.past.wsc.token) == "***"


def test_the_next_run_knows_what_was_printed_from_the_history(home: Home):
    with home.memory() as memory:
        now = clock()
        memory.recorder.ready(now)
        memory.recorder.frame_came(now)
        memory.recorder.taken([sms(1, history=True)], now)
        memory.recorder.written([sms(1, history=True)])
        memory.recorder.end(live_session(now), [], now)
    with home.memory() as memory:
        # The service may replay it: that run dropped it, for the record was there before it.
        assert not memory.printed.all_new([sms(1)])
        assert not memory.printed.is_new(sms(1))
        assert not memory.printed.is_new(sms(1, history=True))
        assert memory.printed.is_new(sms(2))


def test_what_was_not_printed_is_not_read_again_from_the_history(home: Home):
    run_and_end(home, printed=1, left=2)
    with home.memory() as memory:
        assert not memory.printed.is_new(sms(2, history=True))


def test_what_was_not_printed_comes_first(home: Home):
    run_and_end(home, printed=1, left=2)
    with home.memory() as memory:
        assert memory.opened is not None
        left = memory.opened.spool.events()
        assert [[event.uuid for event in part] for part in left] == [["1", "2"]]
        assert not memory.seen.add("2")


def test_a_kill_leaves_a_past_without_an_end(home: Home):
    with home.memory() as memory:
        memory.recorder.ready(clock())
        memory.recorder.frame_came(clock())
        due = memory.recorder.deadline()
        assert due is not None
        memory.recorder.tick(due)
    with home.memory() as memory:
        assert memory.past is not None
        assert (memory.past.reason, memory.past.unsure, memory.past.wsc) == (KILLED, True, None)


def test_the_state_of_other_filters_is_set_aside(home: Home):
    run_and_end(home, printed=2)
    with home.memory(filters=("/restapi/v1.0/other",)) as memory:
        assert memory.past is None
        assert memory.seen.add("1")
    assert "it belongs to other event filters" in home.stream.getvalue()


def test_a_name_has_one_process(home: Home):
    with home.memory(), pytest.raises(BusyError), home.memory():
        pass
    # Given back, with everything that was held.
    with home.memory():
        pass


def test_subscriptions_that_a_later_run_needs_are_not_stale(home: Home):
    run_and_end(home, printed=1)
    with home.memory(None) as killed:
        killed.recorder.subscription("left", active=True)
        killed.recorder.subscription("sub-1", active=True)
    with home.memory(None) as memory:
        # The state of the name may still recover this one.
        assert memory.stale(frozenset()) == ["left"]
        assert memory.stale(frozenset({"left"})) == []


def test_a_run_that_was_never_ready_leaves_no_gap(home: Home):
    with home.memory() as memory:
        now = clock()
        memory.recorder.frame_came(now)
        memory.recorder.end(live_session(now), [], now)
    with home.memory() as memory:
        assert memory.past is None
        assert memory.recorder.lost_before(clock()) is None


def test_later_runs_print_nothing_from_before_the_first_ready(home: Home):
    with home.memory() as memory:
        ready = clock()
        memory.recorder.ready(ready)
        memory.recorder.frame_came(ready)
        memory.recorder.end(live_session(ready), [], ready)
    for _ in range(3):
        with home.memory() as memory:
            assert memory.recorder.follows_since == pytest.approx(wall_of(ready), abs=1)
            memory.recorder.ready(clock() + 1000)
            memory.recorder.end(live_session(ready), [], clock())


def test_a_state_of_an_earlier_version_has_no_such_limit(home: Home):
    run_and_end(home, printed=2)
    (path,) = (home.folders.state / "resume").glob("*.json")
    with home.memory() as memory:
        state = memory.recorder._state  # type: ignore[attr-defined]
    path.write_bytes(encode_state(msgspec.structs.replace(state, follows_since=None)))
    with home.memory() as memory:
        assert memory.past is not None
        assert memory.recorder.follows_since is None


def test_what_cannot_be_saved_is_a_message_about_the_state(home: Home):
    home.reporter = Reporter(home.stream, log_format="json")
    with home.memory() as memory:
        folder = home.folders.state / "resume"
        moved = folder.rename(home.folders.state / "moved")
        folder.write_text("no folder any more")
        memory.recorder.ready(clock())
        memory.recorder.frame_came(clock())
        memory.recorder.tick(clock() + 60)
        folder.unlink()
        moved.rename(folder)
    records = [json.loads(line) for line in home.stream.getvalue().splitlines()]
    assert [record["event"] for record in records if "cannot be saved" in record["message"]] == [
        "state"
    ]
