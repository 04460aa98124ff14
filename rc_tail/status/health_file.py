"""``--health-file``: the state of the tail as JSON, in a file that is replaced as a whole."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from rc_tail.errors import UsageError
from rc_tail.status.snapshot import Condition, Snapshot
from rc_tail.system.files import check_replaceable, replace_file
from rc_tail.text.escape import visible
from rc_tail.text.timestamps import format_unix_utc

EVERY = 5.0  # seconds; if the file is much older than this, the program hangs
_TIMES = ("live_since", "last_frame", "last_event")


class HealthFile:
    """Replaces a file every few seconds, and at once when the state changes.

    Args:
        wall: Returns the Unix time of a value of the session's clock.
        warn: Called once when the file cannot be written.

    Raises:
        UsageError: It cannot be written there.
    """

    def __init__(
        self, path: Path, wall: Callable[[float], float], warn: Callable[[str], None]
    ) -> None:
        self._path = path
        self._wall = wall
        self._warn = warn
        self._due = 0.0
        self._failing = False
        self._last: Snapshot | None = None
        self._moment: float | None = None
        try:
            check_replaceable("--health-file", path)
            self._write(Snapshot(Condition.CONNECTING), None)
        except OSError as error:
            raise UsageError(
                f"--health-file: {visible(str(path))} cannot be written: {error.strerror}"
            ) from error

    def ready(self) -> None:
        """Do nothing: `look` is called as well."""

    def deadline(self) -> float | None:
        """Return when the file is due to be replaced."""
        return self._due

    def look(self, snapshot: Snapshot, now: float) -> None:
        """Write the state of the tail."""
        self._due = now + EVERY
        self._last, self._moment = snapshot, now
        self._try(snapshot, now)

    def end(self) -> None:
        """Write that the tail has ended."""
        if self._last is not None:
            self._try(self._last, None)

    def _try(self, snapshot: Snapshot, now: float | None) -> None:
        try:
            self._write(snapshot, now)
            self._failing = False
        except OSError as error:
            if not self._failing:
                self._failing = True
                self._warn(
                    f"the health file {visible(str(self._path))} cannot be written: "
                    f"{error.strerror}"
                )

    def _write(self, snapshot: Snapshot, now: float | None) -> None:
        values = asdict(snapshot)
        for name in _TIMES:
            moment = values[name]
            values[name] = None if moment is None else format_unix_utc(self._wall(moment))
        state = values.pop("condition")
        if state is Condition.LIVE and snapshot.away:
            state = "degraded"
        _shape_sinks(values, snapshot)
        if now is None and self._last is not None:
            state = "ended"
        moment = self._moment if now is None else now
        written = None if moment is None else format_unix_utc(self._wall(moment))
        record = {"state": state, "pid": os.getpid(), "time": written, **values}
        replace_file(self._path, f"{json.dumps(record)}\n".encode(), private=False)


def _shape_sinks(values: dict[str, Any], snapshot: Snapshot) -> None:
    """Write sinks and spool as objects; leave out those that there are not."""
    del values["sinks"], values["spool"]
    if snapshot.sinks:
        values["sinks"] = {
            name: {
                "waiting": sink.waiting,
                "oldest": _time(sink.oldest),
                "last_error": sink.last_error or None,
                "lost": sink.lost,
                **sink.details,
            }
            for name, sink in snapshot.sinks.items()
        }
    if snapshot.spool is not None:
        spool = snapshot.spool
        values["spool"] = {"bytes": spool.bytes, "oldest": _time(spool.oldest)}


def _time(unix: float | None) -> str | None:
    return None if unix is None else format_unix_utc(unix)
