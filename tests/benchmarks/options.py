"""What options cost beside a plain tail, what ``rc-tail show`` costs, and what an idle tail takes."""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.bench import Bench, median
from tests.benchmarks.contenders import EVENTS, program
from tests.benchmarks.load import Load
from tests.benchmarks.page import IDLE, OPTIONS, RECORDED
from tests.benchmarks.processes import cpu_so_far, finish, not_for_ever, spawn
from tests.benchmarks.sinks.compared import payloads
from tests.benchmarks.tables import Table, missed

_SHORT = "{time|local} {from}: {text}"
# Every event passes: a run ends with the number of events that were printed.
_ALL = "starts_with(event, '/restapi')"
_SHAPES: Mapping[str, Sequence[str]] = {
    "--where": ("--json", "--where", _ALL),
    "--template": ("--template", _SHORT),
    "--output pretty": ("--output", "pretty"),
}
# Options, and how many times the plain tail they may take.
_TAILS: Mapping[str, tuple[Sequence[str], float | None]] = {
    "--json": (("--json",), None),
    "--exclude": (("--json", "--exclude", "fax"), 1.1),
    "--mask": (("--json", "--mask"), 5.0),
    **{name: (words, 1.6 if name == "--where" else None) for name, words in _SHAPES.items()},
    "--where, five": (("--json", *("--where", _ALL) * 5), None),
    "--output frame": (("--output", "frame"), None),
    "--resume": (("--json", "--resume", "bench"), None),
}
_LOOP = (
    "import json, sys\n"
    "for line in open(sys.argv[1]):\n"
    "    print(json.dumps(json.loads(line), separators=(',', ':'), ensure_ascii=False))"
)
_JQ, _PYTHON = "jq -c .", "a Python loop with json"
_SHOW = "rc-tail show "
_SHOWN: Mapping[str, Sequence[str]] = {"--json": ("--json",), **_SHAPES}
_MOST = 8.0  # us for a line of `show --json`
_EVENTS, _QUICK_EVENTS = 30_000, 10_000
_LINES, _QUICK_LINES = 1_000_000, 40_000
_IDLE_SECONDS, _QUICK_SECONDS = 30, 10


def measure(bench: Bench) -> list[Table]:
    """Measure all three."""
    costs = _costs(bench)
    return [_table_of_options(costs), _recorded(bench, costs), *_idle(bench)]


# From a name to the microseconds of CPU for an event, one of each round.
_Costs = Mapping[str, Sequence[float]]
# A command line for one event, and one for many.
_Pair = tuple[Sequence[str], Sequence[str]]


def _costs(bench: Bench) -> _Costs:
    """Run tails and readers of files in turn, in an order that is reversed every other round."""
    many = _events(bench)
    one, all_ = (payloads(Load(n), bench.home / f"{n}.jsonl") for n in (1, many))
    pairs = {name: _tail(words, many) for name, (words, _) in _TAILS.items()}
    for name, command in _readers().items():
        pairs[name] = ([*command, str(one)], [*command, str(all_)])
    costs: dict[str, list[float]] = {name: [] for name in pairs}
    with bench.server(Load(many)) as port:
        for number in range(bench.rounds):
            for name, pair in list(pairs.items())[:: -1 if number % 2 else 1]:
                costs[name].append(_cost(bench, pair, port, many))
    return costs


def _events(bench: Bench) -> int:
    """Return how many events a run of the rounds has."""
    return _QUICK_EVENTS if bench.quick else _EVENTS


def _tail(words: Sequence[str], many: int) -> _Pair:
    one, all_ = ([program(), *EVENTS, *words, "--count", str(count)] for count in (1, many))
    return one, all_


def _readers() -> Mapping[str, Sequence[str]]:
    """Return the commands that read recorded events, without the file."""
    jq = shutil.which("jq")
    return {
        **{_SHOW + name: (program(), "show", *words) for name, words in _SHOWN.items()},
        **({} if jq is None else {_JQ: (jq, "-c", ".")}),
        _PYTHON: (sys.executable, "-c", _LOOP),
    }


def _cost(bench: Bench, pair: _Pair, port: int, many: int) -> float:
    """Return the microseconds of CPU for an event."""
    one, all_ = (
        bench.run(command, port, str(count), piped=True)
        for command, count in zip(pair, (1, many), strict=True)
    )
    assert all_.lines == many, f"{pair[1]}: {all_.lines} of {many} lines"
    return (all_.cpu - one.cpu) / (many - 1) * 1e6


def _ratio(costs: _Costs, name: str, base: str) -> float:
    return median([ours / theirs for ours, theirs in zip(costs[name], costs[base], strict=True)])


def _table_of_options(costs: _Costs) -> Table:
    rows: list[Sequence[Any]] = []
    notes = []
    for name, (_, most) in _TAILS.items():
        ratio = _ratio(costs, name, "--json")
        goal, reached = "", ""
        if most is not None:
            goal, reached = f"{most:g} x", said(reached=ratio <= most)
            if ratio > most:
                notes.append(missed(name, f"{ratio:.2f} x --json", goal))
        rows.append([name, median(costs[name]), ratio, goal, reached])
    head = ("option", "us/event, pipe", "x --json", "goal", "reached")
    return Table(OPTIONS, head, rows, notes)


def said(*, reached: bool) -> str:
    """Return how a goal is reported."""
    return "yes" if reached else "**no**"


def _recorded(bench: Bench, costs: _Costs) -> Table:
    """Tell what `show` costs beside the tail and other programs, and over many more lines."""
    many = _QUICK_LINES if bench.quick else _LINES
    long = _long_runs(bench, many)
    rows: list[Sequence[Any]] = []
    counts = f"{bench.rounds} rounds with {_events(bench):,} lines; one run with {many:,}"
    notes = [f"Medians of {counts}. A ratio is the median of the ratios inside each round."]
    for name in _readers():
        goals = list(_goals(name, costs))
        notes += [missed(name, figure, goal) for figure, goal, reached in goals if not reached]
        wanted = ", ".join(goal for _, goal, _ in goals)
        reached = ", ".join(said(reached=reached) for _, _, reached in goals)
        rows.append([name, median(costs[name]), long.get(name), wanted, reached])
    head = ("what", "us/line, pipe", f"us/line, {many:,} lines", "goal", "reached")
    return Table(RECORDED, head, rows, notes)


def _goals(name: str, costs: _Costs) -> Iterator[tuple[str, str, bool]]:
    """Give the figure, the goal in words, and whether it is reached, for a row."""
    if name == f"{_SHOW}--json":
        cost = median(costs[name])
        yield f"{cost:.1f} us", f"{_MOST:g} us", cost <= _MOST
        if _JQ in costs:
            ratio = _ratio(costs, name, _JQ)
            yield f"{ratio:.2f} x jq", "0.2 x jq", ratio <= 0.2
    elif name.startswith(_SHOW):
        ratio = _ratio(costs, name, name.removeprefix(_SHOW))
        yield f"{ratio:.2f} x the tail", "1 x the tail", ratio <= 1


def _long_runs(bench: Bench, many: int) -> Mapping[str, float]:
    """Return the microseconds for a line of many, of rc-tail's own commands alone."""
    one, part, long = (bench.home / f"long-{n}.jsonl" for n in (1, "part", "all"))
    payloads(Load(1), one)
    lines = payloads(Load(bench.count), part).read_bytes()
    with long.open("wb") as file:
        for _ in range(many // bench.count):
            file.write(lines)
    costs = {
        name: _cost(bench, ([*command, str(one)], [*command, str(long)]), 0, many)
        for name, command in _readers().items()
        if name.startswith(_SHOW)
    }
    long.unlink()
    return costs


def _idle(bench: Bench) -> list[Table]:
    if sys.platform != "linux":
        return []
    seconds = _QUICK_SECONDS if bench.quick else _IDLE_SECONDS
    with bench.server(Load(1)) as port:
        # One event comes, and the second one never.
        command = [program(), "sms", "--json", "--count", "2"]
        reading, writing = os.pipe()
        started = time.monotonic()
        process = spawn(command, bench.env(port, "1"), bench.mine, writing)
        os.close(writing)
        with not_for_ever(process):
            os.read(reading, 1 << 16)
            # What a start leaves behind, such as its threads' ends, is over by then.
            time.sleep(2)
            cpu, switches = cpu_so_far(process.pid), _switches(process.pid)
            time.sleep(seconds)
            cpu, switches = cpu_so_far(process.pid) - cpu, _switches(process.pid) - switches
            size = _resident(process.pid)
            process.terminate()
            finish(process, started)
        os.close(reading)
    row = [seconds, cpu / seconds * 3600, switches / seconds, size]
    head = ("seconds without an event", "CPU s in an hour", "wake-ups a second", "MiB")
    return [Table(IDLE, head, [row])]


def _switches(pid: int) -> int:
    """Return how often the threads of a process have waited."""
    return sum(
        _number(status, "voluntary_ctxt_switches")
        for status in Path(f"/proc/{pid}/task").glob("*/status")
    )


def _resident(pid: int) -> float:
    return _number(Path(f"/proc/{pid}/status"), "VmRSS") / 1024


def _number(status: Path, name: str) -> int:
    lines = (line.partition(":") for line in status.read_text().splitlines())
    return next(int(value.split()[0]) for found, _, value in lines if found == name)
