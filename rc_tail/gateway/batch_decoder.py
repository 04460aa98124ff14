"""Decodes a batch of incoming messages; nearly all are notifications, and most come in bursts.

A usual notification is decoded in one pass, without an intermediate text or dictionary. Everything
else is decoded by `rc_tail.gateway.messages.decode`; both give the same result for a message.
"""

from collections.abc import Iterator, Sequence

import msgspec

from rc_tail.errors import MalformedMessageError
from rc_tail.gateway.incoming import Dropped, Incoming, Pong
from rc_tail.gateway.messages import Envelope, Message, Notification, Wsc, decode

# How the service begins every notification; its Java SDK looks for the same prefix.
_HEAD = b'[{"type":"ServerNotification",'
_OPENING, _CLOSING = ord("{"), ord("}")


class Burst(msgspec.Struct, frozen=True):
    """Notifications that came in a row.

    Attributes:
        notifications: At least one.
        wsc: The token that the last message carried. Earlier ones are dropped: they are older, and
            would only make a recovery replay more.
    """

    notifications: Sequence[Notification]
    wsc: Wsc | None = None

    def messages(self) -> Iterator[Message]:
        """Iterate over the messages that it was decoded from."""
        *before, last = self.notifications
        yield from map(Message, before)
        yield Message(last, self.wsc)


class Unreadable(msgspec.Struct, frozen=True):
    """A message that cannot be decoded, and why."""

    why: str


class _WscMeta(msgspec.Struct):
    wsc: Wsc | None = None


_decode = msgspec.json.Decoder(tuple[msgspec.Raw, Envelope]).decode
_decode_meta = msgspec.json.Decoder(_WscMeta).decode


def decode_batch(
    incoming: Sequence[Incoming], *, whole: bool = False
) -> list[Message | Burst | Unreadable | Pong]:
    """Decode a batch, in order.

    Args:
        incoming: As it was read from the stream.
        whole: Whether notifications keep the whole message beside the payload.
    """
    out: list[Message | Burst | Unreadable | Pong] = []
    # One pass, however often usual and unusual messages alternate.
    parts = iter(incoming)
    while True:
        burst, other = _burst(parts, whole=whole)
        if burst is not None:
            out.append(burst)
        if other is None:
            return out
        out.append(_decode_other(other))


def _burst(parts: Iterator[Incoming], *, whole: bool) -> tuple[Burst | None, Incoming | None]:
    """Return the next usual notifications, and the first part that is not one, if any."""
    taken: list[Notification] = []
    add = taken.append
    meta, last = msgspec.Raw(), b""
    message: Incoming | None = None
    try:
        for message in parts:
            if type(message) is not bytes or not message.startswith(_HEAD):
                break
            own_meta, envelope = _decode(message)
            # A comma separates the two objects; with white space around it, the message is unusual.
            payload = message[len(own_meta) + 2 : -1]
            if payload[0] != _OPENING or payload[-1] != _CLOSING:
                break
            # By position: keyword arguments would cost as much again.
            frame = message if whole else b""
            uuid, event, sent = envelope.uuid, envelope.event, envelope.timestamp
            add(Notification(uuid, event, sent, payload, frame, envelope.subscription_id))
            meta, last = own_meta, message
        else:
            message = None
    except (msgspec.DecodeError, RecursionError):
        # Valid but unusual, or malformed: it ends the burst, and `decode` reads it.
        pass
    return (Burst(taken, _wsc_of(meta, last)) if taken else None), message


def _wsc_of(meta: msgspec.Raw, message: bytes) -> Wsc | None:
    try:
        return _decode_meta(meta).wsc
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return decode(message.decode()).wsc
    except MalformedMessageError:
        # Its event was decoded all the same. An older token only makes a recovery replay more.
        return None


def _decode_other(part: Incoming) -> Message | Unreadable | Pong:
    if isinstance(part, Pong):
        return part
    if isinstance(part, Dropped):
        return Unreadable(f"ignored an invalid message: {part.reason}, {part.size} bytes")
    try:
        return decode(part.decode())
    except MalformedMessageError as error:
        return Unreadable(error.message)
