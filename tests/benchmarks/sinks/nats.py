"""``--sink nats://``, beside a loop that publishes the same events with nats-py, 256 at once."""

import asyncio
import sys
from itertools import count as numbers

import nats

from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import CLIENTS
from tests.benchmarks.load import Load
from tests.benchmarks.processes import Spent
from tests.benchmarks.sinks.compared import Tails, Way, compare, payloads
from tests.benchmarks.tables import Table
from tests.sinks.nats_server import NatsServer, running

LOOP = "nats-py, a bare loop of publish()"


def measure(bench: Bench) -> Table:
    """Measure a burst to a server that syncs now and then, and to one that syncs each event."""
    count = bench.count // 5
    load = Load(count, distinct=True)
    events = payloads(load, bench.home / "events.jsonl")
    names = (f"S{number}" for number in numbers())
    lazy, eager = bench.home / "lazy", bench.home / "eager"
    with (
        bench.server(load) as port,
        running(lazy) as usual,
        running(eager, sync="always") as always,
    ):
        tails = Tails(bench, port)
        loop = [sys.executable, str(CLIENTS / "deliver.py"), "publish", str(events)]

        def bare(number: int) -> Spent:
            url = f"nats://127.0.0.1:{usual.port}"
            return _checked(usual, "BARE", number, bench.run([*loop, url, str(number)], port, "1"))

        def ours(number: int, server: NatsServer, *, resume: bool = False) -> Spent:
            name = next(names)
            url = server.url(name, f"create=1&subject={name}.{{account}}.{{extension}}.{{kind}}")
            spent = tails.run(number, "-o", "none", "--sink", url, resume=resume)
            return _checked(server, name, number, spent)

        ways = [
            Way(LOOP, bare),
            Way("rc-tail --sink nats://", lambda n: ours(n, usual), 10_000),
            Way("the same with --resume", lambda n: ours(n, usual, resume=True)),
            Way("the server with sync_interval: always", lambda n: ours(n, always), 5_000),
        ]
        notes = ["The server runs beside the tail, and its processor time is not counted."]
        return compare(bench, "Publishing", ways, count=count, notes=notes)


def _checked(server: NatsServer, stream: str, count: int, spent: Spent) -> Spent:
    came = asyncio.run(_take(server, stream))
    if came != count:
        raise RuntimeError(f"{came} of {count} events came")
    return spent


async def _take(server: NatsServer, stream: str) -> int:
    """Delete a stream; return how many events it had."""
    client = await nats.connect(f"nats://127.0.0.1:{server.port}")
    jetstream = client.jetstream(timeout=60)
    state = (await jetstream.stream_info(stream)).state
    await jetstream.delete_stream(stream)
    await client.close()
    return int(state.messages)
