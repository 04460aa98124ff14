"""SIGKILL at every step of an event on its way to sinks, and what the next run makes of it."""

import contextlib
import re
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from rc_tail.simulator import Simulator
from rc_tail.text.timestamps import unix_time
from tests.end_to_end import processes
from tests.end_to_end.killed import STEPS
from tests.end_to_end.processes import Tail, Tails, eventually
from tests.sinks.receivers import Receiver

pytestmark = pytest.mark.slow

# RingCentral keeps no history of them: what is lost here is lost for good.
KIND = "team-posts"
# Events that are safe, then the one with which the process dies, then some while it is gone, and
# some for the next run.
SAFE, GONE, MORE = 5, 3, 2
LAST = SAFE + GONE + MORE


class Target(NamedTuple):
    """A destination beside standard output.

    Attributes:
        words: The options that name it.
        text: Returns what came there.
    """

    words: tuple[str, ...]
    text: Callable[[], str]


@pytest.fixture(params=["forward", "exec"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    if request.param == "exec":
        out = tmp_path / "out"
        out.touch()
        yield Target(("--exec", f"sh -c 'cat >> {out}'"), out.read_text)
        return
    receiver = Receiver()
    with receiver.listening() as port:
        yield Target(
            ("--forward-to", f"localhost:{port}"),
            lambda: b"\n".join(body for _, body in receiver.requests).decode(),
        )


def numbers(text: str) -> Counter[int]:
    """How often each number came; the rest of a line may be missing."""
    return Counter(map(int, re.findall(r"number ([0-9]+)\"", text)))


def stored(home: Path) -> int:
    """Up to which event all sinks have confirmed, by what is on the disk."""
    path = home / "state" / "rc-tail" / "resume" / "job.spool"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as spool:
        (position,) = spool.execute("SELECT min(position) FROM sinks").fetchone()
        return int(position)


def send(simulator: Simulator, first: int, count: int) -> None:
    for number in range(first, first + count):
        simulator.send(KIND, text=f"number {number}")


@pytest.mark.parametrize("name", STEPS)
def test_a_kill_at_a_step_loses_nothing(
    name: str,
    target: Target,
    simulator: Simulator,
    tail: Tails,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    step, armed = STEPS[name], tmp_path / "armed"
    words = (KIND, "--resume", "job", "--log-format", "json", "--json", *target.words)
    with monkeypatch.context() as patch:
        program = (sys.executable, "-m", "tests.end_to_end.killed", name, str(armed), "--")
        patch.setattr(processes, "PROGRAM", program)
        first = tail(*words, home=tmp_path).wait_ready()
    send(simulator, 0, SAFE)
    eventually(lambda: stored(tmp_path) == SAFE, "the first events are confirmed")
    armed.touch()
    sent_at = time.time()
    send(simulator, SAFE, 1)
    if step.at_end:
        eventually(lambda: SAFE in numbers(target.text()), "it was delivered")
        first.process.send_signal(signal.SIGTERM)
    assert first.wait() == -signal.SIGKILL
    died_at = time.time()
    eventually(lambda: not simulator.subscribers()[0].is_connected, "the connection is gone")
    send(simulator, SAFE + 1, GONE)
    second = tail(*words, home=tmp_path).wait_ready()
    send(simulator, SAFE + 1 + GONE, MORE)
    eventually(lambda: LAST in numbers(target.text()), "the last one was delivered")
    eventually(lambda: LAST in numbers("\n".join(second.lines())), "the last one was printed")
    assert second.stop() == -signal.SIGTERM
    printed = "\n".join([*first.lines(), *second.lines()])
    for came in (numbers(target.text()), numbers(printed)):
        # Twice comes only what was under way at the kill.
        assert [number for number in came if came[number] > 1] in ([], [SAFE])
        assert came[SAFE] <= 2
        missing = set(range(LAST + 1)) - came.keys()
        if step.is_committed:
            assert not missing
        else:
            # What was not on the disk yet lies in a gap that is reported.
            assert missing <= {SAFE}
            assert has_a_gap(second, sent_at, died_at)


def has_a_gap(run: Tail, sent_at: float, died_at: float) -> bool:
    """Whether a run has reported a gap around the moment at which an event was received.

    That is some time after it was sent and before the end; both are in Unix seconds.
    """
    (gap,) = run.records("gap")
    start, end = unix_time(gap["from"]), unix_time(gap["to"])
    assert start is not None
    assert end is not None
    return start - 0.01 <= died_at and sent_at <= end + 0.01
