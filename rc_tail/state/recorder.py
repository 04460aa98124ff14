"""Records the state of a running tail for ``--resume``, so that it can be killed at any moment.

Two things are known at every moment. What was *printed*: its uuids and keys, so that nothing is
printed twice. And the moment *up to which nothing is missing*: what came in before it was printed,
or reported as a gap that is over. That moment stands still while an event waits to be printed, and
while a gap is open; so whatever a kill destroys came in after it.
"""

from collections.abc import Callable, Sequence

import msgspec

from rc_tail.gateway.commands import Gap
from rc_tail.gateway.messages import ConnectionDetails, Notification, Wsc
from rc_tail.gateway.session import Session
from rc_tail.state.leftover import Leftover
from rc_tail.state.no_resume import NoResume
from rc_tail.state.printed import KeysOf, PrintedIds
from rc_tail.state.progress import Progress
from rc_tail.state.resume_state import NOT_READY, ResumeState
from rc_tail.state.resume_store import ResumeStore
from rc_tail.state.subscription_journal import SubscriptionJournal
from rc_tail.system.files import Warn

SAVE_EVERY = 0.25  # seconds; after a kill, at most the events of this time are printed twice
RETRY_EVERY = 5.0  # after a save that failed


class ResumeRecorder(NoResume):
    """Collects what changes, and saves it in time. Moments are seconds on the session's clock.

    A save is a file of some ten kilobytes, written and renamed: a fraction of a millisecond, at
    most four times a second, which may happen on the main thread.

    Args:
        journal: Records subscriptions.
        store: Where the state is saved.
        state: The state to continue from; for a new one only the identity is set.
        wall: Returns the Unix time of a moment.
        warn: Called once when nothing can be saved, and when it can be again.
        leftover: The events that a sink has not confirmed yet.
        keys_of: Returns the keys of an event among the past events.
    """

    records_events = True

    def __init__(
        self,
        journal: SubscriptionJournal,
        store: ResumeStore,
        state: ResumeState,
        *,
        wall: Callable[[float], float],
        now: float,
        warn: Warn,
        leftover: Leftover,
        keys_of: KeysOf = lambda _: (),
    ) -> None:
        super().__init__(journal)
        self._store = store
        self._state = state
        self._wall = wall
        self._warn = warn
        self._printed = PrintedIds(state, keys_of)
        self._wall_ahead = wall(now) - now
        self._progress = Progress(self._moment_of(state.last_frame, now))
        # While no frame came in, nothing is missing that was not missing before.
        self._untouched = state.complete or state.last_frame is None
        self._leftover = leftover
        self._recovery: object = None
        self._noted_subscription = ""
        self._changed = False
        # Whether the next save is due now, and how many queued events make it so once printed.
        self._save_at_once = False
        self._urgent = 0
        self._tried = now
        self._failing = False
        self._ended = False
        until = self._moment_of(state.printed_until, now)
        self._first_gap = None if until is None else self._progress.gap_opened(until)
        # The open gap that the tail has not reported yet: at first the time since the earlier run.
        self._unreported = self._first_gap
        self._reported: dict[Gap, list[int]] = {}
        if leftover.lost:
            self._note_lost(leftover.lost_since, now)

    @property
    def keeps(self) -> bool:
        """Whether a later run is to continue the session."""
        return True

    @property
    def follows_since(self) -> float | None:
        """The Unix time from before which no past event is printed; None for no such limit."""
        return self._state.follows_since

    @property
    def is_urgent(self) -> bool:
        """Whether events that filled a gap wait to be printed and saved."""
        return bool(self._urgent or self._save_at_once) and not self._failing

    def ready(self, since: float) -> None:
        """Note that the tail is ready for the first time, and follows events since a moment."""
        if self._state.follows_since == NOT_READY:
            unix = since + self._wall_ahead
            self._state = msgspec.structs.replace(self._state, follows_since=unix)
            self._save_at_once = self._changed = True

    # The earlier run.

    @property
    def first_gap(self) -> int | None:
        """The number of the gap since the earlier run; None where there was no earlier run.

        It is closed like any other: when the service has replayed what it held, or when the gap
        was filled and reported.
        """
        return self._first_gap

    def start(self, now: float) -> None:
        """Save that a run has begun: after a kill, an orderly end before does not count."""
        self._save(now)

    def lost_before(self, now: float) -> Gap | None:
        """Return the gap of the events of the earlier run that could not be read back."""
        lost = self._leftover.lost
        if not lost:
            return None
        start = None if self._first_gap is None else self.gap_start(self._first_gap)
        reason = "events that an earlier run saved could not be read"
        return Gap(now if start is None else start, now, reason, recovered=False, events=lost)

    # What happens.

    def subscription(self, subscription_id: str, *, active: bool) -> None:
        """Record that a subscription of ours exists, or was removed."""
        super().subscription(subscription_id, active=active)
        if active:
            self._noted_subscription = subscription_id

    def frame_came(self, now: float) -> None:
        """Note that a frame came in from the service."""
        self._progress.frame_came(now)
        self._untouched = False
        self._changed = True

    def changed(self, session: Session, now: float) -> None:
        """Note what recovers the session, which may have changed."""
        if session.lost_at is not None and self._unreported is None:
            self._unreported = self.open_gap(session.lost_at)
        if (behind := session.behind_since(now)) is not None:
            # A kill would lose what is on its way.
            self.frame_came(behind)
        if session.live_since is not None and session.subscription_id != self._noted_subscription:
            # A recovered subscription belongs to this process from now on.
            self.subscription(session.subscription_id, active=True)
        past = session.past(now)
        self.session_changed(
            wsc=past.wsc,
            oauth_session=past.oauth_session,
            subscription_id=past.subscription_id,
            limits=past.limits,
        )

    def session_changed(
        self,
        *,
        wsc: Wsc | None,
        oauth_session: str,
        subscription_id: str,
        limits: ConnectionDetails,
    ) -> None:
        """Note what recovers the session.

        Args:
            wsc: The newest token.
            oauth_session: The OAuth session that it belongs to.
            subscription_id: The subscription on the service; empty for none.
            limits: What the service announced last.
        """
        recovery = (wsc, oauth_session, subscription_id, limits)
        if recovery == self._recovery:
            return
        self._recovery = recovery
        self._state = msgspec.structs.replace(
            self._state,
            wsc=wsc,
            oauth_session=oauth_session,
            subscription_id=subscription_id,
            recovery_timeout=limits.recovery_timeout,
            recovery_buffer_size=limits.recovery_buffer_size,
        )
        self._printed.hold(limits.recovery_buffer_size)
        self._changed = True

    def taken(self, events: Sequence[Notification], now: float) -> None:
        """Note events that came in and were queued for printing after all others."""
        self._progress.taken(len(events), now)
        self._changed = True

    def written(self, events: Sequence[Notification]) -> None:
        """Note that the events at the front of the queue are safe: printed, or in the spool.

        Raises:
            LocalProtocolError: More than were queued.
        """
        self._progress.printed(len(events) - self._leftover.printed(len(events)))
        self._printed.add(events, self._last_frame())
        self._changed = True
        if self._urgent:
            self._save_at_once = True
            self._urgent = min(max(0, self._urgent - len(events)), self._progress.waiting())

    def dropped(self, count: int) -> None:
        """Note that the last `count` events were removed from the queue and reported as a gap.

        Raises:
            LocalProtocolError: More than were queued.
        """
        self._progress.dropped(count)
        self._changed = True

    def gap_opened(self, gap: Gap) -> None:
        """Note a gap that will be filled or reported."""
        if gap.events is None and self._unreported is not None:
            number, self._unreported = self._unreported, None
        else:
            number = self.open_gap(gap.start)
        self._reported.setdefault(gap, []).append(number)

    def gap_closed(self, gap: Gap) -> None:
        """Note that a gap was filled or reported."""
        numbers = self._reported.pop(gap)
        self.close_gap(numbers.pop(0))
        if numbers:
            self._reported[gap] = numbers
        if gap.events is None:
            # What filled it is many events at once: a kill must not print them all again.
            self._save_at_once, self._urgent = True, self._progress.waiting()

    def open_gap(self, since: float | None = None) -> int:
        """Open a gap from a moment on, or from the last frame on; return its number."""
        self._changed = True
        return self._progress.gap_opened(since)

    def close_gap(self, number: int) -> None:
        """Close a gap: what was missing was printed, queued for printing, or reported as lost."""
        self._changed = True
        self._progress.gap_closed(number)

    def gap_start(self, number: int) -> float | None:
        """Return when an open gap begins; None before the first frame of all."""
        return self._progress.gap_start(number)

    # Saving.

    def deadline(self) -> float | None:
        """Return when `tick` must be called at the latest; None while nothing changes."""
        if self._ended or not self._changed:
            return None
        if self._save_at_once and not self._failing:
            return self._tried
        return self._tried + (RETRY_EVERY if self._failing else SAVE_EVERY)

    def tick(self, now: float) -> None:
        """Save what changed, if that is due."""
        due = self.deadline()
        if due is not None and now >= due:
            self._save(now)

    def end(self, session: Session, left: Sequence[Notification], now: float) -> int:
        """Save for the last time; return how many events of `left` no later run will print."""
        self.changed(session, now)
        return self.flush(left, now)

    def flush(self, left: Sequence[Notification], now: float) -> int:
        """Save for the last time; return how many events of `left` could not be stored.

        Args:
            left: What is neither printed nor in the spool, in order: first what an earlier run
                left.
        """
        oldest = self._progress.oldest()
        since = (now if oldest is None else oldest) + self._wall_ahead
        try:
            fresh = self._leftover.keep(left, since)
            stored = True
        except OSError as error:
            fresh, stored = self._leftover.fresh(left), False
            self._warn(
                f"{len(fresh)} events that were not printed cannot be saved for --resume "
                f"{self._store.name}: {error.strerror or error}"
            )
        if stored and len(fresh) >= self._progress.waiting():
            self._progress.all_kept()
        saved = self._save(now, ended=self._wall(now))
        self._ended = True
        if fresh and stored and not saved:
            # The state on the disk does not know them: they lie in the gap that it describes.
            self._leftover.take_back()
        self._leftover.close()
        return 0 if stored and saved else len(fresh)

    def _save(self, now: float, ended: float | None = None) -> bool:
        self._tried = now
        # One difference for all times of a state, so that equal moments stay equal.
        self._wall_ahead = self._wall(now) - now
        self._update_state(ended)
        try:
            self._store.save(self._state, durable=ended is not None)
            self._leftover.saved()
        except OSError as error:
            self._report_failure(error)
            return False
        self._changed = self._save_at_once = False
        if self._failing:
            self._failing = False
            self._warn(f"the state of --resume {self._store.name} can be saved again")
        return True

    def _report_failure(self, error: OSError) -> None:
        if not self._failing:
            self._failing = True
            self._warn(
                f"the state of --resume {self._store.name} cannot be saved: "
                f"{error.strerror or error}; until then, a restart may print events twice or miss some"
            )

    def _update_state(self, ended: float | None) -> None:
        last_frame = self._last_frame()
        self._printed.find_keys(last_frame)
        until = self._progress.until()
        self._state = msgspec.structs.replace(
            self._state,
            last_frame=last_frame,
            printed_until=None if until is None else until + self._wall_ahead,
            whole=self._is_whole(),
            ended=ended,
            uuids=self._printed.uuids,
            keys=self._printed.keys,
            keys_since=self._printed.keys_since,
            leftover=self._leftover.summary(),
            waiting=None,
        )

    def _is_whole(self) -> bool:
        if self._progress.is_whole():
            return True
        return self._untouched and not self._progress.waiting()

    def _last_frame(self) -> float | None:
        heard = self._progress.heard
        return None if heard is None else heard + self._wall_ahead

    def _moment_of(self, unix: float | None, now: float) -> float | None:
        # If the system clock was set back since, the past must not be in the future.
        return None if unix is None else min(now, unix - self._wall_ahead)

    def _note_lost(self, unix: float | None, now: float) -> None:
        """Widen the first gap to the events of an earlier run that could not be read back."""
        since = self._moment_of(unix, now)
        self._untouched = False
        if self._first_gap is None or not self._progress.is_open(self._first_gap):
            self._first_gap = self._progress.gap_opened(since)
        elif since is not None:
            self._progress.gap_widened(self._first_gap, since)
