"""Results as Markdown, and as a picture that needs no program to be drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from math import log10
from typing import Any


@dataclass(frozen=True)
class Table:
    """Figures of one sort.

    Attributes:
        title: What they are.
        head: The names of the columns.
        rows: As many values each.
        notes: What a reader must know.
        bars: The column that the picture shows, by number; None for no picture.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = field(default_factory=tuple)
    bars: int | None = None

    def markdown(self) -> str:
        lines = [f"### {self.title}", "", _row(self.head), _row(["---"] * len(self.head))]
        lines += [_row([shown(value) for value in row]) for row in self.rows]
        if self.notes:
            lines += ["", *(f"{note}" for note in self.notes)]
        return "\n".join([*lines, ""])


def missed(what: str, figure: str, goal: str) -> str:
    """Return the note on a goal that was not reached."""
    return f"Goal missed: {what}: {figure}; the goal is {goal}."


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def shown(value: Any) -> str:
    """Return a value as a table has it: three figures of a number that is no count."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return str(value)


_LEFT, _WIDTH, _BAR = 330, 900, 26


def picture(table: Table) -> str:
    """Return an SVG of one column of a table: bars on a logarithmic scale."""
    assert table.bars is not None
    pairs = [(str(row[0]), float(row[table.bars])) for row in table.rows if row[table.bars]]
    least, most = min(v for _, v in pairs) / 2, max(v for _, v in pairs)
    scale = (_WIDTH - _LEFT - 80) / log10(most / least)
    height = 50 + _BAR * len(pairs)
    size = f'width="{_WIDTH}" height="{height}"'
    said = f"{table.title}: {table.head[table.bars]}, logarithmic"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">',
        f'<rect {size} fill="#fff"/>',
        f'<text x="10" y="22" font-weight="bold">{escape(said)}</text>',
    ]
    for number, (name, value) in enumerate(pairs):
        y = 40 + _BAR * number
        length = log10(value / least) * scale
        color = "#0a6" if name.startswith("rc-tail") else "#88a"
        lines += [
            f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{length:.1f}" height="{_BAR - 8}" fill="{color}"/>',
            f'<text x="{_LEFT + length + 6:.1f}" y="{y + 14}">{shown(value)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


# A point: what it is called, and its two values.
Point = tuple[str, float, float]
_PANEL, _TALL = 430, 300


def curves(title: str, panels: Mapping[str, Sequence[Point]]) -> str:
    """Return an SVG of lines, one panel beside the other, both scales logarithmic.

    Args:
        title: What they are.
        panels: The points of each, from left to right, under its name.
    """
    width = 20 + _PANEL * len(panels)
    size = f'width="{width}" height="{_TALL + 60}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<rect {size} fill="#fff"/>',
        f'<text x="10" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    for number, (name, points) in enumerate(panels.items()):
        lines += _panel(20 + _PANEL * number, name, points)
    return "\n".join([*lines, "</svg>", ""])


def _panel(left: int, name: str, points: Sequence[Point]) -> list[str]:
    across = _scale([x for _, x, _ in points], left + 30, left + _PANEL - 90)
    up = _scale([y for _, _, y in points], _TALL, 70)
    places = [(across(x), up(y), label, y) for label, x, y in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in places)
    drawn = [
        f'<text x="{left}" y="44">{escape(name)}</text>',
        f'<polyline points="{line}" fill="none" stroke="#0a6" stroke-width="2"/>',
    ]
    low = _TALL + 30
    for x, y, label, value in places:
        turned = f'transform="rotate(-12 {x:.1f} {low})"'
        drawn += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#0a6"/>',
            f'<text x="{x + 6:.1f}" y="{y - 6:.1f}">{shown(value)}</text>',
            f'<text x="{x:.1f}" y="{low}" text-anchor="middle" {turned}>{escape(label)}</text>',
        ]
    return drawn


def _scale(values: Sequence[float], start: float, end: float) -> Callable[[float], float]:
    least, most = min(values), max(values)
    # So that what hardly differs is drawn as a flat line.
    reach = max(log10(most / least), 1.0)
    return lambda value: start + (end - start) * log10(value / least) / reach
