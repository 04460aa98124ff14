"""Sinks beside standard output: what becomes of events when receivers and processes come and go."""

import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rc_tail.gateway.event_key import event_key
from rc_tail.gateway.messages import Notification, decode
from rc_tail.simulator import Simulator
from rc_tail.text.timestamps import parse_timestamp
from tests.end_to_end.processes import Tail, Tails, eventually
from tests.sinks.receivers import Receiver

pytestmark = pytest.mark.slow

# RingCentral keeps no history of them: what is lost here is lost for good.
KIND = "team-posts"
# Random runs of each kind; SINK_SEEDS=10 makes ten.
SEEDS = int(os.environ.get("SINK_SEEDS", "3"))
NAMED = (KIND, "--resume", "job", "--log-format", "json")


class Sender:
    """Sends numbered events in the background."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.sent = 0
        self.times: list[float] = []

    def send(self, count: int, pause: float = 0.0) -> None:
        for _ in range(count):
            self.times.append(time.time())
            self._simulator.send(KIND, text=f"number {self.sent}")
            self.sent += 1
            time.sleep(pause)

    @contextlib.contextmanager
    def meanwhile(self, count: int, pause: float) -> Iterator[None]:
        thread = threading.Thread(target=self.send, args=(count, pause))
        thread.start()
        yield
        thread.join()


def numbers(bodies: list[Any]) -> Counter[int]:
    """How often each number came."""
    return Counter(int(body["body"]["text"].split()[-1]) for body in bodies)


def committed(home: Path) -> int:
    """How many events the spool has taken so far."""
    path = home / "state" / "rc-tail" / "resume" / "job.spool"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as spool:
        rows = spool.execute(
            "SELECT max(position) FROM events UNION SELECT max(position) FROM sinks"
        )
        return max(row[0] or 0 for row in rows)


def unheard(simulator: Simulator) -> None:
    """Wait until the service knows that the connection is gone: it keeps events from then on."""
    eventually(lambda: not simulator.subscribers()[0].is_connected, "the connection is gone")


def killed(running: Tail) -> None:
    running.process.kill()
    running.process.wait()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_receiver_that_is_away_and_a_kill_lose_nothing(
    simulator: Simulator, tail: Tails, tmp_path: Path, seed: int
):
    chance = random.Random(seed)
    receiver, sender = Receiver(), Sender(simulator)
    with receiver.listening() as port:
        words = (*NAMED, "-o", "none", "--forward-to", f"localhost:{port}/hook")
        first = tail(*words, home=tmp_path).wait_ready()
        sender.send(chance.randint(100, 150))
        eventually(lambda: len(receiver.requests) >= 20, "some were forwarded")
    sender.send(250 - sender.sent, chance.uniform(0.0, 0.01))
    eventually(lambda: committed(tmp_path) == sender.sent, "all that came in is on the disk")
    time.sleep(chance.uniform(0.0, 0.5))
    killed(first)
    unheard(simulator)
    # As many as the service holds for a connection that is gone.
    sender.send(chance.randint(0, 100))
    # The receiver is still away: it was there before, and need not be there now.
    health = tmp_path / "health.json"
    second = tail(*words, "--health-file", str(health), home=tmp_path).wait_ready()
    sender.send(400 - sender.sent)
    eventually(lambda: json.loads(health.read_text())["state"] == "degraded", "it is told")
    state = json.loads(health.read_text())
    (name,) = state["sinks"]
    assert name == f"forward:http://localhost:{port}/hook"
    assert state["spool"]["bytes"] > 0
    with receiver.listening(port):
        eventually(lambda: len(set(receiver.ids)) >= sender.sent, "all were forwarded")
        assert second.stop() == -signal.SIGTERM
    bodies = [json.loads(body) for _, body in receiver.requests]
    came = numbers(bodies)
    assert came.keys() == set(range(400))
    # What was under way at the kill may come twice; all come in order.
    assert came.total() - 400 <= 100
    order = dict.fromkeys(body["body"]["text"] for body in bodies)
    assert list(order) == [f"number {n}" for n in range(400)]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_kill_lets_no_command_be_forgotten(
    simulator: Simulator, tail: Tails, tmp_path: Path, seed: int
):
    chance = random.Random(seed)
    out, sender = tmp_path / "out", Sender(simulator)
    out.touch()
    words = (*NAMED, "--exec", f"sh -c 'cat >> {out}'")
    first = tail(*words, home=tmp_path).wait_ready()
    sender.send(chance.randint(40, 80))
    eventually(lambda: committed(tmp_path) == sender.sent, "all that came in is on the disk")
    time.sleep(chance.uniform(0.0, 0.5))
    killed(first)
    unheard(simulator)
    sender.send(chance.randint(0, 20))
    second = tail(*words, home=tmp_path).wait_ready()
    sender.send(100 - sender.sent)

    def done() -> Counter[int]:
        # A command that lost its input with the kill may have left half a line.
        return Counter(map(int, re.findall(r"number ([0-9]+)\"", out.read_text())))

    eventually(lambda: len(done()) == 100, "every command was run")
    assert second.stop() == -signal.SIGTERM
    assert done().total() - 100 <= 30


def test_what_a_kill_destroys_before_it_is_committed_lies_in_a_gap_that_is_told(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    receiver, sender = Receiver(), Sender(simulator)
    with receiver.listening() as port:
        words = (*NAMED, "-o", "none", "--forward-to", f"localhost:{port}/hook")
        first = tail(*words, home=tmp_path).wait_ready()
        with sender.meanwhile(150, 0.002):
            eventually(lambda: len(receiver.requests) >= 20, "some were forwarded")
            killed(first)
        second = tail(*words, home=tmp_path).wait_ready()
        second.wait_told('"rc-tail was killed"')
        sender.send(10)
        eventually(lambda: receiver_has(receiver, 159), "the last one came")
        assert second.stop() == -signal.SIGTERM
    came = numbers([json.loads(body) for _, body in receiver.requests])
    missing = set(range(160)) - came.keys()
    (gap,) = second.records("gap")
    start, end = parse_timestamp(gap["from"]), parse_timestamp(gap["to"])
    assert start is not None
    assert end is not None
    for number in missing:
        # It was received, which the gap is about, at most so much later than it was sent.
        assert start.timestamp() - 5 <= sender.times[number] <= end.timestamp() + 0.01


def receiver_has(receiver: Receiver, number: int) -> bool:
    return any(b"number %d" % number in body for _, body in receiver.requests)


def test_commands_that_did_not_run_before_the_end_are_run_by_the_next_run(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    out, sender = tmp_path / "out", Sender(simulator)
    out.touch()
    words = (*NAMED, "--json", "--exec", f"sh -c 'sleep 0.05; cat >> {out}'")
    first = tail(*words, home=tmp_path).wait_ready()
    sender.send(47)
    assert len(first.lines(47)) == 47
    eventually(lambda: len(out.read_text().splitlines()) >= 5, "some were run")
    assert first.stop() == -signal.SIGTERM
    # Nothing is drained: what waits is for the next run.
    run = len(out.read_text().splitlines())
    assert 5 <= run < 47
    second = tail(*words, home=tmp_path).wait_ready()
    eventually(lambda: len(out.read_text().splitlines()) >= 47, "the others were run")
    assert second.stop() == -signal.SIGTERM
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert numbers(lines) == Counter(range(47))
    # They were printed before.
    assert second.lines() == []
    assert second.records("gap") == first.records("gap") == []


def test_without_a_name_what_was_not_delivered_is_a_gap(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    receiver, sender = Receiver(), Sender(simulator)
    receiver.answers = [200, 200, *[503] * 10_000]
    with receiver.listening() as port:
        words = (KIND, "--log-format", "json", "--forward-to", f"localhost:{port}")
        running = tail(*words, "--forward-retries", "forever", home=tmp_path).wait_ready()
        sender.send(5)
        assert len(running.lines(5)) == 5
        eventually(lambda: len(receiver.requests) > 3, "the third was refused for now")
        assert running.stop() == -signal.SIGTERM
    (gap,) = running.records("gap")
    assert gap["events"] == 3
    assert f"forward:http://localhost:{port}/ did not accept them in time" in gap["reason"]
    (summary,) = running.records("summary")
    assert summary["printed"] == 2
    (sink,) = summary["sinks"].values()
    assert (sink["waiting"], sink["last_error"]) == (3, "answered with HTTP 503")


def test_so_many_events_are_delivered_and_no_more(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    receiver, sender = Receiver(), Sender(simulator)
    with receiver.listening() as port:
        words = (KIND, "-n", "3", "--json", "--forward-to", f"localhost:{port}")
        running = tail(*words, "--exec", "true", home=tmp_path).wait_ready()
        sender.send(6)
        assert running.wait() == 0
        assert len(running.lines()) == 3
        assert len(receiver.requests) == 3


def test_each_sink_goes_on_where_it_was(simulator: Simulator, tail: Tails, tmp_path: Path):
    receiver, sender = Receiver(), Sender(simulator)
    with receiver.listening() as port:
        forward = ("--forward-to", f"localhost:{port}")
        first = tail(*NAMED, "--json", *forward, home=tmp_path).wait_ready()
        sender.send(2)
        eventually(lambda: len(receiver.requests) == 2, "both were forwarded")
        assert first.stop() == -signal.SIGTERM
        sender.send(1)
        # Another one begins with the next event; the one that is left out is forgotten.
        out = tmp_path / "out"
        command = ("--exec", f"sh -c 'cat >> {out}'")
        second = tail(*NAMED, "--json", *command, home=tmp_path).wait_ready()
        assert len(second.lines(1)) == 1
        eventually(lambda: out.exists() and len(out.read_text().splitlines()) == 1, "it was run")
        assert second.stop() == -signal.SIGTERM
    assert len(receiver.requests) == 2


def test_what_an_earlier_run_left_is_masked_by_a_run_with_a_mask(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    receiver, sender = Receiver(), Sender(simulator)
    with receiver.listening() as port:
        words = (*NAMED, "--json", "--forward-to", f"localhost:{port}")
        first = tail(*words, home=tmp_path).wait_ready()
    sender.send(3)
    received = first.lines(3)
    eventually(lambda: committed(tmp_path) == 3, "they are in the spool")
    assert first.stop() == -signal.SIGTERM
    with receiver.listening(port):
        second = tail(*words, "--mask", home=tmp_path).wait_ready()
        eventually(lambda: len(receiver.requests) == 3, "they were forwarded")
        assert second.stop() == -signal.SIGTERM
    assert not any(b"number" in body for _, body in receiver.requests)
    # Other tails that share the receiver know them by what was received.
    keys = [event_key(read_event(line)).text for line in received]
    assert [headers["rc-key"] for headers, _ in receiver.requests] == keys


def read_event(line: str) -> Notification:
    message = decode(f'[{{"type":"ServerNotification"}},{line}]').content
    assert isinstance(message, Notification)
    return message


def test_a_spool_in_use_ends_with_75(tail: Tails, tmp_path: Path):
    words = (*NAMED, "--exec", "true")
    first = tail(*words, home=tmp_path).wait_ready()
    second = tail(*words, home=tmp_path)
    assert second.wait() == 75
    assert first.stop() == -signal.SIGTERM


def test_a_full_disk_under_the_spool_is_told_and_nothing_is_lost_silently(
    simulator: Simulator, tail: Tails, tmp_path: Path
):
    receiver, sender = Receiver(), Sender(simulator)
    with receiver.listening() as port:
        words = (*NAMED, "-o", "none", "--forward-to", f"localhost:{port}")
        running = tail(*words, home=tmp_path, before=small_files).wait_ready()
        for _ in range(40):
            simulator.send(KIND, text="x" * 4000)
        running.wait_told("cannot be written")
        assert running.stop() == -signal.SIGTERM
        lost = sum(gap["events"] or 0 for gap in running.records("gap"))
        again = tail(*words, home=tmp_path).wait_ready()
        sender.send(1)
        eventually(lambda: receiver_has(receiver, 0), "the next one came")
        assert again.stop() == -signal.SIGTERM
    assert len(set(receiver.ids)) + lost == 41


def small_files() -> None:
    """Let no file of this process grow beyond what a few events take."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))
