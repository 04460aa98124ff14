"""Messages that clients send, read and delete, and the events that follow.

Shapes and limits from the TypeScript SDK (`GetSMSMessageInfoResponse`,
`GetInternalTextMessageInfoResponse`, `UpdateMessageRequest`) and the guide ("Sending SMS").
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rc_tail.simulator.service.company import ACCOUNT, PEOPLE, Person, by_id
from rc_tail.simulator.service.content import content_answer, make_content
from rc_tail.simulator.service.history import History, linked
from rc_tail.simulator.service.http_values import Answer, ApiCall, error_answer
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.request_bodies import (
    File,
    RefusedRequestError,
    form_or_json,
    invalid,
    json_object,
    missing_resource,
    parties_of,
    party_of,
    text_of,
)
from rc_tail.simulator.service.timestamps import iso_timestamp

STORE = "/restapi/v1.0/account/~/extension/~/message-store"
INSTANT = f"{STORE}/instant"
_LONGEST_SMS, _LONGEST_PAGER = 1000, 1024
_MOST_FILES = 10
_NUMBER = re.compile(r"\+?[0-9]{3,15}")

Body = Mapping[str, Any]


def store_change(
    person: str, message: Body, now: float, *, new: Sequence[int] = (), updated: int = 0
) -> Occurrence:
    """Return the change of a user's message store that a message brings.

    Args:
        person: The extension id.
        new: Ids of new messages.
        updated: How many messages changed.
    """
    change = {"type": message["type"], "newCount": len(new), "updatedCount": updated}
    body = {
        "accountId": int(ACCOUNT),
        "extensionId": int(person),
        "lastUpdated": iso_timestamp(now),
        "changes": [{**change, "newMessageIds": list(new)} if new else change],
    }
    direction = str(message.get("direction", "Inbound")).lower()
    return Occurrence(STORE, person, body, known={"direction": (direction,)})


@dataclass(frozen=True, slots=True)
class Messaging:
    """Answers requests that send, change or delete messages.

    Attributes:
        publish: Sends an event to its subscriptions.
    """

    ids: Ids
    history: History
    publish: Callable[[Occurrence, float], object]

    # Sending.

    def send_sms(self, call: ApiCall, sender: Person, now: float) -> Answer:
        """Answer ``POST .../sms`` and ``.../mms``.

        Raises:
            RefusedRequestError: A field is missing or invalid.
        """
        fields, files = form_or_json(call)
        number = party_of(fields, "from").get("phoneNumber")
        if not isinstance(number, str) or not _NUMBER.fullmatch(number):
            raise invalid("from.phoneNumber")
        if _digits(number) != _digits(sender.phone):
            message = "Phone number doesn't belong to extension"
            raise RefusedRequestError(
                error_answer(403, "MSG-304", message, parameterName="from.phoneNumber")
            )
        numbers = [party.get("phoneNumber") for party in parties_of(fields, "to")]
        for to in numbers:
            if not isinstance(to, str) or not _NUMBER.fullmatch(to):
                raise invalid("to.phoneNumber")
        text = text_of(fields, "text", _LONGEST_SMS)
        if not text and not files:
            raise invalid("text")
        if len(files) > _MOST_FILES:
            raise invalid("attachments")
        shared = {
            "type": "SMS",
            "from": {"phoneNumber": sender.phone, "name": sender.name},
            "to": [_phone_party(str(to)) for to in numbers],
            "subject": text,
        }
        for person in _with_phones(map(str, numbers)):
            self._receive(person, shared, files, now, instant=True)
        return self._sent(call, sender, shared, files, now)

    def send_pager(self, call: ApiCall, caller: Person, now: float) -> Answer:
        """Answer ``POST .../company-pager``.

        Raises:
            RefusedRequestError: A field is missing or invalid.
        """
        fields = json_object(call)
        text = text_of(fields, "text", _LONGEST_PAGER)
        if not text:
            raise invalid("text")
        if "from" in fields and _colleague(party_of(fields, "from"), "from") is not caller:
            raise invalid("from")
        people = [_colleague(party, "to") for party in parties_of(fields, "to")]
        shared = {
            "type": "Pager",
            "from": _extension_party(caller),
            "to": [_extension_party(person) for person in people],
            "subject": text,
        }
        for person in dict.fromkeys(people):
            self._receive(person, shared, (), now, instant=False)
        return self._sent(call, caller, shared, (), now)

    def _sent(
        self, call: ApiCall, sender: Person, shared: Body, files: Sequence[File], now: float
    ) -> Answer:
        body = self._message(shared, files, now, "Outbound")
        id_ = self._store(sender, body, files, now)
        self.publish(store_change(sender.id, body, now, new=[int(id_)]), now)
        return Answer(200, self.found(call, sender, id_))

    def _receive(
        self, person: Person, shared: Body, files: Sequence[File], now: float, *, instant: bool
    ) -> None:
        body = self._message(shared, files, now, "Inbound")
        self._store(person, body, files, now)
        if instant:
            owner = {"extensionId": person.id, "extensionType": "User", "name": person.name}
            event = {**body, "eventType": "Create", "owner": owner}
            self.publish(Occurrence(INSTANT, person.id, event), now)
        self.publish(store_change(person.id, body, now, new=[int(body["id"])]), now)

    def _message(
        self, shared: Body, files: Sequence[File], now: float, direction: str
    ) -> dict[str, Any]:
        id_ = self.ids.record()
        parts = [{"id": id_, "type": "Text", "contentType": "text/plain"}]
        parts += [
            {
                "id": self.ids.record(),
                "type": "MmsAttachment",
                "contentType": file.content_type,
                **({"fileName": file.name} if file.name else {}),
            }
            for file in files
        ]
        inbound = direction == "Inbound"
        return {
            "id": id_,
            **shared,
            "creationTime": iso_timestamp(now),
            "lastModifiedTime": iso_timestamp(now),
            "readStatus": "Unread" if inbound else "Read",
            "priority": "Normal",
            "attachments": parts,
            "direction": direction,
            "availability": "Alive",
            "messageStatus": "Received" if inbound else "Sent",
            "conversation": {"id": _conversation(shared)},
        }

    def _store(
        self, person: Person, body: dict[str, Any], files: Sequence[File], now: float
    ) -> str:
        for part, file in zip(body["attachments"][1:], files, strict=True):
            part["size"] = len(file.content)
            key = (person.id, str(body["id"]), str(part["id"]))
            self.history.files[key] = (file.content_type, file.content)
        self.history.add_message(person.id, body, now)
        return str(body["id"])

    # One message.

    def content(self, call: ApiCall, person: Person, id_: str, part: str) -> Answer:
        """Answer ``GET .../message-store/{id}/content/{part}``.

        Raises:
            RefusedRequestError: The user has no such message, or it has no such attachment.
        """
        message = self.found(call, person, id_)
        attachments = [a for a in message.get("attachments", ()) if isinstance(a, dict)]
        attachment = next((a for a in attachments if str(a.get("id")) == part), None)
        if attachment is None:
            raise missing_resource("attachmentId")
        received = self.history.files.get((person.id, id_, part))
        return content_answer(call, *(received or make_content(message, attachment)))

    def found(self, call: ApiCall, person: Person, id_: str) -> Body:
        """Return a message's representation.

        Raises:
            RefusedRequestError: The user has no such message.
        """
        message = self.history.message(person.id, id_)
        if message is None:
            raise missing_resource("messageId")
        return linked(message, call)

    def update(self, call: ApiCall, person: Person, id_: str, now: float) -> Answer:
        """Answer ``PUT .../message-store/{id}``: mark a message as read or unread.

        Raises:
            RefusedRequestError: The user has no such message, or the status is invalid.
        """
        before = self.found(call, person, id_)
        status = json_object(call).get("readStatus")
        if status not in ("Read", "Unread"):
            raise invalid("readStatus")
        if status != before.get("readStatus"):
            self._change(person, id_, before, {"readStatus": status}, now)
        return Answer(200, self.found(call, person, id_))

    def delete(self, call: ApiCall, person: Person, ids: str, now: float) -> Answer:
        """Answer ``DELETE .../message-store/{id}``, of one message or several with commas.

        A deleted message still has a record; ``purge=true``, or a second deletion, purges it.

        Raises:
            RefusedRequestError: The user has no such message.
        """
        purge = call.query.get("purge", ["false"])[0].lower() == "true"
        messages = {id_: self.found(call, person, id_) for id_ in ids.split(",")}
        for id_, message in messages.items():
            is_deleted = message.get("availability") == "Deleted"
            availability = "Purged" if purge or is_deleted else "Deleted"
            self._change(person, id_, message, {"availability": availability}, now)
        return Answer(204)

    def _change(self, person: Person, id_: str, message: Body, changes: Body, now: float) -> None:
        self.history.change_message(person.id, id_, changes, now)
        self.publish(store_change(person.id, message, now, updated=1), now)


def _digits(number: str) -> str:
    return number.lstrip("+").removeprefix("1")


def _with_phones(numbers: Iterable[str]) -> list[Person]:
    wanted = {_digits(number) for number in numbers}
    return [person for person in PEOPLE if _digits(person.phone) in wanted]


def _phone_party(number: str) -> dict[str, str]:
    person = next((p for p in PEOPLE if _digits(p.phone) == _digits(number)), None)
    return {"phoneNumber": number} | ({"name": person.name} if person else {})


def _extension_party(person: Person) -> dict[str, str]:
    return {"extensionNumber": person.number, "extensionId": person.id, "name": person.name}


def _colleague(party: Body, name: str) -> Person:
    """Return the user whom a party of a pager message names by id or number."""
    if "extensionId" in party:
        person = by_id(str(party["extensionId"]))
    else:
        number = str(party.get("extensionNumber"))
        person = next((p for p in PEOPLE if p.number == number), None)
    if person is None:
        raise missing_resource(name)
    return person


def _conversation(shared: Body) -> str:
    """Return the id of the conversation: the same for the same parties, in either direction."""
    parties = [shared["from"], *shared["to"]]
    ends = sorted(str(p.get("phoneNumber") or p.get("extensionId")).lstrip("+") for p in parties)
    return str(5 * 10**18 + int("".join(ends)) % 10**17)
