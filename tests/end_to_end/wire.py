"""A wire that can be cut: hands bytes on, both ways, between a client and a local server."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.end_to_end.processes import PATIENCE

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset at once
_CHUNK = 65536


class Wire:
    """Forwards connections to a port of this machine, while it is entered.

    Args:
        port: The server's.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._is_up = True
        self._swallowing: set[socket.socket] = set()
        self._swallowed = 0
        self._start(self._accept)

    def cut(self) -> int:
        """Reset every connection; return how many ends were open."""
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            # Whoever waits for it wakes up.
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RD)
            end.close()
        return len(ends)

    def down(self) -> None:
        """Cut everything, and let nobody through until `up`."""
        with self._lock:
            self._is_up = False
        self.cut()

    def up(self) -> None:
        """Let everybody through again."""
        with self._lock:
            self._is_up = True

    def swallow(self) -> None:
        """Take what comes on the present connections, and hand nothing on, until they are cut."""
        with self._lock:
            self._swallowing = set(self._ends)

    @property
    def swallowed(self) -> int:
        """How many bytes came and were not handed on."""
        return self._swallowed

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        with self._lock:
            if not self._is_up:
                near.close()
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._server))
            except OSError:
                near.close()
                return
            self._ends |= {near, far}
        self._start(self._hand_on, near, far)
        self._start(self._hand_on, far, near)

    def _hand_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                if source in self._swallowing:
                    self._swallowed += len(data)
                    continue
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
            return
        # One end broke: so does the other.
        with self._lock:
            mine = {source, sink} & self._ends
            self._ends -= mine
        for end in mine:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(PATIENCE)
