"""The content of attachments, made on the spot: audio, documents and pictures.

Each is valid, and always the same for the same attachment, so that a client can resume it.
"""

import re
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from rc_tail.simulator.service.http_values import Answer, ApiCall, error_answer

_RATE = 8000  # samples a second
# MPEG version 2, layer III, 16 kbit/s, 16 kHz, mono: 72 bytes for 36 ms. Zeros are silence.
_MP3_FRAME = bytes.fromhex("fff328c4") + bytes(68)
_MP3_FRAME_SECONDS = 0.036
_LONGEST = 600.0  # seconds
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")

Body = Mapping[str, Any]


def make_content(message: Body, attachment: Body) -> tuple[str, bytes]:
    """Return the type and the bytes of an attachment.

    Types that are not known here are plain text.
    """
    type_ = str(attachment.get("contentType", "text/plain")).partition(";")[0].strip().lower()
    seconds = min(_number(attachment.get("vmDuration")), _LONGEST)
    if type_ in ("audio/x-wav", "audio/wav"):
        return type_, make_wav(seconds)
    if type_ in ("audio/mpeg", "audio/mp3"):
        return type_, make_mp3(seconds)
    if type_ == "application/pdf":
        return type_, make_pdf(max(1, int(_number(message.get("faxPageCount")))))
    if type_.startswith("image/"):
        # As the service does it for faxes: the answer's type decides, not the record's.
        return "image/png", make_png(int(_number(attachment.get("id"))) % 0x1000000)
    return "text/plain", str(message.get("subject", "")).encode("utf-8", "replace")


def _number(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    return float(value) if isinstance(value, str) and value.isdecimal() else 1.0


def make_wav(seconds: float) -> bytes:
    """Return a tone as WAV: 8 bits, mono."""
    # A sawtooth of 400 Hz: twenty samples a period.
    samples = bytes(range(118, 138)) * int(seconds * _RATE / 20)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, _RATE, 1, 8)
    data = struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data


def make_mp3(seconds: float) -> bytes:
    """Return silence as MP3."""
    return _MP3_FRAME * max(1, round(seconds / _MP3_FRAME_SECONDS))


def make_pdf(pages: int) -> bytes:
    """Return a PDF with empty pages."""
    kids = " ".join(f"{3 + page} 0 R" for page in range(pages))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {pages}>>",
        *["<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"] * pages,
    ]
    text, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(text))
        text += f"{number} 0 obj{body}endobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    return (
        f"{text}xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{len(text)}\n%%EOF\n"
    ).encode()


def make_png(colour: int) -> bytes:
    """Return a picture of 32 by 32 pixels in one colour, 0xRRGGBB."""
    row = b"\0" + colour.to_bytes(3, "big") * 32
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 32)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def content_answer(call: ApiCall, type_: str, content: bytes) -> Answer:
    """Return the answer with a content, or with the part that a Range header asks for (RFC 9110)."""
    headers = {"Content-Type": type_, "Accept-Ranges": "bytes"}
    found = _RANGE.fullmatch(call.headers.get("range", "").strip())
    # Other forms of the header are ignored, as the standard allows.
    if found is None or found[0] == "bytes=-":
        return Answer(200, content, headers)
    size = len(content)
    if found[1]:
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
    else:
        first, last = max(0, size - int(found[2])), size - 1
    if first > last:
        answer = error_answer(416, "CMN-101", "Range is not satisfiable")
        return answer.with_headers({"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Answer(206, content[first : last + 1], headers)
