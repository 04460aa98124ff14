"""Reads all that came at once: nearly all of it are notifications, and most come in bursts.

What is usual is read in one pass over each message, without a text, a dictionary or an object
that nobody needs. Everything else goes the way of `rc_tail.gateway.messages.decode`, and what is
made of a message is the same on both.
"""

from collections.abc import Iterator, Sequence

import msgspec

from rc_tail.errors import MalformedMessageError
from rc_tail.gateway.incoming import Dropped, Incoming, Pong
from rc_tail.gateway.messages import Envelope, Message, Notification, Wsc, decode

# How the service begins every notification; its Java SDK knows them by these letters as well.
_HEAD = b'[{"type":"ServerNotification",'
_OPENING, _CLOSING = ord("{"), ord("}")


class Burst(msgspec.Struct, frozen=True):
    """Notifications that came in a row.

    Attributes:
        notifications: They, at least one.
        wsc: What rode on the last of them. Of those before it an older one is left, which would
            only make a recovery replay more.
    """

    notifications: Sequence[Notification]
    wsc: Wsc | None = None

    def messages(self) -> Iterator[Message]:
        """Return the messages that it was read from, one by one."""
        *before, last = self.notifications
        yield from map(Message, before)
        yield Message(last, self.wsc)


class Unreadable(msgspec.Struct, frozen=True):
    """A message that nobody can read, and why."""

    why: str


class _WscMeta(msgspec.Struct):
    wsc: Wsc | None = None


_decode = msgspec.json.Decoder(tuple[msgspec.Raw, Envelope]).decode
_decode_meta = msgspec.json.Decoder(_WscMeta).decode


def decode_batch(
    incoming: Sequence[Incoming], *, whole: bool = False
) -> list[Message | Burst | Unreadable | Pong]:
    """Return what came, in order.

    Args:
        incoming: As it was cut from the stream.
        whole: Whether notifications keep the whole message beside the payload.
    """
    out: list[Message | Burst | Unreadable | Pong] = []
    # Once through, however often what is usual and what is not take turns.
    parts = iter(incoming)
    while True:
        burst, other = _burst(parts, whole=whole)
        if burst is not None:
            out.append(burst)
        if other is None:
            return out
        out.append(_understood(other))


def _burst(parts: Iterator[Incoming], *, whole: bool) -> tuple[Burst | None, Incoming | None]:
    """Take usual notifications, and the first part that is anything else, if there is one."""
    taken: list[Notification] = []
    add = taken.append
    meta, last = msgspec.Raw(), b""
    message: Incoming | None = None
    try:
        for message in parts:
            if type(message) is not bytes or not message.startswith(_HEAD):
                break
            its_meta, envelope = _decode(message)
            # Between the two objects stands a comma; with white space beside it, it is unusual.
            payload = message[len(its_meta) + 2 : -1]
            if payload[0] != _OPENING or payload[-1] != _CLOSING:
                break
            # By position: names would cost as much again.
            frame = message if whole else b""
            uuid, event, sent = envelope.uuid, envelope.event, envelope.timestamp
            add(Notification(uuid, event, sent, payload, frame, envelope.subscription_id))
            meta, last = its_meta, message
        else:
            message = None
    except (msgspec.DecodeError, RecursionError):
        # Valid but unusual, or malformed: it ends the burst, and is read in the other way.
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
        # Its event could be read all the same. An older one only makes a recovery replay more.
        return None


def _understood(part: Incoming) -> Message | Unreadable | Pong:
    if isinstance(part, Pong):
        return part
    if isinstance(part, Dropped):
        return Unreadable(f"a message was thrown away: {part.reason}, {part.size} bytes")
    try:
        return decode(part.decode())
    except MalformedMessageError as error:
        return Unreadable(error.message)
