"""The real command continues from what version 0.1.0 left on the disk."""

import json
import shutil
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from rc_tail.simulator.instance import Simulator
from rc_tail.system.clocks import clock, wall_of
from tests.end_to_end.processes import Tail
from tests.keyring_backend import BACKEND, FOLDER
from tests.state.samples import SAMPLES, copy_sample, move_to

pytestmark = pytest.mark.slow

RESUMED = ("sms", "--resume", "inbox", "--log-format", "json")
# Longer than the service recovers a session, and shorter than a token or a subscription lives.
AGO = 600.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def place(simulator: Simulator, home: Path) -> Callable[[str], dict[str, Any]]:
    """Copies a sample to the home, as if it had ended ten minutes ago; returns the copy's state."""

    def copied(name: str) -> dict[str, Any]:
        copy_sample(name, home)
        move_to(simulator.url, home, ahead=now() - AGO - state_in(home)["last_frame"])
        return state_in(home)

    return copied


def now() -> float:
    return wall_of(clock())


def state_in(home: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(resume_in(home).joinpath("inbox.json").read_text())["state"]
    return state


def resume_in(home: Path) -> Path:
    return home / "state" / "rc-tail" / "resume"


def asked(simulator: Simulator, method: str, path: str) -> list[int]:
    """The statuses of requests, in order."""
    return [a.status for a in simulator.requests if (a.method, a.path) == (method, path)]


def subjects(tail: Tail, count: int = 0) -> list[str]:
    return [event["body"]["subject"] for event in tail.events(count)]


def assert_continued(tail: Tail, state: dict[str, Any], reason: str) -> None:
    """It read the state: the gap is told from the moment that the state says."""
    assert "is not used" not in tail.told
    assert tail.records("warning") == []
    (gap,) = tail.records("gap")
    assert gap["reason"] == reason
    start = datetime.fromisoformat(gap["from"]).timestamp()
    assert start == pytest.approx(state["printed_until"], abs=0.01)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("clean-end", "rc-tail was not running"),
        ("killed", "rc-tail was killed"),
        ("killed-in-gap", "rc-tail was killed"),
        ("killed-offline", "rc-tail was killed"),
        ("gap-not-filled", "rc-tail was not running"),
        ("past-events-not-read", "rc-tail was killed"),
    ],
)
def test_a_run_continues_where_the_earlier_version_ended(
    simulator, tail, home, place, name, reason
):
    state = place(name)
    # In the message store there is what the earlier version printed, and what came since.
    for key in state["keys"]:
        simulator.send("sms", text="printed", changes=[("id", key.removeprefix("sms:"))])
    simulator.send("sms", text="meanwhile")
    running = tail(*RESUMED, home=home).wait_ready()
    running.wait_told('"event": "gap"')
    simulator.send("sms", text="now")
    assert sorted(subjects(running, 2)) == ["meanwhile", "now"]
    assert running.stop() == -signal.SIGTERM
    assert len(running.lines()) == 2
    assert_continued(running, state, reason)
    (gap,) = running.records("gap")
    assert (gap["recovered"], gap["filled"]) == (False, 1)
    # The token of the cache was tried, which this simulator does not know; then it logged in.
    assert asked(simulator, "POST", "/restapi/oauth/wstoken") == [401, 200]
    assert asked(simulator, "POST", "/restapi/oauth/token") == [200]
    assert {file.name for file in resume_in(home).iterdir()} == {"inbox.json", "inbox.lock"}


@pytest.mark.parametrize(
    ("name", "waiting"),
    [
        ("left-by-count", ["three", "four", "five"]),
        ("left-by-count-twice", ["four", "five"]),
    ],
)
def test_events_that_wait_are_printed_first(simulator, tail, home, place, name, waiting):
    state = place(name)
    running = tail(*RESUMED, home=home).wait_ready()
    running.wait_told('"event": "gap"')
    simulator.send("sms", text="now")
    assert subjects(running, len(waiting) + 1) == [*waiting, "now"]
    assert running.stop() == -signal.SIGTERM
    assert_continued(running, state, "rc-tail was not running")
    # Printed, they need no file any more.
    assert list(resume_in(home).glob("*.waiting")) == []


def test_several_kinds_are_continued(simulator, tail, home, place):
    state = place("several-kinds")
    words = ("sms", "voicemail", "calls:direction=Inbound", "presence", "--since", "1h")
    # What an earlier run printed of --since is not printed again.
    simulator.send("sms", text="printed", changes=[("id", "1795704318000")])
    running = tail(*words, *RESUMED[1:], home=home).wait_ready()
    running.wait_told('"event": "gap"')
    simulator.send("sms", text="now")
    assert subjects(running, 1) == ["now"]
    assert running.stop() == -signal.SIGTERM
    assert len(running.lines()) == 1
    assert_continued(running, state, "rc-tail was not running")


@pytest.mark.parametrize("name", ["clean-end", "killed"])
def test_a_damaged_state_is_not_continued(simulator, tail, home, place, name):
    state = place(name)
    file = resume_in(home) / "inbox.json"
    file.write_text(file.read_text().replace(state["uuids"][0], "1"))
    running = tail(*RESUMED, home=home).wait_ready()
    simulator.send("sms", text="now")
    assert subjects(running, 1) == ["now"]
    assert running.stop() == -signal.SIGTERM
    assert "the state of --resume inbox is not used: it is damaged" in running.told
    assert running.records("gap") == []


def test_a_subscription_that_was_left_behind_is_looked_up(tail, home, place):
    place("killed")
    (left,) = home.glob("state/rc-tail/subscriptions/*")
    running = tail("doctor", "sms", home=home)
    running.ends_with(0)
    # The service does not have it any more, so it is forgotten.
    assert not left.exists()


def test_a_pause_that_the_service_requested_is_kept(simulator, tail, home):
    copy_sample("rate-limited", home)
    (calls,) = home.glob("cache/rc-tail/budget-*.json")
    refused_at = json.loads(calls.read_text())["calls"][-1]
    move_to(simulator.url, home, ahead=now() - refused_at)
    # It is the reason for silence, so that -q does not hide it.
    running = tail("sms", "-q", "--log-format", "json", home=home)
    running.wait_told("s: RingCentral allows 5 logins and connections per minute (Ctrl-C to stop)")
    assert running.stop() == -signal.SIGTERM
    assert simulator.requests == []


# Nothing is rewritten here: no simulator is asked.


@pytest.mark.parametrize(
    ("profile", "place"), [("default", "file"), ("work", "keyring"), ("public", "file")]
)
def test_logins_are_known(tail, home, profile, place):
    copy_sample("logins", home)
    keyring = {**BACKEND, FOLDER: str(home / "keyring")}
    running = tail("whoami", "--json", "--profile", profile, home=home, variables=keyring)
    running.ends_with(0)
    (who,) = running.events()
    assert (who["name"], who["extension_number"]) == ("Ada Example", "101")
    assert (who["server"], who["client_id"]) == ("http://127.0.0.1:53117", "simulator-client-id")
    assert (who["profile"], len(who["scope"])) == (profile, 13)
    listing = tail("profiles", "--json", home=home, variables=keyring)
    listing.ends_with(0)
    assert {row["name"]: row["secrets"] for row in listing.events()}[profile] == place
    assert (running.told, listing.told) == ("", "")


@pytest.mark.parametrize("output", ["json", "frame"])
def test_recordings_are_shown(tail, tmp_path, output):
    file = tmp_path / "recorded.jsonl"
    shutil.copy(SAMPLES / "recordings" / f"recorded-{output}.jsonl", file)
    running = tail("show", str(file), "--template", "{kind} {from} {text}", variables={})
    running.ends_with(0)
    assert running.lines() == ["sms +16505550199 one", "fax +16505550177 "]
    assert running.told == ""
