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
    missed_count: int = 0
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
            self.missed_count = min(self.missed_count + 1, len(self.recent))

    def add_missed(self, more: int) -> None:
        """Remember that `more` of the newest notifications did not arrive."""
        self.missed_count = min(self.missed_count + more, len(self.recent))

    def take_missed(self) -> list[tuple[str, bytes]]:
        """Return what the client did not get; it is owed no longer."""
        first = len(self.recent) - self.missed_count
        self.missed_count = 0
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
    closing: bool = False

    @property
    def is_unreachable(self) -> bool:
        """Whether nothing that is sent now would be heard."""
        return self.muted or self.closing


PATH = "/restapi/v1.0/subscription"


LIFE = 86400.0


@dataclass(slots=True, eq=False)
class Subscription:
    """What a client asked to be told.

    Attributes:
        id: A UUID.
        session: Where its notifications go.
        created: Seconds since 1970.
        filters: What was granted.
        disabled: What was not.
        ends: When it is forgotten; later and later while its connection lives.
    """

    id: str
    session: GatewaySession
    created: float
    filters: Sequence[Filter]
    disabled: Sequence[RejectedFilter]
    expires: float

    @property
    def oauth(self) -> OAuthSession:
        """Whose it is."""
        return self.session.oauth

    def owned_by(self, oauth: OAuthSession) -> bool:
        """Whether it is this user's and app's."""
        mine = self.oauth
        return (mine.person, mine.client_id) == (oauth.person, oauth.client_id)

    def to_json(self, now: float, base: str = "") -> dict[str, Any]:
        """Return it as the service shows it; `base` makes its ``uri`` absolute."""
        told: dict[str, Any] = {
            "uri": f"{base}{PATH}/{self.id}",
            "id": self.id,
            "creationTime": iso_timestamp(self.created),
            "status": "Active",
            "eventFilters": [f.text for f in self.filters],
        }
        if self.disabled:
            told["disabledFilters"] = [
                {"filter": r.filter, "reason": r.code, "message": r.message} for r in self.disabled
            ]
        # A living connection renews its subscription by itself.
        expires = now + LIFE if self.session.connection is not None else self.expires
        return {
            **told,
            "expirationTime": iso_timestamp(expires),
            "expiresIn": max(0, int(expires - now) - 1),
            "deliveryMode": {"transportType": "WebSocket", "encryption": False},
        }
