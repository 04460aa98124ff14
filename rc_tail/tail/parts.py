"""What a tail is made of, and how it ends."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from rc_tail.errors import RcTailError
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.session import Session
from rc_tail.history.gap_filler import GapFiller
from rc_tail.sinks.writer import Writer
from rc_tail.state.no_resume import NoResume
from rc_tail.status.snapshot import Watcher
from rc_tail.tail.delivery import Delivery
from rc_tail.tail.mailbox import Mailbox
from rc_tail.tail.narrator import Narrator
from rc_tail.tail.workers import Workers

if TYPE_CHECKING:
    from rc_tail.tail.fan_out import FanOut


class TailEnding(msgspec.Struct, frozen=True):
    """How a tail ended: by an error, by a signal, or as requested."""

    error: RcTailError | None = None
    signal: int | None = None


class Outlets(msgspec.Struct, frozen=True):
    """Where events go, and what happens to them before.

    Attributes:
        writer: Standard output; None where nothing is printed.
        passes: Returns whether an event is delivered, by ``--where`` and ``--exclude``; None for
            all.
        mask: Masks an event before any sink gets it; None for none.
        fan_out: The sinks beside standard output; None for none.
    """

    writer: Writer | None
    passes: Callable[[Notification], bool] | None = None
    mask: Callable[[Notification], Notification] | None = None
    fan_out: "FanOut | None" = None


class Parts(msgspec.Struct, frozen=True):
    """What a tail is made of."""

    session: Session
    gap_filler: GapFiller
    workers: Workers
    mailbox: Mailbox
    narrator: Narrator
    recorder: NoResume
    delivery: Delivery
    watchers: Sequence[Watcher] = ()
