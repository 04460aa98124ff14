import os
import stat
from pathlib import Path

import pytest

from rc_tail.errors import ExitStatus, UsageError
from rc_tail.system.files import (
    LIMIT,
    NotRegularFileError,
    check_replaceable,
    create_private,
    make_private_folder,
    open_regular,
    read_private,
    replace_file,
    set_aside,
    write_private,
)
from tests.state.limits import files_no_larger_than


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_private(path, b"one")
    write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_what_need_not_last_is_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_private(path, b"one", durable=False)
    assert path.read_bytes() == b"one"
    assert mode(path) == 0o600


def test_a_wide_umask_changes_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_private(tmp_path / "folder" / "file", b"")
    finally:
        os.umask(before)
    assert mode(tmp_path / "folder" / "file") == 0o600
    assert mode(tmp_path / "folder") == 0o700


def test_wrong_permissions_are_repaired_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"secret")
    path.chmod(0o644)
    told: list[str] = []
    assert read_private(path, told.append) == b"secret"
    assert mode(path) == 0o600
    assert len(told) == 1
    assert "0644" in told[0]
    assert read_private(path, told.append) == b"secret"
    assert len(told) == 1


def test_a_wide_folder_is_repaired(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o755)
    make_private_folder(folder)
    assert mode(folder) == 0o700


def test_permissions_that_cannot_be_repaired_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    path.chmod(0o640)

    def refuse(*args: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    # A fake refusal: the tests may run as root, to whom the system refuses nothing.
    monkeypatch.setattr(os, "fchmod", refuse)
    told: list[str] = []
    assert read_private(path, told.append) == b""
    assert "could not be changed" in told[0]
    assert read_private(path) == b""


def test_no_file_is_none(tmp_path: Path) -> None:
    assert read_private(tmp_path / "nothing", print) is None


def test_a_huge_file_is_an_error(tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    huge.write_bytes(b"x" * (LIMIT + 1))
    with pytest.raises(OSError, match="larger"):
        read_private(huge, print)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    path.mkdir(parents=True)  # a folder cannot be replaced by a file
    with pytest.raises(IsADirectoryError):
        write_private(path, b"new")
    assert [p.name for p in path.parent.iterdir()] == ["file"]


@pytest.fixture(params=["pipe", "folder", "link to a pipe"])
def other_thing(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What is there under the name of a file and is none."""
    path = tmp_path / "thing"
    if request.param == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    if request.param.startswith("link"):
        link = tmp_path / "link"
        link.symlink_to(path)
        return link
    return path


def test_what_is_no_file_is_neither_waited_for_nor_replaced(other_thing: Path) -> None:
    before = [(path, path.lstat()) for path in sorted(other_thing.parent.iterdir())]
    kind = IsADirectoryError if other_thing.is_dir() else NotRegularFileError
    with pytest.raises(kind):
        read_private(other_thing, print)
    with pytest.raises(kind):
        write_private(other_thing, b"new")
    assert [(path, path.lstat()) for path in sorted(other_thing.parent.iterdir())] == before


def test_the_folder_that_a_link_leads_to_stays_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    link = tmp_path / "ours" / "link"
    link.parent.mkdir()
    link.symlink_to(shared / "new" / "file")
    write_private(link, b"two")
    assert (shared / "new" / "file").read_bytes() == b"two"
    assert (mode(shared), mode(shared / "new"), mode(link.parent)) == (0o755, 0o700, 0o700)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "real"
    write_private(real, b"one")
    link = tmp_path / "link"
    link.symlink_to(real)
    write_private(link, b"two")
    assert link.is_symlink()
    assert real.read_bytes() == b"two"


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced_as_a_whole_and_for_its_owner_only(tmp_path: Path, durable: bool):
    path = tmp_path / "file"
    before = os.umask(0o777)
    try:
        replace_file(path, b"one", durable=durable)
    finally:
        os.umask(before)
    path.chmod(0o644)
    replace_file(path, b"two", durable=durable)
    assert path.read_bytes() == b"two"
    assert mode(path) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_what_a_kill_left_of_a_write_is_written_over(tmp_path: Path):
    left = tmp_path / ".file.new"
    left.write_bytes(b"half")
    left.chmod(0o644)
    replace_file(tmp_path / "file", b"whole", temporary=left)
    assert [(p.name, mode(p)) for p in tmp_path.iterdir()] == [("file", 0o600)]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path):
    other, path = tmp_path / "other", tmp_path / "file"
    other.write_bytes(b"mine")
    path.symlink_to(other)
    replace_file(path, b"new")
    assert other.read_bytes() == b"mine"
    assert (path.read_bytes(), path.is_symlink()) == (b"new", False)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "file"
    replace_file(path, b"old")
    with files_no_larger_than(100), pytest.raises(OSError, match="large"):
        replace_file(path, b"x" * 1000)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_temporary_file_that_is_a_link_is_replaced_and_not_followed(tmp_path: Path):
    path, others, temporary = tmp_path / "file", tmp_path / "others", tmp_path / ".file.new"
    others.write_text("theirs")
    temporary.symlink_to(others)
    replace_file(path, b"ours", temporary=temporary)
    assert (path.read_text(), others.read_text()) == ("ours", "theirs")
    assert sorted(tmp_path.iterdir()) == [path, others]


@pytest.mark.parametrize("umask", [0o022, 0o027])
def test_a_file_that_is_not_private_has_the_mode_that_the_umask_leaves(tmp_path: Path, umask: int):
    path = tmp_path / "file"
    before = os.umask(umask)
    try:
        for data in (b"first", b"second"):
            replace_file(path, data, private=False)
            assert path.read_bytes() == data
    finally:
        os.umask(before)
    assert mode(path) == 0o666 & ~umask
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_not_replaced_and_no_temporary_file_is_left(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(tmp_path / "folder", b"x")
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


def test_reading_takes_the_permissions_of_others_away(tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(b"secret")
    path.chmod(0o644)
    assert read_private(path, limit=100) == b"secret"
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
def test_what_is_no_regular_file_is_not_open_regular(tmp_path: Path, make, flags: int):
    (tmp_path / "other").write_bytes(b"mine")
    make(tmp_path / "file")
    flags |= 0 if flags == os.O_RDWR else os.O_NONBLOCK
    with (
        pytest.raises((NotRegularFileError, IsADirectoryError)),
        open_regular(tmp_path / "file", flags),
    ):
        pass
    assert (tmp_path / "other").read_bytes() == b"mine"


def test_a_link_is_read_only_where_it_may_be_one(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"contents")
    (tmp_path / "link").symlink_to("file")
    assert read_private(tmp_path / "link") == b"contents"
    with pytest.raises(NotRegularFileError):
        read_private(tmp_path / "link", follow_link=False)


def test_a_file_of_more_bytes_than_the_limit_is_an_error(tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    assert read_private(path, limit=100) == b"x" * 100
    path.write_bytes(b"x" * 101)
    with pytest.raises(OSError, match="larger than 100 bytes"):
        read_private(path, limit=100)


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
    assert read_private(tmp_path / "file") == b""


@pytest.mark.parametrize("name", ["fifo", "link", "dangling", ""])
def test_what_would_be_replaced_by_mistake_is_refused_and_stays(tmp_path: Path, name: str):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "file").write_text("kept")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    before = {path: path.lstat().st_mode for path in tmp_path.iterdir()}
    with pytest.raises(UsageError, match=r"^--it: .* is not a regular file$") as refused:
        check_replaceable("--it", tmp_path / name)
    assert refused.value.exit_status == ExitStatus.USAGE
    assert {path: path.lstat().st_mode for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["file", "nothing"])
def test_a_file_and_a_free_name_can_be_replaced(tmp_path: Path, name: str):
    path = tmp_path / "file"
    path.write_text("kept")
    check_replaceable("--it", tmp_path / name)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "error"),
    [("file/inner", NotADirectoryError), ("missing/file", FileNotFoundError)],
)
def test_a_file_that_cannot_be_created_is_an_error(tmp_path: Path, name: str, error: type[OSError]):
    (tmp_path / "file").write_text("")
    with pytest.raises(error):
        check_replaceable("--it", tmp_path / name)


def test_what_was_set_aside_before_is_not_written_over(tmp_path: Path):
    path = tmp_path / "file"
    kept = []
    for contents in ("one", "two"):
        path.write_text(contents)
        kept.append(set_aside(path))
    path.symlink_to("nowhere")
    link = set_aside(path)
    assert [p.read_text() for p in kept] == ["one", "two"]
    assert [p.name for p in (*kept, link)] == ["file.aside-1", "file.aside-2", "file.aside-3"]
    assert link.is_symlink()
    assert not os.path.lexists(path)
