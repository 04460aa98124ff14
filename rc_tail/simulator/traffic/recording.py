"""Events from a file: notifications as ``rc-tail --json`` prints them, one a line."""

from collections.abc import Collection, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import msgspec

from rc_tail.errors import UsageError
from rc_tail.simulator.service.company import ADA, by_id
from rc_tail.simulator.service.filters import Filter
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.topics import find_route, parse_path
from rc_tail.text.escape import visible


def read_recording(path: Path) -> list[Occurrence]:
    """Read a file of notifications.

    Users of other accounts become Ada, so that a client of this company can receive their events.

    Raises:
        UsageError: The file cannot be read, or a line is not a notification.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        message = error.strerror or str(error)
        raise UsageError(f"{visible(str(path))} cannot be read: {message}") from error
    found = [_read(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line]
    if not found:
        raise UsageError(f"{visible(str(path))} contains no notification")
    return found


def _read(line: bytes, place: str) -> Occurrence:
    try:
        payload = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{visible(place)} is not JSON") from error
    event, body = _event_and_body(payload)
    if event is None:
        raise UsageError(
            f"{visible(place)} is not a notification",
            hint="Record some with: rc-tail --json EVENT > FILE",
        )
    address = parse_path(event.partition("?")[0])
    found = find_route(address.template)
    if found is None:
        raise UsageError(f"{visible(place)}: no client can subscribe to {visible(event)}")
    route, id_ = found
    person = by_id(address.extension) or ADA
    return Occurrence(route.topic, person.id if address.extension else "", body, id_)


def _event_and_body(payload: Any) -> tuple[str | None, dict[str, Any]]:
    if isinstance(payload, list) and len(payload) == 2:
        # A whole frame, as `--output frame` prints it.
        payload = payload[1]
    if not isinstance(payload, dict):
        return None, {}
    event, body = payload.get("event"), payload.get("body")
    if not isinstance(event, str) or not isinstance(body, dict):
        return None, {}
    return event, body


class Recording:
    """Plays recorded events in a loop."""

    def __init__(self, occurrences: Sequence[Occurrence]) -> None:
        self._length = len(occurrences)
        self._next: Iterator[Occurrence] = cycle(occurrences)

    def play(self, filters: Collection[Filter]) -> Occurrence | None:
        """Return the next event that one of the filters matches; None if there is none."""
        for _ in range(self._length):
            occurrence = next(self._next)
            if any(f.matches(occurrence) for f in filters):
                return occurrence
        return None
