"""What options cost beside a plain tail, what ``rc-tail show`` costs, and what an idle tail takes."""

import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.bench import Bench, median
from tests.benchmarks.contenders import EVENTS, program
from tests.benchmarks.load import Load
from tests.benchmarks.page import IDLE, OPTIONS, RECORDED
from tests.benchmarks.processes import cpu_so_far, finish, not_for_ever, spawn
from tests.benchmarks.sinks.compared import payloads
from tests.benchmarks.tables import Table

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
_JQ, _SHOW = "jq -c .", "rc-tail show --json"
_IDLE_SECONDS, _QUICK_SECONDS = 60, 15
_ROUNDS = 3


def measure(bench: Bench) -> list[Table]:
    """Measure all three."""
    tails = _tails(bench)
    return [_table_of_options(tails), _recorded(bench, tails), *_idle(bench)]


# From a name to the seconds of CPU for an event, one of each round.
_Costs = Mapping[str, Sequence[float]]


def _compare(
    bench: Bench, commands: Mapping[str, Sequence[Sequence[str]]], port: int, many: int
) -> _Costs:
    """Run commands in turn, in an order that is reversed every other round.

    Args:
        commands: Each for one event, and for many.
    """
    costs: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(min(bench.rounds, _ROUNDS)):
        for name, pair in list(commands.items())[:: -1 if number % 2 else 1]:
            one, all_ = (
                bench.run(command, port, str(count), piped=True)
                for command, count in zip(pair, (1, many), strict=True)
            )
            costs[name].append((all_.cpu - one.cpu) / (many - 1) * 1e6)
    return costs


def _ratio(costs: _Costs, name: str, base: str) -> float:
    return median([ours / theirs for ours, theirs in zip(costs[name], costs[base], strict=True)])


def _tails(bench: Bench) -> _Costs:
    count = bench.count // 2
    with bench.server(Load(count)) as port:
        commands = {
            name: [[program(), *EVENTS, "--count", str(n), *words] for n in (1, count)]
            for name, (words, _) in _TAILS.items()
        }
        return _compare(bench, commands, port, count)


def _table_of_options(costs: _Costs) -> Table:
    rows: list[Sequence[Any]] = []
    for name, (_, most) in _TAILS.items():
        ratio = _ratio(costs, name, "--json")
        goal = "" if most is None else f"{most:g} x"
        reached = "" if most is None else said(reached=ratio <= most)
        rows.append([name, median(costs[name]), ratio, goal, reached])
    return Table(OPTIONS, ("option", "us/event, pipe", "x --json", "goal", "reached"), rows)


def said(*, reached: bool) -> str:
    """Return how a goal is reported."""
    return "yes" if reached else "**no**"


def _recorded(bench: Bench, tails: _Costs) -> Table:
    """Measure `show` over a million events, beside the tail's own cost and other programs."""
    many = bench.count * 5
    one, all_ = bench.home / "one.jsonl", bench.home / "many.jsonl"
    payloads(Load(1), one)
    payloads(Load(many), all_)
    show = [program(), "show"]
    commands: dict[str, Sequence[str]] = {_SHOW: [*show, "--json"]}
    if jq := shutil.which("jq"):
        commands[_JQ] = [jq, "-c", "."]
    commands["a Python loop with json"] = [sys.executable, "-c", _LOOP]
    commands |= {f"rc-tail show {name}": [*show, *words] for name, words in _SHAPES.items()}
    costs: dict[str, float] = {}
    for name, command in commands.items():
        few, lots = (bench.run([*command, str(file)], 0, "1", piped=True) for file in (one, all_))
        assert lots.lines == many, f"{name}: {lots.lines} of {many} lines"
        costs[name] = (lots.cpu - few.cpu) / (many - 1) * 1e6
    all_.unlink()
    rows = [_recorded_row(name, costs, tails) for name in costs]
    head = ("what", "us/line, pipe", "goal", "reached")
    return Table(RECORDED, head, rows, [f"{many:,} lines, one run of each."])


def _recorded_row(name: str, costs: Mapping[str, float], tails: _Costs) -> Sequence[Any]:
    cost = costs[name]
    if name == _SHOW:
        goals = {"8 us": cost <= 8}
        if _JQ in costs:
            goals[f"{_JQ} / 5"] = cost * 5 <= costs[_JQ]
        return [name, cost, ", ".join(goals), ", ".join(said(reached=r) for r in goals.values())]
    own = tails.get(name.removeprefix("rc-tail show "))
    if own is None:
        return [name, cost, "", ""]
    return [name, cost, f"the tail's {median(own):.1f}", said(reached=cost <= median(own))]


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
