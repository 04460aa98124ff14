r"""Make text from the network harmless before a terminal or a log sees it.

Control characters, escape sequences, line and paragraph separators, bidirectional overrides and
other invisible format characters are shown as ``\n``, ``\x1b`` or ``\u202e``; what a person can
read, emoji and joined scripts among it, stays as it is.
"""

import re

# C0, DEL and C1; the separators that some terminals and tools take for line ends; every
# bidirectional control; the invisible ones that hide or forge text; surrogates and tags.
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
    r"""Return `text` on one line, with everything a terminal could execute made visible.

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
    r"""Return a line of JSON with dangerous characters as ``\uXXXX``: the same value, harmless.

    In valid JSON such characters stand only inside strings, so the result parses to what the
    original does.
    """
    return _DANGEROUS.sub(_json_escape, line)


def is_plain(text: str) -> bool:
    """Whether `text` can go to a terminal as it is."""
    return _DANGEROUS.search(text) is None
