import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.errors import BusyError, SystemRefusedError, UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.state.resume_state import ResumeState, UnprintedSpan, decode_state, encode_state
from rc_tail.state.resume_store import LIMIT, ResumeStore, recoverable_subscriptions, states_in
from rc_tail.state.spool import Spool
from tests.output.events import notification
from tests.state.earlier_unprinted import leave_unprinted
from tests.state.limits import files_no_larger_than
from tests.state.processes import running
from tests.state.states import FILTERS, NOW, OWNER, SERVER, running_state, state


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, told: list[str]) -> Iterator[ResumeStore]:
    with ResumeStore(tmp_path, "work", told.append) as held:
        yield held


def load(store: ResumeStore) -> ResumeState | None:
    return store.load(SERVER, OWNER, FILTERS)


def kept(store: ResumeStore, waiting: UnprintedSpan) -> list[Notification]:
    return [event for part in store.unprinted(waiting) for event in part]


def names(store: ResumeStore) -> list[str]:
    return sorted(p.name for p in store.path.parent.iterdir() if p.suffix != ".lock")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_saved_comes_back_and_is_for_its_owner_only(store: ResumeStore, told: list[str]):
    assert load(store) is None
    store.save(running_state())
    store.save(running_state(ended=NOW), durable=True)
    assert load(store) == running_state(ended=NOW)
    assert {mode(p) for p in store.path.parent.iterdir()} == {0o600}
    assert mode(store.path.parent) == 0o700
    assert told == []


def test_wide_permissions_are_repaired(tmp_path: Path, told: list[str]):
    folder = states_in(tmp_path)
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    for name in ("work.json", "work.lock"):
        (folder / name).write_bytes(encode_state(state()))
        (folder / name).chmod(0o666)
    with ResumeStore(tmp_path, "work", told.append) as store:
        assert load(store) == state()
        assert mode(folder) == 0o700
        assert {mode(p) for p in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["", "../x", ".x"])
def test_a_path_is_no_name(tmp_path: Path, name: str):
    with pytest.raises(UsageError):
        ResumeStore(tmp_path, name, print)


def test_a_name_is_for_one_at_a_time(tmp_path: Path, store: ResumeStore):
    with (
        pytest.raises(BusyError, match="another rc-tail is running with --resume work") as caught,
        ResumeStore(tmp_path, "work", print),
    ):
        pass
    assert caught.value.exit_status == 75
    with ResumeStore(tmp_path, "other", print) as other:
        assert load(other) is None


HOLDER = """
import pathlib, sys
from rc_tail.state.resume_store import ResumeStore
with ResumeStore(pathlib.Path(sys.argv[1]), "work", print):
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_a_kill_frees_the_name(tmp_path: Path):
    with running(HOLDER, str(tmp_path)) as process:
        with pytest.raises(BusyError), ResumeStore(tmp_path, "work", print):
            pass
        process.kill()
        process.wait(timeout=60)
        with ResumeStore(tmp_path, "work", print) as store:
            assert load(store) is None


CHILD = """
    import subprocess
    child = subprocess.Popen(
        ["sleep", "600"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    print(child.pid, flush=True)
"""


def test_a_child_that_outlives_the_holder_does_not_keep_the_name(tmp_path: Path):
    program = HOLDER.replace("    sys.stdin", CHILD + "    sys.stdin")
    with running(program, str(tmp_path)) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
        process.wait(timeout=60)
        try:
            with ResumeStore(tmp_path, "work", print) as store:
                assert load(store) is None
        finally:
            os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("place", ["resume", "resume/work.lock"])
def test_nowhere_to_keep_a_state_is_an_error_at_the_start(tmp_path: Path, place: str):
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    path.symlink_to("nowhere")
    with (
        pytest.raises(SystemRefusedError, match="cannot be saved") as caught,
        ResumeStore(tmp_path, "work", print),
    ):
        pass
    assert caught.value.exit_status == 71


def test_no_locks_is_an_error_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def unsupported(descriptor: int, operation: int) -> None:
        raise OSError(38, "Function not implemented")

    # There is no such file system at hand.
    monkeypatch.setattr(fcntl, "flock", unsupported)
    with (
        pytest.raises(SystemRefusedError, match="not implemented"),
        ResumeStore(tmp_path, "work", print),
    ):
        pass


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (b"", "damaged"),
        (b"junk", "damaged"),
        (encode_state(state())[:-1], "damaged"),
        (b'{"version":99}', "another version"),
        (encode_state(ResumeState("https://other", OWNER, FILTERS)), "another server"),
        (encode_state(ResumeState(SERVER, "2", FILTERS)), "another account"),
        (encode_state(ResumeState(SERVER, OWNER, ())), "other event filters"),
        (b" " * (LIMIT + 1), "larger than"),
    ],
)
def test_what_cannot_be_continued_from_is_reported_and_set_aside(
    store: ResumeStore, told: list[str], contents: bytes, reason: str
):
    for number in (1, 2):
        store.path.write_bytes(contents)
        assert load(store) is None
        aside = store.path.with_name(f"work.json.aside-{number}")
        assert aside.read_bytes() == contents
        assert reason in told[-1]
        assert str(aside) in told[-1]
    assert len(told) == 2
    assert names(store) == ["work.json.aside-1", "work.json.aside-2"]
    store.save(state())
    assert load(store) == state()


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.mkdir(),
        lambda path: path.symlink_to(path.with_name("other")),
        lambda path: os.mkfifo(path),
    ],
    ids=["folder", "link", "pipe"],
)
def test_what_is_no_file_is_set_aside_and_not_followed(store: ResumeStore, told: list[str], make):
    other = store.path.with_name("other")
    other.write_bytes(encode_state(state()))
    make(store.path)
    assert load(store) is None
    assert names(store) == ["other", "work.json.aside-1"]
    assert "not a regular file" in told[0]
    assert decode_state(other.read_bytes()) == state()


def test_what_cannot_be_set_aside_is_reported(
    store: ResumeStore, told: list[str], monkeypatch: pytest.MonkeyPatch
):
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    store.path.write_bytes(b"junk")
    # Only the system's refusal is played here: the tests may run as root, whom nothing refuses.
    monkeypatch.setattr(Path, "rename", refuse)
    assert load(store) is None
    assert "could not be moved away: Operation not permitted" in told[0]


def test_a_full_disk_leaves_the_old_state(store: ResumeStore):
    store.save(state())
    with files_no_larger_than(100), pytest.raises(OSError, match="large"):
        store.save(running_state())
    assert load(store) == state()


def test_a_folder_that_was_deleted_is_made_again(store: ResumeStore):
    for path in store.path.parent.iterdir():
        path.unlink()
    store.path.parent.rmdir()
    store.save(state())
    assert load(store) == state()


def test_events_that_an_earlier_version_left_are_read(store: ResumeStore, told: list[str]):
    events = [notification(n) for n in range(4)]
    waiting = leave_unprinted(store, events, NOW - 5)
    store.save(state(waiting=waiting))
    loaded = load(store)
    assert loaded is not None
    assert loaded.waiting == waiting
    assert kept(store, waiting) == events
    assert kept(store, UnprintedSpan(waiting.file, 4, NOW, printed=3)) == events[3:]
    store.forget_unprinted()
    store.forget_unprinted()
    assert names(store) == ["work.json"]
    assert told == []


def test_events_that_a_kill_left_without_a_state_are_forgotten_with_the_next_load(
    store: ResumeStore,
):
    mine = leave_unprinted(store, [notification(1)], NOW, "1" * 16)
    leave_unprinted(store, [notification(2)], NOW, "2" * 16)
    others = store.path.with_name(f"work.x.{'0' * 16}.waiting")
    others.touch()
    store.save(state(waiting=mine))
    assert load(store) is not None
    assert names(store) == sorted(["work.json", f"work.{mine.file}.waiting", others.name])


@pytest.mark.parametrize("contents", [None, b"junk"])
def test_events_of_a_state_that_is_not_used_are_set_aside(
    store: ResumeStore, told: list[str], contents: bytes | None
):
    waiting = leave_unprinted(store, [notification(1)], NOW)
    Spool(store.spool_path).close()
    if contents is not None:
        store.path.write_bytes(contents)
    assert load(store) is None
    assert f"work.{waiting.file}.waiting.aside-1" in names(store)
    assert f"work.{waiting.file}.waiting" not in names(store)
    assert "work.spool.aside-1" in names(store)
    assert "work.spool" not in names(store)
    assert "without a state file" in told[-1]


def test_a_damaged_spool_is_set_aside_and_reported(store: ResumeStore, told: list[str]):
    store.spool_path.write_bytes(b"junk")
    store.spool_path.with_name("work.spool-wal").write_bytes(b"junk")
    aside = store.set_spool_aside("it is torn")
    assert aside is not None
    assert names(store) == [aside.name] == ["work.spool.aside-1"]
    assert store.set_spool_aside("it is torn") is None
    assert [aside.name in text for text in told] == [True, False]
    assert all("cannot be read (it is torn)" in text for text in told)


def test_the_subscriptions_that_a_state_may_recover(tmp_path: Path):
    assert recoverable_subscriptions(tmp_path, NOW) == frozenset()
    states = {
        "clean": running_state(subscription_id="s-1", ended=NOW),
        "killed": running_state(subscription_id="s-2"),
        "late": running_state(subscription_id="s-3", last_frame=NOW - 1000),
        "none": state(),
    }
    for name, one in states.items():
        with ResumeStore(tmp_path, name, print) as store:
            store.save(one)
    (states_in(tmp_path) / "damaged.json").write_bytes(b"junk")
    (states_in(tmp_path) / "folder.json").mkdir()
    assert recoverable_subscriptions(tmp_path, NOW) == {"s-1", "s-2"}
