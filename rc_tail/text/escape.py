r"""Escape untrusted text for terminals and logs.

Control characters, escape sequences, line and paragraph separators, bidirectional overrides and
other invisible format characters become ``\n``, ``\x1b`` or ``\u202e``; readable text, including
emoji and joined scripts, stays as it is. Of a flood of accents on one letter only the first stay.
"""

import re
from collections.abc import Callable

# C0, DEL and C1; separators that some terminals and tools treat as line ends; every
# bidirectional control; invisible characters that hide or forge text: all that Unicode calls
# "default ignorable", and blanks that are not spaces; surrogates.
# Some scripts are written with invisible characters. Zero-width joiner and non-joiner (U+200D,
# U+200C) and the selectors of emoji (U+FE0E, U+FE0F) stay; the selectors of Mongolian letters and
# of ideographs stay after those.
_DANGEROUS = (
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u180b-\u180d\u180f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0d\ufeff\uffa0"
    "\ufff0-\ufffb\ud800-\udfff\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_SELECTED = (
    "[\u1820-\u18aa][\u180b-\u180d\u180f]"
    "|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\U000e0100-\U000e01ef]"
)
# Where more than this many accents and joiners stand on one letter, the others are shown. No
# script needs more: Hebrew with points and accents has five at most.
_MOST_MARKS = 5
_MARKS = ("Mn", "Me", "Cf")
# Letters, digits and spaces end a run of marks; what else there is between them is looked up.
_MAYBE_FLOOD = rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1},}}"
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_JSON_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def _visible(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    r"""Return `text` on one line, with everything that a terminal could execute escaped.

    >>> visible("a\x1b[31m\nb")
    'a\\x1b[31m\\nb'
    """
    return _escaped(text, _visible)


def _json_escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _JSON_SHORT:
        return _JSON_SHORT[char]
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def visible_json(line: str) -> str:
    r"""Return a line of JSON with dangerous characters as ``\uXXXX``.

    In valid JSON such characters occur only inside strings, so the value stays the same.
    """
    return _escaped(line, _json_escape)


def is_plain(text: str) -> bool:
    """Whether `text` needs no escaping."""
    return visible(text) == text


def _escaped(text: str, escape: Callable[[re.Match[str]], str]) -> str:
    if text.isascii() and text.isprintable():
        # Most texts are. The patterns take ten times as long, and compiling them slows the start.
        return text

    def unless_selector(match: re.Match[str]) -> str:
        before = max(match.start() - 1, 0)
        selected = re.compile(_SELECTED).match(match.string, before)
        return match[0] if selected else escape(match)

    text = re.sub(_DANGEROUS, unless_selector, text)
    if text.isascii():
        return text
    return re.sub(_MAYBE_FLOOD, lambda found: _without_flood(found[0], escape), text)


def _without_flood(text: str, escape: Callable[[re.Match[str]], str]) -> str:
    """Return `text` with the accents escaped that are too many."""
    # Few texts come here.
    from unicodedata import category

    chars: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if category(char) in _MARKS else 0
        chars.append(char if marks <= _MOST_MARKS else re.sub("(?s).", escape, char))
    return "".join(chars)
