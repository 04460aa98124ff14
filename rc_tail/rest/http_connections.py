"""HTTP/1.1 connections that are kept open between requests, as the standard library speaks it.

Importing requests and urllib3 would take a quarter of a start (48 of 205 ms): all that they add,
such as redirects, cookies, compression and TLS settings, would have to be turned off.
"""

import http.client
import select
import ssl
import threading
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from rc_tail.errors import ConfigError
from rc_tail.network.connect import Deadline, connect
from rc_tail.network.proxies import proxy_for
from rc_tail.text.escape import visible

# A connection that was idle for longer may be dead (servers and NAT drop them without notice), and
# a request that is lost on one is not safe to repeat.
IDLE_LIMIT = 5.0
_PORTS = {"http": 80, "https": 443}


class ServerPort(NamedTuple):
    """Where a connection leads.

    Attributes:
        host: Name or address; an IPv6 address without brackets.
    """

    scheme: str
    host: str
    port: int


def server_port(url: str) -> ServerPort:
    """Return where a URL leads.

    Raises:
        ConfigError: It is not the address of a server.
    """
    scheme, _, _ = url.partition(":")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[scheme]
    except (ValueError, LookupError):
        host, port = "", 0
    if not host or host.startswith(("*", ".")):
        raise ConfigError(f"invalid address {shown_host(url)}")
    return ServerPort(scheme, host, port)


def shown_host(url: str) -> str:
    """Return host and port of a URL, for messages."""
    return visible(url.partition("://")[2].partition("/")[0].rpartition("@")[2])


class HttpConnection(http.client.HTTPConnection):
    """A connection that is opened by `rc_tail.network`: same proxies, deadline and errors.

    Attributes:
        was_connected: Whether it was ever open.
        idle_since: When its last response was complete, in seconds of `time.monotonic`.
    """

    def __init__(self, server: ServerPort, tls: ssl.SSLContext | None) -> None:
        super().__init__(server.host, server.port)
        self.default_port = _PORTS[server.scheme]
        self.server_port = server
        self.was_connected = False
        self.idle_since = 0.0
        self._tls = tls

    def connect(self) -> None:
        """Open it; called by the first request."""
        _, host, port = self.server_port
        shown = f"[{host}]" if ":" in host else host
        name = shown if port == self.default_port else f"{shown}:{port}"
        seconds = self.timeout or 0.0
        deadline = Deadline(seconds, name)
        proxy = proxy_for(host, port)
        self.sock = connect(host, port, deadline=deadline, proxy=proxy, tls=self._tls)
        self.sock.settimeout(seconds)
        self.was_connected = True

    def limit_waits(self, seconds: float) -> None:
        """Let each wait for the server take this long at most."""
        self.timeout = seconds
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def is_usable(self) -> bool:
        """Return whether an idle connection can take another request."""
        if self.sock is None or time.monotonic() - self.idle_since > IDLE_LIMIT:
            return False
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        # Nothing is due: what can be read is the end, or an answer to nothing.
        return not poll.poll(0)


class HttpConnections:
    """The connections of a client; may be used by several threads.

    Args:
        tls: Makes the TLS context when the first https connection needs it.
    """

    def __init__(self, tls: Callable[[], ssl.SSLContext]) -> None:
        self._make_tls = tls
        self._tls: ssl.SSLContext | None = None
        self._idle: dict[ServerPort, list[HttpConnection]] = {}
        self._lock = threading.Lock()

    def take(self, server: ServerPort) -> HttpConnection:
        """Return an idle connection, else a new one."""
        with self._lock:
            idle = self._idle.get(server, [])
            while idle:
                connection = idle.pop()
                if connection.is_usable():
                    return connection
                connection.close()
            if server.scheme == "https" and self._tls is None:
                self._tls = self._make_tls()
            return HttpConnection(server, self._tls if server.scheme == "https" else None)

    def give_back(self, connection: HttpConnection) -> None:
        """Keep an open connection for the next request."""
        connection.idle_since = time.monotonic()
        with self._lock:
            self._idle.setdefault(connection.server_port, []).append(connection)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            for idle in self._idle.values():
                for connection in idle:
                    connection.close()
            self._idle.clear()
