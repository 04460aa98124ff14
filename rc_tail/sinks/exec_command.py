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
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from rc_tail.config.settings import FAMILIES
from rc_tail.errors import UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.output.describe import describe_event
from rc_tail.output.json_lines import json_line
from rc_tail.system.clocks import clock
from rc_tail.text.escape import visible
from rc_tail.text.wording import count_words

STDERR = 2
# Bytes of a variable; the system rejects larger ones, and the whole event is on standard input.
LONGEST = 32 * 1024
HURRY = 2.0  # seconds that running commands get after a signal
_KILL_AFTER = 2.0  # seconds between SIGTERM and SIGKILL
_MAX_WARNINGS = 20
_LOOK_EVERY = 0.05

# Variables of this program alone: its credentials and its supervisor's.
_PRIVATE = frozenset(name for family in FAMILIES for name in family.names()) | {
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
}


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


class CommandRunner:
    """Runs one command after the other, or a few at once.

    Args:
        jobs: How many run at once; with one they run in the order of the events.
        timeout: Seconds that each may take.
        environ: The variables that every command gets.
        warn: Called with a message about what failed, on any thread.
        limit: Run it for at most this many events; None for all.
        mask: Masks an event before a command gets it; None for not at all.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        jobs: int,
        timeout: float,
        environ: Mapping[str, str],
        warn: Callable[[str], None],
        limit: int | None = None,
        mask: Callable[[Notification], Notification] | None = None,
    ) -> None:
        self._words = list(words)
        self._timeout = timeout
        self._environ = {name: v for name, v in environ.items() if name not in _PRIVATE}
        self._warn = warn
        self._remaining = limit
        self._mask = mask
        self._waiting: deque[Notification] = deque()
        self._busy = 0
        self._changed = threading.Condition()
        self._closing = False
        self._hurry = threading.Event()
        self._failures = 0
        self._jobs = jobs
        self._threads: list[threading.Thread] = []
        # Of the running commands; a set's operations are atomic for a signal handler.
        self._groups: set[int] = set()
        self._is_killed = False

    def put(self, events: Sequence[Notification]) -> None:
        """Queue events for the command; never blocks.

        Raises:
            RuntimeError: The system refused another thread.
        """
        with self._changed:
            if self._remaining is not None:
                events = events[: self._remaining]
                self._remaining -= len(events)
            self._waiting.extend(events)
            self._changed.notify_all()
            needed = min(self._jobs, self._busy + len(self._waiting))
            while len(self._threads) < needed:
                self._start_thread()

    def _start_thread(self) -> None:
        name = f"rc-tail-exec-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def close(self, *, run_queued: bool = True) -> None:
        """Accept no more events.

        Args:
            run_queued: Whether the command still runs for the queued ones; otherwise they are
                reported as not run.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if not run_queued:
            self._drop_queued()

    def hurry(self) -> None:
        """Drop the queued events, and give the running commands two seconds."""
        with self._changed:
            self._closing = True
        self._drop_queued()
        self._hurry.set()

    def kill(self) -> None:
        """Kill the running commands and their process groups; may be called by a signal handler."""
        # First: a command that is just being started looks at it once its group is known.
        self._is_killed = True
        for group in list(self._groups):
            _kill_group(group)

    def waits_for(self) -> str:
        """Return what is still to be done, in words."""
        with self._changed:
            running, queued = self._busy, len(self._waiting)
        words = count_words(running, "running command")
        if queued:
            words += f" and {count_words(queued, 'queued event')}"
        return f"--exec: waiting for {words}, at most {self._timeout:g} s each"

    def _drop_queued(self) -> None:
        with self._changed:
            dropped = len(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
        if dropped:
            verb = "was" if dropped == 1 else "were"
            self._warn(f"--exec: {count_words(dropped, 'event')} {verb} not processed before exit")

    def join(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; return whether all commands have exited."""
        for thread in self._threads:
            thread.join(timeout)
        is_over = not any(thread.is_alive() for thread in self._threads)
        if is_over and self._failures > _MAX_WARNINGS:
            more = count_words(self._failures - _MAX_WARNINGS, "more command")
            self._warn(f"--exec: {more} failed")
            self._failures = 0
        return is_over

    # On the threads.

    def _work(self) -> None:
        while (event := self._next()) is not None:
            failure = self._run(event if self._mask is None else self._mask(event))
            if failure:
                self._report_failure(f"--exec: the command {failure} (event {visible(event.uuid)})")
            with self._changed:
                self._busy -= 1

    def _next(self) -> Notification | None:
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            if not self._waiting:
                return None
            self._busy += 1
            return self._waiting.popleft()

    def _report_failure(self, message: str) -> None:
        with self._changed:
            self._failures += 1
            is_reported = self._failures <= _MAX_WARNINGS
        if is_reported:
            self._warn(message)

    def _run(self, event: Notification) -> str:
        """Run the command for one event; return what went wrong in words, empty for nothing."""
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
                self._words,
                stdin=subprocess.PIPE,
                bufsize=0,
                stdout=STDERR,
                env=self._environ | event_variables(event),
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
                return "was killed when rc-tail exited"
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
