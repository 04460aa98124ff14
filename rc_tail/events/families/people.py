"""Names of people and chats that an event says beside their ids."""

from collections.abc import Iterator
from typing import NamedTuple

from rc_tail.events.families.fields import as_list, first_text, objects_in
from rc_tail.events.kinds import Body

PERSON, CHAT = "person", "chat"


class Named(NamedTuple):
    """A name and its id.

    Attributes:
        what: `PERSON` or `CHAT`. A person of team messaging has the id of the extension: RingCentral's
            ringcentral-chatbot-js compares a post's ``creatorId`` with the extension of its token.
        name: From the network, not escaped.
    """

    what: str
    id: str
    name: str


def names_in(body: Body) -> Iterator[Named]:
    """Yield the names that a body says; the names of strangers have no id, and are left out."""
    yield from _parties(body)
    for party in objects_in(body.get("parties")):
        yield from _parties(party)
    for speaker in objects_in(body.get("speakerInfo")):
        yield from _person(speaker, "extensionId")
    for entry in objects_in(body.get("contacts")):
        yield from _person(entry, "id")
    for mention in objects_in(body.get("mentions")):
        what = {"Person": PERSON, "Team": CHAT}.get(first_text(mention, "type"), "")
        yield from _named(what, first_text(mention, "id"), first_text(mention, "name"))
    if first_text(body, "eventType").startswith("Group"):
        yield from _named(CHAT, first_text(body, "id"), first_text(body, "name"))


def _parties(body: Body) -> Iterator[Named]:
    for party in (body.get("from"), body.get("owner"), body.get("to"), *as_list(body.get("to"))):
        if isinstance(party, dict) and "extensionId" in party:
            yield from _person(party, "extensionId")


def _person(person: Body, id_name: str) -> Iterator[Named]:
    yield from _named(PERSON, first_text(person, id_name), full_name(person))


def _named(what: str, id_: str, name: str) -> Iterator[Named]:
    if what and id_ and name:
        yield Named(what, id_, name)


def full_name(person: Body) -> str:
    """Return a name, also one in two fields; empty without one."""
    both = f"{first_text(person, 'firstName')} {first_text(person, 'lastName')}"
    return first_text(person, "name").strip() or both.strip()
