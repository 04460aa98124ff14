"""What ``--resume NAME`` keeps.

A restart recovers the session with the service's own token where that is still possible; else the
time that is missing is told as a gap and filled from the history. In both cases what was printed
must be known, and what was received but not printed must not be lost.
"""

import re
import zlib
from collections.abc import Sequence

import msgspec

from rc_tail.errors import UsageError
from rc_tail.gateway.messages import ConnectionDetails, Wsc
from rc_tail.gateway.recovery import PreviousSession
from rc_tail.system.clocks import wall_of
from rc_tail.text.escape import visible

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
WAITING_FILE = re.compile(r"[0-9a-f]{16}")
_VERSION = 1
ENDED = "rc-tail was not running"
KILLED = "rc-tail was killed"


def check_resume_name(name: str) -> str:
    """Return `name` when it can name a state.

    Raises:
        UsageError: It is a path, empty, too long or begins with a dot.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{visible(name)[:100]!r} is no name for --resume",
            hint="Use up to 64 letters, digits, dots, dashes and underscores, without a dot at "
            "the start. It is a name, not a path.",
        )
    return name


class UnprintedSpan(msgspec.Struct, frozen=True):
    """Where the events are that came in and were not printed.

    Attributes:
        file: What tells their file from others.
        count: How many it holds.
        since: When the first of them came in, in Unix seconds.
        printed: How many of them, from the first on, were printed since.
    """

    file: str
    count: int
    since: float
    printed: int = 0


class ResumeState(msgspec.Struct, frozen=True):
    """Where a tail stands.

    Times are Unix seconds; None where there was nothing yet.

    Attributes:
        server: The server's origin.
        owner: Whose events they are: an extension id or a fingerprint of the credentials.
        filters: The event filters as they were asked for.
        oauth_session: The mark of the OAuth session that `wsc` belongs to.
        wsc: What recovers the session.
        subscription_id: The subscription that lives on the service; empty when there is none.
        recovery_timeout: Seconds within which the service recovers, as it told.
        recovery_buffer_size: How many events it keeps meanwhile, as it told.
        last_frame: When the last frame came in.
        printed_until: Up to here nothing is missing: what came in before was printed, or was told
            as a gap, or is in `waiting`.
        whole: Whether all that came in until the last frame was printed, told or is in `waiting`.
        ended: When the run ended in order; None while it runs, or when it was killed.
        uuids: The latest printed events, the newest last. Those in `waiting` are not among them.
        keys: The latest printed events as the history knows them, ``KIND:ID``; behind
            ``history:`` where they were printed from there.
        keys_since: All keys of what was printed since are among them; None for those of all time.
        waiting: The events that came in and were not printed when the run ended.
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
    waiting: UnprintedSpan | None = None

    def belongs_to(self, server: str, owner: str, filters: Sequence[str]) -> str:
        """Return what is different, in words for a person; empty when nothing is.

        The order of the filters does not matter: the service gives the same subscription.
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
        """Whether the service knows all that is missing, so that a recovery brings it back.

        After a kill it does not: it may have sent what was not printed. The time since
        `printed_until` is a gap then, even when the session is recovered.
        """
        return self.whole and self.ended is not None

    def recoverable(self, now: float) -> bool:
        """Whether the service may still recover the session at `now`, in Unix seconds.

        A clock that was set back says yes: in doubt the service is asked.
        """
        if self.wsc is None or not self.subscription_id or self.last_frame is None:
            return False
        return self.recovery_timeout is None or now - self.last_frame <= self.recovery_timeout


class _StateFile(msgspec.Struct):
    version: int
    crc: int = -1
    state: msgspec.Raw = msgspec.Raw()


class DamagedStateError(Exception):
    """The file is there, but is no state that this version of rc-tail can continue from."""


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
        DamagedStateError: It is no state, or of another version.
    """
    try:
        file = _decode_file(data)
        if file.version != _VERSION:
            raise DamagedStateError("it was written by another version of rc-tail")
        if zlib.crc32(file.state) != file.crc:
            raise DamagedStateError("it is damaged")
        state = _decode_state(file.state)
    except (msgspec.MsgspecError, RecursionError) as error:
        # Not the reason in detail: nobody repairs such a file by hand.
        raise DamagedStateError("it is damaged") from error
    if state.waiting is not None and not WAITING_FILE.fullmatch(state.waiting.file):
        raise DamagedStateError("it is damaged")
    return state


def previous_session(state: ResumeState, now: float) -> PreviousSession | None:
    """Return the session that an earlier run left, or None; `now` is on the session's clock."""
    since = state.last_frame if state.complete else state.printed_until
    if since is None:
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
