"""What a tail remembers: what was printed, what it subscribed to, what an earlier run left."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Self

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

# What only a tail that is to be continued needs is imported when it begins.
if TYPE_CHECKING:
    from rc_tail.state.resume_state import ResumeState
    from rc_tail.state.resume_store import ResumeStore


class RunState:
    """The memory of one run, from its start to its end.

    Args:
        folders: Where files are.
        settings: Whose events they are.
        filters: The event filters as asked for.
        resume: The name under which it is kept for a later run; None to keep nothing.
        reporter: Is told what the user should know.

    Attributes:
        seen: The uuids that were handed over.
        told: What was told live or from the history.
        past: The session that an earlier run left; None where there is none.
        known_since: What was printed since, in Unix seconds, is told by `told`; None for all.
        keeper: Is told what happens.

    Raises:
        BusyError: Another process has the name.
        SystemRefusedError: There is nowhere to keep the state.
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
        self._resume = resume
        self._warn = warning_callback(reporter)
        self._redactor = reporter.redactor
        self._held = contextlib.ExitStack()
        self.seen = SeenUuids()
        self.told = PrintedEvents(SeenUuids(), SeenUuids())
        self.past: PreviousSession | None = None
        self.known_since: float | None = None

    def __enter__(self) -> Self:
        owner = self._settings.identity_key
        with contextlib.ExitStack() as stack:
            journal = SubscriptionJournal(self._folder, self._settings.server, owner, self._warn)
            self._journal = stack.enter_context(journal.opened())
            self.recorder: NoResume = NoResume(self._journal)
            if self._resume is not None:
                from rc_tail.state.resume_store import ResumeStore

                store = stack.enter_context(ResumeStore(self._folder, self._resume, self._warn))
                self._go_on(store, owner)
            self._held = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._held.close()

    def waiting(self) -> Iterator[list[Notification]]:
        """Give the events that an earlier run received and did not print, in parts."""
        for part in self.recorder.take_up(clock()):
            for event in part:
                self.seen.add(event.uuid)
                # It is printed whatever is said of it: the run that received it asked already.
                self.told.is_new(event)
            yield part

    def stale(self, spare: frozenset[str]) -> list[str]:
        """Return the subscriptions of ours that no living process uses, and no later run needs.

        Args:
            spare: Those that this process uses.
        """
        from rc_tail.state.resume_store import kept_subscriptions

        kept = kept_subscriptions(self._folder, wall_of(clock()))
        return self.recorder.find_stale(spare | kept)

    def _go_on(self, store: "ResumeStore", owner: str) -> None:
        from rc_tail.state.recorder import ResumeRecorder
        from rc_tail.state.resume_state import ResumeState, previous_session

        server, now = self._settings.server, clock()
        state = store.load(server, owner, self._filters)
        if state is not None:
            self.past = previous_session(state, now)
            self._remember(state)
        else:
            state = ResumeState(server, owner, self._filters)
        recorder = ResumeRecorder(
            self._journal, store, state, wall=wall_of, now=now, warn=self._warn, keys_of=event_keys
        )
        recorder.start(now)
        self.recorder = recorder

    def _remember(self, state: "ResumeState") -> None:
        if state.wsc is not None:
            self._redactor.add(state.wsc.token)
        for uuid in state.uuids:
            self.seen.add(uuid)
        for key in state.keys:
            self.told.remember(key)
        self.known_since = state.keys_since
