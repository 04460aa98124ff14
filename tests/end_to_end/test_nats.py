"""Several tails and one stream of NATS JetStream, all of which are killed now and then."""

import asyncio
import base64
import contextlib
import json
import os
import random
import signal
from collections import Counter, defaultdict
from pathlib import Path

import nats
import pytest

from rc_tail.simulator import Simulator
from tests.end_to_end.processes import Tail, Tails, eventually
from tests.end_to_end.test_sinks import KIND, Sender, killed, numbers
from tests.end_to_end.wire import Wire
from tests.sinks.nats_server import NatsServer, StoredMessage, running, stored

# Kills in each run; SINK_ROUNDS=40 makes a long one.
SEEDS = int(os.environ.get("SINK_SEEDS", "1"))
ROUNDS = int(os.environ.get("SINK_ROUNDS", "4"))
TROUBLES = ("kill", "reset", "server", "recovery")
CALLS = 3
USERS = ("400000101", "400000102")  # Ada and Bob
DND = "/restapi/v1.0/account/~/extension/400000101/presence/dnd"
SHARED = (KIND, "account-calls", DND, "--resume", "job", "-o", "none", "--log-format", "json")
WORDS = (KIND, "dnd", "--resume", "job", "-o", "none", "--log-format", "json")


async def count(server: NatsServer) -> int:
    """How many messages the stream holds."""
    client = await nats.connect(f"nats://127.0.0.1:{server.port}")
    try:
        info = await client.jetstream(timeout=30).stream_info("EVENTS")
        return int(info.state.messages)
    finally:
        await client.close()


async def counts_by_kind(server: NatsServer) -> Counter[str]:
    """How many messages of each kind the stream holds."""
    client = await nats.connect(f"nats://127.0.0.1:{server.port}")
    counts: Counter[str] = Counter()
    try:
        info = await client.jetstream(timeout=30).stream_info("EVENTS", subjects_filter=">")
        for subject, number in (info.state.subjects or {}).items():
            counts[subject.rpartition(".")[2]] += number
    finally:
        await client.close()
    return counts


def stop(tail: Tail) -> None:
    assert tail.stop() == -signal.SIGTERM


def jwt_of(extension: str) -> str:
    """A JWT of a user, as far as the simulator reads it."""
    claims = base64.urlsafe_b64encode(json.dumps({"sub": extension}).encode()).decode()
    return f"header.{claims.rstrip('=')}.signature"


class Chaos:
    """Two tails of two users, each behind a wire of its own, and a server; what goes wrong.

    Args:
        homes: Of the tails.
    """

    def __init__(
        self,
        simulator: Simulator,
        tail: Tails,
        server: NatsServer,
        wires: list[Wire],
        homes: list[Path],
        seed: int,
    ) -> None:
        self._simulator = simulator
        self._tail = tail
        self._server = server
        self._homes = homes
        self._chance = random.Random(seed)
        self._words = (*SHARED, "--sink", server.url())
        self.wires = wires
        self.tails = [self._start(number) for number in range(len(homes))]
        self.sender = Sender(simulator)
        self.steps = 0
        self.repeating = 0

    def _start(self, number: int) -> Tail:
        environ = {"RC_SERVER_URL": self.wires[number].url, "RC_USER_JWT": jwt_of(USERS[number])}
        return self._tail(*self._words, home=self._homes[number], environ=environ).wait_ready()

    def send_steps(self) -> None:
        """Let each of three calls make one step."""
        for call in range(CALLS):
            changes = [
                ("telephonySessionId", f"s-{call}"),
                ("sequence", self.steps),
                ("parties.0.id", f"p-{call}"),
            ]
            assert self._simulator.send("account-calls", changes=changes)
        self.steps += 1

    def some_events(self) -> None:
        """A few of each kind; one has no version."""
        for _ in range(self._chance.randint(2, 5)):
            self.send_steps()
            self.sender.send(self._chance.randint(1, 3))
        self._simulator.send("dnd")
        self.repeating += 1

    def strike(self, trouble: str) -> None:
        """Let something go wrong while events come, one thing at a time."""
        self.settle()
        gaps = self.gaps()
        victim = self._chance.randrange(len(self.tails))
        match trouble:
            case "kill":
                # The other receives what the kill lets get lost on its way.
                with self.sender.meanwhile(20, 0.002):
                    killed(self.tails[victim])
                self.some_events()
                self.tails[victim] = self._start(victim)
            case "reset":
                self.wires[victim].cut()
            case "server":
                with self.sender.meanwhile(20, 0.002):
                    self._server.kill()
                self.some_events()
                self._server.start()
            case _:
                # Both are cut off, and one of them has a gap. The steps of calls wait: of those
                # that come now it would publish the later before the other has the earlier.
                self._simulator.fault("recovery-failed")
                self.sender.send(5)
                eventually(lambda: self.gaps() > gaps, "one of them has a gap")
                self.settle()
        self.some_events()

    def gaps(self) -> int:
        """How many gaps the running tails have told."""
        return sum(len(each.records("gap")) for each in self.tails)

    def settle(self) -> None:
        """Wait until all is stored, and both tails listen."""
        expected = {KIND: self.sender.sent, "calls": self.steps * CALLS, "dnd": self.repeating}

        def is_stored() -> bool:
            listening = [each.is_connected for each in self._simulator.subscribers()]
            counts = asyncio.run(counts_by_kind(self._server))
            return listening.count(True) >= len(self.tails) and all(
                counts[kind] >= number for kind, number in expected.items()
            )

        eventually(is_stored, "all are stored")

    def end(self) -> None:
        self.settle()
        for each in self.tails:
            stop(each)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_two_tails_of_two_users_store_each_event_once_whatever_is_killed(
    simulator: Simulator, tail: Tails, tmp_path: Path, seed: int
):
    homes = [tmp_path / "a", tmp_path / "b"]
    for home in homes:
        home.mkdir()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running(tmp_path / "nats"))
        wires = [stack.enter_context(Wire(simulator.port)) for _ in homes]
        chaos = Chaos(simulator, tail, server, wires, homes, seed)
        troubles = [TROUBLES[number % len(TROUBLES)] for number in range(ROUNDS)]
        random.Random(seed).shuffle(troubles)
        for trouble in troubles:
            chaos.strike(trouble)
        chaos.end()
        messages = asyncio.run(stored(server))
    by_kind: dict[str, list[StoredMessage]] = defaultdict(list)
    for message in messages:
        by_kind[message.subject.rpartition(".")[2]].append(message)
    # Each event with a version once, by its content and not by its key alone.
    posts = [json.loads(message.data) for message in by_kind.pop(KIND)]
    assert numbers(posts) == Counter(range(chaos.sender.sent))
    steps: dict[str, list[int]] = defaultdict(list)
    for message in by_kind.pop("calls"):
        body = json.loads(message.data)["body"]
        steps[body["telephonySessionId"]].append(body["sequence"])
    assert steps == {f"s-{call}": list(range(chaos.steps)) for call in range(CALLS)}
    # A kind whose events say no version comes at least once, and says so.
    repeating = by_kind.pop("dnd")
    assert len({message.headers["Nats-Msg-Id"] for message in repeating}) == len(repeating)
    assert len(repeating) >= chaos.repeating
    assert {message.headers["Rc-Delivery"] for message in repeating} == {"at-least-once"}
    assert not by_kind


def test_a_server_that_is_away_at_a_later_start_loses_nothing(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    sender = Sender(simulator)
    with running(tmp_path / "nats") as server:
        words = (*WORDS, "--sink", server.url())
        first = tail(*words, home=tmp_path).wait_ready()
        sender.send(20)
        eventually(lambda: asyncio.run(count(server)) == 20, "all are stored")
        stop(first)
        server.kill()
        health = tmp_path / "health.json"
        second = tail(*words, "--health-file", str(health), home=tmp_path).wait_ready()
        sender.send(20)
        eventually(lambda: json.loads(health.read_text())["state"] == "degraded", "it is told")
        (state,) = json.loads(health.read_text())["sinks"].values()
        assert (state["stream"], state["duplicates"]) == ("EVENTS", 0)
        server.start()
        eventually(lambda: asyncio.run(count(server)) == 40, "all are stored")
        stop(second)
        posts = [json.loads(message.data) for message in asyncio.run(stored(server))]
    assert numbers(posts) == Counter(range(40))


def test_without_a_stream_or_a_server_the_status_says_so(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    with running(tmp_path / "nats") as server:
        missing = tail("sms", "--sink", server.url(query=""))
        assert missing.process.wait() == 78
        assert "stream EVENTS was not found" in missing.told
        gone = server.url()
    away = tail("sms", "--sink", gone, "--retry-for", "1s")
    assert away.process.wait() == 69
    assert "Start the NATS server" in away.told


def test_the_password_comes_from_the_env_file_and_reaches_no_command(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    lines = [f"{name}={value}" for name, value in simulator.variables.items()]
    file, out = tmp_path / "env", tmp_path / "out"
    file.write_text("\n".join([*lines, "RC_SINK_PASSWORD=pass word"]))
    users = 'authorization { users: [ {user: "ada", password: "pass word"} ] }'
    with running(tmp_path / "nats", users) as server:
        words = ("sms", "--env-file", str(file), "--sink", server.url(user="ada"), "-n", "1")
        command = f"sh -c 'echo \"[$RC_SINK_PASSWORD]\" > {out}'"
        environ = {"RC_SINK_PASSWORD": "another"}
        first = tail(*words, "--exec", command, "-vv", environ=environ).wait_ready()
        simulator.send("sms")
        assert first.wait() == 0
        assert out.read_text() == "[]\n"
        assert "pass word" not in first.told
        (message,) = asyncio.run(stored(server, user="ada", password="pass word"))
        assert message.subject.endswith(".sms")
