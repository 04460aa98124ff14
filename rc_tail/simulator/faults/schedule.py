"""When faults occur: after a time or a number of events, and once there is a connection."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rc_tail.errors import UsageError
from rc_tail.simulator.faults.catalogue import FaultKind, find_fault, read_values
from rc_tail.simulator.faults.distortion import Distorter
from rc_tail.simulator.faults.effects import FaultTarget
from rc_tail.simulator.service.gateway_session import Connection
from rc_tail.simulator.service.service import Service
from rc_tail.text.durations import parse_duration

MOST = 10_000
_EVENTS = re.compile(r"(\d+) ?events?")


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """A requested fault.

    Attributes:
        seconds: How long to wait before it, and between repetitions.
        events: How many notifications to wait for, likewise.
        count: The number of repetitions, or of affected answers or messages
            (`FaultKind.counts_messages`).
    """

    kind: FaultKind
    values: Mapping[str, Any]
    seconds: float = 0.0
    events: int = 0
    count: int = 1


def read_plan(
    name: str, values: Mapping[str, str], *, after: str | None = None, count: int = 1
) -> FaultPlan:
    """Parse a request for a fault.

    Args:
        values: The fault's parameters, as text.
        after: A duration such as ``10s``, or ``50events``; None for at once.

    Raises:
        UsageError: There is no such fault, or a value is invalid.
    """
    kind = find_fault(name)
    read = read_values(kind, values)
    if not 1 <= count <= MOST:
        raise UsageError(f"count must be between 1 and {MOST}")
    if after is None or after.strip() in ("0", "0s"):
        return FaultPlan(kind, read, count=count)
    if found := _EVENTS.fullmatch(after.strip()):
        return FaultPlan(kind, read, events=int(found[1]), count=count)
    try:
        seconds = parse_duration(after, "after")
    except UsageError as error:
        raise UsageError(
            f"after: {after!r} is not a time or a number of events",
            hint="Use a time such as 10s or 2m, or a number of events such as 5events.",
        ) from error
    return FaultPlan(kind, read, seconds=seconds, count=count)


def read_pairs(words: Iterable[str]) -> dict[str, str]:
    """Parse ``NAME=VALUE`` words.

    Raises:
        UsageError: A word has another form.
    """
    pairs: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name or not equals:
            raise UsageError(f"{word!r} is not NAME=VALUE")
        pairs[name] = value
    return pairs


@dataclass(slots=True, eq=False)
class ScheduledFault:
    """A planned fault and its progress.

    Attributes:
        due: Not before this time, in seconds since 1970.
        due_count: Not before the service has sent this many notifications.
        remaining: How many repetitions are left.
        affected: Numbers of the connections that it has hit already.
    """

    plan: FaultPlan
    due: float
    due_count: int
    remaining: int
    affected: set[int] = field(default_factory=set)


@dataclass(slots=True)
class FaultSchedule:
    """Holds the planned faults and injects them when they are due.

    Attributes:
        distorter: Receives the faults of answers and messages.
        scenario: Faults whose times count from the first request of a client.
    """

    service: Service
    distorter: Distorter
    scenario: Sequence[FaultPlan] = ()
    _pending: list[ScheduledFault] = field(default_factory=list)
    _scenario_started: bool = False

    def names(self) -> list[str]:
        """Return the names of the faults that are still to occur."""
        return [scheduled.plan.kind.name for scheduled in self._pending]

    def add(self, plan: FaultPlan, now: float) -> bool:
        """Plan a fault, and inject it if it is due; return whether it is still waiting."""
        repeats = 1 if plan.kind.counts_messages else plan.count
        due_count = self.service.notification_count + plan.events
        scheduled = ScheduledFault(plan, now + plan.seconds, due_count, repeats)
        self._pending.append(scheduled)
        self.tick(now)
        return scheduled in self._pending

    def start_scenario(self, now: float) -> None:
        """Plan the faults of the scenario, on the first call only."""
        if not self._scenario_started:
            self._scenario_started = True
            for plan in self.scenario:
                self.add(plan, now)

    def tick(self, now: float) -> float | None:
        """Inject the faults that are due; return when the next one will be."""
        for scheduled in list(self._pending):
            if now >= scheduled.due and self.service.notification_count >= scheduled.due_count:
                self._inject(scheduled, now)
        return min(
            (scheduled.due for scheduled in self._pending if scheduled.due > now), default=None
        )

    def _inject(self, scheduled: ScheduledFault, now: float) -> None:
        plan = scheduled.plan
        connections = [c for c in self._subscribed() if c.number not in scheduled.affected]
        if plan.kind.needs_connection and not connections:
            return
        target = FaultTarget(self.service, self.distorter, connections, plan.count, now)
        plan.kind.inject(target, plan.values)
        scheduled.affected |= {connection.number for connection in connections}
        scheduled.remaining -= 1
        scheduled.due = now + plan.seconds
        scheduled.due_count = self.service.notification_count + plan.events
        if scheduled.remaining <= 0:
            self._pending.remove(scheduled)

    def _subscribed(self) -> list[Connection]:
        connections = self.service.gateway.connections()
        return [c for c in connections if c.session.subscription is not None and not c.muted]
