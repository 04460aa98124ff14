"""What ``--resume`` adds to a tail: it goes on where an earlier run ended, and keeps where it is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rc_tail.gateway.actions import Gap
from rc_tail.gateway.messages import ConnectionDetails, Notification
from rc_tail.gateway.recovery import PreviousSession
from rc_tail.gateway.session import Session
from rc_tail.state.journal_entries import StaleSubscription
from rc_tail.state.subscription_journal import SubscriptionJournal
from rc_tail.system.clocks import clock, wall_of

if TYPE_CHECKING:
    from rc_tail.state.resume_keeper import ResumeKeeper
    from rc_tail.state.resume_state import ResumeState

ENDED = "rc-tail was not running"
KILLED = "rc-tail was killed"


class NoResume:
    """Keeps nothing for a later run but the names of its subscriptions.

    Args:
        book: Where they are written down, so that a kill leaves none behind for good.
    """

    def __init__(self, book: SubscriptionJournal) -> None:
        self._book = book
        self._stale: dict[str, StaleSubscription] = {}

    def find_stale(self, needed: frozenset[str]) -> list[str]:
        """Return the subscriptions of ours that no living process uses.

        Args:
            needed: Those that are needed nevertheless.
        """
        found = self._book.stale(wall_of(clock()), needed)
        self._stale = {subscription.id: subscription for subscription in found}
        return list(self._stale)

    @property
    def keeps(self) -> bool:
        """Whether a later run is to continue the session."""
        return False

    def subscription(self, subscription_id: str, *, active: bool) -> None:
        """A subscription of ours now exists, or is gone."""
        now = wall_of(clock())
        if active:
            self._book.add(subscription_id, now)
        elif subscription_id in self._stale:
            self._book.forget([self._stale.pop(subscription_id)], now)
        else:
            self._book.remove(subscription_id, now)

    def lost_before(self, now: float) -> Gap | None:  # noqa: ARG002 - for those who keep something
        """Return what an earlier run kept and this one could not read."""
        return None

    def frame_came(self, now: float) -> None:
        """Something came in from the service."""

    def changed(self, session: Session, now: float) -> None:
        """The session may have changed."""

    def taken(self, events: Sequence[Notification], now: float) -> None:
        """These are handed over to be printed, behind all others."""

    def written(self, events: Sequence[Notification]) -> None:
        """These were printed."""

    def dropped(self, events: int) -> None:
        """Of those that were handed over last, so many will not be printed."""

    def gap_opened(self, gap: Gap) -> None:
        """There was a gap, which is to be filled or told."""

    def gap_closed(self, gap: Gap) -> None:
        """It was filled, or told."""

    def deadline(self) -> float | None:
        """Return None: nothing is to be saved."""
        return None

    def tick(self, now: float) -> None:
        """Time has passed."""

    def end(self, session: Session, left: Sequence[Notification], now: float) -> int:  # noqa: ARG002
        """Everything is over; return how many of `left` are kept for no later run."""
        return len(left)


class ResumeRecorder(NoResume):
    """Keeps where the tail is.

    Args:
        keeper: Saves it.
        book: Where subscriptions are written down.
    """

    def __init__(self, keeper: "ResumeKeeper", book: SubscriptionJournal) -> None:
        super().__init__(book)
        self._keeper = keeper
        # The gap that lasts, as the keeper numbers it: at first the time since the earlier run.
        self._lasting = keeper.first_gap
        self._noted = ""
        self._gaps: dict[Gap, list[int]] = {}

    @property
    def keeps(self) -> bool:
        """Whether a later run is to continue the session."""
        return True

    def subscription(self, subscription_id: str, *, active: bool) -> None:
        """A subscription of ours now exists, or is gone."""
        super().subscription(subscription_id, active=active)
        if active:
            self._noted = subscription_id

    def lost_before(self, now: float) -> Gap | None:
        """Return what an earlier run kept and this one could not read."""
        lost, first = self._keeper.lost, self._keeper.first_gap
        if not lost:
            return None
        start = None if first is None else self._keeper.gap_start(first)
        reason = "events that an earlier run kept could not be read"
        return Gap(now if start is None else start, now, reason, recovered=False, events=lost)

    def frame_came(self, now: float) -> None:
        """Something came in from the service."""
        self._keeper.frame_came(now)

    def changed(self, session: Session, now: float) -> None:
        """The session may have changed."""
        if session.lost_at is not None and self._lasting is None:
            self._lasting = self._keeper.gap_opened(session.lost_at)
        if (behind := session.behind_since(now)) is not None:
            # A kill would lose what is on its way.
            self._keeper.frame_came(behind)
        if session.live_since is not None and session.subscription_id != self._noted:
            # What was recovered is this process's own from now on.
            self.subscription(session.subscription_id, active=True)
        past = session.past(now)
        self._keeper.session_changed(
            wsc=past.wsc,
            oauth_session=past.oauth_session,
            subscription_id=past.subscription_id,
            limits=past.limits,
        )

    def taken(self, events: Sequence[Notification], now: float) -> None:
        """These are handed over to be printed, behind all others."""
        self._keeper.taken(len(events), now)

    def written(self, events: Sequence[Notification]) -> None:
        """These were printed."""
        self._keeper.printed(events)

    def dropped(self, events: int) -> None:
        """Of those that were handed over last, so many will not be printed."""
        self._keeper.dropped(events)

    def gap_opened(self, gap: Gap) -> None:
        """There was a gap, which is to be filled or told."""
        if gap.events is None and self._lasting is not None:
            number, self._lasting = self._lasting, None
        else:
            number = self._keeper.gap_opened(gap.start)
        self._gaps.setdefault(gap, []).append(number)

    def gap_closed(self, gap: Gap) -> None:
        """It was filled, or told."""
        numbers = self._gaps.pop(gap)
        self._keeper.gap_closed(numbers.pop(0))
        if numbers:
            self._gaps[gap] = numbers

    def deadline(self) -> float | None:
        """When `tick` must be called; None for not at all."""
        return self._keeper.next_deadline()

    def tick(self, now: float) -> None:
        """Time has passed."""
        self._keeper.tick(now)

    def end(self, session: Session, left: Sequence[Notification], now: float) -> int:
        """Everything is over; return how many of `left` are kept for no later run."""
        self.changed(session, now)
        return self._keeper.flush(left, now)


def previous_session(state: "ResumeState", now: float) -> PreviousSession | None:
    """Return the session that an earlier run left; None where there was none.

    Args:
        state: What it kept.
        now: The moment, on the session's clock.
    """
    since = state.last_frame if state.complete else state.printed_until
    if since is None:
        return None
    ahead = wall_of(now) - now
    return PreviousSession(
        wsc=state.wsc,
        oauth_session=state.oauth_session,
        subscription_id=state.subscription_id,
        limits=ConnectionDetails(
            recovery_timeout=state.recovery_timeout,
            recovery_buffer_size=state.recovery_buffer_size,
        ),
        lost_at=min(now, since - ahead),
        reason=ENDED if state.ended is not None else KILLED,
        unsure=not state.complete,
        # A gap may have been open for long; the service recovers what ended a moment ago.
        heard_at=None if state.last_frame is None else min(now, state.last_frame - ahead),
    )
