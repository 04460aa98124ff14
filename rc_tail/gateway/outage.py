"""The time in which events may be missing, from its beginning until it is reported as a gap."""

from rc_tail.gateway.commands import Gap


class Outage:
    """Lasts from the last sign of a connection until another one serves the subscription.

    Args:
        since: When it began; None while there is none.
        because: Why, for the gap.
        unsure: As for `begin`.
        heard_at: When the last frame came in, if that was after `since`; the service can recover
            the session for a while from then on.

    Attributes:
        since: When it began; None while there is none.
        because: Why.
        replayed: How many new events the service has replayed since.
        copies: How many replayed events a connection with another subscription had brought.
    """

    def __init__(
        self,
        since: float | None = None,
        because: str = "",
        *,
        unsure: bool = False,
        heard_at: float | None = None,
    ) -> None:
        self.since = since
        self.because = because
        self.replayed = self.copies = 0
        self._unsure = unsure
        self._heard_at = heard_at
        self._lost_at: float | None = None

    def begin(self, since: float, because: str, *, unsure: bool, lost_at: float) -> None:
        """Begin, unless it has begun earlier.

        Args:
            since: When it began.
            lost_at: When that was noticed.
            because: Why.
            unsure: Whether events may have been lost in transit that the service takes for
                delivered, so that it does not replay them.
        """
        self._unsure = self._unsure or unsure
        if self.since is None:
            self.since, self.because, self._lost_at = since, because, lost_at

    def lasts_longer(self, now: float, window: float | None) -> bool:
        """Whether nothing came in for more than `window` seconds; False if that is None."""
        silent = self.since if self._heard_at is None else self._heard_at
        return window is not None and silent is not None and now - silent > window

    def end(self, now: float, *, recovered: bool, buffer: int | None) -> list[Gap]:
        """End it, and return its gap, if there is one.

        Args:
            recovered: Whether the service replayed what it had.
            buffer: How many events it keeps for that; None if not announced.
        """
        if self.since is None:
            return []
        # Whatever was replayed counts, also by a recovery that was itself cut short. What was seen
        # on the lost connection does not: it is older than all that is missing.
        full = recovered and buffer is not None and self.replayed + self.copies >= buffer
        gap = Gap(
            self.since,
            now,
            self.because,
            recovered,
            self.replayed,
            overflow=full,
            # What is not recovered is missing as a whole.
            unsure=self._unsure and recovered,
            lost_at=self._lost_at if recovered else None,
        )
        self.since, self._unsure, self._heard_at, self._lost_at = None, False, None, None
        self.replayed = self.copies = 0
        return [gap]
