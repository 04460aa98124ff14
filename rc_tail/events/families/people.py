"""Names of people and chats that an event says beside their ids."""

from typing import NamedTuple

from rc_tail.events.families.fields import first_text, objects_in
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


def names_in(body: Body) -> list[Named]:
    """Return the names that a body says; the names of strangers have no id, and are left out."""
    found = _parties(body)
    for party in objects_in(body.get("parties")):
        found += _parties(party)
    for speaker in objects_in(body.get("speakerInfo")):
        found += _person(speaker, "extensionId")
    for entry in objects_in(body.get("contacts")):
        found += _person(entry, "id")
    for mention in objects_in(body.get("mentions")):
        what = {"Person": PERSON, "Team": CHAT}.get(first_text(mention, "type"), "")
        found += _named(what, first_text(mention, "id"), first_text(mention, "name"))
    if first_text(body, "eventType").startswith("Group"):
        found += _named(CHAT, first_text(body, "id"), first_text(body, "name"))
    return found


def _parties(body: Body) -> list[Named]:
    found: list[Named] = []
    to = body.get("to")
    receivers = to if isinstance(to, list) else [to]
    for party in (body.get("from"), body.get("owner"), *receivers):
        if isinstance(party, dict) and "extensionId" in party:
            found += _person(party, "extensionId")
    return found


def _person(person: Body, id_name: str) -> list[Named]:
    return _named(PERSON, first_text(person, id_name), full_name(person))


def _named(what: str, id_: str, name: str) -> list[Named]:
    return [Named(what, id_, name)] if what and id_ and name else []


def full_name(person: Body) -> str:
    """Return a name, also one in two fields; empty without one."""
    if name := first_text(person, "name").strip():
        return name
    return f"{first_text(person, 'firstName')} {first_text(person, 'lastName')}".strip()
