"""The state that ``--resume NAME`` stores, and the format of its file.

A restart recovers the session with the service's own token where that is still possible; otherwise
the missing time is reported as a gap and filled from past events. In both cases the printed events
must be known, and events that were received but not printed must not be lost.
"""

import re
import zlib
from collections.abc import Sequence

import msgspec

from rc_tail.gateway.messages import ConnectionDetails, Wsc
from rc_tail.gateway.recovery import PreviousSession
from rc_tail.system.clocks import wall_of
from rc_tail.system.files import check_plain_name
from rc_tail.text.escape import visible

WAITING_FILE = r"[0-9a-f]{16}"
_VERSION = 1
ENDED = "rc-tail was not running"
KILLED = "rc-tail was killed"
NOT_READY = 0.0


def check_resume_name(name: str) -> str:
    """Return a valid name of a state.

    Raises:
        UsageError: It is a path, empty, too long or begins with a dot.
    """
    return check_plain_name(name, f"{visible(name)[:100]!r} is not a valid name for --resume")


class UnprintedSpan(msgspec.Struct, frozen=True):
    """A file of the events that came in and were not printed, as version 0.1.0 wrote it.

    Attributes:
        file: The part of the file's name that is its own.
        count: The number of events in it.
        since: When the first of them came in, in Unix seconds.
        printed: The number of events at its start that were printed since.
    """

    file: str
    count: int
    since: float
    printed: int = 0


class LeftoverSummary(msgspec.Struct, frozen=True):
    """What the spool holds, for the case that it cannot be read.

    Attributes:
        count: How many events some sink has not confirmed.
        since: When the first of them came in, in Unix seconds.
    """

    count: int
    since: float


class ResumeState(msgspec.Struct, frozen=True):
    """The state of a tail.

    Times are Unix seconds; None where there was nothing yet.

    Attributes:
        server: The server's origin.
        owner: An extension id or a fingerprint of the credentials.
        filters: The event filters as requested.
        oauth_session: Identifies the OAuth session that `wsc` belongs to.
        wsc: The token that recovers the session.
        subscription_id: The subscription on the service; empty when there is none.
        recovery_timeout: Seconds within which the service recovers, as it announced.
        recovery_buffer_size: The number of events that it buffers meanwhile, as it announced.
        last_frame: When the last frame came in.
        printed_until: Nothing is missing up to here: what came in before was printed, reported as
            a gap, or is in `waiting`.
        whole: Whether the same holds for all that came in until the last frame.
        ended: When the run ended in order; None while it runs, or when it was killed.
        uuids: The latest printed events, the newest last, without those in `waiting`.
        keys: The latest printed events by the keys of their records, after ``history:`` where
            they were printed as past events.
        keys_since: No key of an event printed since is missing; None if none ever was dropped.
        leftover: How many events in the spool some sink has not confirmed; None for none.
        waiting: Likewise, in a file of its own, as version 0.1.0 stored them.
        follows_since: No event from before is printed: when the first run under this name was ready,
            or what it was to begin with (``--since``); `NOT_READY` before that, None in a file of
            an earlier version.
    """

    server: str
    owner: str
    filters: tuple[str, ...]
    oauth_session: str = ""
    wsc: Wsc | None = None
    subscription_id: str = ""
    recovery_timeout: float | None = None
    recovery_buffer_size: int | None = None
    last_frame: float | None = None
    printed_until: float | None = None
    whole: bool = False
    ended: float | None = None
    uuids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    keys_since: float | None = None
    leftover: LeftoverSummary | None = None
    waiting: UnprintedSpan | None = None
    follows_since: float | None = None

    def belongs_to(self, server: str, owner: str, filters: Sequence[str]) -> str:
        """Return why the state belongs to another tail, in words; empty if it does not.

        The order of the filters does not matter: the service makes the same subscription.
        """
        if self.server != server:
            return "it belongs to another server"
        if self.owner != owner:
            return "it belongs to another account"
        if set(self.filters) != set(filters):
            return "it belongs to other event filters"
        return ""

    @property
    def complete(self) -> bool:
        """Whether a recovery of the session brings back all that is missing.

        After a kill it does not: the service may have sent what was not printed. The time since
        `printed_until` is a gap then, even when the session is recovered.
        """
        return self.whole and self.ended is not None

    def recoverable(self, now: float) -> bool:
        """Return whether the service may still recover the session at `now`, in Unix seconds.

        After the clock was set back it returns True: in doubt, a recovery is tried.
        """
        if self.wsc is None or not self.subscription_id or self.last_frame is None:
            return False
        return self.recovery_timeout is None or now - self.last_frame <= self.recovery_timeout


class _StateFile(msgspec.Struct):
    version: int
    crc: int = -1
    state: msgspec.Raw = msgspec.Raw()


class DamagedStateError(Exception):
    """The file exists, but this version of rc-tail cannot continue from it."""


_encode = msgspec.json.Encoder().encode
_decode_file = msgspec.json.Decoder(_StateFile).decode
_decode_state = msgspec.json.Decoder(ResumeState).decode


def encode_state(state: ResumeState) -> bytes:
    """Return the contents of a state file: JSON, with a check sum of what matters."""
    data = _encode(state)
    return _encode(_StateFile(_VERSION, zlib.crc32(data), msgspec.Raw(data)))


def decode_state(data: bytes) -> ResumeState:
    """Read the contents of a state file; the reverse of `encode_state`.

    Raises:
        DamagedStateError: It is not a state, or of another version.
    """
    try:
        file = _decode_file(data)
        if file.version != _VERSION:
            raise DamagedStateError("it was written by another version of rc-tail")
        if zlib.crc32(file.state) != file.crc:
            raise DamagedStateError("it is damaged")
        state = _decode_state(file.state)
    except (msgspec.MsgspecError, RecursionError) as error:
        # Without details: such a file is not repaired by hand.
        raise DamagedStateError("it is damaged") from error
    if state.waiting is not None and not re.fullmatch(WAITING_FILE, state.waiting.file):
        raise DamagedStateError("it is damaged")
    return state


def previous_session(state: ResumeState, now: float) -> PreviousSession | None:
    """Return the session that an earlier run left, or None; `now` is on the session's clock."""
    since = state.last_frame if state.complete else state.printed_until
    if since is None or state.follows_since == NOT_READY:
        return None
    wall_ahead = wall_of(now) - now
    return PreviousSession(
        wsc=state.wsc,
        oauth_session=state.oauth_session,
        subscription_id=state.subscription_id,
        limits=ConnectionDetails(
            recovery_timeout=state.recovery_timeout,
            recovery_buffer_size=state.recovery_buffer_size,
        ),
        lost_at=min(now, since - wall_ahead),
        reason=ENDED if state.ended is not None else KILLED,
        unsure=not state.complete,
        # A gap may have been open for long; the service recovers what ended a moment ago.
        heard_at=None if state.last_frame is None else min(now, state.last_frame - wall_ahead),
    )
