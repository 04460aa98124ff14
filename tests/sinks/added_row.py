"""rc-tail with one more row in its table of sinks: python -m tests.sinks.added_row WORDS.

This is all that a new destination needs: a module with `check`, `make` and a sink, and a row.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from rc_tail.config.option import Option, ValueSource
from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import ConfigError, UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import json_line
from rc_tail.sinks import table
from rc_tail.sinks.kind import SinkKind
from rc_tail.sinks.sink import Sink, SinkContext


def check(request: SinkRequest, *, allows_plain: bool) -> None:
    if not request.address.removeprefix("pigeonhole:"):
        raise UsageError("--pigeonhole requires a folder")


def make(request: SinkRequest, context: SinkContext) -> Sink:
    return Pigeonhole(Path(request.address.removeprefix("pigeonhole:")), request.values["mark"])


class Pigeonhole(Sink):
    def __init__(self, folder: Path, mark: str | None) -> None:
        self.name, self._folder, self._mark = f"pigeonhole:{folder}", folder, mark or "event"

    def open(self) -> None:
        if not self._folder.is_dir():
            raise ConfigError(f"--pigeonhole: {self._folder} is missing", hint="Create it first.")

    def examine(self) -> Sequence[str]:
        self.open()
        return ("the folder is there",)

    def deliver(self, batch: Sequence[Notification]) -> int:
        (self._folder / f"{self._mark}-{batch[0].uuid}.json").write_bytes(json_line(batch[0]))
        return 1


COMMANDS = table.COMMON_OPTIONS[0].commands
ROW = SinkKind(
    "pigeonhole",
    Option(
        "--pigeonhole DIR",
        "Put each event into a file of its own in DIR.",
        COMMANDS,
        table.SINKS_GROUP,
        completion=ValueSource.FILES,
    ),
    lambda: sys.modules[__name__],
    about="Puts each event into a file of its own in DIR, which must exist before rc-tail starts.",
    order="kept",
    often="once a file",
    schemes=("pigeonhole",),
    options=(Option("--mark WORD", "Begin each name with WORD.", COMMANDS, table.SINKS_GROUP),),
)

if __name__ == "__main__":
    table.SINKS += (ROW,)
    from rc_tail.__main__ import main

    main()
