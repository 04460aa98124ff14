"""What all parts of the benchmark share: the two cores, the home, how a client is run."""

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import server
from tests.benchmarks.contenders import cores, variables
from tests.benchmarks.load import Load
from tests.benchmarks.processes import Spent, environ, run


@dataclass(frozen=True)
class Bench:
    """How much is measured, and where.

    Attributes:
        count: Events of the fastest clients in a run.
        rounds: How often each is run.
        home: Where the measured programs keep their files.
        mine: The core of whoever is measured.
        others: The core of everything else.
        quick: Whether fewer events and rounds are wanted.
    """

    count: int
    rounds: int
    home: Path
    mine: int | None
    others: int | None
    quick: bool = False

    @contextmanager
    def server(self, load: Load) -> Iterator[int]:
        """Run a load server; give its port."""
        with server.running(load, self.others) as port:
            yield port

    def env(self, port: int = 0, order: str = "1") -> dict[str, str]:
        folders = {f"XDG_{n}_HOME": str(self.home / n) for n in ("STATE", "CACHE", "CONFIG")}
        return environ(self.home, {**variables(port, order), **folders})

    def run(self, command: Sequence[str], port: int, order: str, *, piped: bool = False) -> Spent:
        return run(command, self.env(port, order), core=self.mine, piped=piped)


@contextmanager
def opened(*, quick: bool) -> Iterator[Bench]:
    mine, others = cores()
    with tempfile.TemporaryDirectory(prefix="rc-tail-bench-") as home:
        count, rounds = (20_000, 2) if quick else (100_000, 5)
        yield Bench(count, rounds, Path(home), mine, others, quick=quick)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
