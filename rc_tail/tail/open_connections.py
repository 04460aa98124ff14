"""The open connections of a tail, read on the main thread as soon as something arrives.

A thread for each would cost a hand-over of every batch: at a few thousand events a second half of
the latency from the service to the line, and in bursts a tenth of the work.
"""

import threading
from collections.abc import Callable

from rc_tail.errors import ConnectionLostError
from rc_tail.gateway.commands import Close, SendPing, SendText
from rc_tail.tail.loop_events import ConnectionLost
from rc_tail.tail.mailbox import Mailbox, SocketSource
from rc_tail.transport.websocket import Connection

CLOSE_WITHIN = 2.0

Spawn = Callable[[str, Callable[[], None]], threading.Thread]


class OpenConnections:
    """The connections by number; what they receive arrives in the mailbox.

    Args:
        spawn: Runs on a thread what may block.
    """

    def __init__(self, mailbox: Mailbox, spawn: Spawn) -> None:
        self._mailbox = mailbox
        self._spawn = spawn
        self._connections: dict[int, Connection] = {}
        self._sources: dict[int, SocketSource] = {}
        self._closing: list[threading.Thread] = []

    def add(self, link: int, connection: Connection, *, reads: bool) -> None:
        """Add a connection, and read it if `reads`."""
        self._connections[link] = connection
        if reads:
            source = self._sources[link] = SocketSource(link, connection)
            self._mailbox.watch(source)

    def send_text(self, command: SendText) -> None:
        """Send a text message; a lost connection is reported to the mailbox."""
        if (connection := self._connections.get(command.link)) is not None:
            try:
                connection.send_text(command.text)
            except ConnectionLostError as error:
                self._mailbox.put(ConnectionLost(command.link, error))

    def send_ping(self, command: SendPing) -> None:
        """Send a WebSocket ping; a lost connection is reported to the mailbox."""
        if (connection := self._connections.get(command.link)) is not None:
            try:
                connection.ping()
            except ConnectionLostError as error:
                self._mailbox.put(ConnectionLost(command.link, error))

    def close(self, command: Close) -> None:
        """Close a connection without waiting for it; one that is closed already is ignored.

        After a close frame, what the peer still sends until it has closed too arrives in the
        mailbox, followed by the loss of the connection.
        """
        connection = self._connections.pop(command.link, None)
        source = self._sources.pop(command.link, None)
        if source is not None:
            # The thread that closes it reads it to its end: the main thread may be ending as well.
            self._mailbox.unwatch(source)
        if connection is None:
            return

        def work() -> None:
            if command.abort:
                connection.abort()
                return
            connection.close(command.code, timeout=CLOSE_WITHIN)
            if source is not None and not source.over:
                for event in source.take():
                    self._mailbox.put(event)

        self._closing = [thread for thread in self._closing if thread.is_alive()]
        self._closing.append(self._spawn(f"rc-tail-close-{command.link}", work))

    def abort(self) -> None:
        """Close all connections at once, without a close frame."""
        for source in self._sources.values():
            self._mailbox.unwatch(source)
        for connection in self._connections.values():
            connection.abort()

    def join(self) -> None:
        """Wait up to `CLOSE_WITHIN` seconds for each connection that is being closed."""
        for thread in self._closing:
            thread.join(CLOSE_WITHIN)
