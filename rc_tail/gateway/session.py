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

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from rc_tail.errors import AuthError, ConnectionLostError, RcTailError, TemporaryError
from rc_tail.gateway.actions import (
    Action,
    Close,
    Connect,
    Deliver,
    FiltersDisabled,
    Gap,
    Notice,
    Ready,
    Reconnecting,
    SendPing,
    SendText,
    Stop,
    SubscriptionChanged,
)
from rc_tail.gateway.link import Link, State
from rc_tail.gateway.messages import (
    ConnectionDetails,
    ErrorMessage,
    Heartbeat,
    Message,
    Notification,
    Response,
    UnknownMessage,
    Wsc,
    delete_request,
    heartbeat,
    subscribe_request,
)
from rc_tail.gateway.refusals import subscription_error
from rc_tail.gateway.retry import RetryPolicy

RECOVERED = "Successful"


class Seen(Protocol):
    """Remembers what was handed over."""

    def add(self, uuid: str) -> bool:
        """Remember `uuid`; return whether it is new."""
        ...


class Session:
    """One subscription, kept alive over as many connections as it takes.

    Args:
        filters: The event filters to subscribe to.
        retry: Decides when to try again and when to give up.
        seen: Remembers the uuids that were handed over.
    """

    def __init__(self, filters: Sequence[str], *, retry: RetryPolicy, seen: Seen) -> None:
        self._filters = tuple(filters)
        self._retry = retry
        self._seen = seen
        self._link: Link | None = None
        self._links = 0
        self._requests = 0
        self._retry_at: float | None = None
        self._wsc: Wsc | None = None
        self._wsc_oauth_session = ""
        self._limits = ConnectionDetails()
        self._subscription_id = ""
        self._was_ready = False
        self._lost_at: float | None = None
        self._lost_because = ""
        self._replayed = 0
        self._token_rejected = False
        self._rejections = 0
        self._stopping: Stop | None = None
        self._ended = False

    # What happens from outside.

    def start(self, now: float) -> list[Action]:
        """Begin."""
        self._retry.offline(now)
        return self._connect(now)

    def opened(
        self, link_number: int, *, oauth_session: str, used_wsc: bool, now: float
    ) -> list[Action]:
        """The handshake is done.

        Args:
            link_number: The connection.
            oauth_session: The OAuth session whose access token opened it.
            used_wsc: Whether it was opened with the token that recovers the session.
            now: The time.
        """
        link = self._current(link_number)
        if link is None:
            return [Close(link_number)]
        link.opened(now)
        self._token_rejected = False
        link.oauth_session = oauth_session
        if not used_wsc:
            link.wsc = ""
        return []

    def open_failed(self, link_number: int, error: RcTailError, now: float) -> list[Action]:
        """The connection could not be opened."""
        if self._current(link_number) is None:
            return []
        self._link = None
        return self._retry_later(error, now)

    def receive(self, link_number: int, messages: Iterable[Message], now: float) -> list[Action]:
        """Messages came in, in this order."""
        actions: list[Action] = []
        fresh: list[Notification] = []
        for message in messages:
            link = self._current(link_number)
            if link is None:
                break
            link.frame_came(now)
            link.last_words = ""
            self._keep_newest_wsc(link, message)
            if isinstance(message.content, Notification) and self._is_ours(link, message.content):
                self._accept(link, message.content, fresh, now)
                continue
            actions += _delivered(fresh)
            fresh = []
            actions += self._dispatch(link, message.content, now)
        return actions + _delivered(fresh)

    def frame_came(self, link_number: int, now: float) -> None:
        """A frame came in that is no message, such as a pong."""
        link = self._current(link_number)
        if link is not None:
            link.frame_came(now)

    def message_dropped(self, link_number: int, why: str, now: float) -> list[Action]:
        """A message came in that nobody can read: one event may be lost with it."""
        link = self._current(link_number)
        if link is None:
            return []
        start = link.heard
        link.frame_came(now)
        return [Gap(start, now, why, recovered=False, events=1)]

    def connection_lost(self, link_number: int, error: RcTailError, now: float) -> list[Action]:
        """The connection is gone."""
        link = self._current(link_number)
        if link is None:
            return []
        reason = link.last_words or error.message
        return self._lost(link, ConnectionLostError(reason), now)

    def woke(self, now: float) -> list[Action]:
        """The machine, or this program, slept: no connection can be trusted."""
        link = self._link
        if link is None or self._stopping is not None:
            return self.tick(now)
        if not link.is_open:
            return self._abandon(link) + self._connect(now)
        return self._lost(link, ConnectionLostError("the machine slept"), now)

    def tick(self, now: float) -> list[Action]:
        """Time has passed."""
        if self._link is None:
            due = self._retry_at is not None and now >= self._retry_at
            return self._connect(now) if due else []
        return self._supervise(self._link, now)

    def next_deadline(self) -> float | None:
        """When `tick` must be called at the latest; None after the end."""
        if self._ended:
            return None
        if self._link is None:
            return self._retry_at
        return self._link.deadline()

    def stop(self, now: float, error: RcTailError | None = None) -> list[Action]:
        """End: delete the subscription, which would count for a day, and close."""
        if self._ended or self._stopping is not None:
            return []
        self._stopping = Stop(error)
        actions: list[Action] = [*self._open_gap(now)]
        link = self._link
        if link is None or not link.is_open or link.state is State.GREETING:
            return actions + self._end()
        link.state, link.since = State.LEAVING, now
        return actions + self._leave(link, now)

    @property
    def subscription_id(self) -> str:
        """The subscription that lives on the service; empty when there is none."""
        return self._subscription_id

    # Connections come and go.

    def _current(self, number: int) -> Link | None:
        link = self._link
        return link if link is not None and link.number == number else None

    def _connect(self, now: float) -> list[Action]:
        self._links += 1
        self._retry_at = None
        wsc = self._usable_wsc(now)
        self._link = Link(number=self._links, since=now, wsc=wsc)
        oauth_session = self._wsc_oauth_session if wsc else ""
        return [Connect(self._links, wsc, oauth_session, self._token_rejected)]

    def _usable_wsc(self, now: float) -> str:
        if self._wsc is None or not self._subscription_id:
            return ""
        window = self._limits.recovery_timeout
        if window is not None and self._lost_at is not None and now - self._lost_at > window:
            return ""
        return self._wsc.token

    def _lost(self, link: Link, error: RcTailError, now: float) -> list[Action]:
        if self._was_ready and self._lost_at is None:
            self._lost_at = link.heard
            self._lost_because = error.message
        actions = self._abandon(link)
        if self._stopping is not None:
            return actions + self._end()
        return actions + self._retry_later(error, now)

    def _abandon(self, link: Link) -> list[Action]:
        link.state = State.GONE
        self._link = None
        return [Close(link.number, abort=True)]

    def _retry_later(self, error: RcTailError, now: float) -> list[Action]:
        delay = self._retry.after(error, now)
        if delay is None:
            return self.stop(now, error)
        self._retry_at = now + delay
        return [Reconnecting(error.message, delay)]

    def _leave(self, link: Link, now: float) -> list[Action]:
        """Delete what must not be left behind; end when there is nothing to wait for."""
        if link.request_id:
            # What was asked for a moment ago may be granted: then it has to be deleted too.
            return []
        if self._subscription_id and self._subscription_id not in link.deletes.values():
            return [self._delete(link, self._subscription_id, now)]
        return [] if link.deletes else self._end()

    def _open_gap(self, now: float, *, recovered: bool = False) -> list[Gap]:
        """Tell the time without a subscription, if there was one, as over."""
        if self._lost_at is None:
            return []
        # Whatever was replayed counts, also by a recovery that was itself cut short.
        size, replayed = self._limits.recovery_buffer_size, self._replayed
        full = recovered and size is not None and replayed >= size
        gap = Gap(self._lost_at, now, self._lost_because, recovered, replayed, overflow=full)
        self._lost_at, self._replayed = None, 0
        return [gap]

    def _end(self) -> list[Action]:
        self._ended = True
        self._retry_at = None
        actions: list[Action] = []
        if self._link is not None:
            actions.append(Close(self._link.number, abort=not self._link.is_open))
            self._link = None
        return [*actions, self._stopping or Stop()]

    def _supervise(self, link: Link, now: float) -> list[Action]:
        if reason := link.overdue(now):
            return self._lost(link, ConnectionLostError(reason), now)
        actions: list[Action] = []
        if link.retry_request_at is not None and now >= link.retry_request_at:
            actions += self._subscribe(link, now)
        if link.wants_ping(now):
            link.ping_at = now
            actions.append(SendPing(link.number))
        if link.wants_heartbeat(now):
            actions.append(self._probe(link, now))
        return actions

    # Messages.

    def _dispatch(self, link: Link, content: Any, now: float) -> list[Action]:
        handler = TABLE[link.state][type(content)]
        return handler(self, link, content, now)

    def _keep_newest_wsc(self, link: Link, message: Message) -> None:
        if message.wsc is None:
            return
        # After a recovery the new connection counts from the start, so its first one always wins.
        replaces = isinstance(message.content, ConnectionDetails)
        if replaces or self._wsc is None or message.wsc.sequence >= self._wsc.sequence:
            self._wsc = message.wsc
            self._wsc_oauth_session = link.oauth_session

    def _greeted(self, link: Link, details: ConnectionDetails, now: float) -> list[Action]:
        self._limits = details
        if link.wsc and details.recovery_state == RECOVERED:
            link.state = State.REPLAYING
            link.subscription_id = self._subscription_id
            # Its echo comes behind the last replayed event.
            return [self._probe(link, now)]
        actions: list[Action] = []
        if self._subscription_id:
            actions.append(self._delete(link, self._subscription_id, now))
        return actions + self._subscribe(link, now)

    def _more_details(self, link: Link, details: ConnectionDetails, now: float) -> list[Action]:
        if details.recovery_timeout is not None:
            self._limits = details
        return []

    def _not_greeted(self, link: Link, error: ErrorMessage, now: float) -> list[Action]:
        self._wsc = None
        words = f"{error.refusal.code} {error.refusal.message}".strip() or "no reason given"
        return self._lost(link, ConnectionLostError(f"the gateway refused: {words}"), now)

    def _subscribe(self, link: Link, now: float) -> list[Action]:
        link.state, link.since, link.sent = State.SUBSCRIBING, now, now
        link.retry_request_at = None
        link.request_id = self._next_id()
        return [SendText(link.number, subscribe_request(link.request_id, self._filters))]

    def _answered(self, link: Link, response: Response, now: float) -> list[Action]:
        if not link.take_answer(response.message_id):
            return self._other_answer(link, response, now)
        if not response.ok:
            return self._subscription_refused(link, response, now)
        disabled = tuple(response.disabled_filters())
        active = response.event_filters()
        actions: list[Action] = []
        if disabled:
            actions.append(FiltersDisabled(disabled))
        self._subscription_id = link.subscription_id = response.subscription_id
        actions.append(SubscriptionChanged(self._subscription_id, active=True))
        if active == [] and disabled:
            return actions + self.stop(now, subscription_error(response))
        return actions + self._live(link, now, filters=active)

    def _live(
        self, link: Link, now: float, *, filters: Sequence[str] | None, recovered: bool = False
    ) -> list[Action]:
        link.state = State.LIVE
        self._retry.ready()
        link.sure_at = now
        self._rejections = 0
        first, self._was_ready = not self._was_ready, True
        ready = Ready(first, None if filters is None else tuple(filters))
        return [ready, *self._open_gap(now, recovered=recovered)]

    def _subscription_refused(self, link: Link, response: Response, now: float) -> list[Action]:
        error = subscription_error(response)
        if response.status == 401:
            return self._token_refused(link, error, now)
        if isinstance(error, TemporaryError):
            return self._ask_again_later(link, error, now)
        return self.stop(now, error)

    def _token_refused(self, link: Link, error: RcTailError, now: float) -> list[Action]:
        self._rejections += 1
        if self._rejections > 1:
            # A new access token was refused as well: waiting does not help.
            return self.stop(now, AuthError(error.message, hint=error.hint, code=error.code))
        self._token_rejected = True
        return self._lost(link, error, now)

    def _ask_again_later(self, link: Link, error: TemporaryError, now: float) -> list[Action]:
        delay = self._retry.after(error, now)
        if delay is None:
            return self.stop(now, error)
        link.retry_request_at = now + delay
        return [Reconnecting(error.message, delay)]

    def _other_answer(self, link: Link, response: Response, now: float) -> list[Action]:
        deleted = link.deletes.pop(response.message_id, "")
        gone = response.ok or response.status == 404
        if not deleted or not gone:
            return []
        if deleted == self._subscription_id:
            self._subscription_id = ""
        return [SubscriptionChanged(deleted, active=False)]

    def _answered_while_leaving(self, link: Link, response: Response, now: float) -> list[Action]:
        if link.take_answer(response.message_id):
            granted = response.subscription_id if response.ok else ""
            self._subscription_id = granted or self._subscription_id
            told = [SubscriptionChanged(granted, active=True)] if granted else []
            return [*told, *self._leave(link, now)]
        awaited = response.message_id in link.deletes
        actions = self._other_answer(link, response, now)
        # What could not be deleted would not be at a second try either.
        done = awaited and not link.deletes and not link.request_id
        return actions + self._end() if done else actions

    def _refused_by_error(self, link: Link, error: ErrorMessage, now: float) -> list[Action]:
        if error.message_id and error.message_id == link.request_id:
            return self._answered(link, _as_refusal(error), now)
        return self._server_error(link, error, now)

    def _refused_while_leaving(self, link: Link, error: ErrorMessage, now: float) -> list[Action]:
        if error.message_id and error.message_id in (*link.deletes, link.request_id):
            return self._answered_while_leaving(link, _as_refusal(error), now)
        return self._server_error(link, error, now)

    def _server_error(self, link: Link, error: ErrorMessage, now: float) -> list[Action]:
        words = f"{error.refusal.message or 'an error'} ({error.refusal.code or 'no code'})"
        # Idle (WSG-902) and absolute (WSG-903) time-outs are told before the connection is closed.
        link.last_words = f"the gateway said: {words}"
        return [Notice("gateway_error", link.last_words)]

    def _echoed(self, link: Link, beat: Heartbeat, now: float) -> list[Action]:
        if beat.message_id == link.probe_id:
            link.probe_at, link.probe_id = None, ""
        return []

    def _replay_ended(self, link: Link, beat: Heartbeat, now: float) -> list[Action]:
        if beat.message_id != link.probe_id:
            return []
        self._echoed(link, beat, now)
        return self._live(link, now, filters=None, recovered=True)

    def _is_ours(self, link: Link, notification: Notification) -> bool:
        told, known = notification.subscription_id, link.subscription_id
        # Before the answer the id is not known; and after subscribing once more there is nothing
        # better to do than to print: in doubt an event is printed.
        relaxed = link.resubscribed and link.state is State.LIVE
        return not told or not known or told == known or relaxed

    def _accept(
        self, link: Link, notification: Notification, fresh: list[Notification], now: float
    ) -> None:
        link.sure_at = now
        if notification.uuid and not self._seen.add(notification.uuid):
            return
        if link.state is State.REPLAYING:
            self._replayed += 1
        fresh.append(notification)

    def _foreign(self, link: Link, notification: Notification, now: float) -> list[Action]:
        link.resubscribed = True
        if self._lost_at is None:
            # It may have been replaced at any time since we last heard of ours.
            self._lost_at, self._lost_because = link.sure_at, "the subscription was replaced"
        notice = Notice(
            "subscription_replaced",
            "the gateway sends events of another subscription: subscribing again",
            warn=True,
        )
        return [notice, *self._subscribe(link, now)]

    def _ignored(self, link: Link, content: Any, now: float) -> list[Action]:
        return []

    def _unknown(self, link: Link, message: UnknownMessage, now: float) -> list[Action]:
        return [
            Notice("unknown_message", f"a message of unknown type {message.type!r} was ignored")
        ]

    # Requests.

    def _next_id(self) -> str:
        self._requests += 1
        return f"rc-tail-{self._requests}"

    def _probe(self, link: Link, now: float) -> Action:
        link.probe_id, link.probe_at, link.sent = self._next_id(), now, now
        return SendText(link.number, heartbeat(link.probe_id))

    def _delete(self, link: Link, subscription_id: str, now: float) -> Action:
        request_id = self._next_id()
        link.deletes[request_id] = subscription_id
        link.sent = now
        return SendText(link.number, delete_request(request_id, subscription_id))


def _as_refusal(error: ErrorMessage) -> Response:
    # Whatever status it carries, an error message grants nothing.
    return Response(error.message_id, error.status if error.status >= 300 else 400, error.body)


def _delivered(fresh: list[Notification]) -> list[Action]:
    return [Deliver(fresh)] if fresh else []


Handler = Callable[[Session, Link, Any, float], list[Action]]

_OPEN: Mapping[type, Handler] = {
    ConnectionDetails: Session._more_details,
    Response: Session._other_answer,
    Notification: Session._foreign,
    ErrorMessage: Session._server_error,
    Heartbeat: Session._echoed,
    UnknownMessage: Session._unknown,
}

TABLE: Mapping[State, Mapping[type, Handler]] = {
    State.GREETING: {
        **_OPEN,
        ConnectionDetails: Session._greeted,
        ErrorMessage: Session._not_greeted,
        Response: Session._ignored,
        Heartbeat: Session._ignored,
    },
    State.SUBSCRIBING: {
        **_OPEN,
        Response: Session._answered,
        ErrorMessage: Session._refused_by_error,
        Notification: Session._ignored,
    },
    State.REPLAYING: {**_OPEN, Heartbeat: Session._replay_ended},
    State.LIVE: _OPEN,
    State.LEAVING: {
        **_OPEN,
        Response: Session._answered_while_leaving,
        ErrorMessage: Session._refused_while_leaving,
        Notification: Session._ignored,
    },
}
