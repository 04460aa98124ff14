"""Calls of one rate group: as fast as the service allows, and patient when it refuses for now.

The limits are counted per user, app and group, and a call beyond them begins a penalty that every
further call prolongs (developer guide, "Rate limits").
"""

import threading
from collections.abc import Callable
from typing import TypeVar

import msgspec

from rc_tail.errors import RateLimitedError, RcTailError, TemporaryError, UnreachableError
from rc_tail.rest.auth_budget import AuthBudget
from rc_tail.rest.client import Learn
from rc_tail.text.wording import duration_words

# Seconds of the penalty, where a refusal does not say how long to wait.
PENALTY = 60.0
# Seconds between two tries, at first and at most (developer guide, "API errors").
FIRST_DELAY, LONGEST_DELAY = 2.0, 60.0

Result = TypeVar("Result")
# Seconds, why, and whether a rate limit is why.
ReportWait = Callable[[float, str, bool], None]


class CancelledError(TemporaryError):
    """The program ends: nothing is waited for any more."""

    def __init__(self) -> None:
        super().__init__("rc-tail exited before everything was read")


class RetryLimit(msgspec.Struct, frozen=True):
    """How long one call is repeated for, waits included.

    Attributes:
        refused: Seconds while the service refuses it for now; the longest single wait too.
        unreachable: Seconds to retry while the server does not answer.
        failing: Seconds to retry while the service fails (HTTP 5xx); None for those of `refused`.
    """

    refused: float = 300.0
    unreachable: float = 300.0
    failing: float | None = None


class RateLimit:
    """Makes the calls of one rate group.

    Args:
        limit: How many calls a minute the documentation allows; the answers' own numbers win.
        cancelled: Ends every wait when it is set.
        clock: Gives Unix seconds.
        report_wait: Called before every wait.
        retry_limit: How long one call is repeated for.
        calls: What the calls are, in words.
    """

    def __init__(
        self,
        limit: int,
        *,
        cancelled: threading.Event,
        clock: Callable[[], float],
        report_wait: ReportWait,
        retry_limit: RetryLimit | None = None,
        calls: str = "requests for past events",
    ) -> None:
        # What holds for the group "Auth" holds for every group; no other process is known to
        # share this one, so that there is no file.
        self._budget = AuthBudget(None, clock, calls=calls)
        self._budget.learn(200, {"x-rate-limit-limit": str(limit), "x-rate-limit-window": "60"})
        self._cancelled = cancelled
        self._report_wait = report_wait
        self._patience = RetryLimit() if retry_limit is None else retry_limit

    def call(self, ask: Callable[[Learn], Result]) -> Result:
        """Return what `ask` returns; it is given a callback for status and headers.

        Raises:
            CancelledError: The program ends.
            RcTailError: It was refused for good, or for longer than there is patience for.
        """
        waited = 0.0
        tries = 0
        while True:
            self._await_turn()
            try:
                return ask(self._budget.learn)
            except RcTailError as error:
                delay = _delay(error, tries)
                if delay is None or waited + delay > self._patience_with(error):
                    raise
                self._wait(delay, error.message, isinstance(error, RateLimitedError))
            waited += delay
            tries += 1

    def _patience_with(self, error: RcTailError) -> float:
        patience = self._patience
        if isinstance(error, UnreachableError):
            return patience.unreachable
        if isinstance(error, RateLimitedError) or patience.failing is None:
            return patience.refused
        return patience.failing

    def _await_turn(self) -> None:
        while True:
            if self._cancelled.is_set():
                raise CancelledError
            try:
                self._budget.spend()
            except RateLimitedError as error:
                wait = error.retry_after or 0.0
                if wait > self._patience.refused:
                    words = f"{error.message}; the next is possible in {duration_words(wait)}"
                    raise RateLimitedError(words, retry_after=wait) from None
                self._wait(wait, error.message, True)
            else:
                return

    def _wait(self, seconds: float, why: str, limited: bool) -> None:
        self._report_wait(seconds, why, limited)
        if self._cancelled.wait(seconds):
            raise CancelledError


def _delay(error: RcTailError, tries: int) -> float | None:
    """Return the seconds to wait before the next try; None when no try would help."""
    if isinstance(error, RateLimitedError):
        # Never nothing: a server that says 0 would be called without a pause.
        return max(PENALTY if error.retry_after is None else error.retry_after, 1.0)
    if isinstance(error, TemporaryError | UnreachableError):
        return min(FIRST_DELAY * 2.0**tries, LONGEST_DELAY)
    return None
