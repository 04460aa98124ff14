"""``--append``: appends each event to a file, as the line that ``--json`` prints.

An event is confirmed when its line is on the disk: a power cut loses no confirmed event. Each batch
waits for the disk once, and the events that come meanwhile are the next batch. After a kill the
last batch may come twice.

The file is opened for each batch, so a program such as logrotate needs no signal: it renames or
deletes the file, and the next event is in a new one. A symbolic link is followed, as a shell's
``>>`` does: logs are often linked to another disk, and nothing but the end of a file is written.
"""

from collections.abc import Sequence
from pathlib import Path

from rc_tail.config.tail_options import SinkRequest
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import json_line
from rc_tail.sinks.file_address import check_writable, file_of, opening_error
from rc_tail.sinks.sink import Sink, SinkContext, TryAgainError
from rc_tail.system.append import append_lines
from rc_tail.text.escape import visible

OPTION = "--append"
_SCHEME = "file"


def check(request: SinkRequest, *, allows_plain: bool) -> None:  # noqa: ARG001 - as every sink's
    """Check the address.

    Raises:
        UsageError: It is not that of a file.
    """
    file_of(request.address, _SCHEME, OPTION)


def make(request: SinkRequest, context: SinkContext) -> "AppendSink":  # noqa: ARG001
    """Make the sink of a command line.

    Raises:
        UsageError: The address is not that of a file.
    """
    return AppendSink(file_of(request.address, _SCHEME, OPTION))


class AppendSink(Sink):
    """Appends events to a file.

    Args:
        path: Absolute.
    """

    most = 10_000

    def __init__(self, path: Path) -> None:
        self.name = f"append:{visible(str(path))}"
        self.file = self._path = path

    def open(self) -> None:
        """Create the file if it is missing.

        Raises:
            UsageError: It is a folder, pipe or device, or cannot be written.
            UnreachableError: It cannot be written now, for example to a full disk.
        """
        try:
            append_lines(self._path, ())
        except OSError as error:
            raise opening_error(OPTION, self._path, error) from error

    def examine(self) -> Sequence[str]:
        """Check as `open` does, without creating the file."""
        try:
            check_writable(self._path)
        except OSError as error:
            raise opening_error(OPTION, self._path, error) from error
        return ()

    def deliver(self, batch: Sequence[Notification]) -> int:
        """Append events, and wait for the disk."""
        try:
            return append_lines(self._path, [json_line(event) for event in batch])
        except OSError as error:
            raise TryAgainError(error.strerror or str(error)) from error
