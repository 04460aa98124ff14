import os
import resource
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from rc_tail.errors import SystemRefusedError
from rc_tail.transport.stream import MAX_UNSENT, Stream, StreamError
from tests.transport.peer import PATIENCE

Pair = tuple[Stream, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    mine, theirs = socket.socketpair()
    theirs.settimeout(PATIENCE)
    stream = Stream(mine, stuck_after=0.2)
    yield stream, theirs
    stream.close()
    theirs.close()


def soon() -> float:
    return time.monotonic() + PATIENCE


def drain(sock: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        got += sock.recv(65536)
    return got


def next_descriptor() -> int:
    free = os.dup(0)
    os.close(free)
    return free


def stuff(stream: Stream) -> int:
    """Write until something has to wait; return how much was written."""
    total = 0
    while not stream.unsent:
        stream.write(b"x" * 10_000)
        total += 10_000
    return total


def test_bytes_go_both_ways(pair: Pair):
    stream, theirs = pair
    stream.write(b"there")
    assert drain(theirs, 5) == b"there"
    theirs.sendall(b"back")
    assert stream.read(soon()) == b"back"


def test_nothing_in_time_is_none(pair: Pair):
    stream, _ = pair
    started = time.monotonic()
    assert stream.read(started - 1) is None
    assert stream.read(started + 0.05) is None
    assert 0.05 <= time.monotonic() - started < PATIENCE / 2


def test_the_end_is_no_bytes(pair: Pair):
    stream, theirs = pair
    theirs.close()
    assert stream.read(soon()) == b""


def test_what_waits_is_sent_by_reading_once_there_is_room(pair: Pair):
    stream, theirs = pair
    total = stuff(stream)
    assert stream.unsent
    reader = threading.Thread(target=stream.read, args=(soon(),))
    reader.start()
    assert drain(theirs, total) == b"x" * total
    theirs.sendall(b"enough")
    reader.join(PATIENCE)
    assert not stream.unsent


def test_a_write_wakes_a_reader_that_waits_so_that_it_sends_the_rest(pair: Pair):
    stream, theirs = pair
    reader = threading.Thread(target=stream.read, args=(soon(),))
    reader.start()
    time.sleep(0.05)  # so that it waits, most probably
    total = stuff(stream)
    assert drain(theirs, total) == b"x" * total
    theirs.close()
    reader.join(PATIENCE)
    assert not reader.is_alive()


def test_a_peer_that_takes_nothing_is_given_up(pair: Pair):
    stream, _ = pair
    stuff(stream)
    started = time.monotonic()
    with pytest.raises(StreamError, match=r"the peer accepted no data for 0\.2 s"):
        stream.read(soon())
    assert time.monotonic() - started < PATIENCE / 2
    with pytest.raises(StreamError, match=r"the peer accepted no data for 0\.2 s"):
        stream.write(b"more")


def test_no_more_than_the_limit_waits(pair: Pair):
    stream, _ = pair
    stuff(stream)
    with pytest.raises(StreamError, match="are waiting to be sent"):
        stream.write(b"x" * MAX_UNSENT)
    assert stream.unsent < MAX_UNSENT


def test_a_failed_write_leaves_what_came_to_be_read(pair: Pair):
    stream, theirs = pair
    theirs.sendall(b"last words")
    theirs.close()
    stream.write(b"nobody hears this")
    with pytest.raises(StreamError, match="Broken pipe"):
        stream.write(b"nor this")
    assert stream.read(soon()) == b"last words"


def test_closing_wakes_a_reader_which_cleans_up(pair: Pair):
    stream, theirs = pair
    told: list[str] = []

    def read() -> None:
        with pytest.raises(StreamError) as caught:
            stream.read(soon())
        told.append(str(caught.value))

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.05)  # so that it waits, most probably
    # Woken twice: by what has to wait, and by the end.
    stuff(stream)
    stream.close()
    stream.close()
    reader.join(PATIENCE)
    assert told == ["the connection was closed"]
    with pytest.raises(StreamError, match="the connection is closed"):
        stream.write(b"x")
    assert stream._sock.fileno() == -1
    while theirs.recv(65536):
        pass


def test_many_wakings_and_ends_leave_no_descriptor_open():
    before = next_descriptor()
    for number in range(50):
        mine, theirs = socket.socketpair()
        with theirs:
            stream = Stream(mine, stuck_after=5.0)
            reader = threading.Thread(target=_read_quietly, args=(stream,))
            reader.start()
            if number % 2:
                stuff(stream)
            stream.close()
            reader.join(PATIENCE)
    assert next_descriptor() == before


def _read_quietly(stream: Stream) -> None:
    with pytest.raises(StreamError):
        stream.read(soon())


def test_a_lack_of_file_descriptors_is_raised_and_takes_nothing():
    mine, theirs = socket.socketpair()
    _, hard = limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = next_descriptor()
    with mine, theirs:
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, hard))
        try:
            with pytest.raises(SystemRefusedError, match="Too many open files"):
                Stream(mine, stuck_after=1.0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        theirs.sendall(b"x")
        assert mine.recv(1) == b"x"
