"""The state of one run: what was printed, its subscriptions, what an earlier run left."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Self

import msgspec

from rc_tail.config.folders import Folders
from rc_tail.config.loading import warning_callback
from rc_tail.config.settings import Settings
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.recovery import PreviousSession
from rc_tail.gateway.seen_uuids import SeenUuids
from rc_tail.history.dedup import PrintedEvents, event_keys
from rc_tail.reporter import Reporter
from rc_tail.state.no_resume import NoResume
from rc_tail.state.subscription_journal import SubscriptionJournal
from rc_tail.system.clocks import clock, wall_of

# Modules for --resume are imported only with it.
if TYPE_CHECKING:
    from rc_tail.state.resume_state import ResumeState
    from rc_tail.state.resume_store import ResumeStore


class RunState:
    """The state of one run, while its context lasts.

    Args:
        filters: The event filters as requested.
        resume: The name for a later run; None to store nothing.

    Attributes:
        seen: The uuids of events that were passed on for printing.
        printed: Deduplicates live and past events.
        past: The session that an earlier run left; None where there is none.
        known_since: `printed` knows every event since, in Unix seconds; None for all.
        recorder: Records what happens in this run.

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
    ) -> None:
        self._folder = folders.state
        self._settings = settings
        self._filters = tuple(filters)
        self._resume_name = resume
        self._warn = warning_callback(reporter, "state")
        self._redactor = reporter.redactor
        self._resources = contextlib.ExitStack()
        self.seen = SeenUuids()
        self.printed = PrintedEvents(SeenUuids(), SeenUuids())
        self.past: PreviousSession | None = None
        self.known_since: float | None = None

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

    def waiting(self) -> Iterator[list[Notification]]:
        """Yield the events that an earlier run received and did not print, in batches."""
        for batch in self.recorder.take_up(clock()):
            for event in batch:
                self.seen.add(event.uuid)
                # It is printed in any case: the run that received it checked already.
                self.printed.is_new(event)
            yield batch

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
        else:
            state = ResumeState(server, owner, self._filters, follows_since=NOT_READY)
        if state.follows_since == NOT_READY:
            # A run that was never ready has missed nothing.
            state = msgspec.structs.replace(state, last_frame=None, printed_until=None)
        recorder = ResumeRecorder(
            self._journal, store, state, wall=wall_of, now=now, warn=self._warn, keys_of=event_keys
        )
        recorder.start(now)
        self.recorder = recorder

    def _restore(self, state: "ResumeState") -> None:
        if state.wsc is not None:
            self._redactor.add(state.wsc.token)
        for uuid in state.uuids:
            self.seen.add(uuid)
        for key in state.keys:
            self.printed.remember(key)
        self.known_since = state.keys_since
