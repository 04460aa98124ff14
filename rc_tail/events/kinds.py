"""The types of the catalogue of events.

One `EventKind` is all that a new kind needs: lists, completion, the subscription, the readable
line, the simulator's ``send``, the README's table and the tests are derived from it.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from rc_tail.events.event_uri import with_account, with_extension

Body = Mapping[str, Any]
Pair = tuple[str, str]


class Level(StrEnum):
    """Whose events a filter delivers."""

    EXTENSION = "extension"
    ACCOUNT = "account"
    DOMAIN = "domain"


class ValueForm(StrEnum):
    """The form of a value that is not one of a fixed list."""

    NUMBER = "number"
    ID = "id"
    PHONE = "phone number"


class Tone(StrEnum):
    """The mood of a line, from which its colour follows."""

    PLAIN = "plain"
    GOOD = "good"
    ALERT = "alert"
    FAINT = "faint"


class Parameter(msgspec.Struct, frozen=True):
    """A query parameter of a filter that the user may set.

    Attributes:
        values: The allowed values; empty where `form` says what a value looks like.
        summary: Shown to users.
        several: Whether several values are allowed, one filter each.
        needs: Another parameter without which this one has no effect.
    """

    name: str
    values: tuple[str, ...] = ()
    form: ValueForm = ValueForm.ID
    summary: str = ""
    several: bool = False
    needs: Pair | None = None


class HistoryStore(StrEnum):
    """A store of past events, by the last segment of its REST path."""

    MESSAGES = "message-store"
    CALLS = "call-log"


class HistorySource(msgspec.Struct, frozen=True):
    """Where past events of a kind can be read.

    Attributes:
        name: The same for all kinds whose events describe the same thing.
        types: The types of message, as the store names them; empty for all.
        direction: ``Inbound`` or ``Outbound``; empty for both.
        lacks: The events that are not stored, in words; empty for none.
    """

    name: str
    store: HistoryStore
    types: tuple[str, ...] = ()
    direction: str = ""
    lacks: str = ""


class EventLine(msgspec.Struct, frozen=True, gc=False):
    """The parts of a readable line. All of them may come from the network and are not escaped.

    Attributes:
        who: The person or thing that did it, or that it is about.
        to: The recipient.
        what: What happened, in full.
        text: Only the words that a person wrote; empty where there are none.
        direction: ``Inbound``, ``Outbound`` or empty.
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
        family: The section of the list in which it is shown; a key of `FAMILIES`.
        path: The filter without its query; ``~`` is "mine", ``{id}`` an id that the user names.
        summary: One line, shown to users.
        describe: Makes the readable line of a notification's ``body``; accepts any JSON object.
        sample: An example ``body``; ids, numbers and names in it are invented.
        also: The name in the other number, singular or plural; empty where there is none.
        fixed: The query parameters that define this kind, in their order.
        parameters: The query parameters that the user may set.
        permission: The app permission that it needs; empty where it is not known.
        user_permission: A permission that the user needs as well; empty where none is known.
        id_name: What ``{id}`` is, for users; empty where the path has none.
        id_example: The ``{id}`` of `sample`.
        arrives_at: The path in the ``event`` of a notification, where it differs from `path`.
        other_paths: Older spellings of `path` under which events may arrive.
        history: Where past events can be read; None where RingCentral stores none.
        repeats: Whether different events may have equal bodies: what such a body says has no
            version, such as "do not disturb is on".
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
    repeats: bool = False

    @property
    def filter(self) -> str:
        """The event filter with its fixed query; ``{id}`` is not filled in yet."""
        return with_query(self.path, self.fixed)

    @property
    def event(self) -> str:
        """The ``event`` of a live notification, with the fields {account}, {extension} and {id}."""
        path = with_account(self.arrives_at or self.path, "{account}")
        path = with_extension(path, "{extension}")
        return with_query(path, self.fixed)

    def event_of(self, account: str, extension: str, id_: str = "") -> str:
        """Return the ``event`` of a notification, with these ids filled in."""
        return (
            self.event.replace("{account}", account)
            .replace("{extension}", extension)
            .replace("{id}", id_ or self.id_example)
        )

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter with a name; a fixed one has a single allowed value."""
        for fixed, value in self.fixed:
            if fixed == name:
                return Parameter(fixed, (value,))
        return next((p for p in self.parameters if p.name == name), None)


def with_query(path: str, pairs: tuple[Pair, ...]) -> str:
    """Append `pairs` to `path` as its query.

    Nothing is percent-encoded: the filter is a value inside JSON, and numbers are written with a
    raw ``+`` (developer guide, "High-volume SMS events").
    """
    return path + "?" * bool(pairs) + "&".join(f"{name}={value}" for name, value in pairs)
