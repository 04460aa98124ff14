"""``--output pretty``: readable lines with time, kind, parties and what happened."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from rc_tail.config.tail_options import TimeStyle
from rc_tail.events.kinds import EventLine, Tone
from rc_tail.gateway.messages import Notification
from rc_tail.output.describe import describe_event
from rc_tail.output.time_column import TimeColumn
from rc_tail.text.columns import Column, cells, cut
from rc_tail.text.escape import visible

_GAP = "  "
_RESET = "\x1b[0m"
# Those of the sixteen colours that are readable on light and on dark backgrounds.
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

# Initial and maximal widths: wide enough for most events, so that columns rarely move.
_KIND_WIDTH = (12, 24)
_PARTIES_WIDTH = (37, 48)
# The width from which the columns are computed where the output is not a terminal.
_UNLIMITED = 200
# The last column keeps this width even where the others would fill the terminal.
_LEAST = 16
# No column is cut to less, even on a narrow terminal.
_NARROWEST = 8


class Pretty:
    """Renders an event as a readable line.

    Args:
        width: The terminal's current width in cells, to which a line is cut, the last column
            first; None where the output is not a terminal: then nothing is cut.
        now: The current time, with its zone.
        zone: The zone of local times; None for this machine's.
    """

    def __init__(
        self,
        *,
        color: bool,
        width: Callable[[], int] | None,
        time: TimeStyle = "local",
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        self._color = color
        self._width = width
        self._times = TimeColumn(time, now, zone)
        self._kinds = Column(*_KIND_WIDTH)
        # What happened needs the space more than long names do.
        self._parties = Column(
            *(
                min(limit, _parties_room(width() if width is not None else _UNLIMITED))
                for limit in _PARTIES_WIDTH
            )
        )

    def __call__(self, notification: Notification) -> bytes:
        """Return the line of an event as UTF-8, with its line break."""
        described = describe_event(notification)
        line, name = described.line, described.name
        time = self._times.text(notification.timestamp)
        parties, what = _escaped(_parties(line)), _escaped(line.what)
        arrow = _ARROWS.get(line.direction, " ")
        after_time = _GAP if time else ""
        if self._width is None:
            after_name, after_parties = self._kinds.pad(name), self._parties.pad(parties)
        else:
            width = self._width()
            least = max(min(width // 3, _LEAST), _NARROWEST)
            most = max(width // 5, _NARROWEST)
            name = cut(name, most)
            after_name = self._kinds.pad(name, most)
            # Two more cells for the arrow and a space.
            taken = len(time) + len(after_time) + len(name) + len(after_name) + 2 * len(_GAP) + 2
            room = max(width - taken - least, _NARROWEST)
            parties = _fitted(parties, room, is_out=line.direction == "Outbound")
            after_parties = self._parties.pad(parties, min(_parties_room(width), room))
            taken += cells(parties) + len(after_parties)
            what = cut(what, max(width - taken, _NARROWEST))
        if self._color:
            time, arrow = _colored(time, _FAINT), _colored(arrow, _FAINT)
            name = _colored(
                name, _FAMILIES.get(described.kind.family, "") if described.kind else ""
            )
            what = _colored(what, _TONES.get(line.tone, ""))
        head = f"{time}{after_time}{name}{after_name}{_GAP}{arrow} {parties}{after_parties}{_GAP}"
        return (f"{head}{what}".rstrip(" ") + "\n").encode()


def _parties_room(width: int) -> int:
    """Return the limit of the parties column on a terminal of `width` cells."""
    return max(width // 4, _LEAST)


def _colored(word: str, paint: str) -> str:
    return f"{paint}{word}{_RESET}" if paint and word.strip() else word


def _escaped(text: str) -> str:
    # Most texts are printable ASCII; this check is ten times faster than `visible`.
    return text if text.isascii() and text.isprintable() else visible(text)


def _fitted(parties: str, most: int, *, is_out: bool) -> str:
    """Shorten the parties to `most` cells; without room for both, to the other party."""
    if cells(parties) <= most:
        return parties
    parties = parties.replace("extension ", "ext. ")
    who, arrow, to = parties.partition(" → ")
    if not arrow or cells(parties) <= most:
        return cut(parties, most)
    if most < 2 * _NARROWEST:
        return cut(f"→ {to}" if is_out else who, most)
    room = most - len(arrow)
    who = cut(who, max(room - cells(to), room // 2))
    return f"{who}{arrow}{cut(to, room - cells(who))}"


def _parties(line: EventLine) -> str:
    if line.who and line.to:
        return f"{line.who} → {line.to}"
    return line.who or (f"→ {line.to}" if line.to else "")
