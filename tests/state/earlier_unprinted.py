"""Writes a file of unprinted events as version 0.1.0 did, in its own words."""

import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from rc_tail.gateway.messages import Notification
from rc_tail.state.resume_state import UnprintedSpan
from rc_tail.state.resume_store import ResumeStore


def write_unprinted(path: Path, events: Iterable[Notification]) -> int:
    """Write events to a file; return their number."""
    count = 0
    with path.open("wb") as file:
        for event in events:
            data = msgspec.msgpack.encode(event)
            file.write(len(data).to_bytes(4) + zlib.crc32(data).to_bytes(4) + data)
            count += 1
    path.chmod(0o600)
    return count


def leave_unprinted(
    store: ResumeStore, events: Iterable[Notification], since: float, name: str = "0123456789abcdef"
) -> UnprintedSpan:
    """Leave events beside the state of a store."""
    path = store.path.with_name(f"{store.name}.{name}.waiting")
    return UnprintedSpan(name, write_unprinted(path, events), since)
