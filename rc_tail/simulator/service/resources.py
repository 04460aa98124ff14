"""The REST resources, over HTTP and over the socket."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rc_tail.simulator.service.company import (
    ACCOUNT,
    CHATS,
    PEOPLE,
    Person,
    by_id,
    chat_record,
    extension_record,
    person_record,
    phone_number_record,
)
from rc_tail.simulator.service.gateway_session import GatewaySession
from rc_tail.simulator.service.history import History, Record
from rc_tail.simulator.service.http_values import (
    Answer,
    ApiCall,
    error_answer,
    not_found,
    permission_missing,
)
from rc_tail.simulator.service.limits import RateLimits, too_many
from rc_tail.simulator.service.messaging import Messaging
from rc_tail.simulator.service.presence import Presences
from rc_tail.simulator.service.request_bodies import RefusedRequestError
from rc_tail.simulator.service.sessions import OAuthSession
from rc_tail.simulator.service.subscriptions import Subscriptions
from rc_tail.simulator.service.synchronization import synchronize

STATUS_PATH = "/restapi/v1.0/status"
_READ_MESSAGES = ("ReadMessages", "SMS", "Faxes", "InternalMessages", "EditMessages")
_READ_ACCOUNTS = ("ReadAccounts", "EditAccounts", "Accounts")
_ME = r"/restapi/v1\.0/account/(?P<account>~|\d+)"
_USER = rf"{_ME}/extension/(?P<extension>~|\d+)"


class ResourceRequest(NamedTuple):
    """A request with its context.

    Attributes:
        oauth: The session of the client.
        session: The gateway session that it came over; None over HTTP.
        person: The user in the path, or the client's own.
        id: The id in the path.
        part: The id of an attachment in the path.
        now: Seconds since 1970.
    """

    call: ApiCall
    oauth: OAuthSession
    session: GatewaySession | None
    person: Person
    id: str
    now: float
    part: str = ""


class _Resource(NamedTuple):
    """A resource.

    Attributes:
        group: The rate group of GET; that of other methods is medium.
        permissions: One of these is needed to read it; any client can where there is none.
        edits: One of these is needed for other methods than GET.
    """

    pattern: re.Pattern[str]
    methods: Sequence[str]
    group: str
    permissions: Sequence[str]
    edits: Sequence[str]
    answer: Callable[["Resources", ResourceRequest], Answer]


@dataclass(slots=True)
class Resources:
    """Answers requests of authenticated clients."""

    limits: RateLimits
    subscriptions: Subscriptions
    history: History
    messaging: Messaging
    presences: Presences

    def answer(
        self, call: ApiCall, oauth: OAuthSession, session: GatewaySession | None, now: float
    ) -> Answer:
        """Answer a request.

        Args:
            session: The gateway session that it came over; None over HTTP.
            now: Seconds since 1970.
        """
        for resource in _RESOURCES:
            if found := resource.pattern.fullmatch(call.path):
                return self._answer(resource, found, (call, oauth, session), now)
        return not_found()

    def _answer(
        self,
        resource: _Resource,
        found: re.Match[str],
        request: tuple[ApiCall, OAuthSession, GatewaySession | None],
        now: float,
    ) -> Answer:
        call, oauth, session = request
        group = resource.group if call.method == "GET" else "medium"
        headers, granted = self.limits.take(oauth.person.id, oauth.client_id, group, now)
        if not granted:
            return too_many(headers)
        ids = found.groupdict()
        person = by_id(ids.get("extension") or "") or oauth.person
        if error := _error(resource, ids, person, call, oauth):
            return error.with_headers(headers)
        id_, part = ids.get("id") or "", ids.get("part") or ""
        context = ResourceRequest(call, oauth, session, person, id_, now, part)
        try:
            answer = resource.answer(self, context)
        except RefusedRequestError as refused:
            answer = refused.answer
        return answer.with_headers(headers)

    def _status(self, request: ResourceRequest) -> Answer:  # noqa: ARG002 - every resource takes it
        return service_status()

    def _extension(self, request: ResourceRequest) -> Answer:
        return Answer(200, extension_record(request.person, request.call.base))

    def _extensions(self, request: ResourceRequest) -> Answer:
        query = request.call.query
        numbers = query.get("extensionNumber")
        found = [p for p in PEOPLE if numbers is None or p.number in numbers]
        records = [extension_record(person, request.call.base) for person in found]
        return _one_page(request.call, records)

    def _phone_numbers(self, request: ResourceRequest) -> Answer:
        record = phone_number_record(request.person, request.call.base)
        return _one_page(request.call, [record])

    def _person(self, request: ResourceRequest) -> Answer:
        person = by_id(request.id)
        return _no_such("personId") if person is None else Answer(200, person_record(person))

    def _chat(self, request: ResourceRequest) -> Answer:
        chat = next((chat for chat in CHATS if chat.id == request.id), None)
        return _no_such("chatId") if chat is None else Answer(200, chat_record(chat))

    def _subscription(self, request: ResourceRequest) -> Answer:
        return self.subscriptions.answer(request.call, request.oauth, request.session, request.now)

    def _messages(self, request: ResourceRequest) -> Answer:
        return self.history.list_messages(request.call, request.person.id, request.now)

    def _message(self, request: ResourceRequest) -> Answer:
        call, person, id_ = request.call, request.person, request.id
        if call.method == "PUT":
            return self.messaging.update(call, person, id_, request.now)
        if call.method == "DELETE":
            return self.messaging.delete(call, person, id_, request.now)
        return Answer(200, self.messaging.found(call, person, id_))

    def _content(self, request: ResourceRequest) -> Answer:
        call = request.call
        if request.session is not None:
            message = "Binary content is not available over WebSocket"
            return error_answer(400, "CMN-101", message)
        return self.messaging.content(call, request.person, request.id, request.part)

    def _message_sync(self, request: ResourceRequest) -> Answer:
        records = self.history.messages_of(request.person.id)
        return self._synchronize(request, records, Record.message)

    def _sms(self, request: ResourceRequest) -> Answer:
        return self.messaging.send_sms(request.call, request.person, request.now)

    def _pager(self, request: ResourceRequest) -> Answer:
        return self.messaging.send_pager(request.call, request.person, request.now)

    def _presence(self, request: ResourceRequest) -> Answer:
        if request.call.method == "PUT":
            return self.presences.write(request.call, request.person, request.now)
        return self.presences.read(request.call, request.person)

    def _calls(self, request: ResourceRequest) -> Answer:
        return self.history.list_calls(request.call, request.person.id, request.now)

    def _all_calls(self, request: ResourceRequest) -> Answer:
        return self.history.list_calls(request.call, None, request.now)

    def _call_sync(self, request: ResourceRequest) -> Answer:
        records = self.history.calls_of(request.person.id)
        return self._synchronize(request, records, Record.body)

    def _all_call_sync(self, request: ResourceRequest) -> Answer:
        return self._synchronize(request, self.history.calls_of(None), Record.body)

    def _synchronize(
        self,
        request: ResourceRequest,
        records: Sequence[Record],
        render: Callable[[Record], dict[str, Any]],
    ) -> Answer:
        return synchronize(request.call, records, render, self.history.revision, request.now)


def _error(
    resource: _Resource, ids: Mapping[str, str], person: Person, call: ApiCall, oauth: OAuthSession
) -> Answer | None:
    if call.method not in resource.methods:
        return error_answer(405, "CMN-120", "Method is not allowed")
    needed = resource.permissions if call.method == "GET" else resource.edits
    if needed and not set(needed) & set(oauth.scope):
        return permission_missing(needed[0])
    is_known = (ids.get("extension") or "~") in ("~", person.id)
    if ids.get("account") not in (None, "~", ACCOUNT) or not is_known:
        return _no_such("extensionId")
    if call.method == "POST" and "extension" in ids and person is not oauth.person:
        # Messages on behalf of other users are forbidden (guide, "Sending SMS").
        message = "In order to call this API endpoint, user needs to be the sender"
        return error_answer(403, "CMN-408", message)
    return None


def _no_such(parameter: str) -> Answer:
    return error_answer(404, "CMN-102", f"Resource for parameter [{parameter}] is not found")


def _one_page(call: ApiCall, records: Sequence[Mapping[str, Any]]) -> Answer:
    paging = {"page": 1, "perPage": 100, "totalPages": 1, "totalElements": len(records)}
    uri = f"{call.base}{call.path}"
    return Answer(200, {"uri": uri, "records": records, "paging": paging, "navigation": {}})


def service_status() -> Answer:
    """Return the answer of ``/restapi/v1.0/status``, which needs no login."""
    return Answer(200, {"uri": STATUS_PATH, "status": "OK"})


def _resource(
    path: str,
    answer: Callable[[Resources, ResourceRequest], Answer],
    *,
    group: str = "light",
    permissions: Sequence[str] = (),
    edits: Sequence[str] = (),
    methods: Sequence[str] = ("GET",),
) -> _Resource:
    return _Resource(re.compile(path), methods, group, permissions, edits, answer)


_RESOURCES = (
    _resource(re.escape(STATUS_PATH), Resources._status, group=""),
    _resource(
        r"/restapi/v1\.0/subscription(/[^/]+(/renew)?)?",
        Resources._subscription,
        methods=("GET", "POST", "PUT", "DELETE"),
    ),
    _resource(_USER, Resources._extension, permissions=_READ_ACCOUNTS),
    _resource(rf"{_ME}/extension", Resources._extensions, permissions=_READ_ACCOUNTS),
    _resource(
        r"/team-messaging/v1/persons/(?P<id>[^/]+)",
        Resources._person,
        permissions=("TeamMessaging",),
    ),
    _resource(
        r"/team-messaging/v1/chats/(?P<id>[^/]+)", Resources._chat, permissions=("TeamMessaging",)
    ),
    _resource(rf"{_USER}/phone-number", Resources._phone_numbers, permissions=_READ_ACCOUNTS),
    _resource(rf"{_USER}/message-store", Resources._messages, permissions=_READ_MESSAGES),
    _resource(
        rf"{_USER}/message-store/(?P<id>[^/]+)",
        Resources._message,
        permissions=_READ_MESSAGES,
        edits=("EditMessages",),
        methods=("GET", "PUT", "DELETE"),
    ),
    _resource(
        rf"{_USER}/message-store/(?P<id>[^/]+)/content/(?P<part>[^/]+)",
        Resources._content,
        group="medium",
        permissions=_READ_MESSAGES,
    ),
    _resource(rf"{_USER}/message-sync", Resources._message_sync, permissions=_READ_MESSAGES),
    # The older path takes pictures, too.
    _resource(rf"{_USER}/(sms|mms)", Resources._sms, edits=("SMS",), methods=("POST",)),
    _resource(
        rf"{_USER}/company-pager",
        Resources._pager,
        edits=("InternalMessages",),
        methods=("POST",),
    ),
    _resource(
        rf"{_USER}/presence",
        Resources._presence,
        permissions=("ReadPresence", "EditPresence"),
        edits=("EditPresence",),
        methods=("GET", "PUT"),
    ),
    _resource(rf"{_USER}/call-log", Resources._calls, group="heavy", permissions=("ReadCallLog",)),
    _resource(
        rf"{_ME}/call-log", Resources._all_calls, group="heavy", permissions=("ReadCallLog",)
    ),
    _resource(
        rf"{_USER}/call-log-sync",
        Resources._call_sync,
        group="heavy",
        permissions=("ReadCallLog",),
    ),
    _resource(
        rf"{_ME}/call-log-sync",
        Resources._all_call_sync,
        group="heavy",
        permissions=("ReadCallLog",),
    ),
)
