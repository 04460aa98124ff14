"""The commands of the session: what the program around it has to do or to report.

Times are seconds on the session's clock, which includes the time that the machine sleeps. `link` is
the number of a connection.
"""

from collections.abc import Sequence

import msgspec

from rc_tail.errors import RcTailError
from rc_tail.gateway.messages import DisabledFilter, Notification


class Connect(msgspec.Struct, frozen=True):
    """Open a connection: a fresh WebSocket token, then the handshake.

    Attributes:
        link: The number that events and commands of this connection carry.
        wsc: The token that recovers the session; empty for a new one.
        oauth_session: The OAuth session that `wsc` belongs to; with another one's access token
            the connection is opened without `wsc`.
        rejected: Whether the access token used last was refused on the connection.
        min_life: Seconds that the access token must still be valid, beyond the usual minimum.
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
    """Find subscriptions of ours that exited processes left behind: the limit is reached.

    Attributes:
        link: The connection that needs another subscription.
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
    """Close a connection: with a close frame, or with `abort` at once."""

    link: int
    code: int = 1000
    abort: bool = False


class Deliver(msgspec.Struct, frozen=True):
    """Print these events of ours, which are new, once the gaps before them are filled."""

    notifications: Sequence[Notification]


class SubscriptionChanged(msgspec.Struct, frozen=True):
    """Record that a subscription of ours now exists (`active`) or was deleted."""

    subscription_id: str
    active: bool


class Ready(msgspec.Struct, frozen=True):
    """Report that the subscription is confirmed: from now on nothing is missed.

    Attributes:
        first: Whether this is the first time.
        filters: The active event filters as the service resolved them; None when it did not list them.
    """

    first: bool
    filters: tuple[str, ...] | None


class FiltersDisabled(msgspec.Struct, frozen=True):
    """Report that some filters were refused while the others are active."""

    filters: tuple[DisabledFilter, ...]


class Reconnecting(msgspec.Struct, frozen=True):
    """Report that there is no connection; the next try is made in `delay` seconds.

    Attributes:
        limited: Whether a rate limit is the reason.
    """

    reason: str
    delay: float
    limited: bool = False


class TookOver(msgspec.Struct, frozen=True):
    """Report that a new connection replaced the one before, which is read to its end."""

    reason: str


class Gap(msgspec.Struct, frozen=True):
    """A time for which events may be missing, or were replayed.

    Attributes:
        start: When the last frame before it was received.
        end: When events flow again.
        recovered: Whether the service kept the session and replayed what it had.
        replayed: How many events it replayed.
        overflow: Whether the replay filled the service's buffer, so that older ones may be lost.
        events: The number of events known to be lost, where it is known.
        unsure: Whether some may have been on their way, or were received by a program that was
            killed before it printed them: the service considers those delivered, and does not
            replay them.
        lost_at: When the connection was given up, if the service kept the session; None for `start`.
    """

    start: float
    end: float
    reason: str
    recovered: bool
    replayed: int = 0
    overflow: bool = False
    events: int | None = None
    unsure: bool = False
    lost_at: float | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all that was missed has been replayed."""
        return self.recovered and not self.overflow and not self.unsure


class Notice(msgspec.Struct, frozen=True):
    """Report something odd that a person may want to know; `warn` marks what must not be hidden."""

    event: str
    message: str
    warn: bool = False


class Stop(msgspec.Struct, frozen=True):
    """Stop: everything is closed; `error` is None when that was requested."""

    error: RcTailError | None = None


SessionCommand = (
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
