"""The state of the gateway: what ends with a connection, and what survives it."""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rc_tail.simulator.service.sessions import OAuthSession

if TYPE_CHECKING:
    from rc_tail.simulator.service.subscriptions import Subscription


@dataclass(slots=True, eq=False)
class GatewaySession:
    """What a ``wsc`` token stands for: it survives a cut for a while.

    Attributes:
        oauth: The login that it belongs to; no other can recover it.
        recent: The newest notifications, each as its uuid and its payload.
        sequence: Counts the messages that carried the token.
        wsc: The token.
        owed: How many of the newest notifications the client did not get.
        connection: The open connection, or None.
        subscription: The one subscription, or None.
        lost_at: When the connection was lost, while there is none.
    """

    oauth: OAuthSession
    recent: deque[tuple[str, bytes]]
    sequence: int = 0
    wsc: str = ""
    owed: int = 0
    connection: "Connection | None" = None
    subscription: "Subscription | None" = None
    lost_at: float | None = None

    def next_wsc(self) -> bytes:
        """Return the ``wsc`` to ride on the next message, as JSON."""
        self.sequence += 1
        return b'{"token":"%b","sequence":%d}' % (self.wsc.encode(), self.sequence)

    def keep(self, uuid: str, payload: bytes, *, missed: bool) -> None:
        """Keep a notification for a recovery; the oldest gives way."""
        self.recent.append((uuid, payload))
        if missed:
            self.owed = min(self.owed + 1, len(self.recent))

    def owe(self, more: int) -> None:
        """Remember that `more` of the newest notifications did not arrive."""
        self.owed = min(self.owed + more, len(self.recent))

    def take_owed(self) -> list[tuple[str, bytes]]:
        """Return what the client did not get; it is owed no longer."""
        first = len(self.recent) - self.owed
        self.owed = 0
        return list(self.recent)[first:]


@dataclass(slots=True, eq=False)
class Connection:
    """A WebSocket from open to close.

    Attributes:
        number: Tells connections apart.
        session: What survives it.
        ws_token: The token that opened it.
        opened: When it was opened.
        active: When the last message went either way; pings do not count.
        ping_at: When the next ping is due.
        pong_by: When the pong must have come; None when none is awaited.
        replay_at: When what was missed is sent; until then what is new waits behind it.
        muted: Whether nothing is sent any more, as a fault.
        leaving: Whether the client said goodbye: what comes now is kept for its return.
    """

    number: int
    session: GatewaySession
    ws_token: str
    opened: float
    active: float
    ping_at: float
    pong_by: float | None = None
    replay_at: float | None = None
    muted: bool = False
    leaving: bool = False

    @property
    def is_deaf(self) -> bool:
        """Whether nothing that is sent now would be heard."""
        return self.muted or self.leaving
