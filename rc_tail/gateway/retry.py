"""Which failures are final, and how long the others are tried again."""

from collections.abc import Callable

from rc_tail.errors import (
    AuthError,
    ConfigError,
    FiltersRefusedError,
    HandshakeRefusedError,
    RateLimitedError,
    RcTailError,
    RequestRefusedError,
    TemporaryError,
)
from rc_tail.gateway.backoff import Backoff

FIRST_TRIES = 3  # for a host that cannot be reached at the start ...
FIRST_TRIES_WITHIN = 10.0  # ... within ten seconds
TEMPORARY_FOR = 300.0  # for temporary refusals at the start
# Seconds that a connection must have served to count as progress: one that always breaks at once
# would be opened again and again without a pause.
SERVED_FOR = 5.0

# These do not change by waiting, however long the program has run.
_ALWAYS_FINAL = (AuthError, ConfigError, FiltersRefusedError, RequestRefusedError)


class RetryPolicy:
    """Decides after each failure: wait how long, or give up.

    Args:
        uniform: Gives a random number between two bounds.
        retry_for: Seconds to go on without a connection; None for the defaults: at the start
            three tries within ten seconds for an unreachable host and five minutes for
            temporary refusals, once ready for ever.
    """

    def __init__(
        self, uniform: Callable[[float, float], float], *, retry_for: float | None = None
    ) -> None:
        self._backoff = Backoff(uniform)
        self._retry_for = retry_for
        self._offline_since: float | None = None
        self._was_ready = False
        self._ready_at: float | None = None
        self._failures = 0

    def ready(self, now: float) -> None:
        """There is a working connection, the same as before or another."""
        self._was_ready = True
        self._offline_since = None
        self._failures = 0
        if self._ready_at is None:
            self._ready_at = now

    def offline(self, now: float) -> None:
        """There is no working connection from now on, if there was one."""
        if self._offline_since is None:
            self._offline_since = now

    def after(self, error: RcTailError, now: float) -> float | None:
        """Return the seconds to wait before the next try, or None to give up.

        Args:
            error: What failed.
            now: The time, in seconds on the session's clock.
        """
        self.offline(now)
        self._failures += 1
        if self._ready_at is not None and now - self._ready_at >= SERVED_FOR:
            self._backoff.reset()
        self._ready_at = None
        if self._is_final(error):
            return None
        asked = None
        if isinstance(error, RateLimitedError | HandshakeRefusedError):
            asked = error.retry_after
        delay = self._backoff.next_delay(at_least=asked or 0.0)
        return None if self._outlasted(error, now + delay) else delay

    def _is_final(self, error: RcTailError) -> bool:
        if error.retryable:
            return False
        # A captive portal answers with a wrong certificate or a redirect for a while: for a
        # program that has run for weeks that is weather, for one just started it is a mistake.
        return isinstance(error, _ALWAYS_FINAL) or not self._was_ready

    def _outlasted(self, error: RcTailError, then: float) -> bool:
        waited = then - (self._offline_since if self._offline_since is not None else then)
        if self._retry_for is not None:
            return waited > self._retry_for
        if self._was_ready:
            return False
        if isinstance(error, TemporaryError):
            return waited > TEMPORARY_FOR
        return self._failures >= FIRST_TRIES or waited > FIRST_TRIES_WITHIN
