"""Decodes and encodes the messages of the gateway.

Every message is one JSON array: ``[meta]`` or ``[meta, body]``. The answer to a request has the
request's own type, ``ClientRequest`` (developer guide, "Subscribing to events over WebSockets";
RingCentral's TypeScript SDK, ``WsgMeta``). The payload of a notification is kept as the bytes that
the service sent.

`decode` raises nothing but `MalformedMessageError`, whatever the peer sends.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, NoReturn

import msgspec

from rc_tail.errors import MalformedMessageError
from rc_tail.gateway.error_body import Refusal, read_refusal
from rc_tail.text.lenient_json import DECODER, loads, loads_object

# The uuid of an event that was made from a record of the past begins with it; the service's uuids
# have another form.
HISTORY_PREFIX = "history:"

_WHITESPACE = " \t\r\n"


class MessageType(StrEnum):
    """The values of ``meta.type``."""

    CONNECTION_DETAILS = "ConnectionDetails"
    CLIENT_REQUEST = "ClientRequest"
    SERVER_NOTIFICATION = "ServerNotification"
    ERROR = "Error"
    HEARTBEAT = "Heartbeat"


LONGEST_WSC = 8192  # characters


class Wsc(msgspec.Struct, frozen=True):
    """The token that recovers a session; of two, the one with the higher sequence is newer."""

    # It goes into an address: a longer one could not be used.
    token: Annotated[str, msgspec.Meta(max_length=LONGEST_WSC)]
    sequence: int = 0


class _Meta(msgspec.Struct):
    type: str
    message_id: str = msgspec.field(name="messageId", default="")
    status: int | None = None
    wsc: Wsc | None = None
    # Read only where a refusal needs them.
    headers: msgspec.Raw = msgspec.Raw()


class _WireMessage(msgspec.Struct, array_like=True):
    meta: _Meta
    body: msgspec.Raw = msgspec.Raw()


class Envelope(msgspec.Struct, gc=False):
    """The fields that are decoded of every notification's payload."""

    uuid: str = ""
    event: str = ""
    timestamp: str = ""
    subscription_id: str = msgspec.field(name="subscriptionId", default="")


class Notification(msgspec.Struct, frozen=True, gc=False):
    """An event.

    Attributes:
        uuid: The service's id of this event; empty when it gave none.
        event: The event filter that it answers, with real ids in place of ``~``.
        timestamp: When the service sent it, as it wrote it.
        subscription_id: The subscription that it belongs to; empty when not given.
        payload: The payload, byte for byte as sent: valid UTF-8 and JSON, perhaps with line
            breaks between tokens.
        frame: The whole message, byte for byte as sent.
        key: Its key (`rc_tail.gateway.event_key`) where it was made before a mask changed the
            event; empty elsewhere.
    """

    uuid: str
    event: str
    timestamp: str
    payload: bytes
    frame: bytes = b""
    subscription_id: str = ""
    key: str = ""

    @property
    def is_past(self) -> bool:
        """Whether it was made from a record of a message or call, and did not come live."""
        return self.uuid.startswith(HISTORY_PREFIX)


class ConnectionDetails(msgspec.Struct, frozen=True):
    """The first message of every connection. Times are in seconds; None when not announced.

    Attributes:
        recovery_state: ``Successful`` or ``Failed`` when a ``wsc`` was given, else empty.
        recovery_error_code: Such as ``WSG-1003``, with ``Failed``.
    """

    recovery_timeout: float | None = None
    recovery_buffer_size: int | None = None
    idle_timeout: float | None = None
    absolute_timeout: float | None = None
    recovery_state: str = ""
    recovery_error_code: str = ""


class DisabledFilter(msgspec.Struct, frozen=True):
    """A requested event filter that was refused while the others are active."""

    event_filter: str
    reason: str
    message: str


class Response(msgspec.Struct, frozen=True):
    """The answer to the request with the same `message_id`; `headers` by name in lower case."""

    message_id: str
    status: int
    body: dict[str, Any] = msgspec.field(default_factory=dict)
    headers: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the request was carried out."""
        return 200 <= self.status < 300

    def refusal(self) -> Refusal:
        """Return the code and message of a refused request, wherever the body has them."""
        return read_refusal(self.body)

    def disabled_filters(self) -> list[DisabledFilter]:
        """Return the filters that the service refused while it accepted the others."""
        entries = self.body.get("disabledFilters")
        if not isinstance(entries, list):
            return []
        return [
            DisabledFilter(_text(e, "filter"), _text(e, "reason"), _text(e, "message"))
            for e in entries
            if isinstance(e, dict)
        ]

    def event_filters(self) -> list[str] | None:
        """Return the active filters as the service resolved them, or None if it did not list them."""
        filters = self.body.get("eventFilters")
        if not isinstance(filters, list):
            return None
        return [f for f in filters if isinstance(f, str)]

    @property
    def created(self) -> str:
        """When the subscription was created, by the service's clock; empty when not given."""
        return _text(self.body, "creationTime")

    @property
    def subscription_id(self) -> str:
        """The id of the subscription, from ``id`` or the end of ``uri``; empty when not given."""
        return _text(self.body, "id") or _text(self.body, "uri").rstrip("/").rpartition("/")[2]


class ErrorMessage(msgspec.Struct, frozen=True):
    """An ``Error`` message; `message_id` is that of the refused request, or empty."""

    message_id: str
    status: int
    refusal: Refusal
    body: dict[str, Any] = msgspec.field(default_factory=dict)
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class Heartbeat(msgspec.Struct, frozen=True):
    """The echo of a heartbeat, or one of the server's own."""

    message_id: str


class UnknownMessage(msgspec.Struct, frozen=True):
    """A message of a type that the documentation does not name."""

    type: str


Content = ConnectionDetails | Response | Notification | ErrorMessage | Heartbeat | UnknownMessage


class Message(msgspec.Struct, frozen=True):
    """One received message: its content, and the ``wsc`` that any message may carry."""

    content: Content
    wsc: Wsc | None = None


_decode_frame = msgspec.json.Decoder(_WireMessage).decode
_decode_envelope = msgspec.json.Decoder(Envelope).decode


def decode(text: str) -> Message:
    """Read one received message.

    Raises:
        MalformedMessageError: It is not a JSON array that begins with an object.
    """
    try:
        frame = text.encode()
    except UnicodeEncodeError:
        _malformed("not valid Unicode")
    try:
        parsed = _decode_frame(frame)
        meta, payload = parsed.meta, bytes(parsed.body)
        if meta.type == MessageType.SERVER_NOTIFICATION:
            return Message(_notification(_decode_envelope(payload), payload, frame), meta.wsc)
    except (msgspec.DecodeError, RecursionError):
        # Valid but unusual (a lone surrogate escape, a number where a string is usual): the
        # slow and lenient way. It also reports what is really malformed.
        meta, payload = _lenient_frame(text)
        if meta.type == MessageType.SERVER_NOTIFICATION:
            return Message(_notification(_lenient_envelope(payload), payload, frame), meta.wsc)
    return Message(_content(meta, payload), meta.wsc)


def _notification(envelope: Envelope, payload: bytes, frame: bytes) -> Notification:
    return Notification(
        uuid=envelope.uuid,
        event=envelope.event,
        timestamp=envelope.timestamp,
        subscription_id=envelope.subscription_id,
        payload=payload,
        frame=frame,
    )


def _content(meta: _Meta, payload: bytes) -> Content:
    if meta.type == MessageType.HEARTBEAT:
        return Heartbeat(meta.message_id)
    if meta.type == MessageType.CONNECTION_DETAILS:
        return _details(_as_object(payload))
    if meta.type == MessageType.CLIENT_REQUEST:
        headers = _headers(meta.headers)
        return Response(meta.message_id, meta.status or 0, _as_object(payload), headers)
    if meta.type == MessageType.ERROR:
        body, headers = _as_object(payload), _headers(meta.headers)
        return ErrorMessage(meta.message_id, meta.status or 0, read_refusal(body), body, headers)
    return UnknownMessage(meta.type)


def _headers(raw: bytes | msgspec.Raw) -> dict[str, str]:
    decoded = loads_object(bytes(raw)) if bytes(raw) else None
    return {name.lower(): _text(decoded, name) for name in decoded or {}}


def _details(body: dict[str, Any]) -> ConnectionDetails:
    size = _number(body, "recoveryBufferSize")
    return ConnectionDetails(
        recovery_timeout=_number(body, "recoveryTimeout"),
        recovery_buffer_size=None if size is None else int(size),
        idle_timeout=_number(body, "idleTimeout"),
        absolute_timeout=_number(body, "absoluteTimeout"),
        recovery_state=_text(body, "recoveryState"),
        recovery_error_code=_text(body, "recoveryErrorCode"),
    )


def _malformed(why: str) -> NoReturn:
    raise MalformedMessageError(f"ignored an invalid message: {why}")


def _lenient_frame(text: str) -> tuple[_Meta, bytes]:
    stripped = text.strip(_WHITESPACE)
    if not stripped.startswith("[") or not stripped.endswith("]"):
        _malformed("not a JSON array")
    try:
        meta, end = DECODER.raw_decode(stripped, _skip(stripped, 1))
        payload, end = _payload_text(stripped, _skip(stripped, end))
    except (ValueError, RecursionError) as error:
        # A message deeper than the interpreter's stack is refused like any other bad JSON.
        _malformed(f"not JSON ({type(error).__name__})")
    if not isinstance(meta, dict):
        _malformed("its first element is not an object")
    if not _is_end(stripped, end):
        _malformed("it has more than two elements")
    return _lenient_meta(meta), payload.encode("utf-8", "surrogatepass")


def _payload_text(text: str, at: int) -> tuple[str, int]:
    if text[at : at + 1] != ",":
        return "", at
    start = _skip(text, at + 1)
    _, end = DECODER.raw_decode(text, start)
    return text[start:end], _skip(text, end)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _WHITESPACE:
        at += 1
    return at


def _is_end(text: str, at: int) -> bool:
    # Further elements may be added to the protocol one day: they are ignored.
    return text[at : at + 1] in ("]", ",")


def _lenient_meta(meta: dict[str, Any]) -> _Meta:
    wsc = meta.get("wsc")
    status = meta.get("status")
    token = _text(wsc, "token") if isinstance(wsc, dict) else ""
    is_usable = 0 < len(token) <= LONGEST_WSC
    return _Meta(
        type=_text(meta, "type"),
        message_id=_text(meta, "messageId"),
        status=status if isinstance(status, int) else None,
        wsc=Wsc(token, int(_number(wsc, "sequence") or 0)) if is_usable else None,
        headers=msgspec.Raw(json.dumps(meta.get("headers")).encode()),
    )


def _lenient_envelope(payload: bytes) -> Envelope:
    # Only objects are events: programs that read the output expect one on every line.
    if not payload.lstrip(_WHITESPACE.encode()).startswith(b"{"):
        _malformed("a notification without an event")
    body = _as_object(payload)
    names = ("uuid", "event", "timestamp", "subscriptionId")
    return Envelope(*(_text(body, name) for name in names))


def _as_object(payload: bytes) -> dict[str, Any]:
    if not payload:
        return {}
    try:
        decoded = loads(payload)
    except (ValueError, RecursionError) as error:
        # It has only been skipped so far, and may be deeper than the stack.
        _malformed(f"it cannot be decoded ({type(error).__name__})")
    return decoded if isinstance(decoded, dict) else {}


def _text(body: Any, name: str) -> str:
    value = body.get(name) if isinstance(body, dict) else None
    if isinstance(value, str):
        # A lone surrogate cannot be encoded; it is shown as an escape.
        return value.encode("utf-8", "backslashreplace").decode()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _number(body: Any, name: str) -> float | None:
    value = body.get(name) if isinstance(body, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None


def _encode(*parts: Any) -> str:
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)


def subscribe_request(message_id: str, filters: Sequence[str]) -> str:
    """Return the request that subscribes to `filters` in place of the connection's subscription."""
    meta = {
        "type": MessageType.CLIENT_REQUEST,
        "messageId": message_id,
        "method": "POST",
        "path": "/restapi/v1.0/subscription/",
    }
    body = {"eventFilters": list(filters), "deliveryMode": {"transportType": "WebSocket"}}
    return _encode(meta, body)


def delete_request(message_id: str, subscription_id: str) -> str:
    """Return the request that deletes a subscription; it has no body, since ``null`` is refused."""
    meta = {
        "type": MessageType.CLIENT_REQUEST,
        "messageId": message_id,
        "method": "DELETE",
        "path": f"/restapi/v1.0/subscription/{subscription_id}",
    }
    return _encode(meta)


def heartbeat(message_id: str) -> str:
    """Return a heartbeat, which the server echoes with the same id."""
    return _encode({"type": MessageType.HEARTBEAT, "messageId": message_id})
