"""Reads what a WebSocket server sends, as RFC 6455 has it: bytes in, messages out, no I/O.

Sizes are bytes. No extension is ever requested, so the three reserved bits must be zero. What is
wrong ends the connection; what is only unusable (too large, binary, not UTF-8) is dropped alone,
and reported.
"""

import struct
from enum import IntEnum
from typing import Final

import msgspec

from rc_tail.gateway.incoming import Dropped, Incoming, Pong


class Opcode(IntEnum):
    """Kinds of frames (RFC 6455, section 5.2)."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


_OPCODES = frozenset(map(int, Opcode))
_FIN = 0x80
_MASKED = 0x80
_RESERVED = 0x70
_WHOLE_TEXT = _FIN | Opcode.TEXT
_WHOLE_TEXT_16 = _WHOLE_TEXT << 8 | 126
_LENGTH_16 = 126
_MOST_16 = 0xFFFF
_MOST_CONTROL = 125
_header_16 = struct.Struct("!HH").unpack_from

MAX_MESSAGE: Final = 16 * 1024 * 1024
# No message has so many bytes: they are not waited for. What is only somewhat too large is dropped
# alone, since the service would replay it on the next connection.
MAX_ANNOUNCED: Final = 16 * MAX_MESSAGE
PROTOCOL_ERROR: Final = 1002
NO_STATUS: Final = 1005  # a close frame without a code (RFC 6455, section 7.1.5)


class StreamEnding(msgspec.Struct, frozen=True):
    """After this nothing more is read.

    Attributes:
        code: As the peer sent it, 1005 when it sent none, 1002 when it broke the protocol.
        reason: The peer's words (bytes that are no UTF-8 replaced), or what it broke. Untrusted.
        broken: Whether the peer broke the protocol.
    """

    code: int
    reason: str
    broken: bool = False


class _Frame(msgspec.Struct):
    """A frame whose header was read."""

    opcode: int
    final: bool
    missing: int


class _PartialMessage(msgspec.Struct):
    """A message under assembly; its content is None if it is dropped."""

    opcode: int
    content: bytearray | None
    size: int = 0


class FrameReader:
    """Cuts a stream of bytes into messages.

    Args:
        max_message: The largest text message, in bytes; larger ones are dropped.

    Attributes:
        pings: Payloads of pings that came and are to be answered; the owner empties it.
        ending: Why reading ended; None while it continues.
    """

    def __init__(self, max_message: int = MAX_MESSAGE) -> None:
        self.pings: list[bytes] = []
        self.ending: StreamEnding | None = None
        self._max_message = max_message
        self._short = min(max_message, _MOST_16)
        self._head = b""
        self._frame = _Frame(Opcode.TEXT, final=True, missing=0)
        self._in_frame = False
        self._message: _PartialMessage | None = None
        self._control = bytearray()

    def feed(self, data: bytes) -> list[Incoming]:
        """Take bytes as they came, however they were split; return what they completed, in order.

        What stands before an error or a close frame is returned, what follows it is ignored.
        """
        out: list[Incoming] = []
        if self._head:
            data = self._head + data
            self._head = b""
        at = 0
        while self.ending is None:
            if not self._in_frame:
                if self._message is None:
                    at = self._take_texts(data, at, out)
                    if at == len(data):
                        break
                after = self._take_header(data, at)
                if after == at:
                    self._head = data[at:]
                    break
                at = after
            at = self._take_payload(data, at, out)
            if self._in_frame:
                break
        return out

    def _take_texts(self, data: bytes, at: int, out: list[Incoming]) -> int:
        """Take whole text messages of 126 bytes to 64 KiB, nearly all that ever comes, at once.

        Stops at the first that is anything else.
        """
        end, most = len(data), self._short
        last = end - 4
        while at <= last:
            head, length = _header_16(data, at)
            start = at + 4
            stop = start + length
            if head != _WHOLE_TEXT_16 or not _LENGTH_16 <= length <= most or stop > end:
                break
            # As _text does: a call would cost a third of the whole.
            text = data[start:stop]
            try:
                if not text.isascii():
                    text.decode()
                out.append(text)
            except UnicodeDecodeError:
                out.append(Dropped("invalid-utf8", length))
            at = stop
        return at

    def _take_header(self, data: bytes, at: int) -> int:
        """Read a header; return where it ends, or `at` when it is not all there or wrong."""
        there = len(data) - at
        if there < 2:
            return at
        first, second = data[at], data[at + 1]
        wrong = self._wrong(first, second)
        if wrong:
            return self._break(wrong, at)
        length = second
        after = at + 2
        if length > _MOST_CONTROL:
            after += 2 if length == _LENGTH_16 else 8
            if after > len(data):
                return at
            length = int.from_bytes(data[at + 2 : after])
            if length <= (_MOST_CONTROL if second == _LENGTH_16 else _MOST_16) or length >> 63:
                return self._break("an invalid encoding of a length", at)
        if length + self._fragments_size(first & 0xF) > MAX_ANNOUNCED:
            return self._break(f"a message of more than {MAX_ANNOUNCED >> 20} MiB", at)
        self._begin(first & 0xF, final=bool(first & _FIN), length=length)
        return after

    def _fragments_size(self, opcode: int) -> int:
        """Return the bytes of the fragments that a frame continues; 0 if it continues none."""
        if opcode != Opcode.CONTINUATION or self._message is None:
            return 0
        return self._message.size

    def _wrong(self, first: int, second: int) -> str:
        """What is wrong with the first two bytes of a header; empty when nothing is."""
        opcode = first & 0xF
        if first & _RESERVED:
            return "a reserved bit is set"
        if opcode not in _OPCODES:
            return f"an unknown opcode, {opcode}"
        if second & _MASKED:
            return "a masked frame from a server"
        if opcode >= Opcode.CLOSE:
            if not first & _FIN:
                return "a fragmented control frame"
            return "a control frame that is too long" if second > _MOST_CONTROL else ""
        if (opcode == Opcode.CONTINUATION) == (self._message is None):
            return "an unexpected continuation frame"
        return ""

    def _begin(self, opcode: int, *, final: bool, length: int) -> None:
        self._frame = _Frame(opcode, final, length)
        self._in_frame = True
        if opcode in (Opcode.TEXT, Opcode.BINARY):
            self._message = _PartialMessage(opcode, bytearray() if opcode == Opcode.TEXT else None)
        message = self._message
        if opcode >= Opcode.CLOSE or message is None:
            return
        message.size += length
        if message.size > self._max_message:
            message.content = None

    def _take_payload(self, data: bytes, at: int, out: list[Incoming]) -> int:
        frame = self._frame
        piece = data[at : at + frame.missing]
        frame.missing -= len(piece)
        if frame.opcode >= Opcode.CLOSE:
            self._control += piece
        elif self._message is not None and self._message.content is not None:
            self._message.content += piece
        if not frame.missing:
            self._in_frame = False
            self._finish(frame, out)
        return at + len(piece)

    def _finish(self, frame: _Frame, out: list[Incoming]) -> None:
        if frame.opcode >= Opcode.CLOSE:
            payload = bytes(self._control)
            self._control.clear()
            self._finish_control(frame.opcode, payload, out)
        elif frame.final and self._message is not None:
            message, self._message = self._message, None
            out.append(_finished(message))

    def _finish_control(self, opcode: int, payload: bytes, out: list[Incoming]) -> None:
        if opcode == Opcode.PING:
            self.pings.append(payload)
        elif opcode == Opcode.PONG:
            out.append(Pong(payload))
        else:
            self._finish_close(payload)

    def _finish_close(self, payload: bytes) -> None:
        code = int.from_bytes(payload[:2]) if payload else NO_STATUS
        if payload and (len(payload) == 1 or not _may_be_sent(code)):
            self._break(f"a close frame with the code {code}", 0)
            return
        # The connection ends anyway: words that are no UTF-8 are worth more than a complaint.
        self.ending = StreamEnding(code, payload[2:].decode(errors="replace"))

    def _break(self, why: str, at: int) -> int:
        self.ending = StreamEnding(PROTOCOL_ERROR, why, broken=True)
        return at


def _text(payload: bytes | bytearray) -> bytes | Dropped:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return Dropped("invalid-utf8", len(payload))
    return bytes(payload)


def _finished(message: _PartialMessage) -> Incoming:
    if message.content is not None:
        return _text(message.content)
    return Dropped("binary" if message.opcode == Opcode.BINARY else "too-large", message.size)


def _may_be_sent(code: int) -> bool:
    # RFC 6455, section 7.4, and the registry it founded: 1012 to 1014 came later.
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
