r"""Escape untrusted text for terminals and logs.

Control characters, escape sequences, line and paragraph separators, bidirectional overrides and
other invisible format characters become ``\n``, ``\x1b`` or ``\u202e``; readable text, including
emoji and joined scripts, stays as it is.
"""

import re

# C0, DEL and C1; separators that some terminals and tools treat as line ends; every
# bidirectional control; invisible characters that hide or forge text; surrogates and tags.
# Zero-width joiner and non-joiner (U+200D, U+200C) and variation selectors stay: emoji and
# many scripts are written with them.
_DANGEROUS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
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
    return _DANGEROUS.sub(_visible, text)


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
    return _DANGEROUS.sub(_json_escape, line)


def is_plain(text: str) -> bool:
    """Whether `text` needs no escaping."""
    return _DANGEROUS.search(text) is None
