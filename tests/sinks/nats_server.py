"""A real NATS server with JetStream, as a process on a loopback port."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

import nats

PATIENCE = 60.0


def program() -> str:
    """Return the server, which a package from PyPI brings."""
    found = shutil.which("nats-server", path=sysconfig.get_path("scripts"))
    assert found is not None
    return found


class NatsServer:
    """A server; it keeps its port and its streams when it is killed and started again.

    Args:
        folder: For its streams and its configuration.
        config: Further lines of its configuration.
        sync: How often it writes through to the disk; empty for its default.
    """

    def __init__(
        self, folder: Path, config: str = "", *, jetstream: bool = True, sync: str = ""
    ) -> None:
        self._folder = folder
        self._config = config
        self._jetstream = jetstream
        self._sync = f", sync_interval: {sync}" if sync else ""
        self._process: subprocess.Popen[bytes] | None = None
        self.port = -1

    def start(self) -> Self:
        """Start it, and wait until it answers."""
        ports = self._folder / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir(parents=True)
        config = self._folder / "nats.conf"
        store = ""
        if self._jetstream:
            store = f'jetstream {{ store_dir: "{self._folder}/js"{self._sync} }}\n'
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nports_file_dir: "{ports}"\n{store}{self._config}\n'
        )
        log = self._folder / "server.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [program(), "-c", config], stdout=out, stderr=subprocess.STDOUT
            )
        ends = time.monotonic() + PATIENCE
        while not (found := self._ports(ports)):
            assert self._process.poll() is None, log.read_text()
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.01)
        self.port = found
        return self

    def _ports(self, folder: Path) -> int:
        for file in folder.glob("*.ports"):
            with contextlib.suppress(ValueError):
                (url,) = json.loads(file.read_text())["nats"]
                return int(url.rpartition(":")[2])
        return 0

    def kill(self) -> None:
        """Kill it, as when a machine loses power, but for the disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it answer nothing, as when its machine hangs."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        # A thread of it may be about to answer.
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let it continue."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def url(self, stream: str = "EVENTS", query: str = "create=1", user: str = "") -> str:
        """Return the address of a stream."""
        return f"nats://{user and user + '@'}127.0.0.1:{self.port}/{stream}?{query}"


@contextlib.contextmanager
def running(
    folder: Path, config: str = "", *, jetstream: bool = True, sync: str = ""
) -> Iterator[NatsServer]:
    """Run a server while the context lasts."""
    server = NatsServer(folder, config, jetstream=jetstream, sync=sync)
    try:
        yield server.start()
    finally:
        server.kill()


class StoredMessage(NamedTuple):
    """A message of a stream."""

    subject: str
    data: bytes
    headers: dict[str, str]


async def stored(server: NatsServer, stream: str = "EVENTS", **login: Any) -> list[StoredMessage]:
    """Return every message of a stream, in order."""
    client = await nats.connect(f"nats://127.0.0.1:{server.port}", **login)
    try:
        jetstream = client.jetstream(timeout=PATIENCE)
        last = (await jetstream.stream_info(stream)).state.last_seq
        found = [await jetstream.get_msg(stream, seq) for seq in range(1, last + 1)]
        return [StoredMessage(m.subject or "", m.data or b"", m.headers or {}) for m in found]
    finally:
        await client.close()
