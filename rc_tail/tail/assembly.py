"""Makes the parts of one tail from its options."""

import shlex
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rc_tail.config.tail_options import TailOptions
from rc_tail.events.matching import kind_name
from rc_tail.events.selection.select import Selection
from rc_tail.gateway.drops import DropCounter
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.retry import FIRST_TRIES_WITHIN, RetryPolicy
from rc_tail.gateway.session import Session
from rc_tail.history.gap_filler import GapFiller
from rc_tail.history.plan import plan_history
from rc_tail.history.reader import HistoryReader
from rc_tail.reporter import Reporter
from rc_tail.rest.platform import Platform
from rc_tail.rest.rate_limit import RetryLimit
from rc_tail.state.run_state import RunState
from rc_tail.state.spool_files import STDOUT
from rc_tail.status.snapshot import Watcher
from rc_tail.system.clocks import clock, moment_of, uniform, wall_of
from rc_tail.system.deadline import run_with_deadline
from rc_tail.tail.delivery import Delivery
from rc_tail.tail.dialer import Dialer
from rc_tail.tail.executor import Limits
from rc_tail.tail.loop import Tail
from rc_tail.tail.mailbox import Mailbox
from rc_tail.tail.narrator import Narrator
from rc_tail.tail.parts import Outlets, Parts
from rc_tail.tail.workers import PastEvents, ReadHistory, Workers, spawn
from rc_tail.transport.websocket import TransportOptions

if TYPE_CHECKING:
    from rc_tail.output.names import NameBook


class Assembly:
    """Makes one tail.

    Args:
        open_run_state: Opens the state of the run for these event filters.

    Attributes:
        run_state: The state of the run.

    Raises:
        RcTailError: An extension number could not be looked up.
    """

    def __init__(
        self,
        options: TailOptions,
        platform: Platform,
        reporter: Reporter,
        mailbox: Mailbox,
        drops: DropCounter,
        *,
        open_run_state: Callable[[Sequence[str]], RunState],
    ) -> None:
        self._options = options
        self._platform = platform
        self._reporter = reporter
        self._mailbox = mailbox
        self._drops = drops
        self._selection = _selection(options, platform)
        self._plan = plan_history(self._selection.filters)
        self._reads_history = options.history and bool(self._plan.readings)
        self.run_state = open_run_state(self._selection.filters)
        self._started = clock()

    def tail(self, outlets: Outlets, watchers: Sequence[Watcher]) -> Tail:
        """Return the tail."""
        options, state = self._options, self.run_state
        # An earlier run printed these past events already.
        since = None if state.past is not None or options.since is None else options.since
        limits = Limits(
            options.count,
            options.seconds,
            None if since is None else moment_of(since),
            follow=options.follow,
        )
        return Tail(
            self._parts(outlets, watchers),
            limits,
            leftover=self._leftover(),
            continue_by=shlex.join(options.command),
            # A later run may be started with `--output frame`.
            whole_messages=options.output == "frame" or options.resume is not None,
        )

    def _parts(self, outlets: Outlets, watchers: Sequence[Watcher]) -> Parts:
        state, narrator = self.run_state, self._narrator()
        delivery = Delivery(
            outlets.writer,
            state.recorder,
            self._drops,
            kind_name=kind_name,
            passes=outlets.passes,
            mask=outlets.mask,
            fan_out=outlets.fan_out,
            count=self._options.count,
        )
        return Parts(
            session=self._session(),
            gap_filler=GapFiller(
                state.printed.is_new if self._reads_history else None,
                state.printed.all_new,
                drops=self._drops,
            ),
            workers=self._workers(narrator),
            mailbox=self._mailbox,
            narrator=narrator,
            recorder=state.recorder,
            delivery=delivery,
            watchers=watchers,
        )

    def use_names(self, names: "NameBook", *, look_up: bool) -> None:
        """Say who the own user is, as far as that is known.

        Args:
            look_up: Whether other names may be asked for.
        """
        from rc_tail.events.families.people import PERSON, Named
        from rc_tail.tail.name_lookup import NameLookup

        identity = self._platform.known_identity()
        if identity is not None and identity.name:
            names.found.append(Named(PERSON, identity.extension_id, identity.name))
        if look_up:
            read = self._platform.read_without_login
            names.ask = NameLookup(read, names.found, partial(spawn, self._mailbox)).ask

    def _leftover(self) -> Iterator[tuple[Sequence[Notification], int]]:
        """Yield what an earlier run left, each batch with the number of its unprinted events."""
        if self.run_state.opened is None:
            return
        spool = self.run_state.opened.spool
        position, printed = spool.confirmed, spool.positions.get(STDOUT, spool.last)
        for batch in spool.events(after=position):
            position += len(batch)
            yield batch, min(len(batch), max(0, position - printed))

    def _session(self) -> Session:
        return Session(
            self._selection.filters,
            retry=RetryPolicy(uniform, retry_for=self._options.retry_for),
            seen=self.run_state.seen,
            past=self.run_state.past,
            drops=self._drops,
        )

    def _workers(self, narrator: Narrator) -> Workers:
        platform = self._platform
        dialer = Dialer(
            platform.tokens,
            platform.client,
            TransportOptions.of_reporter(self._reporter),
            ssl_context=lambda: platform.ssl_context,
            redactor=self._reporter.redactor,
            on_step=narrator.step,
        )
        return Workers(
            self._mailbox,
            dialer,
            read_history=self._history_reader(narrator),
            find_stale=self.run_state.stale,
        )

    def _history_reader(self, narrator: Narrator) -> ReadHistory:
        options, state = self._options, self.run_state
        reader = HistoryReader(
            self._platform,
            # Never set: the thread that reads ends with the program.
            cancelled=threading.Event(),
            report_wait=narrator.waiting,
            retry_limit=_retry_limit(options),
        )
        requested_since = options.since if options.since is not None else wall_of(self._started)
        # Events from before the program began were not requested; those that an earlier run
        # printed are known by their keys, as far back as these go.
        known_since = requested_since if state.past is None else state.known_since

        def read(start: float, end: float) -> PastEvents:
            # An event as old as the gap may have been missed, and is printed.
            not_before = None if known_since is None else min(known_since, start)
            if (follows_since := state.recorder.follows_since) is not None:
                not_before = max(not_before or follows_since, follows_since)
            page = reader.read(self._plan, start, end, not_before=not_before)
            failures = [f"{f.source}: {f.error.message}" for f in page.failures]
            return page.notifications, failures, next((f.error for f in page.failures), None)

        return read

    def _narrator(self) -> Narrator:
        return Narrator(
            self._reporter,
            names=self._selection.names,
            wall=wall_of,
            place=_place(self._platform),
            without_history=(
                self._plan.without if self._options.history else self._selection.names
            ),
            sinks=[sink for sink in self.run_state.sinks if sink != STDOUT],
            lacking=self._plan.lacking if self._options.history else (),
        )


def _retry_limit(options: TailOptions) -> RetryLimit:
    """Return how long past events are tried for: without live events, as long as a connection."""
    if options.retry_for is not None:
        return RetryLimit(options.retry_for, options.retry_for)
    return RetryLimit() if options.follow else RetryLimit(unreachable=FIRST_TRIES_WITHIN)


def _selection(options: TailOptions, platform: Platform) -> Selection:
    if not options.extensions:
        return options.selection
    from rc_tail.rest.extensions import extension_ids

    # A name resolution on the main thread would delay the handlers of signals.
    ids = run_with_deadline(lambda: extension_ids(options.extensions, platform), None)
    return options.selection.for_extensions(ids)


def _place(platform: Platform) -> str:
    identity = platform.known_identity()
    if identity is not None:
        return f"as {identity.described()}"
    return f"at {platform.settings.server.partition('://')[2]}"
