"""Event URIs: filters, and the ``event`` of a notification, which has ids in place of ``~``.

v1 paths say "account" and "extension", v2 and RingSense paths "accounts" and "extensions". Bots get
double slashes (developer guide, "Event filters", "Bots").
"""

import re

import msgspec

MINE = "~"

# Two samples of the developer guide even keep placeholders such as {accountId}, and many mask the
# end of an id, as in 80964XXXX.
_ID = r"([0-9]+(?:[Xx]{2,})?|~|\{\w+\})(?=[/?]|$)"
_ACCOUNT = rf"(/accounts?)/{_ID}"
_EXTENSION = rf"(/extensions?)/{_ID}"
_MY_ACCOUNT = r"(/accounts?)/~(?=[/?]|$)"
_MY_EXTENSION = r"(/extensions?)/~(?=[/?]|$)"
_LONGEST_ID = 20  # digits


class EventUri(msgspec.Struct, frozen=True):
    """The parts of an event URI.

    Attributes:
        path: With ``~`` for account and extension, without repeated slashes.
        account: ``~`` for the user's own, a placeholder or a masked id; empty where the path names none.
        extension: Likewise.
        query: The parameters, in any order.
    """

    path: str
    account: str
    extension: str
    query: frozenset[str]


def parse_event_uri(uri: str) -> EventUri:
    """Split an event filter, or the ``event`` of a notification, into its parts."""
    path, _, query = uri.strip().partition("?")
    path = single_slashes(path).rstrip("/")
    account, extension = re.search(_ACCOUNT, path), re.search(_EXTENSION, path)
    return EventUri(
        path=re.sub(_EXTENSION, r"\1/~", re.sub(_ACCOUNT, r"\1/~", path)),
        account=_id(account),
        extension=_id(extension),
        query=frozenset(part for part in query.replace("%2B", "+").split("&") if part),
    )


def single_slashes(path: str) -> str:
    """Replace repeated slashes in a path by one."""
    return re.sub("/{2,}", "/", path) if "//" in path else path


def _id(found: re.Match[str] | None) -> str:
    if found is None:
        return ""
    return found[2] if found[2].isdecimal() else MINE


def without_account(path: str) -> str:
    """Remove the id of the account from a path."""
    return re.sub(_ACCOUNT, "", path)


def without_extension(path: str) -> str:
    """Remove the id of the extension from a path."""
    return re.sub(_EXTENSION, "", path)


def has_my_extension(uri: str) -> bool:
    """Whether a URI has ``~`` for the extension."""
    return re.search(_MY_EXTENSION, uri) is not None


def with_account(uri: str, account: str) -> str:
    """Put an account's id in place of ``~``."""
    return re.sub(_MY_ACCOUNT, rf"\1/{account}", uri)


def with_extension(uri: str, extension: str) -> str:
    """Put an extension's id in place of ``~``."""
    return re.sub(_MY_EXTENSION, rf"\1/{extension}", uri)


def account_id(uri: str) -> str:
    """Return the account's numeric id in the address of a REST resource; empty without one."""
    return _number(re.search(_ACCOUNT, uri))


def extension_id(uri: str) -> str:
    """Return the extension's numeric id in the address of a REST resource; empty without one."""
    return _number(re.search(_EXTENSION, uri))


def _number(found: re.Match[str] | None) -> str:
    return found[2] if found and found[2].isdecimal() and len(found[2]) <= _LONGEST_ID else ""
