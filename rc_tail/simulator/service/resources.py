"""The REST resources, over HTTP and over the socket."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rc_tail.simulator.service.company import (
    ACCOUNT,
    CHATS,
    PEOPLE,
    Person,
    by_id,
    chat_record,
    extension_record,
    person_record,
)
from rc_tail.simulator.service.gateway_session import GatewaySession
from rc_tail.simulator.service.history import History
from rc_tail.simulator.service.http_values import (
    Answer,
    ApiCall,
    error_answer,
    not_found,
    permission_missing,
)
from rc_tail.simulator.service.limits import RateLimits, too_many
from rc_tail.simulator.service.sessions import OAuthSession
from rc_tail.simulator.service.subscriptions import Subscriptions

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
        id: The last id in the path.
        now: Seconds since 1970.
    """

    call: ApiCall
    oauth: OAuthSession
    session: GatewaySession | None
    person: Person
    id: str
    now: float


class _Resource(NamedTuple):
    pattern: re.Pattern[str]
    methods: Sequence[str]
    group: str
    permissions: Sequence[str]
    answer: Callable[["Resources", ResourceRequest], Answer]


@dataclass(slots=True)
class Resources:
    """Answers requests of authenticated clients."""

    limits: RateLimits
    subscriptions: Subscriptions
    history: History

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
        group = resource.group
        if group == "medium" and call.method == "GET":
            group = "light"
        headers, granted = self.limits.take(oauth.person.id, oauth.client_id, group, now)
        if not granted:
            return too_many(headers)
        ids = found.groupdict()
        person = by_id(ids.get("extension") or "") or oauth.person
        if error := _error(resource, ids, person, call, oauth):
            return error.with_headers(headers)
        context = ResourceRequest(call, oauth, session, person, ids.get("id") or "", now)
        return resource.answer(self, context).with_headers(headers)

    def _status(self, request: ResourceRequest) -> Answer:  # noqa: ARG002 - every resource takes it
        return service_status()

    def _extension(self, request: ResourceRequest) -> Answer:
        return Answer(200, extension_record(request.person, request.call.base))

    def _extensions(self, request: ResourceRequest) -> Answer:
        query = request.call.query
        numbers = query.get("extensionNumber")
        found = [p for p in PEOPLE if numbers is None or p.number in numbers]
        records = [extension_record(person, request.call.base) for person in found]
        paging = {"page": 1, "perPage": 100, "totalPages": 1, "totalElements": len(records)}
        uri = f"{request.call.base}{request.call.path}"
        return Answer(200, {"uri": uri, "records": records, "paging": paging, "navigation": {}})

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
        found = self.history.message(request.person.id, request.id)
        if found is None:
            return _no_such("messageId")
        return Answer(200, {**found, "uri": request.call.base + found["uri"]})

    def _calls(self, request: ResourceRequest) -> Answer:
        return self.history.list_calls(request.call, request.person.id, request.now)

    def _all_calls(self, request: ResourceRequest) -> Answer:
        return self.history.list_calls(request.call, None, request.now)


def _error(
    resource: _Resource, ids: Mapping[str, str], person: Person, call: ApiCall, oauth: OAuthSession
) -> Answer | None:
    if call.method not in resource.methods:
        return error_answer(405, "CMN-120", "Method is not allowed")
    if resource.permissions and not set(resource.permissions) & set(oauth.scope):
        return permission_missing(resource.permissions[0])
    is_known = (ids.get("extension") or "~") in ("~", person.id)
    if ids.get("account") not in (None, "~", ACCOUNT) or not is_known:
        return _no_such("extensionId")
    return None


def _no_such(parameter: str) -> Answer:
    return error_answer(404, "CMN-102", f"Resource for parameter [{parameter}] is not found")


def service_status() -> Answer:
    """Return the answer of ``/restapi/v1.0/status``, which needs no login."""
    return Answer(200, {"uri": STATUS_PATH, "status": "OK"})


def _resource(
    path: str,
    answer: Callable[[Resources, ResourceRequest], Answer],
    *,
    group: str = "light",
    permissions: Sequence[str] = (),
    methods: Sequence[str] = ("GET",),
) -> _Resource:
    return _Resource(re.compile(path), methods, group, permissions, answer)


_RESOURCES = (
    _resource(re.escape(STATUS_PATH), Resources._status, group=""),
    _resource(
        r"/restapi/v1\.0/subscription(/[^/]+(/renew)?)?",
        Resources._subscription,
        group="medium",
        methods=("GET", "POST", "PUT", "DELETE"),
    ),
    _resource(_USER, Resources._extension, permissions=_READ_ACCOUNTS),
    _resource(
        rf"{_ME}/extension", Resources._extensions, group="medium", permissions=_READ_ACCOUNTS
    ),
    _resource(
        r"/team-messaging/v1/persons/(?P<id>[^/]+)",
        Resources._person,
        permissions=("TeamMessaging",),
    ),
    _resource(
        r"/team-messaging/v1/chats/(?P<id>[^/]+)", Resources._chat, permissions=("TeamMessaging",)
    ),
    _resource(rf"{_USER}/message-store", Resources._messages, permissions=_READ_MESSAGES),
    _resource(
        rf"{_USER}/message-store/(?P<id>[^/]+)", Resources._message, permissions=_READ_MESSAGES
    ),
    _resource(rf"{_USER}/call-log", Resources._calls, group="heavy", permissions=("ReadCallLog",)),
    _resource(
        rf"{_ME}/call-log", Resources._all_calls, group="heavy", permissions=("ReadCallLog",)
    ),
)
