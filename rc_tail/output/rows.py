"""How an entry of readable output is laid out on a terminal: its columns, wrapped or cut."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

import msgspec

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


class Entry(msgspec.Struct, frozen=True, gc=False):
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
    """The columns of entries on a terminal of some width. Numbers are cells.

    Attributes:
        gap: What follows each column.
        no_time: Spaces in place of a time and its gap, in further rows of an entry.
        no_kind: Likewise.
        before_text: Spaces before the text, in rows that have only text.
        kinds: The padded rows of each kind that has come, by its name and colour.
        text: 0 where a wrapped text has no room beside the others.
        below: The indent of a text without that room.
    """

    gap: str
    no_time: str
    no_kind: str
    before_text: str
    kind: int
    kinds: dict[tuple[str, str], list[str]]
    parties: int
    text: int
    below: int


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
        # Cached by width, which seldom changes.
        self._columns = lru_cache(maxsize=8)(self._compute_columns)

    def of(self, entry: Entry, width: int) -> list[str]:
        """Return the rows of an entry on a terminal of `width` cells; padded at their ends."""
        columns = self._columns_for(entry, width)
        if not self._wraps:
            is_out = entry.arrow in _OUTBOUND
            parties = _fitted(entry.parties, columns.parties, is_out=is_out)
            return self._side_by_side(entry, columns, [parties], [cut(entry.what, columns.text)])
        all_parties = _folded_parties(entry.parties, columns.parties)
        if columns.text:
            return self._side_by_side(entry, columns, all_parties, fold(entry.what, columns.text))
        rows = self._side_by_side(entry, columns, all_parties, [])
        if entry.what:
            below = fold(entry.what, max(width - columns.below, _NARROWEST))
            rows += [" " * columns.below + self._paint(text, entry.tone) for text in below]
        return rows

    def _columns_for(self, entry: Entry, width: int) -> _Columns:
        if self._one_party and width < _WIDE and cells(entry.parties) > self._number:
            # A phone number is not broken.
            longest = max(map(cells, entry.parties.split(" ")))
            self._number = max(self._number, min(longest, _NUMBER))
        return self._columns(width, len(entry.time), self._number)

    def _compute_columns(self, width: int, time: int, number: int) -> _Columns:
        """Compute the columns for the widths of the terminal, the time and a phone number."""
        gap = "  " if width >= _WIDE else " "
        start = time + len(gap) if time else 0
        kind = min(self._kind, max(width // 6 + 1, _KIND if self._wraps else _NARROWEST))
        # Two more cells for the arrow and a space.
        before = start + kind + len(gap) + 2
        room = width - before - len(gap)
        if self._one_party:
            parties = _TWO_PARTIES if width >= _WIDE else number
        else:
            parties = max(width // 4, _TWO_PARTIES)
        if not self._wraps:
            least = max(min(width // 3, _LEAST_CUT_TEXT), _NARROWEST)
            parties = min(parties, max(room - least, _NARROWEST))
            text = max(room - parties, _NARROWEST)
        elif room - _LEAST_TEXT < (_ONE_PARTY if self._one_party else _ONE_OF_TWO):
            # The text has lines of its own.
            parties, text = max(width - before, _NARROWEST), 0
        else:
            parties = min(parties, room - _LEAST_TEXT)
            text = max(room - parties, _NARROWEST)
        before_text = " " * (before + parties) + gap
        below = max(min(start, width // 4), 2)
        return _Columns(
            gap, " " * start, " " * kind + gap, before_text, kind, {}, parties, text, below
        )

    def _side_by_side(
        self, entry: Entry, columns: _Columns, all_parties: Sequence[str], texts: Sequence[str]
    ) -> list[str]:
        """Return the rows of an entry whose columns are side by side."""
        paint, gap, tone = self._paint, columns.gap, entry.tone
        kinds = columns.kinds.get((entry.kind, entry.kind_color)) or self._kind_rows(entry, columns)
        # The space after the time is not coloured.
        start = f"{paint(entry.time, _FAINT)}{gap}" if entry.time else ""
        arrow = paint(entry.arrow, _FAINT)
        rows = []
        full = max(len(kinds), len(all_parties))
        for kind, parties, text in zip_longest(kinds, all_parties, texts[:full], fillvalue=""):
            after = " " * (columns.parties - cells(parties)) + gap
            if text and not parties.isascii() and _RIGHT_TO_LEFT.search(parties):
                after = _LEFT_TO_RIGHT_MARK + after
            rows.append(
                f"{start}{kind or columns.no_kind}{arrow} {parties}{after}{paint(text, tone)}"
            )
            start, arrow = columns.no_time, " "
        rows += [columns.before_text + paint(text, tone) for text in texts[full:]]
        return rows

    def _kind_rows(self, entry: Entry, columns: _Columns) -> list[str]:
        """Break, colour and pad a kind, once for these columns."""
        width = columns.kind
        names = _folded_kind(entry.kind, width) if self._wraps else [cut(entry.kind, width)]
        rows = [
            self._paint(name, entry.kind_color) + " " * (width - len(name)) + columns.gap
            for name in names
        ]
        columns.kinds[entry.kind, entry.kind_color] = rows
        return rows


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
