"""``--exec``: runs a command for every event, never through a shell.

The command gets the event as one line of JSON on its standard input, and the fields that scripts
use most as variables. Its output goes to standard error, so that standard output stays events.
"""

import contextlib
import os
import select
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from rc_tail.config.settings import FAMILIES, SINK_PASSWORD
from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.output.describe import describe_event
from rc_tail.output.json_lines import json_line
from rc_tail.sinks.parallel import Parallel
from rc_tail.sinks.sink import FilesOf, Sink, SinkContext
from rc_tail.system.clocks import clock
from rc_tail.text.escape import visible
from rc_tail.text.wording import count_words

STDERR = 2
TIMEOUT = 30.0  # seconds
# Bytes of a variable; the system rejects larger ones, and the whole event is on standard input.
LONGEST = 32 * 1024
HURRY = 2.0  # seconds that running commands get after a signal
_KILL_AFTER = 2.0  # seconds between SIGTERM and SIGKILL
_MAX_WARNINGS = 20
_LOOK_EVERY = 0.05
_CUT_SHORT = "was killed when rc-tail exited"

# Variables of this program alone: its credentials and its supervisor's.
_PRIVATE = frozenset(name for family in FAMILIES for name in family.names()) | {
    SINK_PASSWORD,
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
}


def check(request: SinkRequest, *, allows_plain: bool) -> None:  # noqa: ARG001 - as every sink's
    """Check the command.

    Raises:
        UsageError: It cannot be run.
    """
    split_command(request.address)


def make(request: SinkRequest, context: SinkContext) -> "ExecSink":
    """Make the sink of a command line.

    Raises:
        UsageError: Its command cannot be run.
    """
    return ExecSink(
        split_command(request.address),
        jobs=request.values["exec_jobs"] or 1,
        timeout=request.values["exec_timeout"] or TIMEOUT,
        environ=context.environ,
        warn=context.warn,
        files_of=context.files_of,
    )


def split_command(command: str) -> list[str]:
    """Return the words of a command line, as a shell splits them.

    Raises:
        UsageError: It is empty, has an open quote, or its program does not exist.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--exec: {str(error).lower()} in {visible(command)!r}") from error
    if not words:
        raise UsageError("--exec needs a command")
    if shutil.which(words[0]) is None:
        if Path(words[0]).exists() and "/" in words[0]:
            raise UsageError(
                f"--exec: {visible(words[0])!r} is not an executable file",
                hint="Make it executable (chmod +x), or name the program that runs it.",
            )
        hint = "Commands run without a shell. For pipes, use a script or sh -c '...'."
        raise UsageError(f"--exec: command not found: {visible(words[0])!r}", hint=hint)
    return words


def event_variables(event: Notification) -> dict[str, str]:
    """Return the environment variables that describe an event to a command.

    They are escaped as on a terminal, since that is where a command often prints them; the event
    itself is on its standard input.
    """
    described = describe_event(event)
    line = described.line
    values = {
        "KIND": described.name,
        "FROM": line.who,
        "TO": line.to,
        "TEXT": line.text,
        "WHAT": line.what,
        "DIRECTION": line.direction,
        "TIME": event.timestamp,
        "UUID": event.uuid,
        "FILTER": event.event,
    }
    return {f"RC_EVENT_{name}": _fit(value) for name, value in values.items()}


def _fit(value: str) -> str:
    return visible(value).encode()[:LONGEST].decode("utf-8", "ignore")


class ExecSink(Sink):
    """Runs a command for every event; one that was started and has ended is confirmed.

    Args:
        jobs: How many run at once; with one they run in the order of the events.
        timeout: Seconds that each may take.
        environ: The variables that every command gets.
        warn: Called with a message about what failed, on any thread.
        files_of: Saves what is attached to an event before its command runs; None for nothing.
    """

    name = "exec"
    finishes = True

    def __init__(
        self,
        words: Sequence[str],
        *,
        jobs: int,
        timeout: float,
        environ: Mapping[str, str],
        warn: Callable[[str], None],
        files_of: FilesOf | None = None,
    ) -> None:
        self.most = jobs
        self._words = list(words)
        self._timeout = timeout
        self._environ = {name: v for name, v in environ.items() if name not in _PRIVATE}
        self._warn = warn
        self._files_of = files_of
        self._parallel = Parallel(jobs, self._run_for)
        self._hurry = threading.Event()
        self._lock = threading.Lock()
        self._failures = 0
        # Of the running commands; a set's operations are atomic for a signal handler.
        self._groups: set[int] = set()
        self._is_killed = False

    def deliver(self, batch: Sequence[Notification]) -> int:
        """Run the command for the first event, and for others at the same time."""
        return self._parallel.deliver(batch)

    def offer_more(self) -> None:
        """Let a running `deliver` begin with what has come."""
        self._parallel.offer_more()

    def hurry(self) -> None:
        """Start no further command, and give the running ones two seconds."""
        self._hurry.set()

    def kill(self) -> None:
        """Kill the running commands and their process groups; may be called by a signal handler."""
        # First: a command that is just being started looks at it once its group is known.
        self._is_killed = True
        for group in list(self._groups):
            _kill_group(group)

    def waits_for(self) -> str:
        """Return what is still to be done, in words."""
        running = len(self._groups)
        if not running:
            return ""
        words = count_words(running, "running command")
        return f"--exec: waiting for {words}, at most {self._timeout:g} s each"

    def close(self) -> None:
        """Report how many commands failed beyond those that were reported."""
        if self._failures > _MAX_WARNINGS:
            more = count_words(self._failures - _MAX_WARNINGS, "more command")
            self._warn(f"--exec: {more} failed")

    # On the threads.

    def _run_for(self, event: Notification) -> bool:
        if self._hurry.is_set() or self._is_killed:
            return False
        paths = self._saved(event)
        if paths is None:
            return False
        failure = self._run(event, paths)
        if failure:
            self._report_failure(f"--exec: the command {failure} (event {visible(event.uuid)})")
        # Cut short by the end of this run, it is for the next one.
        return not (failure == _CUT_SHORT or (failure and self._is_killed))

    def _saved(self, event: Notification) -> list[str] | None:
        """Return the files of an event once they are there; None where the run ends before."""
        if self._files_of is None:
            return []
        from rc_tail.rest.rate_limit import CancelledError

        try:
            # One that is refused for good is a dead letter of the sink that saves attachments.
            return [str(path) for path in self._files_of(event)]
        except CancelledError:
            return None

    def _report_failure(self, message: str) -> None:
        with self._lock:
            self._failures += 1
            is_reported = self._failures <= _MAX_WARNINGS
        if is_reported:
            self._warn(message)

    def _run(self, event: Notification, paths: Sequence[str]) -> str:
        """Run the command for one event; return what went wrong in words, empty for nothing."""
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
                self._words,
                stdin=subprocess.PIPE,
                bufsize=0,
                stdout=STDERR,
                env={
                    **self._environ,
                    **event_variables(event),
                    "RC_EVENT_FILES": "\n".join(paths),
                },
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return f"could not be started: {getattr(error, 'strerror', None) or error}"
        self._groups.add(process.pid)
        if self._is_killed:
            _kill_group(process.pid)
        try:
            with process:
                assert process.stdin is not None  # noqa: S101 - it is a pipe
                return self._wait_for(process, _StdinFeeder(process.stdin, json_line(event)))
        finally:
            self._groups.discard(process.pid)

    def _wait_for(self, process: "subprocess.Popen[bytes]", feeder: "_StdinFeeder") -> str:
        waited, hurried = 0.0, 0.0
        while process.poll() is None:
            if waited >= self._timeout:
                _terminate(process)
                return f"timed out after {self._timeout:g} s and was killed"
            if hurried >= HURRY:
                _terminate(process)
                return _CUT_SHORT
            before = clock()
            feeder.feed()
            if not feeder.wait(_LOOK_EVERY):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_EVERY)
            # At most the interval: a sleep of the machine does not count against the command.
            passed = min(clock() - before, _LOOK_EVERY)
            waited += passed
            hurried += passed if self._hurry.is_set() else 0.0
        status = process.returncode
        if not status:
            return ""
        return f"exited with status {status}" if status > 0 else f"was killed by signal {-status}"


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


class _StdinFeeder:
    """Writes the standard input of a command as far as it is read, and never blocks.

    A command need not read it, and a process that it left running may hold the pipe open for ever:
    what is unread when the command exits is dropped.

    Args:
        pipe: Unbuffered; closed after the last byte.
    """

    def __init__(self, pipe: IO[bytes], line: bytes) -> None:
        self._pipe = pipe
        self._rest = memoryview(line)
        os.set_blocking(pipe.fileno(), False)

    def feed(self) -> None:
        """Write what the pipe has room for; close it after the last byte."""
        try:
            while self._rest:
                self._rest = self._rest[os.write(self._pipe.fileno(), self._rest) :]
        except BlockingIOError:
            return
        except OSError:
            # The command has closed it.
            self._rest = self._rest[:0]
        self._pipe.close()

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for room; return False at once when everything is written."""
        if not self._rest:
            return False
        room = select.poll()
        room.register(self._pipe.fileno(), select.POLLOUT)
        room.poll(timeout * 1000)
        return True


def _terminate(process: "subprocess.Popen[bytes]") -> None:
    """Terminate a command and its process group."""
    for number, timeout in ((signal.SIGTERM, _KILL_AFTER), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout)
            break
    # Processes of its group that outlived it are killed as well.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
