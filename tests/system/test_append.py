import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rc_tail.system import append
from rc_tail.system.append import append_lines
from rc_tail.system.files import NotRegularFileError
from tests.state.limits import files_no_larger_than


def test_lines_follow_those_that_are_there(tmp_path: Path):
    path = tmp_path / "file"
    assert append_lines(path, [b"a\n", b"b\n"]) == 2
    assert append_lines(path, [b"c\n"]) == 1
    assert path.read_bytes() == b"a\nb\nc\n"


def test_a_new_file_is_for_its_owner_only_and_an_old_one_keeps_its_mode(tmp_path: Path):
    new, old = tmp_path / "new", tmp_path / "old"
    old.touch()
    old.chmod(0o644)
    for path in (new, old):
        append_lines(path, [b"a\n"])
    assert new.stat().st_mode & 0o777 == 0o600
    assert old.stat().st_mode & 0o777 == 0o644


def test_without_lines_the_file_is_created_and_not_changed(tmp_path: Path):
    path = tmp_path / "file"
    assert append_lines(path, []) == 0
    assert path.read_bytes() == b""
    path.write_bytes(b"half")
    assert append_lines(path, []) == 0
    assert path.read_bytes() == b"half"


def test_a_line_without_an_end_gets_one_first(tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(b'{"half')
    append_lines(path, [b"a\n"])
    append_lines(path, [b"b\n"])
    assert path.read_bytes() == b'{"half\na\nb\n'


def test_of_lines_that_do_not_all_fit_the_whole_ones_stay(tmp_path: Path):
    path = tmp_path / "file"
    lines = [b"x" * 99 + b"\n"] * 10
    with files_no_larger_than(350):
        assert append_lines(path, lines) == 3
        assert path.read_bytes() == b"".join(lines[:3])
        with pytest.raises(OSError, match="large"):
            append_lines(path, lines[3:])
        assert path.read_bytes() == b"".join(lines[:3])
    assert append_lines(path, lines[3:]) == 7
    assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize("limit", range(4, 12))
def test_a_break_counts_too_where_little_fits(tmp_path: Path, limit: int):
    path = tmp_path / "file"
    path.write_bytes(b"half")
    count = 0
    with files_no_larger_than(limit):
        try:
            count = append_lines(path, [b"ab\n", b"cd\n"])
        except OSError:
            # Nothing that was written stays.
            assert path.read_bytes() == b"half"
    assert count == max(0, (limit - 5) // 3)
    append_lines(path, [b"ab\n", b"cd\n"][count:])
    assert path.read_bytes() == b"half\nab\ncd\n"


def test_what_the_disk_does_not_take_is_not_counted_and_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "file"
    append_lines(path, [b"a\n"])

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        append_lines(path, [b"b\n", b"c\n"])
    monkeypatch.undo()
    assert path.read_bytes() == b"a\n"


def test_what_another_program_appended_is_not_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "file"

    def write(descriptor: int, data: memoryview) -> int:
        monkeypatch.undo()
        os.write(descriptor, data[:3])
        with path.open("ab") as other:
            other.write(b"theirs\n")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match="No space"):
        append_lines(path, [b"mine\n"])
    append_lines(path, [b"mine\n"])
    assert path.read_bytes() == b"mintheirs\nmine\n"


def test_a_renamed_file_is_not_written_any_more(tmp_path: Path):
    path = tmp_path / "file"
    append_lines(path, [b"a\n"])
    path.rename(tmp_path / "file.1")
    append_lines(path, [b"b\n"])
    path.unlink()
    append_lines(path, [b"c\n"])
    assert (tmp_path / "file.1").read_bytes() == b"a\n"
    assert path.read_bytes() == b"c\n"


def test_what_is_deleted_while_it_is_written_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "file"
    sync = os.fsync

    def delete(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", sync)
        path.unlink()

    path.touch()
    monkeypatch.setattr(os, "fsync", delete)
    assert append_lines(path, [b"a\n"]) == 1
    assert path.read_bytes() == b"a\n"


def test_a_link_is_followed_even_to_a_file_that_is_missing(tmp_path: Path):
    (tmp_path / "logs").mkdir()
    link, target = tmp_path / "link", tmp_path / "logs" / "file"
    link.symlink_to(target)
    append_lines(link, [b"a\n"])
    assert link.is_symlink()
    assert target.read_bytes() == b"a\n"


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to(os.devnull)


@pytest.mark.parametrize(
    ("make", "error"),
    [(folder, IsADirectoryError), (pipe, NotRegularFileError), (device, NotRegularFileError)],
)
def test_other_things_are_refused_and_not_waited_for(
    tmp_path: Path, make: Callable[[Path], None], error: type[OSError]
):
    make(tmp_path / "thing")
    with pytest.raises(error):
        append_lines(tmp_path / "thing", [b"a\n"])


def test_a_missing_folder_is_an_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        append_lines(tmp_path / "no" / "file", [b"a\n"])


def test_lines_of_several_writers_stay_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(append, "_WAIT", 60.0)
    path = tmp_path / "file"

    def work(name: bytes) -> None:
        for _ in range(10):
            append_lines(path, [name * 5000 + b"\n"] * 3)

    threads = [threading.Thread(target=work, args=(name,)) for name in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert len(lines) == 90
    assert {len(set(line)) for line in lines} == {1}


def test_a_file_that_another_program_has_locked_is_an_error_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(append, "_WAIT", 0.01)
    path = tmp_path / "file"
    with path.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError, match="another program has locked it"):
            append_lines(path, [b"a\n"])
    assert append_lines(path, [b"a\n"]) == 1
    assert path.read_bytes() == b"a\n"
