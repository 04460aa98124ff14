"""The sockets of the simulator: one thread, one loop, one loopback port for HTTP and WebSocket.

Nothing blocks the loop: a client that does not read has its messages wait for it, and only for
it. All rules are the host's, which is called on the loop's thread alone.
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
from rc_tail.simulator.server.wire import Ended, Incoming, Message, Pong, Upgrade
from rc_tail.simulator.service.http_values import Answer, Request, not_found
from rc_tail.simulator.simulation import Simulation

HOST = "127.0.0.1"
LONGEST_SLEEP = 60.0

T = TypeVar("T")


def listen(port: int) -> socket.socket:
    """Return a listening socket on the loopback address.

    Raises:
        SystemRefusedError: The port is in use, or may not be used.
    """
    try:
        return socket.create_server((HOST, port), backlog=512)
    except OSError as error:
        words = (error.strerror or str(error)).lower()
        hint = "Choose another with --port, or --port 0 for any that is free."
        raise SystemRefusedError(f"port {port} cannot be used: {words}", hint=hint) from error


class Server:
    """Runs a simulation on a listening socket.

    Args:
        simulation: The rules and the traffic; all of it is called on the thread of the loop.
        listener: From `listen`; closed at the end.
        tls: How to speak TLS; None for plain text.
        clock: Gives the time.
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
        self._links: dict[int, ClientSocket] = {}
        self._numbers = count(1)
        self._later: list[tuple[float, int, ClientSocket, Answer]] = []
        self._calls: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._stopping = False
        self._listener = listener
        listener.setblocking(False)
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wake_in, selectors.EVENT_READ, self._woken)

    # From other threads.

    def stop(self) -> None:
        """Ask the loop to end; returns at once. A signal handler may call it."""
        self._stopping = True
        self._wake()

    def call(self, work: Callable[[], T], timeout: float = 30.0) -> T:
        """Run `work` on the loop's thread and return what it returns.

        Raises:
            TimeoutError: The loop does not get to it.
            RuntimeError: The loop has ended.
        """
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 - raised in the thread that asked
                future.set_exception(error)

        with self._lock:
            if self._stopping:
                raise RuntimeError("the simulator has ended")
            self._calls.append(run)
        self._wake()
        return future.result(timeout)

    def _wake(self) -> None:
        # Full means that it is awake already; closed, that it has ended.
        with contextlib.suppress(OSError):
            self._wake_out.send(b"w")

    def _woken(self, _mask: int) -> None:
        self._wake_in.recv(4096)
        self._run_calls()
        # Before the next socket is read: what it says may be answered by a close frame, and
        # behind that nothing is heard.
        self._carry_out(self._clock())

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
                due = self._work(self._clock())
        finally:
            self._end()

    def _work(self, now: float) -> float | None:
        """Do everything that is due now; return when something will be due next."""
        dues = [self._simulation.tick(now)]
        self._carry_out(now)
        while self._later and self._later[0][0] <= now:
            _, _, link, answer = heapq.heappop(self._later)
            self._reply(link, answer, now)
        dues += [self._later[0][0]] if self._later else []
        for link in list(self._links.values()):
            dues.append(self._settle(link, now))
        return min((due for due in dues if due is not None), default=None)

    def _end(self) -> None:
        with self._lock:
            self._stopping = True
        self._run_calls()
        for link in list(self._links.values()):
            link.queue(link.wire.close(1001, "The simulator ends"))
            link.guarded(link.flush)
            self._drop(link)
        self._selector.close()
        for sock in (self._listener, self._wake_in, self._wake_out):
            sock.close()

    # Sockets.

    def _accept(self, _mask: int) -> None:
        # Who goes away before being welcomed is not missed.
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._welcome(sock)

    def _welcome(self, sock: socket.socket) -> None:
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                wrap = self._tls.wrap_socket
                sock = wrap(sock, server_side=True, do_handshake_on_connect=False)
        except OSError:
            sock.close()
            return
        link = ClientSocket(next(self._numbers), sock)
        self._links[link.number] = link
        self._watch(link, selectors.EVENT_READ)

    def _ready(self, link: ClientSocket, mask: int) -> None:
        if not link.is_greeted:
            link.guarded(link.greet)
        elif mask & selectors.EVENT_READ:
            link.guarded(lambda: self._read(link))

    def _read(self, link: ClientSocket) -> None:
        data = link.read()
        if data is not None:
            now = self._clock()
            self._take(link, list(link.wire.receive(data)), now)
            self._carry_out(now)

    def _settle(self, link: ClientSocket, now: float) -> float | None:
        """Send what can be sent, drop what is done with; return when to look again."""
        due = link.guarded(lambda: link.trickle(now))
        link.guarded(link.flush)
        is_over = link.close_by is not None and now >= link.close_by
        if link.is_gone or is_over or (link.close_when_sent and link.is_idle):
            self._drop(link)
            return None
        events = 0 if link.is_muted else selectors.EVENT_READ
        if link.wants_to_write or not link.is_greeted:
            events |= selectors.EVENT_WRITE
        self._watch(link, events)
        return min((t for t in (due, link.close_by) if t is not None), default=None)

    def _watch(self, link: ClientSocket, events: int) -> None:
        key = self._selector.get_map().get(link.sock)
        if key is None:
            if events:
                self._selector.register(link.sock, events, lambda mask: self._ready(link, mask))
        elif not events:
            self._selector.unregister(link.sock)
        elif key.events != events:
            self._selector.modify(link.sock, events, key.data)

    def _drop(self, link: ClientSocket) -> None:
        del self._links[link.number]
        link.is_gone = True
        self._watch(link, 0)
        link.sock.close()
        now = self._clock()
        self._simulation.lost(link.number, link.unsent, now)

    # What came, and what is to be done.

    def _take(self, link: ClientSocket, incoming: list[Incoming], now: float) -> None:
        link.queue(link.wire.take_replies())
        for item in incoming:
            match item:
                case Request():
                    self._answer(link, self._simulation.answer(item, now), now)
                case Upgrade():
                    self._open(link, item.request, now)
                case Message():
                    self._simulation.received(link.number, item.text, now)
                case Pong():
                    self._simulation.ponged(link.number)
                case Ended():
                    link.close_when_sent = True
                    self._simulation.leaving(link.number)

    def _answer(self, link: ClientSocket, answer: Answer, now: float) -> None:
        if answer.delay > 0:
            heapq.heappush(self._later, (now + answer.delay, next(self._numbers), link, answer))
        else:
            self._reply(link, answer, now)

    def _reply(self, link: ClientSocket, answer: Answer, now: float) -> None:
        if link.is_gone:
            return
        link.queue(link.wire.answer(answer))
        if link.wire.must_close:
            link.close_when_sent = True
        else:
            self._take(link, list(link.wire.next_requests()), now)

    def _open(self, link: ClientSocket, request: Request, now: float) -> None:
        if not self._simulation.opened(link.number, request, now):
            self._reply(link, not_found(), now)
            return
        data, behind = link.wire.accept()
        link.queue(data)
        if not link.wire.is_websocket:
            link.close_when_sent = True
            return
        self._carry_out(now)
        self._take(link, behind, now)

    def _carry_out(self, now: float) -> None:
        for effect in self._simulation.take_effects(now):
            if link := self._links.get(effect.connection):
                link.carry_out(effect, now)
