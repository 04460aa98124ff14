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
_ACCOUNT = re.compile(rf"(/accounts?)/{_ID}")
_EXTENSION = re.compile(rf"(/extensions?)/{_ID}")
_MY_ACCOUNT = re.compile(r"(/accounts?)/~(?=[/?]|$)")
_MY_EXTENSION = re.compile(r"(/extensions?)/~(?=[/?]|$)")
_SLASHES = re.compile(r"/{2,}")
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
    account, extension = _ACCOUNT.search(path), _EXTENSION.search(path)
    return EventUri(
        path=_EXTENSION.sub(r"\1/~", _ACCOUNT.sub(r"\1/~", path)),
        account=_id(account),
        extension=_id(extension),
        query=frozenset(part for part in query.replace("%2B", "+").split("&") if part),
    )


def single_slashes(path: str) -> str:
    """Replace repeated slashes in a path by one."""
    return _SLASHES.sub("/", path)


def _id(found: re.Match[str] | None) -> str:
    if found is None:
        return ""
    return found[2] if found[2].isdecimal() else MINE


def without_account(path: str) -> str:
    """Remove the id of the account from a path."""
    return _ACCOUNT.sub("", path)


def without_extension(path: str) -> str:
    """Remove the id of the extension from a path."""
    return _EXTENSION.sub("", path)


def has_my_extension(uri: str) -> bool:
    """Whether a URI has ``~`` for the extension."""
    return _MY_EXTENSION.search(uri) is not None


def with_account(uri: str, account: str) -> str:
    """Put an account's id in place of ``~``."""
    return _MY_ACCOUNT.sub(rf"\1/{account}", uri)


def with_extension(uri: str, extension: str) -> str:
    """Put an extension's id in place of ``~``."""
    return _MY_EXTENSION.sub(rf"\1/{extension}", uri)


def account_id(uri: str) -> str:
    """Return the account's numeric id in the address of a REST resource; empty without one."""
    return _number(_ACCOUNT.search(uri))


def extension_id(uri: str) -> str:
    """Return the extension's numeric id in the address of a REST resource; empty without one."""
    return _number(_EXTENSION.search(uri))


def _number(found: re.Match[str] | None) -> str:
    return found[2] if found and found[2].isdecimal() and len(found[2]) <= _LONGEST_ID else ""
