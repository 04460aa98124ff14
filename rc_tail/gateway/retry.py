"""Which failures are final, and when the others are tried again.

The first reconnect is immediate; then exponential backoff with full jitter, from one second,
doubling to sixty; progress resets it. The service's own ``Retry-After`` is a lower bound.
"""

from collections.abc import Callable

from rc_tail.errors import (
    AuthError,
    ConfigError,
    FiltersRefusedError,
    HandshakeDeferredError,
    HandshakeRefusedError,
    InterceptedForNowError,
    RateLimitedError,
    RcTailError,
    RequestRefusedError,
    TemporaryError,
)
from rc_tail.text.wording import duration_words

FIRST_DELAY = 1.0
MOST_DELAY = 60.0

FIRST_TRIES = 3  # for a host that cannot be reached at the start ...
FIRST_TRIES_WITHIN = 10.0  # ... within ten seconds
TEMPORARY_FOR = 300.0  # for temporary refusals at the start
# Seconds that a connection must have worked to count as progress: otherwise one that always breaks
# at once would be opened again and again without a pause.
SERVED_FOR = 5.0

# These do not change by waiting, however long the program has run.
_ALWAYS_FINAL = (AuthError, ConfigError, FiltersRefusedError, RequestRefusedError)


class Backoff:
    """Delays in seconds.

    Args:
        uniform: Returns a random number between two bounds, as `random.Random.uniform` does.
        first: The most of the second delay; the first is none at all.
        most: The most of any.
    """

    def __init__(
        self,
        uniform: Callable[[float, float], float],
        *,
        first: float = FIRST_DELAY,
        most: float = MOST_DELAY,
    ) -> None:
        self._uniform = uniform
        self._first = first
        self._most = most
        self._tries = 0

    def next_delay(self, *, at_least: float = 0.0) -> float:
        """Return the seconds to wait before the next try.

        A random part is added to `at_least`, so that many clients that were given the same
        ``Retry-After`` do not all return at the same moment.
        """
        width = 0.0
        if self._tries > 0:
            width = min(self._most, self._first * 2 ** (self._tries - 1))
        self._tries = min(self._tries + 1, 64)
        if at_least > 0:
            return at_least + self._uniform(0.0, max(self._first, min(width, at_least)))
        return self._uniform(0.0, width) if width else 0.0

    def reset(self) -> None:
        """Start again with an immediate try."""
        self._tries = 0


class RetryPolicy:
    """Decides after each failure: wait how long, or give up.

    Args:
        uniform: As for `Backoff`.
        retry_for: Seconds to keep trying without a connection; None for the defaults: at the
            start three tries within ten seconds for an unreachable host and five minutes for
            temporary refusals, once connected without a limit.
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
        """Note that a connection works."""
        self._was_ready = True
        self._offline_since = None
        self._failures = 0
        if self._ready_at is None:
            self._ready_at = now

    def offline(self, now: float) -> None:
        """Note that no connection works."""
        if self._offline_since is None:
            self._offline_since = now

    def gives_up_at(self) -> float | None:
        """Return when the time without a connection is over; None for no such limit."""
        if self._retry_for is None or self._offline_since is None:
            return None
        return self._offline_since + self._retry_for

    def after(self, error: RcTailError, now: float) -> float | None:
        """Return the seconds to wait before the next try, or None to give up."""
        self.offline(now)
        self._failures += 1
        if self._ready_at is not None and now - self._ready_at >= SERVED_FOR:
            self._backoff.reset()
        self._ready_at = None
        if self._is_final(error):
            return None
        retry_after = None
        if isinstance(error, RateLimitedError | HandshakeRefusedError | InterceptedForNowError):
            retry_after = error.retry_after
        delay = self._backoff.next_delay(at_least=retry_after or 0.0)
        if not self._outlasted(error, now + delay):
            return delay
        if retry_after:
            error.hint = _with_wait(error.hint, retry_after)
        return None

    def _is_final(self, error: RcTailError) -> bool:
        if error.retryable:
            return False
        # A captive portal answers with a wrong certificate or a redirect for a while: for a
        # program that has run for weeks this passes, for one just started it is a mistake.
        return isinstance(error, _ALWAYS_FINAL) or not self._was_ready

    def _outlasted(self, error: RcTailError, then: float) -> bool:
        waited = then - (self._offline_since if self._offline_since is not None else then)
        if self._retry_for is not None:
            return waited > self._retry_for
        if self._was_ready:
            return False
        if isinstance(error, TemporaryError | HandshakeDeferredError | InterceptedForNowError):
            return waited > TEMPORARY_FOR
        return self._failures >= FIRST_TRIES or waited > FIRST_TRIES_WITHIN


def _with_wait(hint: str, seconds: float) -> str:
    """Return a hint that says how long the limit lasts for which the program gives up."""
    wait = f"Try again in {duration_words(seconds)}"
    return (
        hint if f"{seconds:.0f} s" in hint else f"{wait}.\n{hint}".rstrip() if hint else f"{wait}."
    )
