"""What readers, workers and signals tell the one consumer on the main thread."""

import contextlib
import os
import select
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from rc_tail.errors import RcTailError

if TYPE_CHECKING:
    from rc_tail.gateway.connection_state import TokenLife
    from rc_tail.gateway.messages import Notification
    from rc_tail.tail.dialer import DialedConnection
    from rc_tail.transport.websocket import Incoming


class Opened(msgspec.Struct, frozen=True):
    """A connection is open."""

    link: int
    dialed: "DialedConnection"


class OpenFailed(msgspec.Struct, frozen=True):
    """A connection could not be opened."""

    link: int
    error: RcTailError


class FramesCame(msgspec.Struct, frozen=True):
    """Frames came in."""

    link: int
    incoming: "Sequence[Incoming]"


class ConnectionEnded(msgspec.Struct, frozen=True):
    """A connection is gone."""

    link: int
    error: RcTailError


class TokenRenewed(msgspec.Struct, frozen=True):
    """The OAuth session of a connection goes on."""

    link: int
    token: "TokenLife"


class RenewalFailed(msgspec.Struct, frozen=True):
    """The OAuth session of a connection could not be continued."""

    link: int
    error: RcTailError


class StaleFound(msgspec.Struct, frozen=True):
    """These subscriptions of ours are left over from processes that are gone."""

    link: int
    subscriptions: Sequence[str]


class Written(msgspec.Struct, frozen=True):
    """Events were written: so many in all, and these last; all of them where they are wanted."""

    total: int
    events: "Sequence[Notification]" = ()


class HistoryCame(msgspec.Struct, frozen=True):
    """What was read from the history, in the order of its time, and why some was not.

    Attributes:
        number: The order's.
        records: What was read.
        failures: Why some or all was not, in words.
        error: The first of them.
    """

    number: int
    records: "Sequence[Notification]"
    failures: Sequence[str] = ()
    error: RcTailError | None = None


class OutputFailed(msgspec.Struct, frozen=True):
    """An output cannot be written any more."""

    error: RcTailError


class OutputLost(msgspec.Struct, frozen=True):
    """Events were lost on the way out."""

    events: int
    reason: str


class SignalCame(msgspec.Struct, frozen=True):
    """The program was asked to end by a signal."""

    number: int


class Crashed(msgspec.Struct, frozen=True):
    """A worker met something unforeseen: a bug, to be raised on the main thread."""

    error: BaseException


Output = OutputFailed | OutputLost
OfLink = Opened | OpenFailed | ConnectionEnded | TokenRenewed | RenewalFailed | StaleFound
Item = FramesCame | OfLink | Written | HistoryCame | Output | SignalCame | Crashed


_MOST_RINGS = 65536  # what a pipe holds


class MailboxSource(Protocol):
    """Something that the main thread takes items from itself, when its descriptor says so."""

    def fileno(self) -> int:
        """Return the descriptor; it stays the same until the source is over."""
        ...

    def events(self) -> int:
        """Return what to wait for, as `select.poll` has it."""
        ...

    def take(self) -> Sequence[Item]:
        """Return what has come, without waiting."""
        ...

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        ...


class Mailbox:
    """A queue that threads and signal handlers may put into at any time.

    Whoever waits for it waits for its sources too: what they bring need not be handed over from
    one thread to another.
    """

    def __init__(self) -> None:
        # One operation of a deque is never interrupted, neither by a thread nor by a signal.
        self._items: deque[Item] = deque()
        self._latest: deque[Item] = deque(maxlen=1)
        # Rung for each item, so that none can be missed between a look and the wait.
        self._bell, self._ring = os.pipe()
        for end in (self._bell, self._ring):
            os.set_blocking(end, False)
        self._poll = select.poll()
        self._poll.register(self._bell, select.POLLIN)
        # By descriptor: a source, and what it is waited for.
        self._sources: dict[int, tuple[MailboxSource, int]] = {}

    def __del__(self) -> None:
        # Only now can no thread ring any more.
        os.close(self._bell)
        os.close(self._ring)

    @property
    def bell(self) -> int:
        """A descriptor that wakes the main thread when it is written to; it never blocks."""
        return self._ring

    def put(self, item: Item) -> None:
        """Leave `item` for the main thread, and wake it."""
        self._items.append(item)
        with contextlib.suppress(BlockingIOError):  # it rings already
            os.write(self._ring, b"!")

    def put_latest(self, item: Item) -> None:
        """Leave `item`, in place of the one before, to be found when the main thread is awake."""
        self._latest.append(item)

    def latest(self) -> Item | None:
        """Return what was left to be found, without waiting; None when there is nothing."""
        # Nobody else takes it away.
        return self._latest.popleft() if self._latest else None

    def watch(self, source: MailboxSource) -> None:
        """Take from `source` too until it is over, beginning with what it has already."""
        descriptor, events = source.fileno(), source.events()
        if descriptor < 0:
            # It was over before it began.
            self._items += source.take()
            return
        self._sources[descriptor] = source, events
        self._poll.register(descriptor, events)
        self._take(descriptor)

    def unwatch(self, source: MailboxSource) -> None:
        """Take nothing more from `source`; one that is over, or not known, is no matter."""
        for descriptor, (known, _) in [*self._sources.items()]:
            if known is source:
                self._forget(descriptor)

    def get(self, timeout: float) -> Item | None:
        """Return the next item, waiting up to `timeout` seconds; None when there is none yet.

        That may be sooner, when a source has a part of one.
        """
        if (latest := self.latest()) is not None:
            return latest
        if not self._items:
            self._wait(timeout)
        return self._items.popleft() if self._items else None

    def _wait(self, timeout: float) -> None:
        # In whole milliseconds, upwards: a wait that ends early would be waited in a circle.
        milliseconds = int(timeout * 1000) + 1 if timeout > 0 else 0
        self._see_what_to_wait_for()
        ready = self._poll.poll(milliseconds)
        while self._has_only_rung(ready) and milliseconds:
            ready = self._poll.poll(milliseconds)
        for descriptor, _ in ready:
            if descriptor != self._bell:
                self._take(descriptor)
        if not ready and milliseconds:
            # A source may itself have waited too long for something.
            for descriptor in [*self._sources]:
                self._take(descriptor)

    def _see_what_to_wait_for(self) -> None:
        for descriptor, (source, events) in self._sources.items():
            wanted = source.events()
            if wanted != events:
                self._sources[descriptor] = source, wanted
                self._poll.modify(descriptor, wanted)

    def _has_only_rung(self, ready: Sequence[tuple[int, int]]) -> bool:
        """Silence the bell; return whether it rang, alone, for what was taken before."""
        if all(descriptor != self._bell for descriptor, _ in ready):
            return False
        os.read(self._bell, _MOST_RINGS)
        return len(ready) == 1 and not self._items

    def _take(self, descriptor: int) -> None:
        source, _ = self._sources[descriptor]
        self._items += source.take()
        if source.over:
            self._forget(descriptor)

    def _forget(self, descriptor: int) -> None:
        del self._sources[descriptor]
        self._poll.unregister(descriptor)
