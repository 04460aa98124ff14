"""What the README shows of figures."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks import options, page, rates
from tests.benchmarks.__main__ import with_missed_goals
from tests.benchmarks.bench import Bench
from tests.benchmarks.page import Page, replaced, write
from tests.benchmarks.processes import Spent
from tests.benchmarks.sinks.compared import Way, compare
from tests.benchmarks.tables import Table, curves
from tests.benchmarks.throughput import HEAD

MACHINE = {"python": "3.11.7", "system": "Linux", "cores": 2}
README = """before
<!-- generated: benchmark -->
old
<!-- end -->
between
<!-- generated: benchmark-rates -->
<!-- end -->
<!-- generated: benchmark-growth -->
<!-- end -->
<!-- generated: benchmark-options -->
<!-- end -->
after
"""


def tables(*, ours: float = 4.0, memory: float = 50.0) -> list[Table]:
    def client(name: str, cost: float) -> list[object]:
        return [name, "prints", cost, cost, "", cost / ours, 1, 1, "complete"]

    def latency(name: str, middle: float) -> list[object]:
        return [name, 100, middle, 2 * middle, 1.0]

    names = ("python -c pass", "rc-tail --version", "python -c 'import typer'", "rc-tail --help")
    lines = ("bare script, to its ready line", "rc-tail sms, to its ready line")
    again = "the same, with the token of the run before"
    service = "the same, with the options of a service"
    times = (20, 30, 80, 90, 200, 240, 320, 240)
    starts = zip((*names, *lines, again, service), times, strict=True)
    clients = [
        client("rc-tail --json", ours),
        client("rc-tail --json --no-history", ours),
        client("websocat (Rust)", 5.0),
        client("a | b", 9.0),
    ]
    return [
        Table(page.CPU, HEAD, clients, ["websocat (Rust): 1.13.0.", "wscat: not installed."], 3),
        Table(page.STARTING, (), [[*start, 1, ""] for start in starts]),
        Table(
            page.LATENCY,
            (),
            [
                latency("rc-tail --json", 300),
                latency("websocket-client, skip_utf8_validation", 250),
            ],
        ),
        Table(
            page.RATES,
            rates.HEAD,
            [
                [1, "rc-tail --json", 500.0, "400 to 600", 1.5, None, 1.0, "complete"],
                [1000, "websocat (Rust)", 30.0, "29 to 31", 0.25, None, 1.0, "complete"],
            ],
            ["How it is measured.", "wscat: not installed, left out."],
        ),
        Table(page.SIZES, (), [[500, 4.0, 50.0], [1_000_000, 5000.0, 90.0]]),
        Table(page.EVENTS, (), [[10, -1.0, 40.0], [100_000, 4.0, 49.5], [1_000_000, 4.1, memory]]),
        Table(page.FILTERS, (), [[1, 4.0, 50.0]]),
        Table(page.WHERE, (), [[0, 4.0, 50.0]]),
        Table(page.LINES, (), [["pretty", 40.0, 24_000]]),
        Table(page.OPTIONS, ("option", "us"), [["--mask", 40.0]]),
        Table(page.RECORDED, ("what", "us"), [["rc-tail show --json", 7.5]], ["20 lines."]),
        Table(page.IDLE, ("seconds",), [[60]]),
    ]


def reached(**given: float) -> dict[str, bool]:
    return {what: done for what, _, _, done in Page(tables(**given), MACHINE).goals()}


def test_what_is_reached_is_reported():
    goals = reached()
    assert len(goals) == 11
    assert {what for what, done in goals.items() if not done} == {
        "the same, with the token of the run before",
    }


def test_what_is_missed_is_reported():
    goals = reached(ours=6.0, memory=61.0)
    assert not goals["CPU for an event, into a pipe"]
    assert not goals["memory, 1,000,000 events"]
    assert not goals["its growth after the first 100,000"]
    assert "| **no** |" in Page(tables(ours=6.0), MACHINE).blocks()["benchmark"]


def test_a_table_says_in_its_notes_which_goals_it_misses():
    clients, starts = tables(ours=6.0)[:2]
    (note,) = with_missed_goals(starts).notes
    assert note.startswith("Goal missed: the same, with the token of the run before: ")
    assert with_missed_goals(clients).notes[-1] == (
        "Goal missed: CPU for an event, into a pipe: 1.20 x websocat; the goal is level."
    )
    assert with_missed_goals(tables()[0]).notes == clients.notes


def test_options_and_recorded_events_that_miss_their_goals_are_noted(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(options, "_long_runs", lambda bench, many: {"rc-tail show --json": 6.5})
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    costs = dict.fromkeys([*options._TAILS, *options._readers()], (10.0, 12.0, 11.0))
    costs |= {"--where": (17.0, 21.0, 18.0), "--mask": (50.0, 59.0, 58.0)}
    table = options._table_of_options(costs)
    assert table.notes == ["Goal missed: --where: 1.70 x --json; the goal is 1.6 x."]
    assert {row[0]: row[4] for row in table.rows} == {
        **dict.fromkeys(options._TAILS, ""),
        "--where": "**no**",
        "--mask": "yes",
        "--exclude": "yes",
    }
    bench = Bench(20_000, 3, tmp_path, None, None, quick=True)
    recorded = options._recorded(bench, costs)
    assert recorded.notes[1:] == [
        "Goal missed: rc-tail show --json: 11.0 us; the goal is 8 us.",
        "Goal missed: rc-tail show --json: 1.00 x jq; the goal is 0.2 x jq.",
    ]
    assert recorded.rows[0][2:] == [6.5, "8 us, 0.2 x jq", "**no**, **no**"]
    assert recorded.rows[1][2:] == [None, "1 x the tail", "yes"]


def test_rates_of_sinks_that_miss_their_goals_are_noted(tmp_path: Path):
    def took(wall: float) -> Callable[[int], Spent]:
        return lambda count: Spent(
            wall if count > 1 else 0.5, 0.0, wall if count > 1 else 0.5, 1, 1
        )

    ways = [Way("a loop", took(1.5)), Way("fast", took(2.5), 400), Way("slow", took(10.5), 200)]
    table = compare(Bench(1, 3, tmp_path, None, None), "Sinks", ways, count=1001)
    assert [row[-1] for row in table.rows] == ["", "400/s", "200/s"]
    assert [note for note in table.notes if note.startswith("Goal")] == [
        "Goal missed: slow: 100/s; the goal is 200/s."
    ]


def test_clients_stand_with_their_versions():
    block = Page(tables(), MACHINE).blocks()["benchmark"]
    assert "| websocat (Rust) 1.13.0 | prints | 5.00 | 5.00 | 1.25 | complete |" in block
    assert "| **rc-tail --json** |" in block
    assert "--no-history" not in block


def test_rates_have_a_block_with_the_ratios_to_other_clients():
    block = Page(tables(), MACHINE).blocks()["benchmark-rates"]
    assert "| 1 | **rc-tail --json** | 500 | 1.50 |  |" in block
    assert "| 1,000 | websocat (Rust) | 30.0 | 0.25 |  |" in block
    assert block.endswith("\n\nwscat: not installed, left out.")


def test_only_measured_blocks_are_written(tmp_path: Path):
    (tmp_path / "README.md").write_text(README)
    measured = [table for table in tables() if table.title == page.RATES]
    made = Page(measured, MACHINE)
    assert made.pictures() == {}
    write(made, tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert "old" in text
    assert "**rc-tail --json** | 500" in text


def test_everything_goes_to_its_place(tmp_path: Path):
    (tmp_path / "README.md").write_text(README)
    made = Page(tables(), MACHINE)
    write(made, tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    for name in made.pictures():
        drawn = tmp_path / page.PICTURES / name
        assert str(page.PICTURES / name) in text
        assert ET.fromstring(drawn.read_text()).tag.endswith("svg")
    write(made, tmp_path)
    assert (tmp_path / "README.md").read_text() == text


def test_a_page_without_a_place_is_refused():
    with pytest.raises(ValueError, match="benchmark"):
        replaced("nothing", "benchmark", "x")


def test_what_hardly_differs_is_drawn_flat():
    drawn = curves("t", {"one": [("a", 1.0, 4.0), ("b", 100.0, 4.1)]})
    heights = [float(dot.get("cy", "0")) for dot in ET.fromstring(drawn).iter() if dot.get("cy")]
    assert abs(heights[0] - heights[1]) < 10
