"""Readable lines: when, what kind, who to whom, what."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from rc_tail.delivery.columns import Column, cells, cut
from rc_tail.delivery.line_times import TimeColumn, TimeStyle, system_now
from rc_tail.delivery.lines import read
from rc_tail.escape import visible
from rc_tail.events.kinds import Line, Tone
from rc_tail.gateway.messages import Notification

_GAP = "  "
_RESET = "\x1b[0m"
# Of the sixteen colours those that are readable on light and on dark backgrounds.
_FAINT, _BOLD, _GREEN, _MAGENTA, _CYAN = "\x1b[2m", "\x1b[1m", "\x1b[32m", "\x1b[35m", "\x1b[36m"
_RED = "\x1b[1;31m"
_FAMILIES = {
    "messages": _GREEN,
    "telephony": _CYAN,
    "presence": _MAGENTA,
    "team": _BOLD,
    "legacy": _BOLD,
    "ai": _MAGENTA,
}
_TONES = {Tone.GOOD: _GREEN, Tone.ALERT: _RED, Tone.FAINT: _FAINT}
_ARROWS = {"Inbound": "↙", "Outbound": "↗"}

# Enough for most events from the start, so that columns seldom move.
_KIND_WIDTH = (12, 24)
_PARTIES_WIDTH = (37, 48)
# So much of the last column is shown even where the others fill the terminal.
_LEAST = 16


class Pretty:
    """Makes a readable line of every event.

    Args:
        color: Whether to use colours.
        width: The terminal's width in cells, to which the last column is cut; None when the
            output is no terminal: then nothing is cut.
        time: The time column: ``local``, ``utc``, ``relative`` or ``none``.
        now: Returns the time of day, with its zone.
        zone: The zone of local times; None for this machine's.
    """

    def __init__(
        self,
        *,
        color: bool,
        width: int | None,
        time: TimeStyle = "local",
        now: Callable[[], datetime] = system_now,
        zone: tzinfo | None = None,
    ) -> None:
        self._color = color
        self.width = width
        self._times = TimeColumn(time, now, zone)
        self._kinds = Column(*_KIND_WIDTH)
        # What happened is worth more room than a column that fits everybody's name.
        room = max((width or 200) // 4, _LEAST)
        self._parties = Column(*(min(limit, room) for limit in _PARTIES_WIDTH))

    def __call__(self, notification: Notification) -> bytes:
        """Return the line of an event, with its line break, as UTF-8."""
        reading = read(notification)
        line, name = reading.line, reading.name
        time = self._times.text(notification.timestamp)
        parties, what = _harmless(_parties(line)), _harmless(line.what)
        arrow = _ARROWS.get(line.direction, " ")
        after_time = _GAP if time else ""
        after_name, after_parties = self._kinds.pad(name), self._parties.pad(parties)
        if self.width is not None:
            taken = len(time) + len(after_time) + len(name) + len(after_name) + 2 * len(_GAP)
            taken += 2 + cells(parties) + len(after_parties)
            what = cut(what, max(self.width - taken, _LEAST))
        if self._color:
            time, arrow = _painted(time, _FAINT), _painted(arrow, _FAINT)
            name = _painted(name, _FAMILIES.get(reading.kind.family, "") if reading.kind else "")
            what = _painted(what, _TONES.get(line.tone, ""))
        head = f"{time}{after_time}{name}{after_name}{_GAP}{arrow} {parties}{after_parties}{_GAP}"
        return (f"{head}{what}".rstrip(" ") + "\n").encode()


def _painted(word: str, paint: str) -> str:
    return f"{paint}{word}{_RESET}" if paint and word.strip() else word


def _harmless(text: str) -> str:
    # Most texts are plain ASCII, and this look at them is ten times as fast.
    return text if text.isascii() and text.isprintable() else visible(text)


def _parties(line: Line) -> str:
    if line.who and line.to:
        return f"{line.who} → {line.to}"
    return line.who or (f"→ {line.to}" if line.to else "")
