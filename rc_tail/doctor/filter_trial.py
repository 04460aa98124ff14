"""Which event filters RingCentral refuses, and why, from its own answers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rc_tail.errors import FiltersRefusedError, PermissionMissingError, RcTailError
from rc_tail.gateway.messages import Response
from rc_tail.gateway.subscription_errors import subscription_error

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
    """Subscribes to filters, once or twice.

    A subscription to some of the filters lists the others as `disabledFilters`. A request that is
    refused as a whole names invalid filters in its message (SUB-508); without those a second one
    shows whether the others are accepted.

    Args:
        subscribe: Subscribes to filters, in place of those before.

    Attributes:
        active: What the service subscribed to at last, as it resolved it.
        refused: What it refused by name.
        accepted: How many filters it did not refuse.
    """

    def __init__(self, subscribe: Callable[[Sequence[str]], Response]) -> None:
        self._subscribe = subscribe
        self.active: list[str] = []
        self.refused: list[RefusedFilter] = []
        self.accepted = 0

    def run(self, filters: Sequence[str]) -> RcTailError | None:
        """Try the filters; return why all of them together are refused, or None.

        Some of them may be accepted without the others all the same.

        Raises:
            RcTailError: It is refused for another reason than the filters.
        """
        error = self._try(filters)
        if error is not None:
            invalid = {refused.event_filter for refused in self.refused}
            others = [event_filter for event_filter in filters if event_filter not in invalid]
            if invalid and others:
                self._try(others)
            return error
        if self.accepted:
            return None
        return FiltersRefusedError(
            "RingCentral refused every event filter",
            hint="`rc-tail events` lists the events with the permission that each needs.",
        )

    def _try(self, filters: Sequence[str]) -> RcTailError | None:
        response = self._subscribe(filters)
        if response.ok:
            disabled = response.disabled_filters()
            self.refused += [RefusedFilter(d.event_filter, d.reason, d.message) for d in disabled]
            self.active = response.event_filters() or list(filters)
            self.accepted = max(0, len(filters) - len(disabled))
            return None
        error = subscription_error(response)
        if not _concerns_filters(error):
            raise error
        refusal = response.refusal()
        words = refusal.message or f"status {response.status}"
        named = filters if len(filters) == 1 else _named_in(refusal.message, filters)
        self.refused += [RefusedFilter(event_filter, refusal.code, words) for event_filter in named]
        return error


def _named_in(message: str, filters: Sequence[str]) -> list[str]:
    """Return the filters that stand in the brackets of a message."""
    lists = " ".join(re.findall(r"\[([^\]]*)\]", message))
    return [f for f in filters if re.search(rf"(?<![^\s,]){re.escape(f)}(?![^\s,])", lists)]


def _concerns_filters(error: RcTailError) -> bool:
    if isinstance(error, FiltersRefusedError):
        return True
    return isinstance(error, PermissionMissingError) and error.code != _TRANSPORT
