"""How fast messages are read, next to websocket-client's own ways.

A process of its own sends prebuilt frames over loopback
as fast as it can, and all contenders take turns in one run. What is counted is the CPU time of
the reading process, user and system, for each message: only the ratios mean something elsewhere.
An untimed round checks first that all read the same messages.
"""

import hashlib
import multiprocessing
import socket
import ssl
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from urllib.parse import urlsplit

import websocket

from rc_tail.errors import ConnectionLostError
from rc_tail.transport.websocket import TransportOptions, open_connection
from tests.benchmarks.bench import Bench
from tests.benchmarks.tables import Table
from tests.transport.peer import Peer, close, text

ROUNDS = 3
BURST = 1_300_000


@dataclass(frozen=True)
class Load:
    name: str
    letters: int
    count: int


LOADS = (
    Load("500 B", 480, 10_000),
    Load("1.3 KB", 1_250, 5_000),
    Load("64 KB", 62_000, 150),
    Load("1 MB", 1_000_000, 6),
)


def message(load: Load) -> str:
    # Here and there a letter that is no ASCII, as in real events.
    words = '"uri":"/restapi/v1.0/account/400000001/extension/400000101","status":"Available",'
    return (('{"name":"Jörg",' + words * 4 + "},") * (load.letters // 300 + 1))[: load.letters]


def serve(pipe: Pipe, load: Load) -> None:
    """Send to each client that comes, until killed."""
    each = min(load.count, BURST // load.letters + 1)
    burst = text(message(load)) * each
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pipe.send(listener.getsockname()[1])
        while True:
            sock, _ = listener.accept()
            with sock:
                peer = Peer(sock)
                peer.accept()
                for _ in range(load.count // each):
                    peer.send(burst)
                peer.send(burst[: len(burst) // each * (load.count % each)], close(1000))
                peer.read_to_end()


def rc_tail(url: str) -> Iterator[list[bytes]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    connection = open_connection(url, TransportOptions(), ssl_context=context)
    try:
        while batch := connection.read_batch(10.0):
            yield [part for part in batch if isinstance(part, bytes)]
    except ConnectionLostError:
        return


def library(*, skip: bool) -> Callable[[str], Iterator[list[bytes]]]:
    def read(url: str) -> Iterator[list[bytes]]:
        # With a time-out, as whoever has timers needs one.
        ws = websocket.create_connection(url, timeout=10.0, skip_utf8_validation=skip)
        while got := ws.recv():
            assert isinstance(got, str)
            yield [got.encode()]
        ws.shutdown()

    return read


def bytes_alone(url: str) -> Iterator[list[bytes]]:
    """What the system takes for itself: reads, and looks at nothing."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port)) as sock:
        key = "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="
        sock.sendall(f"GET / HTTP/1.1\r\nHost: x\r\n{key}\r\n\r\n".encode())
        last = b""
        while not last.endswith(close(1000)):
            last = sock.recv(65536)
    yield []


CONTENDERS: dict[str, Callable[[str], Iterator[list[bytes]]]] = {
    "rc-tail": rc_tail,
    "websocket-client, skip_utf8_validation": library(skip=True),
    "websocket-client, defaults": library(skip=False),
    "recv and discard": bytes_alone,
}


def digest(messages: Iterator[list[bytes]]) -> tuple[int, str]:
    count, all_of_it = 0, hashlib.sha256()
    for batch in messages:
        for words in batch:
            count += 1
            all_of_it.update(words)
    return count, all_of_it.hexdigest()


def seconds(messages: Iterator[list[bytes]]) -> float:
    started = time.process_time()
    for _ in messages:
        pass
    return time.process_time() - started


def run(load: Load, url: str, rounds: int) -> list[list[object]]:
    results = {name: digest(read(url)) for name, read in CONTENDERS.items() if read != bytes_alone}
    (told,) = set(results.values())
    assert told[0] == load.count
    spent: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for number in range(rounds):
        order = list(CONTENDERS.items())
        for name, read in order if number % 2 else reversed(order):
            spent[name].append(seconds(read(url)))
    ours = statistics.median(spent["rc-tail"])
    rows: list[list[object]] = []
    for name, times in spent.items():
        median = statistics.median(times)
        rows.append([load.name, name, median / load.count * 1e6, median / ours])
    return rows


def measure(bench: Bench) -> Table:
    context = multiprocessing.get_context("spawn")
    rows: list[list[object]] = []
    for load in LOADS:
        here, there = context.Pipe()
        server = context.Process(target=serve, args=(there, load), daemon=True)
        server.start()
        try:
            url = f"ws://127.0.0.1:{here.recv()}/ws"
            rows += run(load, url, min(bench.rounds, ROUNDS))
        finally:
            server.kill()
            server.join()
    head = ("message", "reader", "us/message", "x rc-tail")
    notes = [f"websocket-client {websocket.__version__}; in one process, nothing is printed."]
    return Table("Reading messages from a socket", head, rows, notes)
