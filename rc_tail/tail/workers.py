"""Runs what may block on threads of its own, and puts the outcome into the mailbox."""

import threading
from collections.abc import Callable, Sequence

from rc_tail.errors import RcTailError
from rc_tail.gateway.commands import Connect, FindStale, RenewToken
from rc_tail.gateway.messages import Notification
from rc_tail.history.gap_filler import ReadPastEvents
from rc_tail.system.clocks import wall_of
from rc_tail.tail.dialer import Dialer
from rc_tail.tail.loop_events import (
    LoopEvent,
    Opened,
    OpenFailed,
    PastEventsRead,
    RenewalFailed,
    StaleFound,
    TokenRenewed,
    WorkerCrashed,
)
from rc_tail.tail.mailbox import Mailbox

# The events in order, why some could not be read, and the first error of those.
PastEvents = tuple[Sequence[Notification], Sequence[str], RcTailError | None]
# From Unix time to Unix time.
ReadHistory = Callable[[float, float], PastEvents]
# Subscriptions in use -> ours that no living process uses.
FindStaleSubscriptions = Callable[[frozenset[str]], Sequence[str]]


def spawn(mailbox: Mailbox, name: str, work: Callable[[], None]) -> threading.Thread:
    """Run `work` on a thread; whatever it raises is raised on the main thread."""

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            mailbox.put(WorkerCrashed(error))

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


class Workers:
    """Starts a thread for each command; each puts one event into the mailbox."""

    def __init__(
        self,
        mailbox: Mailbox,
        dialer: Dialer,
        *,
        read_history: ReadHistory,
        find_stale: FindStaleSubscriptions,
    ) -> None:
        self._mailbox = mailbox
        self._dialer = dialer
        self._read_history = read_history
        self._find_stale = find_stale

    def connect(self, command: Connect) -> None:
        """Open a connection: `Opened` or `OpenFailed` follows."""
        self._start(f"rc-tail-dial-{command.link}", lambda: self._dial(command))

    def renew_token(self, command: RenewToken) -> None:
        """Renew an access token: `TokenRenewed` or `RenewalFailed` follows."""
        self._start(f"rc-tail-renew-{command.link}", lambda: self._renew(command))

    def find_stale(self, command: FindStale) -> None:
        """Look for subscriptions that exited processes left behind: `StaleFound` follows."""
        self._start(
            f"rc-tail-stale-{command.link}",
            lambda: StaleFound(command.link, self._find_stale(command.spare)),
        )

    def read_past_events(self, command: ReadPastEvents) -> None:
        """Read past events: `PastEventsRead` follows."""
        self._start(
            f"rc-tail-history-{command.number}",
            lambda: PastEventsRead(
                command.number, *self._read_history(wall_of(command.start), wall_of(command.end))
            ),
        )

    def spawn(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """Run `work` on a thread; whatever it raises is raised on the main thread."""
        return spawn(self._mailbox, name, work)

    def _start(self, name: str, work: Callable[[], LoopEvent]) -> None:
        spawn(self._mailbox, name, lambda: self._mailbox.put(work()))

    def _dial(self, command: Connect) -> LoopEvent:
        try:
            return Opened(command.link, self._dialer.dial(command))
        except RcTailError as error:
            return OpenFailed(command.link, error)

    def _renew(self, command: RenewToken) -> LoopEvent:
        try:
            return TokenRenewed(command.link, self._dialer.renew(command))
        except RcTailError as error:
            return RenewalFailed(command.link, error)
