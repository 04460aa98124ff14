"""``--output json`` and ``frame``: the payload, or the whole message, as one line.

A line is what the service sent, byte for byte, unless that contains line breaks.
"""

import json
import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from rc_tail.gateway.messages import Notification
from rc_tail.text.escape import visible_json
from rc_tail.text.lenient_json import DECODER
from rc_tail.text.redact import MASK

Renderer = Callable[[Notification], bytes]

# As numbers: Python 3.11 looks eight times as long for a byte string in another.
_LF, _CR = b"\n\r"
# Strings, which stay as they are, or white space between tokens, which is removed.
_TOKENS = rb'("(?:[^"\\]|\\.)*")|[ \t\r\n]+'
_HIDDEN_META = b'[{"type":"ServerNotification"},%b]'
_FIRST_ELEMENT = r"\[[ \t\r\n]*"
_HIDDEN_NAME = "(?i)wsc|token|authorization|cookie|secret"


def one_line(text: bytes) -> bytes:
    """Return valid JSON on one line: unchanged if it is one already, else without white space."""
    # Terminals and some programs treat a carriage return as a line end.
    if _LF in text or _CR in text:
        return re.sub(_TOKENS, rb"\1", text)
    return text


def json_line(notification: Notification) -> bytes:
    """Return the payload as a line."""
    return one_line(notification.payload) + b"\n"


def render_batch(
    render: Renderer, batch: Sequence[Notification]
) -> tuple[bytes, Sequence[int] | None]:
    """Return the entries of several events, and where each ends.

    Returns:
        The bytes, and the position behind each entry; None in place of the positions where each
        entry has one line break, at its end.
    """
    if render is json_line:
        # Nearly always every payload is one line already. As `one_line` looks: a call for each would
        # cost more, and so would a search in all of them joined, whose memory the system takes back
        # after every batch of a burst (11,000 page faults in 40,000 events).
        lines: list[bytes] = []
        for notification in batch:
            payload = notification.payload
            if _LF in payload or _CR in payload:
                break
            lines.append(payload)
        else:
            lines.append(b"")
            return b"\n".join(lines), None
    entries = list(map(render, batch))
    return b"".join(entries), list(accumulate(map(len, entries)))


def frame_line(notification: Notification) -> bytes:
    """Return the whole message as a line, with secrets of its first element masked."""
    return one_line(_masked(notification)) + b"\n"


def escaped_for_terminal(render: Renderer) -> Renderer:
    r"""Wrap a renderer for a terminal: characters that it could execute become ``\uXXXX``."""

    def escaped(notification: Notification) -> bytes:
        text = render(notification)[:-1].decode("utf-8", "backslashreplace")
        return visible_json(text).encode() + b"\n"

    return escaped


def _masked(notification: Notification) -> bytes:
    """Return the whole message with secrets of its first element masked."""
    frame = notification.frame
    text = frame.decode("utf-8", "surrogatepass")
    start = re.search(_FIRST_ELEMENT, text)
    assert start is not None  # noqa: S101 - it was decoded as a non-empty array
    try:
        meta, end = DECODER.raw_decode(text, start.end())
    except RecursionError:
        # Nested deeper than this thread's stack allows: the token cannot be located.
        return _HIDDEN_META % notification.payload
    masked = _without_secrets(meta)
    if masked == meta:
        return frame
    shown = json.dumps(masked, separators=(",", ":"))
    return (text[: start.end()] + shown + text[end:]).encode("utf-8", "surrogatepass")


def _without_secrets(meta: Any, *, is_secret: bool = False) -> Any:
    """Mask texts under ``wsc``, and under names of tokens and logins, as deep as they are."""
    if isinstance(meta, dict):
        return {
            name: _without_secrets(
                value, is_secret=is_secret or bool(re.search(_HIDDEN_NAME, name))
            )
            if name != "sequence"
            else value
            for name, value in meta.items()
        }
    if isinstance(meta, list):
        return [_without_secrets(value, is_secret=is_secret) for value in meta]
    return MASK if is_secret and isinstance(meta, str) else meta
