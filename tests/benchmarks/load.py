"""What the load server sends: seeded events of four kinds, as WebSocket frames in a file.

The shapes are those of the catalogue's samples, filled up with text, two fifths of it with letters
that are no ASCII. Every event has a uuid of its own, of one length, and a field that the server
can overwrite with the moment at which it sends it.
"""

import json
import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from rc_tail.events.catalogue import KINDS

NAMES = ("sms", "calls", "presence", "messages")
SUBSCRIPTION = "9a7b0000-0000-4000-8000-000000000003"
# As long as nanoseconds of a clock are; replaced by them where latency is measured.
SENT = "0000000000000000000"
SENT_MARK = b'"sentAt":"'
_SHAPES = 1000
# The fields that name a message or a call.
_NAMING = ("id", "telephonySessionId")
_WORDS = [
    "moss",
    "beach",
    "noon",
    "meeting",
    "again",
    "where",
    "order",
    "ready",
    "call",
    "back",
    "thanks",
    "invoice",
    "later",
]
_FAR = ("grüße", "für", "déjà", "naïve", "naïve", "señor", "日本", "東京都", "привет", "😀", "été")
# So many letters of a text are chosen; a longer one repeats them.
_VARIED = 2000


@dataclass(frozen=True)
class Load:
    """Frames to be sent.

    Attributes:
        count: How many different ones.
        payload: The bytes of a payload, roughly; 0 for the usual mixture around 1.1 KB.
        kinds: The kinds, by name.
        distinct: Whether each event has a content of its own, and not only a uuid.
    """

    count: int
    payload: int = 0
    kinds: Sequence[str] = NAMES
    distinct: bool = False


def frame(payload: bytes) -> bytes:
    """Return a text frame of a server."""
    if len(payload) < 126:
        return bytes((0x81, len(payload))) + payload
    if len(payload) < 1 << 16:
        return b"\x81\x7e" + struct.pack("!H", len(payload)) + payload
    return b"\x81\x7f" + struct.pack("!Q", len(payload)) + payload


def payload_of(message: bytes) -> bytes:
    """Return the payload of one of our own messages."""
    return message[message.index(b',{"uuid":') + 1 : -1]


def _text(chance: random.Random, letters: int) -> str:
    words = _WORDS + list(_FAR) if chance.random() < 0.4 else _WORDS
    made = ""
    while len(made) < min(letters, _VARIED):
        made += chance.choice(words) + " "
    return (made * (letters // len(made) + 1))[:letters]


def _shape(chance: random.Random, load: Load) -> tuple[str, str]:
    """Return what stands before and behind the uuid in a message's payload."""
    name = chance.choice(load.kinds)
    kind = next(kind for kind in KINDS if kind.name == name)
    body: dict[str, Any] = dict(kind.sample)
    event = kind.event_of("400000001", "400000101")
    bare = len(json.dumps(body)) + 350
    letters = (load.payload or chance.randint(1050, 1370)) - bare
    body["subject" if "subject" in body else "description"] = _text(chance, max(letters, 8))
    body["sentAt"] = SENT
    if load.distinct:
        body |= {name: SENT for name in _NAMING if name in body}
    rest = {
        "event": event,
        "timestamp": f"2026-03-02T09:{chance.randint(10, 59)}:00.{chance.randint(100, 999)}Z",
        "subscriptionId": SUBSCRIPTION,
        "ownerId": "400000101",
        "body": body,
    }
    return '{"uuid":"', '",' + json.dumps(rest, separators=(",", ":"), ensure_ascii=False)[1:]


def messages(load: Load) -> Iterator[bytes]:
    """Give the messages of a load, the same ones every time."""
    chance = random.Random(20_260_302)
    shapes = [_shape(chance, load) for _ in range(min(_SHAPES, load.count))]
    before = [head.encode() for head, _ in shapes]
    after = [tail.encode() + b"]" for _, tail in shapes]
    for number in range(load.count):
        uuid = b"%019d" % (1_234_567_890_000_000_000 + number)
        meta = (
            b'[{"type":"ServerNotification","messageId":"%s","status":200,"headers":{"RCRequestId":'
            b'"n-%08d"},"wsc":{"token":"c4f1a6de-52b7-4b6e-9f1e-0d2f6a7b8c9d","sequence":%d}},'
        ) % (uuid, number, number + 2)
        shape = number % len(shapes)
        rest = after[shape].replace(SENT.encode(), uuid) if load.distinct else after[shape]
        yield meta + before[shape] + uuid + rest


def write_frames(load: Load, file: IO[bytes]) -> list[int]:
    """Write the frames of a load to a file; return where each ends."""
    ends = []
    for message in messages(load):
        file.write(frame(message))
        ends.append(file.tell())
    file.flush()
    return ends
