"""Which connections a session has: opened, lost, opened again, replaced, closed.

At most one carries the events. Beside it there may be one that is to take its place, and some that
were replaced and only wait until their subscription is deleted.

Nothing here reads a clock, a socket or a random number: the time is an argument, and what is to be
done comes back as actions.
"""

from collections.abc import Sequence

import msgspec

from rc_tail.errors import NO_CLOSE_FRAME, ConnectionLostError, RateLimitedError, RcTailError
from rc_tail.gateway.actions import (
    Action,
    Close,
    Connect,
    Gap,
    Notice,
    Reconnecting,
    RenewToken,
    SendPing,
    SendText,
    Stop,
    TookOver,
)
from rc_tail.gateway.connection_state import (
    LEAVE_WITHIN,
    RETIRE_WITHIN,
    ConnectionState,
    Phase,
    TokenLife,
)
from rc_tail.gateway.messages import (
    ConnectionDetails,
    Wsc,
    delete_request,
    heartbeat,
    subscribe_request,
)
from rc_tail.gateway.outage import Outage
from rc_tail.gateway.overlap import Overlap
from rc_tail.gateway.renewal_plan import SOON, RenewalPlan, plan_renewal, seconds_to_outlive
from rc_tail.gateway.retry import RetryPolicy

# Copies may still come after the replaced connection is gone.
_OVERLAP_LASTS = 30.0
_NEXT_TRY = 60.0


class PreviousSession(msgspec.Struct, frozen=True):
    """A session that an earlier run of the program left behind.

    Attributes:
        wsc: The token that recovers it; None when there is none.
        oauth_session: The OAuth session that `wsc` belongs to.
        subscription_id: The subscription that may still live.
        limits: What the gateway said about the connection.
        lost_at: Since when events may be missing, on the session's clock.
        reason: Why it ended, for the gap.
        unsure: Whether events may have come to it that were not printed.
        heard_at: When its last frame came in; None for at `lost_at`.
    """

    wsc: Wsc | None
    oauth_session: str
    subscription_id: str
    limits: ConnectionDetails
    lost_at: float
    reason: str
    unsure: bool = False
    heard_at: float | None = None


class Connections:
    """The connections of one session.

    Args:
        filters: The event filters to subscribe to.
        retry: Decides when to try again and when to give up.
        past: What an earlier run left behind, to be continued.
    """

    def __init__(
        self, filters: Sequence[str], *, retry: RetryPolicy, past: PreviousSession | None = None
    ) -> None:
        self._filters = tuple(filters)
        self._retry = retry
        self._link: ConnectionState | None = None
        self._next: ConnectionState | None = None
        self._retired: dict[int, ConnectionState] = {}
        self._links = 0
        self._requests = 0
        self._retry_at: float | None = None
        self._plan: RenewalPlan | None = None
        self._failed_takeovers = 0
        self._overlap: Overlap | None = None
        self._overlap_ends = 0.0
        self._newcomer = False
        self._orphans: set[str] = set()
        # Seconds that the session's clock is ahead of the service's.
        self._ahead: float | None = None
        # What recovers the session that events come from.
        self._wsc = past.wsc if past else None
        self._wsc_oauth_session = past.oauth_session if past else ""
        self._limits = past.limits if past else ConnectionDetails()
        self._subscription_id = past.subscription_id if past else ""
        self._outage = _outage_of(past) if past else Outage()
        self._was_ready = False
        self._token_rejected = False
        self._rejections = 0
        self._stopping: Stop | None = None
        self._keeps = False
        self._ended = False

    # What happens from outside.

    def start(self, now: float) -> list[Action]:
        """Begin."""
        self._retry.offline(now)
        return self._connect(now)

    def opened(
        self,
        link_number: int,
        *,
        oauth_session: str,
        used_wsc: bool,
        now: float,
        token: TokenLife | None = None,
    ) -> list[Action]:
        """The handshake is done.

        Args:
            link_number: The connection.
            oauth_session: The OAuth session whose access token opened it.
            used_wsc: Whether it was opened with the token that recovers the session.
            now: The time.
            token: The life of that access token; None when not known.
        """
        link = self._current(link_number)
        if link is None:
            return [Close(link_number)]
        link.opened(now)
        self._token_rejected = False
        link.oauth_session = oauth_session
        link.token = token
        if not used_wsc:
            link.wsc = ""
        return []

    def open_failed(self, link_number: int, error: RcTailError, now: float) -> list[Action]:
        """The connection could not be opened."""
        link = self._current(link_number)
        if link is None:
            return []
        if link is self._next:
            return self._abandon(link) + self._takeover_failed(error, now)
        self._link = None
        return self._retry_later(error, now)

    def connection_lost(self, link_number: int, error: RcTailError, now: float) -> list[Action]:
        """The connection is gone."""
        link = self._current(link_number)
        if link is None:
            return []
        reason = link.last_words or error.message
        code = error.close_code if isinstance(error, ConnectionLostError) else NO_CLOSE_FRAME
        return self._lost(link, ConnectionLostError(reason, close_code=code), now)

    def token_renewed(self, link_number: int, token: TokenLife, now: float) -> list[Action]:
        """The OAuth session goes on with another access token."""
        link = self._current(link_number)
        if link is not None:
            link.token = token
            if link is self._link:
                self._make_plan(link, now, successor=True)
        return []

    def renewal_failed(self, link_number: int, error: RcTailError, now: float) -> list[Action]:
        """There is no other access token of the OAuth session."""
        link = self._current(link_number)
        if link is None or link is not self._link or link.state is not Phase.LIVE:
            return []
        if self._next is not None:
            return []
        if not error.retryable:
            # A new login is another session: only another connection can go on under that.
            return self._take_over(link, now)
        self._try_again(now)
        return [Notice("token", f"the access token could not be renewed: {error.message}")]

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

    def woke(self, now: float) -> list[Action]:
        """The machine, or this program, slept: no connection can be trusted."""
        link = self._link
        if self._stopping is not None or (link is None and self._next is None):
            return self.tick(now)
        slept = ConnectionLostError("the machine slept")
        actions = self._abandon(self._next) if self._next is not None else []
        if link is None:
            return actions
        if not link.is_open:
            return actions + self._abandon(link) + self._connect(now)
        actions += self._lost(link, slept, now)
        # What was read only now says nothing about the clocks.
        self._ahead = None
        return actions

    def tick(self, now: float) -> list[Action]:
        """Time has passed."""
        if self._link is None and self._retry_at is not None and now >= self._retry_at:
            return self._connect(now)
        actions: list[Action] = []
        for link in self._all():
            if self._current(link.number) is link:
                actions += self._supervise(link, now)
        carrier = self._link
        return actions + self._keep_plan(carrier, now) if carrier is not None else actions

    def next_deadline(self) -> float | None:
        """When `tick` must be called at the latest; None after the end."""
        if self._ended:
            return None
        due = [link.deadline() for link in self._all()]
        if self._link is None and self._retry_at is not None:
            due.append(self._retry_at)
        return min(due) if due else None

    def stop(
        self, now: float, error: RcTailError | None = None, *, keep: bool = False
    ) -> list[Action]:
        """End: delete the subscription, which would count for a day, and close.

        Args:
            now: The time.
            error: Why; None when it was asked for.
            keep: Whether the subscription is to be continued by a later run.
        """
        if self._ended or self._stopping is not None:
            return []
        self._stopping, self._keeps = Stop(error), keep
        actions: list[Action] = [*self._open_gap(now)] if not keep else []
        self._retry_at = None
        for link in self._all():
            if not link.is_open or link.state is Phase.GREETING:
                actions += self._dismiss(link)
            else:
                link.state, link.since, link.leave_within = Phase.LEAVING, now, LEAVE_WITHIN
                actions += self._leave(link, now)
        return actions + self._end_if_alone()

    @property
    def live_since(self) -> float | None:
        """When the present subscription was confirmed; None while there is none."""
        link = self._link
        return link.live_at if link is not None and link.state is Phase.LIVE else None

    @property
    def heard(self) -> float | None:
        """When the last frame came in on the present connection; None while there is none."""
        link = self._link
        return link.heard if link is not None and link.is_open else None

    def behind_since(self, now: float) -> float | None:
        """Since when events may be on their way, which the end of this program would lose.

        On a slow link, or on one that was replaced and has not said that it is through.

        Args:
            now: The time.

        Returns:
            None where they come at once.
        """
        slow = self._link.lag.since(self._ahead) if self._link is not None else None
        replaced = (link.unread_since(now, self._ahead) for link in self._retired.values())
        return min((since for since in (slow, *replaced) if since is not None), default=None)

    @property
    def lost_at(self) -> float | None:
        """Since when events may be missing; None while none are."""
        return self._outage.since

    @property
    def subscription_id(self) -> str:
        """The subscription that lives on the service; empty when there is none."""
        return self._subscription_id

    def past(self, now: float) -> PreviousSession:
        """Return what a later run needs to continue this session."""
        link = self._link
        heard = link.heard if link is not None and link.is_open else now
        return PreviousSession(
            wsc=self._wsc,
            oauth_session=self._wsc_oauth_session,
            subscription_id=self._subscription_id,
            limits=self._limits,
            lost_at=self._outage.since if self._outage.since is not None else heard,
            reason=self._outage.because,
        )

    # Connections come and go.

    def _all(self) -> list[ConnectionState]:
        links = [self._link, self._next, *self._retired.values()]
        return [link for link in links if link is not None]

    def _current(self, number: int) -> ConnectionState | None:
        return next((link for link in self._all() if link.number == number), None)

    def _forget(self, link: ConnectionState) -> None:
        if link is self._link:
            self._link = None
        elif link is self._next:
            self._next = None
        else:
            self._retired.pop(link.number, None)

    def _connect(self, now: float) -> list[Action]:
        self._links += 1
        self._retry_at = None
        wsc = self._usable_wsc(now)
        self._link = ConnectionState(
            number=self._links, since=now, wsc=wsc, newcomer=self._newcomer
        )
        oauth_session = self._wsc_oauth_session if wsc else ""
        return [Connect(self._links, wsc, oauth_session, self._token_rejected)]

    def _usable_wsc(self, now: float) -> str:
        if self._wsc is None or not self._subscription_id:
            return ""
        if self._outage.lasts_longer(now, self._limits.recovery_timeout):
            return ""
        return self._wsc.token

    def _lost(self, link: ConnectionState, error: RcTailError, now: float) -> list[Action]:
        if self._stopping is not None:
            return (
                _unread(link, self._ahead, error, now) + self._abandon(link) + self._end_if_alone()
            )
        if link is self._next:
            return self._abandon(link) + self._takeover_failed(error, now)
        if link is not self._link:
            self._orphans |= {link.subscription_id} - {""}
            return (
                _unread(link, self._ahead, error, now)
                + self._abandon(link)
                + self._delete_orphans(now)
            )
        if self._was_ready:
            unsure = not (isinstance(error, ConnectionLostError) and error.in_order)
            self._outage.begin(
                link.served_until(now, self._ahead), error.message, unsure=unsure and link.serves
            )
        self._newcomer = link.newcomer
        actions = self._abandon(link)
        if self._next is not None:
            # The session that was cut is recovered first: only that brings back what was missed,
            # and once more what came on the other connection.
            self._overlap_ends = now + _OVERLAP_LASTS
            actions += self._retire(self._next, now)
        return actions + self._retry_later(error, now)

    def _abandon(self, link: ConnectionState) -> list[Action]:
        link.state = Phase.GONE
        self._forget(link)
        return [Close(link.number, abort=True)]

    def _dismiss(self, link: ConnectionState) -> list[Action]:
        self._forget(link)
        return [Close(link.number, abort=not link.is_open)]

    def _retry_later(self, error: RcTailError, now: float) -> list[Action]:
        delay = self._retry.after(error, now)
        if delay is None:
            return self.stop(now, error)
        self._retry_at = now + delay
        return [Reconnecting(error.message, delay)]

    def _leave(self, link: ConnectionState, now: float) -> list[Action]:
        """Delete what must not be left behind; close when there is nothing to wait for."""
        link.frees, link.retry_request_at = False, None
        if link.request_id:
            # What was asked for a moment ago may be granted: then it has to be deleted too.
            return []
        left = self._left_behind(link)
        if left and left not in link.deletes.values():
            return [self._delete(link, left, now)]
        if self._keeps and link is self._link and not link.deletes:
            # Events may still come until the gateway has closed as well: they count as received.
            return [Close(link.number)]
        return [] if link.deletes else self._dismiss(link) + self._end_if_alone()

    def _left_behind(self, link: ConnectionState) -> str:
        """The subscription that ends with this connection; empty when it is to live on."""
        if self._keeps and link is self._link:
            return ""
        return link.subscription_id or (self._subscription_id if link is self._link else "")

    def _end_if_alone(self) -> list[Action]:
        if self._stopping is None or self._ended or self._all():
            return []
        self._ended = True
        return [self._stopping]

    def _open_gap(self, now: float, *, recovered: bool = False) -> list[Gap]:
        """Tell the time without a subscription, if there was one, as over."""
        buffer = self._limits.recovery_buffer_size
        return self._outage.end(now, recovered=recovered, buffer=buffer)

    def _supervise(self, link: ConnectionState, now: float) -> list[Action]:
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

    # One connection takes another's place.

    def _make_plan(self, link: ConnectionState, now: float, *, successor: bool) -> None:
        self._plan = plan_renewal(link, now, successor=successor)
        # While another connection is on its way there is nothing more to plan.
        link.renew_at = self._plan.at if self._plan is not None and self._next is None else None

    def _keep_plan(self, link: ConnectionState, now: float) -> list[Action]:
        if link.state is not Phase.LIVE or link.renew_at is None or now < link.renew_at:
            return []
        link.renew_at = None
        if self._plan is not None and self._plan.renews:
            return [RenewToken(link.number, link.oauth_session, seconds_to_outlive(link, now))]
        return self._take_over(link, now)

    def _take_over(self, link: ConnectionState, now: float) -> list[Action]:
        link.renew_at, link.newcomer = None, False
        self._overlap = None
        self._links += 1
        self._next = ConnectionState(number=self._links, since=now, newcomer=True)
        rejected = self._token_rejected
        return [Connect(self._links, rejected=rejected, min_life=seconds_to_outlive(link, now))]

    def _takeover_failed(self, error: RcTailError, now: float) -> list[Action]:
        self._overlap = None
        asked = error.retry_after if isinstance(error, RateLimitedError) else None
        delay = self._try_again(now, at_least=asked or 0.0)
        words = f"{error.message}; the present connection goes on, the next try is in {delay:.0f} s"
        return [Notice("takeover", f"no other connection could take over: {words}")]

    def _try_again(self, now: float, *, at_least: float = 0.0) -> float:
        self._failed_takeovers = min(self._failed_takeovers + 1, 16)
        delay: float = max(at_least, min(_NEXT_TRY, SOON * 2**self._failed_takeovers))
        if self._link is not None:
            self._link.renew_at = now + delay
        return delay

    def _retire(self, link: ConnectionState, now: float) -> list[Action]:
        """Let a connection go that does not carry the events, or no more."""
        if not link.is_open or not (link.request_id or link.subscription_id):
            return self._abandon(link)
        self._forget(link)
        link.state, link.since, link.leave_within = Phase.LEAVING, now, RETIRE_WITHIN
        self._retired[link.number] = link
        return self._leave(link, now)

    def _promote(self, link: ConnectionState, created: str, now: float) -> list[Action]:
        """The subscription of the next connection is confirmed: it carries the events now."""
        before, self._link, self._next = self._link, link, None
        self._wsc, self._wsc_oauth_session = link.newest_wsc, link.oauth_session
        self._limits, self._subscription_id = link.limits, link.subscription_id
        self._failed_takeovers = 0
        if self._overlap is not None:
            self._overlap.confirm(created)
        self._overlap_ends = now + _OVERLAP_LASTS
        reason = self._plan.reason if self._plan is not None else ""
        actions: list[Action] = [TookOver(reason)]
        if before is not None:
            before.replaced_at = now
            actions += self._retire(before, now)
        return actions

    def _overlapping(self, now: float) -> Overlap | None:
        """Return what pairs the events of two connections, while there may be copies."""
        over = now >= self._overlap_ends and self._next is None and not self._retired
        if over:
            self._overlap = None
        return self._overlap

    def _delete_orphans(self, now: float) -> list[Action]:
        """Delete the subscriptions of replaced connections that were lost too early."""
        carrier = self._link
        if carrier is None or carrier.state is not Phase.LIVE:
            return []
        left = self._orphans.difference(carrier.deletes.values())
        return [self._delete(carrier, subscription, now) for subscription in sorted(left)]

    # Requests.

    def _next_id(self) -> str:
        self._requests += 1
        return f"rc-tail-{self._requests}"

    def _subscribe(self, link: ConnectionState, now: float) -> list[Action]:
        link.state, link.since, link.sent = Phase.SUBSCRIBING, now, now
        link.retry_request_at = None
        link.request_id = self._next_id()
        if link is self._next:
            self._overlap = Overlap()
        return [SendText(link.number, subscribe_request(link.request_id, self._filters))]

    def _probe(self, link: ConnectionState, now: float) -> Action:
        link.probe_id, link.probe_at, link.sent = self._next_id(), now, now
        return SendText(link.number, heartbeat(link.probe_id))

    def _delete(self, link: ConnectionState, subscription_id: str, now: float) -> Action:
        request_id = self._next_id()
        link.deletes[request_id] = subscription_id
        link.sent = now
        return SendText(link.number, delete_request(request_id, subscription_id))


def _unread(
    link: ConnectionState, ahead: float | None, error: RcTailError, now: float
) -> list[Action]:
    """Tell what a replaced connection may have had on its way that was not told on the other."""
    start = link.unread_since(now, ahead)
    return [] if start is None else [Gap(start, now, error.message, recovered=False)]


def _outage_of(past: PreviousSession) -> Outage:
    return Outage(past.lost_at, past.reason, unsure=past.unsure, heard_at=past.heard_at)
