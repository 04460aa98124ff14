from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameProtocol, ParseFailed
from wsproto.frame_protocol import Opcode as Kind

from rc_tail.gateway.incoming import Dropped, Incoming, Pong
from rc_tail.transport import frames
from rc_tail.transport.frames import MAX_ANNOUNCED, FrameReader, StreamEnding
from tests.transport.peer import BINARY, CLOSE, PING, PONG, TEXT, close, frame, text

CONTINUED = 0
LIMIT = 70_000  # above what the short way takes, small enough for tests


def feed(reader: FrameReader, pieces: Iterable[bytes]) -> list[Incoming]:
    return [part for piece in pieces for part in reader.feed(piece)]


def read(*data: bytes, limit: int = LIMIT) -> list[Incoming]:
    reader = FrameReader(limit)
    got = feed(reader, data)
    assert reader.ending is None
    return got


def ended(*data: bytes) -> StreamEnding:
    reader = FrameReader(LIMIT)
    reader.feed(b"".join(data))
    assert reader.ending is not None
    return reader.ending


def split(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


# What is read.


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, LIMIT])
def test_a_message_of_any_size_comes_out(size: int):
    assert read(text("x" * size), text("next")) == [b"x" * size, b"next"]


@pytest.mark.parametrize("size", [3, 126, 65_536])
def test_a_header_may_come_in_two_reads(size: int):
    data = text("before") + text("x" * size)
    for cut in range(8, 20):
        assert read(data[:cut], data[cut:]) == [b"before", b"x" * size]


def test_a_message_in_fragments_comes_out_whole_with_what_stood_between():
    reader = FrameReader()
    data = b"".join(
        [
            frame(TEXT, "grü".encode()[:3], final=False),
            frame(PING, b"are you there"),
            frame(CONTINUED, "grü".encode()[3:], final=False),
            frame(PONG, b"1"),
            frame(CONTINUED, b"", final=False),
            frame(CONTINUED, b"\xc3\x9f"),
            text("after"),
        ]
    )
    assert reader.feed(data) == [Pong(b"1"), "grüß".encode(), b"after"]
    assert reader.pings == [b"are you there"]


def test_pings_are_left_for_the_owner_to_answer():
    reader = FrameReader()
    assert reader.feed(frame(PING) + frame(PING, b"x" * 125)) == []
    assert reader.pings == [b"", b"x" * 125]


# What is dropped alone.


@pytest.mark.parametrize("payload", [b"\xff", b"abc\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"x\xf5"])
@pytest.mark.parametrize("filler", [b"", b"y" * 200, b"y" * 66_000])
def test_a_text_that_is_no_utf_8_is_dropped_and_the_rest_read_on(payload: bytes, filler: bytes):
    bad = filler + payload
    got = read(text("good"), frame(TEXT, bad), text("good too"))
    assert got == [b"good", Dropped("invalid-utf8", len(bad)), b"good too"]


def test_utf_8_that_breaks_only_across_fragments_is_dropped():
    got = read(frame(TEXT, b"\xc3", final=False), frame(CONTINUED, b"x"), text("on"))
    assert got == [Dropped("invalid-utf8", 2), b"on"]


@pytest.mark.parametrize("size", [1, 200, 70_001])
def test_a_binary_message_is_dropped(size: int):
    got = read(frame(BINARY, b"\0" * size), text("on"))
    assert got == [Dropped("binary", size), b"on"]


def test_a_binary_message_in_fragments_is_dropped_once():
    pieces = [frame(BINARY, b"ab", final=False), frame(PONG), frame(CONTINUED, b"c"), text("on")]
    assert read(*pieces) == [Pong(b""), Dropped("binary", 3), b"on"]


@pytest.mark.parametrize("limit", [0, 10, 65_535, 66_000])
def test_a_text_over_the_limit_is_dropped_and_one_at_it_is_not(limit: int):
    got = read(text("a" * limit), text("b" * (limit + 1)), text(""), limit=limit)
    assert got == [b"a" * limit, Dropped("too-large", limit + 1), b""]


def test_fragments_over_the_limit_together_are_dropped_with_their_whole_size():
    pieces = [frame(TEXT, b"abc", final=False), frame(CONTINUED, b"def", final=False)]
    got = read(*pieces, frame(CONTINUED, b"gh"), text("on"), limit=5)
    assert got == [Dropped("too-large", 8), b"on"]


def test_a_message_that_is_too_large_is_not_kept_while_it_comes():
    reader = FrameReader(1000)
    reader.feed(frame(TEXT, b"x" * 500, final=False))
    # It announces a hundred megabytes, and its end does not come: nothing of it may be held.
    reader.feed(b"\x80\x7f" + (100 << 20).to_bytes(8))
    for _ in range(5):
        assert reader.feed(b"y" * 100_000) == []
    message = reader._message
    assert message is not None
    assert message.content is None


@pytest.mark.parametrize("size", [MAX_ANNOUNCED + 1, 1 << 31, 1 << 40, 1 << 62])
@pytest.mark.parametrize("kind", [TEXT, BINARY])
def test_a_frame_that_announces_more_than_any_message_has_breaks_the_protocol(kind: int, size: int):
    reader = FrameReader(LIMIT)
    assert reader.feed(text("before") + bytes([0x80 | kind, 0x7F]) + size.to_bytes(8)) == [
        b"before"
    ]
    assert reader.ending == StreamEnding(1002, "a message of more than 256 MiB", broken=True)


def test_fragments_that_announce_too_much_together_break_the_protocol(
    monkeypatch: pytest.MonkeyPatch,
):
    most = 2**20
    monkeypatch.setattr(frames, "MAX_ANNOUNCED", most)
    half = b"\x7f" + (most // 2 + 1).to_bytes(8)
    reader = FrameReader(LIMIT)
    reader.feed(b"\x01" + half)
    reader.feed(bytes(most // 2 + 1))
    assert reader.ending is None
    reader.feed(b"\x80" + half)
    assert reader.ending is not None


def test_a_frame_at_the_limit_of_what_may_be_announced_is_dropped_alone():
    reader = FrameReader(LIMIT)
    reader.feed(b"\x81\x7f" + MAX_ANNOUNCED.to_bytes(8))
    assert reader.ending is None


def test_a_length_alone_makes_no_memory():
    reader = FrameReader()
    reader.feed(b"\x81\x7f" + (16 << 20).to_bytes(8) + b"abc")
    message = reader._message
    assert message is not None
    assert bytes(message.content or b"") == b"abc"


# The end.


def test_a_close_frame_ends_reading_with_code_and_words():
    reader = FrameReader()
    got = reader.feed(text("before") + close(4400, "token früh") + text("never read"))
    assert got == [b"before"]
    assert reader.ending == StreamEnding(4400, "token früh")
    assert reader.feed(text("nor this")) == []


@pytest.mark.parametrize(
    ("payload", "ending"),
    [
        (b"", StreamEnding(1005, "")),
        (b"\x03\xe8", StreamEnding(1000, "")),
        (b"\x03\xe9" + b"r" * 123, StreamEnding(1001, "r" * 123)),
        (b"\x03\xf3\xff!", StreamEnding(1011, "\ufffd!")),
    ],
)
def test_close_frames_are_read_leniently_where_no_harm_is_done(
    payload: bytes, ending: StreamEnding
):
    assert ended(frame(CLOSE, payload)) == ending


BROKEN: dict[str, list[bytes]] = {
    "a reserved bit is set": [frame(TEXT, b"x", first=0x40), frame(PING, first=0x10)],
    "an unknown opcode, 3": [frame(3, b"x")],
    "an unknown opcode, 15": [frame(15)],
    "a masked frame from a server": [b"\x81\x81\0\0\0\0x", b"\x89\x80\0\0\0\0"],
    "a fragmented control frame": [frame(PING, final=False), frame(CLOSE, final=False)],
    "a control frame that is too long": [frame(PONG, b"x" * 126), b"\x89\x7f"],
    "an unexpected continuation frame": [
        frame(CONTINUED, b"x"),
        frame(TEXT, final=False) + text("new"),
        frame(BINARY, final=False) + frame(BINARY),
    ],
    "an invalid encoding of a length": [
        b"\x81\x7e\x00\x7d" + b"x" * 125,
        b"\x81\x7f" + (65535).to_bytes(8) + b"x" * 65535,
        b"\x81\x7f" + (1 << 63).to_bytes(8),
    ],
    "a close frame with the code 1": [frame(CLOSE, b"\x01")],
    "a close frame with the code 999": [close(999)],
    "a close frame with the code 1006": [close(1006)],
    "a close frame with the code 2999": [close(2999)],
    "a close frame with the code 5000": [close(5000)],
}


@pytest.mark.parametrize(("why", "data"), [(w, d) for w, many in BROKEN.items() for d in many])
def test_what_breaks_the_protocol_ends_reading_after_what_was_good(why: str, data: bytes):
    reader = FrameReader()
    assert reader.feed(text("good") + data + text("never")) == [b"good"]
    assert reader.ending == StreamEnding(1002, why, broken=True)


# Any stream, and any way it is cut.

Frames = list[bytes]


@st.composite
def messages(draw: Callable[..., bytes]) -> bytes:
    """One message, perhaps in fragments with control frames in between."""
    opcode: int = draw(st.sampled_from([TEXT, TEXT, TEXT, BINARY]))  # type: ignore[assignment]
    payload = draw(st.one_of(st.text(max_size=300).map(str.encode), st.binary(max_size=130)))
    if opcode == TEXT and draw(st.booleans()):
        payload = draw(st.sampled_from([b"x" * n for n in (125, 126, 65535, 65536, 70001)]))
    pieces = split(payload, draw(st.lists(st.integers(min_value=0), max_size=3)))
    out = b""
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        out += frame(opcode if number == 0 else CONTINUED, piece, final=last)
        if draw(st.booleans()):
            control: int = draw(st.sampled_from([PING, PONG]))  # type: ignore[assignment]
            out += frame(control, draw(st.binary(max_size=125)))
    return out


streams = st.tuples(
    st.lists(messages(), max_size=6).map(b"".join),
    st.sampled_from([b"", close(1000, "bye"), frame(CLOSE), b"\x83\x00", b"\x81"]),
).map(b"".join)
cut_places = st.lists(st.integers(min_value=0), max_size=12)


@given(streams, cut_places)
def test_any_split_gives_the_same(data: bytes, cuts: list[int]):
    whole, pieces = FrameReader(LIMIT), FrameReader(LIMIT)
    assert whole.feed(data) == feed(pieces, split(data, cuts))
    assert (whole.ending, whole.pings) == (pieces.ending, pieces.pings)


@given(st.binary(max_size=300))
def test_byte_by_byte_is_the_same_for_garbage(data: bytes):
    whole, pieces = FrameReader(50), FrameReader(50)
    got = feed(pieces, (bytes([b]) for b in data))
    assert whole.feed(data) == got
    assert (whole.ending, whole.pings) == (pieces.ending, pieces.pings)


def changed(data: bytes, at: int, value: int) -> bytes:
    if not data:
        return data
    at %= len(data)
    return data[:at] + bytes([value]) + data[at + 1 :]


garbage = st.one_of(
    st.binary(max_size=400),
    st.builds(changed, streams, st.integers(min_value=0), st.integers(0, 255)),
    streams,
)


@given(garbage)
@example(frame(TEXT, b"a", final=False) + frame(PING, b"x") + frame(CONTINUED, b"b"))
def test_another_implementation_reads_the_same(data: bytes):
    reader = FrameReader(1 << 40)
    got = [part for part in reader.feed(data) if not isinstance(part, Pong)]
    assume(not any(isinstance(p, Dropped) and p.reason == "invalid-utf8" for p in got))
    broken = reader.ending is not None and reader.ending.broken
    # Some mistakes it sees only when the frame goes on.
    expected, code, close_code = by_wsproto(data + bytes(16) if broken else data)
    # It looks at UTF-8 while a text comes, and judges codes that nobody has registered its own way.
    assume(code != 1007 and not (close_code and close_code in (1004, 1014)))
    assert got == expected
    assert (code is not None) == broken
    if close_code is not None:
        assert reader.ending is not None
        assert reader.ending.code == close_code


def by_wsproto(data: bytes) -> tuple[list[Incoming], int | None, int | None]:
    """Messages, the code of a failure, the code of a close frame: as wsproto has it."""
    protocol = FrameProtocol(client=True, extensions=[])
    protocol.receive_bytes(data)
    out: list[Incoming] = []
    parts: list[Any] = []
    try:
        for got in protocol.received_frames():
            if got.opcode is Kind.CLOSE:
                return out, None, cast("tuple[int, str]", got.payload)[0]
            if got.opcode in (Kind.TEXT, Kind.BINARY):
                parts.append(got.payload)
                if got.message_finished:
                    out.append(_message(got.opcode, parts))
                    parts = []
    except ParseFailed as error:
        return out, int(error.code), None
    return out, None, None


def _message(opcode: Kind, parts: list[Any]) -> Incoming:
    if opcode is Kind.TEXT:
        return "".join(parts).encode()
    return Dropped("binary", sum(map(len, parts)))
