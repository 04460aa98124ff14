"""Opens the spool of a resume name: what an earlier run left, whatever became of the file."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from rc_tail.errors import SystemRefusedError
from rc_tail.gateway.messages import Notification
from rc_tail.state.resume_state import ResumeState
from rc_tail.state.resume_store import ResumeStore
from rc_tail.state.spool import Spool
from rc_tail.state.spool_files import STDOUT, SpoolDamagedError, SpoolError
from rc_tail.system.files import Warn
from rc_tail.text.wording import count_words


class OpenedSpool(msgspec.Struct, frozen=True):
    """What an earlier run left.

    Attributes:
        spool: The spool, with a position for each sink of this run.
        known: The sinks that an earlier run had.
        lost: How many events could not be read back.
        lost_since: When the first of them came in, in Unix seconds; None where none is lost.
    """

    spool: Spool
    known: frozenset[str] = frozenset()
    lost: int = 0
    lost_since: float | None = None


def open_spool(
    store: ResumeStore,
    state: ResumeState | None,
    sinks: Sequence[str],
    warn: Warn,
    on_event: Callable[[Notification], None],
) -> OpenedSpool:
    """Open the spool for these sinks; without a state to continue from it is a new one.

    Args:
        sinks: The names of all sinks of this run.
        on_event: Called with every event in the spool.

    Raises:
        ConfigError: A newer version of the program wrote it.
        SystemRefusedError: It cannot be written.
    """
    path = store.spool_path
    try:
        return _open(store, state, sinks, warn, on_event)
    except OSError as error:
        raise SystemRefusedError(
            f"the spool {path} cannot be written: {error}",
            hint="Free some disk space, or set XDG_STATE_HOME to another folder.",
        ) from error


def _open(
    store: ResumeStore,
    state: ResumeState | None,
    sinks: Sequence[str],
    warn: Warn,
    on_event: Callable[[Notification], None],
) -> OpenedSpool:
    path = store.spool_path
    was_there = path.exists()
    spool, damaged = _readable_spool(path, store, on_event)
    known = frozenset(spool.positions)
    lost, lost_since = 0, None
    leftover = None if state is None else state.leftover
    if leftover is not None and (damaged or not was_there):
        lost = max(0, leftover.count - (spool.last - spool.confirmed))
        lost_since = leftover.since if lost else None
    if state is not None and state.waiting is not None:
        missing = _import_unprinted(spool, store, state, on_event)
        if missing:
            lost, lost_since = lost + missing, state.waiting.since
    _settle_sinks(spool, sinks, warn)
    return OpenedSpool(spool, known, lost, lost_since)


def _readable_spool(
    path: Path, store: ResumeStore, on_event: Callable[[Notification], None]
) -> tuple[Spool, bool]:
    """Return the spool, all of whose events can be read; and whether some could not."""
    spool = None
    try:
        spool = Spool(path)
        for batch in spool.events():
            for event in batch:
                on_event(event)
    except SpoolDamagedError as error:
        if spool is not None:
            spool.close()
        aside = store.set_spool_aside(str(error))
        new = Spool(path)
        _rescue(aside, new)
        return new, True
    return spool, False


def _rescue(aside: Path | None, spool: Spool) -> None:
    """Copy what can be read of a damaged spool."""
    if aside is None:
        return
    with contextlib.suppress(SpoolDamagedError, SpoolError):
        damaged = Spool(aside)
        try:
            spool.begin_after(damaged.first - 1)
            for batch in damaged.events():
                spool.write(batch, damaged.oldest(spool.last) or 0.0)
        finally:
            positions = {
                name: min(position, spool.last) for name, position in damaged.positions.items()
            }
            damaged.close()
            spool.write((), 0.0, positions)


def _import_unprinted(
    spool: Spool,
    store: ResumeStore,
    state: ResumeState,
    on_event: Callable[[Notification], None],
) -> int:
    """Take over what version 0.1.0 left unprinted; return how many events could not be read."""
    assert state.waiting is not None  # noqa: S101 - the caller looked
    unprinted = store.unprinted(state.waiting)
    spool.write((), 0.0, {STDOUT: spool.last})
    for batch in unprinted:
        for event in batch:
            on_event(event)
        spool.write(batch, state.waiting.since)
    return unprinted.lost


def _settle_sinks(spool: Spool, sinks: Sequence[str], warn: Warn) -> None:
    """Add the sinks that are new, and remove those that are not named any more."""
    for name in sorted(set(spool.positions) - set(sinks)):
        if dropped := spool.remove_sink(name):
            warn(
                f"{name} was removed from the command line: {count_words(dropped, 'event')} that waited "
                "for it will not be delivered"
            )
    new = {name: spool.last for name in sinks if name not in spool.positions}
    if new:
        spool.write((), 0.0, new)
