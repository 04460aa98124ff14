"""Puts a tail together from its parts, and runs it to its end."""

import contextlib
import gc
import os
import shlex
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rc_tail.config.folders import Folders
from rc_tail.config.loading import warning_callback
from rc_tail.config.settings import Settings
from rc_tail.config.tail_options import TailOptions
from rc_tail.errors import RcTailError
from rc_tail.events.matching import kind_of
from rc_tail.events.selection.select import Selection
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.retry import FIRST_TRIES_WITHIN, RetryPolicy
from rc_tail.gateway.session import Session
from rc_tail.history.gap_filler import GapFiller
from rc_tail.history.plan import plan_history
from rc_tail.history.reader import HistoryReader
from rc_tail.output.pipeline import Masker, Predicate, make_mask, make_predicate, make_renderer
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.rest.extensions import extension_ids
from rc_tail.rest.platform import Platform
from rc_tail.rest.rate_limit import RetryLimit
from rc_tail.sinks.stdout import DescriptorWriter
from rc_tail.sinks.writer import Writer
from rc_tail.state.run_state import RunState
from rc_tail.status.setup import open_status_outputs
from rc_tail.status.snapshot import Watcher
from rc_tail.system.clocks import clock, moment_of, random_key, uniform, utc_now, wall_of
from rc_tail.system.deadline import run_with_deadline
from rc_tail.system.signals import SignalledError, Signals
from rc_tail.system.terminal import output_width
from rc_tail.tail.dialer import Dialer
from rc_tail.tail.loop import Tail
from rc_tail.tail.mailbox import Crashed, Mailbox, OutputFailed, OutputLost, SignalCame, Written
from rc_tail.tail.narrator import Narrator
from rc_tail.tail.parts import Limits, Parts, TailEnding
from rc_tail.tail.workers import ReadHistory, WhatWasRead, Workers
from rc_tail.transport.websocket import TransportOptions

if TYPE_CHECKING:
    from rc_tail.sinks.exec_command import CommandRunner

STDOUT = 1


def run_tail(
    wanted: TailOptions, settings: Settings, reporter: Reporter, *, folders: Folders | None = None
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
    # Before anything is asked of the service: what is wrong here ends it.
    warn = warning_callback(reporter, "shaping")
    drops = DropCounter()
    hide, keep = make_mask(wanted, random_key()), make_predicate(wanted, warn, drops)
    line = make_renderer(wanted, warn, width=output_width(STDOUT), now=utc_now, mask=hide)
    # Before a line for people there may stand what a script wrote on purpose.
    for_programs = wanted.template is None and wanted.output != "pretty"
    sink = DescriptorWriter(STDOUT, on_new_line=for_programs or wanted.resume is not None)
    mailbox = Mailbox()
    ended = _SignalHandler(mailbox)
    with (
        Signals(ended, bell=mailbox.bell),
        open_status_outputs(
            wanted,
            reporter,
            sink,
            stderr=sys.stderr,
            on_terminal=os.isatty(STDOUT),
            environ=os.environ,
        ) as watch,
        Platform(settings, reporter, folders=folders) as platform,
        contextlib.ExitStack() as stack,
    ):
        assembly = Assembly(
            wanted,
            platform,
            reporter,
            mailbox,
            drops,
            open_memory=lambda filters: stack.enter_context(
                RunState(folders or Folders.of_user(), settings, filters, wanted.resume, reporter)
            ),
        )
        outlet = Writer(
            watch.sink,
            line,
            WriteReports(mailbox, each=wanted.resume is not None, limit=wanted.count),
            limit=wanted.count,
            # Beside a status line somebody else writes to the terminal as well.
            direct=watch.sink is sink and sink.never_blocks,
        )
        tail = assembly.tail(outlet, keep, watch.watchers, hide)
        # What is there now stays to the end: the collector need not look at it.
        gc.freeze()
        ended.is_run = True
        ending = tail.run()
    _end(ending)


class _SignalHandler:
    """What becomes of a signal: the tail hears of it, and before it runs, it breaks off everything.

    Args:
        mailbox: The tail's.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self.is_run = False
        self._mailbox = mailbox

    def __call__(self, number: int) -> None:
        if not self.is_run:
            raise SignalledError(number)
        self._mailbox.put(SignalCame(number))


def _end(ending: TailEnding) -> None:
    if ending.signal is not None:
        raise SignalledError(ending.signal)
    if ending.error is not None:
        raise ending.error


class Assembly:
    """Makes the parts of one tail.

    Args:
        wanted: What was asked for.
        platform: As whom, and where.
        reporter: Is told what happens.
        mailbox: Where everything that happens arrives.
        drops: Counts the events that are not printed.
        memory: What an earlier run left, and where this one writes things down.

    Raises:
        RcTailError: An extension number could not be looked up.
    """

    def __init__(
        self,
        wanted: TailOptions,
        platform: Platform,
        reporter: Reporter,
        mailbox: Mailbox,
        drops: DropCounter,
        *,
        open_memory: Callable[[Sequence[str]], RunState],
    ) -> None:
        self._wanted = wanted
        self._platform = platform
        self._reporter = reporter
        self._mailbox = mailbox
        self._drops = drops
        self._selection = _selection(wanted, platform)
        self._plan = plan_history(self._selection.filters)
        self._reads = wanted.history and bool(self._plan.readings)
        self._memory = open_memory(self._selection.filters)
        self._started = clock()

    def tail(
        self,
        outlet: Writer,
        keep: Predicate | None,
        watchers: Sequence[Watcher],
        hide: Masker | None,
    ) -> Tail:
        """Return the tail.

        Args:
            outlet: Writes events.
            keep: Tells which events are printed; None for all.
            watchers: Want to know how it is.
            hide: Hides what is private from commands too.
        """
        wanted, memory, narrator = self._wanted, self._memory, self._narrator()
        parts = Parts(
            session=self._session(),
            filling=GapFiller(
                memory.told.is_new if self._reads else None,
                memory.told.all_new,
                drops=self._drops,
            ),
            workers=self._workers(narrator),
            outlet=outlet,
            mailbox=self._mailbox,
            narrator=narrator,
            keeper=memory.keeper,
            kind_of=_kind_name,
            keep=keep,
            watchers=watchers,
            actor=self._actor(hide),
            drops=self._drops,
        )
        # An earlier run printed the history already.
        since = None if memory.past is not None or wanted.since is None else moment_of(wanted.since)
        limits = Limits(wanted.count, wanted.seconds, since, follow=wanted.follow)
        return Tail(
            parts,
            limits,
            waiting=memory.waiting(),
            continue_by=shlex.join(wanted.command),
            # A later run may be asked for them.
            whole=wanted.output == "frame" or wanted.resume is not None,
        )

    def _actor(self, hide: Masker | None) -> "CommandRunner | None":
        wanted = self._wanted
        if not wanted.exec_words:
            return None
        from rc_tail.sinks.exec_command import CommandRunner

        return CommandRunner(
            wanted.exec_words,
            jobs=wanted.exec_jobs,
            timeout=wanted.exec_timeout,
            environ=os.environ,
            tell=warning_callback(self._reporter, "exec"),
            limit=wanted.count,
            hide=hide,
        )

    def _session(self) -> Session:
        retry = RetryPolicy(uniform, retry_for=self._wanted.retry_for)
        return Session(
            self._selection.filters,
            retry=retry,
            seen=self._memory.seen,
            past=self._memory.past,
            drops=self._drops,
        )

    def _workers(self, narrator: Narrator) -> Workers:
        platform = self._platform
        dialer = Dialer(
            platform.tokens,
            platform.client,
            _transport_options(self._reporter),
            ssl_context=lambda: platform.ssl_context,
            redactor=self._reporter.redactor,
            tell=narrator.step,
        )
        return Workers(
            self._mailbox,
            dialer,
            read_history=self._history_reader(),
            find_stale=self._memory.stale,
        )

    def _history_reader(self) -> ReadHistory:
        wanted = self._wanted
        reader = HistoryReader(
            self._platform,
            # Nobody waits for it at the end: it ends with the program.
            cancelled=threading.Event(),
            tell=lambda words: self._reporter.info("history", words),
            patience=_patience(wanted),
        )
        asked = wanted.since if wanted.since is not None else wall_of(self._started)
        # What happened before the program began was not asked for; what an earlier run printed
        # is known by its keys, as far back as they go.
        known = asked if self._memory.past is None else self._memory.known_since

        def read(start: float, end: float) -> WhatWasRead:
            # What is not older than the gap is in doubt, and is printed.
            not_before = None if known is None else min(known, start)
            chronicle = reader.read(self._plan, start, end, not_before=not_before)
            failures = [f"{f.source}: {f.error.message}" for f in chronicle.failures]
            first = next((failure.error for failure in chronicle.failures), None)
            return chronicle.notifications, failures, first

        return read

    def _narrator(self) -> Narrator:
        return Narrator(
            self._reporter,
            names=self._selection.names,
            wall=wall_of,
            place=_place(self._platform),
            without=self._plan.without if self._wanted.history else self._selection.names,
            drops=self._drops,
        )


def _patience(wanted: TailOptions) -> RetryLimit:
    """How long the history is asked for: where nothing else is wanted, as for a connection."""
    if wanted.retry_for is not None:
        return RetryLimit(wanted.retry_for, wanted.retry_for)
    return RetryLimit() if wanted.follow else RetryLimit(unreachable=FIRST_TRIES_WITHIN)


def _selection(wanted: TailOptions, platform: Platform) -> Selection:
    if not wanted.extensions:
        return wanted.selection
    # A name resolution on the main thread would delay the handlers of signals.
    ids = run_with_deadline(lambda: extension_ids(wanted.extensions, platform), None)
    return wanted.selection.for_extensions(ids)


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


class WriteReports:
    """Tells the main thread what becomes of events on their way out.

    Args:
        mailbox: Where to leave it.
        each: Whether it must be told of each event; else it finds the latest, and how many they
            were, when something else wakes it.
        limit: So many written events wake it.
    """

    def __init__(self, mailbox: Mailbox, *, each: bool, limit: int | None = None) -> None:
        self._mailbox = mailbox
        self._each = each
        self._limit = limit
        self._total = 0

    def written(self, events: Sequence[Notification]) -> None:
        """These were written."""
        self._total += len(events)
        if self._each or (self._limit is not None and self._total >= self._limit):
            self._mailbox.put(Written(self._total, events))
        else:
            self._mailbox.put_latest(Written(self._total, events[-1:]))

    def lost(self, events: int, reason: str) -> None:
        """So many could not be kept until the reader would take them."""
        self._mailbox.put(OutputLost(events, reason))

    def failed(self, error: RcTailError) -> None:
        """Nothing can be written any more."""
        self._mailbox.put(OutputFailed(error))

    def crashed(self, error: BaseException) -> None:
        """There is a bug."""
        self._mailbox.put(Crashed(error))
