"""The only loop: takes what connections and workers bring to its mailbox, asks the session, acts.

Nothing that can block runs here: tokens, handshakes and history are fetched by workers, output is
written by the outlet's thread. Connections are read here, which never blocks, and closed by
workers.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from rc_tail.errors import RcTailError, SinkError, TimedOutError
from rc_tail.gateway.actions import (
    Action,
    Close,
    Connect,
    Deliver,
    FiltersDisabled,
    FindStale,
    Gap,
    Notice,
    Ready,
    Reconnecting,
    RenewToken,
    SendPing,
    SendText,
    Stop,
    SubscriptionChanged,
    TookOver,
)
from rc_tail.gateway.batch_decoder import Burst, Unreadable, decode_batch
from rc_tail.gateway.drops import DropReason
from rc_tail.gateway.messages import Message, Notification
from rc_tail.history.gap_filler import PrintEvents, ReadPastEvents, ReportGap, ReportHistory, Step
from rc_tail.status.snapshot import Condition, Snapshot, Watchers
from rc_tail.system.clocks import clock, moment_of
from rc_tail.tail.dialer import DialedConnection
from rc_tail.tail.mailbox import (
    ConnectionEnded,
    Crashed,
    FramesCame,
    HistoryCame,
    Item,
    OfLink,
    Opened,
    OpenFailed,
    Output,
    OutputFailed,
    OutputLost,
    RenewalFailed,
    SignalCame,
    StaleFound,
    TokenRenewed,
    Written,
)
from rc_tail.tail.open_connections import OpenConnections
from rc_tail.tail.parts import EventAction, Limits, Parts, TailEnding
from rc_tail.tail.sleep_detector import SleepDetector
from rc_tail.text.timestamps import unix_time
from rc_tail.transport.websocket import Incoming, Pong

Told = Ready | FiltersDisabled | Reconnecting | TookOver | Gap | Notice | SubscriptionChanged

LOOK_UP_EVERY = 5.0  # a machine that slept is noticed this soon after waking
DRAIN_WITHIN = 2.0
JOIN_EVERY = 0.2


class Tail:
    """Runs one session to its end.

    Args:
        parts: What it is made of.
        limits: When to end.
        waiting: Events that an earlier run received and did not print, in parts.
        continue_by: The command that continues after the end, where one can.
        whole: Whether whole messages are needed, and not only their payloads.
    """

    def __init__(
        self,
        parts: Parts,
        limits: Limits,
        *,
        waiting: Iterable[Sequence[Notification]] = (),
        continue_by: str = "",
        whole: bool = False,
    ) -> None:
        self._session = parts.session
        self._filling = parts.filling
        self._workers = parts.workers
        self._outlet = parts.outlet
        self._mailbox = parts.mailbox
        self._narrator = parts.narrator
        self._keeper = parts.keeper
        self._kind_of = parts.kind_of
        self._keep = parts.keep
        self._actor = parts.actor
        self._drops = parts.drops
        self._watchers = Watchers(parts.watchers, self._snapshot)
        self._last_event: float | None = None
        self._last_kind = ""
        self._heard: float | None = None
        self._links = OpenConnections(parts.mailbox, parts.workers.spawn)
        self._waking = SleepDetector()
        self._limits = limits
        self._waiting = waiting
        self._continue_by = continue_by
        self._whole = whole
        self._started = clock()
        self._ends_at: float | None = None
        self._reading_since: Gap | None = None
        self._printed = 0
        self._signal: int | None = None
        self._is_to_end = False
        self._stopped: Stop | None = None

    def run(self) -> TailEnding:
        """Tail until a limit, a signal or an error ends it.

        Raises:
            BaseException: Whatever a worker thread did not foresee.
        """
        try:
            stop = self._until_stopped()
        except BaseException:
            self._links.abort()
            raise
        return self._finish(stop)

    def _until_stopped(self) -> Stop:
        self._begin(clock())
        while self._stopped is None:
            before, planned = clock(), self._wait_until()
            item = self._mailbox.get(planned - before)
            now = clock()
            self._waking.noticed(now, planned, before)
            if item is not None:
                self._take(item, now)
            if (written := self._mailbox.latest()) is not None:
                # Most events are written while they are taken: that is no other round.
                self._take(written, now)
            self._pass_time(clock())
        return self._stopped

    def _begin(self, now: float) -> None:
        for part in self._waiting:
            # They were handed over in the run that received them.
            self._narrator.delivered(self._kinds_of(part))
            self._outlet.put(part)
        if (lost := self._keeper.lost_before(now)) is not None:
            self._narrator.gap(lost)
        if self._limits.since is not None and not self._limits.follow:
            self._carry_out(self._filling.since(self._limits.since, now))
            return
        self._perform(self._session.start(now))

    # Waiting.

    def _wait_until(self) -> float:
        deadlines = (
            self._session.next_deadline() if self._waking.until is None else self._waking.until,
            self._filling.deadline(),
            self._keeper.deadline(),
            self._watchers.deadline(),
            self._ends_at,
        )
        now = clock()
        # What is due already is no sign that the program was late for it.
        due = (max(d, now) for d in deadlines if d is not None)
        return min([now + LOOK_UP_EVERY, *due])

    def _pass_time(self, now: float) -> None:
        if self._ends_at is not None and now >= self._ends_at:
            self._ends_at = None
            self._stop(self._too_late(), now)
        self._look_at_connections(now)
        self._carry_out(self._filling.tick(now))
        self._keeper.changed(self._session, now)
        self._keeper.tick(now)
        self._watchers.look(now, self._condition())

    def _look_at_connections(self, now: float) -> None:
        waking = self._waking.until
        deadline = self._session.next_deadline() if waking is None else waking
        if deadline is None or now < deadline:
            return
        if waking is not None and self._waking.over():
            self._perform(self._session.woke(now))
        else:
            self._perform(self._session.tick(now))

    def _too_late(self) -> RcTailError | None:
        count = self._limits.count
        if count is None:
            return None
        return TimedOutError(f"the time was over after {self._printed} of {count} events")

    def _stop(self, error: RcTailError | None, now: float) -> None:
        self._is_to_end = True
        self._perform(self._session.stop(now, error, keep=self._keeper.keeps))

    # What happened.

    def _take(self, item: Item, now: float) -> None:
        match item:
            case FramesCame(link, incoming):
                self._receive(link, incoming, self._waking.something_came(now))
            case Written():
                self._written(item, now)
            case HistoryCame(number, records, failures, error):
                self._carry_out(self._filling.filled(number, records, failures))
                self._end_after_history(error, now)
            case OutputFailed() | OutputLost() | SignalCame() | Crashed():
                self._take_ending(item, now)
            case _:
                self._perform(self._of_link(item, now))

    def _of_link(self, item: OfLink, now: float) -> Sequence[Action]:
        session = self._session
        match item:
            case Opened(link, dialed):
                return self._opened(link, dialed, now)
            case OpenFailed(link, error):
                return session.open_failed(link, error, now)
            case ConnectionEnded(link, error):
                return session.connection_lost(link, error, now)
            case TokenRenewed(link, token):
                return session.token_renewed(link, token, now)
            case RenewalFailed(link, error):
                return session.renewal_failed(link, error, now)
            case StaleFound(link, subscriptions):
                return session.stale_found(link, subscriptions, now)

    def _take_ending(self, item: Output | SignalCame | Crashed, now: float) -> None:
        match item:
            case SignalCame(number):
                self._signal = number
                self._stop(None, now)
            case OutputFailed(error):
                self._stop(error, now)
            case OutputLost(events, reason):
                self._keeper.dropped(events)
                self._narrator.gap(Gap(now, now, reason, recovered=False, events=events))
            case Crashed(error):
                raise error

    def _written(self, written: Written, now: float) -> None:
        self._printed = written.total
        self._last_event = now
        if written.events:
            self._last_kind = self._kind_of(written.events[-1].event)
        self._keeper.written(written.events)
        if self._enough():
            self._stop(None, now)

    def _enough(self) -> bool:
        """Whether as much was printed as was asked for."""
        return self._limits.count is not None and self._printed >= self._limits.count

    def _opened(self, link: int, dialed: DialedConnection, now: float) -> Sequence[Action]:
        actions = self._session.opened(
            link,
            oauth_session=dialed.oauth_session,
            used_wsc=dialed.used_wsc,
            token=dialed.token,
            now=now,
        )
        refused = any(isinstance(a, Close) and a.link == link for a in actions)
        self._links.add(link, dialed.connection, reads=not refused)
        return actions

    def _receive(self, link: int, incoming: Sequence[Incoming], now: float) -> None:
        self._keeper.frame_came(now)
        good: list[Message | Burst] = []
        for part in decode_batch(incoming, whole=self._whole):
            match part:
                case Unreadable(why):
                    # What came before it is handed over before the trouble is told.
                    self._perform(self._session.receive(link, good, now))
                    good = []
                    self._perform(self._session.message_dropped(link, why, now))
                case Pong():
                    self._session.frame_came(link, now)
                case _:
                    good.append(part)
        self._perform(self._session.receive(link, good, now))

    # What to do.

    def _perform(self, actions: Sequence[Action]) -> None:
        for action in actions:
            self._act(action)

    def _act(self, action: Action) -> None:
        match action:
            case Deliver(notifications):
                self._carry_out(self._filling.live(notifications))
            case SendText(link, text):
                self._links.send(link, lambda connection: connection.send_text(text))
            case SendPing(link):
                self._links.send(link, lambda connection: connection.ping())
            case Close(link, code, abort):
                self._links.close(link, code, abort=abort)
            case Connect() | RenewToken() | FindStale():
                self._workers.start(action)
            case Stop():
                self._stopped = action
            case _:
                self._tell(action)

    def _tell(self, action: Told) -> None:
        match action:
            case Ready():
                self._became_ready(action)
            case FiltersDisabled():
                self._narrator.filters_disabled(action)
            case Reconnecting():
                self._narrator.reconnecting(action, clock())
            case TookOver():
                self._narrator.took_over(action)
            case Gap():
                self._keeper.gap_opened(action)
                self._carry_out(self._filling.gap(action, clock()))
            case Notice():
                self._narrator.notice(action)
            case SubscriptionChanged(subscription_id, active):
                self._keeper.subscription(subscription_id, active=active)

    def _became_ready(self, action: Ready) -> None:
        self._narrator.ready(action)
        if not action.first:
            return
        try:
            self._watchers.ready()
        except SinkError as error:
            # Whoever waits for a sign would wait for ever.
            self._mailbox.put(OutputFailed(error))
        now = clock()
        if self._limits.seconds is not None:
            self._ends_at = now + self._limits.seconds
        if self._limits.since is not None:
            # Until it is read all of its time is missing, and what comes in is not printed yet.
            since = self._limits.since
            self._reading_since = Gap(since, now, "the history was read", recovered=True)
            self._keeper.gap_opened(self._reading_since)
            self._carry_out(self._filling.since(self._limits.since, now))

    def _carry_out(self, steps: Sequence[Step]) -> None:
        for step in steps:
            match step:
                case PrintEvents(notifications):
                    self._deliver(notifications)
                case ReadPastEvents():
                    self._workers.read_history(step)
                case ReportGap(gap, filled, failures, over):
                    self._narrator.gap(gap, filled=filled, failures=failures)
                    if over:
                        self._keeper.gap_closed(gap)
                case ReportHistory():
                    self._narrator.history(step)
                    self._history_is_read(step)

    def _history_is_read(self, told: ReportHistory) -> None:
        for gap in told.closes:
            self._keeper.gap_closed(gap)
        asked_for, self._reading_since = self._reading_since, None
        if asked_for is not None and told.over:
            self._keeper.gap_closed(asked_for)

    def _deliver(self, notifications: Sequence[Notification]) -> None:
        if self._keep is not None:
            notifications = [n for n in notifications if self._keep(n)]
            if not notifications:
                return
        self._narrator.delivered(self._kinds_of(notifications))
        self._keeper.taken(notifications, clock())
        self._outlet.put(notifications)
        if self._actor is not None:
            self._actor.put(notifications)

    def _kinds_of(self, notifications: Sequence[Notification]) -> Counter[str]:
        """Count events by kind; there are few different ones in many."""
        kinds: Counter[str] = Counter()
        for event, count in Counter([n.event for n in notifications]).items():
            kinds[self._kind_of(event)] += count
        return kinds

    def _end_after_history(self, error: RcTailError | None, now: float) -> None:
        if not self._limits.follow and not self._filling.busy:
            self._stop(error, now)

    # How it is.

    def _condition(self) -> Condition:
        if self._is_to_end or self._stopped is not None:
            return Condition.ENDING
        if self._session.live_since is not None:
            return Condition.LIVE
        return Condition.RECONNECTING if self._narrator.was_ready else Condition.CONNECTING

    def _snapshot(self, now: float) -> Snapshot:  # noqa: ARG002 - what makes snapshots is asked so
        live_since = self._session.live_since
        heard = self._session.heard
        self._heard = heard if heard is not None else self._heard
        return Snapshot(
            self._condition(),
            doing=self._doing(live_since),
            next_try=self._narrator.next_try,
            live_since=live_since,
            last_frame=self._heard,
            last_event=self._last_event,
            last_kind=self._last_kind,
            printed=self._printed,
            waiting=self._outlet.waiting(),
            reconnects=self._narrator.reconnects,
            gaps=self._narrator.gaps,
            dropped=self._drops.by_reason(),
        )

    def _doing(self, live_since: float | None) -> str:
        if self._is_to_end or self._stopped is not None:
            return "ending"
        return "live" if live_since is not None else self._narrator.doing

    # The end.

    def _finish(self, stop: Stop) -> TailEnding:
        self._carry_out(self._filling.end(later=self._keeper.keeps))
        if self._actor is not None:
            self._actor.close()
        left = self._outlet.close(DRAIN_WITHIN)
        self._narrator.not_printed(self._kinds_of(left))
        self._links.join()
        self._late_news()
        if self._actor is not None:
            self._see_out(self._actor)
        now = clock()
        lost = self._keeper.end(self._session, left, now)
        if self._enough():
            self._drops.add(DropReason.COUNT, lost)
        elif lost:
            self._narrator.gap(_not_taken(left[len(left) - lost :], now))
        self._narrator.summary(
            seconds=now - self._started,
            printed=self._printed,
            continue_by=self._continue_by if self._keeper.keeps else "",
        )
        return TailEnding(stop.error, self._signal)

    def _see_out(self, actor: EventAction) -> None:
        """Wait for what is being done about events; after a signal not for long."""
        if self._signal is not None:
            actor.hurry()
        while not actor.join(JOIN_EVERY):
            self._late_news()
            if self._signal is not None:
                actor.hurry()

    def _late_news(self) -> None:
        """Hear what was said while the end was on its way."""
        while (item := self._mailbox.get(0)) is not None:
            match item:
                case Written():
                    self._printed = item.total
                    self._keeper.written(item.events)
                case Opened(_, dialed):
                    dialed.connection.abort()
                case OutputLost() | Crashed():
                    self._take_ending(item, clock())
                case SignalCame(number):
                    self._signal = number
                case _:
                    pass


def _not_taken(events: Sequence[Notification], now: float) -> Gap:
    """Tell the time of events that the output did not take, as they say it themselves."""
    sent = [at for event in events if (at := unix_time(event.timestamp)) is not None]
    start, end = (moment_of(min(sent)), moment_of(max(sent))) if sent else (now, now)
    reason = "the output did not take them"
    return Gap(min(start, now), min(end, now), reason, recovered=False, events=len(events))
