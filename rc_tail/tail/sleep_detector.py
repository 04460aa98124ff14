"""Detects a time in which the program did not run, and lets it read what arrived meanwhile first.

A machine sleeps, a user presses Ctrl-Z, a loaded machine gives no time: then every deadline of
every connection has passed. But what the service sent before is in the socket's buffer, unread, and
counts as received: closing the connection without reading it loses it, and no recovery replays it.
"""

LATE = 1.0  # seconds behind the plan: something held the program up
SLEPT = 10.0  # behind by this much, no connection can be trusted
CALM = 0.3  # nothing received for this long: everything that had arrived is read
CALM_WITHIN = 3.0


class SleepDetector:
    """Compares when the program runs with when it was to run.

    Attributes:
        until: When deadlines count again, unless something is received before; None while the
            program runs as planned.
    """

    def __init__(self) -> None:
        self.until: float | None = None
        self._before = 0.0
        self._latest = 0.0
        self._slept = False

    def woke(self, now: float, planned: float, before: float) -> None:
        """Compare the time with the plan.

        Args:
            planned: When the program was to run at the latest.
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

    def received_at(self, now: float) -> float:
        """Return when something that is read now was received at the earliest.

        After a sleep it may have been in the buffer since the program ran the last time. It says
        nothing about how the connection is now, and a gap begins before it.
        """
        if self.until is None:
            return now
        self.until = min(now + CALM, self._latest)
        return self._before

    def finish(self) -> bool:
        """Let deadlines count again; return whether the program slept too long for connections."""
        slept, self._slept, self.until = self._slept, False, None
        return slept
