"""Prints recorded events as the tail would: the work of ``rc-tail show``."""

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rc_tail.cli.exit import open_terminal
from rc_tail.cli.recorded_events import events_in
from rc_tail.config.tail_options import TailOptions
from rc_tail.errors import ExitStatus, RcTailError, UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.output.json_lines import Renderer
from rc_tail.output.pipeline import keyed, make_mask, make_predicate, make_renderer
from rc_tail.reporter import Reporter
from rc_tail.sinks.making import STDIN, STDOUT, File, check_files, outputs_beside_sinks
from rc_tail.sinks.stdout import write_failure
from rc_tail.system.clocks import random_key, sleep, utc_now
from rc_tail.text.escape import visible
from rc_tail.text.timestamps import parse_timestamp
from rc_tail.text.wording import count_words

if TYPE_CHECKING:
    from rc_tail.cli.show_sinks import RecordedSinks

_LONGEST_WAIT = 1e9  # seconds; no system takes the time from the year 1 to the year 9999
_MOST_REPORTED = 20
_MOST_WAITING = 1 << 16  # bytes of lines: what a pipe takes
_AHEAD = 1 << 16  # bytes of a file: about 60 events


def run_show(
    files: Sequence[Path], options: TailOptions, reporter: Reporter, *, speed: float | None
) -> None:
    """Print the events in `files`.

    Args:
        files: Files of events as the tail prints them, payloads or whole messages, one a line or
            laid out over lines; ``-`` is standard input.
        options: How they are printed, and which.
        reporter: Reports lines that are not events.
        speed: Replays the original timing this many times faster; None for no waiting.

    Raises:
        UsageError: A file cannot be read, or is also an output.
        ReaderGoneError: The reader of standard output is gone.
        SinkError: The output cannot be written.
        NoEventsError: The files hold text, and none of it is an event.
    """
    inputs = [STDIN if str(path) == "-" else path for path in files]
    check_files(inputs, outputs_beside_sinks(options))
    waits = speed is not None or bool(options.sinks) or not all(map(_is_complete, files))
    output = _Output(at_once=waits)

    def warn(words: str) -> None:
        output.flush()
        reporter.warning("shaping", words)

    keep = make_predicate(options, warn)
    bad = _BadLines(reporter, output)
    pacer = ReplayPacer(speed, sleep) if speed is not None else None
    found_event = False
    with contextlib.closing(_Outlets(options, reporter, warn, output, inputs)) as outlets:
        ahead = 0 if waits else _AHEAD
        for event in _events(files, bad, whole=options.output == "frame", ahead=ahead):
            found_event = True
            if keep is not None and not keep(event):
                continue
            if pacer is not None:
                pacer.wait_for(event)
            outlets.put(event)
            if outlets.count == options.count:
                break
        outlets.finish()
    bad.sum_up()
    if bad.count and not found_event:
        raise NoEventsError(
            "no events in the input",
            hint="rc-tail show reads what rc-tail --json or --output frame printed.",
        )


class _Outlets:
    """Standard output and the sinks beside it."""

    def __init__(
        self,
        options: TailOptions,
        reporter: Reporter,
        warn: Callable[[str], None],
        output: "_Output",
        inputs: Sequence[File],
    ) -> None:
        self.count = 0
        self._output = output
        self._mask = make_mask(options, random_key())
        self._render: Renderer | None = None
        if options.output != "none":
            width = open_terminal().output_width
            self._render = make_renderer(options, warn, width=width, now=utc_now)
        self._sinks = _open_sinks(options, reporter, inputs)
        if self._sinks is not None and self._mask is not None:
            self._mask = keyed(self._mask)

    def put(self, event: Notification) -> None:
        """Print an event, and hand it to the sinks."""
        self.count += 1
        if self._mask is not None:
            event = self._mask(event)
        if self._render is not None:
            self._output.put(self._render(event))
        if self._sinks is not None:
            self._sinks.put(event)

    def finish(self) -> None:
        """Write what is left, and wait for the sinks."""
        self._output.flush()
        if self._sinks is not None:
            self._sinks.finish(self.count)

    def close(self) -> None:
        """Write what is left, whatever ended the work, and release what the sinks opened."""
        try:
            self._output.flush()
        finally:
            if self._sinks is not None:
                self._sinks.close()


def _open_sinks(
    options: TailOptions, reporter: Reporter, inputs: Sequence[File]
) -> "RecordedSinks | None":
    if not options.sinks:
        return None
    from rc_tail.cli.show_sinks import RecordedSinks

    return RecordedSinks(options, reporter, inputs)


class NoEventsError(RcTailError):
    """The input holds text, and none of it is an event."""

    exit_status = ExitStatus.FILTERS_REFUSED


class ReplayPacer:
    """Waits between events for the time between their time stamps, divided by `speed`."""

    def __init__(self, speed: float, sleep: Callable[[float], None]) -> None:
        self._speed = speed
        self._sleep = sleep
        self._last: float | None = None

    def wait_for(self, event: Notification) -> None:
        """Wait until it is time for `event`; not at all if it has no time stamp."""
        sent = parse_timestamp(event.timestamp)
        if sent is None:
            return
        moment = sent.timestamp()
        if self._last is not None and moment > self._last:
            self._sleep(min((moment - self._last) / self._speed, _LONGEST_WAIT))
        # Events out of order do not wait.
        self._last = moment if self._last is None else max(self._last, moment)


class _BadLines:
    """Reports lines that are not events: the first ones by their number, then how many more."""

    def __init__(self, reporter: Reporter, output: "_Output") -> None:
        self._reporter = reporter
        self._output = output
        self.count = 0

    def report(self, name: str, number: int, why: str) -> None:
        self.count += 1
        if self.count <= _MOST_REPORTED:
            self._output.flush()
            self._reporter.warning(
                "bad_line", f"{name}, line {number}: {why}", file=name, line=number, reason=why
            )

    def sum_up(self) -> None:
        if self.count > _MOST_REPORTED:
            more = count_words(self.count - _MOST_REPORTED, "more line")
            self._reporter.warning("bad_line", f"{more} skipped: not events")


class _FileAsOpened:
    """Reads a file up to where it ends now: a command of ``--exec`` may append to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        status = os.fstat(file.fileno())
        # Files of /proc have a size of 0, and contents.
        self._left = status.st_size if stat.S_ISREG(status.st_mode) and status.st_size else None
        if self._left is not None:
            self._left = max(0, self._left - file.tell())

    def readline(self, size: int, /) -> bytes:
        """Return the next line, or up to `size` bytes of it; nothing at the end."""
        if self._left is None:
            return self._file.readline(size)
        line = self._file.readline(min(size, self._left))
        self._left -= len(line)
        return line


def _events(
    files: Sequence[Path], bad: _BadLines, *, whole: bool, ahead: int
) -> Iterator[Notification]:
    for path in files:
        is_stdin = str(path) == "-"
        name = "standard input" if is_stdin else visible(str(path))
        try:
            with contextlib.nullcontext(sys.stdin.buffer) if is_stdin else path.open("rb") as file:
                source, report = _FileAsOpened(file), partial(bad.report, name)
                yield from events_in(source, report, whole=whole, ahead=ahead)
        except OSError as error:
            raise UsageError(f"{name} cannot be read: {error.strerror}") from error


class _Output:
    """Standard output, written many lines at a time: a write into a pipe costs as much as an event.

    Args:
        at_once: Whether every line is written by itself, since the next one may be long in coming.
    """

    def __init__(self, *, at_once: bool) -> None:
        self._most = 0 if at_once else _MOST_WAITING
        self._lines: list[bytes] = []
        self._size = 0

    def put(self, line: bytes) -> None:
        """Take a line, or several."""
        self._lines.append(line)
        self._size += len(line)
        if self._size > self._most:
            self.flush()

    def flush(self) -> None:
        """Write what was taken.

        Raises:
            RcTailError: It cannot be written.
        """
        data, self._lines, self._size = b"".join(self._lines), [], 0
        at = 0
        try:
            while at < len(data):
                at += os.write(STDOUT, data[at:])
        except OSError as error:
            raise write_failure(error) from error


def _is_complete(path: Path) -> bool:
    """Whether a file is there as a whole, so that nothing is waited for while it is read."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode if str(path) == "-" else path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode)
