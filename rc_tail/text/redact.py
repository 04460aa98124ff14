"""Mask secrets in everything that is displayed.

Code that obtains a secret adds it to the `Redactor`; code that displays text passes it through
`Redactor.mask`. A known secret is found in any spelling: as it is, percent-encoded, escaped for
JSON, Python or HTML, or cut short. Known patterns (tokens in URLs, Authorization headers, JWTs,
fields with tokens, whatever is in a ``wsc``) are masked in any case.
"""

import re
from collections.abc import Collection, Iterator

MASK = "***"

_FIELDS = (
    r"(?:ws_?)?access_?token|refresh_?token|id_?token|ws_?token|token|assertion|client_?secret|jwt"
    r"|[\w-]*wsc"
)
# All patterns are compiled where they are used: most messages need none, and compiling them takes a
# twentieth of the start-up time.
_ASSIGNED = rf"(?i)((?<![\w-])(?:{_FIELDS})=[\"']?)[^&\s\"']+"
_AUTHORIZATION = r"(?i)(authorization(?:\\*[\"'])?\s*[:=]\s*(?:\\*[\"'])?\w+\s+)[^\s\"'\\]+"
# Also without its signature, and cut within it.
_JWT = r"\beyJ(?:[\w-]{6,}\.[\w.-]+|[\w-]{20,}\.?)"
# A field of JSON or of a Python dictionary. Inside a string of other JSON, every quote has as many
# backslashes as the first one.
_FIELD = rf"(?i)(?P<escape>\\*)(?P<quote>[\"'])(?:{_FIELDS})\\*[\"']\s*:\s*"
_WSC = (
    r"(\{(?:\s*\"sequence\"\s*:\s*\d+\s*,)?\s*\"token\"\s*:\s*\")[^\"\\]*"
    r"(\"(?:\s*,\s*\"sequence\"\s*:\s*\d+)?\s*\})"
)
_QUOTE_OR_BRACKET = r"(\\*)([\"'])|[\[\]{}]"

# RingCentral's secrets are far longer. Shorter ones come from tests, and occur inside words.
_SHORT = 8
# Characters of a longer secret that are enough to mask it, in case a server cut it.
_START = 20
_LONGEST = 8 * 1024
# Characters that have one spelling only. A "." may be percent-encoded as well.
_PLAIN = r"(?a:[\w~-])"
# How JSON, and how HTML, write some characters.
_LETTERS = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
# They may be percent-encoded themselves, in an address.
_BACKSLASH = r"(?:\\|%(?:25)*5[Cc])"
_AND = r"(?:&|%(?:25)*26)(?:amp;)*"
_REST = r"[\w.~+/=%-]*"


class Redactor:
    """Masks the secrets of this run in any text."""

    def __init__(self) -> None:
        # Each secret, and a part of it that every spelling of it contains: a text without any of
        # these parts needs no search. Threads add to it, each in one step, and look at copies.
        self._secrets: dict[str, str] = {}
        # The number of secrets that it was made for, and a pattern that finds them.
        self._made: tuple[int, re.Pattern[str]] | None = None

    def add(self, *secrets: str | None) -> None:
        """Add secrets; of a JWT also each part that is secret.

        Those of less than four characters are ignored, since they match anything; short ones and
        numbers are masked as whole words only.
        """
        new = {part for s in secrets if s and len(s) >= 4 for part in (s, *_parts_of_jwt(s))}
        # A pattern of megabytes would take seconds; of such a secret the start is enough.
        new = {part[:_LONGEST] for part in new}
        if not new <= self._secrets.keys():
            self._secrets.update({secret: _plain_part(secret) for secret in new})

    def mask(self, text: str) -> str:
        """Return `text` with every known secret and every known pattern masked."""
        if any(part in text for part in [*self._secrets.values()]):
            text = self._known().sub(MASK, text)
        if '"' in text or "'" in text:
            text = _with_fields_masked(text)
        if "=" in text:
            text = re.sub(_ASSIGNED, r"\1" + MASK, text)
        if "authorization" in text.lower():
            text = re.sub(_AUTHORIZATION, r"\1" + MASK, text)
        return re.sub(_JWT, MASK, text) if "eyJ" in text else text

    def _known(self) -> re.Pattern[str]:
        # Workers may add secrets meanwhile; the next call sees those.
        secrets, made = [*self._secrets], self._made
        if made is None or made[0] != len(secrets):
            made = self._made = (len(secrets), re.compile("|".join(_patterns(secrets))))
        return made[1]


def _patterns(secrets: Collection[str]) -> Iterator[str]:
    longest_first = sorted(secrets, key=len, reverse=True)
    longer = [secret for secret in longest_first if len(secret) > _START]
    yield from (_anywhere_or_whole(secret) for secret in longer if len(secret) < _LONGEST)
    for start in sorted({secret[:_START] for secret in longer}):
        yield _spelled(start) + _REST
    # Behind those: one may be the start of a longer secret that was cut.
    yield from (_anywhere_or_whole(secret) for secret in longest_first[len(longer) :])


def _parts_of_jwt(secret: str) -> list[str]:
    header, *others = secret.split(".")
    return [p for p in others if len(p) >= _SHORT] if header.startswith("eyJ") else []


def _anywhere_or_whole(secret: str) -> str:
    pattern = _spelled(secret)
    if len(secret) >= _SHORT and not secret.isdecimal():
        return pattern
    before = r"(?<!\w)" if re.match(r"\w", secret) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", secret) else ""
    return f"{before}{pattern}{after}"


def _plain_part(secret: str) -> str:
    """Return the longest part of a secret's start that any spelling of it has; empty for none."""
    return max(re.findall(rf"{_PLAIN}+", secret[:_START]), key=len, default="")


def _spelled(secret: str) -> str:
    """Return a pattern of a secret as addresses, forms, JSON, Python and HTML write it."""
    return "".join(c if re.match(_PLAIN, c) else _spellings(c) for c in secret)


def _spellings(char: str) -> str:
    code = ord(char)
    octets = char.encode("utf-8", "surrogatepass")
    ways = [
        rf"{_BACKSLASH}*{re.escape(char)}",
        rf"{_BACKSLASH}*{''.join(rf'%(?:25)*(?i:{octet:02x})' for octet in octets)}",
        "".join(rf"{_BACKSLASH}+u(?i:{unit:04x})" for unit in _utf_16(code)),
        rf"{_AND}(?:#0*{code}|#[xX]0*(?i:{code:x})|{_ENTITIES.get(char, '#')})(?:;|%(?:25)*3[Bb])",
    ]
    if char in _LETTERS:
        ways.append(rf"{_BACKSLASH}+{_LETTERS[char]}")
    elif not " " < char <= "~":
        ways.append(rf"{_BACKSLASH}+(?:x|U0*)(?i:{code:02x})")
    if char == " ":
        ways.append(r"\+")
    return f"(?:{'|'.join(ways)})"


def _utf_16(code: int) -> tuple[int, ...]:
    if code < 0x10000:
        return (code,)
    high, low = divmod(code - 0x10000, 0x400)
    return 0xD800 + high, 0xDC00 + low


def _with_fields_masked(text: str) -> str:
    parts = []
    at = 0
    fields, plain_value = re.compile(_FIELD), re.compile(_WSC)
    while field := fields.search(text, at):
        parts.append(text[at : field.end()])
        at = field.end()
        if plain := plain_value.match(text, at):
            parts.append(f"{plain[1]}{MASK}{plain[2]}")
            at = plain.end()
        elif (end := _end_of_value(text, at, len(field["escape"]))) > at:
            quote = field["escape"] + field["quote"]
            parts.append(f"{quote}{MASK}{quote}")
            at = end
    return "".join((*parts, text[at:]))


def _end_of_value(text: str, at: int, escapes: int) -> int:
    """Return where a string, an object or a list ends; `at` where there is another value.

    Args:
        escapes: How many backslashes its quotes have.
    """
    depth = 0
    inside = ""
    for match in re.compile(_QUOTE_OR_BRACKET).finditer(text, at):
        if depth == 0 and not inside and match.start() > at:
            return at
        if match[2]:
            # Behind the quote's own backslashes there may be escaped ones of the text.
            if inside and (match[2] != inside or len(match[1]) % (2 * escapes + 2) != escapes):
                continue
            inside = "" if inside else match[2]
        elif not inside:
            depth += 1 if match[0] in "[{" else -1
        if depth <= 0 and not inside:
            return match.end()
    return len(text) if depth or inside else at
