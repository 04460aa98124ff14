"""Keeps the state of a running tail up to date, so that it can be killed at any moment.

Two things are known at every moment. What was *printed*: its uuids and keys, so that nothing is
printed twice. And the moment *up to which nothing is missing*: what came in before it was printed,
or told as a gap that is over. That moment stands still while an event waits to be printed, and
while a gap is open; so whatever a kill destroys lies behind it.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from rc_tail.gateway.messages import ConnectionDetails, Notification, Wsc
from rc_tail.state.progress import Progress
from rc_tail.state.recent import RecentTexts
from rc_tail.state.resume_state import ResumeState, UnprintedSpan
from rc_tail.state.resume_store import ResumeStore
from rc_tail.system.files import Warn

SAVE_EVERY = 0.25  # seconds; a kill makes so much be printed twice at most
RETRY_EVERY = 5.0  # after a save that failed
# The service replays a hundred; some more were printed between the last of them and a cut.
ENOUGH_UUIDS = 1000
MOST_UUIDS = 16_384
# The history is read from some seconds before a gap: what was printed then comes up again.
ENOUGH_KEYS = 5000
_MOST_CHARS = 2 * 1024 * 1024
# Printed events are looked into when a save is due, the latest of them only.
_LOOK_INTO_BYTES = 4 * 1024 * 1024
_HISTORY = "history:"

KeysOf = Callable[[Notification], Iterable[str]]


class ResumeKeeper:
    """Collects what changes, and saves it in time. Moments are seconds on the session's clock.

    A save is a file of some ten kilobytes, written and renamed: a fraction of a millisecond, at
    most four times a second, which may happen on the main thread.

    Args:
        store: Where it is saved.
        state: Where it goes on from, as loaded; for a new one nothing but whose it is.
        wall: Returns the Unix time of a moment.
        now: The moment.
        warn: Told once when nothing can be saved, and when it can be again.
        keys_of: Returns the keys under which the history knows an event.
    """

    def __init__(
        self,
        store: ResumeStore,
        state: ResumeState,
        *,
        wall: Callable[[float], float],
        now: float,
        warn: Warn,
        keys_of: KeysOf = lambda _: (),
    ) -> None:
        self._store = store
        self._state = state
        self._wall = wall
        self._warn = warn
        self._keys_of = keys_of
        self._uuids = RecentTexts(_enough(state.recovery_buffer_size), _MOST_CHARS, state.uuids)
        self._keys = RecentTexts(ENOUGH_KEYS, _MOST_CHARS, state.keys, state.last_frame)
        self._keys.forget(state.keys_since)
        self._fresh: deque[Notification] = deque(maxlen=ENOUGH_KEYS)
        self._fresh_bytes = 0
        self._ahead = wall(now) - now
        self._progress = Progress(self._moment_of(state.last_frame, now))
        # While no frame came in, nothing is missing that was not missing before.
        self._untouched = state.complete or state.last_frame is None
        self._taken_up = 0
        self._all_taken_up = state.waiting is None
        self._unreadable = False
        self._outdated: list[UnprintedSpan] = []
        self._lost = 0
        self._told: object = None
        self._changed = False
        self._tried = now
        self._failing = False
        self._ended = False
        until = self._moment_of(state.printed_until, now)
        self._first_gap = None if until is None else self._progress.gap_opened(until)

    # What was before.

    @property
    def first_gap(self) -> int | None:
        """The gap between the earlier run and this one; None where there was no earlier one.

        It is to be closed like any other: when the service has replayed what came meanwhile, or
        the time was told and filled.
        """
        return self._first_gap

    @property
    def lost(self) -> int:
        """How many events of the earlier run could not be read back by `take_up`."""
        return self._lost

    def gap_start(self, gap: int) -> float | None:
        """Return the moment at which an open gap begins; None before the first frame of all."""
        return self._progress.gap_start(gap)

    def start(self, now: float) -> None:
        """Save that it runs from now on: after a kill, an orderly end before does not count."""
        self._save(now)

    def take_up(self, now: float) -> Iterator[list[Notification]]:
        """Give the events that the earlier run left, to be printed before any other.

        They stay where they are until they are printed. If some cannot be read, `lost` says how
        many, and the first gap begins early enough to hold them.
        """
        waiting = self._state.waiting
        if waiting is None or self._all_taken_up:
            return
        kept = self._store.kept(waiting)
        for part in kept:
            self._taken_up += len(part)
            yield part
        self._all_taken_up = True
        self._note_lost(kept.lost, waiting, now)
        self._put_away_waiting()

    # What happens.

    def frame_came(self, now: float) -> None:
        """A frame came in."""
        self._progress.frame_came(now)
        self._untouched = False
        self._changed = True

    def session_changed(
        self,
        *,
        wsc: Wsc | None,
        oauth_session: str,
        subscription_id: str,
        limits: ConnectionDetails,
    ) -> None:
        """Take note of what recovers the session.

        Args:
            wsc: The newest token.
            oauth_session: The OAuth session that it belongs to.
            subscription_id: The subscription that lives on the service; empty for none.
            limits: What the service told last.
        """
        told = (wsc, oauth_session, subscription_id, limits)
        if told == self._told:
            return
        self._told = told
        self._state = msgspec.structs.replace(
            self._state,
            wsc=wsc,
            oauth_session=oauth_session,
            subscription_id=subscription_id,
            recovery_timeout=limits.recovery_timeout,
            recovery_buffer_size=limits.recovery_buffer_size,
        )
        self._uuids.most = _enough(limits.recovery_buffer_size)
        self._changed = True

    def taken(self, count: int, now: float) -> None:
        """Events came in and wait to be printed, behind all that wait already.

        Args:
            count: How many.
            now: When they came in.
        """
        self._progress.taken(count, now)
        self._changed = True

    def printed(self, events: Sequence[Notification]) -> None:
        """The events that waited longest were printed.

        Raises:
            LocalProtocolError: More than waited.
        """
        taken_up = min(len(events), self._taken_up)
        if taken_up:
            self._advance_waiting(taken_up)
        self._progress.printed(len(events) - taken_up)
        for event in events:
            # An event of the history is never replayed: its key says all.
            if event.uuid and not event.uuid.startswith(_HISTORY):
                self._uuids.add(event.uuid)
            if len(self._fresh) == self._fresh.maxlen:
                self._keys.forget(self._unix_of(self._progress.heard))
            self._fresh.append(event)
            self._fresh_bytes += len(event.payload)
            if self._fresh_bytes > _LOOK_INTO_BYTES:
                self._look_into_fresh()
        self._changed = True

    def dropped(self, count: int) -> None:
        """Some of the events that came in last cannot wait, and were told as a gap.

        Raises:
            LocalProtocolError: More than waited.
        """
        self._progress.dropped(count)
        self._changed = True

    def gap_opened(self, since: float | None = None) -> int:
        """From `since` on, events may be missing; None for the last frame. Return its number."""
        self._changed = True
        return self._progress.gap_opened(since)

    def gap_closed(self, gap: int) -> None:
        """What was missing was printed, or handed over to be printed, or told as lost."""
        self._changed = True
        self._progress.gap_closed(gap)

    # Saving.

    def next_deadline(self) -> float | None:
        """When `tick` must be called at the latest; None while there is nothing to save."""
        if self._ended or not self._changed:
            return None
        return self._tried + (RETRY_EVERY if self._failing else SAVE_EVERY)

    def tick(self, now: float) -> None:
        """Time has passed: save, if that is due."""
        due = self.next_deadline()
        if due is not None and now >= due:
            self._save(now)

    def flush(self, left: Sequence[Notification], now: float) -> int:
        """Save for the last time; return how many events of `left` could not be kept.

        Args:
            left: What was taken and not printed, in order; with what was taken up and not
                printed at its front.
            now: The moment.
        """
        fresh = left[self._taken_up :]
        kept = not fresh or self._keep(fresh, now)
        if kept and len(fresh) >= self._progress.waiting():
            self._progress.all_kept()
        saved = self._save(now, ended=self._wall(now))
        self._ended = True
        if fresh and kept and not saved and self._state.waiting is not None:
            # What is stored does not name them.
            self._store.forget(self._state.waiting)
        return 0 if kept and saved else len(fresh)

    def _keep(self, fresh: Sequence[Notification], now: float) -> bool:
        """Write what was not printed to a new file, behind what is left of the earlier one."""
        before = self._state.waiting
        oldest = self._progress.oldest()
        since = (now if oldest is None else oldest) + self._ahead
        events: Iterable[Notification] = fresh
        earlier = None
        if before is not None:
            since = min(since, before.since)
            earlier = self._store.kept(before)
            events = itertools.chain(itertools.chain.from_iterable(earlier), fresh)
        try:
            waiting = self._store.keep(events, since)
        except OSError as error:
            self._warn(
                f"{len(fresh)} events that were not printed cannot be kept for --resume "
                f"{self._store.name}: {error.strerror or error}"
            )
            return False
        if before is not None and earlier is not None:
            self._outdated.append(before)
            self._note_lost(earlier.lost, before, now)
        self._state = msgspec.structs.replace(self._state, waiting=waiting)
        return True

    def _save(self, now: float, ended: float | None = None) -> bool:
        self._tried = now
        # One difference for all times of a state: what was at the same moment stays so.
        self._ahead = self._wall(now) - now
        state = self._current(ended)
        try:
            self._store.save(state, durable=ended is not None)
        except OSError as error:
            self._fail(error)
            return False
        self._changed = False
        if self._failing:
            self._failing = False
            self._warn(f"the state of --resume {self._store.name} is saved again")
        self._forget_outdated()
        return True

    def _fail(self, error: OSError) -> None:
        if not self._failing:
            self._failing = True
            self._warn(
                f"the state of --resume {self._store.name} cannot be saved: "
                f"{error.strerror or error}; until it can, a restart may print events twice or miss some"
            )

    def _current(self, ended: float | None) -> ResumeState:
        self._look_into_fresh()
        self._state = msgspec.structs.replace(
            self._state,
            last_frame=self._unix_of(self._progress.heard),
            printed_until=self._unix_of(self._progress.until()),
            whole=self._is_whole(),
            ended=ended,
            uuids=self._uuids.all(),
            keys=self._keys.all(),
            keys_since=self._keys.forgotten,
        )
        return self._state

    def _is_whole(self) -> bool:
        if self._progress.is_whole():
            return True
        return self._untouched and not self._progress.waiting()

    def _look_into_fresh(self) -> None:
        # What was printed had come in by then.
        at = self._unix_of(self._progress.heard)
        for event in self._fresh:
            # What a record told is not told live as well, nor the other way round.
            who = _HISTORY if event.uuid.startswith(_HISTORY) else ""
            for key in self._keys_of(event):
                # An id of a payload may hold what cannot be written.
                self._keys.add(who + key.encode("utf-8", "backslashreplace").decode(), at)
        self._fresh.clear()
        self._fresh_bytes = 0

    def _unix_of(self, moment: float | None) -> float | None:
        return None if moment is None else moment + self._ahead

    def _moment_of(self, unix: float | None, now: float) -> float | None:
        # Of a clock that was set back since, the past must not lie in the future.
        return None if unix is None else min(now, unix - self._ahead)

    def _note_lost(self, count: int, waiting: UnprintedSpan, now: float) -> None:
        since = self._moment_of(waiting.since, now)
        if not count or since is None:
            return
        self._lost = count
        self._unreadable = True
        self._untouched = False
        if self._first_gap is None or not self._progress.is_open(self._first_gap):
            self._first_gap = self._progress.gap_opened(since)
        else:
            self._progress.gap_widened(self._first_gap, since)

    def _advance_waiting(self, count: int) -> None:
        waiting = self._state.waiting
        assert waiting is not None  # noqa: S101 - what was taken up came from there
        self._taken_up -= count
        waiting = msgspec.structs.replace(waiting, printed=waiting.printed + count)
        self._state = msgspec.structs.replace(self._state, waiting=waiting)
        self._put_away_waiting()

    def _put_away_waiting(self) -> None:
        waiting = self._state.waiting
        if waiting is None or self._taken_up or not self._all_taken_up:
            return
        # The file goes when the stored state does not name it any more.
        self._outdated.append(waiting)
        self._state = msgspec.structs.replace(self._state, waiting=None)
        self._changed = True

    def _forget_outdated(self) -> None:
        for waiting in self._outdated:
            if self._unreadable:
                self._store.set_waiting_aside(waiting)
            else:
                self._store.forget(waiting)
        self._outdated.clear()


def _enough(recovery_buffer_size: int | None) -> int:
    return min(max(ENOUGH_UUIDS, 2 * (recovery_buffer_size or 0)), MOST_UUIDS)
