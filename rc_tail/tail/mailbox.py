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
from rc_tail.sinks.reports import Written
from rc_tail.tail.loop_events import ConnectionLost, FramesReceived, LoopEvent
from rc_tail.transport.websocket import Connection

_PIPE_CAPACITY = 65536


class SocketSource:
    """A connection as a source of the mailbox: batches of messages, and at last why it ended.

    Args:
        link: The number of the connection.

    Attributes:
        over: Whether the connection has ended, and that was returned.
        stream: What is read: it knows what to wait for.
        waited_for: What the mailbox waits for, as `select.poll` has it.
    """

    def __init__(self, link: int, connection: Connection) -> None:
        self.connection = connection
        self.over = False
        self.stream = connection.stream
        self.waited_for = 0
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
    """A queue that threads and signal handlers may put events into at any time.

    Attributes:
        written: What was written last, where the main thread need not be woken for it. Any thread
            may set it; nothing takes it away.
    """

    def __init__(self) -> None:
        # What a process without free descriptors does not get is not closed either.
        self._pipe: tuple[int, ...] = ()
        # A single operation of a deque is atomic for threads and for signal handlers.
        self._events: deque[LoopEvent] = deque()
        self.written = Written(0)
        # One byte for each event, so that none can be missed between a look and the wait.
        self._pipe = self._wakeup_read, self._wakeup_write = os.pipe()
        for end in self._pipe:
            os.set_blocking(end, False)
        self._poll = select.poll()
        self._poll.register(self._wakeup_read, select.POLLIN)
        # By descriptor.
        self._sources: dict[int, SocketSource] = {}

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

    def watch(self, source: SocketSource) -> None:
        """Take from `source` too until it is over, beginning with what it has already."""
        descriptor = source.fileno()
        if descriptor < 0:
            # It was over before it began.
            self._events += source.take()
            return
        self._sources[descriptor] = source
        self._register(descriptor, source)
        self._take(descriptor)

    def unwatch(self, source: SocketSource) -> None:
        """Take nothing more from `source`; an unknown one is ignored."""
        for descriptor, known in [*self._sources.items()]:
            if known is source:
                self._forget(descriptor)

    def get(self, timeout: float) -> LoopEvent | None:
        """Return the next event, waiting up to `timeout` seconds; None when there is none yet.

        It may return None sooner, when a source has a part of a message.
        """
        events = self._events
        if not events:
            self._wait(timeout)
        return events.popleft() if events else None

    def _wait(self, timeout: float) -> None:
        # `poll` rounds milliseconds up: a wait that ends early would become a busy loop.
        milliseconds = timeout * 1000.0 if timeout > 0.0 else 0.0
        for descriptor, source in self._sources.items():
            if source.waited_for != source.stream.waits_for:
                self._register(descriptor, source)
        while ready := self._poll.poll(milliseconds):
            for descriptor, _ in ready:
                if descriptor == self._wakeup_read:
                    os.read(descriptor, _PIPE_CAPACITY)
                else:
                    self._take(descriptor)
            if self._events or len(ready) > 1 or descriptor != self._wakeup_read:
                return
            # It was woken for events that were taken before.
        if milliseconds:
            self._take_from_all()

    def _take_from_all(self) -> None:
        # A source may have waited too long for something, and reports that.
        for descriptor in [*self._sources]:
            self._take(descriptor)

    def _register(self, descriptor: int, source: SocketSource) -> None:
        # To a known descriptor it tells what to wait for now.
        source.waited_for = source.stream.waits_for
        self._poll.register(descriptor, source.waited_for)

    def _take(self, descriptor: int) -> None:
        source = self._sources[descriptor]
        self._events.extend(source.take())
        if source.over:
            self._forget(descriptor)

    def _forget(self, descriptor: int) -> None:
        del self._sources[descriptor]
        self._poll.unregister(descriptor)
