"""Events as lines for programs: the payload, or the whole message.

A line is what the service sent, byte for byte, where that is one line already.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from rc_tail.gateway.messages import Notification
from rc_tail.text.escape import visible_json
from rc_tail.text.lenient_json import DECODER
from rc_tail.text.redact import MASK

Renderer = Callable[[Notification], bytes]

# White space between tokens goes, strings stay as they are.
_TOKENS = re.compile(rb'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
_HIDDEN_META = b'[{"type":"ServerNotification"},%b]'
_FIRST_ELEMENT = re.compile(r"\[[ \t\r\n]*")
# A carriage return ends a line for terminals and for some programs.
_BREAKS = (b"\n", b"\r")


def one_line(text: bytes) -> bytes:
    """Return valid JSON on one line: untouched where it is one, else without white space."""
    if any(mark in text for mark in _BREAKS):
        return _TOKENS.sub(rb"\1", text)
    return text


def json_line(notification: Notification) -> bytes:
    """Return the payload and a line break."""
    return one_line(notification.payload) + b"\n"


def lines(line: Renderer, batch: Sequence[Notification]) -> bytes:
    """Return the lines of several events; each ends with the only line break in it."""
    if line is json_line:
        # Nearly always each payload is one line already, which one look at all of them tells.
        payloads = [notification.payload for notification in batch]
        joined = b"".join(payloads)
        if not any(mark in joined for mark in _BREAKS):
            payloads.append(b"")
            return b"\n".join(payloads)
    return b"".join(map(line, batch))


def frame_line(notification: Notification) -> bytes:
    """Return the whole message and a line break; the token that recovers the session is masked."""
    return one_line(_masked(notification)) + b"\n"


def for_terminal(line: Renderer) -> Renderer:
    r"""Return `line` for a terminal: what a terminal could execute stands there as ``\uXXXX``."""

    def harmless(notification: Notification) -> bytes:
        text = line(notification)[:-1].decode("utf-8", "backslashreplace")
        return visible_json(text).encode() + b"\n"

    return harmless


def _masked(notification: Notification) -> bytes:
    """Return the whole message without its ``wsc`` token."""
    frame = notification.frame
    text = frame.decode("utf-8", "surrogatepass")
    start = _FIRST_ELEMENT.search(text)
    assert start is not None  # noqa: S101 - it was read as an array of at least one element
    try:
        meta, end = DECODER.raw_decode(text, start.end())
    except RecursionError:
        # Deeper than this thread's stack: where the token stands cannot be told.
        return _HIDDEN_META % notification.payload
    if not isinstance(meta, dict) or "wsc" not in meta:
        return frame
    shown = json.dumps({**meta, "wsc": _without_token(meta["wsc"])}, separators=(",", ":"))
    return (text[: start.end()] + shown + text[end:]).encode("utf-8", "surrogatepass")


def _without_token(wsc: Any) -> Any:
    return {**wsc, "token": MASK} if isinstance(wsc, dict) else MASK
