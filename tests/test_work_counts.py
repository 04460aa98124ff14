"""What events cost, counted and not timed: reads, writes, wake-ups, Python calls."""

import fcntl
import os
import signal
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from rc_tail.errors import ConnectionLostError
from rc_tail.gateway.batch_decoder import Burst, decode_batch
from rc_tail.gateway.commands import Deliver
from rc_tail.gateway.messages import Message, Notification
from rc_tail.output.json_lines import json_line
from rc_tail.output.pretty import Pretty
from rc_tail.simulator.instance import Simulator
from rc_tail.sinks.reports import Written
from rc_tail.sinks.stdout import DescriptorWriter
from rc_tail.sinks.writer import Writer
from rc_tail.system.clocks import utc_now
from rc_tail.tail.mailbox import Mailbox
from rc_tail.tail.write_reports import WriteReports
from rc_tail.transport.connection import Connection
from rc_tail.transport.frames import FrameReader
from rc_tail.transport.stream import Stream
from tests.benchmarks.load import Load, frame, messages
from tests.end_to_end import counted, processes
from tests.end_to_end.processes import Tail, Tails
from tests.gateway.transcript import details, granted, new_session
from tests.output.events import notification

PATIENCE = 60.0
EVENTS = 2_000
CHUNK = 64 * 1024

# Limits for the Python calls of `rc-tail sms --json` into a pipe, in all threads. Measured on
# Python 3.11: 30 per wake-up with one event, 0.19 per further event of a burst of a hundred.
# To lower a limit, run `pytest -s -k calls tests/test_work_counts.py`, which prints all of them,
# and leave 5 % for other versions of Python and its library.
MOST_CALLS_PER_WAKE_UP = 31
MOST_CALLS_PER_FURTHER_EVENT = 0.21
BURST = 100
# Of what makes a readable entry for a terminal of events as the benchmark sends them: 73.
MOST_CALLS_PER_READABLE_ENTRY = 77


class CountingSocket(socket.socket):
    """Counts how often it is read."""

    reads = 0

    def recv(self, size: int, flags: int = 0) -> bytes:
        self.reads += 1
        return super().recv(size, flags)


class CountingDescriptor(DescriptorWriter):
    """Counts how often it is written."""

    writes = 0

    def write(self, data: bytes | memoryview) -> int:
        self.writes += 1
        return super().write(data)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_burst_takes_a_read_for_each_64_kib_and_few_batches():
    data = b"".join(map(frame, messages(Load(EVENTS))))
    near, far = socket.socketpair()
    counting = CountingSocket(fileno=near.detach())
    connection = Connection(
        Stream(counting, stuck_after=PATIENCE), FrameReader(), masked=lambda _opcode, text: text
    )

    def send() -> None:
        with far:
            far.sendall(data)

    sender = threading.Thread(target=send)
    sender.start()
    got, batches = 0, 0
    try:
        while batch := connection.read_batch(PATIENCE):
            got += len(batch)
            batches += 1
    except ConnectionLostError:
        pass
    sender.join()
    assert got == EVENTS
    # However the sender and the system divide it, a read takes many frames.
    assert counting.reads <= EVENTS / 4
    assert batches <= counting.reads


def test_what_has_come_is_one_batch():
    data = b"".join(map(frame, messages(Load(40))))
    near, far = socket.socketpair()
    counting = CountingSocket(fileno=near.detach())
    far.sendall(data)
    assert len(data) < CHUNK
    connection = Connection(
        Stream(counting, stuck_after=PATIENCE), FrameReader(), masked=lambda _opcode, text: text
    )
    assert len(connection.read_batch(PATIENCE)) == 40
    # One for what there is, and one to see that there is no more.
    assert counting.reads <= 2
    connection.abort()
    far.close()


def test_a_burst_is_one_message_and_one_delivery():
    (burst,) = decode_batch(list(messages(Load(EVENTS))))
    assert isinstance(burst, Burst)
    assert len(burst.notifications) == EVENTS
    session = new_session()
    session.start(now=0)
    session.opened(1, oauth_session="oauth", used_wsc=False, now=0)
    subscription = burst.notifications[0].subscription_id
    asked = session.receive(1, [details()], now=0)
    session.receive(1, [granted(asked, subscription)], now=0)
    assert session.receive(1, [burst], now=1) == [Deliver(burst.notifications)]
    assert session.receive(1, [burst], now=2) == []
    one_by_one: list[Message | Burst] = [Message(n) for n in burst.notifications]
    assert session.receive(1, one_by_one, now=3) == []


def test_what_waits_is_written_at_once_and_wakes_the_main_thread_once(pipe: tuple[int, int]):
    mailbox = Mailbox()
    sink = CountingDescriptor(pipe[1])
    reports = WriteReports(mailbox, each=False, limit=EVENTS)
    outlet = Writer(sink, json_line, reports.put, limit=EVENTS)
    outlet.put([notification(n) for n in range(300)])
    until(lambda: outlet.waiting() == 0 and sink.writes == 1)
    outlet.put([notification(n) for n in range(300)])
    until(lambda: sink.writes == 2)
    assert outlet.close(PATIENCE) == []
    assert mailbox.written == Written(600, [notification(n) for n in range(300)])
    assert mailbox.get(0) is None
    assert len(os.read(pipe[0], 1 << 20).splitlines()) == 600


@pytest.mark.parametrize("count", [1, 100])
def test_the_main_thread_is_woken_when_enough_was_written(pipe: tuple[int, int], count: int):
    mailbox = Mailbox()
    reports = WriteReports(mailbox, each=False, limit=count)
    outlet = Writer(DescriptorWriter(pipe[1]), json_line, reports.put, limit=count)
    events: list[Notification] = [notification(n) for n in range(count)]
    outlet.put(events)
    item = mailbox.get(PATIENCE)
    assert isinstance(item, Written)
    assert item.total == count
    assert outlet.close(PATIENCE) == []


class Calls:
    """Counts the Python calls of a running rc-tail.

    Args:
        tail: It runs `tests.end_to_end.counted`.
        simulator: The server that it listens to.
        file: Where it counts.
    """

    def __init__(self, tail: Tail, simulator: Simulator, file: Path) -> None:
        self._tail = tail
        self._simulator = simulator
        self._file = file
        self._sent = 0

    def of(self, count: int) -> int:
        """Return how many calls it takes to print `count` events that arrive at once."""
        before = counted.calls(self._file)
        # It sleeps until all of them have arrived: how they are divided into reads is not left
        # to chance.
        self._tail.process.send_signal(signal.SIGSTOP)
        try:
            self._simulator.send("sms", text="hello", count=count)
            # The answer comes after the events were given to the socket.
            self._simulator.subscribers()
        finally:
            self._tail.process.send_signal(signal.SIGCONT)
        self._sent += count
        self._tail.lines(self._sent)
        return self._settled() - before

    def _settled(self) -> int:
        """Return the number of calls once it has not changed for a tenth of a second."""
        last, same = -1, 0
        while same < 5:
            now = counted.calls(self._file)
            same = same + 1 if now == last else 0
            last = now
            time.sleep(0.02)
        return last


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    """The calls of ``rc-tail sms --json``, which is ready and has printed its first events."""
    file = tmp_path / "calls"
    file.write_bytes(bytes(counted.SIZE))
    program = (sys.executable, "-m", "tests.end_to_end.counted", str(file))
    monkeypatch.setattr(processes, "PROGRAM", program)
    with Simulator() as simulator, Tails(tmp_path, simulator.variables) as tails:
        tail = tails("sms", "--json").wait_ready()
        if sys.platform == "linux":
            # A burst fits, and is never written in parts.
            assert tail.process.stdout is not None
            fcntl.fcntl(tail.process.stdout, fcntl.F_SETPIPE_SZ, 1 << 20)
        running = Calls(tail, simulator, file)
        for count in (1, BURST, 1):
            running.of(count)
        yield running


@pytest.mark.slow
def test_python_calls_per_wake_up_and_per_further_event(calls: Calls):
    # Medians: every few seconds one count contains a round of timers as well.
    single = statistics.median(calls.of(1) for _ in range(15))
    burst = statistics.median(calls.of(BURST) for _ in range(7))
    further = (burst - single) / (BURST - 1)
    print(f"{single:g} calls per wake-up with one event, {further:.2f} per further event")
    assert 0 < single <= MOST_CALLS_PER_WAKE_UP
    assert 0 < further <= MOST_CALLS_PER_FURTHER_EVENT


def test_python_calls_per_readable_entry():
    (burst,) = decode_batch(list(messages(Load(EVENTS))))
    assert isinstance(burst, Burst)
    render = Pretty(color=True, width=lambda: 80, now=utc_now, wrap=True, one_extension=True)
    calls = 0

    def look(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_name not in counted.INLINED

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        for each in burst.notifications:
            render(each)
    finally:
        sys.setprofile(before)
    print(f"{calls / EVENTS:.1f} calls per readable entry")
    assert 0 < calls <= MOST_CALLS_PER_READABLE_ENTRY * EVENTS
