import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.errors import MaxPayloadError
from nats.js.errors import APIError, NoStreamResponseError

from rc_tail.sinks.nats_publisher import NatsMessage, NatsPublisher
from tests.sinks.nats_server import NatsServer, running, stored

PATIENCE = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with running(tmp_path_factory.mktemp("nats")) as started:
        yield started


def message(number: int, subject: str = "one.x", size: int = 10) -> NatsMessage:
    return NatsMessage(subject, b"x" * size, str(number), {"N": str(number)})


def on(
    server: NatsServer,
    work: Callable[[NatsPublisher], Coroutine[Any, Any, None]],
    timeout: float = PATIENCE,
) -> None:
    """Do something with a publisher to the stream ONE."""

    async def run() -> None:
        client = await nats.connect(f"nats://127.0.0.1:{server.port}", allow_reconnect=False)
        jetstream = client.jetstream(timeout=PATIENCE)
        await jetstream.add_stream(name="ONE", subjects=["one.>"])
        await jetstream.add_stream(name="TWO", subjects=["two.>"])
        publisher = NatsPublisher(client, "ONE", timeout)
        await publisher.start()
        await work(publisher)
        await client.close()

    asyncio.run(run())


def test_many_are_stored_in_order_and_once(tmp_path: Path):
    async def work(publisher: NatsPublisher) -> None:
        for again in (False, True):
            messages = [message(number, size=2000) for number in range(2000)]
            answers = await publisher.publish(messages)
            assert answers == [again] * 2000

    with running(tmp_path) as empty:
        on(empty, work)
        found = asyncio.run(stored(empty, "ONE"))
    assert [each.headers["N"] for each in found] == [str(number) for number in range(2000)]


def test_each_answer_belongs_to_its_message(server: NatsServer):
    async def work(publisher: NatsPublisher) -> None:
        first, other, nobody, last = await publisher.publish(
            [message(1), message(2, "two.x"), message(3, "three.x"), message(4)]
        )
        assert first is False
        # Another stream's: it is told for which one it was meant.
        assert isinstance(other, APIError)
        assert isinstance(nobody, NoStreamResponseError)
        assert last is False

    on(server, work)


def test_nothing_overtakes_a_message_that_is_too_large(server: NatsServer):
    async def work(publisher: NatsPublisher) -> None:
        messages = [message(11), message(12, size=2**20), message(13)]
        stored_before, refused = await publisher.publish(messages)
        assert stored_before is False
        assert isinstance(refused, MaxPayloadError)
        assert await publisher.publish([message(13)]) == [False]

    on(server, work)


def test_a_frozen_server_answers_in_no_time_and_a_late_answer_counts_for_nobody(tmp_path: Path):
    async def work(publisher: NatsPublisher) -> None:
        frozen.freeze()
        (answer,) = await publisher.publish([message(1)])
        assert isinstance(answer, TimeoutError)
        frozen.thaw()
        answers: Any = [TimeoutError()]
        while any(isinstance(each, TimeoutError) for each in answers):
            answers = await publisher.publish([message(1), message(2)])
        # The first came to be stored after all.
        assert answers[0] is True

    with running(tmp_path) as frozen:
        on(frozen, work, timeout=1.0)


def test_a_lost_connection_is_told_at_once(server: NatsServer):
    async def work(publisher: NatsPublisher) -> None:
        publisher.fail(ConnectionResetError("connection lost"))
        publisher.fail(ValueError("too late"))
        (answer,) = await publisher.publish([message(21)])
        # It may have been acknowledged before.
        assert answer is False or isinstance(answer, ConnectionResetError)

    on(server, work)
