"""Single events on request: the catalogue's sample with new ids and times, and requested changes.

Also the event that accompanies another: a new text is a change of the message store, too.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from rc_tail.errors import UsageError
from rc_tail.events.kinds import EventKind
from rc_tail.simulator.service.company import ADA, Person
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.messaging import store_change
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.timestamps import iso_timestamp
from rc_tail.simulator.service.topics import topic_of
from rc_tail.simulator.traffic.outsiders import number_parts

_MESSAGE_TYPES = ("SMS", "Fax", "VoiceMail", "Pager")
_SAMPLE_CALL = re.compile(r"[0-9a-f]{32}")
_STAMP = re.compile(r'("(?:\w*Time|lastUpdated)": ")[^"]+(")')
_TIME, _TELEPHONY, _CALL = "<time>", "<telephony>", "<call>"
_NUMBER = re.compile(r"\+?[\d*#]+")


@dataclass(frozen=True, slots=True)
class EventOverrides:
    """How an event differs from the sample.

    Attributes:
        text: The text of a message.
        sender: A number or a name.
        receiver: A number or a name.
        id: The id in the path of its kind.
        changes: Values by dotted path, as in ``parties.0.status.code``.
        person: The user concerned.
    """

    text: str | None = None
    sender: str | None = None
    receiver: str | None = None
    id: str = ""
    changes: Sequence[tuple[str, Any]] = ()
    person: Person = ADA


@dataclass(frozen=True, slots=True)
class _Template:
    """A sample as text, with placeholders for what is new in each event."""

    text: str
    records: int
    has_call: bool


@dataclass(slots=True)
class EventFactory:
    """Generates events from samples."""

    ids: Ids
    _templates: dict[tuple[str, str], _Template] = field(default_factory=dict)
    _serial: int = 0

    def make(self, kind: EventKind, overrides: EventOverrides, now: float) -> Occurrence:
        """Return a new event of `kind`.

        Raises:
            UsageError: The kind has no such field.
        """
        body = self.new_body(kind, overrides.person, now)
        if overrides.text is not None:
            _set_text(body, overrides.text, kind.name)
        if overrides.sender is not None:
            _set_party(body, "from", overrides.sender, kind.name)
        if overrides.receiver is not None:
            _set_party(body, "to", overrides.receiver, kind.name)
        for path, value in overrides.changes:
            set_path(body, path, value)
        return make_occurrence(kind, body, overrides.person, overrides.id)

    def new_body(self, kind: EventKind, person: Person, now: float) -> dict[str, Any]:
        """Return the body of the sample, with new ids and times, for this user."""
        if "/extension" not in topic_of(kind):
            # Events of the whole company keep the user of the sample.
            person = ADA
        key = (kind.name, person.id)
        if key not in self._templates:
            self._templates[key] = _template(kind, person)
        template = self._templates[key]
        text = template.text.replace(_TIME, iso_timestamp(now))
        for index in range(template.records):
            text = text.replace(_record_mark(index), self.ids.record())
        if template.has_call:
            text = text.replace(_TELEPHONY, self.ids.telephony())
            text = text.replace(_CALL, self.ids.call())
        body: dict[str, Any] = msgspec.json.decode(text)
        self._serial += 1
        if "sequence" in body and "parties" not in body:
            body["sequence"] += self._serial
        return body

    def store_change(self, occurrence: Occurrence, now: float) -> Occurrence | None:
        """Return the change of the message store that accompanies a message, or None.

        A text is sent twice: to subscriptions to texts, and to subscriptions to changes of the store.
        """
        body = occurrence.body
        if body.get("type") not in _MESSAGE_TYPES or not str(body.get("id", "")).isdigit():
            return None
        return store_change(occurrence.extension, body, now, new=[int(body["id"])])


def make_occurrence(
    kind: EventKind, body: Mapping[str, Any], person: Person, id_: str = ""
) -> Occurrence:
    """Return an event of `kind` that concerns `person`."""
    topic = topic_of(kind)
    extension = person.id if "/extension" in topic or kind.level == "extension" else ""
    return Occurrence(topic, extension, body, (id_ or kind.id_example) if "{id}" in topic else "")


def _record_mark(index: int) -> str:
    # Digits only, since some ids are numbers.
    return f"77770000{index:04}7777"


def _template(kind: EventKind, person: Person) -> _Template:
    body = dict(kind.sample)
    text = json.dumps(body, ensure_ascii=False)
    text = _STAMP.sub(lambda match: f"{match[1]}{_TIME}{match[2]}", text)
    records = _ids_of_records(body)
    for index, old in enumerate(records):
        text = text.replace(old, _record_mark(index))
    call = _SAMPLE_CALL.search(str(body.get("telephonySessionId", "")))
    if call:
        text = text.replace(call[0], _TELEPHONY).replace(str(body.get("sessionId")), _CALL)
    if person is not ADA:
        for old, new in ((ADA.id, person.id), (ADA.name, person.name), (ADA.phone, person.phone)):
            text = text.replace(old, new)
    return _Template(text, len(records), call is not None)


def _ids_of_records(body: Mapping[str, Any]) -> list[str]:
    ids = [str(body.get("id", ""))]
    for change in body.get("changes", ()):
        ids += map(str, change.get("newMessageIds", ()))
    return [id_ for id_ in ids if id_.isdigit() and len(id_) > 6]


def _set_text(body: dict[str, Any], text: str, kind: str) -> None:
    # A fax has a subject too, but no text.
    if "text" in body:
        body["text"] = text
    elif "subject" in body and body.get("type") != "Fax":
        body["subject"] = text
    else:
        raise UsageError(f"{kind} has no text", hint="Use --set PATH=VALUE to change other fields.")


def _set_party(body: dict[str, Any], name: str, value: str, kind: str) -> None:
    holders = [holder for holder in (body, *body.get("parties", ())) if name in holder]
    if not holders:
        raise UsageError(f"{kind} has no {name!r}", hint="Use --set PATH=VALUE to change others.")
    for holder in holders:
        before = holder[name]
        if isinstance(before, str):
            holder[name] = value
        elif isinstance(before, list):
            holder[name] = [value if before and isinstance(before[0], str) else _party(value)]
        else:
            holder[name] = _party(value)
            if "phoneNumberInfo" in before and (parts := number_parts(value)):
                holder[name]["phoneNumberInfo"] = parts


def _party(value: str) -> dict[str, Any]:
    return {"phoneNumber" if _NUMBER.fullmatch(value) else "name": value}


def set_path(body: Any, path: str, value: Any) -> None:
    """Set a value by its dotted path, as in ``parties.0.status.code``; missing objects are created.

    Raises:
        UsageError: The path leads through a plain value, or to a missing item.
    """
    *parents, last = path.removeprefix("body.").split(".")
    holder = body
    for part in parents:
        holder = _child(holder, part, path)
    if isinstance(holder, dict) and last:
        holder[last] = value
    elif isinstance(holder, list):
        holder[_index(holder, last, path)] = value
    else:
        raise UsageError(f"--set {path}: there is nothing to set")


def _child(holder: Any, part: str, path: str) -> Any:
    if isinstance(holder, dict) and part:
        return holder.setdefault(part, {})
    if isinstance(holder, list):
        return holder[_index(holder, part, path)]
    raise UsageError(f"--set {path}: there is nothing to set")


def _index(holder: list[Any], part: str, path: str) -> int:
    if not part.isdigit() or int(part) >= len(holder):
        raise UsageError(f"--set {path}: no item {part}")
    return int(part)
