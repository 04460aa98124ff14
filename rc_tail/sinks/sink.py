"""What a destination of events is: it takes them in batches, and says how many are safe."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rc_tail.gateway.messages import Notification

if TYPE_CHECKING:
    from rc_tail.rest.platform import Platform

# Returns the files of an event once they are there, and raises `TryAgainError` as `Sink.deliver`.
FilesOf = Callable[[Notification], Sequence[Path]]


def _tell_nothing(_message: str, **_fields: object) -> None:
    """Report nothing."""


class SinkContext(NamedTuple):
    """What a sink is given beside its own options.

    Attributes:
        environ: The variables of the program.
        warn: Called with a message, on any thread.
        add_secret: Called with a text that no message may show.
        note: Called with what a sink does, for ``-v``, on any thread; None where nobody reads it.
        password: Of an address with a user; empty when not set.
        allows_plain: Whether unencrypted connections to other machines are allowed.
        tell: Called with a message that is no warning and its fields, on any thread.
        platform: Returns RingCentral's REST side, to be called once a sink is opened; None where
            there is none.
        filters: The event filters of the run.
        files_of: What ``--save-attachments`` saves for an event; None without it.
    """

    environ: Mapping[str, str]
    warn: Callable[[str], None]
    add_secret: Callable[[str], None]
    note: Callable[[str], None] | None = None
    password: str = ""
    allows_plain: bool = False
    tell: Callable[..., None] = _tell_nothing
    platform: "Callable[[], Platform] | None" = None
    filters: Sequence[str] = ()
    files_of: FilesOf | None = None


class TryAgainError(Exception):
    """The first event that is not safe yet was not taken, and is to be offered again.

    Args:
        reason: Why, in words for a message; text from the network is escaped.
        after: Seconds to wait at least, where the destination said so; None for the backoff alone.
        is_about_event: Whether the destination answered about this very event, which uses up a
            retry; False where there was no connection at all.
        status: The status that the destination answered with; None without one.
    """

    def __init__(
        self,
        reason: str,
        *,
        after: float | None = None,
        is_about_event: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.is_about_event = is_about_event
        self.status = status


class RefusedError(Exception):
    """The first event that is not safe yet will never be taken.

    Args:
        reason: Why, in words for a message; text from the network is escaped.
        status: The status that the destination answered with; None without one.
    """

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class MoreToOfferError(Exception):
    """The first event is under way, and what has come meanwhile can be begun beside it."""


class Sink:
    """A destination of events. A runner calls it on one thread; `hurry` and `kill` on any.

    Attributes:
        name: Its address without secrets and tuning, such as ``forward:http://localhost:3000/``:
            the spool and messages know it by this.
        file: What it writes, where that is one file, which no other sink may write.
        most: How many events `deliver` is offered at once.
        finishes: Whether a running `deliver` is waited for at the end, however long it takes.
        files_of: Gives other sinks the files that this one saves for an event; None for none.
        notes_deliveries: Whether it notes for ``-v`` what it delivers; else its runner does so.
    """

    name: str
    file: "Path | None" = None
    most: int = 1
    finishes: bool = False
    files_of: FilesOf | None = None
    notes_deliveries: bool = False

    def open(self) -> None:
        """Connect, and check that events can be delivered; called until it succeeds.

        Raises:
            RcTailError: They cannot; `retryable` where that may change by itself.
        """

    def examine(self) -> Sequence[str]:
        """Check as `open` does, for ``rc-tail doctor``: without creating or changing a file.

        Returns:
            What was found out, in words, a line each.

        Raises:
            RcTailError: Events cannot be delivered.
        """
        self.open()
        return ()

    def deliver(self, batch: Sequence[Notification]) -> int:
        """Deliver events, and return how many from the front are safe: at least one.

        The others are offered again, as the front of the next batch.

        Raises:
            TryAgainError: Not even the first was taken, for now.
            RefusedError: The first will never be taken.
            MoreToOfferError: More has come that it can begin, beside what is under way.
        """
        raise NotImplementedError

    def offer_more(self) -> None:
        """Note that more events wait; a running `deliver` may raise `MoreToOfferError`."""

    def hurry(self) -> None:
        """Let a running `deliver` return soon, with 0 if nothing more is safe: the run ends."""

    def kill(self) -> None:
        """Stop what runs in the background; may be called by a signal handler."""

    def close(self) -> None:
        """Release what was opened; called once, after the last `deliver`."""

    def details(self) -> Mapping[str, Any]:
        """Return what the health file says of it beside what it says of every sink."""
        return {}

    def waits_for(self) -> str:
        """Return what is still running, in words; empty for nothing."""
        return ""

    def progress(self) -> str:
        """Return what takes longer than a second and how far it is, in words; empty for nothing."""
        return ""
