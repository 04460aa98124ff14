"""Every kind of event, in the order in which it is listed.

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

# How a family is headed in lists, in their order.
FAMILIES: Mapping[str, str] = {
    "messages": "Messages",
    "telephony": "Calls",
    "presence": "Presence",
    "team": "Team messaging",
    "account": "Account and directory",
    "ai": "AI",
    "legacy": "Older spellings",
}

# Words that stand for several kinds at once.
GROUPS: Mapping[str, tuple[EventKind, ...]] = {"insights": ai.KINDS, "insight": ai.KINDS}

_BY_NAME: Mapping[str, EventKind] = {
    **{kind.name: kind for kind in KINDS},
    **{kind.also: kind for kind in KINDS if kind.also},
}

# Everything that a user can type for an event, second spellings among it.
NAMES: tuple[str, ...] = (*GROUPS, *_BY_NAME)


def by_name(word: str) -> EventKind | None:
    """Return the kind of that name, in either of its spellings; case does not matter."""
    return _BY_NAME.get(word.lower())


def by_group(word: str) -> tuple[EventKind, ...]:
    """Return the kinds that `word` stands for, when it stands for several."""
    return GROUPS.get(word.lower(), ())
