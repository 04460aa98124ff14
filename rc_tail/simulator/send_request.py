"""Requests of ``simulator send``: an event of a kind, with overrides."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from rc_tail.errors import UsageError
from rc_tail.events.catalogue import NAMES, by_name
from rc_tail.events.kinds import EventKind
from rc_tail.simulator.service.company import ADA, PEOPLE, find_person
from rc_tail.simulator.traffic.event_factory import EventOverrides

# The path of the simulator's own requests, which RingCentral does not have.
CONTROL = "/simulator/"
MAX_COUNT = 1000


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A request to send events.

    Attributes:
        overrides: How the events differ from the sample.
        count: How many.
    """

    kind: EventKind
    overrides: EventOverrides
    count: int = 1


def find_kind(word: str) -> tuple[EventKind, str]:
    """Return the kind of an event's name, and the id after its colon.

    Raises:
        UsageError: There is no such kind.
    """
    name, _, id_ = word.partition(":")
    kind = by_name(name)
    if kind is None:
        close = get_close_matches(name.lower(), NAMES, n=3)
        hint = f"Did you mean {' or '.join(close)}?" if close else "See them all: rc-tail events"
        raise UsageError(f"unknown event: {name!r}", hint=hint)
    if id_ and "{id}" not in kind.path:
        raise UsageError(f"{kind.name} takes no id", hint="Use --set PATH=VALUE to change a field.")
    return kind, id_


def read_send_request(fields: Mapping[str, Any]) -> SendRequest:
    """Parse the JSON of a request.

    Args:
        fields: ``event``, and optionally ``text``, ``from``, ``to``, ``extension``, ``count`` and
            ``set``, a list of pairs of path and value.

    Raises:
        UsageError: A field is invalid.
    """
    kind, id_ = find_kind(str(fields.get("event", "")))
    number = fields.get("extension")
    person = ADA if number is None else find_person(str(number))
    if person is None:
        known = ", ".join(p.number for p in PEOPLE)
        raise UsageError(f"unknown extension {number!r}", hint=f"Extensions: {known}.")
    count = fields.get("count", 1)
    if not isinstance(count, int) or not 1 <= count <= MAX_COUNT:
        raise UsageError(f"count must be between 1 and {MAX_COUNT}")
    changes = tuple((str(path), value) for path, value in fields.get("set", ()))
    overrides = EventOverrides(
        text=_text(fields.get("text")),
        sender=_text(fields.get("from")),
        receiver=_text(fields.get("to")),
        id=id_,
        changes=changes,
        person=person,
    )
    return SendRequest(kind, overrides, count)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
