"""The one family of events that the loop handles: whatever can happen to a tail.

What is to be done about them goes out as commands (`rc_tail.tail.executor`).
"""

from collections.abc import Sequence

import msgspec

from rc_tail.errors import RcTailError
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.reports import SinkReport
from rc_tail.tail.dialer import DialedConnection
from rc_tail.transport.websocket import Incoming

# Connections. `link` is the number of the connection, as in the session's commands.


class Opened(msgspec.Struct, frozen=True):
    """A connection was opened."""

    link: int
    dialed: DialedConnection


class OpenFailed(msgspec.Struct, frozen=True):
    """A connection could not be opened."""

    link: int
    error: RcTailError


class FramesReceived(msgspec.Struct, frozen=True):
    """Messages were received on a connection, in this order."""

    link: int
    incoming: Sequence[Incoming]


class ConnectionLost(msgspec.Struct, frozen=True):
    """A connection was closed or lost."""

    link: int
    error: RcTailError


class TokenRenewed(msgspec.Struct, frozen=True):
    """The OAuth session of a connection has a new access token."""

    link: int
    token: TokenLife


class RenewalFailed(msgspec.Struct, frozen=True):
    """The access token of a connection could not be renewed."""

    link: int
    error: RcTailError


class StaleFound(msgspec.Struct, frozen=True):
    """The search for subscriptions that exited processes left behind is done."""

    link: int
    subscriptions: Sequence[str]


# Everything else.


class PastEventsRead(msgspec.Struct, frozen=True):
    """Past events were read.

    Attributes:
        number: The number of the `ReadPastEvents` command.
        records: What was read, the oldest first.
        failures: Why some or all could not be read, in words.
        error: The first of the errors; None when everything was read.
    """

    number: int
    records: Sequence[Notification]
    failures: Sequence[str] = ()
    error: RcTailError | None = None


class SignalReceived(msgspec.Struct, frozen=True):
    """A signal asked the program to exit."""

    number: int


class WorkerCrashed(msgspec.Struct, frozen=True):
    """A worker thread ended by a bug, to be raised on the main thread."""

    error: BaseException


ConnectionEvent = (
    Opened
    | OpenFailed
    | FramesReceived
    | ConnectionLost
    | TokenRenewed
    | RenewalFailed
    | StaleFound
)
LoopEvent = ConnectionEvent | PastEventsRead | SignalReceived | WorkerCrashed | SinkReport
