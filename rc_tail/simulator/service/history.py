"""What is kept for those who were not listening: the message store and the call log.

Shapes and rules after the API reference: the last 24 hours by default, newest first, pages of a
hundred, times cut to whole seconds.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec

from rc_tail.simulator.service.company import ACCOUNT, PEOPLE
from rc_tail.simulator.service.http_values import Answer, Call, compact, refused
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.timestamps import read_stamp, stamp

DAY = 86400.0
KEPT = 20_000
PAGE, LARGEST_PAGE = 100, 1000
_MESSAGE_TYPES = ("SMS", "Fax", "VoiceMail", "Pager")
_OVER = ("Disconnected", "Gone")
_EVENT_ONLY = ("eventType", "owner")


@dataclass(frozen=True, slots=True)
class Record:
    """A kept record.

    Attributes:
        extension: Whose it is.
        time: Its creation or start, in seconds since 1970.
        text: The body as JSON: thousands of objects would slow the collector of garbage.
    """

    extension: str
    time: float
    text: bytes

    def body(self) -> dict[str, Any]:
        """Return it as it is."""
        return dict(msgspec.json.decode(self.text))

    def message(self) -> dict[str, Any]:
        """Return the record of the message that this is."""
        uri = f"/restapi/v1.0/account/{ACCOUNT}/extension/{self.extension}/message-store"
        body = {k: v for k, v in self.body().items() if k not in _EVENT_ONLY}
        # Ids are numbers in the reference's records.
        id_ = int(body["id"]) if str(body["id"]).isdigit() else body["id"]
        times = {"creationTime": stamp(self.time)}
        return {**times, **body, "uri": f"{uri}/{body['id']}", "id": id_}


@dataclass(slots=True)
class _Running:
    """A party of a call that is not over."""

    started: float
    answered: float | None = None


@dataclass(slots=True)
class History:
    """Fills itself from what happens, and answers for it."""

    messages: deque[Record] = field(default_factory=lambda: deque(maxlen=KEPT))
    calls: deque[Record] = field(default_factory=lambda: deque(maxlen=KEPT))
    _running: dict[str, _Running] = field(default_factory=dict)

    def note(self, happening: Occurrence, text: bytes, now: float) -> None:
        """Keep what happened, if it leaves a record.

        Args:
            happening: What happened.
            text: Its body as JSON.
            now: Seconds since 1970.
        """
        body = happening.body
        if body.get("type") in _MESSAGE_TYPES and "id" in body:
            self.messages.append(Record(happening.extension, now, text))
        elif "changes" in body:
            self._note_pagers(happening, now)
        elif "parties" in body:
            for party in body["parties"]:
                self._note_party(happening, party, now)

    def _note_pagers(self, happening: Occurrence, now: float) -> None:
        for change in happening.body["changes"]:
            if change.get("type") != "Pager":
                continue
            for number in change.get("newMessageIds", ()):
                text = compact(_pager(number, now))
                self.messages.append(Record(happening.extension, now, text))

    def _note_party(self, happening: Occurrence, party: Any, now: float) -> None:
        status = party.get("status", {}).get("code") if isinstance(party, dict) else None
        if status is None:
            return
        key = str(party.get("id"))
        running = self._running.setdefault(key, _Running(now))
        if len(self._running) > KEPT:
            # Calls that nobody will end: the first one is the oldest.
            del self._running[next(iter(self._running))]
        if status == "Answered" and running.answered is None:
            running.answered = now
        if status in _OVER:
            self._running.pop(key, None)
            owner = str(party.get("extensionId") or happening.extension)
            body = _call_record(happening.body, party, running, now)
            self.calls.append(Record(owner, running.started, compact(body)))

    def list_messages(self, call: Call, extension: str, now: float) -> Answer:
        """Answer ``GET .../message-store``."""
        records = [r for r in self.messages if r.extension == extension]
        return _listed(call, records, Record.message, now)

    def list_calls(self, call: Call, extension: str | None, now: float) -> Answer:
        """Answer ``GET .../call-log`` of a user, or of everybody with None."""
        detailed = call.query.get("view", ["Simple"])[0] == "Detailed"
        records = [r for r in self.calls if extension in (None, r.extension)]
        return _listed(call, records, Record.body, now, hidden=() if detailed else ("legs",))

    def message(self, extension: str, id_: str) -> Mapping[str, Any] | None:
        """Return one message of a user, or None."""
        found = (r.message() for r in self.messages if r.extension == extension)
        return next((body for body in found if str(body["id"]) == id_), None)


def _pager(number: Any, now: float) -> dict[str, Any]:
    return {
        "id": number,
        "type": "Pager",
        "direction": "Inbound",
        "from": {"extensionNumber": PEOPLE[1].number, "name": PEOPLE[1].name},
        "to": [{"extensionNumber": PEOPLE[0].number, "name": PEOPLE[0].name}],
        "subject": "Are you there?",
        "creationTime": stamp(now),
        "lastModifiedTime": stamp(now),
        "readStatus": "Unread",
        "priority": "Normal",
        "attachments": [],
        "availability": "Alive",
        "messageStatus": "Received",
    }


def _call_record(
    session: Mapping[str, Any], party: Mapping[str, Any], running: _Running, now: float
) -> dict[str, Any]:
    answered = running.answered is not None
    result = "Missed" if party.get("missedCall") else "Hang Up"
    if answered:
        result = "Accepted" if party.get("direction") == "Inbound" else "Call connected"
    shared = {
        "startTime": stamp(running.started),
        "duration": int(now - (running.answered if running.answered is not None else now)),
        "type": "Voice",
        "direction": party.get("direction", "Inbound"),
        "action": "Phone Call" if party.get("direction") == "Inbound" else "VoIP Call",
        "result": result,
        "from": party.get("from", {}),
        "to": party.get("to", {}),
        "transport": "PSTN",
    }
    return {
        "id": f"call-{party.get('id')}",
        "uri": f"/restapi/v1.0/account/{ACCOUNT}/call-log/call-{party.get('id')}",
        "sessionId": session.get("sessionId"),
        "telephonySessionId": session.get("telephonySessionId"),
        "partyId": party.get("id"),
        **shared,
        "lastModifiedTime": stamp(now),
        "legs": [{**shared, "legType": "Accept", "master": True}],
    }


def _listed(
    call: Call,
    records: Sequence[Record],
    shown_as: Callable[[Record], dict[str, Any]],
    now: float,
    hidden: Sequence[str] = (),
) -> Answer:
    try:
        since = _bound(call, "dateFrom", now - DAY)
        until = _bound(call, "dateTo", now + 1)
        page, size = _paging(call)
    except ValueError as error:
        return refused(
            400, "CMN-101", f"Parameter [{error}] value is invalid", parameterName=f"{error}"
        )
    # Newest first; of the same moment, the one that came later.
    ordered = sorted((r for r in records if since <= r.time < until), key=lambda r: r.time)
    found = [body for r in reversed(ordered) if _fits(call, body := shown_as(r))]
    start = (page - 1) * size
    shown = [_without(body, hidden, call.base) for body in found[start : start + size]]
    return Answer(200, _page(call, shown, page, size, len(found)))


def _bound(call: Call, name: str, default: float) -> float:
    values = call.query.get(name)
    if not values:
        return default
    try:
        # Cut to whole seconds.
        return read_stamp(values[0]) // 1
    except ValueError:
        raise ValueError(name) from None


def _paging(call: Call) -> tuple[int, int]:
    numbers = []
    for name, default, largest in (("page", 1, 10**6), ("perPage", PAGE, LARGEST_PAGE)):
        text = call.query.get(name, [str(default)])[0]
        if not text.isdigit() or not 1 <= int(text) <= largest:
            raise ValueError(name)
        numbers.append(int(text))
    return numbers[0], numbers[1]


def _fits(call: Call, body: Mapping[str, Any]) -> bool:
    for name, shown in (("messageType", "type"), ("type", "type"), ("direction", "direction")):
        if (wanted := call.query.get(name)) and not _among(body.get(shown), wanted):
            return False
    number = call.query.get("phoneNumber", [""])[0].lstrip("+ ")
    return not number or number in str(body.get("from")) or number in str(body.get("to"))


def _among(value: Any, wanted: Iterable[str]) -> bool:
    return str(value).lower() in {word.lower() for word in wanted}


def _without(body: Mapping[str, Any], hidden: Sequence[str], base: str) -> Mapping[str, Any]:
    return {k: v for k, v in body.items() if k not in hidden} | {"uri": base + body["uri"]}


def _page(call: Call, records: Sequence[Any], page: int, size: int, total: int) -> dict[str, Any]:
    pages = max(1, -(-total // size))
    kept = {name: values for name, values in call.query.items() if name not in ("page", "perPage")}

    def link(number: int) -> dict[str, str]:
        query = urlencode({**kept, "page": number, "perPage": size}, doseq=True)
        return {"uri": f"{call.base}{call.path}?{query}"}

    navigation = {"firstPage": link(1), "lastPage": link(pages)}
    if page < pages:
        navigation["nextPage"] = link(page + 1)
    if page > 1:
        navigation["previousPage"] = link(page - 1)
    start = (page - 1) * size
    paging = {"page": page, "perPage": size, "totalPages": pages, "totalElements": total}
    if records:
        paging |= {"pageStart": start, "pageEnd": start + len(records) - 1}
    return {
        "uri": link(page)["uri"],
        "records": records,
        "paging": paging,
        "navigation": navigation,
    }
