"""A wire between client and simulator that can do what the simulator cannot."""

import contextlib
import socket
import time

from tests.end_to_end.wire import Wire

_CHUNK = 65536
_DRIP = 0.02


class RoughWire(Wire):
    """Forwards connections; can fall silent, and let single bytes drip through.

    Args:
        port: The server's.
    """

    def __init__(self, port: int) -> None:
        self._silent: set[socket.socket] = set()
        self._slow: set[socket.socket] = set()
        super().__init__(port)

    def fall_silent(self) -> None:
        """Swallow what comes on the connections of now, and tell nobody: a half-open link."""
        with self._lock:
            self._silent |= self._ends

    def drip(self) -> None:
        """Let a byte at a time through on the connections of now."""
        with self._lock:
            self._slow |= self._ends

    def _hand_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                self._pass_on(data, source, sink)
            if source not in self._silent:
                sink.shutdown(socket.SHUT_WR)
            return
        if source not in self._silent:
            self._break(source, sink)

    def _pass_on(self, data: bytes, source: socket.socket, sink: socket.socket) -> None:
        at = 0
        while at < len(data) and source not in self._silent:
            if source in self._slow:
                sink.sendall(data[at : at + 1])
                at += 1
                time.sleep(_DRIP)
            else:
                sink.sendall(data[at:])
                return

    def _break(self, source: socket.socket, sink: socket.socket) -> None:
        with self._lock:
            mine = {source, sink} & self._ends
            self._ends -= mine
        for end in mine:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
