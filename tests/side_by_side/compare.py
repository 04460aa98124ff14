"""The same events and the same faults for every client, one client after another."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from tests.side_by_side.clients import Client, Running, wait_for

READY_WITHIN = 30.0
# After a fault every client gets so long, while a few events a second go on.
RECOVERS_WITHIN = 8.0
# A client that is still deaf then is taken for deaf for good.
DEAF_FOR_GOOD = 150.0
TOLERANCE = 2.0

FAULTS: tuple[tuple[str, dict[str, int | str]], ...] = (
    ("reset", {}),
    ("close", {"code": 1011}),
    ("idle-timeout", {}),
    ("absolute-timeout", {}),
    ("duplicates", {}),
    ("recovery-failed", {"code": "WSG-1003"}),
    ("split-frames", {}),
    ("session-revoked", {}),
)


@dataclass(frozen=True, slots=True)
class Result:
    """How a client fared.

    Attributes:
        name: The client's.
        sent: How many events there were.
        received: How many of them it received at least once.
        twice: How many of them more than once.
        told: How many it missed in times that it told as gaps.
        after: How many there were after it had ended by itself.
        lost: How many it missed without a word.
        deaf: Seconds until it received something after the link went half-open; None for never.
        ended: Whether it ended by itself when the link was half-open.
    """

    name: str
    sent: int
    received: int
    twice: int
    told: int
    after: int
    lost: int
    deaf: float | None
    ended: bool

    @property
    def deafness(self) -> str:
        """The last column."""
        if self.deaf is None:
            return f"more than {DEAF_FOR_GOOD:.0f}"
        return f"{self.deaf:.0f}, then it ends" if self.ended else f"{self.deaf:.0f}"


class Trial:
    """One client against one simulator.

    Args:
        client: Which.
        seed: Of the order of faults, and of the numbers of events between them.
        tell: Is told how it goes.
    """

    def __init__(self, client: Client, seed: int, tell: Callable[[str], None]) -> None:
        self._client = client
        self._random = Random(seed)
        self._tell = tell
        self._sent: dict[str, float] = {}

    def run(self) -> Result:
        """Try everything."""
        with tempfile.TemporaryDirectory(prefix="rc-tail-side-") as folder:
            return self._faults(Path(folder))

    def _start(self, simulator: Simulator, home: Path) -> Running:
        running = Running(self._client, home, simulator.variables)
        assert wait_for(READY_WITHIN, simulator.subscribers), f"{self._client.name} is not ready"
        return running

    def _send(self, simulator: Simulator, count: int, every: float) -> None:
        for _ in range(count):
            id_ = str(8_000_000_000 + len(self._sent))
            self._sent[id_] = time.time()
            simulator.send("sms", changes=[("id", id_)])
            time.sleep(every)

    def _faults(self, home: Path) -> Result:
        with Simulator(_options()) as simulator:
            running = self._start(simulator, home)
            ended_at = float("inf")
            faults = self._random.sample(FAULTS, len(FAULTS))
            for name, values in faults:
                self._send(simulator, self._random.randint(20, 60), 0.02)
                simulator.fault(name, after=None, count=1, **values)
                self._send(simulator, int(RECOVERS_WITHIN * 4), 0.25)
                if running.has_ended:
                    ended_at = min(ended_at, self._end_of(running))
                self._tell(f"{self._client.name}: {name}")
            wait_for(3.0, lambda: set(self._sent) <= set(running.ids))
            running.stop()
        (home / "deaf").mkdir()
        deaf, ended = self._half_open(home / "deaf")
        return self._result(running, ended_at, deaf, ended)

    def _end_of(self, running: Running) -> float:
        """The moment of the last event that it received."""
        return max((self._sent[id_] for id_ in running.ids if id_ in self._sent), default=0.0)

    def _half_open(self, home: Path) -> tuple[float | None, bool]:
        """Return the seconds until it hears again, and whether it ended instead."""
        before = dict(self._sent)
        with Simulator(_options()) as simulator:
            running = self._start(simulator, home)
            self._send(simulator, 5, 0.1)
            wait_for(5.0, lambda: len(running.ids) == 5)
            simulator.fault("half-open")
            began = time.monotonic()
            heard = len(running.ids)
            deaf: float | None = None
            while deaf is None and time.monotonic() - began < DEAF_FOR_GOOD:
                self._send(simulator, 1, 0.5)
                if len(running.ids) > heard or running.has_ended:
                    deaf = time.monotonic() - began
            ended = running.has_ended
            running.stop()
        self._sent = before
        return deaf, ended

    def _result(self, running: Running, ended_at: float, deaf: float | None, ended: bool) -> Result:
        times = Counter(id_ for id_ in running.ids if id_ in self._sent)
        missed = [id_ for id_ in self._sent if id_ not in times]
        after = [id_ for id_ in missed if self._sent[id_] > ended_at]
        told = [id_ for id_ in missed if any(_holds(g, self._sent[id_]) for g in running.gaps)]
        return Result(
            name=self._client.name,
            sent=len(self._sent),
            received=len(times),
            twice=sum(count > 1 for count in times.values()),
            told=len(told),
            after=len(after),
            lost=len(missed) - len(told) - len(after),
            deaf=deaf,
            ended=ended,
        )


def _holds(gap: dict[str, object], moment: float) -> bool:
    start, end = (datetime.fromisoformat(str(gap[name])).timestamp() for name in ("from", "to"))
    return start - TOLERANCE <= moment <= end + TOLERANCE


def _options() -> Options:
    return Options(replay_delivered=20)


def table(results: Sequence[Result], seed: int) -> str:
    """Return the results as Markdown."""
    head = (
        "| client | sent | received | received twice | missed, reported as a gap | missed after its "
        "own end | lost silently | seconds until a half-open link was noticed |"
    )
    rows = [
        f"| {r.name} | {r.sent} | {r.received} | {r.twice} | {r.told} | {r.after} | {r.lost} "
        f"| {r.deafness} |"
        for r in results
    ]
    names = ", ".join(name for name, _ in FAULTS)
    note = f"Faults, in an order drawn with seed {seed}: {names}. Made by `make side-by-side`."
    return "\n".join([head, "|---|---:|---:|---:|---:|---:|---:|---:|", *rows, "", note])
