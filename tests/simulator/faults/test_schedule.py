import pytest

from rc_tail.errors import UsageError
from rc_tail.simulator.faults.schedule import FaultSchedule, read_pairs, read_plan
from rc_tail.simulator.scenario import read_scenario
from rc_tail.simulator.service.effects import ResetConnection, SendText
from tests.simulator.harness import SUBSCRIPTION, Harness


def scheduled(harness: Harness, name: str, after: str | None = None, count: int = 1, **values: str):
    harness.simulation.fault_schedule.add(
        read_plan(name, values, after=after, count=count), harness.now
    )


def resets(harness: Harness, number: int = 1) -> int:
    return sum(isinstance(effect, ResetConnection) for effect in harness.effects(number))


@pytest.mark.parametrize(
    ("after", "seconds", "events"),
    [
        (None, 0, 0),
        ("0", 0, 0),
        ("0s", 0, 0),
        ("1m", 60, 0),
        ("50events", 0, 50),
        ("1 event", 0, 1),
    ],
)
def test_times(after, seconds, events):
    plan = read_plan("reset", {}, after=after)
    assert (plan.seconds, plan.events) == (seconds, events)


@pytest.mark.parametrize(
    ("name", "values", "more", "words"),
    [
        ("resett", {}, {}, "unknown fault"),
        ("close", {"kode": "1"}, {}, "has no parameter 'kode'"),
        ("close", {"code": "1"}, {}, "invalid code '1'"),
        ("reset", {}, {"after": "soon"}, "not a time or a number"),
        ("reset", {}, {"count": 0}, "count must be"),
        ("reset", {}, {"count": 10_001}, "count must be"),
    ],
)
def test_plans_that_cannot_be(name, values, more, words):
    with pytest.raises(UsageError, match=words):
        read_plan(name, values, **more)


def test_a_fault_occurs_at_once():
    harness = Harness()
    harness.subscribed()
    scheduled(harness, "reset")
    assert resets(harness) == 1
    assert harness.simulation.fault_schedule.names() == []


def test_a_fault_waits_for_a_connection_with_a_subscription():
    harness = Harness()
    harness.connect()
    scheduled(harness, "reset")
    assert resets(harness) == 0
    assert harness.simulation.fault_schedule.names() == ["reset"]
    body = {
        "eventFilters": ["/restapi/v1.0/account/~/extension/~/voicemail"],
        "deliveryMode": {"transportType": "WebSocket"},
    }
    harness.say(1, [{"type": "ClientRequest", "method": "POST", "path": SUBSCRIPTION}, body])
    # The answer goes first.
    assert [type(effect) for effect in harness.effects()] == [SendText, ResetConnection]


def test_or_after_a_time():
    harness = Harness()
    harness.subscribed()
    scheduled(harness, "reset", "10s")
    assert harness.wait(9.9) == pytest.approx(harness.now + 0.1)
    assert resets(harness) == 0
    harness.wait(0.1)
    assert resets(harness) == 1


def test_or_after_a_number_of_events():
    harness = Harness()
    harness.subscribed()
    scheduled(harness, "reset", "2events")
    harness.send()
    assert resets(harness) == 0
    harness.send()
    assert resets(harness) == 1


def test_a_fault_can_repeat_but_hits_a_connection_once():
    harness = Harness()
    fault_schedule = harness.simulation.fault_schedule
    harness.subscribed(number=1)
    scheduled(harness, "reset", count=2)
    assert resets(harness) == 1
    harness.wait(0)
    assert fault_schedule.names() == ["reset"]
    harness.subscribed(number=2)
    assert fault_schedule.names() == []
    assert resets(harness, 1) == 0


def test_several_times_at_a_distance():
    harness = Harness()
    harness.subscribed(number=1)
    scheduled(harness, "reset", "10s", count=2)
    harness.wait(10)
    assert resets(harness) == 1
    harness.lose(1)
    harness.subscribed(number=2)
    harness.wait(9)
    assert resets(harness, 2) == 0
    harness.wait(1)
    assert resets(harness, 2) == 1


def test_a_scenario_begins_with_the_first_client(tmp_path):
    path = tmp_path / "bad-day.txt"
    path.write_text("# a bad day\n10s reset   # first\n\n5s unavailable on=wstoken count=1\n")
    harness = Harness()
    harness.simulation.fault_schedule = fault_schedule = FaultSchedule(
        harness.service, harness.simulation.distorter, read_scenario(path).faults
    )
    harness.now += 100
    assert fault_schedule.names() == []
    harness.log_in()
    harness.log_in()
    assert fault_schedule.names() == ["reset", "unavailable"]
    harness.subscribed()
    harness.wait(5)
    assert harness.get("/restapi/oauth/wstoken", harness.log_in(), "POST").status == 503
    harness.wait(5)
    assert resets(harness) == 1


def test_pairs():
    assert read_pairs(["a=1", "b=c=d", "e="]) == {"a": "1", "b": "c=d", "e": ""}
    for word in ("a", "=1"):
        with pytest.raises(UsageError, match="not NAME=VALUE"):
            read_pairs([word])
