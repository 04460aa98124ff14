"""What a run with standard output alone leaves to the next, as `RunState` joins it."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from rc_tail.gateway.messages import Notification
from rc_tail.state.leftover import UnprintedLeftover
from rc_tail.state.resume_state import ResumeState
from rc_tail.state.resume_store import ResumeStore
from rc_tail.state.spool import Spool
from rc_tail.state.spool_files import STDOUT
from rc_tail.state.spool_opening import open_spool


def leftover_in(
    store: ResumeStore, state: ResumeState, warn: Callable[[str], None]
) -> tuple[UnprintedLeftover, list[Notification]]:
    """Return what an earlier run left, and its events that are not printed yet."""
    opened = None
    events: list[Notification] = []
    if state.leftover is not None or state.waiting is not None or store.spool_path.exists():
        opened = open_spool(store, state, (STDOUT,), warn, lambda _: None)
        spool = opened.spool
        events = [event for batch in spool.events(spool.positions[STDOUT]) for event in batch]
    return UnprintedLeftover(opened, lambda: Spool(store.spool_path)), events


def kept_in(store: ResumeStore) -> list[Notification]:
    """Return the events that are left to the next run, without changing anything."""
    if not store.spool_path.exists():
        return []
    spool = Spool(store.spool_path)
    try:
        # A full disk may have kept it from being made.
        printed = spool.positions.get(STDOUT, spool.last)
        return [event for batch in spool.events(printed) for event in batch]
    finally:
        spool.close()


def damage_event(path: Path, position: int) -> None:
    """Let an event of a spool be unreadable."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE events SET event = x'c1' WHERE position = ?", (position,))
