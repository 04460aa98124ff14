"""Every kind of event, in the order of lists.

To add one, append an `EventKind` to the tuple of its family's file.
"""

from collections.abc import Mapping

from rc_tail.events.families import account, ai, messages, presence, sms_services, team, telephony
from rc_tail.events.kinds import EventKind

KINDS: tuple[EventKind, ...] = (
    *messages.KINDS,
    *sms_services.KINDS,
    *telephony.KINDS,
    *presence.KINDS,
    *team.KINDS,
    *account.KINDS,
    *ai.KINDS,
    *team.LEGACY,
)

# The headings of the families in lists, in order.
FAMILIES: Mapping[str, str] = {
    "messages": "Messages",
    "telephony": "Calls",
    "presence": "Presence",
    "team": "Team messaging",
    "account": "Account and directory",
    "ai": "AI",
    "legacy": "Deprecated aliases",
}

# Names of several kinds at once.
GROUPS: Mapping[str, tuple[EventKind, ...]] = {"insights": ai.KINDS, "insight": ai.KINDS}

_BY_NAME: Mapping[str, EventKind] = {
    **{kind.name: kind for kind in KINDS},
    **{kind.also: kind for kind in KINDS if kind.also},
}

# Every name that a user can type, including those in the other number.
NAMES: tuple[str, ...] = (*GROUPS, *_BY_NAME)


def by_name(word: str) -> EventKind | None:
    """Return the kind with a name, singular or plural, ignoring case; None for an unknown one."""
    return _BY_NAME.get(word.lower())


def by_group(word: str) -> tuple[EventKind, ...]:
    """Return the kinds of a group, ignoring case; none where `word` is not a group."""
    return GROUPS.get(word.lower(), ())
