"""A reader that is left alone: ``python -m tests.soak.stalled`` (an hour of 200 events a second).

As `rc-tail sms | less` does: the pipe is full, and nobody reads on. All of it must come in the end,
on one connection, and what waits must not be kept in memory.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from tests.end_to_end.processes import environ_in
from tests.soak.program import installed_command

AT_ONCE = 500
PAUSE = 0.05
TEXT = "x" * 500


def resident(pid: int) -> int:
    """Return the memory that a process holds, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) // 1024


def main() -> int:
    """Stall, read, and say what came; return whether it was everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.stalled", description=__doc__)
    parser.add_argument("--events", type=int, default=720_000)
    given = parser.parse_args()
    with (
        Simulator(Options(ping_interval=1.0, pong_timeout=5.0)) as simulator,
        tempfile.TemporaryDirectory(prefix="rc-tail-stalled-") as home,
    ):
        return stall(simulator, Path(home), given.events)


def stall(simulator: Simulator, home: Path, events: int) -> int:
    """Run `rc-tail` with a reader that does not read until all was sent."""
    process = subprocess.Popen(
        [*installed_command(), "sms", "--log-format", "json"],
        env=environ_in(home, simulator.variables),
        stdout=subprocess.PIPE,
        stderr=(home / "told").open("wb"),
    )
    assert process.stdout is not None
    while b'"ready"' not in (home / "told").read_bytes():
        assert process.poll() is None, (home / "told").read_text()
        time.sleep(0.05)
    before, began, most = resident(process.pid), time.monotonic(), 0
    for first in range(0, events, AT_ONCE):
        simulator.send("sms", text=TEXT, count=min(AT_ONCE, events - first))
        most = max(most, resident(process.pid))
        # Pings must be answered meanwhile: a connection that is not is cut after five seconds.
        time.sleep(PAUSE)
    stalled = time.monotonic() - began
    ids: set[str] = set()
    lines = 0
    while lines < events:
        line = process.stdout.readline()
        assert line, "it has ended"
        ids.add(json.loads(line)["uuid"])
        lines += 1
    process.terminate()
    left = len(process.stdout.read().splitlines())
    status = process.wait()
    connections = sum(asked.path == "/ws" for asked in simulator.requests)
    gaps = (home / "told").read_text().count('"event": "gap"')
    print(f"{events} events in {stalled:.0f} s, with nobody reading")
    print(f"read afterwards: {lines} lines, {len(ids)} different, {left} more; gaps told: {gaps}")
    print(f"memory: {before} MiB before, {most} MiB at most; connections: {connections}")
    print(f"ended by signal {-status}", flush=True)
    good = len(ids) == events and left == 0 and gaps == 0 and connections == 1
    return 0 if good else 1


if __name__ == "__main__":
    os.environ.pop("PYTHONUNBUFFERED", None)
    sys.exit(main())
