"""Makes the sinks of a command line, and checks that no file is used twice."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from rc_tail.config.tail_options import SinkRequest, TailOptions
from rc_tail.errors import UsageError
from rc_tail.sinks.sink import Sink, SinkContext
from rc_tail.sinks.table import kind_named
from rc_tail.text.escape import visible

# A file that is read or written: its path, or the number of an open one.
File = Path | int
STDIN, STDOUT = 0, 1


def make_sinks(
    requests: Sequence[SinkRequest],
    context: SinkContext,
    *,
    inputs: Sequence[File] = (),
    outputs: Sequence[File | None] = (),
) -> list[tuple[SinkRequest, Sink]]:
    """Make sinks; nothing is opened.

    Args:
        inputs: Files that are read at the same time.
        outputs: Files that are written beside those of the sinks; None for none.

    Raises:
        UsageError: An address or option can never work, two sinks are the same, or a file is used
            twice.
        ConfigError: A file that an option names cannot be used.
    """
    made: list[tuple[SinkRequest, Sink]] = []
    for request in requests:
        sink = kind_named(request.kind).make(request, context)
        if any(sink.name == other.name for _, other in made):
            raise UsageError(f"{sink.name} was given twice")
        if sink.files_of is not None:
            context = context._replace(files_of=sink.files_of)
        made.append((request, sink))
    check_files(inputs, [*(sink.file for _, sink in made), *outputs])
    return made


def outputs_beside_sinks(options: TailOptions) -> Sequence[File | None]:
    """Return the files that a tail writes beside those of its sinks; None for none."""
    printing = None if options.output == "none" else STDOUT
    return options.dead_letter, options.ready_file, options.health_file, printing


def check_files(inputs: Sequence[File], outputs: Sequence[File | None]) -> None:
    """Check that no file is written by two outputs, or read and written at the same time.

    Raises:
        UsageError: A file is, by any of its names.
    """
    written: set[object] = set()
    for file in outputs:
        if file is None or (identity := _identity(file)) is None:
            continue
        if identity in written:
            raise UsageError(
                f"{_name(file)} is used for two outputs", hint="Use a different file for each."
            )
        written.add(identity)
    for file in inputs:
        if _identity(file) in written:
            raise UsageError(
                f"{_name(file)} is both input and output", hint="Write to another file."
            )


def _identity(file: File) -> object:
    """Return what all names of a file have in common; None for a pipe, device or folder."""
    try:
        status = os.stat(file)  # noqa: PTH116 - of open files too
    except OSError:
        # It is missing: links may lead to it.
        return None if isinstance(file, int) else os.path.realpath(file)
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _name(file: File) -> str:
    names: dict[File, str] = {STDIN: "standard input", STDOUT: "standard output"}
    return names.get(file) or visible(str(file))
