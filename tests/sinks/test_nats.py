"""The sink against a real server."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nats
import pytest

from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import AuthError, ConfigError, TemporaryError, UnreachableError, UsageError
from rc_tail.gateway.event_key import event_key
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.nats import MOST, NatsSink, check, make
from rc_tail.sinks.sink import RefusedError, SinkContext, TryAgainError
from tests.sinks.nats_server import NatsServer, running, stored
from tests.sinks.sinks import PATIENCE, opened, wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with running(tmp_path_factory.mktemp("nats")) as started:
        yield started


@pytest.fixture
def stream(request: pytest.FixtureRequest) -> str:
    """A stream of this test's own."""
    return f"T{abs(hash(request.node.name))}"


def address(server: NatsServer, stream: str, query: str = "create=1") -> str:
    return server.url(stream, f"{query}&subject={stream}.{{kind}}")


def sink_for(url: str, warnings: list[str] | None = None, password: str = "") -> NatsSink:
    noted: list[str] = [] if warnings is None else warnings
    context = SinkContext(os.environ, noted.append, lambda _: None, password=password)
    return make(SinkRequest("nats", url), context)


def sms(number: int, text: str = "hi") -> Notification:
    event = "/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS"
    body = {"id": str(number), "subject": text, "direction": "Inbound"}
    payload = json.dumps({"uuid": f"u{number}", "event": event, "body": body}).encode()
    return Notification(f"u{number}", event, "2026-03-02T09:36:00.000Z", payload)


def messages(server: NatsServer, stream: str, **login: Any) -> list[Any]:
    return asyncio.run(stored(server, stream, **login))


def test_a_message_is_the_event_and_its_id_the_key(server: NatsServer, stream: str):
    sink = sink_for(address(server, stream))
    sink.open()
    event = sms(1, "grüße")
    assert sink.deliver([event]) == 1
    sink.close()
    (message,) = messages(server, stream)
    assert message.data == event.payload
    assert message.subject == f"{stream}.sms"
    assert message.headers["Nats-Msg-Id"] == event_key(event).text
    assert "Rc-Delivery" not in message.headers


def test_what_comes_again_is_stored_once_and_order_is_kept(server: NatsServer, stream: str):
    sink, other = sink_for(address(server, stream)), sink_for(address(server, stream, ""))
    sink.open()
    other.open()
    events = [sms(number) for number in range(MOST)]
    assert sink.deliver(events) == MOST
    assert other.deliver(events) == MOST
    assert sink.deliver([sms(MOST)]) == 1
    assert other.details() == {"stream": stream, "window": 86400.0, "duplicates": MOST}
    found = [json.loads(message.data)["uuid"] for message in messages(server, stream)]
    assert found == [event.uuid for event in [*events, sms(MOST)]]
    sink.close()
    other.close()


def test_events_without_a_version_are_marked(server: NatsServer, stream: str):
    sink = sink_for(address(server, stream))
    sink.open()
    path = "/restapi/v1.0/account/1/extension/2/presence/dnd"
    event = Notification("d1", path, "2026-03-02T09:36:00.000Z", b'{"body":{}}')
    sink.deliver([event])
    sink.close()
    (message,) = messages(server, stream)
    assert message.headers["Rc-Delivery"] == "at-least-once"
    assert message.headers["Nats-Msg-Id"].endswith(f"@{event.timestamp}")


def test_past_events_are_marked(server: NatsServer, stream: str):
    sink = sink_for(address(server, stream))
    sink.open()
    event = Notification("history:sms:7", sms(7).event, "2026-03-02T09:36:00.000Z", b"{}")
    sink.deliver([event])
    sink.close()
    (message,) = messages(server, stream)
    assert message.headers["Rc-Source"] == "history"


def test_a_stream_is_made_only_if_asked_for_and_never_changed(server: NatsServer, stream: str):
    with pytest.raises(ConfigError, match=f"stream {stream} was not found"):
        sink_for(address(server, stream, "")).open()
    query = "create=1&window=2h&max_age=3h&max_bytes=100000"
    sink_for(address(server, stream, query)).open()

    async def config() -> Any:
        client = await nats.connect(f"nats://127.0.0.1:{server.port}")
        try:
            return (await client.jetstream().stream_info(stream)).config
        finally:
            await client.close()

    made = asyncio.run(config())
    assert (made.duplicate_window, made.max_age, made.max_bytes) == (7200, 10800, 100_000)
    assert made.subjects == [f"{stream}.*"]
    warnings: list[str] = []
    sink = sink_for(address(server, stream), warnings)
    sink.open()
    sink.open()
    assert "recognises duplicates for 2 h only, less than 24 h" in warnings[0]
    assert len(warnings) == 1
    after = asyncio.run(config())
    assert (after.duplicate_window, after.subjects) == (made.duplicate_window, made.subjects)
    sink.close()


def test_subjects_that_the_stream_does_not_take_are_refused(server: NatsServer, stream: str):
    sink_for(address(server, stream)).open()
    with pytest.raises(ConfigError, match=r"does not take other\.\*") as caught:
        sink_for(server.url(stream, "subject=other.{kind}")).open()
    assert f"{stream}.*" in caught.value.hint


def test_doctor_makes_no_stream_and_says_how_it_is(server: NatsServer, stream: str):
    with pytest.raises(ConfigError, match="was not found"):
        sink_for(address(server, stream, "create=0")).examine()
    for _ in range(2):
        missing = sink_for(address(server, stream))
        assert missing.examine() == (f"stream {stream} does not exist yet",)
        missing.close()
    sink = sink_for(address(server, stream))
    sink.open()
    sink.deliver([sms(1)])
    assert sink.examine() == (
        f"stream {stream} with 1 message",
        "duplicates are recognised for 24 h",
        "kept by 1 server",
    )
    sink.close()


def test_a_message_that_is_too_large_is_refused_for_good(server: NatsServer, stream: str):
    sink = sink_for(address(server, stream))
    sink.open()
    with pytest.raises(RefusedError):
        sink.deliver([sms(1, "x" * 2_000_000)])
    # The headers count too: the server would end the connection.
    almost = sms(1, "x" * (2**20 - len(sms(1, "").payload)))
    assert len(almost.payload) == 2**20
    with pytest.raises(RefusedError):
        sink.deliver([almost])
    # What stands before it is safe.
    assert sink.deliver([sms(2), sms(3, "x" * 2_000_000), sms(4)]) == 1
    sink.close()


def test_a_full_or_missing_stream_is_tried_again(server: NatsServer, stream: str):
    sink = sink_for(address(server, stream))
    sink.open()

    async def delete() -> None:
        client = await nats.connect(f"nats://127.0.0.1:{server.port}")
        await client.jetstream().delete_stream(stream)
        await client.close()

    asyncio.run(delete())
    with pytest.raises(TryAgainError, match="no stream takes the events"):
        sink.deliver([sms(1)])
    sink.close()


def test_a_server_that_is_killed_is_found_again(tmp_path: Path):
    with running(tmp_path) as server:
        line = opened(sink_for(server.url()))
        line.put(*[sms(number) for number in range(10)])
        wait_until(lambda: line.runner.confirmed == 10)
        server.kill()
        line.put(*[sms(number) for number in range(10, 20)])
        wait_until(lambda: line.runner.status().is_away)
        server.start()
        wait_until(lambda: line.runner.confirmed == 20)
        assert line.end() == []
        found = [json.loads(message.data)["uuid"] for message in messages(server, "EVENTS")]
        assert found == [f"u{number}" for number in range(20)]


def test_the_end_of_the_run_does_not_wait_for_an_acknowledgement(tmp_path: Path):
    with running(tmp_path) as server:
        sink = sink_for(server.url())
        sink.open()
        server.freeze()
        results: list[Any] = []

        def deliver() -> None:
            try:
                results.append(sink.deliver([sms(1)]))
            except TryAgainError as error:
                results.append(error)

        thread = threading.Thread(target=deliver)
        thread.start()
        time.sleep(0.2)
        sink.hurry()
        thread.join()
        assert isinstance(results[0], TryAgainError)
        server.kill()
        sink.close()


def test_several_servers_are_tried_in_order(server: NatsServer, stream: str):
    url = address(server, stream).replace("127.0.0.1", "127.0.0.1:1,127.0.0.1")
    sink = sink_for(url)
    sink.open()
    assert sink.deliver([sms(1)]) == 1
    sink.close()


# Who may.

USERS = 'authorization { users: [ {user: "ada", password: "pass word"} ] }'


def test_user_and_password(tmp_path: Path):
    with running(tmp_path, USERS) as server:
        for url in (server.url(), server.url(user="ada")):
            with pytest.raises(AuthError, match="refused the login") as caught:
                sink_for(url, password="wr0ng").open()
            assert "wr0ng" not in caught.value.message + caught.value.hint
        sink = sink_for(server.url(user="ada"), password="pass word")
        sink.open()
        assert sink.deliver([sms(1)]) == 1
        sink.close()


def test_a_password_from_a_file(tmp_path: Path):
    (file := tmp_path / "password").write_text("pass word\n")
    with running(tmp_path / "nats", USERS) as server:
        sink = sink_for(server.url(user="ada", query=f"create=1&credentials={file}"))
        sink.open()
        assert sink.deliver([sms(1)]) == 1
        sink.close()


def test_what_a_user_may_not_publish_is_told_at_once(tmp_path: Path):
    # All but the events: it may ask for the stream.
    rights = '{user: "ada", password: "p", permissions: {publish: {deny: "rc.>"}}}'
    with running(tmp_path, f"authorization {{ users: [ {rights} ] }}") as server:
        sink = sink_for(server.url(user="ada"), password="p")
        sink.open()
        with pytest.raises(TryAgainError, match=r"(?i)permissions violation for publish"):
            sink.deliver([sms(1)])
        sink.close()


def test_a_user_without_a_password_is_a_mistake(server: NatsServer):
    with pytest.raises(UsageError, match="RC_SINK_PASSWORD is not set"):
        sink_for(server.url(user="ada"))


def test_an_nkey_seed_from_a_file(tmp_path: Path):
    import nkeys

    seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    public = nkeys.from_seed(bytearray(seed)).public_key.decode()
    file = tmp_path / "seed"
    file.write_bytes(seed + b"\n")
    with running(tmp_path, f"authorization {{ users: [ {{nkey: {public}}} ] }}") as server:
        sink = sink_for(server.url(query=f"create=1&credentials={file}"))
        sink.open()
        assert sink.deliver([sms(1)]) == 1
        sink.close()
        file.write_text("SU-nonsense")
        with pytest.raises(UsageError, match="credentials= cannot be used"):
            sink_for(server.url(query=f"create=1&credentials={file}")).open()
    with pytest.raises(UsageError, match="does not exist"):
        sink_for(server.url(query=f"credentials={tmp_path}/none"))


def test_a_user_who_may_not_ask_for_streams_is_told(tmp_path: Path):
    may = '{user: "ro", password: "x", permissions: {publish: ["foo"], subscribe: ["_INBOX.>"]}}'
    with (
        running(tmp_path, f"authorization {{ users: [ {may} ] }}") as server,
        pytest.raises(AuthError, match="refused"),
    ):
        sink_for(server.url(user="ro"), password="x").open()


def test_a_server_that_hangs_at_the_end_is_left_quietly(tmp_path: Path):
    with running(tmp_path) as server:
        line = opened(sink_for(server.url()))
        server.freeze()
        line.put(sms(1))
        line.runner.abandon()
        assert line.runner.join(PATIENCE)
        assert line.reports == []
        server.kill()


# What is not there.


def test_nobody_answers():
    with pytest.raises(UnreachableError) as caught:
        sink_for("nats://127.0.0.1:1/EVENTS").open()
    assert caught.value.hint.startswith("Start the NATS server")


def test_a_server_without_jetstream_is_told_apart(tmp_path: Path):
    with (
        running(tmp_path, jetstream=False) as server,
        pytest.raises((TemporaryError, ConfigError), match="JetStream"),
    ):
        sink_for(server.url()).open()


def test_the_address_is_checked_before_anything_else():
    with pytest.raises(UsageError, match="names no stream"):
        check(SinkRequest("nats", "nats://localhost"), allows_plain=False)
