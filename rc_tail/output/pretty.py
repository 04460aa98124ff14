"""``--output pretty``: readable lines with time, kind, parties and what happened."""

import re
from collections.abc import Callable
from datetime import datetime, tzinfo

from rc_tail.config.tail_options import TimeStyle
from rc_tail.events.kinds import EventKind, EventLine, Tone
from rc_tail.gateway.messages import Notification
from rc_tail.output.describe import describe_event, is_owner
from rc_tail.output.time_column import TimeColumn
from rc_tail.text.columns import Column, cells, cut, fold
from rc_tail.text.escape import visible

_GAP = "  "
_LINE_BREAK = re.compile(r"[ \t]*(?:\r\n|\n|\r)[ \t]*")
_PERSON = re.compile(r"\bperson (?=\d)")
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
# The kinds of messages that people tell apart at a glance.
_KIND_COLORS = {"voicemail": _MAGENTA, "fax": _CYAN}
_TONES = {Tone.GOOD: _GREEN, Tone.ALERT: _RED, Tone.FAINT: _FAINT}
_ARROWS = {"Inbound": "↙", "Outbound": "↗"}
_ONE_PARTY_ARROWS = {"Inbound": "←", "Outbound": "→"}

# Initial and maximal widths: wide enough for most events, so that columns rarely move.
_KIND_WIDTH = (12, 24)
_PARTIES_WIDTH = (37, 48)
# The width from which the columns are computed where the output is not a terminal.
_UNLIMITED = 200
# The last column keeps this width even where the others would fill the terminal.
_LEAST = 16
# No column is cut to less, even on a narrow terminal.
_NARROWEST = 8
# Where texts wrap: the widths of the columns, and the least room for a text beside them.
_WRAPPED_KIND_WIDTH = (10, 14)
_WRAPPED_PARTIES_WIDTH = 12
# Two names of usual length, with an arrow between.
_BOTH = 24
_LEAST_TEXT = 24
# From this width on there is room for two spaces between columns.
_WIDE = 100


class Pretty:
    """Renders an event as a readable line.

    Args:
        width: The terminal's current width in cells, to which a line is cut, the last column
            first; None where the output is not a terminal: then nothing is cut.
        now: The current time, with its zone.
        zone: The zone of local times; None for this machine's.
        wrap: Whether texts wrap under their column on a terminal instead of being cut.
        one_extension: Whether all events are of one extension: then only the other party is shown.
    """

    def __init__(
        self,
        *,
        color: bool,
        width: Callable[[], int] | None,
        time: TimeStyle = "local",
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
        wrap: bool = False,
        one_extension: bool = False,
    ) -> None:
        self._color = color
        self._width = width
        self._times = TimeColumn(time, now, zone)
        self._wraps = wrap and width is not None
        self._one_extension = one_extension
        self._day = ""
        self._kinds = Column(*(_WRAPPED_KIND_WIDTH if self._wraps else _KIND_WIDTH))
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
        parties = _escaped(self._parties_of(line, notification.event))
        what = _escaped(_LINE_BREAK.sub(" ⏎ ", line.what.strip()))
        what = "" if what == name else what.removeprefix(f"{name}, ")
        arrow = (_ONE_PARTY_ARROWS if self._one_extension else _ARROWS).get(line.direction, " ")
        if self._width is not None and self._wraps:
            kind = described.kind
            paint = _paint(kind) if kind else ""
            return self._wrapped(
                self._width(),
                time=time,
                kind=(name, paint),
                arrow=arrow,
                parties=parties,
                what=(what, _TONES.get(line.tone, "")),
            )
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
            name = _colored(name, _paint(described.kind) if described.kind else "")
            what = _colored(what, _TONES.get(line.tone, ""))
        head = f"{time}{after_time}{name}{after_name}{_GAP}{arrow} {parties}{after_parties}{_GAP}"
        return (f"{head}{what}".rstrip(" ") + "\n").encode()

    def _wrapped(
        self,
        width: int,
        *,
        time: str,
        kind: tuple[str, str],
        arrow: str,
        parties: str,
        what: tuple[str, str],
    ) -> bytes:
        """Return an entry whose text wraps under its column; kind and text come with a colour."""
        gap = _GAP if width >= _WIDE else " "
        lines: list[str] = []
        date, space, clock = time.strip().partition(" ")
        if space and len(date) == len("2026-01-01"):
            time = clock
            if date != self._day:
                self._day = date
                lines.append(self._painted(date, _FAINT))
        name, paint = kind
        after_name = self._kinds.pad(name)
        start = f"{time}{gap}" if time else ""
        before = len(start) + len(name) + len(after_name) + len(gap) + 2
        most = _WRAPPED_PARTIES_WIDTH if self._one_extension else _PARTIES_WIDTH[0]
        room = most if width < _WIDE and self._one_extension else max(_parties_room(width), _BOTH)
        indent = before + min(most * 2, room) + len(gap)
        if width - indent < _LEAST_TEXT:
            indent = max(min(len(start), width // 4), 2)
        if before + cells(parties) + len(gap) > indent:
            parties = _PERSON.sub("", parties)
        first, *more = fold(parties, max(width - before, _NARROWEST))
        texts = fold(what[0], max(width - indent, _NARROWEST))
        head = (
            f"{self._painted(time, _FAINT)}{start[len(time) :]}{self._painted(name, paint)}"
            f"{after_name}{gap}{self._painted(arrow, _FAINT)} {first}"
        )
        used = before + cells(first)
        if not more and used + len(gap) <= indent:
            head += " " * (indent - used) + self._painted(texts.pop(0), what[1])
        lines.append(head)
        lines.extend(" " * min(before, width // 2) + each for each in more)
        lines.extend(" " * indent + self._painted(each, what[1]) for each in texts if each)
        return ("\n".join(each.rstrip(" ") for each in lines) + "\n").encode()

    def _painted(self, word: str, paint: str) -> str:
        return _colored(word, paint) if self._color else word

    def _parties_of(self, line: EventLine, event: str) -> str:
        if not self._one_extension:
            return _parties(line)
        other = (line.to or line.who) if line.direction == "Outbound" else (line.who or line.to)
        return "" if is_owner(other, event) else other


def _paint(kind: EventKind) -> str:
    return _KIND_COLORS.get(kind.name) or _FAMILIES.get(kind.family, "")


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
