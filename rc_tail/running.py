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
from rc_tail.tail import Ending, Limits, Tail
from rc_tail.wanted import Wanted

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
    try:
        with (
            Signals(lambda number: mailbox.put(SignalCame(number))),
            Platform(settings, reporter, folders=folders) as platform,
        ):
            selection = _selection(wanted, platform)
            outlet = Outlet(sink, line_of(wanted), _ToMailbox(mailbox), limit=wanted.count)
            ending = _assembled(
                wanted,
                selection=selection,
                platform=platform,
                reporter=reporter,
                mailbox=mailbox,
                outlet=outlet,
            ).run()
    finally:
        sink.close()
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


def _selection(wanted: Wanted, platform: Platform) -> Selection:
    if not wanted.extensions:
        return wanted.selection
    return wanted.selection.for_extensions(extension_ids(wanted.extensions, platform))


def _assembled(
    wanted: Wanted,
    *,
    selection: Selection,
    platform: Platform,
    reporter: Reporter,
    mailbox: Mailbox,
    outlet: Outlet,
) -> Tail:
    retry = RetryPolicy(uniform, retry_for=wanted.retry_for)
    session = Session(selection.filters, retry=retry, seen=Seen())
    dialer = Dialer(
        platform.tokens,
        platform.client,
        _transport_options(reporter),
        ssl_context=lambda: platform.ssl_context,
        redactor=reporter.redactor,
    )
    narrator = Narrator(
        reporter,
        names=selection.names,
        wall=wall_of,
        place=_place(platform),
    )
    return Tail(
        session=session,
        dialer=dialer,
        outlet=outlet,
        mailbox=mailbox,
        narrator=narrator,
        limits=Limits(count=wanted.count, seconds=wanted.seconds),
        kind_of=_kind_name,
    )


def _kind_name(event: str) -> str:
    kind = kind_of(event)
    return kind.name if kind is not None else "other"


def _place(platform: Platform) -> str:
    who = platform.known_identity()
    return who.described() if who is not None else f"the user of {platform.settings.origin}"


def _transport_options(reporter: Reporter) -> TransportOptions:
    if reporter.verbosity < Verbosity.DEBUG:
        return TransportOptions()
    arrows = {"in": "<", "out": ">"}
    return TransportOptions(
        trace=lambda way, text: reporter.debug("frame", f"{arrows[way]} {text}")
    )


class _ToMailbox:
    """Tells the main thread what becomes of events on their way out."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._total = 0

    def written(self, events: Sequence[Notification]) -> None:
        self._total += len(events)
        self._mailbox.put(Written(self._total))

    def lost(self, events: int, reason: str) -> None:
        self._mailbox.put(OutputLost(events, reason))

    def failed(self, error: RcTailError) -> None:
        self._mailbox.put(OutputFailed(error))

    def crashed(self, error: BaseException) -> None:
        self._mailbox.put(Crashed(error))
