"""Effects: what the service asks the server to do on connections, as values.

Also frames by hand (RFC 6455, 5.2), for the bytes of `SendRaw`.
"""

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
    """Drop a connection without a close frame: the client sees a TCP reset."""

    connection: int


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Send bytes unchanged: whole frames or parts of them."""

    connection: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Mute:
    """Stop sending and reading, but leave the connection open."""

    connection: int


@dataclass(frozen=True, slots=True)
class IgnorePings:
    """Stop answering pings."""

    connection: int


@dataclass(frozen=True, slots=True)
class Drip:
    """Send one byte at a time from now on.

    Attributes:
        interval: Seconds between two bytes.
    """

    connection: int
    interval: float


Effect = SendText | SendPing | SendClose | ResetConnection | SendRaw | Mute | IgnorePings | Drip
Outbox = list[Effect]


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """Return an uncompressed frame of a server.

    Args:
        final: Whether it is the last frame of its message.
    """
    first = opcode | (0x80 if final else 0)
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload
