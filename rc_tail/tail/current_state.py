"""How a tail is at this moment, for the watchers that report it."""

from rc_tail.gateway.session import Session
from rc_tail.status.snapshot import Condition, Snapshot
from rc_tail.tail.delivery import Delivery
from rc_tail.tail.narrator import Narrator


def snapshot_of(
    condition: Condition,
    session: Session,
    delivery: Delivery,
    narrator: Narrator,
    *,
    last_frame: float | None,
) -> Snapshot:
    """Return the state of a tail.

    Args:
        last_frame: When something came in from the service, on any connection.
    """
    fan_out = delivery.fan_out
    is_settled = condition in (Condition.ENDING, Condition.LIVE)
    return Snapshot(
        condition,
        doing=condition.value if is_settled else narrator.doing,
        next_try=narrator.next_try,
        live_since=session.live_since,
        last_frame=last_frame,
        last_event=delivery.last_event,
        last_kind=delivery.last_kind,
        printed=delivery.printed,
        waiting=delivery.waiting(),
        reconnects=narrator.reconnects,
        gaps=narrator.gaps,
        dropped=delivery.drops.by_reason(),
        sinks={} if fan_out is None else fan_out.sink_states(),
        spool=None if fan_out is None else fan_out.spool_state(),
    )
