"""What a sink reports of the events that it was given."""

from collections.abc import Sequence

import msgspec

from rc_tail.errors import RcTailError
from rc_tail.gateway.messages import Notification


class Written(msgspec.Struct, frozen=True):
    """Events were written.

    Attributes:
        total: How many were written in this run.
        events: The latest of them, at least one unless `total` is 0.
    """

    total: int
    events: Sequence[Notification] = ()


class Committed(msgspec.Struct, frozen=True):
    """Events were committed to the spool.

    Attributes:
        position: Of the last of them.
        events: All of them, in order.
    """

    position: int
    events: Sequence[Notification]


class Confirmed(msgspec.Struct, frozen=True):
    """A sink has confirmed all that it is to get in this run."""

    sink: str


class EventsLost(msgspec.Struct, frozen=True):
    """Events were lost on their way to a sink: the newest ones that it was given.

    Attributes:
        is_unsafe: Whether the spool lacks them; without a spool it says nothing.
    """

    events: int
    reason: str
    is_unsafe: bool = False


class WriteFailed(msgspec.Struct, frozen=True):
    """The sink cannot be written any more."""

    error: RcTailError


class WriterCrashed(msgspec.Struct, frozen=True):
    """The sink's thread ended by a bug, to be raised on the main thread."""

    error: BaseException


SinkReport = Written | Committed | Confirmed | EventsLost | WriteFailed | WriterCrashed
