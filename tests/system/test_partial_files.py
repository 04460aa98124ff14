import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from rc_tail.system.files import make_folder, publish_new
from rc_tail.system.partial_files import PartBusyError, find_partial, open_partial


def test_a_part_grows_and_gets_its_name(tmp_path: Path):
    with open_partial(tmp_path, "a-1", 6) as part:
        part.begin(0)
        part.write(b"abc")
        assert part.size == 3
        assert find_partial(tmp_path, "a-1") == 6
    with open_partial(tmp_path, "a-1", 6) as part:
        part.begin(2)
        part.write(b"cdef")
        assert part.publish(tmp_path / "a-1.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["a-1.txt"]
    assert (tmp_path / "a-1.txt").read_bytes() == b"abcdef"
    assert (tmp_path / "a-1.txt").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path):
    (tmp_path / "a.txt").write_text("mine")
    with open_partial(tmp_path, "a", None) as part:
        part.begin(0)
        part.write(b"theirs")
        assert not part.publish(tmp_path / "a.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "mine"


def test_it_is_locked_while_it_is_open(tmp_path: Path):
    with (
        open_partial(tmp_path, "a", 1),
        pytest.raises(PartBusyError),
        open_partial(tmp_path, "a", 1),
    ):
        pass
    with open_partial(tmp_path, "a", 1):
        pass


def test_a_link_is_not_followed(tmp_path: Path):
    (tmp_path / "elsewhere").touch()
    (tmp_path / "a.1.part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="not a regular file"), open_partial(tmp_path, "a", 1):
        pass


def test_only_the_part_of_this_name_is_found(tmp_path: Path):
    for name in ("a-1.part", "a-1.x.part", "a-12.5.part", "b.5.part", "a-1.5.part.bak"):
        (tmp_path / name).touch()
    assert find_partial(tmp_path, "a-1") is None
    (tmp_path / "a-1.5.part").touch()
    assert find_partial(tmp_path, "a-1") == 5
    assert find_partial(tmp_path / "missing", "a-1") is None


def test_what_has_no_room_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "fstatvfs", lambda _: SimpleNamespace(f_bavail=1, f_frsize=1000))
    with open_partial(tmp_path, "a", 1002) as part:
        with pytest.raises(OSError, match="No space left") as caught:
            part.begin(0)
        assert caught.value.errno == errno.ENOSPC
        part.begin(2)
        part.delete()
    assert list(tmp_path.iterdir()) == []


def test_file_systems_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    for name, is_new in (("new", True), ("new", False)):
        temporary = tmp_path / "part"
        descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY)
        assert publish_new(descriptor, temporary, tmp_path / name) is is_new
        os.close(descriptor)
        assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_folders_are_made_for_their_owner_and_others_left_alone(tmp_path: Path):
    tmp_path.chmod(0o755)
    make_folder(tmp_path / "a" / "b")
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path, tmp_path / "a", tmp_path / "a/b")]
    assert modes == [0o755, 0o700, 0o700]
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "file")
