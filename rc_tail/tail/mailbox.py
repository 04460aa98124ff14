"""The one queue of the loop: what threads, signal handlers and sockets have for the main thread.

The main thread waits for its sockets here too, so that what they receive need not be handed from one
thread to another.
"""

import contextlib
import os
import select
from collections import deque
from collections.abc import Sequence

from rc_tail.errors import ConnectionLostError
from rc_tail.tail.loop_events import ConnectionLost, FramesReceived, LoopEvent
from rc_tail.transport.websocket import Connection

_PIPE_CAPACITY = 65536


class SocketSource:
    """A connection as a source of the mailbox: batches of messages, and at last why it ended.

    Args:
        link: The number of the connection.

    Attributes:
        over: Whether the connection has ended, and that was returned.
        events: Returns what to wait for, as `select.poll` has it.
    """

    def __init__(self, link: int, connection: Connection) -> None:
        self.connection = connection
        self.over = False
        self.events = connection.events
        self._link = link

    def fileno(self) -> int:
        """Return the descriptor of the socket; it stays the same until the source is over."""
        return self.connection.fileno()

    def take(self) -> Sequence[LoopEvent]:
        """Return what was received, without waiting; pings are answered meanwhile."""
        events: list[LoopEvent] = []
        connection = self.connection
        try:
            if batch := connection.read_batch(0.0):
                events.append(FramesReceived(self._link, batch))
            if connection.is_lost:
                # Its descriptor is closed: there is nothing more to wait for.
                connection.read_batch(0.0)
        except ConnectionLostError as error:
            self.over = True
            events.append(ConnectionLost(self._link, error))
        return events


class Mailbox:
    """A queue that threads and signal handlers may put events into at any time."""

    def __init__(self) -> None:
        # What a process without free descriptors does not get is not closed either.
        self._pipe: tuple[int, ...] = ()
        # A single operation of a deque is atomic for threads and for signal handlers.
        self._events: deque[LoopEvent] = deque()
        self._latest: deque[LoopEvent] = deque(maxlen=1)
        # One byte for each event, so that none can be missed between a look and the wait.
        self._pipe = self._wakeup_read, self._wakeup_write = os.pipe()
        for end in self._pipe:
            os.set_blocking(end, False)
        self._poll = select.poll()
        self._poll.register(self._wakeup_read, select.POLLIN)
        # By descriptor: a source, and what it is waited for.
        self._sources: dict[int, tuple[SocketSource, int]] = {}

    def __del__(self) -> None:
        # Only now can no thread write to the pipe any more.
        for end in self._pipe:
            os.close(end)

    @property
    def wakeup_descriptor(self) -> int:
        """A descriptor that wakes the main thread when it is written to; it never blocks."""
        return self._wakeup_write

    def put(self, event: LoopEvent) -> None:
        """Add `event` and wake the main thread."""
        self._events.append(event)
        with contextlib.suppress(BlockingIOError):  # full of wake-ups already
            os.write(self._wakeup_write, b"!")

    def put_latest(self, event: LoopEvent) -> None:
        """Store `event` in place of the one before, for when the main thread is awake anyway."""
        self._latest.append(event)

    def latest(self) -> LoopEvent | None:
        """Return what `put_latest` stored, without waiting; None when there is nothing."""
        # Only the main thread takes it away.
        return self._latest.popleft() if self._latest else None

    def watch(self, source: SocketSource) -> None:
        """Take from `source` too until it is over, beginning with what it has already."""
        descriptor, events = source.fileno(), source.events()
        if descriptor < 0:
            # It was over before it began.
            self._events += source.take()
            return
        self._sources[descriptor] = source, events
        self._poll.register(descriptor, events)
        self._take(descriptor)

    def unwatch(self, source: SocketSource) -> None:
        """Take nothing more from `source`; an unknown one is ignored."""
        for descriptor, (known, _) in [*self._sources.items()]:
            if known is source:
                self._forget(descriptor)

    def get(self, timeout: float) -> LoopEvent | None:
        """Return the next event, waiting up to `timeout` seconds; None when there is none yet.

        It may return None sooner, when a source has a part of a message.
        """
        if self._latest:
            return self._latest.popleft()
        if not self._events:
            self._wait(timeout)
        return self._events.popleft() if self._events else None

    def _wait(self, timeout: float) -> None:
        # In whole milliseconds, rounded up: a wait that ends early would become a busy loop.
        milliseconds = int(timeout * 1000) + 1 if timeout > 0 else 0
        self._update_registrations()
        ready = self._poll.poll(milliseconds)
        while (self._wakeup_read, select.POLLIN) in ready:
            os.read(self._wakeup_read, _PIPE_CAPACITY)
            if len(ready) > 1 or self._events or not milliseconds:
                break
            # It was woken for events that were taken before.
            ready = self._poll.poll(milliseconds)
        for descriptor, _ in ready:
            if descriptor != self._wakeup_read:
                self._take(descriptor)
        if not ready and milliseconds:
            # A source may have waited too long for something, and reports that.
            for descriptor in [*self._sources]:
                self._take(descriptor)

    def _update_registrations(self) -> None:
        for descriptor, (source, registered) in self._sources.items():
            events = source.events()
            if events != registered:
                self._sources[descriptor] = source, events
                self._poll.modify(descriptor, events)

    def _take(self, descriptor: int) -> None:
        source, _ = self._sources[descriptor]
        self._events += source.take()
        if source.over:
            self._forget(descriptor)

    def _forget(self, descriptor: int) -> None:
        del self._sources[descriptor]
        self._poll.unregister(descriptor)
