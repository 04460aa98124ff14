"""``python -m tests.benchmarks [--quick] [PART]...``: measures, prints tables, keeps the results.

Parts: ``throughput`` (rc-tail beside its peers, in a burst), ``rates`` (the same at 1, 100 and
1000 events a second), ``start``, ``latency``, ``growth``, ``options`` (what options
cost, recorded events, an idle tail), ``transport`` (the reader of frames
beside websocket-client's), ``sinks`` (what the spool and destinations cost: ``sinks-spool``,
``sinks-forward``, ``sinks-exec``, ``sinks-append``, ``sinks-sqlite``, ``sinks-nats``,
``sinks-stdout``). Without any all of them are measured. Only ratios of one run mean something elsewhere.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path

from tests.benchmarks import (
    growth,
    latency,
    options,
    page,
    rates,
    sinks,
    start,
    throughput,
    transport,
)
from tests.benchmarks.bench import Bench, opened
from tests.benchmarks.processes import ROOT
from tests.benchmarks.tables import Table, missed, picture

PARTS: Mapping[str, Callable[[Bench], Table | list[Table]]] = {
    "throughput": throughput.measure,
    "rates": rates.measure,
    "start": start.measure,
    "latency": latency.measure,
    "growth": growth.measure,
    "options": options.measure,
    "transport": transport.measure,
    **sinks.PARTS,
}


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    words.add_argument("parts", nargs="*", metavar="PART", help="what to measure")
    words.add_argument("--quick", action="store_true", help="fewer events and rounds")
    words.add_argument("--write", action="store_true", help="into the README as well")
    words.add_argument("--to", type=Path, default=ROOT / ".venv" / "bench", help="a folder")
    given = words.parse_args()
    chosen = {word: parts_named(word) for word in given.parts}
    if unknown := [word for word, parts in chosen.items() if not parts]:
        words.error(f"no such part: {', '.join(unknown)}")
    tables: list[Table] = []
    took: dict[str, float] = {}
    with opened(quick=given.quick) as bench:
        if bench.others is not None:
            # Whoever is measured has its core for itself.
            os.sched_setaffinity(0, {bench.others})
        for part in chain.from_iterable(chosen.values()) if chosen else PARTS:
            started = time.monotonic()
            measured = PARTS[part](bench)
            took[part] = time.monotonic() - started
            for table in measured if isinstance(measured, list) else [measured]:
                tables.append(with_missed_goals(table))
                print(tables[-1].markdown(), flush=True)
    given.to.mkdir(parents=True, exist_ok=True)
    machine = {
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "cores": os.cpu_count(),
    }
    keep(tables, machine, given.to)
    if given.write:
        page.write(page.Page(tables, machine), ROOT)
    parts = ", ".join(f"{part} {seconds:.0f}" for part, seconds in took.items())
    print(f"seconds: {parts}; {sum(took.values()):.0f} in all")


def parts_named(word: str) -> list[str]:
    """Return the parts that a word stands for: itself, or all that begin with it and a hyphen."""
    return [part for part in PARTS if part == word or part.startswith(f"{word}-")]


def with_missed_goals(table: Table) -> Table:
    """Return a table that says in its notes which of the README's goals it misses."""
    notes = [
        missed(what, figure, goal) for what, figure, goal, done in page.goals_of(table) if not done
    ]
    return replace(table, notes=[*table.notes, *notes])


def keep(tables: list[Table], machine: Mapping[str, object], folder: Path) -> None:
    """Write everything down: for programs, for a page, and as pictures."""
    results = {"machine": machine, "tables": [asdict(table) for table in tables]}
    (folder / "results.json").write_text(json.dumps(results, indent=1))
    (folder / "results.md").write_text("\n".join(table.markdown() for table in tables))
    for table in tables:
        if table.bars is not None:
            (folder / f"{table.title.lower().replace(' ', '-')}.svg").write_text(picture(table))
    print(f"kept in {folder}")


if __name__ == "__main__":
    main()
