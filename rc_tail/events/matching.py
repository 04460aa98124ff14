"""Which kind of event a notification is, by its ``event``.

In it real ids stand in place of ``~``, the query is kept in the order of the filter or, perhaps,
left out, and account-level telephony and presence name an extension. Bots get double slashes, and
very old events have account and extension before ``/glip`` (developer guide, "Event filters",
"Bots", "Outgoing webhooks").
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from rc_tail.events.catalogue import KINDS
from rc_tail.events.kinds import EventKind

# Two samples of the developer guide even keep placeholders such as {accountId}.
_ACCOUNT = re.compile(r"(/accounts?)/([0-9]+|~|\{\w+\})(?=/|$)")
_EXTENSION = re.compile(r"(/extensions?)/([0-9]+|~|\{\w+\})(?=/|$)")
_ANY = "~"
# What is longer is no event of RingCentral's, and must not fill the cache.
_LONGEST = 1000


class EventUri(msgspec.Struct, frozen=True):
    """An event filter or the ``event`` of a notification, taken apart.

    Attributes:
        path: The path with ``~`` for account and extension, without repeated slashes.
        account: The account; ``~`` for one's own, empty where there is none.
        extension: The extension, likewise.
        query: The parameters, in any order.
    """

    path: str
    account: str
    extension: str
    query: frozenset[str]


def parse_event_uri(uri: str) -> EventUri:
    """Return the parts of an event filter or of the ``event`` of a notification."""
    path, _, query = uri.strip().partition("?")
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    account, extension = _ACCOUNT.search(path), _EXTENSION.search(path)
    return EventUri(
        path=_EXTENSION.sub(r"\1/~", _ACCOUNT.sub(r"\1/~", path)),
        account=_id(account),
        extension=_id(extension),
        query=frozenset(part for part in query.replace("%2B", "+").split("&") if part),
    )


def _id(found: re.Match[str] | None) -> str:
    if found is None:
        return ""
    return _ANY if found[2].startswith("{") else found[2]


def kind_of(event: str) -> EventKind | None:
    """Return the kind of a notification, or None when the catalogue does not have it.

    Kinds that differ only by their query are told apart by it; where the service leaves it out,
    the widest of them is meant. Event filters are recognised as well.
    """
    return _kind_of(event) if len(event) <= _LONGEST else _find(event)


def _find(event: str) -> EventKind | None:
    address = parse_event_uri(event)
    for path in _spellings(address.path):
        kinds = _by_path(path)
        if kinds:
            return _best(kinds, address.query)
    return None


_kind_of = lru_cache(maxsize=4096)(_find)


def _spellings(path: str) -> Iterator[str]:
    yield path
    if path.startswith("/account/"):
        yield f"/restapi/v1.0{path}"
    shorter = _EXTENSION.sub("", path)
    yield shorter
    yield _ACCOUNT.sub("", shorter)


def _by_path(path: str) -> tuple[EventKind, ...]:
    return _PATHS.get(path) or next((k for p, k in _PATTERNS if p.fullmatch(path)), ())


def _best(kinds: tuple[EventKind, ...], query: frozenset[str]) -> EventKind:
    fixed = [frozenset(f"{name}={value}" for name, value in kind.fixed) for kind in kinds]
    fitting = [n for n, pairs in enumerate(fixed) if pairs <= query]
    return kinds[max(fitting, key=lambda n: len(fixed[n]), default=0)]


def _index() -> dict[str, tuple[EventKind, ...]]:
    paths: dict[str, tuple[EventKind, ...]] = {}
    for kind in KINDS:
        for path in (kind.path, *kind.other_paths):
            paths[path] = (*paths.get(path, ()), kind)
    return paths


_PATHS = _index()
_PATTERNS = [
    (re.compile(re.escape(path).replace(re.escape("{id}"), "([^/]+)")), kinds)
    for path, kinds in _PATHS.items()
    if "{id}" in path
]


def path_id(event: str) -> str:
    """Return the id that stands in the path of an event beside account and extension, if any."""
    path = parse_event_uri(event).path
    return next((found[1] for p, _ in _PATTERNS if (found := p.fullmatch(path))), "")


def matches(event_filter: str, event: str) -> bool:
    """Whether an event is one that a filter asks for.

    Args:
        event_filter: A filter; ``~`` in it is anybody's id.
        event: The ``event`` of a notification. One without a query fits whatever query the filter
            has, since the service may leave it out.
    """
    wanted, came = parse_event_uri(event_filter), parse_event_uri(event)
    if not (_same(wanted.account, came.account) and _same(wanted.extension, came.extension)):
        return False
    # An account-level filter brings events that name an extension.
    if wanted.path not in (
        came.path,
        _EXTENSION.sub("", came.path) if not wanted.extension else "",
    ):
        return False
    return not came.query or wanted.query <= came.query


def _same(wanted: str, came: str) -> bool:
    return wanted in ("", _ANY, came) or came == _ANY
