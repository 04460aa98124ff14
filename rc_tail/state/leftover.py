"""The events that some sink has not confirmed, as the state of a run sees them.

With standard output alone an event is safe when it is printed; what is unprinted at the end goes to
the spool. With other sinks every event goes to the spool at once, and is safe there.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from rc_tail.gateway.messages import Notification
from rc_tail.state.resume_state import LeftoverSummary
from rc_tail.state.spool_files import STDOUT, SpoolError

# SQLite is imported only where there is a spool.
if TYPE_CHECKING:
    from rc_tail.state.spool import Spool
    from rc_tail.state.spool_opening import OpenedSpool
    from rc_tail.state.spool_writer import SpoolWriter


class Leftover(Protocol):
    """What an earlier run left, and what this one leaves.

    Attributes:
        lost: How many events of an earlier run could not be read back.
        lost_since: When the first of them came in, in Unix seconds; None where there are none.
    """

    lost: int
    lost_since: float | None

    def printed(self, count: int) -> int:
        """Note that the next events are safe; return how many of them an earlier run left."""
        ...

    def fresh(self, left: Sequence[Notification]) -> Sequence[Notification]:
        """Return which of the events that are still queued came in during this run."""
        ...

    def keep(self, left: Sequence[Notification], since: float) -> Sequence[Notification]:
        """Store events for the next run; return those of this run.

        Args:
            left: All that are still queued, in order.
            since: When the first of this run came in, in Unix seconds.

        Raises:
            OSError: They cannot be stored.
        """
        ...

    def take_back(self) -> None:
        """Remove from the disk what `keep` stored, as far as that is possible."""
        ...

    def summary(self) -> LeftoverSummary | None:
        """Return what the spool holds for the next run; None for nothing."""
        ...

    def saved(self) -> None:
        """Note that the state with this summary is on the disk.

        Raises:
            OSError: The spool cannot be written.
        """
        ...

    def close(self) -> None:
        """Close the spool; called once, at the end."""
        ...


class UnprintedLeftover:
    """With standard output alone: the spool is there only while something is left over.

    Args:
        opened: What an earlier run left; None for nothing.
        make: Makes the spool when something is left over.
    """

    def __init__(self, opened: "OpenedSpool | None", make: "Callable[[], Spool]") -> None:
        self.lost = 0 if opened is None else opened.lost
        self.lost_since = None if opened is None else opened.lost_since
        self._spool = spool = None if opened is None else opened.spool
        self._make = make
        self._position = 0 if spool is None else spool.positions[STDOUT]
        self._count = 0 if spool is None else spool.last - self._position
        self._since = None if spool is None else spool.oldest(self._position)
        # How many events of this run the spool has.
        self._kept = 0

    def printed(self, count: int) -> int:
        """Note that the next events are safe; return how many of them an earlier run left."""
        earlier = min(count, self._count)
        self._count -= earlier
        self._position += earlier
        return earlier

    def fresh(self, left: Sequence[Notification]) -> Sequence[Notification]:
        """Return which of the events that are still queued came in during this run."""
        return left[self._count :]

    def keep(self, left: Sequence[Notification], since: float) -> Sequence[Notification]:
        """Store events for the next run; return those of this run.

        Raises:
            OSError: They cannot be stored.
        """
        fresh = self.fresh(left)
        if not fresh:
            return fresh
        is_new = self._spool is None
        if self._spool is None:
            self._spool = self._make()
            self._position = self._spool.last
        try:
            self._spool.write(fresh, since, {STDOUT: self._position})
        except SpoolError:
            if is_new:
                self._spool.delete()
                self._spool = None
            raise
        self._count += len(fresh)
        self._kept = len(fresh)
        self._since = since if self._since is None else min(since, self._since)
        return fresh

    def take_back(self) -> None:
        """Remove from the disk what `keep` stored."""
        if self._spool is None:
            return
        if self._count > self._kept:
            with contextlib.suppress(SpoolError):
                self._spool.remove_after(self._spool.last - self._kept)
        else:
            self._spool.delete()
            self._spool = None

    def close(self) -> None:
        """Close the spool."""
        if self._spool is not None:
            self._spool.close()

    def summary(self) -> LeftoverSummary | None:
        """Return what the spool holds for the next run; None for nothing."""
        if not self._count or self._since is None:
            return None
        return LeftoverSummary(self._count, self._since)

    def saved(self) -> None:
        """Delete what was printed from the spool, and the spool when it is empty.

        Raises:
            OSError: The spool cannot be written.
        """
        if self._spool is None:
            return
        if self._count:
            if self._position != self._spool.positions[STDOUT]:
                self._spool.write((), 0.0, {STDOUT: self._position}, deletes_until=self._position)
        else:
            self._spool.delete()
            self._spool = None


class SpooledLeftover:
    """With sinks beside standard output: an event is safe when it is in the spool."""

    def __init__(self, opened: "OpenedSpool", writer: "SpoolWriter") -> None:
        self.lost = opened.lost
        self.lost_since = opened.lost_since
        self._writer = writer
        self._safe = writer.committed

    def printed(self, count: int) -> int:
        """Note that the next events are safe; return how many of them an earlier run left."""
        self._safe += count
        return 0

    def fresh(self, left: Sequence[Notification]) -> Sequence[Notification]:
        """Return which of the events that are still queued came in during this run."""
        return left

    def keep(self, left: Sequence[Notification], since: float) -> Sequence[Notification]:  # noqa: ARG002
        """Raise an error for what the spool could not take, since there is no second place.

        Raises:
            OSError: There is something.
        """
        if left:
            raise OSError("the spool cannot be written")
        return left

    def take_back(self) -> None:
        """Do nothing: what is in the spool stays there."""

    def close(self) -> None:
        """Do nothing: the writer closes the spool."""

    def summary(self) -> LeftoverSummary | None:
        """Return what the spool holds for the next run; None for nothing."""
        count, since = self._writer.undelivered()
        return LeftoverSummary(count, since) if count and since is not None else None

    def saved(self) -> None:
        """Let the spool delete what all sinks have: the state knows it now."""
        self._writer.saved_until(self._safe)
