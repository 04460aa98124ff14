"""Whether a JWT credential is accepted, and which user it stands for.

Any text is accepted: the simulator has no keys to check signatures. But what users get wrong is
refused as RingCentral does: an expired JWT, one of another environment, a revoked one.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from rc_tail.simulator.service.company import ADA, Person, find_person

REVOKED = "revoked"


def reason_to_refuse(text: str, host: str, now: float) -> str:
    """Return why this JWT is refused; empty when it is accepted.

    Args:
        text: The JWT, or any text.
        host: The server's host and port, as the client addresses it.
    """
    if not text.strip():
        return "JWT is missing"
    if text.strip() == REVOKED:
        return "JWT is revoked"
    claims = _claims(text)
    expires = claims.get("exp")
    if isinstance(expires, int | float) and expires <= now:
        return "JWT is expired"
    if _is_other_environment(claims.get("aud"), host):
        return "JWT audience is another environment"
    if "sub" in claims and _subject(claims) is None:
        return "JWT subject is not found"
    return ""


def person_of(text: str) -> Person:
    """Return the user that a JWT stands for: its ``sub``, or Ada without one."""
    return _subject(_claims(text)) or ADA


def _subject(claims: Mapping[str, Any]) -> Person | None:
    return find_person(str(claims.get("sub", "")))


def _is_other_environment(audience: Any, host: str) -> bool:
    if not isinstance(audience, str) or "://" not in audience:
        return False
    return urlsplit(audience).netloc != host


def _claims(text: str) -> Mapping[str, Any]:
    parts = text.strip().split(".")
    if len(parts) != 3:
        return {}
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
