"""What the README shows of the figures: the clients, rates, the goals, and what more costs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.tables import Table, curves, picture

PICTURES = Path("tests/benchmarks/pictures")
CPU, STARTING = "CPU for each event", "Starting"
RATES = "CPU per event at a steady rate"
LATENCY = "From the server's send to the line in a pipe"
SIZES, EVENTS = "Larger payloads", "More events, and memory"
FILTERS, WHERE, LINES = "More filters", "More expressions", "Readable lines"
OPTIONS, RECORDED, IDLE = "Options", "Recorded events", "Idle"

_LEVEL = 1.05
# How many times another client's CPU rc-tail may take, in a burst.
SIXTY = "Python, 60 lines"
_AGAINST = ((SIXTY, 1.15), ("wscat", 0.75), ("node ws", 0.25))
# Events of which the cost is told: of fewer it is less than two starts differ.
_MANY = 10_000

# The tables that a block of the README is made of.
_NEEDED = {
    "benchmark": (CPU, STARTING, LATENCY, EVENTS, LINES),
    "benchmark-rates": (RATES,),
    "benchmark-growth": (SIZES, EVENTS, FILTERS, WHERE),
    "benchmark-options": (OPTIONS, RECORDED, IDLE),
}

# A goal: what, rc-tail's figure with its unit, the goal in words, and whether it is reached.
Goal = tuple[str, str, str, bool]


class Page:
    """Figures of one run, by the titles of their tables.

    Args:
        tables: All that were measured.
        machine: Where.
    """

    def __init__(self, tables: Sequence[Table], machine: Mapping[str, Any]) -> None:
        self._tables = {table.title: table for table in tables}
        self._machine = machine

    def blocks(self) -> dict[str, str]:
        """Return the README's blocks by name; those whose tables were not measured are left out."""
        made = {
            "benchmark": self._main,
            "benchmark-rates": self._rates,
            "benchmark-growth": self._growth,
            "benchmark-options": self._options,
        }
        return {name: make() for name, make in made.items() if self._has(*_NEEDED[name])}

    def pictures(self) -> dict[str, str]:
        """Return the README's pictures by file name, likewise."""
        drawn = {}
        if self._has(*_NEEDED["benchmark"]):
            drawn["cpu.svg"] = picture(self._tables[CPU])
        if self._has(*_NEEDED["benchmark-growth"]):
            drawn["growth.svg"] = self._curves()
        return drawn

    def _has(self, *titles: str) -> bool:
        return all(title in self._tables for title in titles)

    def _curves(self) -> str:
        cost = [(f"{row[0]:,}", float(row[0]), float(row[1])) for row in self._tables[SIZES].rows]
        events = [
            (f"{row[0]:,}", float(row[0]), float(row[1]))
            for row in self._tables[EVENTS].rows
            if row[0] >= _MANY
        ]
        drawn = {
            "by the size of the payload, bytes": cost,
            "by the number of events": events,
        }
        return curves("Microseconds of CPU for an event, both scales logarithmic", drawn)

    def goals(self) -> Iterator[Goal]:
        """Give what was aimed at, and what was reached."""
        for title in _GOALS:
            yield from goals_of(self._tables[title])

    def _main(self) -> str:
        table = self._tables[CPU]
        head = (
            "client",
            "for each event",
            "us, /dev/null",
            "us, pipe",
            "x rc-tail, pipe",
            "output",
        )
        rows = [
            (self._named(row[0]), row[1], row[2], row[3], row[5], row[8])
            for row in table.rows
            if "--no-history" not in row[0]
        ]
        clients = Table("", head, rows).markdown().partition("\n\n")[2]
        goals = [
            (what, figure, goal, "yes" if reached else "**no**")
            for what, figure, goal, reached in self.goals()
        ]
        reached = Table("", ("what", "measured", "goal", "reached"), goals)
        where = f"{self._machine['cores']} cores, {self._machine['system']}"
        return "\n".join(
            [
                f"{where}, Python {self._machine['python']}; medians:",
                "",
                clients,
                f"![CPU for each event of every client]({PICTURES / 'cpu.svg'})",
                "",
                reached.markdown().partition("\n\n")[2].rstrip(),
            ]
        )

    def _rates(self) -> str:
        measured = self._tables[RATES]
        head = ("events/s", "client", "us, pipe", "x websocket-client loop", "x wscat", "output")
        rows = []
        for rate, name, cost, _, to_loop, to_wscat, _, output in measured.rows:
            shown = f"**{name}**" if name.startswith("rc-tail") else name
            rows.append((f"{rate:,}", shown, cost, to_loop, to_wscat, output))
        table = Table("", head, rows).markdown().partition("\n\n")[2].rstrip()
        missing = [note for note in measured.notes if note.endswith("not installed, left out.")]
        return "\n".join([table, *(f"\n{note}" for note in missing)])

    def _growth(self) -> str:
        sizes = self._tables[SIZES]
        parts = [
            Table("", ("payload, bytes", "us/event", "MiB"), sizes.rows),
            Table("", ("events", "us/event", "MiB"), self._counts()),
            Table("", ("filters", "us/event", "MiB"), self._tables[FILTERS].rows),
            Table("", ("`--where`", "us/event", "MiB"), self._tables[WHERE].rows),
        ]
        written = [part.markdown().partition("\n\n")[2].rstrip() for part in parts]
        image = f"![How cost scales]({PICTURES / 'growth.svg'})"
        return "\n\n".join([*written, image])

    def _options(self) -> str:
        tables = [self._tables[title] for title in _NEEDED["benchmark-options"]]
        parts = [Table("", table.head, table.rows, table.notes) for table in tables]
        return "\n\n".join(part.markdown().partition("\n\n")[2].rstrip() for part in parts)

    def _counts(self) -> list[Sequence[Any]]:
        rows = self._tables[EVENTS].rows
        return [(f"{n:,}", cost if n >= _MANY else "", size) for n, cost, size in rows]

    def _named(self, name: str) -> str:
        """Return a client's name with its version."""
        if name.startswith("rc-tail"):
            return f"**{name}**"
        for note in self._tables[CPU].notes:
            said, _, version = note.partition(": ")
            if said == name:
                return f"{name} {version.rstrip('.').partition(',')[0]}"
        return name


def goals_of(table: Table) -> Iterator[Goal]:
    """Give what was aimed at with a table of the README's first block, and what was reached."""
    goals = _GOALS.get(table.title)
    if goals is not None:
        yield from goals(table)


def _cost_goals(table: Table) -> Iterator[Goal]:
    piped = {row[0]: row[3] for row in table.rows}
    ours = piped["rc-tail --json"]
    if "websocat (Rust)" in piped:
        ratio = ours / piped["websocat (Rust)"]
        # Level is what no run can tell apart.
        level = ratio <= _LEVEL
        yield "CPU for an event, into a pipe", f"{ratio:.2f} x websocat", "level", level
    for name, most in _AGAINST:
        if name in piped:
            ratio = ours / piped[name]
            yield f"the same, beside {name}", f"{ratio:.2f} x", f"{most:g} x", ratio <= most


def _start_goals(table: Table) -> Iterator[Goal]:
    starts = {row[0]: row[1] for row in table.rows}
    for name, other, most in (
        ("rc-tail --version", "python -c pass", 3.0),
        ("rc-tail --help", "python -c 'import typer'", 2.5),
        ("rc-tail sms, to its ready line", "bare script, to its ready line", 1.25),
        ("the same, with the token of the run before", "bare script, to its ready line", 1.25),
        ("the same, with the options of a service", "bare script, to its ready line", 1.25),
    ):
        ratio = starts[name] / starts[other]
        plain = other.split(",")[0]
        figure = f"{starts[name]:.0f} ms, {ratio:.2f} x {plain}"
        yield name, figure, f"{most:g} x", ratio <= most


def _latency_goals(table: Table) -> Iterator[Goal]:
    by_rate: dict[int, dict[str, Sequence[Any]]] = {}
    for row in table.rows:
        by_rate.setdefault(row[1], {})[row[0]] = row
    for rate, rows in by_rate.items():
        ours = rows["rc-tail --json"]
        bare = rows["websocket-client, skip_utf8_validation"]
        for at, name in ((2, "median"), (3, "99th percentile")):
            ratio = ours[at] / bare[at]
            yield (
                f"from the send to the line, {rate:,} events/s, {name}",
                f"{ours[at]:.0f} us, {ratio:.2f} x the bare loop",
                "1.5 x",
                ratio <= 1.5,
            )


def _memory_goals(table: Table) -> Iterator[Goal]:
    memory = {row[0]: row[2] for row in table.rows}
    most = max(memory)
    yield f"memory, {most:,} events", f"{memory[most]:.1f} MiB", "60 MiB", memory[most] < 60
    if most > 100_000:
        grown = memory[most] - memory[100_000]
        yield "its growth after the first 100,000", f"{grown:.1f} MiB", "1 MiB", grown < 1


def _line_goals(table: Table) -> Iterator[Goal]:
    _, cost, rate = table.rows[0]
    lines = f"{rate:,} a second, {cost:.0f} us of CPU each"
    yield "readable lines to a terminal", lines, "20,000", rate >= 20_000


_GOALS: Mapping[str, Callable[[Table], Iterator[Goal]]] = {
    CPU: _cost_goals,
    STARTING: _start_goals,
    LATENCY: _latency_goals,
    EVENTS: _memory_goals,
    LINES: _line_goals,
}


def write(page: Page, root: Path) -> None:
    """Put the blocks into the README, and the pictures beside it.

    Raises:
        ValueError: It has no place for a block.
    """
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    for name, block in page.blocks().items():
        text = replaced(text, name, block)
    readme.write_text(text, encoding="utf-8")
    folder = root / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawn in page.pictures().items():
        (folder / name).write_text(drawn, encoding="utf-8")


def replaced(text: str, name: str, block: str) -> str:
    """Return a page with one block written anew.

    Raises:
        ValueError: It has no place for it.
    """
    begin, end = f"<!-- generated: {name} -->", "<!-- end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"README.md has no {begin} with {end} behind it")
    return f"{before}{begin}\n\n{block}\n\n{end}{after}"
