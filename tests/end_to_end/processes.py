"""`rc-tail` as a process: started in a home of its own, heard on threads, waited for patiently."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

PROGRAM = (sys.executable, "-m", "rc_tail")
ROOT = Path(__file__).parents[2]
# What a loaded machine may need; nothing is waited for longer than it takes.
PATIENCE = 60.0
# What coverage and the interpreter need; nothing else of this process is handed on.
_KEPT = ("PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "LANG", "TMPDIR")


def environ_in(home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program whose user lives in `home`."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "COLUMNS": "100",
        "PYTHONPATH": str(ROOT),
    }
    return {**kept, **own, **variables}


class Heard:
    """What comes out of a stream, collected on a thread."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lines: list[bytes] = []
        self._news = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for line in self._stream:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()

    def lines(self) -> list[bytes]:
        with self._news:
            return list(self._lines)

    def wait(self, happened: Callable[[Sequence[bytes]], bool]) -> bool:
        """Wait until `happened` to the lines so far; return whether it did."""
        with self._news:
            self._news.wait_for(lambda: happened(self._lines) or self._over, PATIENCE)
            return happened(self._lines)

    def close(self) -> None:
        """Hear the stream to its end; what came stays known."""
        self._thread.join(PATIENCE)
        self._stream.close()


class Tail:
    """A running `rc-tail`."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        home: Path,
        environ: Mapping[str, str],
        stdout: int | IO[Any] = subprocess.PIPE,
        before: Callable[[], object] | None = None,
    ) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [*PROGRAM, *words],
            cwd=home,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            preexec_fn=before,
        )
        assert self.process.stderr is not None
        self._told = Heard(self.process.stderr)
        self._printed = None if self.process.stdout is None else Heard(self.process.stdout)

    # Standard output.

    def lines(self, count: int = 0) -> list[str]:
        """The lines of standard output, as soon as there are `count` of them."""
        assert self._printed is not None
        enough = self._printed.wait(lambda lines: len(lines) >= count)
        lines = [line.decode().removesuffix("\n") for line in self._printed.lines()]
        assert enough, f"{len(lines)} of {count} lines came: {lines}\n{self.told}"
        return lines

    def events(self, count: int = 0) -> list[Any]:
        """The lines of standard output, as JSON."""
        return [json.loads(line) for line in self.lines(count)]

    # Standard error.

    @property
    def told(self) -> str:
        """Standard error so far."""
        return b"".join(self._told.lines()).decode()

    def wait_told(self, words: str, times: int = 1) -> None:
        """Wait until `words` were told on standard error so many times."""
        wanted = words.encode()
        heard = self._told.wait(lambda lines: b"".join(lines).count(wanted) >= times)
        assert heard, f"{words!r} was not told {times} times:\n{self.told}"

    def wait_ready(self, times: int = 1) -> Self:
        """Wait until the subscription is confirmed, again after each reconnect or gap."""
        signs = (
            b"rc-tail: ready: ",
            b"rc-tail: reconnected",
            b"rc-tail: gap",
            b'"event": "ready"',
            b'"event": "reconnect"',
            b'"event": "gap"',
        )
        heard = self._told.wait(
            lambda lines: sum(any(sign in line for sign in signs) for line in lines) >= times
        )
        assert heard, f"it is not ready:\n{self.told}"
        return self

    def records(self, event: str) -> list[dict[str, Any]]:
        """What was told of one sort with ``--log-format json``."""
        records = [json.loads(line) for line in self._told.lines()]
        return [record for record in records if record["event"] == event]

    # The end.

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; return the status."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end by itself; return the status, a signal as a negative number."""
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end:\n{self.told}") from None
        self._close()
        return status

    def ends_with(self, status: int) -> None:
        """Wait for the end by itself, which must have this status."""
        ended = self.wait()
        assert ended == status, f"it ended with {ended}:\n{self.told}"

    def _close(self) -> None:
        for heard in (self._told, self._printed):
            if heard is not None:
                heard.close()

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._close()


class Tails:
    """Starts `rc-tail` processes; those that still run at the end are killed.

    Args:
        folder: Homes are made in it.
        variables: The environment that leads to the server.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self.variables = dict(variables)
        self._started: list[Tail] = []

    def __call__(
        self,
        *words: str,
        home: Path | None = None,
        environ: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        stdout: int | IO[Any] = subprocess.PIPE,
        before: Callable[[], object] | None = None,
    ) -> Tail:
        """Start one.

        Args:
            words: The command line.
            home: Where its user lives; None for an empty home.
            environ: Further variables.
            variables: Those that lead to the server; None for the fixture's.
            stdout: Where standard output goes, instead of being collected.
            before: Called in the new process before the program starts.
        """
        if home is None:
            home = self._folder / f"home-{len(self._started)}"
            home.mkdir()
        base = self.variables if variables is None else variables
        tail = Tail(
            words,
            home=home,
            environ=environ_in(home, {**base, **(environ or {})}),
            stdout=stdout,
            before=before,
        )
        self._started.append(tail)
        return tail

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for tail in self._started:
            tail.kill()


def eventually(happened: Callable[[], bool], what: str) -> None:
    """Wait until something has happened that nobody tells."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"it did not happen: {what}"
        time.sleep(0.01)
