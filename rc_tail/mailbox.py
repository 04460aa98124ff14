"""What readers, workers and signals tell the one consumer on the main thread."""

from collections import deque
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import msgspec

from rc_tail.errors import RcTailError

if TYPE_CHECKING:
    from rc_tail.dialer import Dialed
    from rc_tail.gateway.link import TokenLife
    from rc_tail.gateway.messages import Notification
    from rc_tail.gateway.transport import Incoming


class Opened(msgspec.Struct, frozen=True):
    """A connection is open."""

    link: int
    dialed: "Dialed"


class OpenFailed(msgspec.Struct, frozen=True):
    """A connection could not be opened."""

    link: int
    error: RcTailError


class Batch(msgspec.Struct, frozen=True):
    """Frames came in."""

    link: int
    incoming: "Sequence[Incoming]"


class Lost(msgspec.Struct, frozen=True):
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
OfLink = Opened | OpenFailed | Lost | TokenRenewed | RenewalFailed | StaleFound
Item = Batch | OfLink | Written | HistoryCame | Output | SignalCame | Crashed


class Mailbox:
    """A queue that threads and signal handlers may put into at any time."""

    def __init__(self) -> None:
        # SimpleQueue.put is reentrant: a signal handler may interrupt one and call another.
        self._queue: SimpleQueue[Item] = SimpleQueue()
        self._latest: deque[Item] = deque(maxlen=1)

    def put(self, item: Item) -> None:
        """Leave `item` for the main thread, and wake it."""
        self._queue.put(item)

    def put_latest(self, item: Item) -> None:
        """Leave `item`, in place of the one before, to be found when the main thread is awake."""
        self._latest.append(item)

    def get(self, timeout: float) -> Item | None:
        """Return the next item, waiting up to `timeout` seconds; None when there was none."""
        if self._latest:
            # Nobody else takes it away.
            return self._latest.popleft()
        try:
            return (
                self._queue.get(timeout=max(0.0, timeout))
                if timeout > 0
                else self._queue.get_nowait()
            )
        except Empty:
            return None
