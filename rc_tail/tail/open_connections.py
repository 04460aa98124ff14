"""The open connections of a tail, read on the main thread as soon as something comes.

A thread for each would cost what it takes to hand every batch over: at a few thousand events a
second half of the time from the service to the line, and of bursts a tenth of the work.
"""

import threading
from collections.abc import Callable

from rc_tail.errors import ConnectionLostError
from rc_tail.tail.mailbox import ConnectionEnded, FramesCame, Item, Mailbox
from rc_tail.transport.websocket import Connection

CLOSE_WITHIN = 2.0

Spawn = Callable[[str, Callable[[], None]], threading.Thread]


class SocketSource:
    """A connection as a source of the mailbox: batches, and at last why it ended.

    Args:
        link: Its number.
        connection: What to read.
    """

    def __init__(self, link: int, connection: Connection) -> None:
        self.connection = connection
        self.over = False
        self._link = link

    def fileno(self) -> int:
        """Return the descriptor of its socket."""
        return self.connection.fileno()

    def events(self) -> int:
        """Return what to wait for."""
        return self.connection.events()

    def take(self) -> list[Item]:
        """Return what has come; pings are answered meanwhile."""
        items: list[Item] = []
        try:
            if batch := self.connection.read_batch(0.0):
                items.append(FramesCame(self._link, batch))
            if self.connection.lost:
                # Its descriptor is closed: there is nothing more to wait for.
                self.connection.read_batch(0.0)
        except ConnectionLostError as error:
            self.over = True
            items.append(ConnectionEnded(self._link, error))
        return items


class OpenConnections:
    """Holds connections by number; what comes in on them is left in the mailbox.

    Args:
        mailbox: Where to leave it.
        spawn: Does on a thread what may block.
    """

    def __init__(self, mailbox: Mailbox, spawn: Spawn) -> None:
        self._mailbox = mailbox
        self._spawn = spawn
        self._connections: dict[int, Connection] = {}
        self._readings: dict[int, SocketSource] = {}
        self._closing: list[threading.Thread] = []

    def add(self, link: int, connection: Connection, *, reads: bool) -> None:
        """Hold a connection, and read it if `reads`."""
        self._connections[link] = connection
        if reads:
            reading = self._readings[link] = SocketSource(link, connection)
            self._mailbox.watch(reading)

    def send(self, link: int, send: Callable[[Connection], None]) -> None:
        """Let `send` send something; that the connection is lost is left in the mailbox."""
        connection = self._connections.get(link)
        if connection is None:
            return
        try:
            send(connection)
        except ConnectionLostError as error:
            self._mailbox.put(ConnectionEnded(link, error))

    def close(self, link: int, code: int, *, abort: bool) -> None:
        """End a connection, without waiting for it.

        Where the peer is told, what it still sends until it has closed as well is left in the
        mailbox, and then that the connection is lost.

        Args:
            link: Its number; one that is gone already is no matter.
            code: What the peer is told.
            abort: Whether the peer is told nothing.
        """
        connection = self._connections.pop(link, None)
        reading = self._readings.pop(link, None)
        if reading is not None:
            # Whoever closes it reads it to its end: the main thread may be about to end as well.
            self._mailbox.unwatch(reading)
        if connection is None:
            return

        def work() -> None:
            if abort:
                connection.abort()
                return
            connection.close(code, timeout=CLOSE_WITHIN)
            if reading is not None and not reading.over:
                for item in reading.take():
                    self._mailbox.put(item)

        self._closing = [thread for thread in self._closing if thread.is_alive()]
        self._closing.append(self._spawn(f"rc-tail-close-{link}", work))

    def abort(self) -> None:
        """End all connections at once, without a word."""
        for reading in self._readings.values():
            self._mailbox.unwatch(reading)
        for connection in self._connections.values():
            connection.abort()

    def join(self) -> None:
        """Wait until the connections that were closed are gone, but not for long."""
        for thread in self._closing:
            thread.join(CLOSE_WITHIN)
