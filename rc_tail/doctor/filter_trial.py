"""Finds out which event filters RingCentral refuses, and why, with few requests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rc_tail.errors import FiltersRefusedError, PermissionMissingError, RcTailError
from rc_tail.gateway.messages import Response
from rc_tail.gateway.subscription_errors import subscription_error

# Subscriptions are of the group "medium", 40 requests a minute (developer guide, "Rate limits").
MOST_REQUESTS = 30
# The transport itself is refused: no filter is to blame.
_TRANSPORT = "SUB-528"


@dataclass(frozen=True, slots=True)
class RefusedFilter:
    """A filter that is refused.

    Attributes:
        event_filter: As requested, or as the service names it.
    """

    event_filter: str
    code: str
    words: str

    def described(self, called: str) -> str:
        """Return it as a line."""
        return f"{called} is refused: {self.words}{f' ({self.code})' if self.code else ''}"


class FilterTrial:
    """Subscribes to filters; where all are refused because of some, halves show which.

    Args:
        ask: Subscribes to filters, in place of those before.
        most: How many requests may be made.

    Attributes:
        active: What the service subscribed to at last, as it resolved it.
        untried: What there were no more requests for.
        accepted: How many filters it did not refuse.
    """

    def __init__(self, ask: Callable[[Sequence[str]], Response], most: int = MOST_REQUESTS) -> None:
        self._ask = ask
        self._left = most
        self.active: list[str] = []
        self.refused: list[RefusedFilter] = []
        self.untried: list[str] = []
        self.accepted = 0

    def run(self, filters: Sequence[str]) -> RcTailError | None:
        """Try the filters; return why all of them together are refused, or None.

        Some of them may be accepted without the others all the same.

        Raises:
            RcTailError: It is refused for another reason than the filters.
        """
        together = self._try(filters)
        if together is not None or self.accepted:
            return together
        return FiltersRefusedError(
            "RingCentral refused every event filter",
            hint="`rc-tail events` lists the events with the permission that each needs.",
        )

    def _try(self, filters: Sequence[str]) -> RcTailError | None:
        if not self._left:
            self.untried += filters
            return None
        self._left -= 1
        response = self._ask(filters)
        if response.ok:
            self._accept(filters, response)
            return None
        error = subscription_error(response)
        if not _is_of_filters(error):
            raise error
        if len(filters) == 1:
            refusal = response.refusal()
            words = refusal.message or f"status {response.status}"
            self.refused.append(RefusedFilter(filters[0], refusal.code, words))
        else:
            middle = len(filters) // 2
            self._try(filters[:middle])
            self._try(filters[middle:])
        return error

    def _accept(self, filters: Sequence[str], response: Response) -> None:
        disabled = response.disabled_filters()
        self.refused += [RefusedFilter(d.event_filter, d.reason, d.message) for d in disabled]
        self.active = response.event_filters() or list(filters)
        self.accepted += max(0, len(filters) - len(disabled))


def _is_of_filters(error: RcTailError) -> bool:
    if isinstance(error, FiltersRefusedError):
        return True
    return isinstance(error, PermissionMissingError) and error.code != _TRANSPORT
