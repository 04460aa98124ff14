"""Executes commands: what is to be done about the events of the loop.

The session and the gap filler only decide; what their commands do is looked up in one table here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from rc_tail.errors import SinkError
from rc_tail.gateway.commands import (
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
    SessionCommand,
    Stop,
    SubscriptionChanged,
    TookOver,
)
from rc_tail.history.gap_filler import (
    GapFiller,
    HistoryCommand,
    PrintEvents,
    ReadPastEvents,
    ReportGap,
    ReportPastEvents,
)
from rc_tail.history.loss_series import LossSeries, SeriesReport
from rc_tail.sinks.reports import EventsLost, WriteFailed
from rc_tail.state.no_resume import NoResume
from rc_tail.status.snapshot import Watchers
from rc_tail.tail.delivery import Delivery
from rc_tail.tail.mailbox import Mailbox
from rc_tail.tail.narrator import Narrator
from rc_tail.tail.open_connections import OpenConnections
from rc_tail.tail.workers import Workers

SAVED_WITHIN = 1.0  # seconds that the report of a filled gap waits for the state of --resume

Command = SessionCommand | HistoryCommand


class Limits(msgspec.Struct, frozen=True):
    """When a tail ends by itself.

    Attributes:
        count: After this many printed events.
        seconds: This long after it became ready.
        since: Print past events since this moment of the session's clock first.
        follow: Whether to continue after those past events.
    """

    count: int | None = None
    seconds: float | None = None
    since: float | None = None
    follow: bool = True


class Executor:
    """Executes the commands of the session and of the gap filler.

    Attributes:
        stopped: The command that ended the session; None while it runs.
        ready_at: When it became ready for the first time; None before.
        ends_at: When the time limit is over; None while there is none.
        unsaved: Gaps that were filled, and reported when that is saved; each with a time limit.
        losses: The recent losses; `tick_losses` is to be called when they are due.
    """

    def __init__(
        self,
        *,
        connections: OpenConnections,
        workers: Workers,
        gap_filler: GapFiller,
        delivery: Delivery,
        narrator: Narrator,
        recorder: NoResume,
        watchers: Watchers,
        mailbox: Mailbox,
        limits: Limits,
    ) -> None:
        self.stopped: Stop | None = None
        self.ready_at: float | None = None
        self.ends_at: float | None = None
        self.unsaved: list[tuple[ReportGap, float]] = []
        self.losses = LossSeries()
        self._gap_filler = gap_filler
        self._delivery = delivery
        self._narrator = narrator
        self._recorder = recorder
        self._watchers = watchers
        self._mailbox = mailbox
        self._limits = limits
        # The time of the events that the commands answer.
        self._now = 0.0
        # The time since `--since`, while its past events are being read.
        self._requested: Gap | None = None
        self._handlers: Mapping[type, Callable[[Any], None]] = {
            Deliver: self._deliver,
            SendText: connections.send_text,
            SendPing: connections.send_ping,
            Close: connections.close,
            Connect: workers.connect,
            RenewToken: workers.renew_token,
            FindStale: workers.find_stale,
            SubscriptionChanged: self._record_subscription,
            Ready: self._ready,
            FiltersDisabled: narrator.filters_disabled,
            Reconnecting: self._reconnecting,
            TookOver: narrator.took_over,
            Notice: narrator.notice,
            Gap: self._fill_gap,
            Stop: self._stop,
            PrintEvents: self._print_events,
            ReadPastEvents: workers.read_past_events,
            ReportGap: self._report_gap,
            ReportPastEvents: self._report_past_events,
        }

    def execute(self, commands: Iterable[Command], now: float) -> None:
        """Execute commands in this order; `now` is the time of the event that they answer."""
        for command in commands:
            self._now = now
            self._handlers[type(command)](command)

    # Commands of the session.

    def _deliver(self, command: Deliver) -> None:
        if events := self._gap_filler.live(command.notifications):
            self._delivery.deliver(events, self._now)

    def _record_subscription(self, command: SubscriptionChanged) -> None:
        self._recorder.subscription(command.subscription_id, active=command.active)

    def _reconnecting(self, command: Reconnecting) -> None:
        self._narrator.reconnecting(command, self._now)

    def _fill_gap(self, gap: Gap) -> None:
        self._recorder.gap_opened(gap)
        self.execute(self._gap_filler.gap(gap, self._now), self._now)

    def _stop(self, command: Stop) -> None:
        self.stopped = command

    def _ready(self, command: Ready) -> None:
        self._narrator.ready(command)
        if not command.first:
            return
        self.ready_at = self._now
        try:
            self._watchers.ready()
        except SinkError as error:
            # A program that waits for the sign would wait for ever.
            self._mailbox.put(WriteFailed(error))
        if self._limits.seconds is not None:
            self.ends_at = self._now + self._limits.seconds
        since = self._limits.since
        self._recorder.ready(self._now if since is None else min(since, self._now))
        if since is not None:
            self._read_since(since)

    def _read_since(self, since: float) -> None:
        # Until it is read all of its time is missing, and live events are not printed yet.
        self._requested = Gap(since, self._now, "past events were read", recovered=True)
        self._recorder.gap_opened(self._requested)
        self.execute(self._gap_filler.since(since, self._now), self._now)

    # Commands of the gap filler.

    def _print_events(self, command: PrintEvents) -> None:
        self._delivery.deliver(command.notifications, self._now)

    def _report_gap(self, command: ReportGap) -> None:
        if command.closed:
            self._recorder.gap_closed(command.gap)
        if command.closed and self._recorder.is_urgent:
            # The line promises that no later run fills the gap again.
            self.unsaved.append((command, self._now + SAVED_WITHIN))
            return
        self.report_loss(command, self._now)

    def report_saved(self, now: float, *, all_of_them: bool = False) -> None:
        """Report the gaps in `unsaved` once what filled them is saved, or that takes long."""
        if all_of_them or not self._recorder.is_urgent or now >= self.unsaved[0][1]:
            unsaved, self.unsaved = self.unsaved, []
            for report, _ in unsaved:
                self.report_loss(report, now)

    def events_lost(self, event: EventsLost, now: float) -> None:
        """Report as a gap that a sink has lost events."""
        self._delivery.lose(event)
        gap = Gap(now, now, event.reason, recovered=False, events=event.events)
        self.report_loss(ReportGap(gap), now)

    def report_loss(self, report: ReportGap, now: float) -> None:
        """Report a gap, merged with the losses of the same reason before it."""
        self._narrate_losses(self.losses.add(report, now))

    def tick_losses(self, now: float) -> None:
        """Report what the losses have grown to; to be called when they are due."""
        self._narrate_losses(self.losses.tick(now))

    def end_losses(self) -> None:
        """Report what the losses have grown to, for the last time."""
        self._narrate_losses(self.losses.end())

    def _narrate_losses(self, reports: Iterable[SeriesReport]) -> None:
        for each in reports:
            report = each.report
            self._narrator.gap(
                report.gap, filled=report.filled, failures=report.failures, grew=each.grew
            )

    def _report_past_events(self, command: ReportPastEvents) -> None:
        self._narrator.past_events(command)
        for gap in command.closes:
            self._recorder.gap_closed(gap)
        requested, self._requested = self._requested, None
        if requested is not None and command.closed:
            self._recorder.gap_closed(requested)
