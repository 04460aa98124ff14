"""Opens a TCP or TLS connection to a gateway, through a proxy where there is one, by a deadline."""

import contextlib
import errno
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator

from rc_tail.errors import CertificateError, RcTailError, SystemRefusedError, UnreachableError
from rc_tail.network.proxies import Proxy, tunnel_refusal
from rc_tail.network.server_address import unreachable_hint
from rc_tail.text.escape import visible

_NO_FILES = (errno.EMFILE, errno.ENFILE)
_NETWORK = unreachable_hint("")
_MAX_HEAD = 64 * 1024
# A dead path is noticed by the system after a minute, also when nothing is sent; values are
# seconds, seconds and tries. macOS names the first one differently.
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
    """The time that is left for all steps together.

    Args:
        seconds: From now.
        host: Who has to answer until then, for the message.
    """

    def __init__(self, seconds: float, host: str) -> None:
        self._seconds = seconds
        self._host = host
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            UnreachableError: None are.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise self.missed()
        return left

    def missed(self) -> UnreachableError:
        """Return the error for an answer that did not come in time."""
        return UnreachableError(
            f"{self._host} did not answer within {self._seconds:g} s", hint=_NETWORK
        )


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
        host: The gateway's name or address.
        port: The gateway's.
        deadline: For names, tunnels and handshakes together.
        proxy: Through whom; None for directly.
        tls: Who is trusted; None for plain TCP.

    Raises:
        UnreachableError: There is no connection, no name, or no answer in time.
        CertificateError: The gateway's certificate is not trusted.
        SystemRefusedError: There is no file descriptor left.
    """
    with raise_in_words(host, deadline):
        _check_name(host)
        if proxy is None:
            sock = _connect(host, port, deadline)
        else:
            sock = _tunnel(proxy, host, port, deadline)
        if tls is None:
            return sock
        return _encrypt(sock, host, tls, deadline)


@contextlib.contextmanager
def raise_in_words(host: str, deadline: Deadline) -> Iterator[None]:
    """Raise what the system says about `host` as an error with words for a person.

    Raises:
        UnreachableError: For most.
        CertificateError: For a certificate that is not trusted.
        SystemRefusedError: For a lack of file descriptors.
    """
    try:
        yield
    except TimeoutError as error:
        # The system's own limit for a connection reads the same to a person.
        raise deadline.missed() from error
    except OSError as error:
        raise _error_from(error, visible(host)) from error


def _error_from(error: OSError, host: str) -> RcTailError:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = visible(error.verify_message or str(error)).rstrip(".")
        return CertificateError(
            f"the certificate of {host} is not trusted: {reason}",
            hint="If its authority is your own, name its file with --ca-bundle. "
            "The check cannot be turned off.",
        )
    if error.errno in _NO_FILES and not isinstance(error, ssl.SSLError):
        return SystemRefusedError(f"the system refused: {os.strerror(error.errno or 0)}")
    hint = unreachable_hint(host) if isinstance(error, ConnectionRefusedError) else _NETWORK
    return UnreachableError(f"{host} could not be reached ({system_reason(error)})", hint=hint)


def system_reason(error: OSError) -> str:
    """Return the system's words for `error`."""
    if isinstance(error, ssl.SSLError):
        # Not every one that Python raises has a reason.
        reason = getattr(error, "reason", None) or str(error)
        return visible(f"TLS: {reason.replace('_', ' ').lower()}")[:200]
    return visible(error.strerror or str(error))[:200]


def resolve(host: str, port: int, deadline: Deadline) -> list[Address]:
    """Return the addresses of a name, in the order in which they are to be tried.

    Args:
        host: The name, or an address.
        port: Goes into the addresses.
        deadline: The resolver obeys none, so it is left alone when that is over.

    Raises:
        UnreachableError: There is no answer in time.
        OSError: The name is none, or has no address.
    """
    _check_name(host)
    answer: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(found)  # type: ignore[arg-type]  # the tuples of other families never come
        except OSError as error:
            answer.put(error)

    # The resolver obeys no time-out. A thread that was given up ends when the resolver does.
    thread = threading.Thread(target=ask, name="rc-tail-resolve", daemon=True)
    thread.start()
    try:
        found = answer.get(timeout=deadline.left())
    except queue.Empty:
        raise deadline.missed() from None
    thread.join()
    if isinstance(found, OSError):
        raise found
    return found


def _check_name(host: str) -> None:
    # With an empty or overlong part it never gets as far as the resolver, and one that a proxy
    # would take cannot be checked against a certificate.
    try:
        host.encode("idna")
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "this is no host name") from None


def _connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    addresses = resolve(host, port, deadline)
    last: OSError = OSError("it has no address")
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            # An address that swallows everything must leave time for the others.
            sock.settimeout(deadline.left() / (len(addresses) - tried))
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
    with raise_in_words(name, deadline):
        sock = _connect(proxy.host, proxy.port, deadline)
        try:
            sock.settimeout(deadline.left())
            sock.sendall(proxy.request(host, port))
            why = tunnel_refusal(_read_head(sock, deadline))
        except BaseException:
            sock.close()
            raise
    if why:
        sock.close()
        hint = "Give user and password as in HTTPS_PROXY=http://user:password@host:port"
        raise UnreachableError(
            f"{name} opened no way to {visible(host)}: {why}",
            hint=hint if "407" in why else _NETWORK,
        )
    return sock


def _read_head(sock: socket.socket, deadline: Deadline) -> bytes:
    head = bytearray()
    # Byte by byte: what follows the head belongs to the tunnel.
    while not head.endswith(b"\r\n\r\n") and len(head) < _MAX_HEAD:
        sock.settimeout(deadline.left())
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
        encrypted.settimeout(deadline.left())
        encrypted.do_handshake()
    except BaseException:
        encrypted.close()
        raise
    return encrypted
