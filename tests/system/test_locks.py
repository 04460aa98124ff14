import errno
import fcntl
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from rc_tail.system import locks
from rc_tail.system.files import NotRegularFileError, open_regular
from rc_tail.system.locks import lock_file, locked, try_lock
from tests.state.processes import running

PATIENCE = 60.0


def test_one_at_a_time(tmp_path: Path):
    order: list[str] = []

    def other() -> None:
        with locked(tmp_path / "lock", PATIENCE):
            order.append("other")

    with locked(tmp_path / "lock", PATIENCE):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]


def test_it_is_free_again_afterwards_also_after_an_error(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock", 0):
        raise ZeroDivisionError
    with locked(tmp_path / "lock", 0):
        pass


def test_it_excludes_earlier_versions_which_used_filelock(tmp_path: Path):
    path = tmp_path / "lock"
    with FileLock(path), pytest.raises(TimeoutError), locked(path, 0.05):
        pass
    with locked(path, 0), pytest.raises(TimeoutError), FileLock(path, timeout=0.05):
        pass


def test_a_file_that_is_deleted_while_it_is_waited_for_is_not_taken_for_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "lock"

    def lock_and_delete(descriptor: int) -> bool:
        monkeypatch.undo()
        path.unlink()
        return try_lock(descriptor)

    # As some versions of filelock do at the end, between our opening and our locking.
    monkeypatch.setattr(locks, "try_lock", lock_and_delete)
    with locked(path, PATIENCE), pytest.raises(TimeoutError), locked(path, 0):
        pass


def test_a_process_that_dies_frees_it(tmp_path: Path):
    path = tmp_path / "lock"
    program = (
        "import pathlib, sys\n"
        "from rc_tail.system.locks import locked\n"
        "with locked(pathlib.Path(sys.argv[1]), 0):\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with running(program, str(path)) as process:
        with pytest.raises(TimeoutError), locked(path, 0.05):
            pass
        process.kill()
        process.wait(timeout=PATIENCE)
        with locked(path, 0):
            pass


@pytest.mark.parametrize("present", [False, True])
def test_it_is_for_the_owner_only(tmp_path: Path, present: bool):
    path = tmp_path / "lock"
    if present:
        path.touch(0o644)
    with locked(path, 0):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.symlink_to(path.with_name("elsewhere")),
        lambda path: path.mkdir(),
        lambda path: os.mkfifo(path),
    ],
    ids=["link", "folder", "pipe"],
)
def test_only_a_regular_file_is_locked(tmp_path: Path, make: Callable[[Path], None]):
    path = tmp_path / "lock"
    make(path)
    with pytest.raises((NotRegularFileError, IsADirectoryError)), locked(path, 0):
        pass
    assert list(tmp_path.iterdir()) == [path]


def test_a_shared_lock_is_for_all_and_an_exclusive_one_for_one(tmp_path: Path):
    path = tmp_path / "file"
    path.touch()
    with open_regular(path) as one, open_regular(path) as two, open_regular(path) as three:
        assert try_lock(one)
        assert not try_lock(two)
        assert not try_lock(two, shared=True)
        fcntl.flock(one, fcntl.LOCK_UN)
        assert try_lock(two, shared=True)
        assert try_lock(three, shared=True)
        assert not try_lock(one)


def test_a_file_system_without_locks_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def unsupported(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    # A fake, for want of such a file system.
    monkeypatch.setattr(fcntl, "flock", unsupported)
    with pytest.raises(OSError, match="implemented"), locked(tmp_path / "lock", 0):
        pass


def test_an_open_file_is_locked_until_it_is_closed(tmp_path: Path):
    path = tmp_path / "file"
    path.touch()
    with open_regular(path, os.O_RDWR) as first, open_regular(path, os.O_RDWR) as second:
        lock_file(first, 0)
        with pytest.raises(TimeoutError, match="another program has locked it"):
            lock_file(second, 0.05)
    with open_regular(path, os.O_RDWR) as third:
        lock_file(third, 0)


def test_a_file_system_without_locks_goes_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tried: list[int] = []

    def refuse(descriptor: int, _: int) -> None:
        tried.append(descriptor)
        raise OSError(errno.ENOTSUP, "not supported")

    path = tmp_path / "file"
    path.touch()
    monkeypatch.setattr(fcntl, "flock", refuse)
    with open_regular(path, os.O_RDWR) as descriptor:
        lock_file(descriptor, 60)
        assert tried == [descriptor]
        assert os.write(descriptor, b"x") == 1
