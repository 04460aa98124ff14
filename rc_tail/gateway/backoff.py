"""How long to wait before the next try.

The first reconnect is immediate; then exponential backoff with full jitter, from one second,
doubling to sixty; progress resets it. The service's own ``Retry-After`` is a floor under it.
"""

from collections.abc import Callable

FIRST = 1.0
LIMIT = 60.0


class Backoff:
    """Delays in seconds.

    Args:
        uniform: Gives a random number between two bounds, as `random.Random.uniform` does.
        first: The widest delay of the second try.
        limit: The widest delay of any.
    """

    def __init__(
        self,
        uniform: Callable[[float, float], float],
        *,
        first: float = FIRST,
        limit: float = LIMIT,
    ) -> None:
        self._uniform = uniform
        self._first = first
        self._limit = limit
        self.tries = 0

    def next_delay(self, *, at_least: float = 0.0) -> float:
        """Return the seconds to wait before the next try, no fewer than `at_least`.

        On top of `at_least` comes up to a second, so that many clients told the same time do
        not all return in the same moment.
        """
        width = 0.0 if self.tries == 0 else min(self._limit, self._first * 2 ** (self.tries - 1))
        self.tries = min(self.tries + 1, 64)
        if at_least > 0:
            return at_least + self._uniform(0.0, max(FIRST, min(width, at_least)))
        return self._uniform(0.0, width) if width else 0.0

    def reset(self) -> None:
        """Start from the beginning: there was progress."""
        self.tries = 0
