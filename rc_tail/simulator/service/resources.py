"""The REST resources, over HTTP and over the socket alike."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rc_tail.simulator.service.company import ACCOUNT, PEOPLE, Person, by_id, extension_record
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
    """A request and its circumstances.

    Attributes:
        call: The request.
        oauth: Who asks.
        session: The connection that it came over; None over HTTP.
        person: The user in the path, or who asks where there is none.
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
            call: The request.
            oauth: Who asks.
            session: The connection that it came over; None over HTTP.
            now: Seconds since 1970.
        """
        for resource in _RESOURCES:
            if found := resource.pattern.fullmatch(call.path):
                return self._limited(resource, found, (call, oauth, session), now)
        return not_found()

    def _limited(
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
        return self._check(resource, found, (call, oauth, session), now).with_headers(headers)

    def _check(
        self,
        resource: _Resource,
        found: re.Match[str],
        request: tuple[ApiCall, OAuthSession, GatewaySession | None],
        now: float,
    ) -> Answer:
        call, oauth, session = request
        if call.method not in resource.methods:
            return error_answer(405, "CMN-120", "Method is not allowed")
        if resource.permissions and not set(resource.permissions) & set(oauth.scope):
            return permission_missing(resource.permissions[0])
        parts = found.groupdict()
        person = oauth.person
        if (named := parts.get("extension") or "~") != "~":
            person = by_id(named) or person
        if parts.get("account") not in (None, "~", ACCOUNT) or named not in ("~", person.id):
            return error_answer(404, "CMN-102", "Resource for parameter [extensionId] is not found")
        asked = ResourceRequest(call, oauth, session, person, parts.get("id") or "", now)
        return resource.answer(self, asked)

    def _status(self, asked: ResourceRequest) -> Answer:  # noqa: ARG002 - every resource takes it
        return service_status()

    def _extension(self, asked: ResourceRequest) -> Answer:
        return Answer(200, extension_record(asked.person, asked.call.base))

    def _extensions(self, asked: ResourceRequest) -> Answer:
        query = asked.call.query
        wanted = query.get("extensionNumber")
        found = [p for p in PEOPLE if wanted is None or p.number in wanted]
        records = [extension_record(person, asked.call.base) for person in found]
        paging = {"page": 1, "perPage": 100, "totalPages": 1, "totalElements": len(records)}
        uri = f"{asked.call.base}{asked.call.path}"
        return Answer(200, {"uri": uri, "records": records, "paging": paging, "navigation": {}})

    def _subscription(self, asked: ResourceRequest) -> Answer:
        return self.subscriptions.answer(asked.call, asked.oauth, asked.session, asked.now)

    def _messages(self, asked: ResourceRequest) -> Answer:
        return self.history.list_messages(asked.call, asked.person.id, asked.now)

    def _message(self, asked: ResourceRequest) -> Answer:
        found = self.history.message(asked.person.id, asked.id)
        if found is None:
            return error_answer(404, "CMN-102", "Resource for parameter [messageId] is not found")
        return Answer(200, {**found, "uri": asked.call.base + found["uri"]})

    def _calls(self, asked: ResourceRequest) -> Answer:
        return self.history.list_calls(asked.call, asked.person.id, asked.now)

    def _all_calls(self, asked: ResourceRequest) -> Answer:
        return self.history.list_calls(asked.call, None, asked.now)


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
    _resource(rf"{_USER}/message-store", Resources._messages, permissions=_READ_MESSAGES),
    _resource(
        rf"{_USER}/message-store/(?P<id>[^/]+)", Resources._message, permissions=_READ_MESSAGES
    ),
    _resource(rf"{_USER}/call-log", Resources._calls, group="heavy", permissions=("ReadCallLog",)),
    _resource(
        rf"{_ME}/call-log", Resources._all_calls, group="heavy", permissions=("ReadCallLog",)
    ),
)
