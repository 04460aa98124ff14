"""Keep secrets out of everything that is shown.

Every part that learns a secret tells it to one `Redactor`; whoever shows text passes it through
`Redactor.mask`. Known shapes (tokens in URLs, Authorization headers, JWTs, JSON fields that hold
tokens) are masked even when nobody told.
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


# RingCentral's own are far longer. Shorter ones are somebody's test, and parts of many words.
_SHORT = 8


class Redactor:
    """Knows the secrets of this run and hides them in any text."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, *secrets: str | None) -> None:
        """Remember secrets.

        Very short ones are ignored, since they match anything; short ones and numbers are hidden
        where they stand alone, not inside of words and of other numbers.
        """
        new = {s for s in secrets if s and len(s) >= 4}
        if not new <= self._secrets:
            self._secrets |= new
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(_anywhere_or_whole, longest_first)))

    def mask(self, text: str) -> str:
        """Return `text` with every known secret and every secret-looking value hidden."""
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        for shape in _SHAPES:
            text = shape.sub(r"\1" + MASK, text)
        return _JWT.sub(MASK, text)


def _anywhere_or_whole(secret: str) -> str:
    """Return the pattern that finds a secret."""
    pattern = re.escape(secret)
    if len(secret) >= _SHORT and not secret.isdecimal():
        return pattern
    before = r"(?<!\w)" if re.match(r"\w", secret) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", secret) else ""
    return f"{before}{pattern}{after}"
