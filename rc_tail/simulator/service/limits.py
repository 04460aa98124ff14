"""Rate limits: a sliding minute for each user, app and group, then a penalty.

Facts from the developer guide, "Rate limits": a request during the penalty restarts it.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from rc_tail.simulator.service.http_values import Answer, error_answer

WINDOW = 60.0
PENALTY = 60.0
# Announced where limits are not enforced: a client that keeps to it never waits.
UNREACHABLE = 60_000


@dataclass(slots=True)
class _Bucket:
    times: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0


class RateLimits:
    """Counts requests.

    Args:
        rates: Requests a minute by group; other groups have no limit.
        enforce: Whether these limits are announced and enforced; without it the headers announce
            limits that no client reaches.
    """

    def __init__(self, rates: Mapping[str, int], *, enforce: bool) -> None:
        self._rates = rates
        self._enforce = enforce
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    def take(self, user: str, app: str, group: str, now: float) -> tuple[Mapping[str, str], bool]:
        """Count a request.

        Args:
            user: The extension id.
            app: The client id.
            group: Such as ``auth``.

        Returns:
            The headers that announce the limit, and whether the request is granted.
        """
        limit = self._rates.get(group)
        if limit is None:
            return {}, True
        if not self._enforce:
            return _headers(group, UNREACHABLE, UNREACHABLE - 1), True
        bucket = self._buckets.setdefault((user, app, group), _Bucket())
        while bucket.times and bucket.times[0] <= now - WINDOW:
            bucket.times.popleft()
        granted = self._grant(bucket, limit, now)
        if granted:
            bucket.times.append(now)
        remaining = max(0, limit - len(bucket.times)) if granted else 0
        return _headers(group, limit, remaining), granted

    @staticmethod
    def _grant(bucket: _Bucket, limit: int, now: float) -> bool:
        if now >= bucket.blocked_until and len(bucket.times) < limit:
            return True
        bucket.blocked_until = now + PENALTY
        return False


def _headers(group: str, limit: int, remaining: int) -> Mapping[str, str]:
    return {
        "X-Rate-Limit-Group": group,
        "X-Rate-Limit-Limit": str(limit),
        "X-Rate-Limit-Remaining": str(remaining),
        "X-Rate-Limit-Window": str(int(WINDOW)),
    }


def too_many(headers: Mapping[str, str]) -> Answer:
    """Return the error for a request over the limit.

    Args:
        headers: From `RateLimits.take`.
    """
    answer = error_answer(429, "CMN-301", "Request rate exceeded")
    return answer.with_headers({**headers, "Retry-After": str(int(PENALTY))})
