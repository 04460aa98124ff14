import errno
import fcntl
import stat
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from rc_tail.system.files import open_regular
from rc_tail.system.locks import locked, try_lock

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


def test_it_is_the_lock_that_filelock_takes(tmp_path: Path):
    path = tmp_path / "lock"
    with FileLock(path), pytest.raises(TimeoutError), locked(path, 0.05):
        pass
    with locked(path, 0), pytest.raises(TimeoutError), FileLock(path, timeout=0.05):
        pass


def test_it_is_for_the_owner_only(tmp_path: Path):
    path = tmp_path / "lock"
    with locked(path, 0):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_is_not_followed(tmp_path: Path):
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="lock"), locked(tmp_path / "lock", 0):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def unknown(*args: object) -> None:
        raise OSError(errno.ENOSYS, "no locks")

    def unsupported(*args: object, **kwargs: object) -> None:
        raise NotImplementedError

    # There is no such file system at hand.
    monkeypatch.setattr(fcntl, "flock", unknown)
    monkeypatch.setattr(FileLock, "acquire", unsupported)
    with pytest.raises(OSError, match="no locks"), locked(tmp_path / "lock", 0):
        pass


def test_a_lock_is_for_one_or_shared_by_all(tmp_path: Path):
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
        raise OSError(38, "Function not implemented")

    # There is no such file system at hand.
    monkeypatch.setattr(fcntl, "flock", unsupported)
    (tmp_path / "file").touch()
    with open_regular(tmp_path / "file") as descriptor, pytest.raises(OSError, match="implemented"):
        try_lock(descriptor)
