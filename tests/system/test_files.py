import os
import stat
from pathlib import Path

import pytest

from rc_tail.system.files import (
    LIMIT,
    NoRegularFileError,
    make_private_folder,
    read_private,
    restrict_permissions,
    set_aside,
    write_private,
)


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
    write_private(path, b"one", lasting=False)
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


def test_wrong_permissions_are_repaired_and_told(tmp_path: Path) -> None:
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


def test_permissions_that_cannot_be_repaired_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    path.chmod(0o640)

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    # Only the system's refusal is played here: the tests may run as root, whom nothing refuses.
    monkeypatch.setattr(Path, "chmod", refuse)
    told: list[str] = []
    restrict_permissions(path, told.append)
    assert "could not be changed" in told[0]


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
    kind = IsADirectoryError if other_thing.is_dir() else NoRegularFileError
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


def test_a_damaged_file_is_kept_under_another_name(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b"junk")
    aside = set_aside(path)
    assert aside.name == "file.json.corrupt"
    assert aside.read_bytes() == b"junk"
    assert not path.exists()
