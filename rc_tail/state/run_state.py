"""The state of one run: what was printed, its subscriptions, what an earlier run left."""

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self

import msgspec

from rc_tail.config.folders import Folders
from rc_tail.config.loading import warning_callback
from rc_tail.config.settings import Settings
from rc_tail.gateway.event_key import record_keys
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.recovery import PreviousSession
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.history.dedup import PrintedEvents
from rc_tail.reporter import Reporter
from rc_tail.sinks.reports import SinkReport
from rc_tail.state.no_resume import NoResume
from rc_tail.state.spool_files import STDOUT
from rc_tail.state.subscription_journal import SubscriptionJournal
from rc_tail.system.clocks import clock, wall_of

# Modules for --resume are imported only with it.
if TYPE_CHECKING:
    from rc_tail.state.leftover import Leftover
    from rc_tail.state.resume_state import ResumeState
    from rc_tail.state.resume_store import ResumeStore
    from rc_tail.state.spool import Spool
    from rc_tail.state.spool_opening import OpenedSpool
    from rc_tail.state.spool_writer import SpoolWriter


class RunState:
    """The state of one run, while its context lasts.

    Args:
        filters: The event filters as requested.
        resume: The name for a later run; None to store nothing.
        sinks: The names of the sinks that get the events.
        report: Called with what was committed to the spool, on its thread.

    Attributes:
        seen: The uuids of events that were passed on for printing.
        printed: Deduplicates live and past events.
        past: The session that an earlier run left; None where there is none.
        known_since: `printed` knows every event since, in Unix seconds; None for all.
        recorder: Records what happens in this run.
        sinks: The names of the sinks that get the events.
        opened: What an earlier run left; None for nothing.
        spool_writer: Commits the events for sinks beside standard output; None without them, or
            without a name.

    Raises:
        BusyError: Another process holds the name.
        SystemRefusedError: The state cannot be stored.
    """

    def __init__(
        self,
        folders: Folders,
        settings: Settings,
        filters: Sequence[str],
        resume: str | None,
        reporter: Reporter,
        *,
        sinks: Sequence[str] = (STDOUT,),
        report: Callable[[SinkReport], None] = lambda _: None,
    ) -> None:
        self._folder = folders.state
        self._settings = settings
        self._filters = tuple(filters)
        self._resume_name = resume
        self.sinks = tuple(sinks)
        self._report = report
        self._warn = warning_callback(reporter, "state")
        self._redactor = reporter.redactor
        self._resources = contextlib.ExitStack()
        self.seen = SeenUuids()
        self.printed = PrintedEvents(SeenUuids(), SeenUuids())
        self.past: PreviousSession | None = None
        self.known_since: float | None = None
        self.opened: OpenedSpool | None = None
        self.spool_writer: SpoolWriter | None = None

    def __enter__(self) -> Self:
        owner = self._settings.identity_key
        with contextlib.ExitStack() as stack:
            journal = SubscriptionJournal(self._folder, self._settings.server, owner, self._warn)
            self._journal = stack.enter_context(journal.opened())
            self.recorder: NoResume = NoResume(self._journal)
            if self._resume_name is not None:
                from rc_tail.state.resume_store import ResumeStore

                store = stack.enter_context(
                    ResumeStore(self._folder, self._resume_name, self._warn)
                )
                self._resume_from(store, owner)
            self._resources = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._resources.close()

    def _restore_event(self, event: Notification) -> None:
        self.seen.add(event.uuid)
        # It is delivered in any case: the run that received it checked already.
        self.printed.is_new(event)

    def stale(self, spare: frozenset[str]) -> list[str]:
        """Return the ids of our subscriptions that no process uses and no later run needs.

        Args:
            spare: Ids of subscriptions that this process uses.
        """
        from rc_tail.state.resume_store import recoverable_subscriptions

        recoverable = recoverable_subscriptions(self._folder, wall_of(clock()))
        return self.recorder.find_stale(spare | recoverable)

    def _resume_from(self, store: "ResumeStore", owner: str) -> None:
        from rc_tail.state.recorder import ResumeRecorder
        from rc_tail.state.resume_state import NOT_READY, ResumeState, previous_session

        server, now = self._settings.server, clock()
        state = store.load(server, owner, self._filters)
        if state is not None:
            self.past = previous_session(state, now)
            self._restore(state)
        self.opened = self._open_spool(store, state)
        if state is None:
            state = ResumeState(server, owner, self._filters, follows_since=NOT_READY)
        if state.follows_since == NOT_READY:
            # A run that was never ready has missed nothing.
            state = msgspec.structs.replace(state, last_frame=None, printed_until=None)
        recorder = ResumeRecorder(
            self._journal,
            store,
            state,
            wall=wall_of,
            now=now,
            warn=self._warn,
            leftover=self._leftover(store),
            keys_of=lambda event: record_keys(event).keys,
        )
        recorder.start(now)
        store.forget_unprinted()
        self.recorder = recorder

    def _open_spool(
        self, store: "ResumeStore", state: "ResumeState | None"
    ) -> "OpenedSpool | None":
        left = state is not None and (state.waiting is not None or state.leftover is not None)
        if not left and self.sinks == (STDOUT,) and not store.spool_path.exists():
            return None
        from rc_tail.state.spool_opening import open_spool

        return open_spool(store, state, self.sinks, self._warn, self._restore_event)

    def _leftover(self, store: "ResumeStore") -> "Leftover":
        from rc_tail.state.leftover import SpooledLeftover, UnprintedLeftover

        if self.sinks == (STDOUT,):

            def make() -> "Spool":
                from rc_tail.state.spool import Spool

                return Spool(store.spool_path)

            return UnprintedLeftover(self.opened, make)
        from rc_tail.state.spool_writer import SpoolWriter

        assert self.opened is not None  # noqa: S101 - with other sinks it is always opened
        self.spool_writer = SpoolWriter(self.opened.spool, report=self._report, warn=self._warn)
        return SpooledLeftover(self.opened, self.spool_writer)

    def _restore(self, state: "ResumeState") -> None:
        if state.wsc is not None:
            self._redactor.add(state.wsc.token)
        for uuid in state.uuids:
            self.seen.add(uuid)
        for key in state.keys:
            self.printed.remember(key)
        self.known_since = state.keys_since
