import errno
import fcntl
import os
import pty
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rc_tail.delivery.sinks.descriptor import Descriptor
from rc_tail.errors import ExitStatus, ReaderGoneError, SinkError


@pytest.fixture
def bell() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def fill(sink: Descriptor) -> int:
    total = 0
    while count := sink.write(memoryview(b"x" * 100_000)):
        total += count
    return total


def test_a_pipe_takes_what_it_has_room_for_and_keeps_its_flags(bell: tuple[int, int]):
    read_end, write_end = os.pipe()
    sink = Descriptor(write_end)
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
        sink = Descriptor(ours.fileno())
        total = fill(sink)
        assert total > 0
        assert ours.getblocking()
        theirs.close()
        with pytest.raises(ReaderGoneError):
            sink.wait(bell[0], for_room=False)
        sink.close()


def test_a_terminal_takes_what_it_has_room_for():
    master, slave = pty.openpty()
    sink = Descriptor(slave)
    assert fill(sink) > 0
    sink.close()
    os.close(slave)
    os.close(master)


def test_a_file_takes_everything(tmp_path: Path, bell: tuple[int, int]):
    path = tmp_path / "out"
    with path.open("ab") as file:
        file.write(b"before\n")
        file.flush()
        sink = Descriptor(file.fileno())
        assert sink.write(memoryview(b"z" * 300_000)) == 300_000
        sink.wait(bell[0], for_room=True)
        sink.close()
    assert path.stat().st_size == 300_007


def test_a_rung_bell_ends_the_wait(bell: tuple[int, int]):
    read_end, write_end = os.pipe()
    sink = Descriptor(write_end)
    os.write(bell[1], b"!")
    sink.wait(bell[0], for_room=False)
    sink.close()
    os.close(read_end)
    os.close(write_end)


def write(sink: Descriptor, bell: int) -> None:
    sink.write(memoryview(b"x"))


def wait(sink: Descriptor, bell: int) -> None:
    sink.wait(bell, for_room=False)


@pytest.mark.parametrize("use", [write, wait])
def test_a_reader_that_is_gone_is_noticed(
    use: Callable[[Descriptor, int], None], bell: tuple[int, int]
):
    read_end, write_end = os.pipe()
    sink = Descriptor(write_end)
    os.close(read_end)
    with pytest.raises(ReaderGoneError):
        use(sink, bell[0])
    sink.close()
    os.close(write_end)


def test_a_full_disk_is_told():
    full = os.open("/dev/full", os.O_WRONLY)
    sink = Descriptor(full)
    with pytest.raises(SinkError) as failed:
        sink.write(memoryview(b"x"))
    assert failed.value.exit_status is ExitStatus.OUTPUT
    assert failed.value.message == (
        f"standard output could not be written: {os.strerror(errno.ENOSPC)}"
    )
    assert "disk" in failed.value.hint
    sink.close()
    os.close(full)


def test_a_closed_output_is_told():
    read_end, write_end = os.pipe()
    os.close(read_end)
    os.close(write_end)
    with pytest.raises(SinkError, match="standard output is closed"):
        Descriptor(write_end)


def test_a_pipe_that_cannot_be_opened_anew_never_blocks_either(
    monkeypatch: pytest.MonkeyPatch, bell: tuple[int, int]
):
    # What macOS is like, and a process that may not look at its own descriptors.
    def refuse(*arguments: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "open", refuse)
    read_end, write_end = os.pipe()
    sink = Descriptor(write_end)
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
    sink = Descriptor(write_end)
    # Where the system refuses, as it does users of many pipes, it stays as it is.
    assert fcntl.fcntl(read_end, fcntl.F_GETPIPE_SZ) in (before, after)
    sink.close()
    os.close(read_end)
    os.close(write_end)
