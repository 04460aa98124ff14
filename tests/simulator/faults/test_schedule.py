import pytest

from rc_tail.errors import UsageError
from rc_tail.simulator.faults.schedule import FaultSchedule, read_pairs, read_plan, read_scenario
from rc_tail.simulator.service.effects import ResetConnection, SendText
from tests.simulator.company import SUBSCRIPTION, Company


def scheduled(company: Company, name: str, after: str | None = None, count: int = 1, **values: str):
    company.simulation.fault_schedule.add(
        read_plan(name, values, after=after, count=count), company.now
    )


def resets(company: Company, number: int = 1) -> int:
    return sum(isinstance(effect, ResetConnection) for effect in company.effects(number))


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
        ("close", {"kode": "1"}, {}, "has no 'kode'"),
        ("close", {"code": "1"}, {}, "does not fit"),
        ("reset", {}, {"after": "soon"}, "no time and no number"),
        ("reset", {}, {"count": 0}, "count must be"),
        ("reset", {}, {"count": 10_001}, "count must be"),
    ],
)
def test_plans_that_cannot_be(name, values, more, words):
    with pytest.raises(UsageError, match=words):
        read_plan(name, values, **more)


def test_a_fault_strikes_at_once():
    company = Company()
    company.subscribed()
    scheduled(company, "reset")
    assert resets(company) == 1
    assert company.simulation.fault_schedule.names() == []


def test_or_as_soon_as_there_is_somebody_to_strike():
    company = Company()
    company.connect()
    scheduled(company, "reset")
    assert resets(company) == 0
    assert company.simulation.fault_schedule.names() == ["reset"]
    body = {"eventFilters": ["/restapi/v1.0/account/~/extension/~/voicemail"]}
    company.say(1, [{"type": "ClientRequest", "method": "POST", "path": SUBSCRIPTION}, body])
    # The answer goes first.
    assert [type(effect) for effect in company.effects()] == [SendText, ResetConnection]


def test_or_after_a_time():
    company = Company()
    company.subscribed()
    scheduled(company, "reset", "10s")
    assert company.wait(9.9) == pytest.approx(company.now + 0.1)
    assert resets(company) == 0
    company.wait(0.1)
    assert resets(company) == 1


def test_or_after_so_many_events():
    company = Company()
    company.subscribed()
    scheduled(company, "reset", "2events")
    company.send()
    assert resets(company) == 0
    company.send()
    assert resets(company) == 1


def test_it_may_strike_several_times_but_nobody_twice():
    company = Company()
    fault_schedule = company.simulation.fault_schedule
    company.subscribed(number=1)
    scheduled(company, "reset", count=2)
    assert resets(company) == 1
    company.wait(0)
    assert fault_schedule.names() == ["reset"]
    company.subscribed(number=2)
    assert fault_schedule.names() == []
    assert resets(company, 1) == 0


def test_several_times_at_a_distance():
    company = Company()
    company.subscribed(number=1)
    scheduled(company, "reset", "10s", count=2)
    company.wait(10)
    assert resets(company) == 1
    company.lose(1)
    company.subscribed(number=2)
    company.wait(9)
    assert resets(company, 2) == 0
    company.wait(1)
    assert resets(company, 2) == 1


def test_a_scenario_begins_with_the_first_client(tmp_path):
    path = tmp_path / "bad-day.txt"
    path.write_text("# a bad day\n10s reset   # first\n\n5s unavailable on=wstoken count=1\n")
    company = Company()
    company.simulation.fault_schedule = fault_schedule = FaultSchedule(
        company.service, company.simulation.distorter, read_scenario(path)
    )
    company.now += 100
    assert fault_schedule.names() == []
    company.log_in()
    company.log_in()
    assert fault_schedule.names() == ["reset", "unavailable"]
    company.subscribed()
    company.wait(5)
    assert company.get("/restapi/oauth/wstoken", company.log_in(), "POST").status == 503
    company.wait(5)
    assert resets(company) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10s", ":1: a time or a fault is missing"),
        ("10s reset\nsoon reset", ":2: after: 'soon'"),
        ("10s resett", ":1: unknown fault"),
        ("10s close code", "no NAME=VALUE"),
        ("10s reset count=x", "count must be"),
    ],
)
def test_scenarios_that_cannot_be(text, words, tmp_path):
    path = tmp_path / "scenario"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        read_scenario(path)


@pytest.mark.parametrize("data", [None, b"\xff\xff"])
def test_files_that_are_no_scenario(data, tmp_path):
    path = tmp_path / "scenario"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UsageError, match="cannot be read"):
        read_scenario(path)


def test_pairs():
    assert read_pairs(["a=1", "b=c=d", "e="]) == {"a": "1", "b": "c=d", "e": ""}
    for word in ("a", "=1"):
        with pytest.raises(UsageError, match="no NAME=VALUE"):
            read_pairs([word])
