"""Mask secrets in everything that is displayed.

Code that obtains a secret adds it to the `Redactor`; code that displays text passes it through
`Redactor.mask`. Known patterns (tokens in URLs, Authorization headers, JWTs, JSON fields with
tokens) are masked in any case.
"""

import re

MASK = "***"

_SHAPES = (
    re.compile(r"((?:access_token|refresh_token|assertion|client_secret|token|wsc)=)[^&\s\"']+"),
    re.compile(r"((?i:authorization)\"?:\s*\"?(?:[Bb]earer|[Bb]asic)\s+)[^\s\"']+"),
    re.compile(
        r"(\"(?:access_token|refresh_token|ws_access_token|assertion|client_secret)\"\s*:\s*\")[^\"]+"
    ),
    re.compile(r"(\"wsc\"\s*:\s*\{[^}]*?\"token\"\s*:\s*\")[^\"]+"),
)
_JWT = re.compile(r"\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*")


# RingCentral's secrets are far longer. Shorter ones come from tests, and occur inside words.
_SHORT = 8


class Redactor:
    """Masks the secrets of this run in any text."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, *secrets: str | None) -> None:
        """Add secrets.

        Those of less than four characters are ignored, since they match anything; short ones and
        numbers are masked as whole words only.
        """
        new = {s for s in secrets if s and len(s) >= 4}
        if not new <= self._secrets:
            self._secrets |= new
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(_anywhere_or_whole, longest_first)))

    def mask(self, text: str) -> str:
        """Return `text` with every known secret and every known pattern masked."""
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        for shape in _SHAPES:
            text = shape.sub(r"\1" + MASK, text)
        return _JWT.sub(MASK, text)


def _anywhere_or_whole(secret: str) -> str:
    pattern = re.escape(secret)
    if len(secret) >= _SHORT and not secret.isdecimal():
        return pattern
    before = r"(?<!\w)" if re.match(r"\w", secret) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", secret) else ""
    return f"{before}{pattern}{after}"
