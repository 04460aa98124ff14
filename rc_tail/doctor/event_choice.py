"""Which events are looked at, and what they need."""

from collections.abc import Iterable, Sequence

from rc_tail.errors import PermissionMissingError
from rc_tail.events.catalogue import KINDS
from rc_tail.events.kinds import EventKind
from rc_tail.events.matching import kind_of
from rc_tail.rest.permissions import expand_permissions

# What most apps are made for, where nothing is known of the app.
USUAL = ("sms", "voicemail", "fax", "calls", "presence")
_LEGACY = "legacy"


def choose_filters(scope: Sequence[str]) -> tuple[str, ...]:
    """Return filters that an app with these permissions should be given: one of each sort.

    Args:
        scope: The app's permissions; empty where they are not known.

    Raises:
        PermissionMissingError: They open none.
    """
    granted = expand_permissions(scope)
    found: dict[str, str] = {}
    for kind in KINDS:
        wanted = kind.permission in granted if scope else kind.name in USUAL
        if wanted and not kind.id_name and kind.family != _LEGACY:
            # Of the variants of one path the first stands for all.
            found.setdefault(kind.path, kind.filter)
    if not found:
        raise PermissionMissingError(
            f"app permissions: {', '.join(scope)}; none of them allows an event",
            hint="Give the app more permissions in RingCentral's developer console, then run "
            "`rc-tail login` again. `rc-tail events` lists what each event needs.",
        )
    return tuple(found.values())


def missing_permissions(scope: Sequence[str], filters: Iterable[str]) -> list[tuple[str, str]]:
    """Return (event, permission) of each filter whose permission is known and not in `scope`."""
    granted = expand_permissions(scope)
    kinds = [(event_filter, kind_of(event_filter)) for event_filter in filters]
    return [
        (display_name(event_filter), kind.permission)
        for event_filter, kind in kinds
        if kind is not None and _lacks(kind, granted)
    ]


def _lacks(kind: EventKind, granted: frozenset[str]) -> bool:
    return bool(kind.permission) and kind.permission not in granted


def display_name(event_filter: str) -> str:
    """Return what a filter is called, for people."""
    kind = kind_of(event_filter)
    return kind.name if kind is not None else event_filter
