"""What a JWT says about itself: hints only, since only RingCentral can judge it.

RingCentral documents no claims of its JWT credentials, so nothing here refuses one: it explains
what the token endpoint refuses or is about to refuse.
"""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from rc_tail.config.jwt_text import jwt_problem
from rc_tail.text.escape import visible
from rc_tail.text.timestamps import from_unix


class JwtClaims(msgspec.Struct, frozen=True):
    """The claims that help to explain a refusal.

    Attributes:
        expires_at: `exp`, in Unix seconds; None if it is missing or not a number.
    """

    expires_at: float | None
    audiences: tuple[str, ...]


def read_claims(text: str) -> JwtClaims | None:
    """Return the claims of a JWT without verifying anything; None if it cannot be read."""
    # It imports all of cryptography, which would take a sixth of the start of a tail.
    import jwt

    try:
        claims = jwt.decode(text, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    expires_at = claims.get("exp")
    if isinstance(expires_at, bool) or not isinstance(expires_at, int | float):
        expires_at = None
    return JwtClaims(expires_at, tuple(_hosts(claims.get("aud"))))


def jwt_warnings(text: str, server: str, now: float) -> list[str]:
    """Return what is probably wrong with a JWT, in words.

    Args:
        now: Unix seconds.
    """
    claims = read_claims(text)
    if claims is None:
        problem = jwt_problem(text)
        unread = "the JWT's claims cannot be decoded"
        return [f"this does not look like a JWT: {problem}" if problem else unread]
    warnings: list[str] = []
    if claims.expires_at is not None and claims.expires_at <= now:
        warnings.append(f"the JWT says that it expired{_on(claims.expires_at)}")
    host = urlsplit(server).hostname or ""
    if claims.audiences and host not in claims.audiences:
        named = ", ".join(visible(audience)[:100] for audience in claims.audiences[:3])
        warnings.append(f"the JWT says that it is for {named}, not for {host}")
    return warnings


def _hosts(audience: Any) -> list[str]:
    values = audience if isinstance(audience, list) else [audience]
    hosts: list[str] = []
    for value in values:
        if not isinstance(value, str):
            continue
        try:
            host = urlsplit(value).hostname
        except ValueError:
            continue
        # An audience need not be an address; then it says nothing about the server.
        if host:
            hosts.append(host)
    return hosts


def _on(moment: float) -> str:
    date = from_unix(moment)
    return "" if date is None else f" on {date:%Y-%m-%d at %H:%M} UTC"
