"""The open connections of a session: one carries the events, one may be about to replace it.

Replaced connections stay until their subscription is deleted.
"""

from rc_tail.gateway.commands import Close, Connect, SessionCommand
from rc_tail.gateway.connection_state import ConnectionState
from rc_tail.gateway.supervision import Phase


class Connections:
    """Finds connections by number, and knows their roles.

    Attributes:
        by_number: All of them.
        current: The one that carries the events, or is to; None while there is none.
        successor: The one that is to take over; None while there is none.
        token_rejected: Whether the access token used last was refused on a connection.
    """

    def __init__(self) -> None:
        self.by_number: dict[int, ConnectionState] = {}
        self.current: ConnectionState | None = None
        self.successor: ConnectionState | None = None
        self.token_rejected = False
        self._opened = 0

    def open_current(
        self, now: float, *, wsc: str, oauth_session: str, is_successor: bool
    ) -> Connect:
        """Open the connection that is to carry the events.

        Args:
            wsc: The token that recovers the session; empty for a new session.
            oauth_session: The OAuth session that `wsc` belongs to.
            is_successor: Whether `wsc` is of a session that replaced another.
        """
        self.current = self._add(now, wsc=wsc, is_successor=is_successor)
        return Connect(self.current.number, wsc, oauth_session if wsc else "", self.token_rejected)

    def open_successor(self, now: float, *, min_life: float) -> Connect:
        """Open the connection that is to take over.

        Args:
            min_life: Seconds that its access token must live.
        """
        self.successor = self._add(now, is_successor=True)
        number = self.successor.number
        return Connect(number, rejected=self.token_rejected, min_life=min_life)

    def _add(self, now: float, *, is_successor: bool, wsc: str = "") -> ConnectionState:
        self._opened += 1
        connection = ConnectionState(self._opened, wsc=wsc, is_successor=is_successor)
        connection.enter(Phase.OPENING, now)
        self.by_number[connection.number] = connection
        return connection

    def ordered(self) -> list[ConnectionState]:
        """Return all: the current one, its successor, then the replaced ones."""
        first = [c for c in (self.current, self.successor) if c is not None]
        if len(first) == len(self.by_number):
            return first
        return first + self.replaced()

    def replaced(self) -> list[ConnectionState]:
        """Return those that are neither the current one nor its successor."""
        return [
            connection
            for connection in self.by_number.values()
            if connection is not self.current and connection is not self.successor
        ]

    @property
    def is_current_alone(self) -> bool:
        """Whether there is none beside the current one."""
        return len(self.by_number) == (self.current is not None)

    def release(self, connection: ConnectionState) -> None:
        """Take its role from a connection, which stays until it is closed."""
        if connection is self.current:
            self.current = None
        elif connection is self.successor:
            self.successor = None
        # To the end: replaced connections are visited in the order in which they were replaced.
        self.by_number[connection.number] = self.by_number.pop(connection.number)

    def promote(self) -> ConnectionState | None:
        """Make the successor the current one; return the one that it replaces."""
        replaced, self.current, self.successor = self.current, self.successor, None
        return replaced

    def abandon(self, connection: ConnectionState) -> list[SessionCommand]:
        """Give a connection up without a close frame."""
        connection.phase = Phase.GONE
        self.remove(connection)
        return [Close(connection.number, abort=True)]

    def dismiss(self, connection: ConnectionState) -> list[SessionCommand]:
        """Close a connection that is not needed."""
        self.remove(connection)
        return [Close(connection.number, abort=not connection.is_open)]

    def remove(self, connection: ConnectionState) -> None:
        """Forget a connection."""
        self.release(connection)
        del self.by_number[connection.number]
