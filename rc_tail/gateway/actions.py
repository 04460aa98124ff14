"""What the session asks of the program around it, and what it tells.

Times are seconds on the session's clock, which goes on while the machine sleeps.
"""

from collections.abc import Sequence

import msgspec

from rc_tail.errors import RcTailError
from rc_tail.gateway.messages import DisabledFilter, Notification


class Connect(msgspec.Struct, frozen=True):
    """Open a connection: a fresh WebSocket token, then the handshake.

    Attributes:
        link: The number by which everything about this connection is told.
        wsc: The token that recovers the session; empty for a new one.
        oauth_session: The OAuth session that `wsc` belongs to; with another one's access token
            the connection is opened without `wsc`.
        rejected: Whether the access token used last was refused on the connection.
        min_life: Seconds that the access token must still live, beyond what is usual.
    """

    link: int
    wsc: str = ""
    oauth_session: str = ""
    rejected: bool = False
    min_life: float = 0.0


class RenewToken(msgspec.Struct, frozen=True):
    """Get another access token of the OAuth session that a connection runs under."""

    link: int
    oauth_session: str
    min_life: float


class FindStale(msgspec.Struct, frozen=True):
    """There is no room for another subscription: which of ours are left over from dead processes?

    Attributes:
        link: The connection that needs the room.
        spare: Subscriptions that are in use.
    """

    link: int
    spare: frozenset[str]


class SendText(msgspec.Struct, frozen=True):
    """Send a text message."""

    link: int
    text: str


class SendPing(msgspec.Struct, frozen=True):
    """Send a WebSocket ping."""

    link: int


class Close(msgspec.Struct, frozen=True):
    """Close a connection: with a close frame, or at once when the peer is given up."""

    link: int
    code: int = 1000
    abort: bool = False


class Deliver(msgspec.Struct, frozen=True):
    """Print these."""

    notifications: Sequence[Notification]


class SubscriptionChanged(msgspec.Struct, frozen=True):
    """A subscription of ours now exists (`active`) or is gone from the service."""

    subscription_id: str
    active: bool


class Ready(msgspec.Struct, frozen=True):
    """The subscription is confirmed: from now on nothing is missed.

    Attributes:
        first: Whether this is the first time.
        filters: The active event filters as the service resolved them; None when not told.
    """

    first: bool
    filters: tuple[str, ...] | None


class FiltersDisabled(msgspec.Struct, frozen=True):
    """Some filters were refused while the others are active."""

    filters: tuple[DisabledFilter, ...]


class Reconnecting(msgspec.Struct, frozen=True):
    """There is no connection; the next try is made in `delay` seconds."""

    reason: str
    delay: float


class TookOver(msgspec.Struct, frozen=True):
    """Another connection has taken the place of the one before, which is read to its end."""

    reason: str


class Gap(msgspec.Struct, frozen=True):
    """A time for which events may be missing, or were replayed.

    Attributes:
        start: When the last frame before it came in.
        end: When events flow again.
        reason: Why.
        recovered: Whether the service kept the session and replayed what it had.
        replayed: How many events it replayed.
        overflow: Whether the replay filled the service's buffer, so that older ones may be lost.
        events: The number of events known to be lost, where it is known.
        unsure: Whether some may have been on their way, or have come to a program that was killed
            before it printed them: the service takes those for delivered, and replays them to
            nobody.
    """

    start: float
    end: float
    reason: str
    recovered: bool
    replayed: int = 0
    overflow: bool = False
    events: int | None = None
    unsure: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether all that was missed has been replayed."""
        return self.recovered and not self.overflow and not self.unsure


class Notice(msgspec.Struct, frozen=True):
    """Something odd that a person may want to know; `warn` marks what must not be hidden."""

    event: str
    message: str
    warn: bool = False


class Stop(msgspec.Struct, frozen=True):
    """The end: everything is closed. `error` says why, None when it was asked for."""

    error: RcTailError | None = None


Action = (
    Connect
    | SendText
    | SendPing
    | Close
    | Deliver
    | RenewToken
    | FindStale
    | SubscriptionChanged
    | Ready
    | FiltersDisabled
    | Reconnecting
    | TookOver
    | Gap
    | Notice
    | Stop
)
