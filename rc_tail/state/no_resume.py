"""A tail without ``--resume``: only its subscriptions are recorded."""

from collections.abc import Sequence

from rc_tail.gateway.commands import Gap
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.session import Session
from rc_tail.state.subscription_journal import StaleSubscription, SubscriptionJournal
from rc_tail.system.clocks import clock, wall_of


class NoResume:
    """What the tail reports to without ``--resume``: all but the journal is a no-op.

    Moments are seconds on the session's clock.

    Args:
        journal: Records subscriptions, so that a later run can remove what a kill left behind.

    Attributes:
        records_events: Whether `frame_came`, `changed`, `taken`, `written`, `deadline` and `tick`
            do anything. They belong to every event, and need not be called where they do nothing.
    """

    records_events = False

    def __init__(self, journal: SubscriptionJournal) -> None:
        self._journal = journal
        self._stale: dict[str, StaleSubscription] = {}

    @property
    def keeps(self) -> bool:
        """Whether a later run is to continue the session."""
        return False

    @property
    def follows_since(self) -> float | None:
        """The Unix time from before which no past event is printed; None for no such limit."""
        return None

    @property
    def is_urgent(self) -> bool:
        """Whether events that filled a gap wait to be printed and saved."""
        return False

    def ready(self, since: float) -> None:
        """Note that the tail is ready for the first time, and follows events since a moment."""

    def find_stale(self, needed: frozenset[str]) -> list[str]:
        """Return the ids of our subscriptions that no running process uses.

        Args:
            needed: Ids to leave out.
        """
        found = self._journal.stale(wall_of(clock()), needed)
        self._stale = {subscription.id: subscription for subscription in found}
        return list(self._stale)

    def subscription(self, subscription_id: str, *, active: bool) -> None:
        """Record that a subscription of ours exists, or was removed."""
        now = wall_of(clock())
        if active:
            self._journal.add(subscription_id, now)
        elif subscription_id in self._stale:
            self._journal.forget([self._stale.pop(subscription_id)], now)
        else:
            self._journal.remove(subscription_id, now)

    def lost_before(self, now: float) -> Gap | None:  # noqa: ARG002
        """Return the gap of the events of an earlier run that could not be read back."""
        return None

    def frame_came(self, now: float) -> None:
        """Note that a frame came in from the service."""

    def changed(self, session: Session, now: float) -> None:
        """Note what recovers the session, which may have changed."""

    def taken(self, events: Sequence[Notification], now: float) -> None:
        """Note events that came in and were queued for printing after all others."""

    def written(self, events: Sequence[Notification]) -> None:
        """Note that the events at the front of the queue were printed."""

    def dropped(self, count: int) -> None:
        """Note that the last `count` events were removed from the queue and reported as a gap."""

    def gap_opened(self, gap: Gap) -> None:
        """Note a gap that will be filled or reported."""

    def gap_closed(self, gap: Gap) -> None:
        """Note that a gap was filled or reported."""

    def deadline(self) -> float | None:
        """Return when `tick` must be called at the latest; None for never."""
        return None

    def tick(self, now: float) -> None:
        """Save what changed, if that is due."""

    def end(self, session: Session, left: Sequence[Notification], now: float) -> int:  # noqa: ARG002
        """Save for the last time; return how many events of `left` no later run will print.

        Args:
            left: The events that are still queued, in order.
        """
        return len(left)
