"""The only loop: takes events from the mailbox, lets the session decide, executes its commands.

Nothing that can block runs here: tokens, handshakes and past events are fetched by workers, events
are written by the writer's thread. Connections are read here, which never blocks, and closed by
workers.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rc_tail.errors import RcTailError, TimedOutError
from rc_tail.gateway.batch_decoder import Burst, Unreadable, decode_batch
from rc_tail.gateway.commands import Close, Deliver, SessionCommand, Stop
from rc_tail.gateway.messages import Message, Notification
from rc_tail.sinks.reports import (
    Committed,
    Confirmed,
    EventsLost,
    WriteFailed,
    WriterCrashed,
    Written,
)
from rc_tail.status.snapshot import Condition, Snapshot, Watchers
from rc_tail.system.clocks import clock
from rc_tail.tail.current_state import snapshot_of
from rc_tail.tail.ending import REPORT_WAIT_AFTER, Ending, raise_crash
from rc_tail.tail.executor import Executor, Limits
from rc_tail.tail.loop_events import (
    ConnectionLost,
    FramesReceived,
    LoopEvent,
    Opened,
    OpenFailed,
    PastEventsRead,
    RenewalFailed,
    SignalReceived,
    StaleFound,
    TokenRenewed,
    WorkerCrashed,
)
from rc_tail.tail.open_connections import OpenConnections
from rc_tail.tail.parts import Parts, TailEnding
from rc_tail.tail.sleep_detector import LATE, SleepDetector
from rc_tail.transport.websocket import Pong

LOOK_UP_EVERY = 5.0  # a machine that slept is noticed this soon after waking
# After all else that can happen, something may be due sooner than it was before.
_NEVER_SOONER = frozenset({FramesReceived, Written, Committed})


class Tail:
    """Runs one session to its end.

    Args:
        leftover: Batches of events that an earlier run received and did not deliver to all sinks,
            each with the number of those at its end that were not printed.
        continue_by: The command that continues this run, where one can.
        whole_messages: Whether whole messages are needed, and not only their payloads.
    """

    def __init__(
        self,
        parts: Parts,
        limits: Limits,
        *,
        leftover: Iterable[tuple[Sequence[Notification], int]] = (),
        continue_by: str = "",
        whole_messages: bool = False,
    ) -> None:
        self._session = parts.session
        self._gap_filler = parts.gap_filler
        self._mailbox = parts.mailbox
        self._narrator = parts.narrator
        self._recorder = parts.recorder
        self._limits = limits
        self._leftover = leftover
        self._continue_by = continue_by
        self._whole_messages = whole_messages
        self._watchers = Watchers(parts.watchers, self._snapshot)
        self._has_watchers = bool(parts.watchers)
        self._connections = OpenConnections(parts.mailbox, parts.workers.spawn)
        self._sleep_detector = SleepDetector()
        self._delivery = parts.delivery
        self._executor = Executor(
            connections=self._connections,
            workers=parts.workers,
            gap_filler=parts.gap_filler,
            delivery=self._delivery,
            narrator=parts.narrator,
            recorder=parts.recorder,
            watchers=self._watchers,
            mailbox=parts.mailbox,
            limits=limits,
        )
        self._started = clock()
        self._last_frame: float | None = None
        self._signal: int | None = None
        self._is_stopping = False
        self._time_is_over = False
        # When it is reported that sinks are waited for, once as much was printed as requested.
        self._reports_wait_at: float | None = None
        # When something is to be decided because time has passed, at the earliest.
        self._due = 0.0
        self._decisions = self._decision_table()
        self._handlers = self._handler_table()
        self._ending = Ending(parts, self._connections, self._executor, self._started)

    def _decision_table(self) -> Mapping[type, Callable[[Any, float], Sequence[SessionCommand]]]:
        """Return what the session decides about an event of a connection."""
        session = self._session
        return {
            Opened: self._opened,
            OpenFailed: lambda event, now: session.open_failed(event.link, event.error, now),
            ConnectionLost: lambda event, now: session.connection_lost(
                event.link, event.error, now
            ),
            TokenRenewed: lambda event, now: session.token_renewed(event.link, event.token, now),
            RenewalFailed: lambda event, now: session.renewal_failed(event.link, event.error, now),
            StaleFound: lambda event, now: session.stale_found(
                event.link, event.subscriptions, now
            ),
        }

    def _handler_table(self) -> Mapping[type, Callable[[Any, float], None]]:
        return {
            **dict.fromkeys(self._decisions, self._decide),
            FramesReceived: self._receive,
            Written: self._confirm,
            Confirmed: self._confirmed_by_sink,
            Committed: self._delivery.commit,
            PastEventsRead: self._past_events_read,
            SignalReceived: self._signal_received,
            WriteFailed: self._write_failed,
            EventsLost: self._executor.events_lost,
            WorkerCrashed: raise_crash,
            WriterCrashed: raise_crash,
        }

    def run(self) -> TailEnding:
        """Tail until a limit, a signal or an error ends it.

        Raises:
            BaseException: Whatever a worker thread raised unexpectedly.
        """
        try:
            stop = self._run_until_stopped()
        except BaseException:
            self._connections.abort()
            raise
        return self._ending.finish(
            stop,
            signal=self._signal,
            time_is_over=self._time_is_over,
            continue_by=self._continue_by if self._recorder.keeps else "",
        )

    def kill_commands(self) -> None:
        """Kill the running commands of ``--exec``; may be called by a signal handler."""
        if self._delivery.fan_out is not None:
            self._delivery.fan_out.kill()

    def _run_until_stopped(self) -> Stop:
        self._begin(clock())
        mailbox, written = self._mailbox, self._mailbox.written
        now = clock()
        planned = self._pass_time(now)
        # Not `while stopped is None`: Python 3.11 does not specialize a function that is called once
        # and whose loop ends in a condition. That took 4 % of the CPU of an event that comes alone.
        while True:
            if (stopped := self._executor.stopped) is not None:
                return stopped
            event = mailbox.get(planned - now)
            before, now = now, clock()
            if now - planned > LATE:
                self._sleep_detector.woke(now, planned, before)
                self._due = now
            if event is not None:
                self._handlers[type(event)](event, now)
                if type(event) not in _NEVER_SOONER:
                    self._due = now
            if mailbox.written is not written:
                # Most events are written while they are handled: that takes no further round. They
                # are fewer than `--count` requests: the last one is reported by an event.
                written = mailbox.written
                self._delivery.confirm(written, now)
            planned = self._pass_time(now)

    def _begin(self, now: float) -> None:
        for batch, unprinted in self._leftover:
            self._delivery.deliver_leftover(batch, unprinted)
        if self._delivery.fan_out is not None:
            self._delivery.fan_out.start()
        if (lost := self._recorder.lost_before(now)) is not None:
            self._narrator.gap(lost)
        if self._limits.since is not None and not self._limits.follow:
            self._executor.execute(self._gap_filler.since(self._limits.since, now), now)
            return
        self._executor.execute(self._session.start(now), now)

    # Time.

    def _session_deadline(self) -> float | None:
        # After a sleep the deadlines of the session wait until the sockets are read.
        until = self._sleep_detector.until
        return self._session.next_deadline() if until is None else until

    def _pass_time(self, now: float) -> float:
        """Do what is due; return when something is due next."""
        due = now + LOOK_UP_EVERY
        if due >= self._due:
            # Events only put it off, so that for them it is looked up every few seconds.
            self._decide_what_is_due(now)
            self._due = self._decisions_due()
            due = _earlier(due, self._due)
        if self._recorder.records_events:
            self._recorder.changed(self._session, now)
            self._recorder.tick(now)
            due = _earlier(due, self._recorder.deadline())
            if self._executor.unsaved:
                self._executor.report_saved(now)
        if self._has_watchers:
            self._watchers.look(now, self._condition())
            due = _earlier(due, self._watchers.deadline())
        if due < now:
            # A deadline that has passed already does not mean that the program is late for it.
            return now
        return due

    def _decisions_due(self) -> float:
        """Return when something is to be decided because time has passed."""
        earliest = math.inf
        for deadline in (
            self._session_deadline(),
            self._gap_filler.deadline(),
            self._executor.ends_at,
            self._executor.losses.due_at,
            self._reports_wait_at,
        ):
            if deadline is not None and deadline < earliest:
                earliest = deadline
        return earliest

    def _decide_what_is_due(self, now: float) -> None:
        ends_at = self._executor.ends_at
        if ends_at is not None and now >= ends_at:
            self._executor.ends_at = None
            self._time_is_over = True
            self._stop(self._timed_out(), now)
        if self._reports_wait_at is not None and now >= self._reports_wait_at:
            self._reports_wait_at = None
            self._ending.report_wait()
        losses_due = self._executor.losses.due_at
        if losses_due is not None and now >= losses_due:
            self._executor.tick_losses(now)
        deadline = self._session_deadline()
        if deadline is not None and now >= deadline:
            self._tick_session(now)
        if commands := self._gap_filler.tick(now):
            self._executor.execute(commands, now)

    def _tick_session(self, now: float) -> None:
        slept = self._sleep_detector.until is not None and self._sleep_detector.finish()
        commands = self._session.woke(now) if slept else self._session.tick(now)
        self._executor.execute(commands, now)

    def _timed_out(self) -> RcTailError | None:
        count = self._limits.count
        if count is None:
            return None
        return TimedOutError(f"timed out after {self._delivery.printed} of {count} events")

    def _stop(self, error: RcTailError | None, now: float) -> None:
        self._is_stopping = self._narrator.is_ending = True
        commands = self._session.stop(
            now, error, keep=self._recorder.keeps, is_complete=self._delivery.is_complete
        )
        self._executor.execute(commands, now)

    # Events of connections.

    def _decide(self, event: LoopEvent, now: float) -> None:
        self._executor.execute(self._decisions[type(event)](event, now), now)

    def _opened(self, event: Opened, now: float) -> Sequence[SessionCommand]:
        dialed = event.dialed
        commands = self._session.opened(
            event.link,
            oauth_session=dialed.oauth_session,
            used_wsc=dialed.used_wsc,
            token=dialed.token,
            now=now,
        )
        refused = any(isinstance(c, Close) and c.link == event.link for c in commands)
        self._connections.add(event.link, dialed.connection, reads=not refused)
        return commands

    def _receive(self, event: FramesReceived, now: float) -> None:
        link, received_at = event.link, now
        if self._sleep_detector.until is not None:
            received_at = self._sleep_detector.received_at(now)
        if self._recorder.records_events:
            self._recorder.frame_came(received_at)
        messages: list[Message | Burst] = []
        for part in decode_batch(event.incoming, whole=self._whole_messages):
            if type(part) is Burst:
                messages.append(part)
                continue
            self._due = now
            if isinstance(part, Unreadable):
                # What came before it is handed over before the trouble is reported.
                self._executor.execute(self._session.receive(link, messages, received_at), now)
                messages = []
                commands = self._session.message_dropped(link, part.why, received_at)
                self._executor.execute(commands, now)
            elif isinstance(part, Pong):
                self._session.frame_came(link, received_at)
            else:
                messages.append(part)
        commands = self._session.receive(link, messages, received_at)
        if len(commands) != 1 or type(commands[0]) is not Deliver:
            self._due = now
        self._executor.execute(commands, now)

    # Other events.

    def _confirm(self, event: Written, now: float) -> None:
        self._delivery.confirm(event, now)
        if self._limits.count is None:
            return
        if self._delivery.is_complete:
            self._stop(None, now)
        elif self._delivery.waits_for_sinks:
            self._reports_wait_at = now + REPORT_WAIT_AFTER
            self._due = now

    def _confirmed_by_sink(self, event: Confirmed, now: float) -> None:  # noqa: ARG002 - a handler
        if self._delivery.is_complete:
            self._stop(None, now)

    def _past_events_read(self, event: PastEventsRead, now: float) -> None:
        commands = self._gap_filler.past_events_read(event.number, event.records, event.failures)
        self._executor.execute(commands, now)
        if not self._limits.follow and not self._gap_filler.busy:
            self._stop(event.error, now)

    def _signal_received(self, event: SignalReceived, now: float) -> None:
        self._signal = event.number
        self._stop(None, now)

    def _write_failed(self, event: WriteFailed, now: float) -> None:
        self._stop(event.error, now)

    # The current state.

    def _condition(self) -> Condition:
        if self._is_stopping or self._executor.stopped is not None:
            return Condition.ENDING
        if self._session.live_since is not None:
            return Condition.LIVE
        return Condition.RECONNECTING if self._narrator.was_ready else Condition.CONNECTING

    def _snapshot(self, now: float) -> Snapshot:  # noqa: ARG002 - the signature of Watchers
        heard = self._session.heard
        self._last_frame = heard if heard is not None else self._last_frame
        return snapshot_of(
            self._condition(),
            self._session,
            self._delivery,
            self._narrator,
            last_frame=self._last_frame,
        )


def _earlier(due: float, other: float | None) -> float:
    return due if other is None or due < other else other
