"""``--exec``: runs a command for every event. No shell is ever given one.

The command gets the event as one line of JSON on its standard input, and the fields that scripts
want most as variables. What it prints goes to standard error, so that standard output stays events.
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
# The system refuses larger ones; the whole event is on standard input.
LONGEST = 32 * 1024
HURRY = 2.0  # seconds that running commands have after a signal
_KILL_AFTER = 2.0  # seconds between asking a command to end and ending it
_MOST_TOLD = 20
_LOOK_EVERY = 0.05

# What belongs to this program alone: its credentials, and its supervisor.
_PRIVATE = frozenset(name for family in FAMILIES for name in family.names()) | {
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
}


def split_command(command: str) -> list[str]:
    """Return the words of a command line, as a shell splits them.

    Raises:
        UsageError: It has none, or an open quote, or names no program.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--exec: {str(error).lower()} in {visible(command)!r}") from error
    if not words:
        raise UsageError("--exec needs a command")
    if shutil.which(words[0]) is None:
        hint = "It is run without a shell: for pipes and the like write a script, or sh -c '...'."
        raise UsageError(f"--exec: there is no program {visible(words[0])!r}", hint=hint)
    return words


def event_variables(event: Notification) -> dict[str, str]:
    """Return the variables that tell a command about an event."""
    reading = describe_event(event)
    line = reading.line
    values = {
        "KIND": reading.name,
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
    encoded = value.replace("\0", "").encode("utf-8", "backslashreplace")[:LONGEST]
    return encoded.decode("utf-8", "ignore")


class CommandRunner:
    """Runs one command after the other, or a few at once.

    Args:
        words: The command's words.
        jobs: How many run at once; with one they run in the order of the events.
        timeout: Seconds that each may take.
        environ: The variables that every command gets.
        tell: Told of what fails.
        limit: So many events and no more; None for all.
        hide: Hides what is private before a command sees it; None to hide nothing.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        jobs: int,
        timeout: float,
        environ: Mapping[str, str],
        tell: Callable[[str], None],
        limit: int | None = None,
        hide: Callable[[Notification], Notification] | None = None,
    ) -> None:
        self._words = list(words)
        self._timeout = timeout
        self._environ = {name: v for name, v in environ.items() if name not in _PRIVATE}
        self._tell = tell
        self._left = limit
        self._hide = hide
        self._waiting: deque[Notification] = deque()
        self._busy = 0
        self._changed = threading.Condition()
        self._closing = False
        self._hurry = threading.Event()
        self._failures = 0
        self._jobs = jobs
        self._threads: list[threading.Thread] = []

    def put(self, events: Sequence[Notification]) -> None:
        """Run the command for these, soon. Does not wait.

        Raises:
            RuntimeError: The system has no thread left.
        """
        with self._changed:
            if self._left is not None:
                events = events[: self._left]
                self._left -= len(events)
            self._waiting.extend(events)
            self._changed.notify_all()
            wanted = min(self._jobs, self._busy + len(self._waiting))
            while len(self._threads) < wanted:
                self._start_one()

    def _start_one(self) -> None:
        name = f"rc-tail-exec-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def close(self) -> None:
        """Nothing more comes; what waits is still done."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def hurry(self) -> None:
        """End soon: what waits is left out, and what runs has two seconds."""
        with self._changed:
            left, self._closing = len(self._waiting), True
            self._waiting.clear()
            self._changed.notify_all()
        self._hurry.set()
        if left:
            self._tell(f"--exec: {count_words(left, 'event')} came to no command any more")

    def join(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; return whether everything is over."""
        for thread in self._threads:
            thread.join(timeout)
        over = not any(thread.is_alive() for thread in self._threads)
        if over and self._failures > _MOST_TOLD:
            more = count_words(self._failures - _MOST_TOLD, "more command")
            self._tell(f"--exec: {more} failed")
            self._failures = 0
        return over

    # On the threads.

    def _work(self) -> None:
        while (event := self._next()) is not None:
            trouble = self._run(event if self._hide is None else self._hide(event))
            if trouble:
                self._fail(f"--exec: the command {trouble} (event {visible(event.uuid)})")
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

    def _fail(self, words: str) -> None:
        with self._changed:
            self._failures += 1
            told = self._failures <= _MOST_TOLD
        if told:
            self._tell(words)

    def _run(self, event: Notification) -> str:
        """Run the command for one event; return what went wrong, in words."""
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
        with process:
            assert process.stdin is not None  # noqa: S101 - it was asked for
            return self._see_through(process, _StdinFeeder(process.stdin, json_line(event)))

    def _see_through(self, process: "subprocess.Popen[bytes]", entry: "_StdinFeeder") -> str:
        waited, hurried = 0.0, 0.0
        while process.poll() is None:
            if waited >= self._timeout:
                _end(process)
                return f"took longer than {self._timeout:g} s, and was ended"
            if hurried >= HURRY:
                _end(process)
                return "was ended with the program"
            before = clock()
            entry.give()
            if not entry.wait(_LOOK_EVERY):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_EVERY)
            # No more than that: the time that the machine sleeps is not the command's.
            passed = min(clock() - before, _LOOK_EVERY)
            waited += passed
            hurried += passed if self._hurry.is_set() else 0.0
        status = process.returncode
        if not status:
            return ""
        return f"ended with status {status}" if status > 0 else f"died of signal {-status}"


class _StdinFeeder:
    """Gives a command its standard input, as far as it takes it, and never waits for it.

    A command need not read it, and what it has left running when it ends may hold it open for ever:
    what was not taken by then is given up.

    Args:
        pipe: Where to; without a buffer of its own.
        line: What to give.
    """

    def __init__(self, pipe: IO[bytes], line: bytes) -> None:
        self._pipe = pipe
        self._left = memoryview(line)
        os.set_blocking(pipe.fileno(), False)

    def give(self) -> None:
        """Write what the pipe has room for; close it after the last byte."""
        try:
            while self._left:
                self._left = self._left[os.write(self._pipe.fileno(), self._left) :]
        except BlockingIOError:
            return
        except OSError:
            # Nobody reads it any more.
            self._left = self._left[:0]
        self._pipe.close()

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for room; return at once False when all was given."""
        if not self._left:
            return False
        room = select.poll()
        room.register(self._pipe.fileno(), select.POLLOUT)
        room.poll(timeout * 1000)
        return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a command with everything that it started."""
    for number, patience in ((signal.SIGTERM, _KILL_AFTER), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            break
    # Those that it left behind in its group go as well.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
