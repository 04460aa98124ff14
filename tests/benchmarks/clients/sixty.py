"""What rc-tail does with every event, and nothing else, as short as it goes: ``sixty.py URL``.

It cuts frames, checks UTF-8 and JSON, matches, de-duplicates, counts by kind, and prints lines. It
keeps no connection alive, recovers nothing, and has no options: what rc-tail takes more is for these.
"""

import os
import sys
from collections import Counter

import msgspec
import websocket


class Envelope(msgspec.Struct, gc=False):
    uuid: str
    event: str
    subscription: str = msgspec.field(name="subscriptionId", default="")


decode = msgspec.json.Decoder(tuple[msgspec.Raw, Envelope]).decode
known: dict[str, None] = {}
kinds: Counter[str] = Counter()
kind_of: dict[str, str] = {}


def frames(data: bytes) -> tuple[list[bytes], int]:
    """Return the texts in what was read, and where the first incomplete frame begins."""
    texts, at = [], 0
    while len(data) - at >= 2:
        head, size = 2, data[at + 1]
        if size > 125:
            head = 4 if size == 126 else 10
            size = int.from_bytes(data[at + 2 : at + head])
        end = at + head + size
        if len(data) < max(end, at + head):
            break
        if data[at] == 0x81:
            texts.append(data[at + head : end])
        at = end
    return texts, at


def line_of(text: bytes) -> bytes:
    text.decode()
    meta, event = decode(text)
    if event.uuid in known or not event.event.startswith("/restapi/"):
        return b""
    known[event.uuid] = None
    if len(known) > 10_000:
        del known[next(iter(known))]
    kinds[kind_of.setdefault(event.event, event.event.partition("?")[0])] += 1
    return text[len(meta) + 2 : -1].replace(b"\n", b" ") + b"\n"


stream = websocket.create_connection(sys.argv[1]).sock
assert stream is not None
rest = b""
while data := stream.recv(1 << 16):
    texts, at = frames(rest + data)
    rest = (rest + data)[at:]
    if texts:
        os.write(1, b"".join(map(line_of, texts)))
