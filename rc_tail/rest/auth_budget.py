"""The rate budget of token calls: what RingCentral's group "Auth" still allows.

Logins and WebSocket tokens share a few calls a minute for each app and user, and a call during
the penalty that follows restarts the penalty (developer guide, "Rate limits"). So the calls of
all processes are counted in one small file, and a call that would be refused is not made.

The numbers are the service's own: a server that sends no ``X-Rate-Limit-*`` headers and no
``Retry-After`` sets no limit here.
"""

import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from rc_tail.errors import RateLimitedError
from rc_tail.rest.cache_files import remove_stale
from rc_tail.system.files import make_private_folder, read_private, write_private
from rc_tail.system.locks import locked
from rc_tail.text.retry_after import retry_after
from rc_tail.text.wording import duration_words

# A file of an hour ago, or of a clock that was wrong, must not hold anybody up.
_LONGEST = 3600.0
_LOCK_TIMEOUT = 5.0


class _BudgetFile(msgspec.Struct):
    calls: list[float] = []
    limit: Annotated[int, msgspec.Meta(ge=1)] | None = None
    window: Annotated[float, msgspec.Meta(gt=0, le=_LONGEST)] = 60.0
    blocked_until: float = 0.0


class BudgetOutlook(msgspec.Struct, frozen=True):
    """What the budget still allows.

    Attributes:
        limit: How many calls a window the service allows; None where it did not say.
        used: How many were made in this one.
        window: Its length in seconds.
        wait: Seconds until the next call may be made; 0 for now.
    """

    limit: int | None
    used: int
    window: float
    wait: float


class AuthBudget:
    """Counts the token calls of one app and user.

    Args:
        path: The file that all processes share; None to count in this process only.
        clock: Gives Unix seconds.
        calls: What the calls are, in words.
    """

    def __init__(
        self,
        path: Path | None,
        clock: Callable[[], float] = time.time,
        *,
        calls: str = "logins and connections",
    ) -> None:
        self._path = path
        self.clock = clock
        self._calls = calls
        self._state = _BudgetFile()
        self._lock = threading.Lock()

    def spend(self) -> None:
        """Count a call that is about to be made.

        Raises:
            RateLimitedError: It would be refused; `retry_after` says when it would not.
        """
        self._change(self._spend)

    def keep_one(self) -> None:
        """Check that a call which is about to be made leaves one for another process.

        Raises:
            RateLimitedError: It would take the last one; `retry_after` says until when.
        """
        self._change(self._keep_one)

    def outlook(self) -> BudgetOutlook:
        """Return what the budget still allows, without spending it."""
        found: list[BudgetOutlook] = []
        self._change(lambda state, now: found.append(_outlook(state, now)))
        return found[-1]

    def learn(self, status: int, headers: Mapping[str, str]) -> None:
        """Take note of what the service says about its limit.

        Args:
            status: The HTTP status of the answer.
            headers: Its headers, by name in lower case.
        """
        if status == 429 or any(name.startswith("x-rate-limit-") for name in headers):
            self._change(lambda state, now: _learn(state, now, status, headers))

    def _spend(self, state: _BudgetFile, now: float) -> None:
        wait = _outlook(state, now).wait
        self._check(wait, state)
        state.calls.append(now)

    def _keep_one(self, state: _BudgetFile, now: float) -> None:
        wait = _outlook(state, now).wait
        if state.limit is not None and 1 < state.limit <= len(state.calls) + 1:
            # Then two are free.
            wait = max(wait, state.calls[1 - state.limit] + state.window - now)
        self._check(wait, state)

    def _check(self, wait: float, state: _BudgetFile) -> None:
        if wait > 0:
            raise RateLimitedError(
                _rule(state, self._calls),
                retry_after=wait,
                hint=f"Try again in {duration_words(math.ceil(wait))}; "
                "an earlier attempt would extend the wait.",
            )

    def _change(self, change: Callable[[_BudgetFile, float], None]) -> None:
        now = self.clock()
        with self._lock:
            if self._path is None or not self._change_shared(self._path, change, now):
                change(self._state, now)

    def _change_shared(
        self, path: Path, change: Callable[[_BudgetFile, float], None], now: float
    ) -> bool:
        """Change what all processes share; return False where there is nowhere to keep it."""
        changed = False
        try:
            make_private_folder(path.parent)
            with locked(path.with_suffix(".lock"), _LOCK_TIMEOUT):
                if not path.exists():
                    remove_stale(path.parent, "budget-", _is_stale)
                self._state = _read(path)
                change(self._state, now)
                changed = True
                # Only counts, worth nothing in a minute.
                write_private(path, msgspec.json.encode(self._state), durable=False)
        except OSError:
            # From now on this process counts its own calls at least.
            self._path = None
        return changed


def _outlook(state: _BudgetFile, now: float) -> BudgetOutlook:
    state.calls = [at for at in state.calls if now - state.window < at <= now]
    wait = 0.0
    if now < state.blocked_until <= now + _LONGEST:
        wait = state.blocked_until - now
    if state.limit is not None and len(state.calls) >= state.limit:
        wait = max(wait, state.calls[-state.limit] + state.window - now)
    return BudgetOutlook(state.limit, len(state.calls), state.window, wait)


def _rule(state: _BudgetFile, calls: str) -> str:
    if state.limit is None:
        return f"RingCentral limits {calls}"
    window = "minute" if state.window == 60 else duration_words(state.window)
    return f"RingCentral allows {state.limit} {calls} per {window}"


def _read(path: Path) -> _BudgetFile:
    try:
        data = read_private(path)
        return _BudgetFile() if data is None else msgspec.json.decode(data, type=_BudgetFile)
    except (msgspec.MsgspecError, RecursionError):
        # Only counts, worth nothing in a minute: a damaged file is replaced.
        return _BudgetFile()


def _is_stale(path: Path) -> bool:
    """Whether no call in a file can still count."""
    return not path.exists() or time.time() - path.stat().st_mtime > _LONGEST


def _learn(state: _BudgetFile, now: float, status: int, headers: Mapping[str, str]) -> None:
    limit = _number(headers, "x-rate-limit-limit")
    window = _number(headers, "x-rate-limit-window")
    if limit:
        state.limit = limit
    if window:
        state.window = min(float(window), _LONGEST)
    if status == 429:
        wait = retry_after(headers, now)
        if wait is not None:
            state.blocked_until = max(state.blocked_until, now + min(wait, _LONGEST))
    elif _number(headers, "x-rate-limit-remaining") == 0 and _unexplained(state):
        # Somebody else spent it, on another machine: wait until that is surely over.
        state.blocked_until = max(state.blocked_until, now + state.window)


def _unexplained(state: _BudgetFile) -> bool:
    return state.limit is None or len(state.calls) < state.limit


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if re.fullmatch(r"\d{1,5}", text, re.ASCII) else None
