import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rest.platform import LoopbackPlatform, serve

PROGRAM = [sys.executable, "-m", "tests.cli.commands"]
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    status: int
    stdout: str
    stderr: str


class Home:
    """A home of its own, and what a shell in it runs."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.variables = {
            "RC_SERVER_URL": url,
            "RC_APP_CLIENT_ID": "client-id",
            "RC_APP_CLIENT_SECRET": "client-secret",
            "RC_USER_JWT": "the-jwt-of-ada",
        }
        kept = ("PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "PYTHONPATH")
        self.environ = {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_STATE_HOME": str(folder / "state"),
            "COLUMNS": "100",
        }

    @property
    def profile(self) -> Path:
        return self.folder / "config" / "rc-tail" / "profiles" / "default.json"

    def run(self, *words: str, environ: Mapping[str, str] | None = None, stdin: str = "") -> Ran:
        done = subprocess.run(
            [*PROGRAM, *words],
            env={**self.environ, **(environ or {})},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=ROOT,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def log_in(self, *words: str) -> Ran:
        done = self.run("login", *words, environ=self.variables)
        assert done.status == 0, done.stderr
        return done


@pytest.fixture
def platform() -> Iterator[LoopbackPlatform]:
    with serve() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, platform: LoopbackPlatform) -> Home:
    return Home(tmp_path, platform.url)
