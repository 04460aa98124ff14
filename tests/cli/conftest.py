import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import keyring
import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.exit import run_and_exit, use_reporter
from tests.keyring_backend import FolderKeyring
from tests.rest.platform import JWT, LoopbackPlatform, serve

PROGRAM = [sys.executable, "-m", "rc_tail"]
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    status: int
    stdout: str
    stderr: str


class Shell:
    """A shell in a home of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.variables = {
            "RC_SERVER_URL": url,
            "RC_APP_CLIENT_ID": "client-id",
            "RC_APP_CLIENT_SECRET": "client-secret",
            "RC_USER_JWT": JWT,
        }
        kept = ("PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "PYTHONPATH")
        self.environ = {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_STATE_HOME": str(folder / "state"),
            "COLUMNS": "100",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }

    @property
    def profile(self) -> Path:
        return self.folder / "config" / "rc-tail" / "profiles" / "default.json"

    def run(self, *words: str, environ: Mapping[str, str] | None = None, stdin: str = "") -> Ran:
        """Run a command line in this process, through the one edge of errors.

        It is what a process of its own does, thirty times as fast; the prompts' tests have that.
        """
        out, err = io.StringIO(), io.StringIO()
        arguments = list(words)
        use_reporter(None)
        with (
            mock.patch.dict(os.environ, {**self.environ, **(environ or {})}, clear=True),
            mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()))),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            run_and_exit(lambda: dispatch(arguments), arguments)
        use_reporter(None)
        return Ran(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    def log_in(self, *words: str) -> Ran:
        done = self.run("login", *words, environ=self.variables)
        assert done.status == 0, done.stderr
        return done


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command line in this process; returns its status and what it printed."""

    def go(*words: str) -> tuple[int, str, str]:
        use_reporter(None)
        with pytest.raises(SystemExit) as ended:
            run_and_exit(lambda: dispatch(words), words)
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return go


@pytest.fixture
def platform() -> Iterator[LoopbackPlatform]:
    with serve() as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, platform: LoopbackPlatform) -> Shell:
    return Shell(tmp_path, platform.url)


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[FolderKeyring]:
    """A keyring that commands in this process find."""
    before = keyring.get_keyring()
    mine = FolderKeyring(tmp_path / "ring")
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)
