"""Past events: the message store and the call log.

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
from rc_tail.simulator.service.http_values import Answer, ApiCall, compact, error_answer
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.timestamps import iso_timestamp, parse_timestamp

DAY = 86400.0
MAX_RECORDS = 20_000
DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 100, 1000
_MESSAGE_TYPES = ("SMS", "Fax", "VoiceMail", "Pager")
_END_CODES = ("Disconnected", "Gone")
_EVENT_ONLY = ("eventType", "owner")


@dataclass(frozen=True, slots=True)
class Record:
    """A stored message or call.

    Attributes:
        extension: The user that it belongs to.
        time: Its creation or start, in seconds since 1970.
        text: The body as JSON: thousands of objects would slow the garbage collector.
    """

    extension: str
    time: float
    text: bytes

    def body(self) -> dict[str, Any]:
        """Return the decoded body."""
        return dict(msgspec.json.decode(self.text))

    def message(self) -> dict[str, Any]:
        """Return the representation of a message."""
        uri = f"/restapi/v1.0/account/{ACCOUNT}/extension/{self.extension}/message-store"
        body = {k: v for k, v in self.body().items() if k not in _EVENT_ONLY}
        # Ids are numbers in the reference's records.
        id_ = int(body["id"]) if str(body["id"]).isdigit() else body["id"]
        times = {"creationTime": iso_timestamp(self.time)}
        return {**times, **body, "uri": f"{uri}/{body['id']}", "id": id_}


@dataclass(slots=True)
class _OpenParty:
    """A party of a call that has not ended."""

    started: float
    answered: float | None = None


@dataclass(slots=True)
class History:
    """Records events, and answers requests for past ones."""

    messages: deque[Record] = field(default_factory=lambda: deque(maxlen=MAX_RECORDS))
    calls: deque[Record] = field(default_factory=lambda: deque(maxlen=MAX_RECORDS))
    _open_parties: dict[str, _OpenParty] = field(default_factory=dict)

    def record(self, occurrence: Occurrence, text: bytes, now: float) -> None:
        """Store an occurrence, if it leaves a message or completes a call.

        Args:
            text: Its body as JSON.
        """
        body = occurrence.body
        if body.get("type") in _MESSAGE_TYPES and "id" in body:
            self.messages.append(Record(occurrence.extension, now, text))
        elif "changes" in body:
            self._record_pagers(occurrence, now)
        elif "parties" in body:
            for party in body["parties"]:
                self._record_party(occurrence, party, now)

    def _record_pagers(self, occurrence: Occurrence, now: float) -> None:
        for change in occurrence.body["changes"]:
            if change.get("type") != "Pager":
                continue
            for number in change.get("newMessageIds", ()):
                text = compact(_pager(number, now))
                self.messages.append(Record(occurrence.extension, now, text))

    def _record_party(self, occurrence: Occurrence, party: Any, now: float) -> None:
        status = party.get("status", {}).get("code") if isinstance(party, dict) else None
        if status is None:
            return
        key = str(party.get("id"))
        open_party = self._open_parties.setdefault(key, _OpenParty(now))
        if len(self._open_parties) > MAX_RECORDS:
            # Of calls that never end, the oldest is dropped.
            del self._open_parties[next(iter(self._open_parties))]
        if status == "Answered" and open_party.answered is None:
            open_party.answered = now
        if status in _END_CODES:
            self._open_parties.pop(key, None)
            owner = str(party.get("extensionId") or occurrence.extension)
            body = _call_record(occurrence.body, party, open_party, now)
            self.calls.append(Record(owner, open_party.started, compact(body)))

    def list_messages(self, call: ApiCall, extension: str, now: float) -> Answer:
        """Answer ``GET .../message-store``."""
        records = [r for r in self.messages if r.extension == extension]
        return _list_response(call, records, Record.message, now)

    def list_calls(self, call: ApiCall, extension: str | None, now: float) -> Answer:
        """Answer ``GET .../call-log`` of a user, or of the account with None."""
        detailed = call.query.get("view", ["Simple"])[0] == "Detailed"
        records = [r for r in self.calls if extension in (None, r.extension)]
        return _list_response(call, records, Record.body, now, hidden=() if detailed else ("legs",))

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
        "creationTime": iso_timestamp(now),
        "lastModifiedTime": iso_timestamp(now),
        "readStatus": "Unread",
        "priority": "Normal",
        "attachments": [],
        "availability": "Alive",
        "messageStatus": "Received",
    }


def _call_record(
    session: Mapping[str, Any], party: Mapping[str, Any], open_party: _OpenParty, now: float
) -> dict[str, Any]:
    answered = open_party.answered is not None
    result = "Missed" if party.get("missedCall") else "Hang Up"
    if answered:
        result = "Accepted" if party.get("direction") == "Inbound" else "Call connected"
    shared = {
        "startTime": iso_timestamp(open_party.started),
        "duration": int(now - (open_party.answered if open_party.answered is not None else now)),
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
        "lastModifiedTime": iso_timestamp(now),
        "legs": [{**shared, "legType": "Accept", "master": True}],
    }


def _list_response(
    call: ApiCall,
    records: Sequence[Record],
    render: Callable[[Record], dict[str, Any]],
    now: float,
    hidden: Sequence[str] = (),
) -> Answer:
    try:
        since = _time_bound(call, "dateFrom", now - DAY)
        until = _time_bound(call, "dateTo", now + 1)
        page, size = _paging(call)
    except ValueError as error:
        return error_answer(
            400, "CMN-101", f"Parameter [{error}] value is invalid", parameterName=f"{error}"
        )
    # Newest first; of the same time, the later one.
    ordered = sorted((r for r in records if since <= r.time < until), key=lambda r: r.time)
    found = [body for r in reversed(ordered) if _matches_query(call, body := render(r))]
    start = (page - 1) * size
    records_of_page = [
        _hide_fields(body, hidden, call.base) for body in found[start : start + size]
    ]
    return Answer(200, _page(call, records_of_page, page, size, len(found)))


def _time_bound(call: ApiCall, name: str, default: float) -> float:
    values = call.query.get(name)
    if not values:
        return default
    try:
        # Cut to whole seconds.
        return parse_timestamp(values[0]) // 1
    except ValueError:
        raise ValueError(name) from None


def _paging(call: ApiCall) -> tuple[int, int]:
    numbers = []
    for name, default, largest in (
        ("page", 1, 10**6),
        ("perPage", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
    ):
        text = call.query.get(name, [str(default)])[0]
        if not text.isdigit() or not 1 <= int(text) <= largest:
            raise ValueError(name)
        numbers.append(int(text))
    return numbers[0], numbers[1]


def _matches_query(call: ApiCall, body: Mapping[str, Any]) -> bool:
    for name, field_name in (("messageType", "type"), ("type", "type"), ("direction", "direction")):
        if (values := call.query.get(name)) and not _is_one_of(body.get(field_name), values):
            return False
    number = call.query.get("phoneNumber", [""])[0].lstrip("+ ")
    return not number or number in str(body.get("from")) or number in str(body.get("to"))


def _is_one_of(value: Any, words: Iterable[str]) -> bool:
    return str(value).lower() in {word.lower() for word in words}


def _hide_fields(body: Mapping[str, Any], hidden: Sequence[str], base: str) -> Mapping[str, Any]:
    return {k: v for k, v in body.items() if k not in hidden} | {"uri": base + body["uri"]}


def _page(
    call: ApiCall, records: Sequence[Any], page: int, size: int, total: int
) -> dict[str, Any]:
    pages = max(1, -(-total // size))
    filters = {
        name: values for name, values in call.query.items() if name not in ("page", "perPage")
    }

    def link(number: int) -> dict[str, str]:
        query = urlencode({**filters, "page": number, "perPage": size}, doseq=True)
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
