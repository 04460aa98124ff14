from random import Random

import pytest

from rc_tail.simulator.service.company import ADA
from rc_tail.simulator.service.filters import Filter, read_filter
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.options import FULL_SCOPE
from rc_tail.simulator.traffic.event_factory import EventFactory
from rc_tail.simulator.traffic.recording import Recording
from rc_tail.simulator.traffic.traffic import BURST, Traffic

NOW = 1_772_443_800.0
X = "/restapi/v1.0/account/~/extension/~"


def filters(*texts: str) -> list[Filter]:
    found = [read_filter(text, ADA, FULL_SCOPE, administrator=True) for text in texts]
    return [f for f in found if isinstance(f, Filter)]


SMS = filters(f"{X}/message-store/instant?type=SMS")


def traffic(rate: float = 10, seed: int | None = 1, recording: Recording | None = None) -> Traffic:
    return Traffic(EventFactory(Ids(Random(1).getrandbits, NOW)), rate, seed, recording)


def taken(source: Traffic, seconds: float, wanted=SMS, step: float = 0.05) -> list[Occurrence]:
    found: list[Occurrence] = []
    for tick in range(int(seconds / step)):
        found += source.take_due(wanted, NOW + tick * step)
    return found


@pytest.mark.parametrize("rate", [1, 10, 200])
def test_the_rate_is_met(rate):
    assert len(taken(traffic(rate), 20)) == pytest.approx(20 * rate, rel=0.2)


def test_the_same_seed_makes_the_same_traffic():
    def texts(seed):
        return [h.body["subject"] for h in taken(traffic(seed=seed), 5)]

    assert texts(7) == texts(7)
    assert texts(7) != texts(8)
    assert texts(None) != texts(None)


def test_no_events_without_a_subscription():
    source = traffic()
    assert taken(source, 5, []) == []
    assert source.due() is None
    list(source.take_due(SMS, NOW))
    due = source.due()
    assert due is not None
    assert due > NOW


def test_nothing_happens_without_a_rate():
    source = traffic(rate=0)
    assert taken(source, 5) == []
    assert source.due() is None


def test_what_was_not_made_in_time_is_left_out():
    source = traffic(rate=10)
    list(source.take_due(SMS, NOW))
    assert len(list(source.take_due(SMS, NOW + 100))) < 25


def test_no_more_than_a_burst_at_once():
    source = traffic(rate=1e6)
    list(source.take_due(SMS, NOW))
    assert len(list(source.take_due(SMS, NOW + 1))) == BURST


def test_a_recording_in_place_of_scenes():
    recorded = Occurrence("/team-messaging/v1/posts", "", {"text": "recorded"})
    source = traffic(recording=Recording([recorded]))
    assert {h.body["text"] for h in taken(source, 2, filters("/team-messaging/v1/posts"))} == {
        "recorded"
    }
    assert taken(source, 2, SMS) == []
