"""Read bodies that come from the network: nothing in them is certain, and nothing here raises.

Ids are numbers in some bodies and strings in others, fields are missing or null in live events,
and a party is an object, a plain number or a list of either.
"""

from collections.abc import Iterable
from typing import Any

from rc_tail.events.kinds import Body
from rc_tail.text.wording import count_words, duration_words

# Longer integers are no id of anybody's, and turning them into text costs quadratic time.
_LONGEST = 10**40


def as_text(value: object) -> str:
    """Return a string or a number as text, and anything else as nothing."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value) if isinstance(value, float) or abs(value) < _LONGEST else ""


def first_text(body: Body, *names: str) -> str:
    """Return the first of these fields that holds any text."""
    for name in names:
        if found := as_text(body.get(name)):
            return found
    return ""


def as_object(value: object) -> Body:
    """Return an object as it is, and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a list as it is, and anything else as an empty one."""
    return value if isinstance(value, list) else []


def objects_in(value: object) -> list[Body]:
    """Return the objects of a list."""
    return [item for item in as_list(value) if isinstance(item, dict)]


def texts_in(value: object) -> list[str]:
    """Return the texts of a list; of an object in it, its ``id``."""
    found = (
        first_text(item, "id", "name") if isinstance(item, dict) else as_text(item)
        for item in as_list(value)
    )
    return [item for item in found if item]


def as_number(value: object) -> float | None:
    """Return a number of a sensible size, also one that is written as text, or None."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None


def is_flag_set(value: object) -> bool:
    """Whether a flag is set."""
    return value is True or value == "true"


def party_name(value: object) -> str:
    """Return how to call a party: by name, else by number, else by extension."""
    if not isinstance(value, dict):
        return as_text(value)
    called = first_text(value, "name", "phoneNumber")
    return called or extension_label(first_text(value, "extensionNumber", "extensionId"))


def party_names(value: object) -> str:
    """Return how to call one party or a list of them."""
    parties = value if isinstance(value, list) else [value]
    return ", ".join(called for party in parties if (called := party_name(party)))


def extension_label(id_: str) -> str:
    """Return how to call an extension of which only an id or number is known."""
    return f"extension {id_}" if id_ else ""


def optional_duration(seconds: float | None) -> str:
    """Return a duration in whole seconds, such as ``3 min 5 s``; empty when it is not known."""
    return "" if seconds is None or seconds < 0 else duration_words(round(seconds))


def optional_count(count: float | None, noun: str) -> str:
    """Return ``1 page`` or ``2 pages``; empty when the number is not known."""
    if count is None:
        return ""
    return count_words(int(count) if count == int(count) else count, noun)


def join_nonempty(parts: Iterable[str], separator: str = ", ") -> str:
    """Join the parts that are not empty."""
    return separator.join(filter(None, parts))
