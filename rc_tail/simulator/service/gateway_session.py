"""The state of the gateway: what ends with a connection, and what survives it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rc_tail.simulator.service.filters import Filter, RejectedFilter
from rc_tail.simulator.service.sessions import OAuthSession
from rc_tail.simulator.service.timestamps import iso_timestamp


@dataclass(slots=True, eq=False)
class GatewaySession:
    """The session of a ``wsc`` token; it survives a lost connection for a while.

    Attributes:
        oauth: The login that it belongs to; no other can recover it.
        recent: The newest notifications, each as its uuid and its payload.
        sequence: Counts the messages that carried the token.
        wsc: The token.
        missed_count: How many of the newest notifications the client has not received.
        connection: The open connection, or None.
        subscription: The only subscription, or None.
        lost_at: When the connection was lost; None while there is one.
    """

    oauth: OAuthSession
    recent: deque[tuple[str, bytes]]
    sequence: int = 0
    wsc: str = ""
    missed_count: int = 0
    connection: "Connection | None" = None
    subscription: "Subscription | None" = None
    lost_at: float | None = None

    def next_wsc(self) -> bytes:
        """Return the ``wsc`` of the next message, as JSON."""
        self.sequence += 1
        return b'{"token":"%b","sequence":%d}' % (self.wsc.encode(), self.sequence)

    def buffer(self, uuid: str, payload: bytes, *, missed: bool) -> None:
        """Buffer a notification for a recovery, in place of the oldest."""
        self.recent.append((uuid, payload))
        if missed:
            self.missed_count = min(self.missed_count + 1, len(self.recent))

    def add_missed(self, more: int) -> None:
        """Count `more` of the newest notifications as missed."""
        self.missed_count = min(self.missed_count + more, len(self.recent))

    def take_missed(self) -> list[tuple[str, bytes]]:
        """Return the missed notifications, and count them as received."""
        first = len(self.recent) - self.missed_count
        self.missed_count = 0
        return list(self.recent)[first:]


@dataclass(slots=True, eq=False)
class Connection:
    """A WebSocket from open to close.

    Attributes:
        number: The server's number of it.
        session: What survives it.
        ws_token: The token that opened it.
        opened: When it was opened.
        active: When the last message was sent or received; pings do not count.
        ping_at: When the next ping is due.
        pong_by: When the connection is closed for want of a pong; None when none is expected.
        replay_at: When missed notifications are sent; new ones wait until then. None for no replay.
        muted: Whether a fault stops all sending.
        closing: Whether the client has sent a close frame: notifications are buffered from now on.
        revoked: Whether its login was revoked: requests are refused, and it is closed after a while.
        revoked_until: When that is; None until a timer has seen it.
        requests: How many requests have arrived whose answers are not on their way yet.
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
    closing: bool = False
    revoked: bool = False
    revoked_until: float | None = None
    requests: int = 0

    @property
    def is_unreachable(self) -> bool:
        """Whether the client would not receive what is sent now."""
        return self.muted or self.closing


PATH = "/restapi/v1.0/subscription"
LIFE = 86400.0


@dataclass(slots=True, eq=False)
class Subscription:
    """A subscription to event filters.

    Attributes:
        id: A UUID.
        created: Seconds since 1970.
        filters: The granted filters.
        disabled: The rejected ones.
        expires: When it is deleted; the service moves it on while the connection is open.
    """

    id: str
    session: GatewaySession
    created: float
    filters: Sequence[Filter]
    disabled: Sequence[RejectedFilter]
    expires: float

    @property
    def oauth(self) -> OAuthSession:
        """The login that it belongs to."""
        return self.session.oauth

    def owned_by(self, oauth: OAuthSession) -> bool:
        """Whether user and app are the same as those of `oauth`."""
        mine = self.oauth
        return (mine.person, mine.client_id) == (oauth.person, oauth.client_id)

    def to_json(self, now: float, base: str = "") -> dict[str, Any]:
        """Return its representation; `base` makes its ``uri`` absolute."""
        shared: dict[str, Any] = {
            "uri": f"{base}{PATH}/{self.id}",
            "id": self.id,
            "creationTime": iso_timestamp(self.created),
            "status": "Active",
            "eventFilters": [f.text for f in self.filters],
        }
        if self.disabled:
            shared["disabledFilters"] = [
                {"filter": r.filter, "reason": r.code, "message": r.message} for r in self.disabled
            ]
        # An open connection renews its subscription by itself.
        expires = now + LIFE if self.session.connection is not None else self.expires
        return {
            **shared,
            "expirationTime": iso_timestamp(expires),
            "expiresIn": max(0, int(expires - now) - 1),
            "deliveryMode": {"transportType": "WebSocket", "encryption": False},
        }
