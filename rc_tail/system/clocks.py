"""The clocks and the randomness of a running program; pure code takes both as arguments."""

import os
import random
import time
from datetime import UTC, datetime
from functools import partial

_system = random.SystemRandom()


# Returns monotonic seconds that include the time in which the machine sleeps. The loop reads it for
# every event, so it is no function in Python. macOS has no clock of this name; its CLOCK_MONOTONIC
# includes sleep.
clock = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def wall_of(moment: float) -> float:
    """Return the Unix time of a value of `clock`."""
    return time.time() - (clock() - moment)


def moment_of(unix: float) -> float:
    """Return the value of `clock` at a Unix time."""
    return clock() + (unix - time.time())


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def random_key() -> bytes:
    """Return 16 random bytes that cannot be guessed."""
    return os.urandom(16)


def uniform(low: float, high: float) -> float:
    """Return a random number between two bounds."""
    return _system.uniform(low, high)


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)
