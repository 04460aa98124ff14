"""The open connections of a tail, each read by a thread of its own."""

import threading
from collections.abc import Callable

from rc_tail.errors import ConnectionLostError
from rc_tail.gateway.transport import Connection, Incoming, Reader
from rc_tail.mailbox import Batch, Lost, Mailbox

CLOSE_WITHIN = 2.0
# Batches of a connection that wait in the mailbox: what is more stays with the system, and then
# with the peer. The main thread never blocks, so that none waits for long.
MOST_WAITING = 4

Spawn = Callable[[str, Callable[[], None]], threading.Thread]


class Links:
    """Holds connections by number; what comes in on them is left in the mailbox.

    Args:
        mailbox: Where to leave it.
        spawn: Does on a thread what may block.
    """

    def __init__(self, mailbox: Mailbox, spawn: Spawn) -> None:
        self._mailbox = mailbox
        self._spawn = spawn
        self._connections: dict[int, Connection] = {}
        self._readers: dict[int, Reader] = {}
        self._room: dict[int, threading.Semaphore] = {}
        self._closing: list[threading.Thread] = []

    def add(self, link: int, connection: Connection, *, reads: bool) -> None:
        """Hold a connection, and read it if `reads`."""
        self._connections[link] = connection
        if reads:
            room = self._room[link] = threading.Semaphore(MOST_WAITING)

            def leave(batch: list[Incoming], _at: float) -> None:
                if link in self._room:
                    room.acquire()
                self._mailbox.put(Batch(link, batch))

            reader = Reader(
                connection,
                on_batch=leave,
                on_lost=lambda error, _at: self._mailbox.put(Lost(link, error)),
            )
            self._readers[link] = reader
            reader.start()

    def taken(self, link: int) -> None:
        """A batch of this connection was taken from the mailbox: there is room for another."""
        room = self._room.get(link)
        if room is not None:
            room.release()

    def send(self, link: int, send: Callable[[Connection], None]) -> None:
        """Let `send` send something; that the connection is lost is left in the mailbox."""
        connection = self._connections.get(link)
        if connection is None:
            return
        try:
            send(connection)
        except ConnectionLostError as error:
            self._mailbox.put(Lost(link, error))

    def close(self, link: int, code: int, *, abort: bool) -> None:
        """End a connection, without waiting for it.

        Args:
            link: Its number; one that is gone already is no matter.
            code: What the peer is told.
            abort: Whether the peer is told nothing.
        """
        connection = self._connections.pop(link, None)
        reader = self._readers.pop(link, None)
        room = self._room.pop(link, None)
        if room is not None:
            # Its reader has to come to its end, whoever takes what it still brings: if it waits,
            # or is about to, it goes on now, and waits no more.
            room.release()
        if connection is None:
            return

        def work() -> None:
            if abort:
                connection.abort()
            else:
                connection.close(code, timeout=CLOSE_WITHIN)
            if reader is not None:
                reader.join(CLOSE_WITHIN)

        self._closing = [thread for thread in self._closing if thread.is_alive()]
        self._closing.append(self._spawn(f"rc-tail-close-{link}", work))

    def join(self) -> None:
        """Wait until the connections that were closed are gone, but not for long."""
        for thread in self._closing:
            thread.join(CLOSE_WITHIN)
