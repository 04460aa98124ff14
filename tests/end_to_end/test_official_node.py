"""RingCentral's own npm packages, unmodified, judge the simulator."""

import contextlib
import hashlib
import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock
import platformdirs
import pytest

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from tests.end_to_end.processes import Tails, eventually
from tests.readme.blocks import README, blocks

SCRIPTS = Path(__file__).parent / "node"
PATIENCE = 60.0
INSTALL_PATIENCE = 300.0

pytestmark = [pytest.mark.official, pytest.mark.slow]


# Where the service puts its recovery token: as in every capture, and as an SDK allows for.
everywhere = pytest.mark.parametrize(
    "options", [Options(), Options(wsc_everywhere=True)], ids=["details", "everywhere"]
)


def missing(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def packages() -> Path:
    """A folder with the packages and the scripts; the packages are installed once a version."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    wanted = (SCRIPTS / "package.json").read_bytes()
    name = hashlib.sha256(wanted).hexdigest()[:16]
    folder = platformdirs.user_cache_path("rc-tail-tests", appauthor=False) / f"node-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / "lock", timeout=INSTALL_PATIENCE):
        if not (folder / "installed").exists():
            (folder / "package.json").write_bytes(wanted)
            install(npm, folder)
            (folder / "installed").touch()
        for script in SCRIPTS.glob("*.js"):
            (folder / script.name).write_bytes(script.read_bytes())
    return folder


def install(npm: str, folder: Path) -> None:
    words = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock"]
    try:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=INSTALL_PATIENCE
        )
    except subprocess.TimeoutExpired:
        missing("npm install took too long")
    else:
        if done.returncode:
            missing(f"npm install failed: {done.stderr[-500:]}")


class Client:
    """A script: what it tells, and words for it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def told(self, what: str) -> dict[str, Any]:
        """The next thing it tells, which must be this."""
        line = self._lines.get(timeout=PATIENCE)
        assert line, f"the client ended with {self.process.wait(PATIENCE)}"
        told: dict[str, Any] = json.loads(line)
        assert told["what"] == what, told
        return told

    def say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self._reader.join(PATIENCE)


Start = Callable[[str, Mapping[str, str]], Client]


@pytest.fixture
def start(packages: Path) -> Iterator[Start]:
    with contextlib.ExitStack() as stack:

        def run(script: str, variables: Mapping[str, str]) -> Client:
            environ = {
                name: value for name, value in os.environ.items() if "proxy" not in name.lower()
            }
            process = stack.enter_context(
                subprocess.Popen(
                    ["node", script],
                    cwd=packages,
                    env={**environ, **variables},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            client = Client(process)
            stack.callback(client.end)
            return client

        yield run


def test_the_readmes_example_runs(packages: Path, simulator: Simulator) -> None:
    (example,) = (block.text for block in blocks(README.read_text()) if block.language == "js")
    environ = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        ["node", "-"],
        cwd=packages,
        env={**environ, **simulator.variables},
        input=example,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    # What it received, and what it sent.
    assert done.stdout.count("type: 'Pager'") == 2
    assert simulator.subscribers() == []


def paths(simulator: Simulator) -> list[str]:
    return [asked.path for asked in simulator.requests]


@everywhere
@pytest.mark.parametrize("script", ["rc_ex.js", "sdk.js"])
def test_logs_in_subscribes_and_receives_events(
    script: str, options: Options, start: Start
) -> None:
    with Simulator(options) as simulator:
        client = start(script, simulator.variables)
        client.told("subscribed")
        words = ["one", "two 😀", "three\nlines"]
        for text in words:
            assert simulator.send("sms", text=text) == 1
        assert [client.told("event")["text"] for _ in words] == words
        client.say("rest")
        assert client.told("rest")["email"] == "ada@example.com"
        client.say("quit")
        client.told("revoked")
        assert client.process.wait(PATIENCE) == 0
        assert paths(simulator)[-1] == "/restapi/oauth/revoke"


def test_subscription_is_changed_and_removed(start: Start) -> None:
    with Simulator() as simulator:
        client = start("rc_ex.js", simulator.variables)
        before = client.told("subscribed")
        client.say("refresh")
        assert client.told("refreshed")["id"] == before["id"]
        client.say("quit")
        client.told("revoked")
        assert simulator.subscribers() == []


def test_a_logout_before_the_revocation_over_the_socket_is_no_error(start: Start) -> None:
    with Simulator() as simulator:
        client = start("rc_ex.js", simulator.variables)
        client.told("subscribed")
        client.say("logout")
        client.told("revoked")
        assert client.process.wait(PATIENCE) == 0
        eventually(lambda: not simulator.subscribers(), "the subscription ends")


@everywhere
def test_session_is_recovered_after_a_cut(options: Options, start: Start) -> None:
    with Simulator(options) as simulator:
        client = start("rc_ex.js", simulator.variables)
        client.told("subscribed")
        assert simulator.cut() == 1
        assert simulator.send("sms", text="missed") == 1
        # The subscription lives on: what was missed comes, and what is new.
        client.told("autoRecoverSuccess")
        assert client.told("event")["text"] == "missed"
        simulator.send("sms", text="new")
        assert client.told("event")["text"] == "new"
        assert paths(simulator).count("/ws") == 2
        assert len(simulator.subscribers()) == 1


EVERYTHING = ("messages", "sms", "presence", "--json")


def test_calls_cause_events_that_a_tail_prints(
    start: Start, simulator: Simulator, tail: Tails
) -> None:
    tailing = tail(*EVERYTHING).wait_ready()
    client = start("causes.js", simulator.variables)
    client.told("ready")

    def said(word: str, answer: str) -> dict[str, Any]:
        client.say(word)
        return client.told(answer)

    def changes(first: int, last: int) -> list[Any]:
        return [event["body"]["changes"][0] for event in tailing.events(last)[first:last]]

    pager = said("pager", "sent")
    # To oneself: what was received, and what was sent.
    received, sent = changes(0, 2)
    assert (received["type"], sent["type"]) == ("Pager", "Pager")
    assert sent["newMessageIds"] == [int(pager["id"])]
    said("sms", "sent")
    text = tailing.events(5)[2]
    assert (text["body"]["type"], text["body"]["subject"]) == ("SMS", "to myself")
    assert [change["newCount"] for change in changes(3, 5)] == [1, 1]
    said("mms", "sent")
    picture = tailing.events(8)[5]["body"]["attachments"][1]
    assert (picture["contentType"], picture["fileName"]) == ("image/png", "cat.png")
    presence = said("presence", "presence")
    assert (presence["presenceStatus"], presence["message"]) == ("Busy", "Hello world")
    assert tailing.events(9)[8]["body"]["presenceStatus"] == "Busy"
    assert said("read", "read")["readStatus"] == "Unread"
    assert changes(9, 10) == [{"type": "SMS", "newCount": 0, "updatedCount": 1}]
    assert said("delete", "deleted")["left"] == 5
    assert changes(10, 11) == [{"type": "SMS", "newCount": 0, "updatedCount": 1}]
    assert said("sync", "sync") == {"what": "sync", "calls": 0, "messages": 5, "more": 0}
    refused = said("refused", "refused")
    assert (refused["status"], refused["body"]["errorCode"]) == (400, "CMN-101")
    client.say("quit")
    client.told("revoked")
    assert client.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("simulator", [{"refresh_tokens": True}], indirect=True)
def test_refreshes_its_token(start: Start, simulator: Simulator) -> None:
    client = start("causes.js", simulator.variables)
    client.told("ready")
    client.say("refresh")
    assert client.told("refreshed")["renewed"] is True
