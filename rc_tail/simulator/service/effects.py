"""What the rules ask of the sockets. The rules themselves touch none."""

import struct
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING = 0, 1, 2, 8, 9


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a message on a connection."""

    connection: int
    text: bytes


@dataclass(frozen=True, slots=True)
class SendPing:
    """Send a ping frame."""

    connection: int


@dataclass(frozen=True, slots=True)
class SendClose:
    """Close a connection with a close frame."""

    connection: int
    code: int = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResetConnection:
    """Cut a connection without a word: the peer sees a reset."""

    connection: int


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Send these bytes as they are: whole frames or parts of them."""

    connection: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Mute:
    """Send nothing more and read nothing more, but leave the connection open."""

    connection: int


@dataclass(frozen=True, slots=True)
class IgnorePings:
    """Answer no ping from now on."""

    connection: int


@dataclass(frozen=True, slots=True)
class Drip:
    """Send a byte at a time from now on.

    Attributes:
        connection: Which.
        interval: Seconds between two bytes.
    """

    connection: int
    interval: float


Effect = SendText | SendPing | SendClose | ResetConnection | SendRaw | Mute | IgnorePings | Drip
Outbox = list[Effect]


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """Return a server's frame, not compressed (RFC 6455, 5.2).

    Args:
        opcode: `TEXT` or another.
        payload: Its contents.
        final: Whether the message ends with it.
    """
    first = opcode | (0x80 if final else 0)
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload
