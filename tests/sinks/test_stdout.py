import errno
import fcntl
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rc_tail.errors import ExitStatus, ReaderGoneError, SinkError
from rc_tail.sinks.stdout import DescriptorWriter


@pytest.fixture
def bell() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def fill(sink: DescriptorWriter) -> int:
    total = 0
    while count := sink.write(memoryview(b"x" * 100_000)):
        total += count
    return total


def test_a_pipe_takes_what_it_has_room_for_and_keeps_its_flags(bell: tuple[int, int]):
    read_end, write_end = os.pipe()
    sink = DescriptorWriter(write_end)
    total = fill(sink)
    assert total > 0
    assert os.get_blocking(write_end)
    assert len(os.read(read_end, total)) == total
    sink.wait(bell[0], for_room=True)
    assert sink.write(memoryview(b"y")) == 1
    sink.close()
    os.close(read_end)
    os.close(write_end)


def test_a_socket_takes_what_it_has_room_for(bell: tuple[int, int]):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sink = DescriptorWriter(ours.fileno())
        total = fill(sink)
        assert total > 0
        assert ours.getblocking()
        theirs.close()
        with pytest.raises(ReaderGoneError):
            sink.wait(bell[0], for_room=False)
        sink.close()


def test_a_terminal_takes_what_it_has_room_for():
    master, slave = pty.openpty()
    sink = DescriptorWriter(slave)
    assert fill(sink) > 0
    sink.close()
    os.close(slave)
    os.close(master)


def test_a_file_takes_everything(tmp_path: Path, bell: tuple[int, int]):
    path = tmp_path / "out"
    with path.open("ab") as file:
        file.write(b"before\n")
        file.flush()
        sink = DescriptorWriter(file.fileno())
        assert sink.write(memoryview(b"z" * 300_000)) == 300_000
        sink.wait(bell[0], for_room=True)
        sink.close()
    assert path.stat().st_size == 300_007


def test_a_rung_bell_ends_the_wait(bell: tuple[int, int]):
    read_end, write_end = os.pipe()
    sink = DescriptorWriter(write_end)
    os.write(bell[1], b"!")
    # Otherwise this would never return.
    sink.wait(bell[0], for_room=False)
    # The byte of the bell is not read by it.
    assert os.read(bell[0], 2) == b"!"
    assert sink.write(memoryview(b"y")) == 1
    sink.close()
    os.close(read_end)
    os.close(write_end)


def write(sink: DescriptorWriter, bell: int) -> None:
    sink.write(memoryview(b"x"))


def wait(sink: DescriptorWriter, bell: int) -> None:
    sink.wait(bell, for_room=False)


@pytest.mark.parametrize("use", [write, wait])
def test_a_reader_that_is_gone_is_noticed(
    use: Callable[[DescriptorWriter, int], None], bell: tuple[int, int]
):
    read_end, write_end = os.pipe()
    sink = DescriptorWriter(write_end)
    os.close(read_end)
    with pytest.raises(ReaderGoneError):
        use(sink, bell[0])
    sink.close()
    os.close(write_end)


def test_a_full_disk_is_reported():
    full = os.open("/dev/full", os.O_WRONLY)
    sink = DescriptorWriter(full)
    with pytest.raises(SinkError) as failed:
        sink.write(memoryview(b"x"))
    assert failed.value.exit_status is ExitStatus.OUTPUT
    assert failed.value.message == (
        f"standard output could not be written: {os.strerror(errno.ENOSPC)}"
    )
    assert "disk" in failed.value.hint
    sink.close()
    os.close(full)


def test_a_closed_output_is_reported():
    read_end, write_end = os.pipe()
    os.close(read_end)
    os.close(write_end)
    with pytest.raises(SinkError, match="standard output is closed"):
        DescriptorWriter(write_end)


def test_a_pipe_that_cannot_be_opened_again_never_blocks_either(
    monkeypatch: pytest.MonkeyPatch, bell: tuple[int, int]
):
    # What macOS is like, and a process that may not look at its own descriptors.
    def refuse(*arguments: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "open", refuse)
    read_end, write_end = os.pipe()
    sink = DescriptorWriter(write_end)
    total = fill(sink)
    assert total > 0
    assert os.get_blocking(write_end)
    sink.close()
    os.close(read_end)
    os.close(write_end)


@pytest.mark.skipif(not hasattr(fcntl, "F_GETPIPE_SZ"), reason="only Linux tells")
@pytest.mark.parametrize(("before", "after"), [(64 * 1024, 256 * 1024), (1 << 20, 1 << 20)])
def test_a_pipe_is_made_to_hold_a_burst_and_never_less_than_it_did(before: int, after: int):
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, before)
    sink = DescriptorWriter(write_end)
    # Where the system refuses, as it does users of many pipes, it stays as it is.
    assert fcntl.fcntl(read_end, fcntl.F_GETPIPE_SZ) in (before, after)
    sink.close()
    os.close(read_end)
    os.close(write_end)


def test_what_cannot_stall_is_written_at_once(tmp_path: Path):
    ends = os.pipe()
    ours, theirs = socket.socketpair()
    with (
        ours,
        theirs,
        (tmp_path / "file").open("wb") as file,
        Path(os.devnull).open("wb") as null,
        Path("/dev/full").open("wb", buffering=0) as device,
    ):
        opened = {
            "pipe": ends[1],
            "file": file.fileno(),
            "null": null.fileno(),
            "socket": ours.fileno(),
            "device": device.fileno(),
        }
        sinks = {name: DescriptorWriter(descriptor) for name, descriptor in opened.items()}
        at_once = {name for name, sink in sinks.items() if sink.writes_at_once}
        for sink in sinks.values():
            sink.close()
    for end in ends:
        os.close(end)
    assert at_once == {"pipe", "file", "null"}


# A file that may not grow is as a disk that is full. Another program writes behind half a line.
WRITES = """
import resource, sys
from rc_tail.sinks.stdout import DescriptorWriter
from rc_tail.errors import SinkError
def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
limit(int(sys.argv[1]))
sink, data = DescriptorWriter(1), memoryview(sys.argv[2].encode())
try:
    while data:
        data = data[sink.write(data):]
        if data and sys.argv[3]:
            limit(resource.RLIM_INFINITY)
            with open(sys.argv[3], "ab") as other:
                other.write(b"another\\n")
            limit(1)
except SinkError as error:
    limit(resource.RLIM_INFINITY)
    sys.exit(error.message)
"""


@pytest.mark.parametrize(
    ("how", "lines", "another", "after"),
    [
        ("ab", "123\n567\n9ab\n", False, b"before\n123\n567\n"),
        ("wb", "0123456\n89abcde\nghi\n", False, b"0123456\n89abcde\n"),
        ("ab", "x" * 20 + "\n", False, b"before\n"),
        ("ab", "012345678\nx\n", False, b"before\n012345678\n"),
        ("ab", "x" * 20 + "\n", True, b"before\nxxxxxxxxxxanother\n"),
    ],
)
def test_a_full_disk_leaves_no_half_line(tmp_path: Path, how, lines, another, after):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"before\n")
    words = ["17", lines, str(path) if another else ""]
    with path.open(how) as file:
        ended = subprocess.run(
            [sys.executable, "-c", WRITES, *words], stdout=file, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, path.read_bytes()) == (1, after), ended.stderr
    assert b"File too large" in ended.stderr


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux opens it once more")
@pytest.mark.parametrize(
    ("before", "how", "on_new_line", "after"),
    [
        (b"", "ab", True, b"1\n2\n"),
        (b"whole\n", "ab", True, b"whole\n1\n2\n"),
        (b"whole\nha", "ab", True, b"whole\nha\n1\n2\n"),
        (b"text: ", "ab", False, b"text: 1\n2\n"),
        # What it overwrites is no line before its own.
        (b"half", "r+b", True, b"1\n2\n"),
    ],
)
def test_a_file_that_ends_in_half_a_line(tmp_path: Path, before, how, on_new_line, after):
    path = tmp_path / "events.jsonl"
    path.write_bytes(before)
    with path.open(how, buffering=0) as file:
        sink = DescriptorWriter(file.fileno(), on_new_line=on_new_line)
        for line in (b"1\n", b"2\n"):
            assert sink.write(memoryview(line)) == 2
        sink.close()
    assert path.read_bytes() == after
