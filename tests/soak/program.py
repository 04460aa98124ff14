"""The program under test: started, stalled, stopped, killed and started again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tests.end_to_end.processes import environ_in
from tests.soak.ledger import Ledger

PATIENCE = 60.0


def installed_command() -> list[str]:
    """Return how the installed program is called."""
    command = Path(sys.executable).with_name("rc-tail")
    return [str(command)] if command.exists() else [sys.executable, "-m", "rc_tail"]


class Program:
    """Runs `rc-tail`, one process after another, and notes what it prints.

    Args:
        words: Its arguments.
        home: Where its user lives.
        variables: Lead to the server.
        ledger: Is told every line of standard output.
    """

    def __init__(
        self, words: Sequence[str], home: Path, variables: Mapping[str, str], ledger: Ledger
    ) -> None:
        self._command = [*installed_command(), *words]
        self._home = home
        self._environ = environ_in(home, variables)
        self._ledger = ledger
        self._reads = threading.Event()
        self._reads.set()
        self._lock = threading.Lock()
        self.records: list[dict[str, Any]] = []
        self.runs = 0
        self.last_line = 0.0

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self.runs += 1
        ready = self._count("ready")
        self.process = subprocess.Popen(
            self._command,
            cwd=self._home,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._threads = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.runs)),
            threading.Thread(target=self._hear, args=(self.process.stderr,)),
        ]
        for thread in self._threads:
            thread.start()
        self._wait(lambda: self._count("ready") > ready, "ready")

    def _wait(self, happened: Any, what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"it is not {what}: {self.told()}")
            time.sleep(0.02)

    def _read(self, stream: IO[bytes], run: int) -> None:
        with stream:
            for line in stream:
                self._reads.wait()
                now = time.time()
                # A kill may come in the middle of a line: then it was not printed.
                if line.endswith(b"\n"):
                    with self._lock:
                        self._ledger.note_line(json.loads(line), now, run)
                        self.last_line = now

    def _hear(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                try:
                    record = json.loads(line)
                except ValueError:
                    record = {"event": "words", "message": line.decode("utf-8", "replace")}
                with self._lock:
                    self.records.append(record)

    def _count(self, event: str) -> int:
        with self._lock:
            return sum(record["event"] == event for record in self.records)

    def told(self) -> str:
        """Return the last lines of standard error."""
        with self._lock:
            return "\n".join(str(record.get("message", record)) for record in self.records[-20:])

    def has_printed(self, name: str) -> bool:
        """Whether an event was printed, by whichever process."""
        with self._lock:
            return name in self._ledger.printed

    @property
    def runs_still(self) -> bool:
        """Whether the process is there."""
        return self.process.poll() is None

    def stall(self) -> None:
        """Read nothing of what it prints, until `resume`."""
        self._reads.clear()

    def resume(self) -> None:
        """Read again."""
        self._reads.set()

    def sleep(self, seconds: float) -> None:
        """Stop it as Ctrl-Z does, and let it go on."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it: it can do nothing about it."""
        self._ledger.kills.append(time.time())
        self.process.kill()
        self.wait()

    def stop(self) -> int:
        """End it as a user does; return the status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end, and for all that it printed."""
        status = self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        return status

    def close(self) -> None:
        """Leave nothing behind."""
        self.resume()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGCONT)
            self.process.kill()
        self.wait()
