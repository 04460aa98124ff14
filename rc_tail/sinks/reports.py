"""What a sink reports of the events that it was given."""

from collections.abc import Sequence

import msgspec

from rc_tail.errors import RcTailError
from rc_tail.gateway.messages import Notification


class Written(msgspec.Struct, frozen=True):
    """Events were written.

    Attributes:
        total: How many were written in this run.
        events: The latest of them, at least one.
    """

    total: int
    events: Sequence[Notification] = ()


class EventsLost(msgspec.Struct, frozen=True):
    """Events were lost on their way to the sink: the newest ones that it was given."""

    events: int
    reason: str


class WriteFailed(msgspec.Struct, frozen=True):
    """The sink cannot be written any more."""

    error: RcTailError


class WriterCrashed(msgspec.Struct, frozen=True):
    """The sink's thread ended by a bug, to be raised on the main thread."""

    error: BaseException


SinkReport = Written | EventsLost | WriteFailed | WriterCrashed
