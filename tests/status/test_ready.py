import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.errors import SinkError, UsageError
from rc_tail.status.ready import ReadyDescriptor, ReadyFile
from rc_tail.status.snapshot import Condition, Snapshot
from tests.state.limits import files_no_larger_than


def test_the_file_is_there_when_it_is_ready_and_not_before(tmp_path: Path):
    path = tmp_path / "ready"
    path.write_text("of an earlier run")
    file = ReadyFile(path)
    assert list(tmp_path.iterdir()) == []
    assert file.deadline() is None
    file.look(Snapshot(Condition.LIVE), 1)
    assert not path.exists()
    file.ready()
    assert path.read_text() == f"{os.getpid()}\n"
    file.end()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["", "missing/ready", "fifo", "link"])
def test_where_no_file_can_be_is_reported_at_once(tmp_path: Path, name: str):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="--ready-file"):
        ReadyFile(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fifo", "link"]


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file may grow, as on a disk that is full."""
    with files_no_larger_than(0):
        yield


@pytest.mark.usefixtures("full_disk")
def test_a_file_that_cannot_be_made_is_reported(tmp_path: Path):
    file = ReadyFile(tmp_path / "ready")
    with pytest.raises(
        SinkError, match=r"^--ready-file: .*ready cannot be created: File too large$"
    ):
        file.ready()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("full_disk")
def test_a_descriptor_that_takes_no_line_is_reported_and_closed(tmp_path: Path):
    number = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    descriptor = ReadyDescriptor(number)
    with pytest.raises(SinkError, match=f"--ready-fd: {number} cannot be written: File too large"):
        descriptor.ready()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_a_line_comes_through_the_descriptor_and_then_its_end():
    read_end, write_end = os.pipe()
    descriptor = ReadyDescriptor(write_end)
    descriptor.ready()
    assert os.read(read_end, 100) == b"ready\n"
    assert os.read(read_end, 100) == b""
    descriptor.end()
    os.close(read_end)


def test_without_a_line_the_end_comes_too():
    read_end, write_end = os.pipe()
    ReadyDescriptor(write_end).end()
    assert os.read(read_end, 100) == b""
    os.close(read_end)


def test_a_reader_that_is_gone_is_no_matter():
    read_end, write_end = os.pipe()
    descriptor = ReadyDescriptor(write_end)
    os.close(read_end)
    descriptor.ready()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(write_end)


@pytest.mark.parametrize("number", [-1, 0, 1, 2])
def test_a_standard_stream_is_refused(number: int):
    with pytest.raises(UsageError, match="--ready-fd"):
        ReadyDescriptor(number)


def test_what_is_not_open_for_writing_is_refused():
    read_end, write_end = os.pipe()
    os.close(write_end)
    for number in (read_end, write_end):
        with pytest.raises(UsageError, match="not open for writing"):
            ReadyDescriptor(number)
    os.close(read_end)


@pytest.mark.parametrize("number", [2**31, 10**30])
def test_what_can_be_no_descriptor_is_refused(number: int):
    with pytest.raises(UsageError, match=f"{number} is not open for writing: Bad file descriptor"):
        ReadyDescriptor(number)
