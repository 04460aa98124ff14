"""A sink that does what a test says, and a runner for it."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rc_tail.errors import RcTailError
from rc_tail.gateway.messages import Notification
from rc_tail.gateway.retry import Backoff
from rc_tail.sinks.dead_letter import DeadLetters
from rc_tail.sinks.event_queue import MemoryQueue
from rc_tail.sinks.reports import SinkReport
from rc_tail.sinks.runner import RunnerOptions, SinkRunner
from rc_tail.sinks.sink import Sink

PATIENCE = 60.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class ListSink(Sink):
    """Keeps what it gets; raises what is put into `troubles` first."""

    name = "list"

    def __init__(self, most: int = 1) -> None:
        self.most = most
        self.taken: list[str] = []
        self.troubles: list[Exception] = []
        self.open_troubles: list[RcTailError] = []
        self.opened = 0
        self.closed = False

    def open(self) -> None:
        if self.open_troubles:
            raise self.open_troubles.pop(0)
        self.opened += 1

    def deliver(self, batch: Sequence[Notification]) -> int:
        if self.troubles:
            raise self.troubles.pop(0)
        self.taken += [event.uuid for event in batch]
        return len(batch)

    def close(self) -> None:
        self.closed = True


class Line:
    """A runner with its queue in memory, and what it reports."""

    def __init__(
        self,
        sink: Sink,
        options: RunnerOptions | None = None,
        dead_letter: Path | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        self.warnings: list[str] = []
        self.reports: list[SinkReport] = []
        self.queue = MemoryQueue()
        self.runner = SinkRunner(
            sink,
            self.queue,
            options or RunnerOptions(),
            dead_letters=DeadLetters(dead_letter, time.time),
            backoff=Backoff(lambda _low, _high: 0.001),
            report=self.reports.append,
            warn=self.warnings.append,
            note=note,
        )

    def put(self, *events: Notification) -> None:
        self.queue.put(events)
        self.runner.wake()

    def end(self) -> list[str]:
        """Let it take what waits; return the uuids of what is left."""
        self.runner.stop(drain=True)
        assert self.runner.join(PATIENCE)
        return [event.uuid for event in self.runner.left()]


def opened(sink: Sink) -> Line:
    """Return a line whose sink is open, and whose runner runs."""
    line = Line(sink)
    line.runner.open()
    line.runner.start()
    return line
