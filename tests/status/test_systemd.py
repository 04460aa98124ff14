import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.status.snapshot import Condition, Snapshot
from rc_tail.status.systemd import FRESH, SystemdNotifier


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(10)
        yield sock


def supervisor(listener: socket.socket, **more: str) -> SystemdNotifier:
    found = SystemdNotifier.of({"NOTIFY_SOCKET": listener.getsockname(), **more}, os.getpid())
    assert found is not None
    return found


def live(heard: float) -> Snapshot:
    return Snapshot(Condition.LIVE, doing="live", last_frame=heard, printed=3)


def test_it_tells_the_start_the_state_and_the_end(listener: socket.socket):
    told = supervisor(listener)
    told.ready()
    told.look(live(1), 2)
    told.end()
    assert listener.recv(100) == b"READY=1"
    assert listener.recv(100) == b"STATUS=live; 3 events, 0 reconnects, 0 gaps"
    assert listener.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize(
    ("snapshot", "fed"),
    [
        (live(99), True),
        (live(100 - FRESH - 1), False),
        (Snapshot(Condition.LIVE), False),
        (Snapshot(Condition.RECONNECTING, last_frame=99), False),
    ],
)
def test_the_watchdog_is_fed_only_while_the_connection_is_alive(
    listener: socket.socket, snapshot: Snapshot, fed: bool
):
    told = supervisor(listener, WATCHDOG_USEC="4000000")
    told.look(snapshot, 100)
    assert (b"WATCHDOG=1" in listener.recv(200)) is fed
    assert told.deadline() == 102


@pytest.mark.parametrize(
    "more",
    [
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"},
    ],
)
def test_a_watchdog_of_another_process_is_not_fed(listener: socket.socket, more: dict[str, str]):
    supervisor(listener, **more).look(live(99), 100)
    assert b"WATCHDOG" not in listener.recv(200)


def test_abstract_addresses_are_understood():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0rc-tail-test-{os.getpid()}")
        sock.settimeout(10)
        found = SystemdNotifier.of({"NOTIFY_SOCKET": f"@rc-tail-test-{os.getpid()}"}, 1)
        assert found is not None
        found.ready()
        assert sock.recv(100) == b"READY=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_an_address_there_is_nobody(environ: dict[str, str]):
    assert SystemdNotifier.of(environ, 1) is None


def test_a_supervisor_that_is_gone_is_no_matter(tmp_path: Path):
    found = SystemdNotifier.of({"NOTIFY_SOCKET": str(tmp_path / "gone")}, 1)
    assert found is not None
    found.ready()
