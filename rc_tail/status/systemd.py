"""Talks to systemd, or to whoever listens on ``NOTIFY_SOCKET`` (sd_notify(3))."""

import contextlib
import socket
from collections.abc import Mapping

from rc_tail.status.snapshot import Condition, Snapshot

# Longer than a silent connection is believed in; see the clocks of a connection.
FRESH = 60.0
_EVERY = 10.0


class SystemdNotifier:
    """Tells READY, STATUS and WATCHDOG, the last only while the connection is truly alive.

    Args:
        address: Where it listens.
        watchdog: Seconds within which it wants a sign of life; None for never.
    """

    def __init__(self, address: str, watchdog: float | None) -> None:
        # An @ stands for the zero byte of Linux's abstract names.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every = min(_EVERY, watchdog / 2) if watchdog else _EVERY
        self._watched = watchdog is not None
        self._due = 0.0

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int) -> "SystemdNotifier | None":
        """Return what the environment names, or None.

        Args:
            environ: ``NOTIFY_SOCKET``, ``WATCHDOG_USEC`` and ``WATCHDOG_PID`` count.
            pid: This process.
        """
        address = environ.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return None
        usec, whose = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(pid))
        watched = usec.isdecimal() and int(usec) > 0 and whose == str(pid)
        return cls(address, int(usec) / 1e6 if watched else None)

    def ready(self) -> None:
        """Say that the service has started."""
        self._tell("READY=1")

    def deadline(self) -> float | None:
        """Return when the next sign of life is due."""
        return self._due

    def look(self, snapshot: Snapshot, now: float) -> None:
        """Say how it is, and feed the watchdog if it is well."""
        self._due = now + self._every
        lines = [f"STATUS={_status(snapshot)}"]
        if self._watched and _is_well(snapshot, now):
            lines.append("WATCHDOG=1")
        self._tell("\n".join(lines))

    def end(self) -> None:
        """Say that it is ending."""
        self._tell("STOPPING=1")

    def _tell(self, words: str) -> None:
        # A supervisor that is gone, or too busy, is no reason to stop.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock,
        ):
            sock.setblocking(False)
            sock.sendto(words.encode(), self._address)


def _is_well(snapshot: Snapshot, now: float) -> bool:
    heard = snapshot.last_frame
    return snapshot.condition is Condition.LIVE and heard is not None and now - heard < FRESH


def _status(snapshot: Snapshot) -> str:
    counted = f"{snapshot.printed} events, {snapshot.reconnects} reconnects, {snapshot.gaps} gaps"
    return f"{snapshot.doing or snapshot.condition}; {counted}"
