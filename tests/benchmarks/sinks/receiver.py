"""A receiver of webhooks that takes next to no time of its own, as a process."""

import contextlib
import multiprocessing
import os
import socket
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection as Pipe

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Receiver:
    """A receiver.

    Attributes:
        url: Where it takes events.
    """

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.url = f"http://127.0.0.1:{pipe.recv()}/hook"

    def check(self, count: int) -> None:
        """Check how many requests came since the last check.

        Raises:
            RuntimeError: Other than `count`.
        """
        self._pipe.send(None)
        if (came := self._pipe.recv()) != count:
            raise RuntimeError(f"{came} of {count} events came")


@contextlib.contextmanager
def receiving(core: int | None) -> Iterator[Receiver]:
    """Run a receiver on one core."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, core), daemon=True)
    process.start()
    there.close()
    try:
        yield Receiver(here)
    finally:
        process.kill()
        process.join()


class _Count:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value = 0


def _serve(pipe: Pipe, core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})
    count = _Count()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pipe.send(listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, count), daemon=True).start()
        with contextlib.suppress(EOFError):
            while True:
                pipe.recv()
                with count.lock:
                    came, count.value = count.value, 0
                pipe.send(came)


def _accept(listener: socket.socket, count: _Count) -> None:
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_answer, args=(sock, count), daemon=True).start()


def _answer(sock: socket.socket, count: _Count) -> None:
    came = b""
    with sock, contextlib.suppress(ConnectionError):
        while True:
            head, end, rest = came.partition(_END)
            needed = _body_size(head) if end else 1
            if len(rest) < needed:
                if not (data := sock.recv(65536)):
                    return
                came += data
                continue
            came = rest[needed:]
            with count.lock:
                count.value += 1
            sock.sendall(_ANSWER)


def _body_size(head: bytes) -> int:
    at = head.lower().find(_LENGTH)
    return int(head[at + len(_LENGTH) :].partition(b"\r")[0]) if at >= 0 else 0
