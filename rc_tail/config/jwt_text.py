"""Reads a JWT as people paste it, and says what is wrong with its form.

The form is that of RFC 7519: three parts in base64url, separated by dots, the first of them a JSON
object. What the parts say is for RingCentral to judge.
"""

import base64
import json
import re

JWT_HINT = (
    'Copy the whole JWT: it begins with "eyJ" and has three parts separated by dots. '
    'In RingCentral\'s console: the menu under your name, "Credentials".'
)

# Blanks, line breaks, quotes of any kind, and characters that nobody sees.
_PASTED = "[\\s\"'`\u2018-\u201f\u00ab\u00bb\u200b-\u200f\u2060\ufeff]+"
_PART = r"[A-Za-z0-9_-]+"


def clean_jwt(text: str) -> str:
    """Return `text` without the quotes, blanks and line breaks that were pasted with a JWT."""
    return re.sub(_PASTED, "", text) if jwt_problem(text) else text


def jwt_problem(text: str) -> str:
    """Return in words why `text`, cleaned, is not a JWT; empty if it has the form of one."""
    parts = text.split(".")
    if not text:
        return "it is empty"
    if len(parts) != 3:
        return f"it has {len(parts)} part{'s' * (len(parts) != 1)} instead of 3 separated by dots"
    if not all(re.fullmatch(_PART, part) for part in parts):
        return "it has an empty part, or characters other than letters, digits, - and _"
    return "" if _is_json_object(parts[0]) else "its first part is not a JSON header"


def _is_json_object(part: str) -> bool:
    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict)
