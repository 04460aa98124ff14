"""What a JWT says about itself: hints only, since only RingCentral can judge it.

RingCentral documents no claims of its JWT credentials, so nothing here refuses anything: it
explains beforehand what the token endpoint is about to refuse.
"""

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from rc_tail.text.escape import visible


class Claims(msgspec.Struct, frozen=True):
    """The claims that help to explain a refusal.

    Attributes:
        expires_at: `exp`, in Unix seconds; None where it never ends or does not say.
        audiences: The hosts in `aud`.
    """

    expires_at: float | None
    audiences: tuple[str, ...]


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    alg: str
    typ: str = ""
    kid: str = ""


class _Usual(msgspec.Struct):
    exp: int | float | None = None
    aud: str | list[str] | None = None


def read_claims(text: str) -> Claims | None:
    """Return the claims of a JWT without verifying anything; None where it cannot be read."""
    usual = _at_a_glance(text)
    return _by_pyjwt(text) if usual is None else usual


def _at_a_glance(text: str) -> Claims | None:
    """Return the claims of a JWT with nothing special about it; None for all others."""
    try:
        head, claims, _ = map(_segment, text.split("."))
        # msgspec does not look at the UTF-8 of what it skips.
        msgspec.json.decode(head.decode(), type=_Head)
        usual = msgspec.json.decode(claims.decode(), type=_Usual)
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None
    return Claims(usual.exp, tuple(_hosts(usual.aud)))


def _segment(text: str) -> bytes:
    """Return what a part of a JWT holds.

    Raises:
        ValueError: It is not in canonical base64url.
    """
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=") != text.encode("ascii"):
        raise ValueError("not canonical")
    return data


def _by_pyjwt(text: str) -> Claims | None:
    # With it comes all of cryptography, a sixth of a start.
    import jwt

    try:
        claims = jwt.decode(text, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    expires_at = claims.get("exp")
    if isinstance(expires_at, bool) or not isinstance(expires_at, int | float):
        expires_at = None
    return Claims(expires_at, tuple(_hosts(claims.get("aud"))))


def jwt_warnings(text: str, server: str, now: float) -> list[str]:
    """Return what is probably wrong with a JWT, in words.

    Args:
        text: The JWT.
        server: The server that it is about to be sent to.
        now: Unix seconds.
    """
    claims = read_claims(text)
    if claims is None:
        return ["the JWT does not look like one (three parts of base64, divided by dots)"]
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
    try:
        return f" on {datetime.fromtimestamp(moment, UTC):%Y-%m-%d at %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return ""
