"""The session: what to do about everything that can happen, without doing any of it.

Two rules hold everywhere:

1. What happens to a message is looked up in one table, by the state of its connection and the
   type of the message. A pair that is not listed is a bug.
2. Nothing here reads a clock, a socket or a random number: the time is an argument, and what is to
   be done comes back as actions.

The wire's rules are RingCentral's developer guide ("Notifications over WebSockets", "Session
recovery", "Heart beats"); where the guide and the official SDKs disagree, what the SDKs do with
the live service wins.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from rc_tail.errors import AuthError, ConnectionLostError, RcTailError, TemporaryError
from rc_tail.gateway.actions import (
    Action,
    Deliver,
    FiltersDisabled,
    FindStale,
    Notice,
    Ready,
    Reconnecting,
    SubscriptionChanged,
)
from rc_tail.gateway.batch_decoder import Burst
from rc_tail.gateway.connection_state import ConnectionState, Phase
from rc_tail.gateway.connections import Connections, PreviousSession
from rc_tail.gateway.delivery_lag import clock_offset, closest_offset
from rc_tail.gateway.drops import DropCounter, DropReason
from rc_tail.gateway.messages import (
    ConnectionDetails,
    DisabledFilter,
    ErrorMessage,
    Heartbeat,
    Message,
    Notification,
    Response,
    UnknownMessage,
    Wsc,
)
from rc_tail.gateway.overlap import NEW, OLD
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.subscription_errors import TOO_MANY_SUBSCRIPTIONS, subscription_error

RECOVERED = "Successful"


class Seen(Protocol):
    """Remembers what was handed over."""

    def add(self, uuid: str) -> bool:
        """Remember `uuid`; return whether it is new."""
        ...


class Session(Connections):
    """One subscription, kept alive over as many connections as it takes.

    Args:
        filters: The event filters to subscribe to.
        retry: Decides when to try again and when to give up.
        seen: Remembers the uuids that were handed over.
        past: What an earlier run left behind, to be continued.
        drops: Counts the events that are not handed over.
    """

    def __init__(
        self,
        filters: Sequence[str],
        *,
        retry: RetryPolicy,
        seen: Seen,
        past: PreviousSession | None = None,
        drops: DropCounter | None = None,
    ) -> None:
        super().__init__(filters, retry=retry, past=past)
        self._seen = seen
        self._drops = DropCounter() if drops is None else drops
        self._disabled: tuple[DisabledFilter, ...] = ()

    def receive(
        self, link_number: int, messages: Iterable[Message | Burst], now: float
    ) -> list[Action]:
        """Messages came in, in this order."""
        actions: list[Action] = []
        fresh: list[Notification] = []
        for message in self._one_by_one(link_number, messages):
            link = self._current(link_number)
            if link is None:
                break
            link.message_came(now)
            link.last_words = ""
            if isinstance(message, Burst):
                self._accept_all(link, message, fresh, now)
                continue
            self._keep_newest_wsc(link, message.wsc, message.content)
            if isinstance(message.content, Notification):
                if self._is_ours(link, message.content):
                    self._accept(link, message.content, fresh, now)
                    continue
                self._drops.add(DropReason.NOT_OURS)
            actions += _delivered(fresh)
            fresh = []
            actions += self._dispatch(link, message.content, now)
        return actions + _delivered(fresh)

    def stale_found(
        self, link_number: int, subscriptions: Sequence[str], now: float
    ) -> list[Action]:
        """These subscriptions of ours are left over from processes that are gone."""
        link = self._current(link_number)
        if link is None or not link.frees:
            return []
        if not subscriptions:
            link.frees = False
            return self._refused(link, subscription_error(_NO_ROOM), now)
        return [self._delete(link, subscription, now) for subscription in subscriptions]

    # Messages.

    def _one_by_one(
        self, link_number: int, messages: Iterable[Message | Burst]
    ) -> Iterator[Message | Burst]:
        """Give messages in order; those of a burst that needs a closer look one after another."""
        for message in messages:
            link = self._current(link_number)
            if isinstance(message, Message) or link is None or self._is_plain(link, message):
                yield message
                continue
            *before, last = message.notifications
            yield from map(Message, before)
            yield Message(last, message.wsc)

    def _is_plain(self, link: ConnectionState, burst: Burst) -> bool:
        """Whether all of a burst is ours, and only repetitions of a uuid can be in it."""
        known = link.subscription_id
        if self._overlap is not None or not known:
            return self._overlap is None
        told = {notification.subscription_id for notification in burst.notifications}
        return told <= {known, ""}

    def _accept_all(
        self, link: ConnectionState, burst: Burst, fresh: list[Notification], now: float
    ) -> None:
        """As `_accept` for each, in one look."""
        self._keep_newest_wsc(link, burst.wsc)
        link.sure_at = now
        self._note_lag(link, burst.notifications[-1], now)
        add = self._seen.add
        new = [n for n in burst.notifications if not n.uuid or add(n.uuid)]
        if len(new) < len(burst.notifications):
            self._drops.add(DropReason.SEEN_BEFORE, len(burst.notifications) - len(new))
        if link.state is Phase.REPLAYING:
            self._outage.replayed += len(new)
        fresh += new

    def _note_lag(self, link: ConnectionState, notification: Notification, now: float) -> None:
        # What is replayed was sent before, and not slowly.
        if link.state is Phase.REPLAYING:
            return
        self._ahead = closest_offset(self._ahead, link.lag.note(notification, now))

    def _dispatch(self, link: ConnectionState, content: Any, now: float) -> list[Action]:
        handler = TABLE[link.state][type(content)]
        return handler(self, link, content, now)

    def _keep_newest_wsc(self, link: ConnectionState, wsc: Wsc | None, content: Any = None) -> None:
        if wsc is None:
            return
        # After a recovery the new connection counts from the start, so its first one always wins.
        replaces = isinstance(content, ConnectionDetails)
        newest = self._wsc if link is self._link else link.newest_wsc
        if newest is not None and not replaces and wsc.sequence < newest.sequence:
            return
        link.newest_wsc = wsc
        if link is self._link:
            self._wsc, self._wsc_oauth_session = wsc, link.oauth_session

    def _greeted(
        self, link: ConnectionState, details: ConnectionDetails, now: float
    ) -> list[Action]:
        self._keep_limits(link, details)
        if link.wsc and details.recovery_state == RECOVERED:
            link.state = Phase.REPLAYING
            link.subscription_id = self._subscription_id
            # Its echo comes behind the last replayed event.
            return [self._probe(link, now)]
        actions: list[Action] = []
        if self._subscription_id and link is self._link:
            actions.append(self._delete(link, self._subscription_id, now))
        return actions + self._subscribe(link, now)

    def _keep_limits(self, link: ConnectionState, details: ConnectionDetails) -> None:
        link.limits = details
        if link is self._link:
            self._limits = details

    def _more_details(
        self, link: ConnectionState, details: ConnectionDetails, now: float
    ) -> list[Action]:
        if details.recovery_timeout is not None:
            self._keep_limits(link, details)
        return []

    def _not_greeted(self, link: ConnectionState, error: ErrorMessage, now: float) -> list[Action]:
        if link is self._link:
            self._wsc = None
        words = f"{error.refusal.code} {error.refusal.message}".strip() or "no reason given"
        return self._lost(link, ConnectionLostError(f"the gateway refused: {words}"), now)

    def _answered(self, link: ConnectionState, response: Response, now: float) -> list[Action]:
        if not link.take_answer(response.message_id):
            return self._other_answer(link, response, now)
        if not response.ok:
            return self._subscription_refused(link, response, now)
        disabled = tuple(response.disabled_filters())
        active = response.event_filters()
        actions: list[Action] = []
        if disabled != self._disabled:
            self._disabled = disabled
            actions.append(FiltersDisabled(disabled))
        link.subscription_id = response.subscription_id
        self._ahead = clock_offset(response.created, now)
        if link is self._link:
            self._subscription_id = link.subscription_id
        actions.append(SubscriptionChanged(link.subscription_id, active=True))
        if active == [] and disabled:
            return actions + self._refused(link, subscription_error(response), now)
        if link is self._next:
            actions += self._promote(link, response.created, now)
            return actions + self._live(link, now, filters=active, successor=True)
        return actions + self._live(link, now, filters=active)

    def _live(
        self,
        link: ConnectionState,
        now: float,
        *,
        filters: Sequence[str] | None,
        recovered: bool = False,
        successor: bool = False,
    ) -> list[Action]:
        link.state = Phase.LIVE
        self._retry.ready(now)
        link.sure_at = link.live_at = now
        self._rejections = 0
        self._make_plan(link, now, successor=successor)
        if successor:
            # Nothing was missed, unless the one before had lost its subscription already.
            return [*self._open_gap(now), *self._delete_orphans(now)]
        if not recovered:
            # Another subscription: nothing of it is a copy of what came before.
            self._overlap = None
        first, self._was_ready = not self._was_ready, True
        ready = Ready(first, None if filters is None else tuple(filters))
        gap = self._open_gap(now, recovered=recovered)
        return [ready, *gap, *self._delete_orphans(now)]

    def _subscription_refused(
        self, link: ConnectionState, response: Response, now: float
    ) -> list[Action]:
        error = subscription_error(response)
        if response.status == 401:
            return self._token_refused(link, error, now)
        if isinstance(error, TemporaryError):
            return self._ask_again_later(link, error, now)
        if error.code == TOO_MANY_SUBSCRIPTIONS and not link.freed:
            link.frees = link.freed = True
            spare = {self._subscription_id, *(other.subscription_id for other in self._all())}
            return [FindStale(link.number, frozenset(spare - {""}))]
        return self._refused(link, error, now)

    def _refused(self, link: ConnectionState, error: RcTailError, now: float) -> list[Action]:
        """The subscription is refused for good."""
        if link is self._next:
            return self._retire(link, now) + self._takeover_failed(error, now)
        return self.stop(now, error)

    def _token_refused(self, link: ConnectionState, error: RcTailError, now: float) -> list[Action]:
        self._rejections += 1
        if self._rejections > 1:
            # A new access token was refused as well: waiting does not help.
            refused = AuthError(error.message, hint=error.hint, code=error.code)
            return self._refused(link, refused, now)
        self._token_rejected = True
        return self._lost(link, error, now)

    def _ask_again_later(
        self, link: ConnectionState, error: TemporaryError, now: float
    ) -> list[Action]:
        if link is self._next:
            return self._retire(link, now) + self._takeover_failed(error, now)
        delay = self._retry.after(error, now)
        if delay is None:
            return self.stop(now, error)
        link.retry_request_at = now + delay
        return [Reconnecting(error.message, delay)]

    def _other_answer(self, link: ConnectionState, response: Response, now: float) -> list[Action]:
        deleted = link.deletes.pop(response.message_id, "")
        # What could not be deleted would not be at a second try either.
        self._orphans.discard(deleted)
        gone = response.ok or response.status == 404
        actions: list[Action] = []
        if deleted and gone:
            if deleted == self._subscription_id:
                self._subscription_id = ""
            if deleted == link.subscription_id:
                link.subscription_id = ""
            actions.append(SubscriptionChanged(deleted, active=False))
        if link.frees and not link.deletes:
            link.frees = False
            actions += self._subscribe(link, now)
        return actions

    def _answered_while_leaving(
        self, link: ConnectionState, response: Response, now: float
    ) -> list[Action]:
        if link.take_answer(response.message_id):
            granted = response.subscription_id if response.ok else ""
            told: list[Action] = []
            if granted:
                link.subscription_id = granted
                if link is self._link:
                    self._subscription_id = granted
                told.append(SubscriptionChanged(granted, active=True))
            return told + self._leave(link, now)
        awaited = response.message_id in link.deletes
        actions = self._other_answer(link, response, now)
        done = awaited and not link.deletes and not link.request_id
        return actions + self._dismiss(link) + self._end_if_alone() if done else actions

    def _refused_by_error(
        self, link: ConnectionState, error: ErrorMessage, now: float
    ) -> list[Action]:
        if error.message_id and error.message_id == link.request_id:
            return self._answered(link, _as_refusal(error), now)
        return self._server_error(link, error, now)

    def _refused_while_leaving(
        self, link: ConnectionState, error: ErrorMessage, now: float
    ) -> list[Action]:
        if error.message_id and error.message_id in (*link.deletes, link.request_id):
            return self._answered_while_leaving(link, _as_refusal(error), now)
        return self._server_error(link, error, now)

    def _server_error(self, link: ConnectionState, error: ErrorMessage, now: float) -> list[Action]:
        words = f"{error.refusal.message or 'an error'} ({error.refusal.code or 'no code'})"
        # Idle (WSG-902) and absolute (WSG-903) time-outs are told before the connection is closed.
        link.last_words = f"the gateway said: {words}"
        return [Notice("gateway_error", link.last_words)]

    def _echoed(self, link: ConnectionState, beat: Heartbeat, now: float) -> list[Action]:
        if beat.message_id == link.probe_id and link.probe_at is not None:
            link.lag.answered(link.probe_at)
            link.probe_at, link.probe_id = None, ""
        return []

    def _replay_ended(self, link: ConnectionState, beat: Heartbeat, now: float) -> list[Action]:
        if beat.message_id != link.probe_id:
            return []
        self._echoed(link, beat, now)
        return self._live(link, now, filters=None, recovered=True)

    def _is_ours(self, link: ConnectionState, notification: Notification) -> bool:
        told, known = notification.subscription_id, link.subscription_id
        # Before the answer the id is not known; and after subscribing once more there is nothing
        # better to do than to print: in doubt an event is printed.
        relaxed = link.resubscribed and link.state is Phase.LIVE
        return not told or not known or told == known or relaxed

    def _accept(
        self,
        link: ConnectionState,
        notification: Notification,
        fresh: list[Notification],
        now: float,
    ) -> None:
        link.sure_at = now
        self._note_lag(link, notification, now)
        if notification.uuid and not self._seen.add(notification.uuid):
            self._drops.add(DropReason.SEEN_BEFORE)
            return
        overlap = self._overlapping(now) if self._overlap is not None else None
        if overlap is not None:
            side = NEW if link.newcomer else OLD
            if overlap.is_copy(notification, side, now):
                self._drops.add(DropReason.TAKEOVER_COPY)
                return
        if link.state is Phase.REPLAYING:
            self._outage.replayed += 1
        fresh.append(notification)

    def _foreign(
        self, link: ConnectionState, notification: Notification, now: float
    ) -> list[Action]:
        link.resubscribed = True
        if link is self._link:
            # It may have been replaced at any time since we last heard of ours.
            self._outage.begin(link.sure_at, "the subscription was replaced", unsure=False)
        notice = Notice(
            "subscription_replaced",
            "the gateway sends events of another subscription: subscribing again",
            warn=True,
        )
        return [notice, *self._subscribe(link, now)]

    def _ignored(self, link: ConnectionState, content: Any, now: float) -> list[Action]:
        return []

    def _unknown(self, link: ConnectionState, message: UnknownMessage, now: float) -> list[Action]:
        return [
            Notice("unknown_message", f"a message of unknown type {message.type!r} was ignored")
        ]


_NO_ROOM = Response("", 403, {"errorCode": TOO_MANY_SUBSCRIPTIONS})


def _as_refusal(error: ErrorMessage) -> Response:
    # Whatever status it carries, an error message grants nothing.
    return Response(error.message_id, error.status if error.status >= 300 else 400, error.body)


def _delivered(fresh: list[Notification]) -> list[Action]:
    return [Deliver(fresh)] if fresh else []


Handler = Callable[[Session, ConnectionState, Any, float], list[Action]]

_OPEN: Mapping[type, Handler] = {
    ConnectionDetails: Session._more_details,
    Response: Session._other_answer,
    Notification: Session._foreign,
    ErrorMessage: Session._server_error,
    Heartbeat: Session._echoed,
    UnknownMessage: Session._unknown,
}

TABLE: Mapping[Phase, Mapping[type, Handler]] = {
    Phase.GREETING: {
        **_OPEN,
        ConnectionDetails: Session._greeted,
        ErrorMessage: Session._not_greeted,
        Response: Session._ignored,
        Heartbeat: Session._ignored,
    },
    Phase.SUBSCRIBING: {
        **_OPEN,
        Response: Session._answered,
        ErrorMessage: Session._refused_by_error,
        Notification: Session._ignored,
    },
    Phase.REPLAYING: {**_OPEN, Heartbeat: Session._replay_ended},
    Phase.LIVE: _OPEN,
    Phase.LEAVING: {
        **_OPEN,
        Response: Session._answered_while_leaving,
        ErrorMessage: Session._refused_while_leaving,
        Notification: Session._ignored,
    },
}
