import fcntl
import os
import stat
from pathlib import Path

import pytest

from rc_tail.system.files import NoRegularFileError
from rc_tail.system.published_file import (
    create_private,
    opened,
    read_regular,
    replace_regular,
    set_aside_anew,
    try_lock,
)
from tests.state.limits import files_no_larger_than


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced_as_a_whole_and_for_its_owner_only(tmp_path: Path, durable: bool):
    path = tmp_path / "file"
    before = os.umask(0o777)
    try:
        replace_regular(path, b"one", durable=durable)
    finally:
        os.umask(before)
    path.chmod(0o644)
    replace_regular(path, b"two", durable=durable)
    assert path.read_bytes() == b"two"
    assert mode(path) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_what_a_kill_left_of_a_write_is_written_over(tmp_path: Path):
    left = tmp_path / ".file.new"
    left.write_bytes(b"half")
    left.chmod(0o644)
    replace_regular(tmp_path / "file", b"whole", durable=False)
    assert [(p.name, mode(p)) for p in tmp_path.iterdir()] == [("file", 0o600)]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path):
    other, path = tmp_path / "other", tmp_path / "file"
    other.write_bytes(b"mine")
    path.symlink_to(other)
    replace_regular(path, b"new", durable=False)
    assert other.read_bytes() == b"mine"
    assert (path.read_bytes(), path.is_symlink()) == (b"new", False)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "file"
    replace_regular(path, b"old", durable=False)
    with files_no_larger_than(100), pytest.raises(OSError, match="large"):
        replace_regular(path, b"x" * 1000, durable=False)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_reading_takes_the_permissions_of_others_away(tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(b"secret")
    path.chmod(0o644)
    assert read_regular(path, 100) == b"secret"
    assert mode(path) == 0o600


@pytest.mark.parametrize("flags", [os.O_RDONLY | os.O_NONBLOCK, os.O_RDWR, os.O_WRONLY])
@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.mkdir(),
        lambda path: path.symlink_to(path.with_name("other")),
        lambda path: path.symlink_to(path.with_name("nothing")),
        lambda path: os.mkfifo(path),
    ],
    ids=["folder", "link", "broken link", "pipe"],
)
def test_what_is_no_regular_file_is_not_opened(tmp_path: Path, make, flags: int):
    (tmp_path / "other").write_bytes(b"mine")
    make(tmp_path / "file")
    flags |= 0 if flags == os.O_RDWR else os.O_NONBLOCK
    with pytest.raises(NoRegularFileError), opened(tmp_path / "file", flags):
        pass
    assert (tmp_path / "other").read_bytes() == b"mine"


def test_what_is_not_there_or_too_large_is_an_error(tmp_path: Path):
    path = tmp_path / "file"
    with pytest.raises(FileNotFoundError):
        read_regular(path, 100)
    path.write_bytes(b"x" * 101)
    with pytest.raises(OSError, match="larger than 100 bytes"):
        read_regular(path, 100)


def test_a_file_that_is_there_is_not_created(tmp_path: Path):
    os.close(create_private(tmp_path / "file"))
    with pytest.raises(FileExistsError):
        create_private(tmp_path / "file")


def test_a_file_whose_mode_cannot_be_set_is_not_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(descriptor: int, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    before = set(Path("/dev/fd").iterdir())
    # Only the system's refusal is played here: the tests may run as root, whom nothing refuses.
    monkeypatch.setattr(os, "fchmod", refuse)
    with pytest.raises(PermissionError):
        create_private(tmp_path / "file")
    assert set(Path("/dev/fd").iterdir()) == before
    assert read_regular(tmp_path / "file", 100) == b""


def test_a_lock_is_for_one_or_shared_by_all(tmp_path: Path):
    path = tmp_path / "file"
    path.touch()
    with opened(path) as one, opened(path) as two, opened(path) as three:
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
    with opened(tmp_path / "file") as descriptor, pytest.raises(OSError, match="implemented"):
        try_lock(descriptor)


def test_what_was_set_aside_before_is_not_written_over(tmp_path: Path):
    path = tmp_path / "file"
    kept = []
    for contents in ("one", "two"):
        path.write_text(contents)
        kept.append(set_aside_anew(path))
    path.symlink_to("nowhere")
    link = set_aside_anew(path)
    assert [p.read_text() for p in kept] == ["one", "two"]
    assert [p.name for p in (*kept, link)] == ["file.aside-1", "file.aside-2", "file.aside-3"]
    assert link.is_symlink()
    assert not os.path.lexists(path)
