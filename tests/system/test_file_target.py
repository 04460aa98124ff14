import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from rc_tail.errors import ExitStatus, UsageError
from rc_tail.system.file_target import refuse_special_file, replace_whole, write_beside


@pytest.mark.parametrize("name", ["fifo", "link", "dangling", ""])
def test_what_would_be_replaced_by_mistake_is_refused_and_stays(tmp_path: Path, name: str):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "file").write_text("kept")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    before = {path: path.lstat().st_mode for path in tmp_path.iterdir()}
    with pytest.raises(UsageError, match=r"^--it: .* is no regular file$") as refused:
        refuse_special_file("--it", tmp_path / name)
    assert refused.value.exit_status == ExitStatus.USAGE
    assert {path: path.lstat().st_mode for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["file", "nothing", "missing/file"])
def test_a_file_and_nothing_are_well(tmp_path: Path, name: str):
    (tmp_path / "file").write_text("")
    refuse_special_file("--it", tmp_path / name)


def test_what_cannot_be_looked_at_is_the_systems_to_tell(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        refuse_special_file("--it", tmp_path / "file" / "inner")


def test_a_file_is_replaced_as_a_whole(tmp_path: Path):
    path = tmp_path / "file"
    for text in ("first", "second"):
        replace_whole(path, text)
        assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [replace_whole, write_beside])
def test_a_full_disk_leaves_the_file_as_it_was_and_nothing_else(
    tmp_path: Path, write: Callable[[Path, str], object]
):
    path = tmp_path / "file"
    path.write_text("as it was")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A file that may not grow is as a disk that is full.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            write(path, "something else")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_take_its_place_is_not_left(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_whole(tmp_path / "folder", "x")
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


def test_no_link_is_followed_that_somebody_put_where_it_writes(tmp_path: Path):
    path, others = tmp_path / "file", tmp_path / "others"
    others.write_text("theirs")
    (tmp_path / f".file.{os.getpid()}").symlink_to(others)
    replace_whole(path, "ours")
    assert (path.read_text(), others.read_text()) == ("ours", "theirs")
    assert sorted(tmp_path.iterdir()) == [path, others]
