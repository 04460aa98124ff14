"""Match notifications by their ``event``: to a kind of the catalogue, or to a filter.

The ``event`` has ids in place of ``~``. The query is in the order of the filter or, perhaps, left
out, and account-level telephony and presence name an extension. Very old events have account and
extension before ``/glip`` (developer guide, "Event filters", "Outgoing webhooks").
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from typing import TypeVar

from rc_tail.events.catalogue import KINDS
from rc_tail.events.event_uri import MINE, parse_event_uri, without_account, without_extension
from rc_tail.events.kinds import EventKind

T = TypeVar("T")

OTHER = "other"  # what an unknown kind is called
# Longer ones are not events of RingCentral's, and must not fill a cache.
_LONGEST = 1000


def decided_once(decide: Callable[[str], T]) -> Callable[[str], T]:
    """Let a function of an event URI decide once for each: a tail sees the same few all the time.

    To take a URI apart costs twice as much as all else that happens to an event.
    """
    remembered = lru_cache(maxsize=4096)(decide)

    @wraps(decide)
    def decided(event: str) -> T:
        return remembered(event) if len(event) <= _LONGEST else decide(event)

    return decided


@decided_once
def kind_of(event: str) -> EventKind | None:
    """Return the kind of a notification or of an event filter; None for an unknown one.

    The query decides between kinds that differ only by it; without one it is the broadest kind.
    """
    address = parse_event_uri(event)
    for path in _spellings(address.path):
        kinds = _by_path(path)
        if kinds:
            return _best(kinds, address.query)
    return None


def kind_name(event: str) -> str:
    """Return the name of the kind of a notification; ``other`` for an unknown kind."""
    kind = kind_of(event)
    return OTHER if kind is None else kind.name


def _spellings(path: str) -> Iterator[str]:
    yield path
    if path.startswith("/account/"):
        yield f"/restapi/v1.0{path}"
    shorter = without_extension(path)
    yield shorter
    yield without_account(shorter)


def _by_path(path: str) -> tuple[EventKind, ...]:
    return _PATHS.get(path) or next((k for p, k in _PATTERNS if re.fullmatch(p, path)), ())


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
    (re.escape(path).replace(re.escape("{id}"), "([^/]+)"), kinds)
    for path, kinds in _PATHS.items()
    if "{id}" in path
]


@decided_once
def path_id(event: str) -> str:
    """Return the id in the path of an event beside account and extension; empty without one."""
    path = parse_event_uri(event).path
    return next((found[1] for p, _ in _PATTERNS if (found := re.fullmatch(p, path))), "")


def matches(event_filter: str, event: str) -> bool:
    """Whether a subscription to a filter delivers an event.

    Args:
        event_filter: ``~`` in it matches any id.
        event: The ``event`` of a notification. Without a query it matches every query of the
            filter, since the service may leave it out.
    """
    requested, received = parse_event_uri(event_filter), parse_event_uri(event)
    if not _same(requested.account, received.account):
        return False
    if not _same(requested.extension, received.extension):
        return False
    # An account-level filter delivers events that name an extension.
    if requested.path != received.path and (
        requested.extension or requested.path != without_extension(received.path)
    ):
        return False
    return not received.query or requested.query <= received.query


def _same(requested: str, received: str) -> bool:
    return requested in ("", MINE, received) or received == MINE
