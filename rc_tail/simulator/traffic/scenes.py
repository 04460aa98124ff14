"""Events of an ordinary day: texts, voicemails, faxes, calls step by step, presence, posts.

Each fits a filter of a client; kinds without a scene of their own repeat the catalogue's sample.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - the type; traffic.py makes the one instance
from typing import Any

from rc_tail.events.catalogue import by_name
from rc_tail.events.kinds import EventKind
from rc_tail.simulator.service.company import PEOPLE, Person, by_id
from rc_tail.simulator.service.filters import Filter
from rc_tail.simulator.service.messaging import STORE
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.topics import find_route
from rc_tail.simulator.traffic.calls import SimulatedCall, plan_call
from rc_tail.simulator.traffic.event_factory import EventFactory, make_occurrence
from rc_tail.simulator.traffic.outsiders import (
    Outsider,
    answered_by,
    attached_to,
    number_parts,
    random_caller,
    random_outsider,
    random_post,
    random_text,
)

CALLS = "/restapi/v1.0/account/~/extension/~/telephony/sessions"
_CALLS_AT_ONCE = 3
_FAX_PAGES = 12
_LONGEST_VOICEMAIL = 180

Body = dict[str, Any]


def _kind(name: str) -> EventKind:
    kind = by_name(name)
    assert kind is not None  # noqa: S101 - the catalogue has these
    return kind


SMS, VOICEMAIL, FAX, PAGER = map(_kind, ("sms", "voicemail", "fax", "messages-pager"))
_OF_TYPE = {"sms": SMS, "voicemail": VOICEMAIL, "fax": FAX, "pager": PAGER}


@dataclass(slots=True)
class Scenes:
    """Generates occurrences that fit filters.

    Attributes:
        factory: Generates bodies from the catalogue's samples.
    """

    factory: EventFactory
    random: Random
    _calls: dict[str, deque[SimulatedCall]] = field(default_factory=dict)

    def play(self, event_filter: Filter, now: float) -> Occurrence:
        """Return an occurrence that `event_filter` matches."""
        if event_filter.topic == CALLS:
            return self._step_of_call(event_filter, now)
        person = by_id(event_filter.extension) or self.random.choice(PEOPLE)
        if event_filter.topic == STORE:
            return self._message(_message_kind(event_filter, self.random), person, now)
        kind = _filter_kind(event_filter)
        body = self.factory.new_body(kind, person, now)
        self._vary(body)
        return make_occurrence(kind, body, person, event_filter.id)

    def _message(self, kind: EventKind, person: Person, now: float) -> Occurrence:
        body = self.factory.new_body(kind, person, now)
        self._vary(body)
        return make_occurrence(kind, body, person)

    def _vary(self, body: Body) -> None:
        """Change a new body at random, in a way that fits its kind."""
        for marker_field, change in _VARIATIONS:
            if marker_field in body:
                change(body, self.random)
                return

    def _step_of_call(self, event_filter: Filter, now: float) -> Occurrence:
        calls = self._calls.setdefault(event_filter.text, deque())
        if not calls or (len(calls) < _CALLS_AT_ONCE and self.random.random() < 1 / 3):
            person = by_id(event_filter.extension) or self.random.choice(PEOPLE)
            calls.append(plan_call(self.factory.ids, self.random, person, dict(event_filter.query)))
        call = calls.popleft()
        body = call.next_step(now)
        if not call.is_over:
            calls.append(call)
        return Occurrence(CALLS, call.person.id, body)


def _message_kind(event_filter: Filter, random: Random) -> EventKind:
    name = dict(event_filter.query).get("type", "").lower()
    return _OF_TYPE.get(name) or random.choice(tuple(_OF_TYPE.values()))


def _filter_kind(event_filter: Filter) -> EventKind:
    found = find_route(event_filter.topic.replace("{id}", event_filter.id))
    kind = found[0].kind_for(event_filter.query) if found else None
    assert kind is not None  # noqa: S101 - the filter was granted
    return kind


def _change_sender(body: Body, person: Outsider) -> None:
    sender = body.get("from")
    if isinstance(sender, Mapping):
        body["from"] = {"phoneNumber": person.number}
        if person.place:
            body["from"]["location"] = person.place
        if person.name:
            body["from"]["name"] = person.name
        if "phoneNumberInfo" in sender and (parts := number_parts(person.number)):
            body["from"]["phoneNumberInfo"] = parts
    elif isinstance(sender, str):
        body["from"] = person.number


def _change_text(body: Body, random: Random) -> None:
    if body.get("type") == "SMS":
        body["subject"] = random_text(random)
        _change_sender(body, random_outsider(random))
        if attached := attached_to(body["subject"]):
            body["attachments"] = [*body["attachments"], _attachment(body["id"], *attached)]
        body["conversation"] = {"id": str(5 * 10**18 + int(body["from"]["phoneNumber"][-4:]))}
    elif body.get("type") == "Fax":
        _change_sender(body, random_outsider(random))
        body["subject"] = body["from"]["phoneNumber"]
        body["faxPageCount"] = random.randint(1, _FAX_PAGES)


def _attachment(message_id: str, content_type: str, file_name: str) -> Body:
    # TypeScript SDK, MessageAttachmentInfo.
    id_ = str(int(message_id) + 1)
    return {
        "id": id_,
        "uri": f"{STORE}/{message_id}/content/{id_}",
        "type": "MmsAttachment",
        "contentType": content_type,
        "fileName": file_name,
    }


def _change_voicemail(body: Body, random: Random) -> None:
    _change_sender(body, random_caller(random))
    audio = body["attachments"][0]
    audio["vmDuration"] = random.randint(2, _LONGEST_VOICEMAIL)
    # Both are in use: only the answer with the content decides.
    audio["contentType"] = "audio/mpeg" if audio["vmDuration"] % 2 else "audio/x-wav"
    body["vmTranscriptionStatus"] = random.choice(("Completed", "Completed", "NotAvailable"))
    if random.random() < 1 / 10:
        body["priority"] = "High"


def _change_presence(body: Body, random: Random) -> None:
    telephony = random.choice(("NoCall", "NoCall", "Ringing", "CallConnected", "OnHold"))
    body["telephonyStatus"] = telephony
    body["presenceStatus"] = "Available" if telephony == "NoCall" else "Busy"
    if telephony == "NoCall":
        body["presenceStatus"] = random.choice(("Available", "Available", "Busy", "Offline"))
    calls = body.get("activeCalls")
    if calls:
        for call in calls:
            call["telephonyStatus"] = telephony
        if telephony == "NoCall":
            body["activeCalls"] = []
        body["totalActiveCalls"] = len(body["activeCalls"])


def _change_dnd(body: Body, random: Random) -> None:
    body["dndStatus"] = random.choice(
        ("TakeAllCalls", "DoNotAcceptAnyCalls", "DoNotAcceptDepartmentCalls")
    )


def _change_post(body: Body, random: Random) -> None:
    body["text"] = random_post(random)
    body["parentPostId"] = body["threadId"] = answered_by(body["text"])
    body["creatorId"] = random.choice(PEOPLE).id


def _change_message_text(body: Body, random: Random) -> None:
    _change_sender(body, random_outsider(random))
    body["text"] = random_text(random)


def _change_batch(body: Body, random: Random) -> None:
    body["processedCount"] = random.randint(1, int(body["batchSize"]))


# By a field that only bodies of that kind have; the first match counts.
_VARIATIONS: tuple[tuple[str, Callable[[Body, Random], None]], ...] = (
    ("vmTranscriptionStatus", _change_voicemail),
    ("subject", _change_text),
    ("presenceStatus", _change_presence),
    ("dndStatus", _change_dnd),
    ("creatorId", _change_post),
    ("text", _change_message_text),
    ("batchSize", _change_batch),
)
