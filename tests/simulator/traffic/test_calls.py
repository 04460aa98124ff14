from random import Random

import pytest

from rc_tail.simulator.service.company import ADA
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.traffic.calls import plan_call

NOW = 1_772_443_800.0
IDS = Ids(Random(1).getrandbits, NOW)


def bodies(seed: int, **wanted: str):
    call = plan_call(IDS, Random(seed), ADA, wanted)
    made = []
    while not call.is_over:
        made.append(call.next_step(NOW))
    return made


def codes(made):
    return [body["parties"][0]["status"]["code"] for body in made]


@pytest.mark.parametrize("seed", range(20))
def test_a_call_goes_from_setup_to_its_end(seed):
    made = bodies(seed)
    assert codes(made)[:2] == ["Setup", "Proceeding"]
    assert codes(made)[-1] == "Disconnected"
    assert [body["sequence"] for body in made] == list(range(1, len(made) + 1))
    assert len({body["telephonySessionId"] for body in made}) == 1
    missed = [body["parties"][0]["missedCall"] for body in made]
    assert not any(missed[:-1])
    assert missed[-1] is ("Answered" not in codes(made))


@pytest.mark.parametrize("direction", ["Inbound", "Outbound"])
def test_the_colleague_is_at_the_right_end(direction):
    for seed in range(5):
        party = bodies(seed, direction=direction)[0]["parties"][0]
        assert party["direction"] == direction
        end = party["to"] if direction == "Inbound" else party["from"]
        assert end["extensionId"] == ADA.id


@pytest.mark.parametrize("seed", range(5))
def test_a_missed_call_on_demand(seed):
    made = bodies(seed, missedCall="true")
    assert made[-1]["parties"][0]["missedCall"]
    assert made[-1]["parties"][0]["status"]["reason"] == "NoAnswer"


def test_recordings_on_demand_run_until_the_end():
    recordings = [
        body["parties"][0].get("recordings")
        for body in bodies(2, withRecordings="true", direction="Outbound")
    ]
    assert recordings[:2] == [None, None]
    assert recordings[2][0]["active"]
    assert not recordings[-1][0]["active"]


def test_strangers_may_have_no_name():
    named = {
        "name" in bodies(seed, direction="Inbound")[0]["parties"][0]["from"] for seed in range(30)
    }
    assert named == {True, False}
