"""What the catalogue says about a kind of event.

One `EventKind` is all that a kind needs: the list, completion, the subscription, the readable
line, the simulator's ``send``, the table of the README and the tests follow from it.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from rc_tail.events.event_uri import with_account, with_extension

Body = Mapping[str, Any]
Pair = tuple[str, str]


class Level(StrEnum):
    """Whose events a filter brings."""

    EXTENSION = "extension"
    ACCOUNT = "account"
    DOMAIN = "domain"


class ValueForm(StrEnum):
    """What a value that cannot be listed looks like."""

    NUMBER = "number"
    ID = "id"
    PHONE = "phone number"


class Tone(StrEnum):
    """How a line is meant, for colours."""

    PLAIN = "plain"
    GOOD = "good"
    ALERT = "alert"
    FAINT = "faint"


class Parameter(msgspec.Struct, frozen=True):
    """A part of the query that the user may choose.

    Attributes:
        name: As in the filter's query.
        values: The values that are allowed; empty when only the form is known.
        form: What a value looks like where `values` is empty.
        summary: What it does, in a few words.
        several: Whether several values stand for several filters.
        needs: Another part of the query, without which this one has no effect.
    """

    name: str
    values: tuple[str, ...] = ()
    form: ValueForm = ValueForm.ID
    summary: str = ""
    several: bool = False
    needs: Pair | None = None


class HistoryStore(StrEnum):
    """What REST keeps, by the last part of its address."""

    MESSAGES = "message-store"
    CALLS = "call-log"


class HistorySource(msgspec.Struct, frozen=True):
    """Where what a kind of event told can be read afterwards.

    Attributes:
        name: Shared by all kinds whose events tell the same thing.
        store: Where it is kept.
        types: The types of message, as the store names them; empty for all.
        direction: Of which direction; empty for both.
    """

    name: str
    store: HistoryStore
    types: tuple[str, ...] = ()
    direction: str = ""


class EventLine(msgspec.Struct, frozen=True, gc=False):
    """An event as a person reads it. All texts may come from the network: none is escaped.

    Attributes:
        who: Who did it, or whom it is about.
        to: To whom.
        what: What happened, complete.
        text: The words that somebody wrote, alone; empty where there are none.
        direction: ``Inbound``, ``Outbound`` or empty.
        tone: How it is meant.
    """

    who: str = ""
    to: str = ""
    what: str = ""
    text: str = ""
    direction: str = ""
    tone: Tone = Tone.PLAIN


class EventKind(msgspec.Struct, frozen=True, eq=False):
    """A kind of event that RingCentral sends.

    Attributes:
        name: What a user types.
        family: Where it stands in the list.
        path: The filter without its query; ``~`` is "mine", ``{id}`` an id that the user gives.
        level: Whose events it brings.
        summary: One line.
        describe: Makes a line of a notification's ``body``; survives any JSON object.
        sample: The ``body`` of an example; ids, numbers and names in it are invented.
        also: The name in its other number, singular or plural; empty where there is none.
        fixed: The part of the query that makes this kind, in its order.
        parameters: The parts of the query that the user may choose.
        permission: The app permission that it needs; empty when it is not known.
        user_permission: The permission that the user needs besides; empty when none is known.
        id_name: What ``{id}`` is; empty where the path has none.
        id_form: What ``{id}`` looks like.
        id_example: An ``{id}`` that fits `sample`.
        arrives_at: The path in the ``event`` of a notification, where it is not `path`.
        other_paths: Older spellings of `path` under which events may arrive.
        history: Where its past can be read; None where nothing keeps it.
    """

    name: str
    family: str
    path: str
    level: Level
    summary: str
    describe: Callable[[Body], EventLine]
    sample: Body
    also: str = ""
    fixed: tuple[Pair, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    permission: str = ""
    user_permission: str = ""
    id_name: str = ""
    id_form: ValueForm = ValueForm.NUMBER
    id_example: str = ""
    arrives_at: str = ""
    other_paths: tuple[str, ...] = ()
    history: HistorySource | None = None

    @property
    def filter(self) -> str:
        """The event filter with its mandatory query; ``{id}`` is still to be filled in."""
        return with_query(self.path, self.fixed)

    @property
    def event(self) -> str:
        """The ``event`` of a live notification, with {account}, {extension} and {id} in it."""
        path = with_account(self.arrives_at or self.path, "{account}")
        path = with_extension(path, "{extension}")
        return with_query(path, self.fixed)

    def event_of(self, account: str, extension: str, id_: str = "") -> str:
        """Return the ``event`` of a notification that comes from these ids."""
        return (
            self.event.replace("{account}", account)
            .replace("{extension}", extension)
            .replace("{id}", id_ or self.id_example)
        )

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of that name; a fixed one has a single allowed value."""
        for fixed, value in self.fixed:
            if fixed == name:
                return Parameter(fixed, (value,))
        return next((p for p in self.parameters if p.name == name), None)


def with_query(path: str, pairs: tuple[Pair, ...]) -> str:
    """Return `path` with `pairs` as its query.

    Nothing is percent-encoded: the filter is a value inside JSON, and numbers are written with a
    raw ``+`` (developer guide, "High-volume SMS events").
    """
    return path + "?" * bool(pairs) + "&".join(f"{name}={value}" for name, value in pairs)
