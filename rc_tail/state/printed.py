"""The latest printed events, as the service and the past events identify them."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from rc_tail.gateway.messages import HISTORY_PREFIX, Notification
from rc_tail.state.recent import RecentTexts
from rc_tail.state.resume_state import ResumeState

# The service replays a hundred; some more were printed between the last of them and a cut.
ENOUGH_UUIDS = 1000
MOST_UUIDS = 16_384
# Past events are read from some seconds before a gap: what was printed then comes up again.
ENOUGH_KEYS = 5000
_MOST_CHARS = 2 * 1024 * 1024
# Payloads are decoded when a save is due, those of the latest events only.
_DECODE_BYTES = 4 * 1024 * 1024

KeysOf = Callable[[Notification], Iterable[str]]


class PrintedIds:
    """The uuids and keys of the latest printed events, in bounded memory.

    Args:
        state: What an earlier run stored.
        keys_of: Returns the keys of an event among the past events.
    """

    def __init__(self, state: ResumeState, keys_of: KeysOf) -> None:
        self._keys_of = keys_of
        self._uuids = RecentTexts(_enough(state.recovery_buffer_size), _MOST_CHARS, state.uuids)
        self._keys = RecentTexts(ENOUGH_KEYS, _MOST_CHARS, state.keys, state.last_frame)
        self._keys.forget(state.keys_since)
        # Printed events whose keys are not known yet.
        self._fresh: deque[Notification] = deque(maxlen=ENOUGH_KEYS)
        self._fresh_bytes = 0

    @property
    def uuids(self) -> tuple[str, ...]:
        """The latest uuids, the newest last."""
        return self._uuids.all()

    @property
    def keys(self) -> tuple[str, ...]:
        """The latest keys, the newest last; complete after `find_keys`."""
        return self._keys.all()

    @property
    def keys_since(self) -> float | None:
        """From this moment on no key is missing; None when none was ever dropped."""
        return self._keys.forgotten

    def hold(self, recovery_buffer_size: int | None) -> None:
        """Hold as many uuids as the service may replay."""
        self._uuids.most = _enough(recovery_buffer_size)

    def add(self, events: Sequence[Notification], at: float | None) -> None:
        """Add printed events, which had come in by the Unix time `at`."""
        for event in events:
            # A past event is never replayed: it needs no uuid.
            if event.uuid and not event.is_past:
                self._uuids.add(event.uuid)
            if len(self._fresh) == self._fresh.maxlen:
                self._keys.forget(at)
            self._fresh.append(event)
            self._fresh_bytes += len(event.payload)
            if self._fresh_bytes > _DECODE_BYTES:
                self.find_keys(at)

    def find_keys(self, at: float | None) -> None:
        """Find the keys of the events that were added, which had come in by `at`."""
        for event in self._fresh:
            # A record that was printed is not printed live as well, nor the other way round.
            origin = HISTORY_PREFIX if event.is_past else ""
            for key in self._keys_of(event):
                # An id of a payload may contain lone surrogates, which cannot be stored.
                self._keys.add(origin + key.encode("utf-8", "backslashreplace").decode(), at)
        self._fresh.clear()
        self._fresh_bytes = 0


def _enough(recovery_buffer_size: int | None) -> int:
    return min(max(ENOUGH_UUIDS, 2 * (recovery_buffer_size or 0)), MOST_UUIDS)
