"""One event on demand: the catalogue's sample, made new and changed as asked.

Also what comes with it: a text that arrives is a change of the message store as well.
"""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rc_tail.errors import UsageError
from rc_tail.events.kinds import EventKind
from rc_tail.simulator.happenings import Happening
from rc_tail.simulator.ids import Ids
from rc_tail.simulator.people import ACCOUNT, ADA, Person
from rc_tail.simulator.stamps import stamp
from rc_tail.simulator.topics import topic_of

STORE = "/restapi/v1.0/account/~/extension/~/message-store"
_MESSAGE_TYPES = ("SMS", "Fax", "VoiceMail", "Pager")
_SAMPLE_CALL = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"\+?[\d*#]+")


@dataclass(frozen=True, slots=True)
class Wish:
    """How an event is to differ from the sample.

    Attributes:
        text: The words of a message.
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


@dataclass(slots=True)
class Maker:
    """Makes events.

    Attributes:
        ids: Gives them new ids.
    """

    ids: Ids
    _serial: int = field(default=0)

    def make(self, kind: EventKind, wish: Wish, now: float) -> Happening:
        """Return a new event of `kind`.

        Raises:
            UsageError: The kind has no such field.
        """
        body = self._fresh(kind, wish.person, now)
        _fulfil(body, kind.fixed)
        if wish.text is not None:
            _set_text(body, wish.text, kind.name)
        if wish.sender is not None:
            _set_party(body, "from", wish.sender, kind.name)
        if wish.receiver is not None:
            _set_party(body, "to", wish.receiver, kind.name)
        for path, value in wish.changes:
            set_path(body, path, value)
        topic = topic_of(kind)
        extension = wish.person.id if "/extension" in topic or kind.level == "extension" else ""
        id_ = (wish.id or kind.id_example) if "{id}" in topic else ""
        return Happening(topic, extension, body, id_)

    def _fresh(self, kind: EventKind, person: Person, now: float) -> dict[str, Any]:
        body: dict[str, Any] = copy.deepcopy(dict(kind.sample))
        replaced = {ADA.id: person.id, ADA.number: person.number}
        if isinstance(old := body.get("id"), str | int) and str(old).isdigit():
            replaced[str(old)] = self.ids.record()
        for change in body.get("changes", ()):
            for number in change.get("newMessageIds", ()):
                replaced[str(number)] = self.ids.record()
        if isinstance(call := body.get("telephonySessionId"), str):
            if found := _SAMPLE_CALL.search(call):
                replaced[found[0]] = self.ids.telephony()
            replaced[str(body.get("sessionId"))] = self.ids.call()
        self._serial += 1
        moment = stamp(now)
        fresh = _rewritten(body, lambda name, value: _renewed(name, value, replaced, moment))
        if isinstance(fresh.get("sequence"), int) and "parties" not in fresh:
            fresh["sequence"] += self._serial
        return dict(fresh)

    def change_of_store(self, happening: Happening, now: float) -> Happening | None:
        """Return the change of the message store that comes with a message, or None.

        One text is told twice: to those who asked for texts, and to those who asked for changes.
        """
        body = happening.body
        if body.get("type") not in _MESSAGE_TYPES or not str(body.get("id", "")).isdigit():
            return None
        change = {
            "type": body["type"],
            "newCount": 1,
            "updatedCount": 0,
            "newMessageIds": [int(body["id"])],
        }
        changed = {
            "accountId": int(ACCOUNT),
            "extensionId": int(happening.extension),
            "lastUpdated": stamp(now),
            "changes": [change],
        }
        direction = str(body.get("direction", "Inbound")).lower()
        return Happening(STORE, happening.extension, changed, known={"direction": (direction,)})


def _rewritten(value: Any, renew: Callable[[str, Any], Any], name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _rewritten(item, renew, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_rewritten(item, renew, name) for item in value]
    return renew(name, value)


def _renewed(name: str, value: Any, replaced: Mapping[str, str], moment: str) -> Any:
    if isinstance(value, str) and name.endswith(("Time", "lastUpdated")):
        return moment
    if isinstance(value, str):
        if value in replaced:
            return replaced[value]
        for old, new in replaced.items():
            # Ids inside links and inside "s-..." and "p-..."; short ones mean nothing there.
            if len(old) > 8:
                value = value.replace(old, new)
        return value
    if isinstance(value, int) and not isinstance(value, bool) and str(value) in replaced:
        return int(replaced[str(value)])
    return value


def _fulfil(body: dict[str, Any], fixed: Sequence[tuple[str, str]]) -> None:
    """Make a sample fit its kind's own filter, where kinds share a sample."""
    for name, value in fixed:
        for party in body.get("parties", ()):
            if name == "missedCall":
                party.update(missedCall=True)
                party["status"]["code"] = "Disconnected"
            elif name == "direction":
                party["direction"] = value


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


def _party(value: str) -> dict[str, str]:
    return {"phoneNumber" if _NUMBER.fullmatch(value) else "name": value}


def set_path(body: Any, path: str, value: Any) -> None:
    """Set a value by its dotted path, as in ``parties.0.status.code``; objects are created.

    Raises:
        UsageError: The path leads through something that holds nothing, or to no item.
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
        raise UsageError(f"--set {path}: nothing can be set there")


def _child(holder: Any, part: str, path: str) -> Any:
    if isinstance(holder, dict) and part:
        return holder.setdefault(part, {})
    if isinstance(holder, list):
        return holder[_index(holder, part, path)]
    raise UsageError(f"--set {path}: nothing can be set there")


def _index(holder: list[Any], part: str, path: str) -> int:
    if not part.isdigit() or int(part) >= len(holder):
        raise UsageError(f"--set {path}: there is no item {part}")
    return int(part)
