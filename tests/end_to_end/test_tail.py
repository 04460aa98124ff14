"""`rc-tail` as its users meet it: real processes against a simulated RingCentral."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from rc_tail.simulator.service.options import FULL_SCOPE
from tests.end_to_end.processes import eventually
from tests.rest.platform import TOKEN, WSTOKEN, LoopbackPlatform, Reply, serve

pytestmark = pytest.mark.slow

WEBSOCKETS = "WebSocketsSubscription"


def without(*permissions: str) -> dict[str, tuple[str, ...]]:
    return {"scope": tuple(name for name in FULL_SCOPE if name not in permissions)}


def subjects(events: list[dict[str, dict[str, str]]]) -> list[str]:
    return [event["body"]["subject"] for event in events]


# What is printed.


def test_it_prints_what_happens_until_there_is_enough(simulator, tail):
    running = tail("sms", "--count", "2").wait_ready()
    simulator.send("sms", text="one")
    simulator.send("voicemail")
    simulator.send("sms", text="two")
    simulator.send("sms", text="too much")
    running.ends_with(0)
    assert subjects(running.events()) == ["one", "two"]
    assert simulator.subscribers() == []


def test_dropped_events_are_counted_by_reason(simulator, tail, tmp_path):
    health = tmp_path / "health.json"
    running = tail(
        "sms", "fax", "--exclude", "fax", "--where", "body.subject != 'no'", "--count", "1",
        "--health-file", str(health), "-v", "--log-format", "json",
    ).wait_ready()  # fmt: skip
    simulator.send("fax")
    simulator.send("sms", text="no")
    simulator.send("sms", text="yes")
    running.ends_with(0)
    (summary,) = running.records("summary")
    assert summary["dropped"] == {"exclude": 1, "where": 1}
    assert summary["message"].endswith(", 2 dropped (--exclude 1, --where 1)")
    assert json.loads(health.read_text())["dropped"] == {"exclude": 1, "where": 1}


def test_several_events_are_one_subscription(simulator, tail):
    running = tail("sms", "voicemail,fax", "-f", "calls:direction=Inbound", "sms").wait_ready()
    (subscriber,) = simulator.subscribers()
    extension = "/restapi/v1.0/account/400000001/extension/400000101"
    assert sorted(subscriber.filters) == [
        f"{extension}/fax?direction=Inbound",
        f"{extension}/message-store/instant?type=SMS",
        f"{extension}/telephony/sessions?direction=Inbound",
        f"{extension}/voicemail",
    ]
    for event in ("sms", "voicemail", "fax"):
        simulator.send(event)
    assert len(running.lines(3)) == 3
    assert running.stop() == -signal.SIGTERM


def test_the_events_of_another_user(simulator, tail):
    running = tail("sms", "--extension", "ext:102", "-n", "1").wait_ready()
    simulator.send("sms", text="for Ada")
    simulator.send("sms", text="for another", extension="102")
    running.ends_with(0)
    assert subjects(running.events()) == ["for another"]


@pytest.mark.parametrize("output", [[], ["--json"], ["-o", "json"]])
def test_json_is_what_the_service_sent(simulator, tail, output):
    running = tail("sms", "-n", "1", *output).wait_ready()
    simulator.send("sms", text="Grüße \N{WAVING HAND SIGN}")
    running.ends_with(0)
    (line,) = running.lines()
    event = json.loads(line)
    assert event["body"]["subject"] == "Grüße \N{WAVING HAND SIGN}"
    assert {"uuid", "event", "timestamp", "subscriptionId", "ownerId"} <= set(event)
    # Compact, and in its own letters: as it came.
    assert line.startswith('{"uuid":"')
    assert "Grüße" in line


@pytest.mark.parametrize("simulator", [{"wsc_everywhere": True}], indirect=True)
def test_frames_are_whole_messages_without_their_secret(simulator, tail):
    running = tail("sms", "-n", "1", "-o", "frame").wait_ready()
    simulator.send("sms", text="hi")
    running.ends_with(0)
    ((meta, payload),) = running.events()
    assert meta["type"] == "ServerNotification"
    assert meta["wsc"]["token"] == "***"
    assert payload["body"]["subject"] == "hi"


def test_readable_lines_hold_no_escape_sequence_of_the_sender(simulator, tail):
    running = tail("sms", "-n", "1", "-o", "pretty", "--color", "never").wait_ready()
    simulator.send("sms", text="\x1b[31mred\nforged line", from_="+14155550100")
    running.ends_with(0)
    (line,) = running.lines()
    assert "sms" in line
    assert "red" in line
    assert "\x1b" not in line


def test_the_history_alone(simulator, tail):
    simulator.send("sms", text="earlier")
    simulator.send("fax")
    running = tail("sms", "--since", "1h", "--no-follow")
    running.ends_with(0)
    (event,) = running.events()
    assert (event["body"]["subject"], event["source"]) == ("earlier", "history")
    assert simulator.subscribers() == []


def test_the_history_first_and_then_live(simulator, tail):
    simulator.send("sms", text="earlier")
    running = tail("sms", "--since", "1h", "-n", "2").wait_ready()
    simulator.send("sms", text="now")
    running.ends_with(0)
    assert subjects(running.events()) == ["earlier", "now"]


# What is told.


def test_every_message_is_json_on_request(simulator, tail):
    running = tail("sms", "-n", "1", "--log-format", "json").wait_ready()
    simulator.send("sms")
    running.ends_with(0)
    (ready,) = running.records("ready")
    assert ready["events"] == ["sms"]
    assert len(ready["filters"]) == 1
    (summary,) = running.records("summary")
    assert (summary["printed"], summary["kinds"]) == (1, {"sms": 1})


@pytest.mark.parametrize("simulator", [without("ReadPresence", "EditPresence")], indirect=True)
def test_filters_that_are_refused_are_reported_and_the_others_continue(simulator, tail):
    running = tail("sms", "presence", "-q", "-n", "1", "--log-format", "json")
    running.wait_told("filter_refused")
    eventually(lambda: len(simulator.subscribers()) == 1, "a subscription")
    simulator.send("sms")
    running.ends_with(0)
    (refused,) = running.records("filter_refused")
    assert refused["filter"].endswith("/presence")
    assert refused["reason"] == "SUB-412"
    # Quiet hides the rest.
    assert running.records("ready") == running.records("summary") == []


def test_secrets_are_masked_in_what_debug_shows(simulator, tail):
    running = tail("sms", "-n", "1", "--debug").wait_ready()
    simulator.send("sms")
    running.ends_with(0)
    secrets = [simulator.variables[name] for name in ("RC_APP_CLIENT_SECRET", "RC_USER_JWT")]
    assert "ClientRequest" in running.told
    for secret in (*secrets, "AT-", "WST-", "WSC-"):
        assert secret not in running.told


# How it ends.


def test_the_time_is_over(tail):
    running = tail("sms", "--for", "1ms")
    running.ends_with(0)
    assert running.lines() == []
    assert "rc-tail: 0 events in " in running.told


def test_the_time_is_over_before_there_is_enough(simulator, tail):
    running = tail("sms", "--for", "1s", "--count", "2").wait_ready()
    simulator.send("sms")
    running.ends_with(124)
    assert "timed out after 1 of 2 events" in running.told
    assert len(running.lines()) == 1
    assert simulator.subscribers() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly_and_is_what_it_dies_of(simulator, tail, number):
    running = tail("sms").wait_ready()
    simulator.send("sms")
    running.lines(1)
    assert running.stop(number) == -number
    assert simulator.subscribers() == []
    assert "1 event in " in running.told


def test_a_signal_before_it_is_ready(tail, tmp_path):
    # A server that accepts and says nothing.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        running = tail("sms", environ={"RC_SERVER_URL": url})
        connection, _ = silent.accept()
        with connection:
            assert running.stop(signal.SIGINT) == -signal.SIGINT


def test_a_signal_that_was_ignored_stays_ignored(simulator, tail):
    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    running = tail("sms", "-n", "1", before=ignore).wait_ready()
    running.process.send_signal(signal.SIGHUP)
    simulator.send("sms")
    running.ends_with(0)
    assert len(running.lines()) == 1


def test_it_ends_as_soon_as_its_reader_has_gone(simulator, tail):
    reads, writes = os.pipe()
    running = tail("sms", stdout=writes)
    os.close(writes)
    running.wait_ready()
    simulator.send("sms", text="first")
    with open(reads, "rb") as reader:  # noqa: PTH123 - a descriptor
        assert json.loads(reader.readline())["body"]["subject"] == "first"
    # No further event: it looks after its reader by itself.
    running.ends_with(-signal.SIGPIPE)
    assert simulator.subscribers() == []


def test_standard_output_is_closed(simulator, tail):
    # The time would be over at once if it went on.
    words = ("sms", "--for", "1ms")
    running = tail(*words, before=lambda: os.close(1), stdout=subprocess.DEVNULL)
    running.ends_with(74)
    assert "error" in running.told
    assert simulator.requests == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_the_disk_is_full(simulator, tail):
    with Path("/dev/full").open("wb") as full:
        running = tail("sms", stdout=full).wait_ready()
    simulator.send("sms")
    running.ends_with(74)
    assert "No space left" in running.told
    assert simulator.subscribers() == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux shows what is there")
@pytest.mark.parametrize(
    ("words", "between"),
    [
        (["--json"], "\n"),
        (["--template", "{text}", "--resume", "name"], "\n"),
        # For people: what stands there is a script's own.
        (["--template", "{text}"], ""),
        (["--output", "pretty"], ""),
    ],
)
def test_half_a_line_in_the_file_spoils_no_event(simulator, tail, tmp_path, words, between):
    path = tmp_path / "events"
    path.write_text("half")
    with path.open("ab") as file:
        running = tail("sms", "--count", "1", *words, stdout=file).wait_ready()
    simulator.send("sms", text="whole")
    running.ends_with(0)
    first, *more = path.read_text().splitlines()
    printed = "\n".join(more) if between else first.removeprefix("half")
    assert path.read_text() == f"half{between}{printed}\n"
    assert "whole" in printed


@pytest.mark.parametrize("option", ["--health-file", "--ready-file"])
def test_a_status_file_is_not_the_file_of_events(simulator, tail, tmp_path, option):
    path, other_name = tmp_path / "events", tmp_path / "link"
    other_name.symlink_to(path)
    path.write_text("kept\n")
    with path.open("ab") as file:
        running = tail("sms", option, str(other_name), stdout=file)
    running.ends_with(2)
    assert "link is used for two outputs" in running.told or "standard output" in running.told
    assert path.read_text() == "kept\n"
    assert simulator.requests == []


def test_the_ready_file_is_not_the_health_file(simulator, tail):
    # The health file exists from the start: a script waiting for the other would not wait.
    running = tail("sms", "--ready-file", "status", "--health-file", "./status")
    running.ends_with(2)
    assert "status is used for two outputs" in running.told
    assert simulator.requests == []


# Refusals.


def refused(running, status: int) -> str:
    """Wait for the end with a status; what was told says why and what to do."""
    running.ends_with(status)
    assert running.lines() == []
    assert "Traceback" not in running.told
    lines = running.told.splitlines()
    assert lines[0].startswith("rc-tail: error: "), running.told
    return str(running.told)


def test_there_are_no_credentials(simulator, tail):
    told = refused(tail("sms", variables={"RC_SERVER_URL": simulator.url}), 77)
    assert "rc-tail login" in told
    assert simulator.requests == []


def test_the_secret_is_wrong(simulator, tail):
    told = refused(tail("sms", environ={"RC_APP_CLIENT_SECRET": "wrong"}), 77)
    assert "OAU-146" in told


@pytest.mark.parametrize(
    ("simulator", "code"),
    [
        ({**without(WEBSOCKETS), "websocket_refusal": "wstoken"}, "CMN-401"),
        ({**without(WEBSOCKETS), "websocket_refusal": "subscribe"}, "SUB-528"),
    ],
    indirect=["simulator"],
)
def test_the_app_may_not_use_websockets(simulator, tail, code):
    told = refused(tail("sms"), 77)
    assert code in told
    assert "WebSocket Subscriptions" in told


@pytest.mark.parametrize("simulator", [{"administrator": False}], indirect=True)
def test_every_event_is_refused(simulator, tail):
    told = refused(tail("/restapi/v1.0/account/~/extension/400000102/voicemail"), 65)
    assert "SUB-405" in told


def test_the_server_cannot_be_reached(tail):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    running = tail("sms", "--retry-for", "1s", environ={"RC_SERVER_URL": url})
    running.ends_with(69)
    assert "rc-tail: error: " in running.told


def test_no_secret_goes_to_a_far_host_in_plain_text(simulator, tail):
    told = refused(tail("sms", environ={"RC_SERVER_URL": "http://ringcentral.example"}), 78)
    assert "https" in told
    assert simulator.requests == []


@contextmanager
def secure_platform(folder: Path) -> Iterator[tuple[LoopbackPlatform, dict[str, str]]]:
    """A platform that speaks https, and what leads to it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with serve(context) as platform:
        yield platform, {"RC_SERVER_URL": platform.url, "CA": str(bundle)}


def test_a_secure_server_may_not_hand_out_an_insecure_address(tail, tmp_path):
    with secure_platform(tmp_path) as (platform, environ):
        told = {"uri": "ws://127.0.0.1:9/ws", "ws_access_token": "t", "expires_in": 600}
        platform.answer(WSTOKEN, Reply(200, told))
        running = tail("sms", "--ca-bundle", environ["CA"], environ=environ)
        assert "ws://" in refused(running, 76)


def test_a_certificate_that_is_not_signed_by_a_ca(tail, tmp_path):
    with secure_platform(tmp_path) as (platform, environ):
        told = refused(tail("sms", environ=environ), 69)
        assert "certificate" in told
        assert platform.asked == []


def test_no_redirect_is_followed(simulator, tail):
    with serve() as platform:
        moved = {"Location": f"{simulator.url}/restapi/oauth/token"}
        platform.answer(TOKEN, Reply(302, headers=moved))
        refused(tail("sms", environ={"RC_SERVER_URL": platform.url}), 76)
    assert simulator.requests == []


def test_no_redirect_of_the_gateway_is_followed(simulator, tail):
    with serve() as platform:
        platform.answer("/ws", Reply(302, headers={"Location": f"{simulator.url}/ws"}))
        told = refused(tail("sms", environ={"RC_SERVER_URL": platform.url}), 76)
        assert platform.count("/ws") == 1
    assert "a redirect to 127.0.0.1, which is not followed" in told
    assert simulator.requests == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["smss"], "did you mean sms?"),
        (["sms", "--count", "0"], "count"),
        (["sms", "--for", "soon"], "--for"),
        (["sms", "--json", "-o", "pretty"], "cannot be combined"),
        (["sms", "--outptu", "json"], "--output"),
        (["sms", "-q", "-v"], "-q"),
        (["sms", "--extension", "ada"], "ada"),
    ],
)
def test_wrong_words(simulator, tail, words, told):
    assert told in refused(tail(*words), 2)
    assert simulator.requests == []


# Connections that break.


@pytest.mark.parametrize("simulator", [{}, {"wsc_everywhere": True}], indirect=True)
def test_a_cut_connection_recovers_and_what_was_missed_is_printed_once(simulator, wire, tail):
    running = tail("sms", "--log-format", "json", environ={"RC_SERVER_URL": wire.url}).wait_ready()
    simulator.send("sms", text="before")
    running.lines(1)
    wire.down()
    eventually(lambda: not simulator.subscribers()[0].is_connected, "the service noticed it")
    simulator.send("sms", text="meanwhile")
    wire.up()
    running.wait_told('"event": "reconnect"')
    simulator.send("sms", text="after")
    assert subjects(running.events(3)) == ["before", "meanwhile", "after"]
    assert running.stop(signal.SIGINT) == -signal.SIGINT
    (reconnect,), (summary,) = running.records("reconnect"), running.records("summary")
    assert reconnect["message"].endswith("; 1 event replayed")
    assert (reconnect["replayed"], running.records("gap")) == (1, [])
    assert (summary["reconnects"], summary["gaps"]) == (1, 0)
    assert len(running.lines()) == 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("reset", "connection reset by peer"),
        ("close", "the gateway closed the connection: 1011, .*"),
    ],
)
def test_a_cut_after_which_nothing_is_missing_is_no_gap(simulator, tail, fault, reason):
    running = tail("sms").wait_ready()
    simulator.fault(fault)
    running.wait_ready(2)
    simulator.send("sms", text="after")
    assert subjects(running.events(1)) == ["after"]
    assert running.stop(signal.SIGINT) == -signal.SIGINT
    after = re.compile(rf"rc-tail: reconnected after \d+(\.\d)? s \({reason}\); nothing missed")
    assert after.search(running.told)
    assert running.told.splitlines()[-1].endswith("(sms 1), 1 reconnect")
    assert "gap" not in running.told


@pytest.mark.parametrize("simulator", [{"replay_delivered": 5}], indirect=True)
def test_what_a_recovery_repeats_is_printed_once(simulator, wire, tail):
    running = tail("sms", environ={"RC_SERVER_URL": wire.url}).wait_ready()
    for number in range(3):
        simulator.send("sms", text=f"{number}")
    running.lines(3)
    wire.cut()
    running.wait_ready(2)
    simulator.send("sms", text="3")
    assert subjects(running.events(4)) == ["0", "1", "2", "3"]
    assert running.stop() == -signal.SIGTERM
    assert len(running.lines()) == 4


@pytest.mark.parametrize("simulator", [{"recovery_timeout": 0.0}], indirect=True)
def test_what_cannot_be_recovered_comes_from_the_history(simulator, wire, tail):
    running = tail("sms", "--log-format", "json", environ={"RC_SERVER_URL": wire.url}).wait_ready()
    simulator.send("sms", text="before")
    running.lines(1)
    wire.down()
    simulator.send("sms", text="meanwhile")
    wire.up()
    running.wait_told('"event": "gap"')
    simulator.send("sms", text="after")
    events = running.events(3)
    assert subjects(events) == ["before", "meanwhile", "after"]
    assert [event.get("source") for event in events] == [None, "history", None]
    assert running.stop() == -signal.SIGTERM
    (gap,) = running.records("gap")
    assert (gap["recovered"], gap["filled"]) == (False, 1)


@pytest.mark.parametrize("simulator", [{"access_token_ttl": 5.0}], indirect=True)
def test_a_connection_is_replaced_before_its_access_token_ends(simulator, tail):
    running = tail("sms", "-v", "--log-format", "json").wait_ready()
    (first,) = simulator.subscribers()
    sent, pause = 0, threading.Event()
    while "takeover" not in running.told:
        simulator.send("sms", text=f"{sent}")
        sent += 1
        # One after the other, so that each is told on whatever is there.
        running.lines(sent)
        pause.wait(0.02)
    eventually(lambda: len(simulator.subscribers()) == 1, "the old subscription is deleted")
    (second,) = simulator.subscribers()
    assert second.id != first.id
    simulator.send("sms", text=f"{sent}")
    assert subjects(running.events(sent + 1)) == [f"{number}" for number in range(sent + 1)]
    assert running.stop() == -signal.SIGTERM
    assert running.records("gap") == running.records("reconnecting") == []
    assert simulator.subscribers() == []
