"""Does what may block, on threads of its own, and leaves what comes of it in the mailbox."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from rc_tail.errors import RcTailError
from rc_tail.gateway.actions import Connect, FindStale, RenewToken
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.gateway.messages import Notification
from rc_tail.history.gap_filler import ReadPastEvents
from rc_tail.system.clocks import wall_of
from rc_tail.tail.dialer import DialedConnection
from rc_tail.tail.mailbox import (
    Crashed,
    HistoryCame,
    Item,
    Mailbox,
    Opened,
    OpenFailed,
    RenewalFailed,
    StaleFound,
    TokenRenewed,
)


class Dials(Protocol):
    """Opens connections; may block."""

    def dial(self, request: Connect) -> DialedConnection:
        """Open one.

        Raises:
            RcTailError: It could not be opened.
        """
        ...

    def renew(self, request: RenewToken) -> TokenLife:
        """Get the access token that an OAuth session goes on with.

        Raises:
            RcTailError: There is none.
        """
        ...


# From Unix time to Unix time: the events in order, why some could not be read, and the first
# error of those.
WhatWasRead = tuple[Sequence[Notification], Sequence[str], RcTailError | None]
ReadHistory = Callable[[float, float], WhatWasRead]
# Ids to spare: the subscriptions of ours that no living process uses.
FindsStale = Callable[[frozenset[str]], Sequence[str]]


class Workers:
    """Starts threads, each of which answers once.

    Args:
        mailbox: Where answers are left.
        dialer: Opens connections.
        read_history: Reads the history.
        find_stale: Looks for subscriptions that were left behind.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        dialer: Dials,
        *,
        read_history: ReadHistory,
        find_stale: FindsStale,
    ) -> None:
        self._mailbox = mailbox
        self._dialer = dialer
        self._history = read_history
        self._find_stale = find_stale

    def start(self, action: Connect | RenewToken | FindStale) -> None:
        """Begin to do what the session asked for."""
        match action:
            case Connect(link):
                self.spawn(f"rc-tail-dial-{link}", lambda: self._answer(self._dial(action)))
            case RenewToken(link):
                self.spawn(f"rc-tail-renew-{link}", lambda: self._answer(self._renew(action)))
            case FindStale(link, spare):
                self.spawn(
                    f"rc-tail-stale-{link}",
                    lambda: self._answer(StaleFound(link, self._find_stale(spare))),
                )

    def read_history(self, read: ReadPastEvents) -> None:
        """Begin to read the history."""

        def work() -> None:
            came = self._history(wall_of(read.start), wall_of(read.end))
            self._answer(HistoryCame(read.number, *came))

        self.spawn(f"rc-tail-history-{read.number}", work)

    def spawn(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """Run `work` on a thread; a bug in it is raised on the main thread.

        Args:
            name: The thread's.
            work: What to do.
        """

        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - the main thread raises it
                self._mailbox.put(Crashed(error))

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def _answer(self, item: Item) -> None:
        self._mailbox.put(item)

    def _dial(self, request: Connect) -> Item:
        try:
            return Opened(request.link, self._dialer.dial(request))
        except RcTailError as error:
            return OpenFailed(request.link, error)

    def _renew(self, request: RenewToken) -> Item:
        try:
            return TokenRenewed(request.link, self._dialer.renew(request))
        except RcTailError as error:
            return RenewalFailed(request.link, error)
