"""The subscription resource: ``/restapi/v1.0/subscription``.

Facts from the developer guide ("Subscribing via WebSockets"), a captured answer, and the SDKs: one
subscription a connection, status 200, a relative ``uri`` over the socket, ``~`` resolved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rc_tail.simulator.service.filters import Filter, RejectedFilter, read_filter
from rc_tail.simulator.service.gateway_session import LIFE, PATH, GatewaySession, Subscription
from rc_tail.simulator.service.http_values import (
    Answer,
    ApiCall,
    error_answer,
    not_found,
    permission_message,
)
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.oauth import WEBSOCKET_PERMISSION
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.sessions import OAuthSession
from rc_tail.simulator.service.topics import REMINDER


@dataclass(slots=True)
class Subscriptions:
    """All subscriptions."""

    options: Options
    ids: Ids
    _all: dict[str, Subscription] = field(default_factory=dict)
    _by_topic: dict[str, list[Subscription]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(list(self._all.values()))

    def of_topic(self, topic: str) -> Sequence[Subscription]:
        """Return the subscriptions that have a filter of this topic."""
        return self._by_topic.get(topic, ())

    def remove_expired(self, now: float) -> None:
        """Delete the subscriptions whose connection was lost a day ago."""
        for subscription in self:
            if subscription.session.connection is None and now >= subscription.expires:
                self.remove(subscription)

    def remove(self, subscription: Subscription) -> None:
        """Delete a subscription; its connection can have another."""
        self._all.pop(subscription.id, None)
        if subscription.session.subscription is subscription:
            subscription.session.subscription = None
        self._index()

    def rename(self, subscription: Subscription) -> None:
        """Give a subscription an id that its client does not know, as a fault."""
        del self._all[subscription.id]
        subscription.id = self.ids.uuid()
        self._all[subscription.id] = subscription

    def answer(
        self, call: ApiCall, oauth: OAuthSession, session: GatewaySession | None, now: float
    ) -> Answer:
        """Answer a request to the resource.

        Args:
            session: The gateway session that it came over; None over HTTP.
            now: Seconds since 1970.
        """
        self.remove_expired(now)
        id_ = call.path.removeprefix(PATH).strip("/").removesuffix("/renew")
        if not id_:
            return self._answer_all(call, oauth, session, now)
        subscription = self._all.get(id_)
        if subscription is None or not subscription.owned_by(oauth):
            return error_answer(404, "SUB-507", "Subscription is not found or expired")
        return self._answer_one(call, subscription, session, now)

    def _answer_all(
        self, call: ApiCall, oauth: OAuthSession, session: GatewaySession | None, now: float
    ) -> Answer:
        if call.method == "POST":
            return self._create(call, oauth, session, now)
        if call.method != "GET":
            return error_answer(405, "CMN-120", "Method is not allowed")
        mine = [s.to_json(now, call.base) for s in self if s.owned_by(oauth)]
        return Answer(200, {"uri": f"{call.base}{PATH}", "records": mine})

    def _answer_one(
        self, call: ApiCall, subscription: Subscription, session: GatewaySession | None, now: float
    ) -> Answer:
        if call.method == "DELETE":
            self.remove(subscription)
            return Answer(204)
        if call.method == "PUT":
            return self._update(call, subscription, session, now)
        if call.method == "GET" or (call.method == "POST" and call.path.endswith("/renew")):
            return self._response(subscription, call, now)
        return not_found()

    def _create(
        self, call: ApiCall, oauth: OAuthSession, session: GatewaySession | None, now: float
    ) -> Answer:
        if refusal := self._creation_error(call, oauth, session):
            return refusal
        assert session is not None  # noqa: S101 - checked by _creation_error
        granted, rejected = self._read_filters(call.body, oauth)
        if refusal := _request_refusal(granted, rejected):
            return refusal
        if session.subscription is not None:
            # A connection has one subscription: a second replaces the first.
            self.remove(session.subscription)
        subscription = Subscription(self.ids.uuid(), session, now, granted, rejected, now + LIFE)
        self._all[subscription.id] = subscription
        session.subscription = subscription
        self._index()
        return self._response(subscription, call, now)

    def _creation_error(
        self, call: ApiCall, oauth: OAuthSession, session: GatewaySession | None
    ) -> Answer | None:
        transport = _delivery_mode(call.body).get("transportType")
        if session is None or transport != "WebSocket":
            message = "Parameter [deliveryMode.transportType] value is invalid"
            return error_answer(400, "CMN-101", message, parameterName="deliveryMode.transportType")
        if WEBSOCKET_PERMISSION not in oauth.scope:
            message = (
                "[SubscriptionWebSocket] application permission is required for "
                "[WebSocket] transport"
            )
            return error_answer(403, "SUB-528", message)
        limit = self.options.subscriptions_allowed
        mine = [s for s in self if s.owned_by(oauth) and s is not session.subscription]
        if limit is not None and len(mine) >= limit:
            return error_answer(403, "SUB-505", "Subscriptions limit exceeded")
        return None

    def _update(
        self, call: ApiCall, subscription: Subscription, session: GatewaySession | None, now: float
    ) -> Answer:
        if not call.body:
            # Without filters it is a renewal.
            subscription.expires = now + LIFE
            return self._response(subscription, call, now)
        if session is None:
            # A WebSocket subscription cannot be changed over HTTP.
            return error_answer(400, "CMN-101", "Subscription of this transport cannot be updated")
        granted, rejected = self._read_filters(call.body, subscription.oauth)
        if refusal := _request_refusal(granted, rejected):
            return refusal
        subscription.filters, subscription.disabled = granted, rejected
        self._index()
        return self._response(subscription, call, now)

    def _response(self, subscription: Subscription, call: ApiCall, now: float) -> Answer:
        answer = Answer(200, subscription.to_json(now, call.base))
        if self.options.subscription_header:
            return answer.with_headers({"WSG-SubscriptionId": subscription.id})
        return answer

    def _read_filters(
        self, body: Any, oauth: OAuthSession
    ) -> tuple[list[Filter], list[RejectedFilter]]:
        texts = body.get("eventFilters") if isinstance(body, dict) else None
        if not isinstance(texts, list) or not texts:
            texts = [""]
        granted: dict[str, Filter] = {}
        rejected: list[RejectedFilter] = []
        for text in map(str, texts):
            administrator = self.options.administrator
            read = read_filter(text, oauth.person, oauth.scope, administrator=administrator)
            if isinstance(read, RejectedFilter):
                rejected.append(read)
            else:
                granted[read.text] = read
        return list(granted.values()), rejected

    def _index(self) -> None:
        self._by_topic = {}
        for subscription in self._all.values():
            for topic in {f.topic for f in subscription.filters if f.topic}:
                self._by_topic.setdefault(topic, []).append(subscription)


def _delivery_mode(body: Any) -> dict[str, Any]:
    mode = body.get("deliveryMode") if isinstance(body, dict) else None
    return mode if isinstance(mode, dict) else {}


def _request_refusal(
    granted: Sequence[Filter], rejected: Sequence[RejectedFilter]
) -> Answer | None:
    """Return the error of a whole request: an invalid filter, none granted, or a reminder alone."""
    invalid = [r for r in rejected if r.code == "SUB-508"]
    if invalid:
        names = ", ".join(r.filter for r in invalid)
        message = f"Event filters [{names}] are invalid"
        return error_answer(400, "SUB-508", message, parameterName="eventFilters")
    if granted and all(f.text.partition("?")[0] == REMINDER for f in granted):
        message = "Reminder cannot be the only event filter"
        return error_answer(400, "SUB-515", message, parameterName="eventFilters")
    if granted or not rejected:
        return None
    first = rejected[0]
    if first.permission:
        message = permission_message(first.permission)
        return error_answer(403, "CMN-401", message, permissionName=first.permission)
    return error_answer(403, first.code, first.message)
