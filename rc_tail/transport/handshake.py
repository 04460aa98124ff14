"""The opening handshake: where it goes, how long it may take, and what a refusal means."""

import contextlib
import re
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import msgspec

from rc_tail.errors import (
    HandshakeDeferredError,
    HandshakeRefusedError,
    InsecureAddressError,
    InterceptedError,
    RcTailError,
    RemoteProtocolError,
)
from rc_tail.gateway.error_body import read_refusal
from rc_tail.network.connect import Deadline
from rc_tail.network.interception import LOOKED_AT, intercepted
from rc_tail.network.server_address import is_loopback
from rc_tail.text.escape import visible
from rc_tail.text.redact import Redactor
from rc_tail.text.retry_after import retry_after

SWITCHING_PROTOCOLS = 101
_CHUNK = 4096
_MAX_ANSWER = 64 * 1024
_MAX_WORDS = 200
# Seconds in which the rest of a page may come whose title is to be shown.
_PAGE_WITHIN = 1.0
_TEMPORARY = (408, 425, 429)
_PORTS = {"ws": 80, "wss": 443}
# Printable ASCII without a space: anything else would forge lines of the request.
_ADDRESS = r"[!-~]+"
_STATUS = r"HTTP/\d\.\d +(\d{3})(?: +(.*))?"


class GatewayAddress(msgspec.Struct, frozen=True):
    """Where a gateway is."""

    host: str
    port: int
    secure: bool


def gateway_address(url: str) -> GatewayAddress:
    """Return where `url` leads.

    Raises:
        InsecureAddressError: It leads to another machine without TLS.
        RemoteProtocolError: It is no address of a WebSocket.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        parts, port = urlsplit(""), 0
    host = parts.hostname or ""
    if not host or not re.fullmatch(_ADDRESS, url):
        # Not shown: it holds tokens.
        raise RemoteProtocolError("the gateway's address is not a WebSocket address")
    if parts.scheme == "ws" and not is_loopback(host):
        raise InsecureAddressError(
            f"the gateway's address is not encrypted: ws://{visible(host)}",
            hint="Tokens would be sent unencrypted; ws:// is allowed for this machine only.",
        )
    return GatewayAddress(host, port, parts.scheme == "wss")


class Socket(Protocol):
    """What a handshake needs of a socket."""

    def settimeout(self, seconds: float | None, /) -> None: ...  # noqa: D102
    def recv(self, size: int, /) -> bytes: ...  # noqa: D102
    def sendall(self, data: bytes, /) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class HandshakeSocket:
    """A socket for the handshake alone: with a deadline for all of it, and a limit to the answer.

    websocket-client's own time-out is one for each read, so that a peer which sends a byte now
    and then would hold it for ever.

    Args:
        sock: Connected, and encrypted where it must be.
        deadline: For the whole handshake.
    """

    def __init__(self, sock: Socket, deadline: Deadline) -> None:
        self.answer = bytearray()
        self._sock = sock
        self._deadline = deadline
        self._taken = 0

    def gettimeout(self) -> float:
        """Return the seconds that are left."""
        return self._deadline.remaining()

    def send(self, data: bytes) -> int:
        """Send all of `data`."""
        self._sock.settimeout(self._deadline.remaining())
        # The library would make an error of its own of a time-out.
        try:
            self._sock.sendall(data)
        except TimeoutError:
            raise self._deadline.exceeded() from None
        return len(data)

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end of the stream."""
        if self._taken == len(self.answer):
            if len(self.answer) >= _MAX_ANSWER:
                raise HandshakeRefusedError("the gateway's answer to the handshake is too long")
            self._sock.settimeout(self._deadline.remaining())
            try:
                self.answer += self._sock.recv(_CHUNK)
            except TimeoutError:
                raise self._deadline.exceeded() from None
        piece = bytes(self.answer[self._taken : self._taken + size])
        self._taken += len(piece)
        return piece

    def read_page(self) -> None:
        """Read on to the title of a web page that came instead of a WebSocket, for a moment."""
        pause = Deadline(_PAGE_WITHIN, self._deadline.name)
        with contextlib.suppress(OSError, RcTailError):
            while b"</title" not in self.answer.lower() and len(self.answer) < LOOKED_AT:
                self._sock.settimeout(min(pause.remaining(), self._deadline.remaining()))
                piece = self._sock.recv(_CHUNK)
                if not piece:
                    return
                self.answer += piece

    def close(self) -> None:
        """End the connection."""
        self._sock.close()

    def rest(self) -> bytes:
        """Return what came behind the answer: the first frames."""
        return bytes(self.answer[self._taken :])


def handshake_error(
    host: str, url: str, answer: bytes | bytearray
) -> HandshakeRefusedError | RemoteProtocolError | InterceptedError:
    """Return what an answer means that opens no WebSocket.

    One that says that it does, and a redirect to the same host, break the protocol: the service's
    own addresses lead to no others (RFC 6455, section 4.1, lets a client refuse them).

    Args:
        url: The requested URL; its query is secret and not repeated.
        answer: What came, whole or in part.
    """
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("utf-8", "replace").split("\r\n")
    match = re.match(_STATUS, first)
    who = visible(host)
    if not answer:
        return HandshakeRefusedError(f"{who} closed the connection instead of answering")
    if match is None:
        return HandshakeRefusedError(f"{who} did not answer the WebSocket handshake correctly")
    status = int(match[1])
    if status == SWITCHING_PROTOCOLS:
        return RemoteProtocolError(f"{who} sent an invalid answer to the WebSocket handshake")
    headers = _headers(lines)
    mask = _redactor(url).mask
    between = intercepted(host, status, headers, body, mask=mask)
    if between is not None:
        return between
    code, words = _words(body)
    words = words or (match[2] or "").strip()
    if 300 <= status < 400:
        where = _target(headers)
        return RemoteProtocolError(
            f"{who} answered the WebSocket handshake with status {status}, a redirect to "
            f"{visible(where)[:_MAX_WORDS]}, which is not followed"
        )
    shown = visible(mask(" ".join(words.split())))[:_MAX_WORDS]
    is_temporary = status in _TEMPORARY or status >= 500
    return (HandshakeDeferredError if is_temporary else HandshakeRefusedError)(
        f"{who} refused the WebSocket: status {status}{f', {shown}' if shown else ''}",
        status=status,
        retry_after=retry_after(headers),
        code=visible(code)[:40],
    )


def is_page(answer: bytes | bytearray) -> bool:
    """Whether an answer says in its head that a web page follows."""
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return "html" in _headers(head[1:]).get("content-type", "").lower()


def http_status(answer: bytes | bytearray) -> int | None:
    """Return the HTTP status, once the head is there as a whole."""
    match = re.match(_STATUS, answer.decode("latin-1"))
    return int(match[1]) if match is not None and b"\r\n\r\n" in answer else None


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _words(body: bytes | bytearray) -> tuple[str, str]:
    """Code and message of RingCentral's error bodies; a text as it is; nothing of a web page."""
    try:
        decoded: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body.decode("utf-8", "replace").strip()
        return "", "" if text.startswith("<") else text[: 2 * _MAX_WORDS]
    if not isinstance(decoded, dict):
        return "", ""
    refusal = read_refusal(decoded)
    return refusal.code, refusal.message


def _target(headers: dict[str, str]) -> str:
    try:
        return urlsplit(headers.get("location", "")).hostname or "the same host"
    except ValueError:
        return "nowhere"


def _redactor(url: str) -> Redactor:
    redactor = Redactor()
    query = urlsplit(url).query
    redactor.add(*(pair.partition("=")[2] for pair in query.split("&")))
    redactor.add(*(value for _, value in parse_qsl(query)))
    return redactor
