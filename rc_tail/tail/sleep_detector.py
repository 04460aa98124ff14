"""What to do after a time in which the program did not run: first take in what came meanwhile.

A machine sleeps, a user presses Ctrl-Z, a loaded machine gives no time: then every deadline of
every connection has passed. But what the service sent before is already here, unread, and counts
as received: who gives up the connection without a look at it loses it, and no recovery brings it.
"""

LATE = 1.0  # seconds behind the plan: something held the program up
SLEPT = 10.0  # behind by this much, no connection can be trusted
CALM = 0.3  # nothing has come for so long: all is read that was here
CALM_WITHIN = 3.0


class SleepDetector:
    """The moments between a time without the program and its going on.

    Attributes:
        until: When it goes on, if nothing comes before; None while it runs as planned.
    """

    def __init__(self) -> None:
        self.until: float | None = None
        self._before = 0.0
        self._latest = 0.0
        self._slept = False

    def noticed(self, now: float, planned: float, before: float) -> None:
        """Take note of when the program runs.

        Args:
            now: The time.
            planned: When it was to run at the latest.
            before: When it ran the last time.
        """
        late = now - planned
        if late <= LATE:
            return
        if self.until is None:
            self._before = before
            self._latest = now + CALM_WITHIN
        self._slept = self._slept or late > SLEPT
        self.until = min(now + CALM, self._latest)

    def something_came(self, now: float) -> float:
        """More may follow it; return when it came.

        What is read only now was here since nobody knows when. It says nothing about how the
        connection is now, and a gap begins before it.
        """
        if self.until is None:
            return now
        self.until = min(now + CALM, self._latest)
        return self._before

    def over(self) -> bool:
        """Go on; return whether the time was so long that no connection can be trusted."""
        slept, self._slept, self.until = self._slept, False, None
        return slept
