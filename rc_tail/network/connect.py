"""Opening a TCP or TLS connection, through a proxy if there is one, within a deadline."""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator

from rc_tail.errors import UnreachableError
from rc_tail.network.network_errors import NETWORK_HINT, error_from, timeout_error
from rc_tail.network.proxies import Proxy
from rc_tail.system.deadline import run_with_deadline
from rc_tail.text.escape import visible

_MAX_HEAD = 64 * 1024
# The system notices a dead path after a minute, even when nothing is sent; values are seconds,
# seconds and probes. macOS names the first one differently.
_KEEP_ALIVE = (
    ("TCP_KEEPIDLE", 30),
    ("TCP_KEEPALIVE", 30),
    ("TCP_KEEPINTVL", 10),
    ("TCP_KEEPCNT", 3),
)

Address = tuple[
    socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int]
]


class Deadline:
    """One time limit for all steps of opening a connection.

    Args:
        seconds: From now.
        name: The server, as error messages name it; untrusted.
    """

    def __init__(self, seconds: float, name: str) -> None:
        self.name = visible(name)
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that remain, more than 0.

        Raises:
            UnreachableError: None remain.
        """
        remaining = self._until - time.monotonic()
        if remaining <= 0:
            raise self.exceeded()
        return remaining

    def exceeded(self) -> UnreachableError:
        """Return the error for an answer that did not come in time."""
        return timeout_error(self.name, self._seconds)


def connect(
    host: str,
    port: int,
    *,
    deadline: Deadline,
    proxy: Proxy | None,
    tls: ssl.SSLContext | None,
) -> socket.socket:
    """Return a connected socket.

    Args:
        host: Name or address of the server; an IPv6 address without brackets.
        deadline: For name resolution, tunnel and handshake together.
        proxy: None to connect directly.
        tls: None for plain TCP.

    Raises:
        UnreachableError: No connection, unknown name, or no answer in time.
        CertificateError: The server's certificate is not trusted.
        SystemRefusedError: There is no file descriptor left.
    """
    with translate_errors(deadline, host=host):
        _check_name(host)
        if proxy is None:
            sock = _connect(host, port, deadline)
        else:
            sock = _tunnel(proxy, host, port, deadline)
        if tls is None:
            return sock
        return _encrypt(sock, host, tls, deadline)


@contextlib.contextmanager
def translate_errors(deadline: Deadline, *, host: str = "", name: str = "") -> Iterator[None]:
    """Re-raise `OSError` as an error with words for a person.

    Args:
        deadline: Names the server, and says how long was waited.
        host: The server's host, for the hint; empty for a proxy.
        name: Who failed, if not the server.

    Raises:
        UnreachableError: For most.
        CertificateError: For a certificate that is not trusted.
        SystemRefusedError: For a lack of file descriptors.
    """
    try:
        yield
    except TimeoutError as error:
        # The system's own limit for a connection reads the same to a person.
        raise deadline.exceeded() from error
    except OSError as error:
        raise error_from(error, name or deadline.name, host=host) from error


def resolve(host: str, port: int, deadline: Deadline) -> list[Address]:
    """Return the addresses of a name, in the order in which to try them.

    Raises:
        OSError: Not a name, without an address, or no answer in time.
    """
    _check_name(host)
    # The resolver obeys no time-out.
    return run_with_deadline(lambda: _lookup(host, port), deadline.remaining(), name="resolve")


def _lookup(host: str, port: int) -> list[Address]:
    # The tuples of other families never come.
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)  # type: ignore[return-value]


def _check_name(host: str) -> None:
    # The resolver refuses an empty or overlong label with an error of another kind. A proxy might
    # accept one, but no certificate can be checked against it.
    try:
        host.encode("idna")
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "invalid host name") from None


def _connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    addresses = resolve(host, port, deadline)
    last: OSError = OSError("no address found")
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            # An address that does not answer must leave time for the others.
            sock.settimeout(deadline.remaining() / (len(addresses) - tried))
            sock.connect(address)
            _set_options(sock)
        except OSError as error:
            sock.close()
            last = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise last


def _set_options(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _tunnel(proxy: Proxy, host: str, port: int, deadline: Deadline) -> socket.socket:
    name = f"the proxy {visible(proxy.host)}"
    with translate_errors(deadline, name=name):
        sock = _connect(proxy.host, proxy.port, deadline)
        try:
            sock.settimeout(deadline.remaining())
            sock.sendall(proxy.request(host, port))
            refusal = proxy.refusal(_read_head(sock, deadline))
        except BaseException:
            sock.close()
            raise
    if refusal:
        sock.close()
        hint = "Give user and password as in HTTPS_PROXY=http://user:password@host:port"
        raise UnreachableError(
            f"{name} refused the connection to {visible(host)}: {refusal}",
            hint=hint if refusal.startswith("status 407") else NETWORK_HINT,
        )
    return sock


def _read_head(sock: socket.socket, deadline: Deadline) -> bytes:
    head = bytearray()
    # Byte by byte: what follows the head belongs to the tunnel.
    while not head.endswith(b"\r\n\r\n") and len(head) < _MAX_HEAD:
        sock.settimeout(deadline.remaining())
        byte = sock.recv(1)
        if not byte:
            break
        head += byte
    return bytes(head)


def _encrypt(
    sock: socket.socket, host: str, tls: ssl.SSLContext, deadline: Deadline
) -> socket.socket:
    try:
        encrypted = tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        sock.close()
        raise
    try:
        # This time-out is one for the whole handshake.
        encrypted.settimeout(deadline.remaining())
        encrypted.do_handshake()
    except BaseException:
        encrypted.close()
        raise
    return encrypted
