"""The sockets of the simulator: one thread, one loop, one loopback port for HTTP and WebSocket.

Nothing blocks the loop: messages for a client that does not read are queued for that client. All
rules are the simulation's, which is called on the thread of the loop only.
"""

import contextlib
import heapq
import selectors
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from typing import TypeVar

from rc_tail.errors import SystemRefusedError
from rc_tail.simulator.server.socket import ClientSocket
from rc_tail.simulator.server.wire import Closed, Incoming, Message, Pong, Upgrade
from rc_tail.simulator.service.http_values import Answer, Request, not_found
from rc_tail.simulator.simulation import Simulation

HOST = "127.0.0.1"
LONGEST_SLEEP = 60.0

T = TypeVar("T")


def listen(port: int) -> socket.socket:
    """Return a listening socket on the loopback address.

    Raises:
        SystemRefusedError: The port is in use or not permitted.
    """
    try:
        return socket.create_server((HOST, port), backlog=512)
    except OSError as error:
        words = (error.strerror or str(error)).lower()
        hint = "Choose another with --port, or --port 0 for any that is free."
        raise SystemRefusedError(f"port {port} cannot be used: {words}", hint=hint) from error


class Server:
    """Serves a simulation on a listening socket.

    Args:
        listener: From `listen`; closed at the end.
        tls: None for plain text.
        clock: Returns seconds since 1970 and never goes backwards.
    """

    def __init__(
        self,
        simulation: Simulation,
        listener: socket.socket,
        tls: ssl.SSLContext | None,
        clock: Callable[[], float],
    ) -> None:
        self._simulation = simulation
        self._tls = tls
        self._clock = clock
        self._clients: dict[int, ClientSocket] = {}
        self._numbers = count(1)
        self._delayed: list[tuple[float, int, ClientSocket, Answer]] = []
        self._calls: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._stopping = False
        self._listener = listener
        listener.setblocking(False)
        self._wakeup_reader, self._wakeup_writer = socket.socketpair()
        self._wakeup_reader.setblocking(False)
        self._wakeup_writer.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wakeup_reader, selectors.EVENT_READ, self._on_wakeup)

    # From other threads.

    def stop(self) -> None:
        """Ask the loop to end and return at once; safe in a signal handler."""
        self._stopping = True
        self._wake()

    def call(self, work: Callable[[], T], timeout: float = 30.0) -> T:
        """Run `work` on the thread of the loop and return its result.

        Raises:
            TimeoutError: The loop has not run it in time.
            RuntimeError: The loop has ended.
        """
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 - raised in the calling thread
                future.set_exception(error)

        with self._lock:
            if self._stopping:
                raise RuntimeError("the simulator has stopped")
            self._calls.append(run)
        self._wake()
        return future.result(timeout)

    def _wake(self) -> None:
        # A full pipe wakes the loop anyway; a closed one means that it has ended.
        with contextlib.suppress(OSError):
            self._wakeup_writer.send(b"w")

    def _on_wakeup(self, _mask: int) -> None:
        self._wakeup_reader.recv(4096)
        self._run_calls()
        # Before the next socket is read: its answer can be a close frame, and clients read nothing
        # after that.
        self._apply_effects(self._clock())

    def _run_calls(self) -> None:
        with self._lock:
            calls, self._calls = self._calls, []
        for call in calls:
            call()

    # The loop.

    def run(self) -> None:
        """Serve until `stop` is called; then close every connection."""
        due: float | None = None
        try:
            while not self._stopping:
                timeout = LONGEST_SLEEP if due is None else due - self._clock()
                for key, mask in self._selector.select(max(0.0, min(timeout, LONGEST_SLEEP))):
                    key.data(mask)
                due = self._run_due(self._clock())
        finally:
            self._shut_down()

    def _run_due(self, now: float) -> float | None:
        """Do everything that is due; return when something will be due next."""
        dues = [self._simulation.tick(now)]
        self._apply_effects(now)
        while self._delayed and self._delayed[0][0] <= now:
            _, _, client, answer = heapq.heappop(self._delayed)
            self._reply(client, answer, now)
        dues += [self._delayed[0][0]] if self._delayed else []
        for client in list(self._clients.values()):
            dues.append(self._update(client, now))
        return min((due for due in dues if due is not None), default=None)

    def _shut_down(self) -> None:
        with self._lock:
            self._stopping = True
        self._run_calls()
        for client in list(self._clients.values()):
            client.queue(client.wire.close(1001, "The simulator stops"))
            client.guarded(client.flush)
            self._remove(client)
        self._selector.close()
        for sock in (self._listener, self._wakeup_reader, self._wakeup_writer):
            sock.close()

    # Sockets.

    def _accept(self, _mask: int) -> None:
        # A client can disconnect before it is accepted.
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._add_client(sock)

    def _add_client(self, sock: socket.socket) -> None:
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                wrap = self._tls.wrap_socket
                sock = wrap(sock, server_side=True, do_handshake_on_connect=False)
        except OSError:
            sock.close()
            return
        client = ClientSocket(next(self._numbers), sock)
        self._clients[client.number] = client
        self._watch(client, selectors.EVENT_READ)

    def _on_ready(self, client: ClientSocket, mask: int) -> None:
        if not client.is_handshake_done:
            client.guarded(client.handshake)
        elif mask & selectors.EVENT_READ:
            client.guarded(lambda: self._read(client))

    def _read(self, client: ClientSocket) -> None:
        data = client.read()
        if data is not None:
            now = self._clock()
            self._process(client, list(client.wire.receive(data)), now)
            self._apply_effects(now)

    def _update(self, client: ClientSocket, now: float) -> float | None:
        """Send what can be sent, remove a finished client; return when to look again."""
        due = client.guarded(lambda: client.send_drip(now))
        client.guarded(client.flush)
        is_over = client.close_by is not None and now >= client.close_by
        if client.is_closed or is_over or (client.close_when_sent and client.is_idle):
            self._remove(client)
            return None
        events = 0 if client.is_muted else selectors.EVENT_READ
        if client.wants_to_write or not client.is_handshake_done:
            events |= selectors.EVENT_WRITE
        self._watch(client, events)
        return min((t for t in (due, client.close_by) if t is not None), default=None)

    def _watch(self, client: ClientSocket, events: int) -> None:
        key = self._selector.get_map().get(client.sock)
        if key is None:
            if events:
                self._selector.register(
                    client.sock, events, lambda mask: self._on_ready(client, mask)
                )
        elif not events:
            self._selector.unregister(client.sock)
        elif key.events != events:
            self._selector.modify(client.sock, events, key.data)

    def _remove(self, client: ClientSocket) -> None:
        del self._clients[client.number]
        client.is_closed = True
        self._watch(client, 0)
        client.sock.close()
        now = self._clock()
        self._simulation.lost(client.number, client.unsent, now)

    # Incoming data and effects.

    def _process(self, client: ClientSocket, incoming: list[Incoming], now: float) -> None:
        client.queue(client.wire.take_replies())
        for item in incoming:
            match item:
                case Request():
                    self._answer(client, self._simulation.answer(item, now), now)
                case Upgrade():
                    self._upgrade(client, item.request, now)
                case Message():
                    self._simulation.received(client.number, item.text, now)
                case Pong():
                    self._simulation.ponged(client.number)
                case Closed():
                    client.close_when_sent = True
                    self._simulation.closing(client.number)

    def _answer(self, client: ClientSocket, answer: Answer, now: float) -> None:
        if answer.delay > 0:
            heapq.heappush(self._delayed, (now + answer.delay, next(self._numbers), client, answer))
        else:
            self._reply(client, answer, now)

    def _reply(self, client: ClientSocket, answer: Answer, now: float) -> None:
        if client.is_closed:
            return
        client.queue(client.wire.answer(answer))
        if client.wire.must_close:
            client.close_when_sent = True
        else:
            self._process(client, list(client.wire.next_requests()), now)

    def _upgrade(self, client: ClientSocket, request: Request, now: float) -> None:
        if not self._simulation.opened(client.number, request, now):
            self._reply(client, not_found(), now)
            return
        data, trailing = client.wire.accept()
        client.queue(data)
        if not client.wire.is_websocket:
            client.close_when_sent = True
            return
        self._apply_effects(now)
        self._process(client, trailing, now)

    def _apply_effects(self, now: float) -> None:
        for effect in self._simulation.take_effects(now):
            if client := self._clients.get(effect.connection):
                client.apply(effect, now)
