"""The protocol of one connection: HTTP by h11, then WebSocket by wsproto. Bytes only, no socket."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# The bytes of HTTP and WebSocket for server.py, which holds the sockets.
import h11  # noqa: TID251
from wsproto import ConnectionType, WSConnection  # noqa: TID251
from wsproto.connection import ConnectionState  # noqa: TID251
from wsproto.events import (  # noqa: TID251
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    TextMessage,
)
from wsproto.events import Pong as WsPong  # noqa: TID251
from wsproto.events import Request as WsRequest  # noqa: TID251
from wsproto.extensions import PerMessageDeflate  # noqa: TID251
from wsproto.utilities import LocalProtocolError, RemoteProtocolError  # noqa: TID251

from rc_tail.simulator.service.effects import TEXT, frame
from rc_tail.simulator.service.http_values import Answer, Request

LARGEST_BODY = 1024 * 1024
LARGEST_MESSAGE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A request for a WebSocket."""

    request: Request


@dataclass(frozen=True, slots=True)
class Message:
    """A complete message of a client."""

    text: str


@dataclass(frozen=True, slots=True)
class Pong:
    """A pong of a client."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The client has closed the connection or violated the protocol."""


Incoming = Request | Upgrade | Message | Pong | Closed


class Wire:
    """Parses bytes into requests and messages, and encodes answers and messages.

    Args:
        secure: Whether the bytes come over TLS.
    """

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._http = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = b""
        self._ws: WSConnection | None = None
        self._deflate: PerMessageDeflate | None = None
        self._fragments: list[str] = []
        self._size = 0
        self._replies: list[bytes] = []
        self.answers_pings = True

    @property
    def is_websocket(self) -> bool:
        """Whether the connection has become a WebSocket."""
        return self._ws is not None

    @property
    def must_close(self) -> bool:
        """Whether the socket must be closed because nothing can follow."""
        if self._ws is not None:
            return self._ws.state is ConnectionState.CLOSED
        return self._http.our_state in (h11.MUST_CLOSE, h11.CLOSED, h11.ERROR)

    def receive(self, data: bytes) -> Iterator[Incoming]:
        """Take received bytes, empty at the end; yield what they contain."""
        if self._ws is not None:
            yield from self._receive_frames(self._ws, data)
            return
        try:
            self._http.receive_data(data)
        except RuntimeError:  # data after the end
            yield Closed()
            return
        yield from self.next_requests()

    def take_replies(self) -> bytes:
        """Return the bytes that the protocol itself sends: pongs and close frames."""
        out, self._replies = b"".join(self._replies), []
        return out

    # HTTP.

    def next_requests(self) -> Iterator[Incoming]:
        """Yield complete requests; to be called again after each answer, for pipelining."""
        try:
            while True:
                event = self._http.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    return
                if isinstance(event, h11.ConnectionClosed):
                    yield Closed()
                    return
                if incoming := self._http_event(event):
                    yield incoming
        except h11.RemoteProtocolError as error:
            if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                words = Answer(error.error_status_hint, {"message": "Malformed request"})
                self._replies.append(self._encode(words))
            yield Closed()

    def _http_event(self, event: object) -> Incoming | None:
        if isinstance(event, h11.Request):
            self._head, self._body = event, b""
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > LARGEST_BODY:
                raise h11.RemoteProtocolError("too large", error_status_hint=413)
        elif isinstance(event, h11.EndOfMessage) and self._head is not None:
            request = self._request(self._head)
            if "websocket" in request.headers.get("upgrade", "").lower():
                return Upgrade(request)
            return request
        return None

    def _request(self, head: h11.Request) -> Request:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        target = head.target.decode("latin-1")
        method = head.method.decode("latin-1").upper()
        return Request(method, target, headers, self._body, self._secure)

    def answer(self, answer: Answer) -> bytes:
        """Encode the answer to the current request."""
        data = self._encode(answer)
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        return data

    def _encode(self, answer: Answer) -> bytes:
        payload = answer.payload()
        headers = {"Server": "nginx", **answer.headers}
        if answer.body is not None:
            headers.setdefault("Content-Type", "application/json;charset=utf-8")
        if answer.status != 204:
            length = len(payload) if answer.length is None else answer.length
            headers["Content-Length"] = str(length)
        response = h11.Response(
            status_code=answer.status,
            headers=[
                (name.encode(), value.encode("latin-1", "replace"))
                for name, value in headers.items()
            ],
        )
        parts = [self._http.send(response)]
        if answer.length is not None:
            self._http.send_failed()
            return b"".join((parts[0] or b"", payload))
        if payload and not (self._head is not None and self._head.method == b"HEAD"):
            parts.append(self._http.send(h11.Data(data=payload)))
        parts.append(self._http.send(h11.EndOfMessage()))
        return b"".join(part for part in parts if part)

    # WebSocket.

    def accept(self) -> tuple[bytes, list[Incoming]]:
        """Become a WebSocket: return the response, and what follows the request already."""
        head = self._head
        assert head is not None  # noqa: S101 - there was an Upgrade
        ws = WSConnection(ConnectionType.SERVER)
        try:
            ws.initiate_upgrade_connection(list(head.headers), head.target)
        except RemoteProtocolError:
            return self.answer(Answer(400, {"message": "Malformed handshake"})), []
        deflate = PerMessageDeflate()
        data = b""
        for event in ws.events():
            if isinstance(event, WsRequest):
                data = ws.send(AcceptConnection(extensions=[deflate]))
        self._ws = ws
        self._deflate = deflate if deflate.enabled() else None
        trailing, _ = self._http.trailing_data
        return data, list(self._receive_frames(ws, trailing)) if trailing else []

    def _receive_frames(self, ws: WSConnection, data: bytes) -> Iterator[Incoming]:
        try:
            ws.receive_data(data or None)
            events: Iterable[Event] = list(ws.events())
        except LocalProtocolError:
            # Data after the end of the connection.
            yield Closed()
            return
        for event in events:
            if incoming := self._frame_event(ws, event):
                yield incoming

    def _frame_event(self, ws: WSConnection, event: Event) -> Incoming | None:
        if isinstance(event, TextMessage):
            return self._text(event)
        if isinstance(event, WsPong):
            return Pong()
        if isinstance(event, Ping):
            if self.answers_pings:
                self._replies.append(self._send(event.response()))
        elif isinstance(event, CloseConnection):
            # Still open if the client violated the protocol.
            if ws.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
                self._replies.append(ws.send(event.response()))
            return Closed()
        elif isinstance(event, BytesMessage):
            # The service sends and accepts text only (RFC 6455, 7.4.1).
            self._replies.append(self.close(1003, "Only text frames are accepted"))
        return None

    def _text(self, event: TextMessage) -> Message | Closed | None:
        self._fragments.append(event.data)
        self._size += len(event.data)
        if self._size > LARGEST_MESSAGE:
            self._replies.append(self.close(1009, "Message is too large"))
            return Closed()
        if not event.message_finished:
            return None
        text, self._fragments, self._size = "".join(self._fragments), [], 0
        return Message(text)

    def message(self, text: bytes) -> bytes:
        """Encode a text message."""
        if self._deflate is None:
            # The same bytes as from wsproto, in a tenth of the time.
            return frame(TEXT, text)
        return self._send(TextMessage(text.decode()))

    def ping(self) -> bytes:
        """Encode a ping."""
        return self._send(Ping(b"sim"))

    def close(self, code: int, reason: str) -> bytes:
        """Encode a close frame."""
        return self._send(CloseConnection(code, reason))

    def _send(self, event: Event) -> bytes:
        if self._ws is None or self._ws.state is not ConnectionState.OPEN:
            return b""
        return self._ws.send(event)
