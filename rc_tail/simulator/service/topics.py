"""Which paths clients can subscribe to, from the catalogue of events.

A topic is the path under which an event arrives, with ``~`` for account and user. Account-level
telephony arrives under a user's path, so it shares the topic of that user's own telephony.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rc_tail.events.catalogue import KINDS
from rc_tail.events.kinds import EventKind

QueryPairs = tuple[tuple[str, str], ...]

_ACCOUNT = re.compile(r"(/accounts?)/(~|\d+)(?=/|$)")
_EXTENSION = re.compile(r"(/extensions?)/(~|\d+)(?=/|$)")
_ID = "{id}"

# Filters of other clients that no event of the catalogue belongs to; the last is
# ``telephony?action=call-answered-elsewhere`` of RingCentral's own apps.
_LEGACY = tuple(
    f"/restapi/v1.0/account/~/extension/~/{name}"
    for name in ("missed-calls", "start-ring", "stop-ring", "inbound-messages", "telephony")
)
# Reminds a webhook that its subscription expires (developer guide, "Creating webhooks").
REMINDER = "/restapi/v1.0/subscription/~"


@dataclass(frozen=True, slots=True)
class ParsedPath:
    """A path, with the account and the user separated.

    Attributes:
        template: The path with ``~`` for account and user.
        account: Empty where the path has none.
        extension: Empty where the path has none.
    """

    template: str
    account: str
    extension: str


@dataclass(frozen=True, slots=True)
class Route:
    """What clients can subscribe to under one path.

    Attributes:
        pattern: Matches the path's template; its group is the id, where it has one.
        kinds: The kinds of events that differ only by their query.
        topic: The path under which their events arrive.
    """

    pattern: re.Pattern[str]
    kinds: tuple[EventKind, ...]
    topic: str

    def kind_for(self, query: QueryPairs) -> EventKind | None:
        """Return the kind with the longest mandatory query that this one contains, or None."""
        fitting = [kind for kind in self.kinds if set(kind.fixed) <= set(query)]
        return max(fitting, key=lambda kind: len(kind.fixed), default=None)


def parse_path(path: str) -> ParsedPath:
    """Split `path` into its template, account and user."""
    account, extension = _ACCOUNT.search(path), _EXTENSION.search(path)
    template = _EXTENSION.sub(r"\1/~", _ACCOUNT.sub(r"\1/~", path))
    return ParsedPath(template, account[2] if account else "", extension[2] if extension else "")


def topic_of(kind: EventKind) -> str:
    """Return the topic of a kind, with ``~`` and ``{id}`` in it."""
    return kind.arrives_at or kind.path


def find_route(template: str) -> tuple[Route, str] | None:
    """Return the route of a path's template and the id in it, or None."""
    for route in ROUTES:
        if found := route.pattern.fullmatch(template):
            return route, found[1] if route.pattern.groups else ""
    return None


def is_legacy(template: str) -> bool:
    """Whether the service accepts this filter, although no event here belongs to it."""
    return template in _LEGACY or template == REMINDER


def _routes() -> Iterator[Route]:
    paths: dict[str, list[EventKind]] = {}
    for kind in KINDS:
        for path in (kind.path, *kind.other_paths):
            paths.setdefault(path, []).append(kind)
    for path, kinds in paths.items():
        pattern = re.escape(path).replace(re.escape(_ID), r"([\w.-]+)")
        yield Route(re.compile(pattern), tuple(kinds), topic_of(kinds[0]))


ROUTES = tuple(_routes())
