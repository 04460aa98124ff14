"""``--output pretty``: readable lines with time, kind, parties and what happened."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from functools import cache

from rc_tail.config.tail_options import TimeStyle
from rc_tail.events.kinds import EventKind, EventLine, Tone
from rc_tail.gateway.messages import Notification
from rc_tail.output.describe import describe_event, is_owner
from rc_tail.output.names import NameBook
from rc_tail.output.rows import Entry, Rows
from rc_tail.output.time_column import TimeColumn
from rc_tail.text.columns import Column
from rc_tail.text.escape import visible

_GAP = "  "
_LINE_BREAK = re.compile(r"[ \t]*(?:\r\n|\n|\r)[ \t]*")
_RESET = "\x1b[0m"
# Those of the sixteen colours that are readable on light and on dark backgrounds. A terminal
# that has only eight ignores blue.
_FAINT, _BOLD, _GREEN, _MAGENTA, _CYAN = "\x1b[2m", "\x1b[1m", "\x1b[32m", "\x1b[35m", "\x1b[36m"
_RED, _BLUE = "\x1b[1;31m", "\x1b[94m"
_FAMILIES = {
    "messages": _GREEN,
    "telephony": _CYAN,
    "team": _BOLD,
    "legacy": _BOLD,
    "ai": _BOLD,
}
# The kinds of messages that people tell apart at a glance; no family has these colours.
_KIND_COLORS = {"voicemail": _MAGENTA, "fax": _BLUE}
_TONES = {Tone.GOOD: _GREEN, Tone.ALERT: _RED, Tone.FAINT: _FAINT}
_ARROWS = {"Inbound": "↙", "Outbound": "↗"}
_ONE_PARTY_ARROWS = {"Inbound": "←", "Outbound": "→"}

# Where the output is not a terminal: initial and maximal widths, so that columns rarely move.
_KIND_WIDTH = (12, 30)
_PARTIES_WIDTH = (37, 48)


class Pretty:
    """Renders an event as a readable entry.

    Args:
        width: The terminal's current width in cells; None where the output is not a terminal:
            then an entry is one line, and nothing is cut.
        now: The current time, with its zone.
        zone: The zone of local times; None for this machine's.
        wrap: Whether texts wrap under their column on a terminal instead of being cut.
        one_extension: Whether all events are of one extension: then only the other party is shown.
        kinds: The names of kinds that will come.
        names: What people and chats are called.
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
        kinds: Iterable[str] = (),
        names: NameBook | None = None,
    ) -> None:
        self._color = color
        self._width = width
        self._times = TimeColumn(time, now, zone)
        self._one_extension = one_extension
        self._names = NameBook() if names is None else names
        self._day = ""
        self._kinds, self._parties = Column(*_KIND_WIDTH), Column(*_PARTIES_WIDTH)
        self._rows = Rows(
            self._painted, wrap=wrap, one_party=one_extension, kinds=max(map(len, kinds), default=0)
        )

    def __call__(self, notification: Notification) -> bytes:
        """Return the entry of an event as UTF-8, with its line breaks."""
        entry = self._entry(notification)
        if self._width is None:
            lines = [self._line(entry)]
        else:
            lines = [*self._new_day(entry), *self._rows.of(entry, self._width())]
        return ("\n".join([line.rstrip(" ") for line in lines]) + "\n").encode()

    def _entry(self, notification: Notification) -> Entry:
        described = describe_event(notification)
        name, kind, line = described.name, described.kind, described.line
        body = described.payload.get("body")
        self._names.learn(body if isinstance(body, dict) else {})
        if kind is None:
            parties, what = _both(line.who, line.to), line.what
        else:
            parties, what = self._with_names(line, notification.event)
        what = what.strip()
        if "\n" in what or "\r" in what:
            what = _LINE_BREAK.sub(" ⏎ ", what)
        what = visible(what)
        date, time = self._times.date_and_time(notification.timestamp)
        arrows = _ONE_PARTY_ARROWS if self._one_extension else _ARROWS
        return Entry(
            date,
            time,
            name,
            "" if kind is None else _paint(kind),
            arrows.get(line.direction, " "),
            parties,
            "" if what == name else what.removeprefix(f"{name}, "),
            _TONES.get(line.tone, ""),
        )

    def _with_names(self, line: EventLine, event: str) -> tuple[str, str]:
        """Return the party or parties to be shown, escaped, and what happened, with names."""
        named = self._names.named
        who, to = named(line.who), named(line.to)
        # What a person wrote stays as it is.
        what = line.what if line.text else named(line.what)
        if not self._one_extension:
            return _both(who, to), what
        if line.direction == "Outbound":
            other, shown = line.to or line.who, to or who
        else:
            other, shown = line.who or line.to, who or to
        if not line.direction and line.who and to != line.to:
            # A post in a chat, or a member of a queue.
            what = f"{what} [in {to}]"
        return "" if is_owner(other, event) else visible(shown), what

    def _line(self, entry: Entry) -> str:
        """Return an entry as one line of any length."""
        time = f"{entry.date} {entry.time}" if entry.date else entry.time
        start = f"{self._painted(time, _FAINT)}{_GAP}" if time else ""
        kind = self._painted(entry.kind, entry.kind_color) + self._kinds.pad(entry.kind)
        arrow = self._painted(entry.arrow, _FAINT)
        parties = entry.parties + self._parties.pad(entry.parties)
        return f"{start}{kind}{_GAP}{arrow} {parties}{_GAP}{self._painted(entry.what, entry.tone)}"

    def _new_day(self, entry: Entry) -> list[str]:
        if not entry.date or entry.date == self._day:
            return []
        self._day = entry.date
        return [self._painted(entry.date, _FAINT)]

    def _painted(self, word: str, color: str) -> str:
        return f"{color}{word}{_RESET}" if self._color and color and word.strip() else word


@cache
def _paint(kind: EventKind) -> str:
    return _KIND_COLORS.get(kind.name) or _FAMILIES.get(kind.family, "")


def _both(who: str, to: str) -> str:
    """Return the parties of an event, escaped."""
    # Before they are joined: the arrow is not ASCII, so that the fast check would never hold.
    who, to = visible(who), visible(to)
    if who and to:
        return f"{who} → {to}"
    return who or (f"→ {to}" if to else "")
