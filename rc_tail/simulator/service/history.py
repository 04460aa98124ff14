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
from rc_tail.simulator.service.http_values import Answer, ApiCall, compact
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.request_bodies import invalid
from rc_tail.simulator.service.timestamps import iso_timestamp, parse_timestamp

DAY = 86400.0
MAX_RECORDS = 20_000
DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 100, 1000
MESSAGE_TYPES = ("SMS", "Fax", "VoiceMail", "Pager")
_END_CODES = ("Disconnected", "Gone")
_EVENT_ONLY = ("eventType", "owner")


@dataclass(frozen=True, slots=True)
class Record:
    """A stored message or call.

    Attributes:
        extension: The user that it belongs to.
        time: Its creation or start, in seconds since 1970.
        text: The body as JSON: thousands of objects would slow the garbage collector.
        revision: The number of its last change among all changes of the history.
    """

    extension: str
    time: float
    text: bytes
    revision: int

    def body(self) -> dict[str, Any]:
        """Return the decoded body."""
        return dict(msgspec.json.decode(self.text))

    def message(self) -> dict[str, Any]:
        """Return the representation of a message."""
        body = {k: v for k, v in self.body().items() if k not in _EVENT_ONLY}
        # Ids are numbers in the reference's records.
        id_ = int(body["id"]) if str(body["id"]).isdigit() else body["id"]
        times = {"creationTime": iso_timestamp(self.time)}
        return {**times, **body, "uri": message_path(self.extension, body["id"]), "id": id_}


@dataclass(slots=True)
class _OpenParty:
    """A party of a call that has not ended."""

    started: float
    answered: float | None = None


@dataclass(slots=True)
class History:
    """Records events, and answers requests for past ones.

    Attributes:
        calls: Oldest first.
        revision: How many changes there were so far.
        files: Type and content of the files that clients sent, by user, message and attachment.
    """

    calls: deque[Record] = field(default_factory=lambda: deque(maxlen=MAX_RECORDS))
    revision: int = 0
    files: dict[tuple[str, str, str], tuple[str, bytes]] = field(default_factory=dict)
    _messages: dict[tuple[str, str], Record] = field(default_factory=dict)
    _open_parties: dict[str, _OpenParty] = field(default_factory=dict)

    def record(self, occurrence: Occurrence, text: bytes, now: float) -> None:
        """Store an occurrence, if it leaves a message or completes a call.

        Args:
            text: Its body as JSON.
        """
        body = occurrence.body
        if body.get("type") in MESSAGE_TYPES and "id" in body:
            self._put_message(occurrence.extension, str(body["id"]), now, text)
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
                if (occurrence.extension, str(number)) not in self._messages:
                    self.add_message(occurrence.extension, _pager(number, now), now)

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
            self.revision += 1
            record = Record(owner, open_party.started, compact(body), self.revision)
            self.calls.append(record)

    def add_message(self, extension: str, body: Mapping[str, Any], now: float) -> None:
        """Store a message of a user."""
        self._put_message(extension, str(body["id"]), now, compact(body))

    def change_message(
        self, extension: str, id_: str, changes: Mapping[str, Any], now: float
    ) -> None:
        """Change fields of a stored message; a purged one is removed for all but ISync."""
        record = self._messages[extension, id_]
        body = {**record.body(), **changes, "lastModifiedTime": iso_timestamp(now)}
        self.revision += 1
        changed = Record(extension, record.time, compact(body), self.revision)
        self._messages[extension, id_] = changed

    def _put_message(self, extension: str, id_: str, now: float, text: bytes) -> None:
        self.revision += 1
        self._messages.pop((extension, id_), None)
        self._messages[extension, id_] = Record(extension, now, text, self.revision)
        if len(self._messages) > MAX_RECORDS:
            oldest = next(iter(self._messages))
            del self._messages[oldest]
            for key in [key for key in self.files if key[:2] == oldest]:
                del self.files[key]

    def messages_of(self, extension: str) -> list[Record]:
        """Return the messages of a user, oldest first."""
        return [r for r in self._messages.values() if r.extension == extension]

    def calls_of(self, extension: str | None) -> list[Record]:
        """Return the calls of a user, or of the account with None, oldest first."""
        return [r for r in self.calls if extension in (None, r.extension)]

    def list_messages(self, call: ApiCall, extension: str, now: float) -> Answer:
        """Answer ``GET .../message-store``.

        Raises:
            RefusedRequestError: A parameter is invalid.
        """
        return _list_response(call, self.messages_of(extension), Record.message, now)

    def list_calls(self, call: ApiCall, extension: str | None, now: float) -> Answer:
        """Answer ``GET .../call-log`` of a user, or of the account with None.

        Raises:
            RefusedRequestError: A parameter is invalid.
        """
        return _list_response(call, self.calls_of(extension), Record.body, now)

    def message(self, extension: str, id_: str) -> Mapping[str, Any] | None:
        """Return one message of a user, or None; a purged one is gone."""
        record = self._messages.get((extension, id_))
        body = record.message() if record else None
        return None if body is None or body.get("availability") == "Purged" else body


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
        "action": _action(party),
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


def _action(party: Mapping[str, Any]) -> str:
    """Return the action of a call (TypeScript SDK, BaseCallLogRecord.action).

    That a call between two users is a "VoiceChat Call" is an inference from its name.
    """
    sides = (party.get("from"), party.get("to"))
    if all(isinstance(side, Mapping) and "extensionId" in side for side in sides):
        return "VoiceChat Call"
    return "Phone Call" if party.get("direction") == "Inbound" else "VoIP Call"


def _list_response(
    call: ApiCall,
    records: Sequence[Record],
    render: Callable[[Record], dict[str, Any]],
    now: float,
) -> Answer:
    since = time_bound(call, "dateFrom", now - DAY)
    until = time_bound(call, "dateTo", now + 1)
    page, size = _paging(call)
    # Newest first; of the same time, the later one.
    ordered = sorted((r for r in records if since <= r.time < until), key=lambda r: r.time)
    found = [body for r in reversed(ordered) if matches_query(call, body := render(r))]
    start = (page - 1) * size
    records_of_page = render_page(call, found[start : start + size])
    return Answer(200, _page(call, records_of_page, page, size, len(found)))


def time_bound(call: ApiCall, name: str, default: float) -> float:
    """Return a time of the query, cut to whole seconds.

    Raises:
        RefusedRequestError: It is invalid.
    """
    values = call.query.get(name)
    if not values:
        return default
    try:
        return parse_timestamp(values[0]) // 1
    except ValueError:
        raise invalid(name) from None


def _paging(call: ApiCall) -> tuple[int, int]:
    numbers = []
    for name, default, largest in (
        ("page", 1, 10**6),
        ("perPage", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
    ):
        text = call.query.get(name, [str(default)])[0]
        if not text.isdigit() or not 1 <= int(text) <= largest:
            raise invalid(name)
        numbers.append(int(text))
    return numbers[0], numbers[1]


_NARROWED = (
    ("messageType", "type"),
    ("type", "type"),
    ("direction", "direction"),
    ("readStatus", "readStatus"),
)


def matches_query(call: ApiCall, body: Mapping[str, Any], *, deleted: bool = False) -> bool:
    """Whether a record is one of those that the query asks for.

    Args:
        deleted: Whether deleted ones are among them though the query does not say so.
    """
    for name, field_name in _NARROWED:
        if (values := call.query.get(name)) and not _is_one_of(body.get(field_name), values):
            return False
    wanted = call.query.get("availability", [] if deleted else ["Alive"])
    if wanted and not _is_one_of(body.get("availability", "Alive"), wanted):
        return False
    number = call.query.get("phoneNumber", [""])[0].lstrip("+ ")
    return not number or number in str(body.get("from")) or number in str(body.get("to"))


def _is_one_of(value: Any, words: Iterable[str]) -> bool:
    return str(value).lower() in {word.lower() for word in words}


def render_page(call: ApiCall, bodies: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return records as the client asks for them: absolute links, and legs of calls on request."""
    detailed = call.query.get("view", ["Simple"])[0] == "Detailed"
    hidden = () if detailed else ("legs",)
    return [linked({k: v for k, v in body.items() if k not in hidden}, call) for body in bodies]


def linked(body: Mapping[str, Any], call: ApiCall) -> dict[str, Any]:
    """Return a record with links to itself and to its attachments."""
    path = body["uri"]
    return {**with_attachment_links(body, call.media + path), "uri": call.base + path}


def with_attachment_links(body: Mapping[str, Any], uri: str) -> Mapping[str, Any]:
    """Return a message with links to its attachments.

    Args:
        uri: The message's own, on the host that serves them.
    """
    attachments = body.get("attachments")
    if not isinstance(attachments, list):
        return body
    linked_parts = [
        {**part, "uri": f"{uri}/content/{part['id']}"}
        if isinstance(part, dict) and "id" in part
        else part
        for part in attachments
    ]
    return {**body, "attachments": linked_parts}


def message_path(extension: str, id_: object) -> str:
    """Return the path of a message of a user."""
    return f"/restapi/v1.0/account/{ACCOUNT}/extension/{extension}/message-store/{id_}"


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
