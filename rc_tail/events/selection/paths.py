"""Check event filters that are typed as paths."""

import re

from rc_tail.events.event_uri import single_slashes
from rc_tail.events.selection.suggestions import did_you_mean, quote_word

# RFC 3986, path and query; no fragment. RingCentral accepts "!" in filters since 1.0.34.
_CHARS = r"A-Za-z0-9._~!$&'()*+,;=:@-"
# Neither bare nor percent-encoded control characters.
_ESCAPE = r"%(?![01]|7[Ff])[0-9A-Fa-f]{2}"
_SEGMENT = rf"/(?:[{_CHARS}]|{_ESCAPE})+"
WELL_FORMED = rf"(?:{_SEGMENT})+(?:\?(?:[/?{_CHARS}]|{_ESCAPE})+)?"
# Dot segments, which change the path (RFC 3986, section 5.2.4).
_DOTS = r"/(?:\.|%2[Ee]){1,2}(?=/|\Z)"
_PLACEHOLDER = r"\{\w*\}"
_ADDRESS = r"(?i)[a-z]+://[^/]*(.*)"


def normalize_path(path: str) -> tuple[str, str]:
    """Return (filter, problem) for a path as it was typed; one of the two is empty.

    Older SDKs write filters without ``/restapi/v1.0``: the prefix is added. Spaces around it are
    ignored: RingCentral's index of filters has one with a space at its end.
    """
    typed, path = path, path.strip(" ")
    if placeholder := re.search(_PLACEHOLDER, path):
        return "", f"{quote_word(typed)}: put ~ or an id in place of {placeholder[0]}"
    resource, mark, query = path.partition("?")
    resource = single_slashes(resource).rstrip("/")
    if resource.startswith("/account/"):
        resource = f"/restapi/v1.0{resource}"
    found = resource + mark + query
    if re.fullmatch(WELL_FORMED, found) and not re.search(_DOTS, resource):
        return found, ""
    return "", f"{quote_word(typed)} is not a RingCentral path"


def looks_like_path(word: str) -> bool:
    """Whether a word that does not begin with ``/`` was probably meant as a path."""
    return "/" in word


def not_a_path_message(word: str) -> str:
    """Return the error message for such a word."""
    address = re.fullmatch(_ADDRESS, word)
    meant = address[1] if address else f"/{word}"
    found, _ = normalize_path(meant)
    return f"{quote_word(word)} is not a path: it must begin with /{did_you_mean([found])}"
