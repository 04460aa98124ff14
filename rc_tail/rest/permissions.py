"""What the permissions of an app are good for."""

from collections.abc import Iterable, Sequence

from rc_tail.events.catalogue import KINDS

# The documentation, the server's words and the generated code spell it differently.
WEBSOCKET = frozenset(
    {
        "WebSocketsSubscription",
        "WebSocketsSubscriptions",
        "WebSocketSubscription",
        "WebSocketSubscriptions",
        "SubscriptionWebSocket",
        "WebSocket",
    }
)

# Developer guide, "Permissions": the left one includes those on the right.
_INCLUDES = {
    "SMS": ("ReadMessages",),
    "Faxes": ("ReadMessages",),
    "InternalMessages": ("ReadMessages",),
    "EditMessages": ("ReadMessages",),
    "EditPresence": ("ReadPresence",),
    "Accounts": ("EditAccounts", "ReadAccounts"),
    "EditAccounts": ("ReadAccounts",),
    "Contacts": ("ReadContacts",),
}


def expand_permissions(scope: Iterable[str]) -> frozenset[str]:
    """Return the permissions in `scope` with those that they include."""
    granted = set(scope)
    return frozenset(granted.union(*(_INCLUDES.get(name, ()) for name in granted)))


def can_open_websocket(scope: Iterable[str]) -> bool:
    """Whether an app with these permissions may open WebSockets."""
    return not WEBSOCKET.isdisjoint(scope)


def kinds_allowed(scope: Iterable[str], kinds: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names of the event kinds that `scope` opens.

    Args:
        kinds: (name, permission) of each kind; a kind whose permission is not known is open.
    """
    granted = expand_permissions(scope)
    return [name for name, permission in kinds if not permission or permission in granted]


def allowed_events(scope: Iterable[str]) -> str:
    """Describe the events that `scope` opens, in as few words as possible."""
    names = [kind.name for kind in KINDS]
    return _in_few_words(kinds_allowed(scope, [(k.name, k.permission) for k in KINDS]), names)


def _in_few_words(events: Sequence[str], names: Sequence[str]) -> str:
    missing = [name for name in names if name not in events]
    if not events:
        return "none"
    if not missing:
        return f"all {len(names)}"
    if len(missing) < len(events):
        return f"all {len(names)} except {', '.join(missing)}"
    return ", ".join(events)
