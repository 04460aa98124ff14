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
    burst: list[Notification] = []
    meta: msgspec.Raw | bytes = b""
    last = b""
    for message in incoming:
        if type(message) is bytes and message.startswith(_HEAD):
            try:
                head, envelope = _decode(message)
                # A comma separates the two objects; with white space around it, it is unusual.
                payload = message[len(head) + 2 : -1]
                if payload[0] == _OPENING and payload[-1] == _CLOSING:
                    # By position: keyword arguments would cost as much again.
                    notification = Notification(
                        envelope.uuid,
                        envelope.event,
                        envelope.timestamp,
                        payload,
                        message if whole else b"",
                        envelope.subscription_id,
                    )
                    burst.append(notification)
                    meta, last = head, message
                    continue
            except (msgspec.DecodeError, RecursionError):
                # Valid but unusual, or malformed: `decode` reads it.
                pass
        if burst:
            out.append(Burst(burst, _wsc_of(meta, last)))
            burst = []
        out.append(_decode_other(message))
    if burst:
        out.append(Burst(burst, _wsc_of(meta, last)))
    return out


def _wsc_of(meta: msgspec.Raw | bytes, message: bytes) -> Wsc | None:
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
