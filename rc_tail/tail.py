"""The only loop: takes what readers and workers leave in its mailbox, asks the session, acts.

Nothing that can block runs here: tokens and handshakes are fetched by workers, output is written
by the outlet's thread, connections are read and closed by theirs.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rc_tail.clocks import clock
from rc_tail.dialer import Dialed
from rc_tail.errors import ConnectionLostError, MalformedMessageError, RcTailError, TimedOutError
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
from rc_tail.gateway.messages import Message, Notification, decode
from rc_tail.gateway.session import Session
from rc_tail.gateway.transport import Connection, Dropped, Incoming, Reader, Text
from rc_tail.mailbox import (
    Batch,
    Crashed,
    Item,
    Lost,
    Mailbox,
    Opened,
    OpenFailed,
    Output,
    OutputFailed,
    OutputLost,
    SignalCame,
    Written,
)
from rc_tail.narrator import Narrator

Told = Ready | FiltersDisabled | Reconnecting | Gap | Notice | SubscriptionChanged

LOOK_UP_EVERY = 5.0  # a machine that slept is noticed this soon after waking
SLEPT = 10.0  # later than planned by this much: the program did not run meanwhile
DRAIN_WITHIN = 2.0
CLOSE_WITHIN = 2.0


class Dials(Protocol):
    """Opens connections; may block."""

    def dial(self, request: Connect) -> Dialed:
        """Open one.

        Raises:
            RcTailError: It could not be opened.
        """
        ...


class Outlet(Protocol):
    """Takes events without blocking, and writes them."""

    def put(self, batch: Sequence[Notification]) -> None:
        """Take events to be written in this order."""
        ...

    def close(self, timeout: float) -> list[Notification]:
        """Write what is left within `timeout` seconds; return what was not written."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """When a tail ends by itself.

    Attributes:
        count: After so many written events.
        seconds: So long after it became ready.
    """

    count: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a tail ended: by an error, by a signal, or as asked."""

    error: RcTailError | None = None
    signal: int | None = None


class Tail:
    """Runs one session to its end.

    Args:
        session: Decides.
        dialer: Opens connections.
        outlet: Writes events.
        mailbox: Where everything that happens arrives.
        narrator: Tells what happens.
        limits: When to end.
        kind_of: Names the kind of an event, for the summary.
    """

    def __init__(
        self,
        *,
        session: Session,
        dialer: Dials,
        outlet: Outlet,
        mailbox: Mailbox,
        narrator: Narrator,
        limits: Limits,
        kind_of: Callable[[str], str],
    ) -> None:
        self._session = session
        self._dialer = dialer
        self._outlet = outlet
        self._mailbox = mailbox
        self._narrator = narrator
        self._limits = limits
        self._kind_of = kind_of
        self._readers: dict[int, Reader] = {}
        self._connections: dict[int, Connection] = {}
        self._closing: list[threading.Thread] = []
        self._started = clock()
        self._ends_at: float | None = None
        self._printed = 0
        self._signal: int | None = None
        self._stopped: Stop | None = None
        self._stopping = False

    def run(self) -> Ending:
        """Tail until a limit, a signal or an error ends it.

        Raises:
            BaseException: Whatever a worker thread did not foresee.
        """
        self._perform(self._session.start(clock()))
        while self._stopped is None:
            planned = self._wait_until()
            item = self._mailbox.get(planned - clock())
            now = clock()
            if now > planned + SLEPT:
                self._perform(self._session.woke(now))
            if item is not None:
                self._take(item, now)
            self._pass_time(clock())
        return self._finish(self._stopped)

    # Waiting.

    def _wait_until(self) -> float:
        due = [clock() + LOOK_UP_EVERY]
        deadline = self._session.next_deadline()
        due += [t for t in (deadline, self._ends_at) if t is not None]
        return min(due)

    def _pass_time(self, now: float) -> None:
        if self._ends_at is not None and now >= self._ends_at:
            self._ends_at = None
            self._stop(self._too_late(), now)
        deadline = self._session.next_deadline()
        if deadline is not None and now >= deadline:
            self._perform(self._session.tick(now))

    def _too_late(self) -> RcTailError | None:
        count = self._limits.count
        if count is None:
            return None
        return TimedOutError(f"the time was over after {self._printed} of {count} events")

    def _stop(self, error: RcTailError | None, now: float) -> None:
        self._stopping = True
        self._perform(self._session.stop(now, error))

    # What happened.

    def _take(self, item: Item, now: float) -> None:
        match item:
            case Batch(link, incoming):
                self._receive(link, incoming, now)
            case Written(total):
                self._written(total, now)
            case Opened(link, dialed):
                self._opened(link, dialed, now)
            case OpenFailed(link, error):
                self._perform(self._session.open_failed(link, error, now))
            case Lost(link, error):
                self._perform(self._session.connection_lost(link, error, now))
            case _:
                self._take_ending(item, now)

    def _take_ending(self, item: Output | SignalCame | Crashed, now: float) -> None:
        match item:
            case SignalCame(number):
                self._signal = number
                self._stop(None, now)
            case OutputFailed(error):
                self._stop(error, now)
            case OutputLost(events, reason):
                self._narrator.gap(Gap(now, now, reason, recovered=False, events=events))
            case Crashed(error):
                raise error

    def _written(self, total: int, now: float) -> None:
        self._printed = total
        if self._limits.count is not None and total >= self._limits.count:
            self._stop(None, now)

    def _opened(self, link: int, dialed: Dialed, now: float) -> None:
        connection = dialed.connection
        self._connections[link] = connection
        actions = self._session.opened(
            link, oauth_session=dialed.oauth_session, used_wsc=dialed.used_wsc, now=now
        )
        if not any(isinstance(a, Close) and a.link == link for a in actions):
            self._readers[link] = self._start_reader(link, connection)
        self._perform(actions)

    def _start_reader(self, link: int, connection: Connection) -> Reader:
        reader = Reader(
            connection,
            on_batch=lambda batch, _at: self._mailbox.put(Batch(link, batch)),
            on_lost=lambda error, _at: self._mailbox.put(Lost(link, error)),
        )
        reader.start()
        return reader

    def _receive(self, link: int, incoming: Sequence[Incoming], now: float) -> None:
        good: list[Message] = []
        for part in incoming:
            if isinstance(part, Text):
                try:
                    good.append(decode(part.text))
                    continue
                except MalformedMessageError as error:
                    trouble = error.message
            elif isinstance(part, Dropped):
                trouble = f"a message was thrown away: {part.reason}, {part.size} bytes"
            else:
                self._session.frame_came(link, now)
                continue
            # What came before it is handed over before the trouble is told.
            self._perform(self._session.receive(link, good, now))
            good = []
            self._perform(self._session.message_dropped(link, trouble, now))
        self._perform(self._session.receive(link, good, now))

    # What to do.

    def _perform(self, actions: Sequence[Action]) -> None:
        for action in actions:
            self._act(action)

    def _act(self, action: Action) -> None:
        match action:
            case Deliver(notifications):
                self._deliver(notifications)
            case SendText(link, text):
                self._send(link, lambda connection: connection.send_text(text))
            case SendPing(link):
                self._send(link, lambda connection: connection.ping())
            case Connect(link):
                self._spawn(f"rc-tail-dial-{link}", lambda: self._dial(action))
            case Close(link, code, abort):
                self._close(link, code, abort=abort)
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
                self._narrator.reconnecting(action)
            case Gap():
                self._narrator.gap(action)
            case Notice():
                self._narrator.notice(action)
            case SubscriptionChanged():
                pass

    def _became_ready(self, action: Ready) -> None:
        self._narrator.ready(action)
        if action.first and self._limits.seconds is not None:
            self._ends_at = clock() + self._limits.seconds

    def _deliver(self, notifications: Sequence[Notification]) -> None:
        self._narrator.delivered([self._kind_of(n.event) for n in notifications])
        self._outlet.put(notifications)

    def _send(self, link: int, send: Callable[[Connection], None]) -> None:
        connection = self._connections.get(link)
        if connection is None:
            return
        try:
            send(connection)
        except ConnectionLostError as error:
            self._mailbox.put(Lost(link, error))

    def _dial(self, request: Connect) -> None:
        try:
            self._mailbox.put(Opened(request.link, self._dialer.dial(request)))
        except RcTailError as error:
            self._mailbox.put(OpenFailed(request.link, error))

    def _spawn(self, name: str, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - told to the main thread, which raises it
                self._mailbox.put(Crashed(error))

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def _close(self, link: int, code: int, *, abort: bool) -> None:
        connection = self._connections.pop(link, None)
        reader = self._readers.pop(link, None)
        if connection is None:
            return

        def work() -> None:
            if abort:
                connection.abort()
            else:
                connection.close(code, timeout=CLOSE_WITHIN)
            if reader is not None:
                reader.join(CLOSE_WITHIN)

        self._closing = [t for t in self._closing if t.is_alive()]
        self._closing.append(self._spawn(f"rc-tail-close-{link}", work))

    # The end.

    def _finish(self, stop: Stop) -> Ending:
        left = self._outlet.close(DRAIN_WITHIN)
        if left:
            now = clock()
            reason = "the reader of the output did not take them"
            self._narrator.gap(Gap(now, now, reason, recovered=False, events=len(left)))
        for thread in self._closing:
            thread.join(CLOSE_WITHIN)
        self._late_news()
        self._narrator.summary(seconds=clock() - self._started, printed=self._printed)
        return Ending(stop.error, self._signal)

    def _late_news(self) -> None:
        """Hear what was said while the end was on its way."""
        while (item := self._mailbox.get(0)) is not None:
            match item:
                case Written(total):
                    self._printed = total
                case Opened(_, dialed):
                    dialed.connection.abort()
                case OutputLost() | Crashed():
                    self._take_ending(item, clock())
                case _:
                    pass
