"""The one reader of RingCentral's error bodies, for REST and WebSocket alike.

Three shapes occur (developer guide, "API errors"): a list `errors`, the older pair of `errorCode`
and `message` beside it, and RFC 6749's `error` and `error_description` from the token endpoint. A
body may have all of them, some, or none.
"""

from collections.abc import Mapping
from typing import Any

import msgspec


class Refusal(msgspec.Struct, frozen=True):
    """Why the service refused a request: untrusted text, each empty if the body has none.

    Attributes:
        code: RingCentral's code, else `oauth`.
        oauth: RFC 6749's `error`.
        permission: The permission that is missing.
    """

    code: str = ""
    message: str = ""
    oauth: str = ""
    permission: str = ""


def read_refusal(body: Mapping[str, Any]) -> Refusal:
    """Return what an error body says, in whatever shape."""
    errors = body.get("errors")
    listed = errors if isinstance(errors, list) else []
    # The list is the current form; the pair beside it is deprecated.
    places = [*(entry for entry in listed if isinstance(entry, dict)), body]
    oauth = _first([body], "error")
    return Refusal(
        code=_first(places, "errorCode") or oauth,
        message=_first(places, "message", "error_description"),
        oauth=oauth,
        permission=_first(places, "permissionName"),
    )


def _first(places: list[Mapping[str, Any]], *names: str) -> str:
    values = (place.get(name) for name in names for place in places)
    texts = (value.strip() for value in values if isinstance(value, str))
    # A lone surrogate cannot be encoded; it is shown as an escape.
    return next(filter(None, texts), "").encode("utf-8", "backslashreplace").decode()
