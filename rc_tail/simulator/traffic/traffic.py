"""Generated events at a rate, of the kinds that clients are subscribed to."""

import random
from collections.abc import Iterator, Sequence

from rc_tail.simulator.service.filters import Filter
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.traffic.event_factory import EventFactory
from rc_tail.simulator.traffic.recording import Recording
from rc_tail.simulator.traffic.scenes import Scenes

# Events at once; between bursts the server reads from its clients.
BURST = 500
# Events that are late by more seconds than this are skipped.
LATENESS = 1.0


class Traffic:
    """Decides when events occur.

    Args:
        rate: Events a second; 0 for none.
        seed: For repeatable events; None for a random seed.
        recording: Played in place of generated events.
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
        """Return when the next event is due; None for never."""
        return self._next

    def take_due(self, filters: Sequence[Filter], now: float) -> Iterator[Occurrence]:
        """Yield the events that are due.

        Args:
            filters: Those of the subscribed clients.
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
