"""WebSocket connections: opened by websocket-client, read in batches, written by any thread.

websocket-client does the opening handshake and masks what is sent. It reads each frame with
several small reads and has no deadlines, so that reading is done here, on the same socket, with
`rc_tail.transport.frames`; of the library only what it documents is used (its ``socket`` option).
"""

import http.cookies
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Self
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec
import websocket

from rc_tail import __version__
from rc_tail.errors import RcTailError, RemoteProtocolError
from rc_tail.gateway.incoming import Dropped, Incoming, Pong
from rc_tail.network.connect import Deadline, connect, translate_errors
from rc_tail.network.proxies import proxy_for
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.text.escape import visible
from rc_tail.transport.connection import Connection, Trace
from rc_tail.transport.frames import MAX_MESSAGE, FrameReader
from rc_tail.transport.handshake import (
    SWITCHING_PROTOCOLS,
    GatewayAddress,
    HandshakeSocket,
    gateway_address,
    handshake_error,
    http_status,
    is_page,
)
from rc_tail.transport.stream import Stream

__all__ = [
    "Connection",
    "Dropped",
    "Incoming",
    "Pong",
    "TransportOptions",
    "open_connection",
]

# It would log requests with the tokens in them.
logging.getLogger("websocket").disabled = True

_AGENT = f"rc-tail/{__version__}"


class TransportOptions(msgspec.Struct, frozen=True):
    """How connections are opened and used.

    Attributes:
        connect_timeout: Seconds for name, proxy, TLS and handshake together.
        send_timeout: Seconds in which a peer must take something of what is sent.
        max_message: The largest message that is kept, in bytes.
        trace: Called with each text, after ``in`` or ``out``, on the thread that reads or sends it;
            the texts hold secrets.
        mask: Hides secrets in what a gateway says that refuses a connection.
    """

    connect_timeout: float = 10.0
    send_timeout: float = 10.0
    max_message: int = MAX_MESSAGE
    trace: Trace | None = None
    mask: Callable[[str], str] = str

    @classmethod
    def of_reporter(cls, reporter: Reporter) -> Self:
        """Return options with which `reporter` shows the texts, if they are asked for (`--debug`)."""
        if reporter.verbosity < Verbosity.DEBUG:
            return cls(mask=reporter.redactor.mask)
        arrows = {"in": "<", "out": ">"}
        return cls(
            mask=reporter.redactor.mask,
            trace=lambda direction, text: reporter.debug("frame", f"{arrows[direction]} {text}"),
        )


def open_connection(
    url: str,
    options: TransportOptions,
    *,
    ssl_context: ssl.SSLContext | Callable[[], ssl.SSLContext],
) -> Connection:
    """Open a WebSocket.

    Args:
        url: The gateway's address with the tokens in its query, which no error repeats.
        ssl_context: Who is trusted, or what makes that when it is needed.

    Raises:
        HandshakeRefusedError: The handshake was answered with something else.
        UnreachableError: No connection, no name, or no answer in time.
        CertificateError: The gateway's certificate is not trusted.
        InsecureAddressError: The address is ``ws://`` and not this machine's.
        RemoteProtocolError: The address is none, or the handshake was answered wrongly or with a
            redirect. None is followed.
        ConfigError: The proxy's address cannot be used.
        SystemRefusedError: There is no file descriptor left.
    """
    address = gateway_address(url)
    deadline = Deadline(options.connect_timeout, address.host)
    sock = connect(
        address.host,
        address.port,
        deadline=deadline,
        proxy=proxy_for(address.host, address.port),
        tls=_context(ssl_context) if address.secure else None,
    )
    try:
        first = _shake_hands(url, address, sock, deadline, options.mask)
        stream = Stream(sock, stuck_after=options.send_timeout)
    except BaseException:
        sock.close()
        raise
    return Connection(
        stream,
        FrameReader(options.max_message),
        masked=_masked,
        trace=options.trace,
        first=first,
    )


def _context(given: ssl.SSLContext | Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    return given if isinstance(given, ssl.SSLContext) else given()


def _shake_hands(
    url: str,
    address: GatewayAddress,
    sock: socket.socket,
    deadline: Deadline,
    mask: Callable[[str], str],
) -> bytes:
    """Do the opening handshake; return what came behind it."""
    guarded = HandshakeSocket(sock, deadline)
    ws = websocket.WebSocket(skip_utf8_validation=True)
    try:
        with translate_errors(deadline, host=address.host):
            ws.connect(  # type: ignore[no-untyped-call]
                url,
                socket=guarded,
                suppress_origin=True,
                redirect_limit=0,
                header=[f"User-Agent: {_AGENT}", f"X-User-Agent: {_AGENT}"],
            )
    except RcTailError:
        # A status says more than the error after it.
        if http_status(guarded.answer) in (None, SWITCHING_PROTOCOLS):
            raise
        raise _refusal(address, url, guarded, mask) from None
    except (websocket.WebSocketException, http.cookies.CookieError, ValueError, LookupError):
        # Without its cause: the library's messages hold the answer as it came.
        raise _refusal(address, url, guarded, mask) from None
    # websocket-client 1.8 takes a redirect that it does not follow for success.
    if ws.status != SWITCHING_PROTOCOLS:
        raise _refusal(address, url, guarded, mask)
    _check_extensions(ws, address)
    return guarded.rest()


def _refusal(
    address: GatewayAddress, url: str, guarded: HandshakeSocket, mask: Callable[[str], str]
) -> RcTailError:
    """Return what an answer that opens no WebSocket means."""
    if is_page(guarded.answer):
        # The library reads no body without a length.
        guarded.read_page()
    host = f"[{address.host}]" if ":" in address.host else address.host
    # Masked before any of it is cut: half a secret is not known as one.
    answer = mask(guarded.answer.decode("utf-8", "replace")).encode()
    return handshake_error(host, url, answer)


def _check_extensions(ws: websocket.WebSocket, address: GatewayAddress) -> None:
    if (ws.headers or {}).get("sec-websocket-extensions"):
        # RFC 6455, section 4.1: none was requested, and its frames could not be read.
        raise RemoteProtocolError(
            f"{visible(address.host)} answered with a WebSocket extension that was not requested"
        )


def _masked(opcode: int, payload: bytes) -> bytes:
    frame: bytes = websocket.ABNF.create_frame(payload, opcode).format()
    return frame


def gateway_url(uri: str, token: str, wsc: str) -> str:
    """Return the address to connect to (developer guide, "Creating a WebSocket connection")."""
    parts = urlsplit(uri)
    # Both tokens are URL-safe text; the SDKs put them in as they are.
    query = urlencode({"access_token": token} | ({"wsc": wsc} if wsc else {}), safe="-._~+/=")
    joined = f"{parts.query}&{query}" if parts.query else query
    return urlunsplit(parts._replace(query=joined))
