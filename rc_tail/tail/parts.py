"""What a tail is made of, as it sees them: what each part must be able to do, and when to end."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from rc_tail.errors import RcTailError
from rc_tail.gateway.actions import Gap
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.session import Session
from rc_tail.history.gap_filler import GapFiller
from rc_tail.status.snapshot import Watcher
from rc_tail.tail.mailbox import Mailbox
from rc_tail.tail.narrator import Narrator
from rc_tail.tail.workers import Workers


class EventWriter(Protocol):
    """Takes events without blocking, and writes them."""

    def put(self, batch: Sequence[Notification]) -> None:
        """Take events to be written in this order."""
        ...

    def waiting(self) -> int:
        """Return how many events wait."""
        ...

    def close(self, timeout: float) -> list[Notification]:
        """Write what is left within `timeout` seconds; return what was not written."""
        ...


class EventAction(Protocol):
    """Does something about every event, without blocking."""

    def put(self, events: Sequence[Notification]) -> None:
        """Do it for these."""
        ...

    def close(self) -> None:
        """Nothing more comes; what waits is still done."""
        ...

    def hurry(self) -> None:
        """End soon."""
        ...

    def join(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; return whether everything is over."""
        ...


class StateKeeper(Protocol):
    """Is told what happens, and keeps what a later run needs to continue."""

    @property
    def keeps(self) -> bool:
        """Whether a later run is to continue the session."""
        ...

    def subscription(self, subscription_id: str, *, active: bool) -> None:
        """A subscription of ours now exists, or is gone."""
        ...

    def lost_before(self, now: float) -> Gap | None:
        """Return what an earlier run kept and this one could not read."""
        ...

    def frame_came(self, now: float) -> None:
        """Something came in from the service."""
        ...

    def changed(self, session: Session, now: float) -> None:
        """The session may have changed."""
        ...

    def taken(self, events: Sequence[Notification], now: float) -> None:
        """These are handed over to be printed, behind all others."""
        ...

    def written(self, events: Sequence[Notification]) -> None:
        """These were printed."""
        ...

    def dropped(self, events: int) -> None:
        """Of those that were handed over last, so many will not be printed."""
        ...

    def gap_opened(self, gap: Gap) -> None:
        """There was a gap, which is to be filled or told."""
        ...

    def gap_closed(self, gap: Gap) -> None:
        """It was filled, or told."""
        ...

    def deadline(self) -> float | None:
        """When `tick` must be called; None for not at all."""
        ...

    def tick(self, now: float) -> None:
        """Time has passed."""
        ...

    def end(self, session: Session, left: Sequence[Notification], now: float) -> int:
        """Everything is over; return how many of `left` are kept for no later run."""
        ...


class Limits(msgspec.Struct, frozen=True):
    """When a tail ends by itself.

    Attributes:
        count: After so many written events.
        seconds: So long after it became ready.
        since: The history since this moment of the session's clock is printed first.
        follow: Whether it goes on after that history.
    """

    count: int | None = None
    seconds: float | None = None
    since: float | None = None
    follow: bool = True


class TailEnding(msgspec.Struct, frozen=True):
    """How a tail ended: by an error, by a signal, or as asked."""

    error: RcTailError | None = None
    signal: int | None = None


class Parts(msgspec.Struct, frozen=True):
    """What a tail is made of.

    Attributes:
        session: Decides about connections.
        filling: Decides about gaps.
        workers: Do what may block.
        outlet: Writes events.
        mailbox: Where everything that happens arrives.
        narrator: Tells what happens.
        keeper: Keeps what a later run needs.
        kind_of: Names the kind of an event, for the summary.
        keep: Tells which events are printed; None for all.
        watchers: Want to know how the tail is.
        actor: Does something about every event; None for nothing.
        drops: Counts the events that are not printed.
    """

    session: Session
    filling: GapFiller
    workers: Workers
    outlet: EventWriter
    mailbox: Mailbox
    narrator: Narrator
    keeper: StateKeeper
    kind_of: Callable[[str], str]
    keep: Callable[[Notification], bool] | None = None
    watchers: Sequence[Watcher] = ()
    actor: EventAction | None = None
    drops: DropCounter = msgspec.field(default_factory=DropCounter)
