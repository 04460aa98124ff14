"""How an entry of readable output is laid out on a terminal: its columns, wrapped or cut."""

import re
from collections.abc import Callable
from itertools import zip_longest
from typing import NamedTuple

from rc_tail.text.columns import cells, cut, fold

_AFTER_HYPHEN = re.compile(r"(?<=-)")
_FAINT = "\x1b[2m"
_ARROW = " → "
_OUTBOUND = "↗→"
# Terminals that reorder Hebrew and Arabic would exchange two columns of these: an invisible mark
# ends the first one.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_LEFT_TO_RIGHT_MARK = "\u200e"
# The least width of the column of kinds, and its width where the kinds are not known before. The
# column does not grow, so that all rows are aligned; longer names are broken.
_KIND = 10
_USUAL_KIND = 14
# The width of the other party where it alone is shown.
_ONE_PARTY = 12
# Two names of usual length with an arrow between, and the longer one with the arrow.
_TWO_PARTIES = 24
_ONE_OF_TWO = 14
# The longest phone number, with its plus sign (E.164).
_NUMBER = 16
# The least room for a text beside the other columns, where it wraps and where it is cut.
_LEAST_TEXT = 24
_LEAST_CUT_TEXT = 16
# No column is cut to less, even on a narrow terminal.
_NARROWEST = 8
# From this width on there is room for two spaces between columns.
_WIDE = 100


class Entry(NamedTuple):
    """The texts of an entry, escaped and not coloured, and the colours of two of them.

    Attributes:
        date: Only where it is not today's, or the first of a day.
        arrow: One cell wide.
    """

    date: str
    time: str
    kind: str
    kind_color: str
    arrow: str
    parties: str
    what: str
    tone: str


class _Columns(NamedTuple):
    """The columns of one entry.

    Attributes:
        start: The time and the space after it.
        kind: Cells, as are the other numbers.
        before: What stands left of the parties.
        text: 0 where a wrapped text has no room beside the others.
    """

    start: str
    kind: int
    gap: str
    before: int
    parties: int
    text: int


class Rows:
    """Lays out entries, one after the other.

    Args:
        paint: Colours a text.
        wrap: Whether what is too long wraps under its column; else it is cut.
        one_party: Whether only the other party of each event is shown.
        kinds: The cells of the longest kind that will come; 0 where that is not known.
    """

    def __init__(
        self, paint: Callable[[str, str], str], *, wrap: bool, one_party: bool, kinds: int = 0
    ) -> None:
        self._paint = paint
        self._wraps = wrap
        self._one_party = one_party
        self._kind = max(kinds, _KIND) if kinds else _USUAL_KIND
        self._number = _ONE_PARTY

    def of(self, entry: Entry, width: int) -> list[str]:
        """Return the rows of an entry on a terminal of `width` cells; padded at their ends."""
        columns = self._columns(entry, width)
        if not self._wraps:
            return [self._cut(entry, columns)]
        kinds = _folded_kind(entry.kind, columns.kind)
        has_room = columns.text > 0
        parties = _folded_parties(entry.parties, columns.parties)
        texts = fold(entry.what, columns.text) if has_room else []
        rows = [
            self._row(entry, columns, *each, is_first=not number)
            for number, each in enumerate(zip_longest(kinds, parties, texts, fillvalue=""))
        ]
        if not has_room and entry.what:
            indent = max(min(len(columns.start), width // 4), 2)
            below = fold(entry.what, max(width - indent, _NARROWEST))
            rows += [" " * indent + self._paint(text, entry.tone) for text in below]
        return rows

    def _columns(self, entry: Entry, width: int) -> _Columns:
        gap = "  " if width >= _WIDE else " "
        start = f"{entry.time}{gap}" if entry.time else ""
        kind = min(self._kind, max(width // 6 + 1, _KIND if self._wraps else _NARROWEST))
        # Two more cells for the arrow and a space.
        before = len(start) + kind + len(gap) + 2
        room = width - before - len(gap)
        parties = self._parties(entry.parties, width)
        if self._wraps:
            least = _ONE_PARTY if self._one_party else _ONE_OF_TWO
            if room - _LEAST_TEXT < least:
                # The text has lines of its own.
                return _Columns(start, kind, gap, before, max(width - before, _NARROWEST), 0)
            parties = min(parties, room - _LEAST_TEXT)
        else:
            least = max(min(width // 3, _LEAST_CUT_TEXT), _NARROWEST)
            parties = min(parties, max(room - least, _NARROWEST))
        return _Columns(start, kind, gap, before, parties, max(room - parties, _NARROWEST))

    def _parties(self, parties: str, width: int) -> int:
        """Return how wide the column of parties should be."""
        if not self._one_party:
            return max(width // 4, _TWO_PARTIES)
        if width >= _WIDE:
            return _TWO_PARTIES
        # A phone number is not broken.
        self._number = max(self._number, min(max(map(cells, parties.split(" "))), _NUMBER))
        return self._number

    def _row(
        self, entry: Entry, columns: _Columns, kind: str, parties: str, what: str, *, is_first: bool
    ) -> str:
        start, arrow = (columns.start, entry.arrow) if is_first else (" " * len(columns.start), " ")
        after_kind = " " * (columns.kind - len(kind)) + columns.gap
        after_parties = " " * (columns.parties - cells(parties)) + columns.gap
        if what and _RIGHT_TO_LEFT.search(parties):
            after_parties = _LEFT_TO_RIGHT_MARK + after_parties
        paint = self._paint
        # The space after the time is not coloured.
        time = start.rstrip(" ")
        return (
            f"{paint(time, _FAINT)}{start[len(time) :]}{paint(kind, entry.kind_color)}{after_kind}"
            f"{paint(arrow, _FAINT)} {parties}{after_parties}{paint(what, entry.tone)}"
        )

    def _cut(self, entry: Entry, columns: _Columns) -> str:
        is_out = entry.arrow in _OUTBOUND
        return self._row(
            entry,
            columns,
            cut(entry.kind, columns.kind),
            _fitted(entry.parties, columns.parties, is_out=is_out),
            cut(entry.what, columns.text),
            is_first=True,
        )


def _folded_kind(kind: str, width: int) -> list[str]:
    """Break a kind's name into lines of at most `width` cells, after hyphens."""
    lines = [""]
    for part in _AFTER_HYPHEN.split(kind):
        if len(lines[-1]) + len(part) > width and lines[-1]:
            lines.append("")
        lines[-1] += part
    return [cut(line, width) for line in lines]


def _folded_parties(parties: str, width: int) -> list[str]:
    who, arrow, to = parties.partition(_ARROW)
    if not arrow or cells(parties) <= width:
        return fold(parties, width)
    return [*fold(f"{who}{_ARROW.rstrip()}", width), *fold(to, width)]


def _fitted(parties: str, most: int, *, is_out: bool) -> str:
    """Shorten the parties to `most` cells; without room for both, to the other party."""
    if cells(parties) <= most:
        return parties
    parties = parties.replace("extension ", "ext. ")
    who, arrow, to = parties.partition(_ARROW)
    if not arrow or cells(parties) <= most:
        return cut(parties, most)
    if most < 2 * _NARROWEST:
        return cut(f"→ {to}" if is_out else who, most)
    room = most - len(arrow)
    who = cut(who, max(room - cells(to), room // 2))
    return f"{who}{arrow}{cut(to, room - cells(who))}"
