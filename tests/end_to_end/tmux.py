"""A program in a real terminal: tmux with a server of its own, and what a person sees on it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.end_to_end.processes import PATIENCE, environ_in

# As it was installed, beside the interpreter.
RC_TAIL = Path(sys.executable).with_name("rc-tail")
ROWS = 24
# The shell shows the status at the end, and keeps the terminal open; a Ctrl-C is not for it.
_SHELL = 'trap : INT; "$@"; printf "[%s]\\n" $?; exec sleep 1000'


def need_tmux() -> None:
    """Skip the test where tmux is missing; there is no such excuse on the machine that judges."""
    if shutil.which("tmux") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("not installed: tmux")
        pytest.skip("not installed: tmux")


class Tmux:
    """A terminal in which `rc-tail` runs, or a shell.

    Args:
        words: The words after `rc-tail`; of a shell, all of them.
        home: Where its user lives.
        folder: Where it is started; None for its home.
        variables: Further variables.
        shell: Whether the words are those of a shell that knows `rc-tail`.
        term: The value of TERM.
        columns: How wide the terminal is.
        rows: How high it is.
        style: What it looks like where a program says nothing, as tmux writes it.
    """

    def __init__(
        self,
        *words: str,
        home: Path,
        folder: Path | None = None,
        variables: Mapping[str, str] | None = None,
        shell: bool = False,
        term: str = "tmux-256color",
        columns: int = 80,
        rows: int = ROWS,
        style: str = "default",
    ) -> None:
        # A socket's path must be short.
        self._folder = tempfile.TemporaryDirectory(prefix="rc-tail-tmux-")
        self._socket = f"{self._folder.name}/s"
        self._environ = environ_in(home, {"LANG": "C.UTF-8", **(variables or {})})
        del self._environ["COLUMNS"]
        self._rows = str(rows)
        self._environ["PATH"] = f"{RC_TAIL.parent}:{self._environ['PATH']}"
        program = shlex.join(words if shell else ["sh", "-c", _SHELL, "sh", str(RC_TAIL), *words])
        options = {"default-terminal": term, "status": "off", "window-style": style}
        settings = [w for name, value in options.items() for w in ("set", "-g", name, value, ";")]
        size = ("-x", str(columns), "-y", self._rows)
        self._tmux(
            "start-server",
            ";",
            *settings,
            "new-session",
            "-d",
            *size,
            "-c",
            folder or home,
            program,
        )

    def _tmux(self, *words: str | Path) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, "-f", os.devnull, *map(str, words)],
            env=self._environ,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    def shown(self, *, colours: bool = False) -> str:
        """Return what is on the screen."""
        text = self._tmux("capture-pane", "-p", *(["-e"] if colours else []))
        return text.rstrip("\n") + "\n"

    def wait_for(self, pattern: str) -> None:
        """Wait until something is on the screen."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, shown := self.shown(), re.MULTILINE):
            assert time.monotonic() < deadline, f"{pattern!r} is not shown:\n{shown}"
            time.sleep(0.05)

    def resize(self, columns: int, *, settle: bool = True) -> None:
        """Make it wider or narrower; with `settle` return when its programs can know."""
        self._tmux("resize-window", "-x", str(columns), "-y", self._rows)
        if not settle:
            return
        tty = os.open(self._tmux("display", "-p", "#{pane_tty}").strip(), os.O_RDONLY | os.O_NOCTTY)
        deadline = time.monotonic() + PATIENCE
        # tmux tells it a moment later.
        while os.get_terminal_size(tty).columns != columns:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.close(tty)

    def press(self, *keys: str) -> None:
        """Press keys, in tmux's names."""
        self._tmux("send-keys", *keys)

    def write(self, text: str) -> None:
        """Type letters as they are."""
        self._tmux("send-keys", "-l", text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tmux("kill-server")
        self._folder.cleanup()
