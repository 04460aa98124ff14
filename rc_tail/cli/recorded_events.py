"""Reads recorded events: JSON lines, and JSON documents laid out over lines, as jq prints them.

A line that is an event by itself is the usual case and is tried first. Other text is searched for
the objects of documents: one after another, or in arrays. Each byte of it is looked at once, and
only the object that is still open is kept in memory.
"""

import json
import re
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple, Protocol

import msgspec

from rc_tail.errors import MalformedMessageError
from rc_tail.gateway.messages import Notification, decode
from rc_tail.text.lenient_json import loads_object

# Called with the number of a line, and why it is not an event.
ReportBadLine = Callable[[int, str], None]

_LONGEST = 16 * 1024 * 1024  # bytes of a line or object: the limit of the tail's messages too
_BOM = b"\xef\xbb\xbf"
# White space, a string, a bracket or other mark, or a number or word such as `null`.
_TOKEN = re.compile(
    rb'[ \t\r\n]+|"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"|[][{}:,]|[-+.0-9A-Za-z]+'
)
_LETTER = b'{"sink":'
# The message that a payload without one is made into.
_FRAME = b'[{"type": "ServerNotification", "messageId": %b},%b]'
_MARKS = b'{}[]:,"'
_SPACE = b" \t\r\n"
_WHOLE = _MARKS + _SPACE  # the last bytes of tokens that the next piece cannot continue
_WORD = b"w"
# The kinds of tokens that may follow each kind inside an object. It reveals a document that was cut
# off before another one begins; all else is checked when the whole object is decoded.
_VALUE, _AFTER_VALUE = b'{["w', b",]}"
_FOLLOWS = {
    b"{": b'"}',
    b"[": _VALUE + b"]",
    b":": _VALUE,
    b",": _VALUE,
    b"}": _AFTER_VALUE,
    b"]": _AFTER_VALUE,
    b'"': _AFTER_VALUE + b":",
    _WORD: _AFTER_VALUE,
}


class LineSource(Protocol):
    """A file, or a part of one."""

    def readline(self, size: int, /) -> bytes:
        """Return the next line, or up to `size` bytes of it; nothing at the end."""
        ...


def events_in(
    file: LineSource, report: ReportBadLine, *, whole: bool = True, ahead: int = 0
) -> Iterator[Notification]:
    """Yield the events of a file; what is not an event is reported.

    Args:
        whole: Whether usual payloads are made into whole messages, as `--output frame` prints them.
        ahead: How many bytes of usual lines are read before the first of their events is yielded. It
            takes a tenth off what readable lines cost with 64 KiB, since decoding and rendering do
            not take turns in the processor's caches.
    """
    reader = _Reader(report, whole=whole)
    usual: list[Notification] = []
    number = size = 0
    try:
        while line := file.readline(_LONGEST + 1):
            number += 1
            if number == 1:
                line = line.removeprefix(_BOM)
            event = reader.usual_event(line)
            if event is not None:
                usual.append(event)
                size += len(line)
            if event is None or size > ahead:
                yield from usual
                usual, size = [], 0
            if event is None:
                yield from _unusual(reader, line, number, file)
    except OSError:
        yield from usual
        raise
    yield from usual
    reader.finish()


def _unusual(
    reader: "_Reader", line: bytes, number: int, file: LineSource
) -> Iterator[Notification]:
    """Yield the events that a line completes which is not a usual event by itself."""
    if len(line) > _LONGEST:
        yield from _long_line(reader, line, number, file)
    elif line.strip():
        yield from reader.read(line, number)


def _long_line(
    reader: "_Reader", piece: bytes, number: int, file: LineSource
) -> Iterator[Notification]:
    """Yield the events of a line that is read in pieces: an array of many events can be one."""
    is_array = piece.startswith(b"[")
    if not is_array:
        reader.report(number, "line too long")
    while piece:
        is_array = is_array and (yield from reader.search(piece, number))
        if piece.endswith(b"\n"):
            break
        piece = file.readline(_LONGEST)


def parse_recorded_line(line: bytes) -> Notification:
    """Return the event of a recorded line: a payload, or a whole message.

    Raises:
        MalformedMessageError: The line is neither.
    """
    return _usual_event(line) or _any_event(line)


class _UsualEvent(msgspec.Struct, gc=False):
    """The fields of a payload that are decoded; the others are checked, and skipped over."""

    event: str
    uuid: str = ""
    timestamp: str = ""
    subscription_id: str = msgspec.field(name="subscriptionId", default="")


_decode_usual = msgspec.json.Decoder(_UsualEvent).decode


def _usual_event(line: bytes, *, whole: bool = True) -> Notification | None:
    """Return the event of a payload as nearly all are, in one pass; None for any other line."""
    if not line.startswith(b"{") or line.startswith(_LETTER):
        return None
    try:
        # The decoder does not look at the characters of what it skips over.
        line.decode()
        fields = _decode_usual(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    uuid = fields.uuid
    frame = _FRAME % (json.dumps(uuid).encode(), line) if whole else b""
    return Notification(uuid, fields.event, fields.timestamp, line, frame, fields.subscription_id)


def _any_event(line: bytes) -> Notification:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise MalformedMessageError("not UTF-8") from None
    if text.startswith("["):
        content = decode(text).content
        if isinstance(content, Notification):
            return content
        raise MalformedMessageError("a message, but not an event")
    if not text.startswith("{"):
        raise MalformedMessageError("not a JSON object")
    if (letter := _dead_letter(line)) is not None:
        event = parse_recorded_line(bytes(letter.event))
        return msgspec.structs.replace(event, key=letter.key)
    message_id = _uuid_of(text)
    frame = _FRAME % (json.dumps(message_id).encode(), line)
    content = decode(frame.decode()).content
    assert isinstance(content, Notification)  # noqa: S101 - follows from the type in `meta`
    return content


class _DeadLetter(msgspec.Struct):
    """A line of ``--dead-letter``: the event is the value of a field."""

    sink: str
    key: str
    event: msgspec.Raw


_decode_letter = msgspec.json.Decoder(_DeadLetter).decode


def _dead_letter(line: bytes) -> _DeadLetter | None:
    if not line.startswith(_LETTER):
        return None
    try:
        letter = _decode_letter(line)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return letter if bytes(letter.event).startswith(b"{") else None


def _uuid_of(text: str) -> str:
    payload = loads_object(text)
    if payload is None:
        raise MalformedMessageError("not JSON")
    if not isinstance(payload.get("event"), str):
        is_message = isinstance(payload.get("type"), str)
        raise MalformedMessageError(
            "a message, but not an event" if is_message else "no field 'event'"
        )
    return str(payload.get("uuid", ""))


class _Reader:
    """Finds the events in lines: by themselves, or in documents of many lines."""

    def __init__(self, report: ReportBadLine, *, whole: bool) -> None:
        self.report = report
        self._whole = whole
        self._finder = _ObjectFinder()
        # The first part of a whole message that is laid out over lines.
        self._meta: _Object | None = None

    def usual_event(self, line: bytes) -> Notification | None:
        """Return the event of a usual line outside of documents; None for any other line."""
        if len(line) > _LONGEST or self._meta is not None or self._finder.is_open:
            return None
        return _usual_event(line.strip(), whole=self._whole)

    def read(self, line: bytes, number: int) -> Iterator[Notification]:
        """Yield the events that a line completes."""
        # Inside the object of a document, lines are indented.
        if self._meta is None and (not self._finder.is_inside or line.startswith(b"{")):
            try:
                event = parse_recorded_line(line.strip())
            except MalformedMessageError as error:
                if not self._finder.is_open and not line.lstrip().startswith((b"{", b"[")):
                    self.report(number, error.message)
                    return
            else:
                if self._finder.is_inside:
                    self._abandon()
                yield event
                return
        yield from self.search(line, number)

    def search(self, text: bytes, number: int) -> Generator[Notification, None, bool]:
        """Yield the events of the documents' objects that a line or a piece of one completes.

        Returns:
            Whether the text is a part of a document.
        """
        try:
            for found in self._finder.feed(text, number):
                yield from self._event_of(found)
        except MalformedMessageError as error:
            if self._finder.is_inside and self._finder.line < number:
                self._abandon()
                if text.startswith((b"{", b"[")):
                    # It was cut off before this line, with which another document begins.
                    yield from self.read(text, number)
            else:
                self._finder = _ObjectFinder()
                self.report(number, error.message)
            return False
        return True

    def _event_of(self, found: "_Object") -> Iterator[Notification]:
        meta, self._meta = self._meta, None
        try:
            if meta is None:
                yield parse_recorded_line(found.text)
            else:
                yield parse_recorded_line(b"[%b,%b]" % (meta.text, found.text))
        except MalformedMessageError as error:
            if meta is None and _is_meta(found.text):
                self._meta = found
            else:
                self.report((meta or found).line, error.message)

    def finish(self) -> None:
        """Report what the end of the file cuts off."""
        if self._meta is not None:
            self.report(self._meta.line, "a message, but not an event")
        elif self._finder.is_open:
            self._abandon()

    def _abandon(self) -> None:
        self.report(self._finder.line, "the JSON document is not complete")
        self._finder = _ObjectFinder()


def _is_meta(text: bytes) -> bool:
    first = loads_object(text)
    return first is not None and "event" not in first and first.get("type") == "ServerNotification"


class _Object(NamedTuple):
    """The text of a JSON object, and the line where it begins."""

    text: bytes
    line: int


class _ObjectFinder:
    """Finds JSON objects that come one after another or in arrays; text comes in pieces."""

    def __init__(self) -> None:
        self._arrays = 0  # open ones around the objects
        self._array_line = 0  # where the outermost of them begins
        self._depth = 0  # open brackets of the object
        self._object_line = 0
        self._parts: list[bytes] = []  # of the object
        self._size = 0
        self._last = b""  # kind of the last token
        self._tail = b""  # the beginning of a token

    @property
    def is_inside(self) -> bool:
        """Whether an object is open."""
        return self._depth > 0

    @property
    def is_open(self) -> bool:
        """Whether an object or an array is open, or a token is not complete."""
        return bool(self._depth or self._arrays or self._tail)

    @property
    def line(self) -> int:
        """Where the open object begins; without one, the outermost open array."""
        return self._object_line if self._depth else self._array_line

    def feed(self, text: bytes, line: int) -> Iterator[_Object]:
        """Yield the objects that the text completes.

        Raises:
            MalformedMessageError: The text does not continue JSON, or an object is too long.
        """
        text, self._tail = self._tail + text, b""
        start = at = 0
        while at < len(text):
            token = self._token(text, at)
            if token is None:
                break
            kind = token[:1]
            if kind not in _SPACE:
                if self._depth:
                    self._in_object(kind if kind in _MARKS else _WORD)
                else:
                    start = at
                    self._between_objects(kind, line)
            at += len(token)
            if self._depth == 0 and kind == b"}":
                yield _Object(b"".join([*self._parts, text[start:at]]), self._object_line)
                self._parts, self._size = [], 0
        if self._depth:
            self._parts.append(text[start:at])
            self._size += at - start
        if self._size + len(self._tail) > _LONGEST:
            raise MalformedMessageError("object too long")

    def _token(self, text: bytes, at: int) -> bytes | None:
        """Return the token at a place; None if only the next piece of the line completes it."""
        token = _TOKEN.match(text, at)
        if token is not None and (token.end() < len(text) or token[0][-1:] in _WHOLE):
            return token[0]
        if text.endswith(b"\n"):
            raise MalformedMessageError("not JSON")
        self._tail = text[at:]
        return None

    def _between_objects(self, kind: bytes, line: int) -> None:
        if kind == b"{":
            self._depth, self._object_line = 1, line
        elif kind == b"[":
            self._array_line = self._array_line if self._arrays else line
            self._arrays += 1
        elif kind == b"]" and self._arrays:
            self._arrays -= 1
            if self._last == b"[":
                raise MalformedMessageError("an empty array")
        elif kind != b",":
            raise MalformedMessageError("not a JSON object")
        self._last = kind

    def _in_object(self, kind: bytes) -> None:
        if kind not in _FOLLOWS[self._last]:
            raise MalformedMessageError("not JSON")
        self._depth += (kind in b"{[") - (kind in b"}]")
        self._last = kind
