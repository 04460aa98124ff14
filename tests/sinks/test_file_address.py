import errno
import os
from pathlib import Path

import pytest

from rc_tail.errors import ExitStatus, UnreachableError, UsageError
from rc_tail.sinks.file_address import (
    UnwritableFileError,
    check_writable,
    file_of,
    opening_error,
    real_path,
)
from rc_tail.system.files import NotRegularFileError


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("a.jsonl", "{here}/a.jsonl"),
        ("file:a.jsonl", "{here}/a.jsonl"),
        ("file:a%20b", "{here}/a%20b"),
        ("./file:a", "{here}/file:a"),
        ("/var/a.jsonl", "/var/a.jsonl"),
        ("file:/var/a.jsonl", "/var/a.jsonl"),
        ("file:///var/a%20b.jsonl", "/var/a b.jsonl"),
        ("file://localhost/var/a.jsonl", "/var/a.jsonl"),
    ],
)
def test_an_address_is_a_path_with_or_without_the_scheme(
    address: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert str(file_of(address, "file", "--x")) == path.format(here=tmp_path)


@pytest.mark.parametrize("address", ["", "file:", "file://", "file:///a%00b"])
def test_no_name_is_no_file(address: str):
    with pytest.raises(UsageError, match="--x"):
        file_of(address, "file", "--x")


def test_another_machine_is_refused():
    with pytest.raises(UsageError, match="names another machine"):
        file_of("file://server/a", "file", "--x")


def test_what_is_no_regular_file_is_refused(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("pipe", "link", "", "missing/", "link/"):
        with pytest.raises(UsageError, match="is not a regular file"):
            file_of(f"{tmp_path}/{name}", "file", "--x")
    with pytest.raises(UsageError, match="is not a regular file"):
        file_of(os.devnull, "file", "--x")


def test_a_name_that_cannot_be_looked_up_is_left_to_the_opening(tmp_path: Path):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name in ("x" * 300, "circle", "missing/file"):
        assert file_of(f"{tmp_path}/{name}", "file", "--x") == tmp_path / name


@pytest.mark.parametrize(
    ("number", "kind", "status"),
    [
        (errno.ENOENT, UnwritableFileError, ExitStatus.USAGE),
        (errno.EACCES, UnwritableFileError, ExitStatus.USAGE),
        (errno.EROFS, UnwritableFileError, ExitStatus.USAGE),
        (errno.ENOSPC, UnreachableError, ExitStatus.UNREACHABLE),
        (errno.EIO, UnreachableError, ExitStatus.UNREACHABLE),
    ],
)
def test_an_error_of_opening_says_whether_waiting_helps(
    number: int, kind: type[Exception], status: ExitStatus
):
    error = opening_error("--x", Path("/a\x1bb"), OSError(number, os.strerror(number)))
    assert type(error) is kind
    assert error.exit_status is status
    # A disk may be mounted later; a first start does not wait for it.
    assert error.retryable
    assert error.message.startswith("--x: /a\\x1bb cannot be ")


def test_what_turned_into_another_thing_is_wrong_for_good():
    for error in (NotRegularFileError(), IsADirectoryError(errno.EISDIR, "x")):
        assert not opening_error("--x", Path("/a"), error).retryable


def test_whether_a_file_can_be_written_is_seen_without_writing(tmp_path: Path):
    check_writable(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "link").symlink_to(tmp_path / "missing" / "file")
    for name in ("missing/file", "link"):
        with pytest.raises(FileNotFoundError):
            check_writable(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_what_may_not_be_written_is_an_error(tmp_path: Path):
    (tmp_path / "file").touch(mode=0o400)
    tmp_path.chmod(0o500)
    for name in ("file", "new"):
        with pytest.raises(PermissionError):
            check_writable(tmp_path / name)
    tmp_path.chmod(0o700)


def test_links_in_a_circle_are_no_trap(tmp_path: Path):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert real_path(tmp_path / "circle") == tmp_path / "circle"
