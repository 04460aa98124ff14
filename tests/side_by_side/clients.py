"""The clients that are compared, and how each is started."""

import hashlib
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO

import platformdirs

from rc_tail import __version__
from tests.end_to_end.processes import ROOT, environ_in

HERE = Path(__file__).parent
PACKAGES = ROOT / "tests" / "end_to_end" / "node" / "package.json"


@dataclass(frozen=True, slots=True)
class Client:
    """A program that prints the id of each text message that arrives.

    Attributes:
        name: With its version.
        command: How it is called.
        variables: What it needs beside the simulator's variables.
        prints_json: Whether it prints whole events, and tells gaps on standard error.
    """

    name: str
    command: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    prints_json: bool = False


def clients(tell_missing: IO[str]) -> list[Client]:
    """Return those that are installed; say of the others that they are not."""
    found = [
        Client(
            f"rc-tail {__version__}",
            [sys.executable, "-m", "rc_tail", "sms", "--json", "--log-format", "json"],
            prints_json=True,
        )
    ]
    try:
        name = f"Python SDK `ringcentral` {version('ringcentral')}"
        found.append(Client(name, [sys.executable, str(HERE / "listen_sdk.py")]))
    except PackageNotFoundError:
        print("skipped: the Python SDK is not installed", file=tell_missing)
    modules = node_modules()
    node = shutil.which("node")
    if node is None or modules is None:
        print(
            "skipped: @rc-ex/ws is not installed (the tests with Node install it)",
            file=tell_missing,
        )
        return found
    manifest = json.loads((modules / "@rc-ex" / "ws" / "package.json").read_bytes())
    variables = {"NODE_PATH": str(modules)}
    command = [node, str(HERE / "listen_ex.js")]
    return [*found, Client(f"`@rc-ex/ws` {manifest['version']}", command, variables)]


def node_modules() -> Path | None:
    """Return where the tests, or the benchmarks, installed RingCentral's npm packages."""
    digest = hashlib.sha256(PACKAGES.read_bytes()).hexdigest()[:16]
    cached = platformdirs.user_cache_path("rc-tail-tests", appauthor=False) / f"node-{digest}"
    peers = ROOT / ".venv" / "peers"
    places = (cached / "node_modules", peers / "node_modules")
    return next((place for place in places if (place / "@rc-ex" / "ws").is_dir()), None)


class Running:
    """A client at work.

    Args:
        client: Which.
        home: Where its user lives.
        variables: Lead to the simulator.
    """

    def __init__(self, client: Client, home: Path, variables: Mapping[str, str]) -> None:
        self._client = client
        self.ids: list[str] = []
        self.gaps: list[dict[str, object]] = []
        self.process = subprocess.Popen(
            client.command,
            cwd=home,
            env={**environ_in(home, {**variables, **client.variables}), "NO_PROXY": "*"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._threads = [
            threading.Thread(target=self._read, args=(self.process.stdout,)),
            threading.Thread(target=self._hear, args=(self.process.stderr,)),
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            text = line.decode().strip()
            self.ids.append(
                str(json.loads(text)["body"]["id"]) if self._client.prints_json else text
            )

    def _hear(self, stream: IO[bytes]) -> None:
        for line in stream:
            if self._client.prints_json and (record := json.loads(line))["event"] == "gap":
                self.gaps.append(record)

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return self.process.poll() is not None

    def stop(self) -> None:
        """End it, as Ctrl-C does."""
        if not self.has_ended:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for thread in self._threads:
            thread.join()


def wait_for(seconds: float, happened: object) -> bool:
    """Wait until something has happened; return whether it did in time."""
    assert callable(happened)
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
