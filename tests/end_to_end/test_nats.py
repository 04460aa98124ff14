"""Several tails and one stream of NATS JetStream, all of which are killed now and then."""

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import nats
import pytest

from rc_tail.simulator import Simulator
from tests.end_to_end.processes import Tail, Tails, eventually
from tests.end_to_end.test_sinks import KIND, Sender, killed, numbers
from tests.sinks.nats_server import NatsServer, running, stored

# Kills in each run; SINK_ROUNDS=40 makes a long one.
SEEDS = int(os.environ.get("SINK_SEEDS", "1"))
ROUNDS = int(os.environ.get("SINK_ROUNDS", "4"))
WORDS = (KIND, "dnd", "--resume", "job", "-o", "none", "--log-format", "json")


async def count(server: NatsServer) -> int:
    """How many messages the stream holds."""
    client = await nats.connect(f"nats://127.0.0.1:{server.port}")
    try:
        info = await client.jetstream(timeout=30).stream_info("EVENTS")
        return int(info.state.messages)
    finally:
        await client.close()


def stop(tail: Tail) -> None:
    assert tail.stop() == -signal.SIGTERM


@pytest.mark.parametrize("seed", range(SEEDS))
def test_two_tails_and_a_server_that_are_killed_store_each_event_once(
    simulator: Simulator, tail: Tails, tmp_path: Path, seed: int
):
    chance = random.Random(seed)
    sender, events = Sender(simulator), 60 * ROUNDS
    with running(tmp_path / "nats") as server:
        # Each with a home, and so a login and a session, of its own.
        homes = [tmp_path / "a", tmp_path / "b"]
        words = (*WORDS, "--sink", server.url())
        for home in homes:
            home.mkdir()
        tails = [tail(*words, home=home).wait_ready() for home in homes]
        with sender.meanwhile(events, 0.01):
            for round_ in range(ROUNDS):
                time.sleep(chance.uniform(0.0, 0.3))
                simulator.send("dnd")
                if round_ % 2:
                    server.kill()
                    time.sleep(chance.uniform(0.0, 0.5))
                    server.start()
                    continue
                # One at a time: the other receives what the kill lets get lost on its way.
                victim = chance.randrange(2)
                killed(tails[victim])
                tails[victim] = tail(*words, home=homes[victim]).wait_ready()
        expected = events + ROUNDS // 2
        eventually(lambda: asyncio.run(count(server)) >= expected, "all are stored")
        for each in tails:
            stop(each)
        messages = asyncio.run(stored(server))
    posts = [json.loads(message.data) for message in messages if KIND in message.subject]
    assert numbers(posts) == Counter(range(events))
    # A kind whose events say no version comes at least once, and says so.
    repeating = [message for message in messages if message.subject.endswith(".dnd")]
    assert len({message.headers["Nats-Msg-Id"] for message in repeating}) == len(repeating)
    assert len(repeating) >= ROUNDS
    assert {message.headers["Rc-Delivery"] for message in repeating} == {"at-least-once"}


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
