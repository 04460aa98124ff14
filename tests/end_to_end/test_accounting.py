"""What happens to events when something goes wrong, one thing at a time, in real processes."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.end_to_end import processes
from tests.end_to_end.processes import eventually

LOGS = ("--log-format", "json")
MEBIBYTE = 1024 * 1024


def subjects(events):
    return [event["body"]["subject"] for event in events]


def connections_made(simulator) -> int:
    return sum(asked.path == "/ws" for asked in simulator.requests)


@pytest.fixture
def hurry(monkeypatch) -> Callable[..., None]:
    """Lets the next `rc-tail` have other timers, in seconds."""

    def with_timers(**timers: float) -> None:
        words = [f"{name}={seconds}" for name, seconds in timers.items()]
        program = (sys.executable, "-m", "tests.end_to_end.hurried", *words, "--")
        monkeypatch.setattr(processes, "PROGRAM", program)

    return with_timers


def fall_deaf(simulator) -> None:
    """Let messages be neither read nor sent on the present connections; pings are answered."""

    def mute(simulation, _now) -> None:
        for connection in simulation.service.gateway.connections():
            connection.muted = True

    simulator._call(mute)


@contextmanager
def steadily(simulator, sent: list[str], *, every: float = 0.02) -> Iterator[None]:
    """Let a text arrive again and again, on a thread."""
    over = threading.Event()

    def send() -> None:
        while not over.wait(every):
            sent.append(f"{len(sent)}")
            simulator.send("sms", text=sent[-1])

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# Links that are dead or sick.


def test_a_half_open_link_is_noticed(simulator, tail, hurry):
    hurry(SILENCE=0.5, PONG_WITHIN=3.0)
    running = tail("sms", *LOGS).wait_ready()
    simulator.send("sms", text="before")
    running.lines(1)
    simulator.fault("half-open")
    simulator.send("sms", text="meanwhile")
    running.wait_ready(2)
    simulator.send("sms", text="after")
    assert subjects(running.events(3)) == ["before", "meanwhile", "after"]
    (reconnect,) = running.records("reconnect")
    assert (reconnect["replayed"], running.records("gap")) == (1, [])
    assert len(running.lines()) == 3
    assert reconnect["reason"].startswith("nothing received for ")
    assert running.stop() == -signal.SIGTERM


def test_a_gateway_that_answers_pings_only_is_noticed(simulator, tail, hurry):
    hurry(SILENCE=0.3, HEARTBEAT_AFTER=0.8, ANSWER_WITHIN=3.0)
    running = tail("sms", *LOGS).wait_ready()
    simulator.send("sms", text="before")
    running.lines(1)
    fall_deaf(simulator)
    simulator.send("sms", text="meanwhile")
    running.wait_ready(2)
    assert subjects(running.events(2)) == ["before", "meanwhile"]
    assert running.records("reconnect")[0]["reason"] == "a heartbeat was not answered"
    assert running.stop() == -signal.SIGTERM


@pytest.mark.parametrize(
    ("fault", "values"),
    [
        ("huge-message", {"bytes": 17 * MEBIBYTE}),
        ("invalid-utf8", {}),
        ("malformed", {}),
        ("binary", {}),
    ],
)
def test_a_message_that_cannot_be_read_is_reported_and_the_connection_stays(
    simulator, tail, fault, values
):
    running = tail("sms", *LOGS).wait_ready()
    simulator.send("sms", text="before")
    simulator.fault(fault, **values)
    simulator.send("sms", text="after")
    assert subjects(running.events(2)) == ["before", "after"]
    assert running.stop() == -signal.SIGTERM
    (gap,) = running.records("gap")
    assert (gap["events"], gap["recovered"]) == (1, False)
    assert connections_made(simulator) == 1
    assert running.records("reconnecting") == []


def test_a_flood_of_messages_that_nobody_can_read_is_one_gap_that_grows(simulator, tail):
    running = tail("sms", *LOGS).wait_ready()
    for _ in range(200):
        for fault in ("malformed", "binary", "invalid-utf8"):
            simulator.fault(fault)
    simulator.send("sms", text="after")
    assert subjects(running.events(1)) == ["after"]
    assert running.stop() == -signal.SIGTERM
    gaps = running.records("gap")
    # The first report, what it grew to, and what was still being read at the end.
    assert len(gaps) <= 4
    summary = running.records("summary")[-1]
    assert summary["gaps"] <= 2
    # A gap that grew is reported again, from the same moment on.
    grown = {gap["from"]: gap["events"] for gap in gaps}
    assert sum(grown.values()) == 600


@pytest.mark.slow
@pytest.mark.parametrize(
    ("simulator", "takeovers"),
    [
        # A successor is used for twelve seconds at least, which is longer than this.
        ({"absolute_timeout": 5.0}, 1),
        ({"access_token_ttl": 5.0}, 2),
    ],
    ids=["absolute", "token"],
    indirect=["simulator"],
)
def test_a_planned_end_leaves_no_gap_and_no_event_twice(simulator, takeovers, tail):
    running = tail("sms", "-v", *LOGS).wait_ready()
    sent: list[str] = []
    with steadily(simulator, sent):
        running.wait_told('"event": "takeover"', takeovers)
    assert subjects(running.events(len(sent))) == sent
    assert running.stop() == -signal.SIGTERM
    assert subjects(running.events()) == sent
    assert running.records("gap") == running.records("reconnecting") == []
    assert simulator.subscribers() == []


def test_a_machine_that_slept_connects_again_at_once(simulator, tail, hurry):
    hurry(SLEPT=0.5, LATE=0.4, LOOK_UP_EVERY=0.2)
    running = tail("sms", *LOGS).wait_ready()
    running.process.send_signal(signal.SIGSTOP)
    simulator.send("sms", text="meanwhile")
    # As long as somebody who pressed Ctrl-Z looks elsewhere.
    threading.Event().wait(1.5)
    running.process.send_signal(signal.SIGCONT)
    running.wait_ready(2)
    simulator.send("sms", text="after")
    # What the service sent meanwhile had come in, and no recovery would bring it again.
    assert subjects(running.events(2)) == ["meanwhile", "after"]
    assert running.records("reconnect")[0]["reason"] == "the machine was suspended"
    assert running.stop() == -signal.SIGTERM


# Gaps.


@pytest.mark.parametrize("simulator", [{"recovery_timeout": 0.0}], indirect=True)
def test_what_has_no_history_is_named(simulator, wire, tail):
    words = ("sms", "presence", *LOGS)
    running = tail(*words, environ={"RC_SERVER_URL": wire.url}).wait_ready()
    wire.down()
    simulator.send("sms", text="meanwhile")
    simulator.send("presence")
    wire.up()
    running.wait_told('"event": "gap"')
    (gap,) = running.records("gap")
    assert (gap["filled"], gap["kinds_without_history"]) == (1, ["presence"])
    assert running.events(1)[0]["source"] == "history"
    assert running.stop() == -signal.SIGTERM
    assert len(running.lines()) == 1


def test_what_was_on_its_way_when_a_connection_broke_comes_from_the_history(simulator, wire, tail):
    running = tail("sms", *LOGS, environ={"RC_SERVER_URL": wire.url}).wait_ready()
    # The service takes it for delivered, and its recovery does not bring it again.
    wire.swallow()
    simulator.send("sms", text="on its way")
    eventually(lambda: wire.swallowed > 0, "it was sent")
    wire.cut()
    running.wait_told('"event": "gap"')
    simulator.send("sms", text="after")
    events = running.events(2)
    assert subjects(events) == ["on its way", "after"]
    assert [event.get("source") for event in events] == ["history", None]
    (gap,) = running.records("gap")
    assert (gap["recovered"], gap["replayed"], gap["filled"]) == (True, 0, 1)
    assert running.stop() == -signal.SIGTERM


def test_history_and_live_events_join_without_a_seam(simulator, tail):
    sent: list[str] = []
    with steadily(simulator, sent):
        eventually(lambda: len(sent) > 20, "some texts arrive")
        running = tail("sms", "--since", "1h").wait_ready()
        running.lines(len(sent) + 20)
    events = running.events(len(sent))
    assert running.stop() == -signal.SIGTERM
    assert subjects(running.events()) == sent
    assert [event.get("source") for event in events[:: len(sent) - 1]] == ["history", None]


# Subscriptions that were left behind.


def killed(running) -> None:
    running.process.kill()
    running.process.wait()


@pytest.mark.parametrize("simulator", [{"subscription_limit": 1}], indirect=True)
def test_what_a_killed_process_left_makes_room(simulator, tail, tmp_path):
    killed(tail("sms", home=tmp_path).wait_ready())
    eventually(lambda: not simulator.subscribers()[0].is_connected, "the connection is gone")
    (left,) = simulator.subscribers()
    running = tail("sms", home=tmp_path).wait_ready()
    assert [s.id for s in simulator.subscribers()] != [left.id]
    assert running.stop() == -signal.SIGTERM
    assert simulator.subscribers() == []


@pytest.mark.parametrize("simulator", [{"subscription_limit": 1}], indirect=True)
def test_what_a_living_process_uses_is_spared(simulator, tail, tmp_path):
    first = tail("sms", home=tmp_path).wait_ready()
    second = tail("sms", home=tmp_path)
    assert second.wait() == 75
    simulator.send("sms", text="still here")
    assert subjects(first.events(1)) == ["still here"]
    assert first.stop() == -signal.SIGTERM


# Runs that go on where another ended.

RESUMED = ("sms", "--resume", "job", *LOGS)


def test_a_clean_stop_loses_nothing(simulator, tail, tmp_path):
    first = tail(*RESUMED, home=tmp_path).wait_ready()
    simulator.send("sms", text="before")
    first.lines(1)
    assert first.stop() == -signal.SIGTERM
    simulator.send("sms", text="meanwhile")
    second = tail(*RESUMED, home=tmp_path).wait_ready()
    simulator.send("sms", text="after")
    assert subjects(second.events(2)) == ["meanwhile", "after"]
    assert second.stop() == -signal.SIGTERM
    (reconnect,) = second.records("reconnect")
    assert (reconnect["reason"], reconnect["replayed"]) == ("rc-tail was not running", 1)
    assert second.records("gap") == []
    assert len(simulator.subscribers()) == 1


def test_what_came_after_a_kill_is_replayed(simulator, tail, tmp_path):
    first = tail(*RESUMED, home=tmp_path).wait_ready()
    simulator.send("sms", text="before")
    first.lines(1)
    state = tmp_path / "state" / "rc-tail" / "resume" / "job.json"
    eventually(lambda: len(json.loads(state.read_text())["state"]["uuids"]) == 1, "it was saved")
    killed(first)
    simulator.send("sms", text="meanwhile")
    second = tail(*RESUMED, home=tmp_path).wait_ready()
    # Before that past events are read, in which the next one may be found first.
    second.wait_told('"event": "reconnect"')
    simulator.send("sms", text="after")
    assert subjects(second.events(2)) == ["meanwhile", "after"]
    assert second.stop() == -signal.SIGTERM
    (reconnect,) = second.records("reconnect")
    assert (reconnect["reason"], reconnect["replayed"]) == ("rc-tail was killed", 1)
    assert second.records("gap") == []
    assert len(second.lines()) == 2


@pytest.mark.parametrize("words", [("sms", "voicemail"), ("sms",)], ids=["filters", "corrupt"])
def test_a_state_that_cannot_be_followed_is_set_aside(simulator, tail, tmp_path, words):
    first = tail(*RESUMED, home=tmp_path).wait_ready()
    assert first.stop() == -signal.SIGTERM
    state = tmp_path / "state" / "rc-tail" / "resume" / "job.json"
    if words == ("sms",):
        state.write_bytes(b"\x00" + state.read_bytes()[1:])
    second = tail(*words, "--resume", "job", *LOGS, home=tmp_path).wait_ready()
    assert "the state of --resume job is not used" in second.told
    assert second.records("gap") == []
    simulator.send("sms", text="new")
    assert subjects(second.events(1)) == ["new"]
    assert second.stop() == -signal.SIGTERM
    assert len(list(state.parent.glob("job.json?*"))) == 1


def test_a_name_has_one_process(tail, tmp_path):
    first = tail(*RESUMED, home=tmp_path).wait_ready()
    second = tail(*RESUMED, home=tmp_path)
    assert second.wait() == 75
    assert "another rc-tail is running with --resume job" in second.told
    assert first.stop() == -signal.SIGTERM


def test_what_a_count_left_over_comes_first_next_time(simulator, tail, tmp_path):
    first = tail(*RESUMED, "--count", "2", home=tmp_path).wait_ready()
    # Five events at once, most likely in one batch; and whatever comes later is replayed.
    for number in range(5):
        simulator.send("sms", text=f"{number}")
    assert first.wait() == 0
    assert subjects(first.events()) == ["0", "1"]
    second = tail(*RESUMED, home=tmp_path).wait_ready()
    simulator.send("sms", text="5")
    assert subjects(second.events(4)) == ["2", "3", "4", "5"]
    assert second.stop() == -signal.SIGTERM
    assert len(second.lines()) == 4


@pytest.mark.parametrize("simulator", [{"recovery_timeout": 0.0}], indirect=True)
def test_a_gap_that_was_not_filled_in_time_is_filled_next_time(simulator, wire, tail, tmp_path):
    environ = {"RC_SERVER_URL": wire.url}
    first = tail(*RESUMED, home=tmp_path, environ=environ).wait_ready()
    simulator.send("sms", text="before")
    first.lines(1)
    wire.down()
    simulator.send("sms", text="meanwhile")
    simulator.fault("slow-answer", on="history", delay="10m")
    wire.up()
    first.wait_ready(2)
    # The delay is for the first run's request alone.
    eventually(lambda: any("message-store" in r.path for r in simulator.requests), "it is asked")
    assert first.stop() == -signal.SIGTERM
    (gap,) = first.records("gap")
    assert (gap["filled"], len(first.lines())) == (None, 1)
    second = tail(*RESUMED, home=tmp_path, environ=environ).wait_ready()
    second.wait_told('"event": "gap"')
    assert second.stop() == -signal.SIGTERM
    assert subjects(second.events()) == ["meanwhile"]
    assert second.records("gap")[0]["from"] == gap["from"]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_history_that_was_requested_and_not_read_is_read_next_time(
    simulator, tail, tmp_path, end
):
    for number in range(3):
        simulator.send("sms", text=f"{number}")
    simulator.fault("slow-answer", on="history", delay="10m")
    first = tail(*RESUMED, "--since", "1h", home=tmp_path).wait_ready()
    state = tmp_path / "state" / "rc-tail" / "resume" / "job.json"
    eventually(lambda: json.loads(state.read_text())["state"]["wsc"] is not None, "it was saved")
    # The delay is for the first run's request alone.
    eventually(lambda: any("message-store" in r.path for r in simulator.requests), "it is asked")
    if end == "stop":
        assert first.stop() == -signal.SIGTERM
    else:
        killed(first)
    second = tail(*RESUMED, "--since", "1h", home=tmp_path).wait_ready()
    simulator.send("sms", text="3")
    assert subjects(second.events(4)) == ["0", "1", "2", "3"]
    assert second.stop() == -signal.SIGTERM
    assert (len(first.lines()), len(second.lines())) == (0, 4)


# The history alone.


@pytest.mark.parametrize(
    ("fault", "values", "status"),
    [
        ("forbidden", {"on": "history"}, 77),
        ("forbidden", {"on": "token"}, 77),
        ("unavailable", {"on": "history", "status": 500, "count": 9}, 75),
    ],
)
def test_a_history_that_cannot_be_read_is_no_success(simulator, tail, fault, values, status):
    simulator.send("sms", text="before")
    simulator.fault(fault, **values)
    running = tail("sms", "--since", "1h", "--no-follow", "--retry-for", "3s", *LOGS)
    running.ends_with(status)
    assert running.lines() == []
    assert running.records("error") != []


def test_a_history_that_is_not_answered_is_not_waited_for_long(simulator, wire, tail):
    environ = {"RC_SERVER_URL": wire.url}
    wire.down()
    running = tail("sms", "calls", "--since", "1h", "--no-follow", *LOGS, environ=environ)
    running.ends_with(69)
    assert running.lines() == []
    (error,) = running.records("error")
    assert error["status"] == 69


# Readers that stall, and disks that are full.


@pytest.mark.parametrize("simulator", [{"ping_interval": 0.3, "pong_timeout": 10.0}], indirect=True)
def test_a_stalled_reader_loses_nothing_and_keeps_the_connection(simulator, tail):
    reading, writing = os.pipe()
    running = tail("sms", *LOGS, stdout=writing).wait_ready()
    os.close(writing)
    texts = [f"{number} {'x' * 500}" for number in range(1000)]
    for text in texts:
        simulator.send("sms", text=text)
    # A few pings come and are answered, while nobody reads.
    threading.Event().wait(1.0)
    with os.fdopen(reading, "rb") as stream:
        lines = [json.loads(stream.readline()) for _ in texts]
    assert subjects(lines) == texts
    assert running.stop() == -signal.SIGTERM
    assert connections_made(simulator) == 1
    assert running.records("gap") == []


def limit_files() -> None:
    # As a disk that is nearly full: what is written beyond it is refused.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEBIBYTE, MEBIBYTE))


@pytest.mark.slow
def test_what_no_disk_has_room_for_is_a_gap(simulator, tail):
    reading, writing = os.pipe()
    running = tail("sms", *LOGS, stdout=writing, before=limit_files).wait_ready()
    os.close(writing)
    sent = 0
    while not running.records("gap"):
        simulator.send("sms", text="x" * 500_000, count=10)
        sent += 10
        assert sent < 1000, "nothing is ever lost"
    with os.fdopen(reading, "rb") as stream:
        # What waited in memory is all there.
        printed = sum(1 for _ in zip(range(100), stream, strict=False))
        assert printed == 100
        running.process.send_signal(signal.SIGTERM)
        printed += sum(1 for _ in stream)
    assert running.wait() == -signal.SIGTERM
    gaps = running.records("gap")
    assert {gap["reason"] for gap in gaps} == {gaps[0]["reason"]}
    assert "the queue is full" in gaps[0]["reason"]
    # They are one gap that grew: each report counts what the one before did.
    assert printed + gaps[-1]["events"] == sent


# The end.


def test_a_second_interrupt_ends_it_at_once(simulator, tail, hurry):
    hurry(LEAVE_WITHIN=600.0)
    running = tail("sms").wait_ready()
    simulator.fault("half-open")
    running.process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        # It waits for the answer that never comes.
        running.process.wait(0.5)
    assert running.stop(signal.SIGINT) == -signal.SIGINT
