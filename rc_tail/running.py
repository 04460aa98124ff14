"""Puts a tail together from its parts, and runs it to its end."""

import os
import shutil
from collections.abc import Sequence

from rc_tail.clocks import uniform, wall_of
from rc_tail.config import Settings
from rc_tail.delivery.formats import Format, for_terminal, frame_line, json_line
from rc_tail.delivery.outlet import Outlet
from rc_tail.delivery.seen import Seen
from rc_tail.delivery.sinks.descriptor import Descriptor
from rc_tail.dialer import Dialer
from rc_tail.errors import RcTailError
from rc_tail.events.matching import kind_of
from rc_tail.events.selection import Selection
from rc_tail.extensions import extension_ids
from rc_tail.filling import Filling
from rc_tail.folders import Folders
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.retry import RetryPolicy
from rc_tail.gateway.session import Session
from rc_tail.gateway.transport import TransportOptions
from rc_tail.mailbox import Crashed, Mailbox, OutputFailed, OutputLost, SignalCame, Written
from rc_tail.narrator import Narrator
from rc_tail.platform import Platform
from rc_tail.report import Reporter, Verbosity
from rc_tail.signals import SignalledError, Signals
from rc_tail.tail import Ending, Limits, Parts, Tail
from rc_tail.wanted import Wanted
from rc_tail.workers import Workers

STDOUT = 1


def run_tail(
    wanted: Wanted, settings: Settings, reporter: Reporter, *, folders: Folders | None = None
) -> None:
    """Tail until what was asked for is reached.

    Args:
        wanted: What was asked for.
        settings: As whom, and where.
        reporter: Is told what happens.
        folders: Where files are; None for the user's.

    Raises:
        RcTailError: Why it could not go on.
        SignalledError: It was ended by a signal.
    """
    # Before anything is asked of the service: a closed output ends it here.
    sink = Descriptor(STDOUT)
    mailbox = Mailbox()
    with (
        Signals(lambda number: mailbox.put(SignalCame(number))),
        Platform(settings, reporter, folders=folders) as platform,
    ):
        assembly = Assembly(wanted, platform, reporter, mailbox)
        outlet = Outlet(sink, line_of(wanted), ToMailbox(mailbox), limit=wanted.count)
        ending = assembly.tail(outlet).run()
    _end(ending)


def _end(ending: Ending) -> None:
    if ending.signal is not None:
        raise SignalledError(ending.signal)
    if ending.error is not None:
        raise ending.error


def line_of(wanted: Wanted) -> Format:
    """Return what makes a line of an event."""
    is_terminal = os.isatty(STDOUT)
    if wanted.output == "pretty":
        from rc_tail.delivery.pretty import Pretty

        width = shutil.get_terminal_size().columns if is_terminal else None
        return Pretty(color=wanted.color, width=width, time=wanted.time)
    line = frame_line if wanted.output == "frame" else json_line
    return for_terminal(line) if is_terminal else line


class Assembly:
    """Makes the parts of one tail.

    Args:
        wanted: What was asked for.
        platform: As whom, and where.
        reporter: Is told what happens.
        mailbox: Where everything that happens arrives.

    Raises:
        RcTailError: An extension number could not be looked up.
    """

    def __init__(
        self, wanted: Wanted, platform: Platform, reporter: Reporter, mailbox: Mailbox
    ) -> None:
        self._wanted = wanted
        self._platform = platform
        self._reporter = reporter
        self._mailbox = mailbox
        self._selection = _selection(wanted, platform)

    def tail(self, outlet: Outlet) -> Tail:
        """Return the tail."""
        wanted = self._wanted
        parts = Parts(
            session=self._session(),
            filling=Filling(None),
            workers=self._workers(),
            outlet=outlet,
            mailbox=self._mailbox,
            narrator=self._narrator(),
            keeper=Forgetful(),
            kind_of=_kind_name,
        )
        return Tail(parts, Limits(count=wanted.count, seconds=wanted.seconds))

    def _session(self) -> Session:
        retry = RetryPolicy(uniform, retry_for=self._wanted.retry_for)
        return Session(self._selection.filters, retry=retry, seen=Seen())

    def _workers(self) -> Workers:
        platform = self._platform
        dialer = Dialer(
            platform.tokens,
            platform.client,
            _transport_options(self._reporter),
            ssl_context=lambda: platform.ssl_context,
            redactor=self._reporter.redactor,
        )
        return Workers(
            self._mailbox,
            dialer,
            read_history=lambda _start, _end: ((), ()),
            find_stale=lambda _spare: (),
        )

    def _narrator(self) -> Narrator:
        return Narrator(
            self._reporter,
            names=self._selection.names,
            wall=wall_of,
            place=_place(self._platform),
        )


def _selection(wanted: Wanted, platform: Platform) -> Selection:
    if not wanted.extensions:
        return wanted.selection
    return wanted.selection.for_extensions(extension_ids(wanted.extensions, platform))


def _kind_name(event: str) -> str:
    kind = kind_of(event)
    return kind.name if kind is not None else "other"


def _place(platform: Platform) -> str:
    who = platform.known_identity()
    if who is not None:
        return f"as {who.described()}"
    return f"at {platform.settings.server.partition('://')[2]}"


def _transport_options(reporter: Reporter) -> TransportOptions:
    if reporter.verbosity < Verbosity.DEBUG:
        return TransportOptions()
    arrows = {"in": "<", "out": ">"}
    return TransportOptions(
        trace=lambda way, text: reporter.debug("frame", f"{arrows[way]} {text}")
    )


class Forgetful:
    """Keeps nothing for a later run."""

    keeps = False

    def subscription(self, subscription_id: str, *, active: bool) -> None:
        """Let it be."""

    def written(self, events: Sequence[Notification]) -> None:
        """Let it be."""

    def deadline(self) -> float | None:
        """Return None: nothing is to be saved."""
        return None

    def tick(self, session: Session, now: float) -> None:
        """Let it be."""

    def end(self, session: Session, left: Sequence[Notification], now: float) -> bool:  # noqa: ARG002
        """Return that nothing is kept."""
        return False


class ToMailbox:
    """Tells the main thread what becomes of events on their way out.

    Args:
        mailbox: Where to leave it.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._total = 0

    def written(self, events: Sequence[Notification]) -> None:
        """These were written."""
        self._total += len(events)
        self._mailbox.put(Written(self._total, events))

    def lost(self, events: int, reason: str) -> None:
        """So many could not be kept until the reader would take them."""
        self._mailbox.put(OutputLost(events, reason))

    def failed(self, error: RcTailError) -> None:
        """Nothing can be written any more."""
        self._mailbox.put(OutputFailed(error))

    def crashed(self, error: BaseException) -> None:
        """There is a bug."""
        self._mailbox.put(Crashed(error))
