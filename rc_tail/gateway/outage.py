"""The time in which events may be missing, from its first moment until it is told as a gap."""

from rc_tail.gateway.actions import Gap


class Outage:
    """Lasts from the last sign of a connection until another one serves the subscription.

    Args:
        since: When it began; None while all is well.
        because: Why, for the gap.
        unsure: As for `begin`.
        heard_at: When the last sign of the connection came, where events may be missing for
            longer; the service recovers for a while from then on.

    Attributes:
        since: When it began; None while all is well.
        because: Why.
        replayed: How many events the service has replayed since.
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
        self.replayed = 0
        self._unsure = unsure
        self._heard_at = heard_at

    def begin(self, since: float, because: str, *, unsure: bool) -> None:
        """Events may be missing since then, if not since earlier.

        Args:
            since: When it began.
            because: Why.
            unsure: Whether some may have been on their way that the service takes for delivered,
                so that it replays them to nobody.
        """
        self._unsure = self._unsure or unsure
        if self.since is None:
            self.since, self.because = since, because

    def lasts_longer(self, now: float, window: float | None) -> bool:
        """Whether nothing was heard for more than `window` seconds; never longer than None."""
        silent = self.since if self._heard_at is None else self._heard_at
        return window is not None and silent is not None and now - silent > window

    def end(self, now: float, *, recovered: bool, buffer: int | None) -> list[Gap]:
        """Tell it as over, if there was one.

        Args:
            now: The time.
            recovered: Whether the service replayed what it had.
            buffer: How many events it keeps for that; None where it does not say.
        """
        if self.since is None:
            return []
        # Whatever was replayed counts, also by a recovery that was itself cut short.
        full = recovered and buffer is not None and self.replayed >= buffer
        gap = Gap(
            self.since,
            now,
            self.because,
            recovered,
            self.replayed,
            overflow=full,
            # What is not recovered is missing as a whole.
            unsure=self._unsure and recovered,
        )
        self.since, self.replayed, self._unsure, self._heard_at = None, 0, False, None
        return [gap]
