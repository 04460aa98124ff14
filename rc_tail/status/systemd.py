"""Notifies systemd, or another supervisor that listens on ``NOTIFY_SOCKET`` (sd_notify(3))."""

import contextlib
import socket
from collections.abc import Mapping

from rc_tail.status.snapshot import Condition, Snapshot

# Seconds; longer than a silent connection is taken to be alive.
FRESH = 60.0
_EVERY = 10.0  # seconds


class SystemdNotifier:
    """Sends READY, STATUS and WATCHDOG, the last only while frames come in.

    Args:
        address: The path of the supervisor's socket; ``@`` begins an abstract name.
        watchdog: The watchdog's time-out in seconds; None without a watchdog.
    """

    def __init__(self, address: str, watchdog: float | None) -> None:
        # Linux's abstract names begin with a zero byte.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every = min(_EVERY, watchdog / 2) if watchdog else _EVERY
        self._watched = watchdog is not None
        self._due = 0.0

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int) -> "SystemdNotifier | None":
        """Return the notifier of ``NOTIFY_SOCKET``, or None; the watchdog's variables are read too."""
        address = environ.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return None
        usec, watched_pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(pid))
        watched = usec.isdecimal() and int(usec) > 0 and watched_pid == str(pid)
        return cls(address, int(usec) / 1e6 if watched else None)

    def ready(self) -> None:
        """Notify that the service has started."""
        self._notify("READY=1")

    def deadline(self) -> float | None:
        """Return when the next notification is due."""
        return self._due

    def look(self, snapshot: Snapshot, now: float) -> None:
        """Send the status, and reset the watchdog while frames come in."""
        self._due = now + self._every
        lines = [f"STATUS={_status(snapshot)}"]
        if self._watched and _is_receiving(snapshot, now):
            lines.append("WATCHDOG=1")
        self._notify("\n".join(lines))

    def end(self) -> None:
        """Notify that the service is stopping."""
        self._notify("STOPPING=1")

    def _notify(self, message: str) -> None:
        # A missing or busy supervisor does not stop the tail.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock,
        ):
            sock.setblocking(False)
            sock.sendto(message.encode(), self._address)


def _is_receiving(snapshot: Snapshot, now: float) -> bool:
    last = snapshot.last_frame
    return snapshot.condition is Condition.LIVE and last is not None and now - last < FRESH


def _status(snapshot: Snapshot) -> str:
    counts = f"{snapshot.printed} events, {snapshot.reconnects} reconnects, {snapshot.gaps} gaps"
    return f"{snapshot.doing or snapshot.condition}; {counts}"
