"""Which events were delivered before, so that a replay prints none of them twice."""

from collections.abc import Sequence

from rc_tail.gateway.messages import Notification

ENOUGH = 16_384


class SeenUuids:
    """Remembers the latest uuids, in bounded memory.

    Two generations stand in for an exact order: when the younger is full, the older is forgotten.
    So the latest `enough` uuids are always known, and never more than twice as many are kept. The
    service's recovery buffer is a hundred messages long.

    Args:
        enough: How many are surely remembered.
    """

    def __init__(self, enough: int = ENOUGH) -> None:
        self._enough = enough
        self._young: set[str] = set()
        self._old: set[str] = set()

    def new(self, events: Sequence[Notification]) -> list[Notification]:
        """Remember the uuids of events; return those events that are new, or have none."""
        young, old = self._young, self._old
        if len(young) + len(events) >= self._enough:
            # The younger generation may become the older one on the way.
            return list(filter(self._is_new, events))
        # A call of `add` for each would cost twice as much.
        fresh: list[Notification] = []
        for event in events:
            uuid = event.uuid
            if uuid in young or uuid in old:
                continue
            if uuid:
                young.add(uuid)
            fresh.append(event)
        return fresh

    def add(self, uuid: str) -> bool:
        """Remember `uuid`; return whether it is new."""
        if uuid in self._old:
            return False
        young = self._young
        before = len(young)
        # One look-up that adds, since many uuids are in no cache of the processor.
        young.add(uuid)
        after = len(young)
        if after >= self._enough:
            self._old, self._young = young, set()
        return after > before

    def _is_new(self, event: Notification) -> bool:
        return not event.uuid or self.add(event.uuid)

    def __contains__(self, uuid: str) -> bool:
        return uuid in self._young or uuid in self._old

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
