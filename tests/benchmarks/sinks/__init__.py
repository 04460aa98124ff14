"""What sinks cost. A new sink is one file with ``measure`` here, and one line in `PARTS`."""

from collections.abc import Callable, Mapping

from tests.benchmarks.bench import Bench
from tests.benchmarks.sinks import append, exec_command, forward, nats, spool, sqlite, stdout
from tests.benchmarks.tables import Table

PARTS: Mapping[str, Callable[[Bench], Table]] = {
    "sinks-spool": spool.measure,
    "sinks-forward": forward.measure,
    "sinks-exec": exec_command.measure,
    "sinks-append": append.measure,
    "sinks-sqlite": sqlite.measure,
    "sinks-nats": nats.measure,
    "sinks-stdout": stdout.measure,
}
