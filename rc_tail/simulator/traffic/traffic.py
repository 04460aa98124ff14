"""Traffic at a rate: of the kinds that somebody is subscribed to, and only then."""

import random
from collections.abc import Iterator, Sequence

from rc_tail.simulator.service.filters import Filter
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.traffic.event_factory import EventFactory
from rc_tail.simulator.traffic.recording import Recording
from rc_tail.simulator.traffic.scenes import Scenes

# So many at once; what clients sent meanwhile is answered in between.
BURST = 500
# What could not be made in time within this many seconds is left out.
LATENESS = 1.0


class Traffic:
    """Lets things happen.

    Args:
        maker: Makes new bodies.
        rate: Events a second; 0 for none.
        seed: Makes it the same each time; None for a new one.
        recording: What to play in place of made-up scenes.
    """

    def __init__(
        self,
        factory: EventFactory,
        rate: float,
        seed: int | None,
        recording: Recording | None = None,
    ) -> None:
        self._rate = rate
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._scenes = Scenes(factory, self._random)
        self._recording = recording
        self._next: float | None = None

    def due(self) -> float | None:
        """Return when the next event is due; None while there is none."""
        return self._next

    def take_due(self, filters: Sequence[Filter], now: float) -> Iterator[Occurrence]:
        """Yield what happens by `now`.

        Args:
            filters: What somebody is subscribed to.
            now: Seconds since 1970.
        """
        if not filters or self._rate <= 0:
            self._next = None
            return
        if self._next is None:
            self._next = now + self._gap()
        self._next = max(self._next, now - LATENESS)
        for _ in range(BURST):
            if self._next > now:
                return
            self._next += self._gap()
            if (occurrence := self._play(filters, now)) is not None:
                yield occurrence

    def _gap(self) -> float:
        return self._random.uniform(0.5, 1.5) / self._rate

    def _play(self, filters: Sequence[Filter], now: float) -> Occurrence | None:
        if self._recording is not None:
            return self._recording.play(filters)
        return self._scenes.play(self._random.choice(filters), now)
