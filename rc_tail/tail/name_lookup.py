"""Looks up names at the service, beside the tail: an event never waits for one."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from rc_tail.errors import PermissionMissingError, RcTailError
from rc_tail.events.families.people import CHAT, PERSON, Named, full_name

# RingCentral's API reference: reading an extension needs ReadAccounts, people and chats need
# TeamMessaging; all of them are in the rate group "Light".
_PATHS: Mapping[str, str] = {
    "extension": "/restapi/v1.0/account/~/extension/{}",
    "queue": "/restapi/v1.0/account/~/extension/{}",
    "call queue": "/restapi/v1.0/account/~/extension/{}",
    "person": "/team-messaging/v1/persons/{}",
    "chat": "/team-messaging/v1/chats/{}",
}


class NameLookup:
    """Looks up the names of ids, one after the other, on a thread that ends when it has none.

    Whatever the service refuses stays an id; what the app may not read is not asked for again.

    Args:
        read: Reads a resource; None where it cannot be read without a login.
        found: Gets the names.
        spawn: Runs work on a thread.
    """

    def __init__(
        self,
        read: Callable[[str], Mapping[str, Any] | None],
        found: deque[Named],
        spawn: Callable[[str, Callable[[], None]], object],
    ) -> None:
        self._read = read
        self._found = found
        self._spawn = spawn
        self._waiting: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._forbidden: set[str] = set()
        self._lock = threading.Lock()
        self._is_running = False

    def ask(self, label: str, id_: str) -> None:
        """Look up an id later; returns at once.

        Args:
            label: What the id is of: a key of `_PATHS`.
        """
        self._waiting.put((label, id_))
        with self._lock:
            if self._is_running:
                return
            self._is_running = True
        self._spawn("rc-tail-names", self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                try:
                    label, id_ = self._waiting.get_nowait()
                except queue.Empty:
                    self._is_running = False
                    return
            self._look_up(label, id_)

    def _look_up(self, label: str, id_: str) -> None:
        path = _PATHS[label]
        if path in self._forbidden:
            return
        try:
            answer = self._read(path.format(id_))
        except PermissionMissingError:
            self._forbidden.add(path)
            return
        except RcTailError:
            # The id is shown, as before; the tail itself reports what concerns it.
            return
        if answer is not None and (name := full_name(answer)):
            self._found.append(Named(CHAT if label == "chat" else PERSON, id_, name))
