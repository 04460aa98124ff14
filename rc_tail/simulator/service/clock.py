"""The simulator's clock, the only one that its parts know."""

import time  # noqa: TID251 - read here, and passed on as `now`


class Clock:
    """Seconds since 1970 that only ever go forward, whatever happens to the system's clock."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Return the time."""
        return self._offset + time.monotonic()
