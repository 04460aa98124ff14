"""RingCentral in small: the rules of the whole service.

Pure: requests and messages come in with the time, answers are returned, and effects on connections
go to the outbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rc_tail.simulator.service.effects import Outbox
from rc_tail.simulator.service.filters import Filter
from rc_tail.simulator.service.gateway import Gateway, Rest
from rc_tail.simulator.service.gateway_session import Subscription
from rc_tail.simulator.service.history import (
    MESSAGE_TYPES,
    History,
    message_path,
    with_attachment_links,
)
from rc_tail.simulator.service.http_values import (
    Answer,
    ApiCall,
    Request,
    compact,
    error_answer,
    media_twin,
    not_found,
)
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.limits import RateLimits
from rc_tail.simulator.service.messaging import Messaging
from rc_tail.simulator.service.oauth import OAuth
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.presence import Presences
from rc_tail.simulator.service.resources import STATUS_PATH, Resources, service_status
from rc_tail.simulator.service.sessions import OAuthSession, Sessions
from rc_tail.simulator.service.subscriptions import Subscriptions
from rc_tail.simulator.service.timestamps import http_date, iso_timestamp
from rc_tail.simulator.service.topics import QueryPairs

TOKEN = "/restapi/oauth/token"  # noqa: S105 - a path
REVOKE = "/restapi/oauth/revoke"
WSTOKEN = "/restapi/oauth/wstoken"
# Seconds between the dates that two subscriptions give the same event.
APART = 0.003


@dataclass(slots=True)
class Service:
    """One RingCentral.

    Attributes:
        outbox: Effects on connections, in order; the server empties it.
        clock_skew: Seconds that its clock is ahead, as a fault.
        notification_count: Notifications so far.
        history: The message store and the call log.
        base: The server's address, for the links in notifications.
    """

    options: Options
    ids: Ids
    outbox: Outbox = field(default_factory=list)
    clock_skew: float = 0.0
    notification_count: int = 0
    history: History = field(default_factory=History)
    base: str = "https://platform.ringcentral.com"
    sessions: Sessions = field(init=False)
    oauth: OAuth = field(init=False)
    subscriptions: Subscriptions = field(init=False)
    gateway: Gateway = field(init=False)
    rest: Rest = field(init=False)
    presences: Presences = field(init=False)
    _resources: Resources = field(init=False)

    def __post_init__(self) -> None:
        options, ids = self.options, self.ids
        limits = RateLimits(options.rates, enforce=options.enforce_limits)
        self.sessions = Sessions(ids, options.sessions_allowed)
        self.oauth = OAuth(options, ids, self.sessions, limits)
        self.subscriptions = Subscriptions(options, ids)
        messaging = Messaging(ids, self.history, self.publish)
        self.presences = Presences(self.publish)
        self._resources = Resources(
            limits, self.subscriptions, self.history, messaging, self.presences
        )
        self.rest = self._resources.answer
        oauth, subscriptions = self.oauth, self.subscriptions
        self.gateway = Gateway(options, ids, oauth, subscriptions, self.rest, self.outbox)
        self.sessions.on_end.append(self.gateway.end_session)

    # HTTP.

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request over HTTP."""
        return self.with_common_headers(self._route(request, now), now)

    def with_common_headers(self, answer: Answer, now: float) -> Answer:
        """Add the headers that every answer has."""
        return answer.with_headers(
            {"RCRequestId": self.ids.uuid(), "Date": http_date(now + self.clock_skew)}
        )

    def _route(self, request: Request, now: float) -> Answer:
        path = request.path.rstrip("/")
        if path in (TOKEN, REVOKE) and request.method != "POST":
            return error_answer(405, "CMN-120", "Method is not allowed")
        if path == TOKEN:
            return self.oauth.token(request, now)
        if path == REVOKE:
            return self.oauth.revoke(request, now)
        if path == STATUS_PATH:
            return service_status()
        if not path.startswith(("/restapi/", "/team-messaging/", "/ai/")):
            return not_found()
        return self._authenticated(request, path, now)

    def _authenticated(self, request: Request, path: str, now: float) -> Answer:
        session = self._bearer(request.headers, now)
        if isinstance(session, Answer):
            return session
        if path == WSTOKEN and request.method == "POST":
            return self.oauth.wstoken(request, session, now)
        call = ApiCall(
            request.method,
            path,
            request.query,
            request.json(),
            request.base,
            self._media(request.base),
            request.headers,
            request.body,
        )
        return self._resources.answer(call, session, None, now)

    def _bearer(self, headers: Mapping[str, str], now: float) -> OAuthSession | Answer:
        authorization = headers.get("authorization", "")
        scheme, _, token = authorization.partition(" ")
        if not authorization:
            return error_answer(401, "AGW-401", "Authorization header is not specified")
        # Two SDKs send the scheme in lower case.
        if scheme.lower() != "bearer" or not token.strip():
            return error_answer(401, "AGW-402", "Invalid Authorization header")
        session = self.sessions.by_access(token.strip(), now)
        return session or error_answer(401, "OAU-213", "Token not found")

    # Events.

    def publish(self, occurrence: Occurrence, now: float) -> set[str]:
        """Send an occurrence to every subscription that asks for it, and record it for the history.

        Returns:
            The ids of the subscriptions that it reaches.
        """
        occurrence = self._with_links(occurrence)
        whole = compact(occurrence.body)
        self.history.record(occurrence, whole, now)
        self.presences.observe(occurrence)
        reached: set[str] = set()
        varies = occurrence.depends_on_query()
        bodies: dict[QueryPairs, bytes] = {} if varies else {(): whole}
        for subscription in self.subscriptions.of_topic(occurrence.topic):
            chosen = _best_filter(subscription, occurrence)
            if chosen is None or not self.gateway.recovery.is_reachable(subscription.session, now):
                continue
            detail = chosen.query if varies else ()
            if detail not in bodies:
                bodies[detail] = compact(occurrence.body_for(detail))
            uuid = self.ids.notification()
            event = chosen.event_for(occurrence)
            dated = now + APART * (len(reached) % 100)
            payload = self._payload(uuid, event, subscription, bodies[detail], dated)
            self.gateway.notify(subscription.session, uuid, payload, now)
            reached.add(subscription.id)
        self.notification_count += len(reached)
        return reached

    def _with_links(self, occurrence: Occurrence) -> Occurrence:
        body = occurrence.body
        if body.get("type") not in MESSAGE_TYPES or "attachments" not in body or "id" not in body:
            return occurrence
        uri = self._media(self.base) + message_path(occurrence.extension, body["id"])
        return replace(occurrence, body=with_attachment_links(body, uri))

    def _media(self, base: str) -> str:
        return media_twin(base) if self.options.media_twin else base

    def active_filters(self, now: float) -> list[Filter]:
        """Return the filters of all subscriptions that can still receive events."""
        return [
            f
            for subscription in self.subscriptions
            if self.gateway.recovery.is_reachable(subscription.session, now)
            for f in subscription.filters
            if f.topic
        ]

    def _payload(
        self, uuid: str, event: str, subscription: Subscription, body: bytes, now: float
    ) -> bytes:
        return (
            b'{"uuid":"%b","event":%b,"timestamp":"%b","subscriptionId":"%b","ownerId":"%b","body":%b}'
            % (
                uuid.encode(),
                compact(event),
                iso_timestamp(now + self.clock_skew).encode(),
                subscription.id.encode(),
                subscription.oauth.person.id.encode(),
                body,
            )
        )


def _best_filter(subscription: Subscription, occurrence: Occurrence) -> Filter | None:
    """Return the matching filter with the longest query; an event is sent once a subscription."""
    fitting = [f for f in subscription.filters if f.matches(occurrence)]
    return max(fitting, key=lambda f: len(f.query), default=None)
