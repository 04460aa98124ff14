"""A server's WebSocket frames by hand, whole or broken (RFC 6455, 5.2)."""

import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING = 0, 1, 2, 8, 9


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
